"""Imports of files and of what ships, externs, and the version of the language."""

from pathlib import Path

import pytest

from cnndsl.compiler import load
from cnndsl.diagnostics import CompileError, Diagnostic

from .programs import body, diagnostics, fault, keys, network, output, paths, state, written

BLOCKS = """
    k = 3
    default Conv(bias = false)
    block ConvBN(c) { Conv(c, k, padding=1) -> BatchNorm }
    fn double(n) = 2 * n
    extern Ext { input x: [c, h, w]; output_shape = [c, h, w]; params = 1; macs = 0; rf = 1; torch = "m:E" }
    net Base(width) { input x: 3x8x8
      ConvBN(width) }
    net Ready = Base(4)
"""


def told(folder: Path, **files: str) -> tuple[Diagnostic, ...]:
    """What is said of the net of `main.cnn` beside these files."""
    with pytest.raises(CompileError) as caught:
        load(written(folder, **files) / "main.cnn").net("N")
    return caught.value.diagnostics


def test_what_can_be_imported(tmp_path: Path) -> None:
    main = 'from "blocks.cnn" import ConvBN, double, k, Ext, Base, Ready\n' + body("ConvBN(double(k)) -> Ext -> ReLU\nx -> Ready")
    read = load(written(tmp_path, blocks=BLOCKS, main=main) / "main.cnn")
    assert read.nets == ("N",)
    assert paths(read.net()) == ["0.0", "0.1", "1", "2", "3.0.0", "3.0.1"]
    assert read.net("Ready").params == 116


def test_presets_of_imported_nets(tmp_path: Path) -> None:
    main = 'from "blocks.cnn" import Base\nnet Wide = Base(8) { assert params == 232 }\n'
    read = load(written(tmp_path, blocks=BLOCKS, main=main) / "main.cnn")
    assert (read.nets, read.net().params) == (("Wide",), 232)


def test_paths_are_relative_to_the_importing_file(tmp_path: Path) -> None:
    inner = tmp_path / "parts"
    inner.mkdir()
    written(inner, blocks=BLOCKS, more='from "blocks.cnn" import ConvBN\nblock Two(c) { ConvBN(c) * 2 }\n')
    read = load(written(tmp_path, main='from "parts/more.cnn" import Two\n' + body("Two(4)")) / "main.cnn")
    assert len(read.net().layers) == 4


def test_an_imported_block_keeps_its_own_files_names_and_defaults(tmp_path: Path) -> None:
    main = 'from "blocks.cnn" import ConvBN\nk = 5\ndefault Conv(stride = 2)\n' + body("ConvBN(4) -> Conv(4, 1)")
    net = load(written(tmp_path, blocks=BLOCKS, main=main) / "main.cnn").net()
    assert [layer.text for layer in net] == ["Conv(4, 3, padding=1, bias=false)", "BatchNorm", "Conv(4, 1, stride=2)"]


def test_defaults_may_be_set_for_what_is_imported(tmp_path: Path) -> None:
    main = 'from "blocks.cnn" import ConvBN\ndefault ConvBN(c = 7)\n' + body("ConvBN")
    assert output(load(written(tmp_path, blocks=BLOCKS, main=main) / "main.cnn").net()) == (7, 8, 8)


def test_a_file_may_be_imported_over_two_ways(tmp_path: Path) -> None:
    files = {
        "a": 'from "blocks.cnn" import ConvBN\nblock A { ConvBN(4) }\n',
        "b": 'from "blocks.cnn" import ConvBN\nblock B { ConvBN(4) }\n',
        "main": 'from "a.cnn" import A\nfrom "b.cnn" import B\n' + body("A -> B"),
    }
    assert len(load(written(tmp_path, blocks=BLOCKS, **files) / "main.cnn").net().layers) == 4


def test_the_library_that_ships() -> None:
    net = network("from std import ConvBN, SE, make_divisible\n" + body("ConvBN(make_divisible(11.2), 3, padding=1) -> SE(4)"))
    assert keys(net)[:2] == ["0.conv.weight", "0.bn.weight"]
    assert network("from resnet import resnet18\nnet Mine = resnet18(classes = 10)\n").outputs == {"out": (10,)}


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ('from «"nowhere.cnn"» import A\n', "E0901", ("nowhere.cnn",)),
        ("from «stt» import ConvBN\n", "E0801", ("ships", "did you mean `std`?")),
        ("from std import «ConvBM»\n", "E0802", ("declares no ConvBM", "did you mean `ConvBN`?")),
    ],
)
def test_wrong_imports(text: str, code: str, words: tuple[str, ...]) -> None:
    fault(text + body("ReLU"), code, *words)


def test_imports_in_a_circle_are_told(tmp_path: Path) -> None:
    main = 'from "b.cnn" import B\nblock A { ReLU }\n' + body("B")
    found = [d for d in told(tmp_path, b='from "main.cnn" import A\nblock B { A }\n', main=main) if d.code == "E0803"]
    assert len(found) == 1
    assert "b.cnn → " in found[0].notes[0]
    assert found[0].span.text == '"main.cnn"'


def test_an_import_that_has_errors_of_its_own(tmp_path: Path) -> None:
    found = told(tmp_path, b="block B { Conv(3 }\n", main='from "b.cnn" import B\n' + body("B -> B"))
    assert [d.code for d in found] == ["E0104", "E0804"]
    assert [Path(d.span.source.name).name for d in found] == ["b.cnn", "main.cnn"]


def test_errors_within_imported_blocks_name_both_files(tmp_path: Path) -> None:
    (found,) = told(tmp_path, b="block B(c) { Conv(c, 9) }\n", main='from "b.cnn" import B\n' + body("b: B(4)"))
    assert (found.code, Path(found.span.source.name).name) == ("E0301", "b.cnn")
    assert "in B, as b" in found.notes[-1]


EXTERN = """
extern CBAM(reduction = 16) {
  "Convolutional block attention"
  input x: [c, h, w]
  output_shape = [c, h, w]
  hidden = c // reduction
  params = 2 * c * hidden + 98
  macs   = 2 * c * hidden + 98 * h * w
  rf     = 7
  torch  = "mylib.attention:CBAM(channels={c}, reduction={reduction})"
}
"""


def test_an_extern_has_a_shape_a_cost_and_a_field() -> None:
    net = network(EXTERN + body("Conv(32, 1) -> att: CBAM(8) -> ReLU"))
    layer = net.layer("att")
    assert (layer.output, layer.params, layer.macs) == ((32, 8, 8), 2 * 32 * 4 + 98, 2 * 32 * 4 + 98 * 64)
    assert layer.text == "CBAM(reduction=8)"
    assert layer.rf.size == (7, 7)  # type: ignore[union-attr]


def test_an_extern_may_name_its_tensors_and_state_its_field_in_full() -> None:
    text = """
        extern Head(n) { input x: [c, h, w]
          output_shape = [n, h // 2, w // 2]
          weights = [["fc.weight", [n, c]], ["fc.bias", [n]]]
          macs = n * c
          rf = [2, 2, 0]
          torch = "pkg.mod:Head(n={n})" }
        """
    net = network(text + body("h: Head(5)"))
    assert (state(net), net.params, output(net)) == ({"h.fc.weight": (5, 3), "h.fc.bias": (5,)}, 20, (5, 4, 4))
    net = network(text.replace("[2, 2, 0]", '"global"').replace("h // 2, w // 2", "1, 1") + body("h: Head(5)"))
    assert net.layer("h").rf.is_global  # type: ignore[union-attr]


def test_an_extern_of_several_inputs_and_as_a_value() -> None:
    text = """
        extern Both { input a: [c, h, w]; input b: [c, h, w]
          output_shape = [2 * c, h, w]; params = 0; macs = 0; rf = 1; torch = "m:Both" }
        """
    assert output(network(text + body("[x, x] -> Both"))) == (6, 8, 8)
    assert output(network(EXTERN + "block B(unit) { unit }\n" + body("Conv(32, 1) -> B(CBAM(4))"))) == (32, 8, 8)


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("  macs   = 2 * c * hidden + 98 * h * w\n", "", "E0300", ("does not say its work", "`macs = 0`")),
        ("  params = 2 * c * hidden + 98\n", "", "E0300", ("does not say its parameters", "`params = 0`")),
        ("  output_shape = [c, h, w]\n", "", "E0206", ("needs output_shape",)),
    ],
)
def test_what_an_extern_must_say(old: str, new: str, code: str, words: tuple[str, ...]) -> None:
    found = [d for d in diagnostics(EXTERN.replace(old, new) + body("Conv(32, 1) -> CBAM(8)")) if d.is_error]
    assert len(found) == 1
    said = " ".join([found[0].title, found[0].help or ""])
    assert [word for word in words if word not in said] == []


def test_wrong_uses_of_an_extern() -> None:
    fault(EXTERN + body("Flatten -> «CBAM»"), "E0503", "CBAM does not take 192", "3 are wanted")
    fault(EXTERN + body("[x, x] -> «CBAM»"), "E0305", "takes 1")
    fault(EXTERN + body("CBAM(«ratio»=3)"), "E0204", "no argument ratio")
    fault(
        EXTERN.replace("c // reduction", "c // «reductoin»") + body("Conv(32, 1) -> CBAM"), "E0201", "did you mean `reduction`?"
    )
    wrong = EXTERN.replace("rf     = 7", "«rf     = true»") + body("Conv(32, 1) -> CBAM")
    fault(wrong, "E0404", "rf=true", "true is not a number")


def test_an_extern_states_nothing_unknown() -> None:
    fault(
        EXTERN.replace("rf     = 7", "«fr»     = 7") + body("Conv(32, 1) -> CBAM"),
        "E0204",
        "CBAM has no",
        "output_shape, params, macs, rf",
    )
    fault(
        EXTERN.replace("rf     = 7", "rf = 7; «weigths» = []") + body("Conv(32, 1) -> CBAM"), "E0204", "did you mean `weights`?"
    )


def test_the_torch_of_an_extern_is_parsed_never_pasted() -> None:
    text = EXTERN.replace('"mylib.attention:CBAM(channels={c}, reduction={reduction})"', '"os:system(open())"')
    fault(
        text.replace("torch  =", "«torch  =").replace('open())"', 'open())"»') + body("Conv(32, 1) -> CBAM"),
        "E0300",
        "not the call of a class",
    )


def test_the_version_of_the_language() -> None:
    assert diagnostics("# cnndsl 1\n" + body("ReLU")) == ()
    fault("«# cnndsl 2»\n" + body("ReLU"), "E0106", "version 2", "install a newer one")
    assert diagnostics("# cnndsl is good\n" + body("ReLU")) == ()
