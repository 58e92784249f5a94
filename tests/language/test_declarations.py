"""Nets with parameters, presets and contracts, blocks, nets as layers, recursion, doc strings and attributes."""

import pytest

import cnndsl
from cnndsl.diagnostics import CompileError, Problem

from .programs import body, diagnostics, fault, keys, network, output, outputs, paths, program, sources

BASE = """
net Base(width, depth = 1, classes = 10) {
  input x: 3x8x8
  { Conv(width, 3, padding=1) } * depth
  GlobalAvgPool -> Flatten -> fc: Linear(classes)
}
"""


def test_nets_with_different_mistakes_at_one_place_are_all_told_by_name() -> None:
    base = "net B(width = 8, classes = 10) {\n input x: 3x8x8\n Conv(width, 3) -> Flatten -> Linear(classes)\n}\n"
    found = cnndsl.parse(base + 'net D = B(width = "big")\nnet F = B(width = 0)\nnet G = B(classes = -1)\nnet H = F\n').check()
    assert [(d.title, d.notes) for d in found if d.is_error] == [
        ('Conv cannot take out_channels="big"', ("in net D, line 5",)),
        ("Conv cannot take out_channels=0", ("in net F, line 6",)),
        ("Linear cannot take out_features=-1", ("in net G, line 7",)),
    ]


def test_a_net_takes_parameters() -> None:
    net = network(BASE, width=4, depth=2)
    assert [layer.output[0] for layer in net] == [4, 4, 4, 4, 10]
    assert network(BASE, "Base", width=4, classes=3).outputs["out"] == (3,)


def test_a_parameter_may_be_defaulted_by_earlier_ones_and_by_the_file() -> None:
    net = network("k = 2\nnet N(a = 3, b = a * k) { input x: 3x8x8\n Conv(b, 1) }")
    assert output(net) == (6, 8, 8)


def test_a_template_is_listed_and_needs_its_parameters() -> None:
    read = program(BASE + "net Small = Base(4)")
    assert (read.nets, [read.is_template(name) for name in read.nets]) == (("Base", "Small"), [True, False])
    fault(BASE.replace("net Base", "net «Base»"), "E0206", "Base needs width", net="Base")
    assert not any(d.is_error for d in read.check())


def test_presets_fix_arguments_and_leave_others_open() -> None:
    text = BASE + "net Small = Base(4)\nnet Deep = Small(depth = 3)\nnet Named = Base(width = 8, classes = 2)\n"
    assert output(network(text, "Small", classes=7)) == (7,)
    assert len(network(text, "Deep").layers) == 6
    assert output(network(text, "Named")) == (2,)


def test_presets_may_have_parameters_of_their_own() -> None:
    text = BASE + "net Scaled(factor = 1.0) = Base(int(8 * factor), classes = 3)\n"
    assert network(text, "Scaled").layers[0].output[0] == 8
    assert network(text, "Scaled", factor=0.5).layers[0].output[0] == 4


def test_a_preset_of_what_is_settled_or_unknown() -> None:
    text = BASE + "net Small = Base(4)\n"
    (found,) = diagnostics(text, "Small", width=5)
    assert (found.code, found.title) == ("E0204", "Small has settled width")
    (found,) = diagnostics(text, "Small", widht=5)
    assert found.code == "E0204"
    fault("net P = «Nothing»(3)\n", "E0201", "there is no net Nothing", net="P")
    fault(BASE + "net P = «Bse»(3)\n", "E0201", "did you mean `Base`?", net="P")
    fault("block B { ReLU }\nnet P = «B»\n", "E0207", "B is no net", net="P")
    fault(BASE + "net P = Base(4, «dept» = 3)\n", "E0204", "did you mean `depth`?", net="P")
    fault("net P = «P»\n", "E0207", "P is no net", net="P")


def test_presets_in_a_circle_end() -> None:
    with pytest.raises(CompileError):
        program("net P = Q\nnet Q = P\n").net("P")


def test_contracts_hold_for_the_net_as_declared() -> None:
    text = BASE + 'net Small = Base(4) { assert params == 162; assert macs == 6952, "work"; assert rf(_) == 8 }\n'
    assert diagnostics(text.replace("rf(_) == 8", "trainable == params"), "Small") == ()
    fault(BASE + "net Small = Base(4) { assert «params == 163» }\n", "E0501", "params is 162", net="Small")
    fault(
        BASE + 'net Small = Base(4) { assert «params == 163», "as published" }\n',
        "E0501",
        "as published",
        "params == 163",
        net="Small",
    )
    assert diagnostics(BASE + "net Small = Base(4) { }\n", "Small") == ()


def test_a_contract_is_a_note_under_other_parameters_or_sizes() -> None:
    text = (
        "net N(classes = 10) {\n input x: 3x8x8\n Conv(4, 3) :: 4x6x6\n Flatten -> Linear(classes)\n assert params == 1562\n}\n"
    )
    assert diagnostics(text) == ()
    (note,) = diagnostics(text, classes=5)
    assert (note.code, note.severity, note.title) == ("N0501", "note", "contract not checked (classes=5)")
    (note,) = diagnostics(text, inputs=(3, 9, 8))
    assert note.title == "contract not checked (x=3×9×8)"
    assert diagnostics(text, classes=10, inputs=(3, 8, 8)) == ()
    preset = "net P = N(classes = 5) { assert params == 837 }\n"
    assert [d.title for d in diagnostics(text + preset, "P") if d.is_error] == []


def test_block_assertions_and_pre_flight_ones_always_hold() -> None:
    text = 'block B(c) {\n Conv(c, 1) :: [c, 8, 8]\n assert «in.h == 8», "eight"\n}\n' + body("B(4)")
    fault(text.replace("input x: 3x8x8", "input x: 3x9x8").replace(":: [c, 8, 8]", ""), "E0501", "eight", "in.h is 9")
    size = "net N {\n input x: 3x8x8\n assert «x.h % 8 == 0»\n ReLU\n}\n"
    fault(size, "E0501", "x.h % 8 is 4", inputs=(3, 12, 8))


def test_a_block_may_assert_totals_of_its_own() -> None:
    text = "block B {\n conv: Conv(4, 3)\n assert params == 112 and rf(conv) == 5\n}\n" + body(
        "stem: Conv(3, 3)\nb: B\nConv(4, 1)"
    )
    assert diagnostics(text) == ()
    fault(text.replace("params == 112 and rf(conv) == 5", "«params == 112 and rf(conv) == 3»"), "E0501", "rf(conv) is 5")


def test_here_in_an_assertion_is_the_value_of_that_line() -> None:
    assert diagnostics(body("Conv(4, 3)\nassert rf(_) == 3\nConv(4, 3)\nassert rf(_) == 5")) == ()


def test_a_shared_blocks_totals_are_judged_once() -> None:
    assert diagnostics("block B {\n Conv(3, 1)\n assert params == 12\n}\n" + body("b: B -> b -> b")) == ()


def test_rf_is_a_number_where_the_axes_agree() -> None:
    assert diagnostics(body("c: Conv(4, [3, 5])\nassert rf(c).h == 3 and rf(c).w == 5")) == ()
    found = fault(body("c: Conv(4, [3, 5])\nassert «rf(c) == 3»"), "E0501")
    assert "3×5" in found.labels[0].text
    assert diagnostics(body("c: Conv(4, 3) -> GlobalAvgPool as g\nassert rf(g) > 10**20")) == ()
    fault(body("c: Conv(4, 3)\nassert «rf()» == 3"), "E0205", "one value")
    fault(body("c: Conv(4, 3)\nassert rf(«3») == 3"), "E0207", "speaks of a value")


@pytest.mark.parametrize(
    ("note", "words"),
    [
        ("4x6x6", ()),
        ("[4, ?, ?]", ()),
        ("[4, ..]", ()),
        ("[c, in.h - 2, in.w - 2]", ()),
        ("«4x6x7»", ("4×6×6, not 4x6x7", "6 where 7 is wanted", "`:: 4x6x6`")),
        ("«[4, 6]»", ("3 axes, 2 are wanted",)),
        ("«[c, in.h, ?]»", ("6 where in.h = 8 is wanted",)),
    ],
)
def test_shape_notes(note: str, words: tuple[str, ...]) -> None:
    text = body(f"c = 4\nConv(c, 3) :: {note} -> ReLU")
    if words:
        fault(text, "E0502", *words)
    else:
        assert diagnostics(text) == ()


def test_shape_notes_bind_nothing_and_speak_of_one_value() -> None:
    fault(body("ReLU :: [c, ?, «q»]".replace("[c,", "[3,")), "E0201", "there is no q")
    fault(body("Chunk(3) :: «1x8x8»\n[x, x] -> add"), "E0502", "one value", "a list of 3")
    assert diagnostics(body("a: Conv(4, 1) :: 4x8x8 as b -> ReLU :: [4, ?, ?]")) == ()


def test_a_net_is_a_layer_of_another() -> None:
    text = BASE + body("trunk: Base(4, classes=6) -> ReLU", "3x8x8")
    net = network(text, "N")
    assert paths(net) == ["trunk.0", "trunk.1", "trunk.2", "trunk.fc", "1"]
    assert keys(net)[0] == "trunk.0.weight"
    preset = BASE + "net Small = Base(4) { assert params == 162 }\n" + body("s: Small\nx -> t: Small(classes=2)")
    assert output(network(preset, "N")) == (2,)


SIZED = """
net Base(size, patch = size // 4, c = 3) {
  input image: [c, size, size]
  conv: Conv(4, patch, stride=patch, bias=false)
  assert _.h == size // patch
}

net Small = Base(32) { assert macs == 4 * 3 * 32 * 32 }
"""


def test_a_size_that_is_a_parameter_gives_way_as_a_number_would() -> None:
    """As declared, asked for from outside, and as a layer; what was computed with the parameter stays."""
    assert network(SIZED, "Small").inputs == {"image": (3, 32, 32)}
    wide = network(SIZED, "Small", inputs=(3, 64, 64))
    assert (wide.outputs, wide.diagnostics[0].title) == ({"out": (4, 8, 8)}, "contract not checked (image=3×64×64)")
    inner = network(SIZED + "net Outer { input x: 3x48x48\n  body: Small }", "Outer")
    assert inner.outputs == {"out": (4, 6, 6)}


def test_a_size_that_is_a_parameter_agrees_with_itself_and_with_what_is_set() -> None:
    assert [d.code for d in diagnostics(SIZED, "Small", inputs=(3, 64, 32))] == ["E0503"]
    assert [d.code for d in diagnostics(SIZED, "Base", inputs=(3, 64, 64), size=32)] == ["E0503"]
    assert [d.code for d in diagnostics(SIZED + "net Outer { input x: 1x32x32\n  body: Small }", "Outer")] == ["E0503"]


def test_a_net_as_a_layer_keeps_channels_and_adapts_to_height_and_width() -> None:
    net = "net Trunk {\n  input x: 3x32x32\n  Conv(4, 3) :: 4x30x30\n}\n"
    assert output(network(net + body("Trunk"), "N")) == (4, 6, 6)
    fault(net + body("Conv(5, 1) -> «Trunk»"), "E0503", "Trunk does not take 5×8×8", "5 where 3 is wanted", net="N")
    (note,) = diagnostics(net + body("Trunk"), "N")
    assert note.title == "contract not checked (x=3×8×8)"


def test_a_net_of_several_outputs_is_read_by_name() -> None:
    trunk = "net Trunk {\n input x: 3x32x32\n c3: Conv(4, 3) -> c4: Conv(5, 3, 2)\n output c3, deep = c4\n}\n"
    net = network(trunk + body("t: Trunk\nt.c3 -> a: Conv(1, 1)\nt.deep -> b: Conv(1, 1)"), "N")
    assert (sources(net, "a"), sources(net, "b")) == (["t.c3"], ["t.c4"])
    fault(trunk + body("t: Trunk -> «ReLU»"), "E0214", "several outputs", "`.c3`", "`.deep`", net="N")
    fault(trunk + body("t: Trunk\n«t.dep» -> ReLU"), "E0201", "did you mean `t.deep`?", net="N")
    assert outputs(network(trunk + body("t: Trunk"), "N")) == {"c3": "t.c3", "deep": "t.c4"}


def test_one_output_is_a_plain_value() -> None:
    trunk = "net Trunk {\n input x: 3x32x32\n c3: Conv(4, 3) -> c4: Conv(5, 3, 2)\n output c3\n}\n"
    assert sources(network(trunk + body("Trunk -> ReLU"), "N"), "1") == ["0.c3"]


def test_blocks_take_parameters_by_position_and_name() -> None:
    text = "block B(c, k = 3, stride = 1) { Conv(c, k, stride) }\n"
    net = network(text + body("B(4) -> B(5, 1) -> B(c=6, stride=2)"))
    assert [layer.text for layer in net] == ["Conv(4, 3)", "Conv(5, 1)", "Conv(6, 3, stride=2)"]
    fault(text + body("«B»"), "E0206", "B needs c", "`B(c=…)`")
    fault(text + body("B(1, 2, 3, «4»)"), "E0205", "takes 3 arguments: c, k, stride")
    fault(text + body("B(1, «kk»=2)"), "E0204", "did you mean `k`?")
    fault(text + body("B(1, «c=2»)"), "E0202", "c is given twice")


def test_parameters_take_no_values() -> None:
    text = "block B(v) { Conv(4, 1) }\n"
    fault(text + body("a: Conv(3, 1)\nB(«a»)"), "E0207", "takes no value", "3×8×8", "`[_, a] -> B`")
    fault(text + body("B(«v=[x, x]»)"), "E0207", "takes no value", "`[_, [x, x]] -> B`")
    fault(body("a: Conv(3, 1)\nConv(«a», 1)"), "E0404", "cannot take a value", "`a.c`")
    assert output(network("fn width(v) = 2 * v.c\n" + body("Conv(width(x), 1)"))) == (6, 8, 8)


def test_parameters_are_named_once() -> None:
    fault("block B(a, b = 1, «a = 2») { ReLU }\n" + body("B(1)"), "E0202", "the parameter a is given twice")


def test_recursion_ends_by_a_condition() -> None:
    text = """
        block Tree(depth, c) {
          if depth == 0 { Conv(c, 3, padding=1) } else {
            add { | Tree(depth - 1, c) | Tree(depth - 1, c) }
          }
        }
        net N { input x: 3x8x8
          t: Tree(3, 4) }
        """
    assert sum(layer.op == "Conv" for layer in network(text)) == 8
    assert paths(network(text))[:4] == ["t.0.0.0.0", "t.0.0.1.0", "t.0.0.add", "t.0.1.0.0"]


def test_recursion_is_64_deep_at_most() -> None:
    deep = "block B(n) { if n > 0 { B(n - 1) } else { ReLU } }\n" + body("B(%d)")
    assert len(paths(network(deep % 63))) == 1
    found = fault("block B(n) { «B(n + 1)» }\n" + body("B(0)"), "E0702", "64", "B → B", "`if`")
    assert len(found.notes) >= 1


def test_names_of_a_file_are_given_once() -> None:
    fault("block B { ReLU }\nblock «B» { Tanh }\n" + body("B"), "E0202", "B is given twice")
    fault("B = 3\nfn «B»(x) = x\n" + body("ReLU"), "E0202", "B is given twice")


def test_declarations_may_stand_in_any_order() -> None:
    assert output(network(body("B(k)") + "block B(c) { Conv(f(c), 1) }\nfn f(n) = 2 * n\nk = j + 1\nj = 3\n")) == (8, 8, 8)


def test_a_declaration_may_have_the_name_of_a_layer() -> None:
    assert paths(network("block ReLU { Conv(4, 1) -> Tanh }\n" + body("ReLU"))) == ["0.0", "0.1"]


def test_doc_strings() -> None:
    assert network('net N {\n  "What it is"\n  input x: 3x8x8\n  "More"\n  ReLU\n}\n').ir.doc == "What it is"
    assert network('"The file"\nblock B { "a block"\n ReLU }\n' + body("B")).ir.doc == ""


def test_frozen_layers_blocks_and_nets() -> None:
    net = network(
        "block B { Conv(3, 1) -> BatchNorm }\n"
        + body("@frozen a: Conv(3, 1) -> b: Conv(3, 1)\n@frozen B\n@frozen { Conv(3, 1) } * 2\nB")
    )
    assert [layer.trainable for layer in net if layer.params] == [0, 12, 0, 0, 0, 0, 12, 6]
    assert network("@frozen net N { input x: 3x8x8\n Conv(4, 1) }").trainable == 0
    assert network("@frozen block B { Conv(4, 1) }\n" + body("B -> Conv(4, 1, bias=false)")).trainable == 16


def test_attributes_bind_to_the_next_item_also_after_an_arrow_and_on_a_line_of_their_own() -> None:
    assert [layer.trainable for layer in network(body("Conv(3, 1) -> @frozen Conv(3, 1) -> Conv(3, 1)"))] == [12, 0, 12]
    assert [layer.trainable for layer in network(body("@frozen\nConv(3, 1)\nConv(3, 1)"))] == [0, 12]


def test_torch_names_the_class() -> None:
    assert network('@torch(name = "Detector")\nnet N { input x: 3x8x8\n ReLU }').ir.torch_name == "Detector"
    fault("«@torch(name = 3)»\nnet N { input x: 3x8x8\n ReLU }", "E0221", '@torch(name="Detector")')
    fault('«@torch(name = "no name")»\nnet N { input x: 3x8x8\n ReLU }', "E0221", '@torch(name="Detector")')


def test_unknown_attributes() -> None:
    fault(body("«@frosen» Conv(3, 1)"), "E0221", "no attribute @frosen", "@frozen")
    fault("«@quick»\nnet N { input x: 3x8x8\n ReLU }", "E0221", "no attribute @quick")
    fault(body("«@frozen(true)» Conv(3, 1)"), "E0221", "takes no arguments")


def test_which_net_is_meant() -> None:
    with pytest.raises(Problem, match="several nets"):
        program(body("ReLU") + body("ReLU").replace("net N", "net M")).net()
    with pytest.raises(Problem, match="no net Q"):
        program(body("ReLU")).net("Q")
    with pytest.raises(Problem, match="declares no net"):
        program("block B { ReLU }").net()
    with pytest.raises(Problem, match="need parameters"):
        program(BASE).net()
