"""Certain fixes: each before and after, what is never touched, and that only what was found changes."""

from __future__ import annotations

import re
import stat
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnndsl import compiler, lint, spelling
from cnndsl.compiler import load, parse
from cnndsl.diagnostics import Diagnostic
from cnndsl.fixing import Edit, Fixing, fixed, patched, spaced
from cnndsl.source import Source

HEAD = "net N {\n  input x: 3x16x16\n"


def check(source: Source) -> tuple[Diagnostic, ...]:
    return compiler.program(source).check()


def fixing(text: str, name: str = "net.cnn") -> Fixing:
    return fixed(Source(text, name), check)


CASES = [  # code; lines of a body before, and after
    ("E0101", "n = 1\n  if n > 1 { ReLU } elif n > 0 { Tanh }", "n = 1\n  if n > 1 { ReLU } else if n > 0 { Tanh }"),
    ("E0101", "// first\n  ReLU", "# first\n  ReLU"),
    ("E0101", "asert params > -1\n  ReLU", "assert params > -1\n  ReLU"),
    ("E0101", "m: Tanh => ReLU", "m: Tanh -> ReLU"),
    ("E0101", "c: Conv(4, (3, 1))", "c: Conv(4, [3, 1])"),
    ("E0101", "c: Conv[4, 3]", "c: Conv(4, 3)"),
    ("E0101", "Tanh\n  add { x, _ }", "Tanh\n  add { | x | _ }"),
    ("E0101", "Tanh as y\n  x, y -> add", "Tanh as y\n  [x, y] -> add"),
    ("E0101", "c: Conv(4, 3) as y :: 4x14x14\n  y -> ReLU", "c: Conv(4, 3) :: 4x14x14 as y\n  y -> ReLU"),
    ("E0101", "assert params = 0\n  ReLU", "assert params == 0\n  ReLU"),
    ("E0103", "m: MaxPool(2) -> \u00a0ReLU", "m: MaxPool(2) ->  ReLU"),
    ("E0103", "c: Conv(4, 3, padding='same')", 'c: Conv(4, 3, padding="same")'),
    ("E0103", "x \u2192 ReLU", "x -> ReLU"),
    ("E0103", "if 3 \u2264 4 && true { ReLU }", "if 3 <= 4 and true { ReLU }"),
    ("E0201", "c: Convv(4, 3)", "c: Conv(4, 3)"),
    ("E0201", "c: conv(4, 3)", "c: Conv(4, 3)"),
    ("E0201", "stem: Conv(4, 3)\n  stemm -> ReLU", "stem: Conv(4, 3)\n  stem -> ReLU"),
    ("E0201", "width = 4\n  c: Conv(widht, 3)", "width = 4\n  c: Conv(width, 3)"),
    ("E0201", "s: { conv: Conv(4, 3) }\n  s.covn -> ReLU", "s: { conv: Conv(4, 3) }\n  s.conv -> ReLU"),
    ("E0204", "c: Conv(4, 3, strid=2, padding=1)", "c: Conv(4, 3, stride=2, padding=1)"),
    ("E0204", "c: Conv(4, kernelSize=3)", "c: Conv(4, kernel_size=3)"),
    ("E0401", "for i in [1..3] { ReLU }", "for i in 1..3 { ReLU }"),
    ("E0401", "Tanh as y\n  z = x + y\n  z -> ReLU", "Tanh as y\n  z = add(x, y)\n  z -> ReLU"),
    ("E0401", "if 1 < 2 < 3 < 4 { ReLU }", "if 1 < 2 and 2 < 3 and 3 < 4 { ReLU }"),
    ("E0401", "if not 1 < 2 < 3 { ReLU } else { Tanh }", "if not (1 < 2 and 2 < 3) { ReLU } else { Tanh }"),
    ("L011", "c: Conv(4, 3, stride=1)", "c: Conv(4, 3)"),
    ("L011", "c: Conv(4, 3, stride=1, dilation=1)", "c: Conv(4, 3)"),
    ("L011", "ReLU(inplace=false)", "ReLU"),
    ("L019", "c: Conv(4, 3) -> n: BatchNorm", "c: Conv(4, 3, bias=false) -> n: BatchNorm"),
    ("L019", "c: Conv(4, 3, bias=true)\n  n: BatchNorm", "c: Conv(4, 3, bias=false)\n  n: BatchNorm"),
    ("L019", "c: Conv(4, 3,) -> n: InstanceNorm", "c: Conv(4, 3, bias=false) -> n: InstanceNorm"),
]
FILES = [  # code; a whole file before, and after
    ("E0101", "blok B { ReLU }\n" + HEAD + "  b: B\n}\n", "block B { ReLU }\n" + HEAD + "  b: B\n}\n"),
    ("E0101", "net N {\n  input x = 3x8x8\n  ReLU\n}\n", "net N {\n  input x: 3x8x8\n  ReLU\n}\n"),
    ("E0101", "net N {\n  input x 3x8x8\n  ReLU\n}\n", "net N {\n  input x: 3x8x8\n  ReLU\n}\n"),
    ("E0103", "net N {\n  input x: 3\u00d78\u00d78\n  ReLU\n}\n", "net N {\n  input x: 3x8x8\n  ReLU\n}\n"),
    ("E0103", "net N {\n  input x: 3xHxW\n  ReLU\n}\n", "net N {\n  input x: [3, H, W]\n  ReLU\n}\n"),
    ("E0201", HEAD + "  ReLU\n}\nnet Small = Nn(3)\n", None),  # too short to tell
    (
        "E0802",
        "from std import ConvBn\n" + HEAD + "  c: ConvBN(8)\n}\n",
        "from std import ConvBN\n" + HEAD + "  c: ConvBN(8)\n}\n",
    ),
    (
        "L009",
        "from std import SE, ConvBN\n" + HEAD + "  c: ConvBN(8)\n}\n",
        "from std import ConvBN\n" + HEAD + "  c: ConvBN(8)\n}\n",
    ),
    (
        "L009",
        "from std import ConvBN , SE\n" + HEAD + "  c: ConvBN(8)\n}\n",
        "from std import ConvBN\n" + HEAD + "  c: ConvBN(8)\n}\n",
    ),
    ("L009", "# a net\n\nfrom std import SE, ConvBN\n" + HEAD + "  ReLU\n}\n", "# a net\n\n" + HEAD + "  ReLU\n}\n"),
    ("L009", "from std import SE  # gates\n" + HEAD + "  ReLU\n}\n", "  # gates\n" + HEAD + "  ReLU\n}\n"),
]
NEVER = [  # what is offered, if at all, and not certain
    "enc1: Conv(4, 3)\n  enc2 -> ReLU",  # a number is no slip
    "ab = 3\n  c: Conv(ac, 3)",  # too short
    "width = 3\n  widths = [3]\n  c: Conv(widthss[0], widt)",  # two are near
    "for i in 3 { ReLU }",  # from 0 or from 1
    "c: Conv2d(3, 4, 3)",  # in whose order?
    "c-1: Conv(4, 3)",  # a label in quotes, or another one
    "Tanh\n  add {\n    x,  # as it came\n    _\n  }",
    "c: Conv(4, 3,  # small\n    stride=1)",  # the comment would be lost
    "c: Conv(4, 3, kernel_sise=3)",  # given by its place already
    "conv = Conv(4, 3)\n  ReLU",
    "Conv(4, 3)\n  conv -> ReLU",  # the layer above, which has no label
    "c: Conv(4, 3)\n  for i in 1..2 { if i > 2 { c -> ReLU } }\n  c -> n: BatchNorm",
]


@pytest.mark.parametrize(("code", "before", "after"), CASES)
def test_each_fix(code: str, before: str, after: str) -> None:
    done = fixing(HEAD + f"  {before}\n}}\n")
    assert done.text == HEAD + f"  {after}\n}}\n"
    assert code in {one.finding.code for one in done.applied}
    assert not [one for one in done.found if one.code == code]


@pytest.mark.parametrize(("code", "before", "after"), FILES)
def test_each_fix_of_a_file(code: str, before: str, after: str | None) -> None:
    done = fixing(before)
    assert done.text == (after or before)
    assert (code in {one.finding.code for one in done.applied}) is (after is not None)
    assert after is None or not [one for one in done.found if one.is_error or one.code == code]


@pytest.mark.parametrize("line", NEVER)
def test_nothing_is_guessed(line: str) -> None:
    text = HEAD + f"  {line}\n}}\n"
    assert fixing(text).text == text


def test_of_all_that_is_known_each_code_with_a_certain_fix_is_shown_here() -> None:
    shown = {code for code, *_ in (*CASES, *FILES)}
    folder = Path(__file__).parent / "language" / "errors"
    texts = [path.read_text("utf-8") for path in folder.glob("*.cnn")] + [one.EXAMPLE.lstrip("\n") for one in lint.known()]
    for text in texts:
        found = [one for one in parse(text).check() if one.fix is not None and one.fix.certain]
        assert {one.code for one in found} <= shown
        done = fixing(text)
        left = {(one.code, one.title, one.span.text, one.span.line) for one in done.found}
        applied = {(one.finding.code, one.finding.title, one.before, one.place.line) for one in done.applied}
        assert not applied & left
        assert fixing(done.text).text == done.text  # stable


def test_everything_around_an_edit_stays_as_it_is() -> None:
    text = (
        "\r\n# a\tcomment \u00e9\r\n"
        + HEAD.replace("\n", "\r\n")
        + "\tc:   Convv( 4,\t3 , strid = 2 )   # c\u00f4te \t\r\n\r\n}   \r\n\r\n# end"
    )
    done = fixing(text)
    assert done.text == text.replace("Convv", "Conv").replace("strid ", "stride ")


ROUNDS = HEAD + "  c: Convv(4, 3, strid=1, dilation=1) -> n: BatchNrom -> Relu  # kept\n}\n"


def test_fixes_come_in_rounds_and_are_said_at_their_first_place() -> None:
    done = fixing(ROUNDS)
    line = "  c: Conv(4, 3, bias=false) -> n: BatchNorm -> ReLU  # kept\n}\n"
    assert done.text == HEAD + line
    assert done.found == ()
    assert [(one.finding.code, one.place.text, one.after) for one in sorted(done.applied, key=lambda one: one.place.start)] == [
        ("E0201", "Convv", "Conv"),
        ("L011", ", strid=1", ""),
        ("E0204", "strid", "stride"),
        ("L011", ", dilation=1", ""),
        ("L019", "", ", bias=false"),
        ("E0201", "BatchNrom", "BatchNorm"),
        ("E0201", "Relu", "ReLU"),
    ]


def test_a_fix_that_would_bring_an_error_is_left_out() -> None:
    """That an assertion counts the bias shows that it is meant."""
    text = HEAD + "  c: Conv(4, 3, stride=1) -> n: BatchNorm\n  assert params == 120\n}\n"
    done = fixing(text)
    assert done.text == text.replace(", stride=1", "")
    assert [(one.finding.code, one.error.code) for one in done.refused] == [("L019", "E0501")]
    assert [one.code for one in done.found] == ["L019"]


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("if !s { ReLU }", "if not s { ReLU }"),
        ("if a>1||!s { ReLU }", "if a>1 or not s { ReLU }"),
        ("if s&&!(a>1) { ReLU }", "if s and not (a>1) { ReLU }"),
        ("if s && a>1 { ReLU }", "if s and a>1 { ReLU }"),
    ],
)
def test_words_do_not_run_together(line: str, after: str) -> None:
    done = fixing(f"net N(s = true, a = 2) {{\n  input x: 3x8x8\n  {line}\n}}\n")
    assert done.text.splitlines()[2] == f"  {after}"
    assert not [one for one in done.found if one.is_error]


def test_an_edit_keeps_words_apart() -> None:
    """Whatever sign it stands for, also where two touch."""
    found = parse("net N { x }").check()[0]
    edits = [Edit(1, 3, "or", found), Edit(3, 4, "not", found), Edit(5, 6, "", found)]
    assert patched("a||!b,c", spaced("a||!b,c", edits)) == "a or not b c"


def test_a_fix_that_puts_another_error_in_its_place_is_left_out() -> None:
    """Also where there are errors already."""
    text = HEAD + "  d: Convv\n  q: Conv(nothing, 3)\n}\n"
    done = fixing(text)
    assert done.text == text
    assert [(one.finding.code, one.error.code) for one in done.refused] == [("E0201", "E0206")]


def test_what_is_left_out_is_said(cli) -> None:
    text = HEAD + "  c: Conv(4, 3) -> n: BatchNorm\n  assert params == 120\n}\n"
    Path("net.cnn").write_text(text)
    ran = cli("check", "net.cnn", "--fix")
    said = "net.cnn:3:15: not fixed L019: with it, the assertion does not hold: params == 120\n"
    assert ran.err.endswith(f"\n\n{said}fixed nothing; 1 warning left\n")
    assert (ran.code, Path("net.cnn").read_text()) == (1, text)


PARTS = "block P(c, norm = true) {\n  conv: Conv(c, 3)\n  if norm { n: BatchNorm }\n}\n"


def test_a_bias_that_others_may_need_stays() -> None:
    text = PARTS + HEAD + "  p: P(8)\n}\n"
    assert [one.code for one in parse(text).check()] == ["L019"]
    assert fixing(text).text == text
    template = (
        "block P(c) { conv: Conv(c, 3) -> n: BatchNorm }\nnet T(k) {\n  input x: 3x8x8\n  p: P(k)\n}\n" + HEAD + "  p: P(8)\n}\n"
    )
    assert fixing(template).text == template


@pytest.mark.parametrize("code", ["L011", "L019", "L009"])
def test_a_program_without_findings_analyses_the_same(code: str) -> None:
    """But for what the lint said: a bias less is as many parameters less, and nothing else."""
    for one, before, _ in (*CASES, *FILES):
        if one != code:
            continue
        text = before if before.startswith(("net", "from", "#")) else HEAD + f"  {before}\n}}\n"
        old, new = parse(text).net(), parse(fixing(text).text).net()
        lost = [
            w.shape[0]
            for node in old.ir.nodes
            for w in node.io.weights
            if w.name == "bias" and code == "L019" and node.key == "c"
        ]
        assert new.params == old.params - sum(lost)
        assert new.macs == old.macs
        assert [(n.key, n.op.word(), n.io.output) for n in new.ir.nodes] == [
            (n.key, n.op.word(), n.io.output) for n in old.ir.nodes
        ]
        assert [new.receptive_field(n.key) for n in new.ir.layers] == [old.receptive_field(n.key) for n in old.ir.layers]


# ---- spelling ------------------------------------------------------------------------

KNOWN = ("Conv", "ConvTranspose", "MaxPool", "AvgPool", "BatchNorm", "Softmax", "softmax", "kernel_size", "stage1", "stage2")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("Convv", "Conv"),
        ("Cnov", "Conv"),
        ("conv", "Conv"),
        ("MAXPOOL", "MaxPool"),
        ("SoftMax", "Softmax"),
        ("soft_max", "softmax"),
        ("kernelSize", "kernel_size"),
        ("BacthNrom", "BatchNorm"),
        ("MxPol", None),  # two slips in a short word
        ("AxgPool", None),  # MaxPool is as near
        ("stage3", None),
        ("Co", None),
        ("Print", None),
    ],
)
def test_a_slip(word: str, meant: str | None) -> None:
    assert spelling.slip(word, KNOWN) == meant


def distance(a: str, b: str) -> int:
    """By the definition: the fewest slips, one after the other (no letter is touched by two)."""
    if not a or not b:
        return len(a) + len(b)
    ways = [distance(a[1:], b) + 1, distance(a, b[1:]) + 1, distance(a[1:], b[1:]) + (a[0] != b[0])]
    if len(a) > 1 and len(b) > 1 and (a[0], a[1]) == (b[1], b[0]):
        ways.append(distance(a[2:], b[2:]) + 1)
    return min(ways)


@given(st.text("abc", max_size=5), st.text("abc", max_size=5), st.integers(1, 6))
def test_slips_are_counted(a: str, b: str, most: int) -> None:
    assert spelling.slips(a, b, most) == min(distance(a, b), most)


# ---- the command ---------------------------------------------------------------------

WRONG = HEAD + "  c: Convv(4, 3, strid=1) -> ReLU  # kept\n}\n"
RIGHT = HEAD + "  c: Conv(4, 3) -> ReLU  # kept\n}\n"


def test_the_command_says_what_it_fixed(cli) -> None:
    Path("net.cnn").write_text(WRONG)
    ran = cli("check", "--fix", "net.cnn")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.splitlines() == [
        "net.cnn:3:6: fixed E0201: `Convv` is `Conv`",
        "net.cnn:3:16: fixed L011: `, stride=1` taken away",
        "net.cnn:3:18: fixed E0204: `strid` is `stride`",
        "fixed 3 places in 1 file; nothing left",
    ]
    assert Path("net.cnn").read_text() == RIGHT
    assert cli("check", "--fix", "net.cnn") == (0, "", "fixed nothing; nothing left\n")


def test_the_difference_is_shown_and_nothing_written(cli) -> None:
    Path("net.cnn").write_text(WRONG)
    for words in (["--diff"], ["--fix", "--diff"]):
        ran = cli("check", "net.cnn", *words)
        assert (ran.code, ran.err) == (1, "would fix 3 places in 1 file; nothing left\n")
        assert Path("net.cnn").read_text() == WRONG
    assert ran.out.splitlines() == [
        "--- net.cnn",
        "+++ net.cnn",
        "@@ -1,4 +1,4 @@",
        " net N {",
        "   input x: 3x16x16",
        "-  c: Convv(4, 3, strid=1) -> ReLU  # kept",
        "+  c: Conv(4, 3) -> ReLU  # kept",
        " }",
    ]
    colored = cli("check", "net.cnn", "--diff", "--color", "always").out
    assert re.sub(r"\x1b\[\d*m", "", colored) == ran.out
    assert "\x1b[32m+  c: Conv(4, 3)" in colored


@pytest.mark.parametrize(
    "text", [WRONG, WRONG[:-1], WRONG.replace("\n", "\r\n"), "\ufeff" + WRONG, "from std import SE\n" + RIGHT]
)
def test_patch_takes_the_difference(cli, text: str, tmp_path: Path) -> None:
    Path("net.cnn").write_bytes(text.encode())
    diff = cli("check", "net.cnn", "--diff").out
    if text.startswith("\ufeff"):  # of which a text knows nothing
        Path("net.cnn").write_bytes(text[1:].encode())
    subprocess.run(["git", "apply", "-p0", "--unidiff-zero", "-"], input=diff.encode(), check=True, cwd=tmp_path)
    by_patch = Path("net.cnn").read_bytes()
    Path("net.cnn").write_bytes(text.encode())
    cli("check", "net.cnn", "--fix")
    assert Path("net.cnn").read_bytes() == ("\ufeff".encode() if text.startswith("\ufeff") else b"") + by_patch


def test_no_escape_of_a_program_reaches_a_terminal(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("net.cnn").write_text(WRONG.replace("kept", "\x1b[2J"))
    assert "\x1b" in cli("check", "net.cnn", "--diff").out  # to a file it goes as it is
    monkeypatch.setattr("cnndsl.terminal.Terminal.width", 80)
    out = cli("check", "net.cnn", "--diff").out
    assert "# \u241b[2J" in out
    assert "\x1b" not in out


def test_what_was_not_looked_at_is_said(cli) -> None:
    Path("net.cnn").write_text("net T(c) {\n  input x: 3x8x8\n  a: Conv(c, 3)\n}\n")
    assert cli("check", "net.cnn", "--fix") == (0, "", "not expanded: T, which needs c\nfixed nothing; nothing left\n")


def test_marks_and_permissions_stay(cli) -> None:
    path = Path("net.cnn")
    path.write_bytes(b"\xef\xbb\xbf" + WRONG.replace("\n", "\r\n").encode())
    path.chmod(0o640)
    Path("link.cnn").symlink_to(path)
    cli("check", "link.cnn", "--fix")
    assert path.read_bytes() == b"\xef\xbb\xbf" + RIGHT.replace("\n", "\r\n").encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert Path("link.cnn").is_symlink()
    assert sorted(file.name for file in Path().iterdir()) == ["link.cnn", "net.cnn"]


def test_what_cannot_be_written_stays_and_is_said(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("net.cnn").write_text(WRONG)
    Path("other.cnn").write_text(WRONG)
    monkeypatch.setattr("os.access", lambda path, *_, **__: Path(path).name != "net.cnn")
    ran = cli("check", "net.cnn", "other.cnn", "--fix")
    assert ran.code == 2
    assert "error[E0914]: net.cnn is read-only" in ran.err
    assert ran.err.endswith("fixed 3 places in 1 file; 1 error left\n")
    assert (Path("net.cnn").read_text(), Path("other.cnn").read_text()) == (WRONG, RIGHT)


def test_what_somebody_changed_meanwhile_is_left_alone(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("net.cnn").write_text(WRONG)

    def meanwhile(source: Source, check: object) -> Fixing:
        Path("net.cnn").write_text(WRONG + "# more\n")
        return fixed(source, check)  # type: ignore[arg-type]

    monkeypatch.setattr("cnndsl.commands.check.fixed", meanwhile)
    ran = cli("check", "net.cnn", "--fix")
    assert ran.code == 2
    assert "net.cnn was changed while it was checked" in ran.err
    assert Path("net.cnn").read_text() == WRONG + "# more\n"


def test_standard_input_goes_to_standard_output(cli) -> None:
    assert cli("check", "-", "--fix", stdin=WRONG.encode()).out == RIGHT
    assert cli("check", "-", "--fix", stdin=RIGHT.encode()) == (0, RIGHT, "fixed nothing; nothing left\n")
    assert cli("check", "-", "--diff", stdin=WRONG.encode()).out.startswith("--- <stdin>\n+++ <stdin>\n")


def test_imported_files_are_changed_only_where_they_are_named(cli) -> None:
    parts = "block P(c) { conv: Convv(c, 3) }\n"
    Path("parts.cnn").write_text(parts)
    Path("net.cnn").write_text('from "parts.cnn" import P\n' + HEAD + "  p: P(8)\n}\n")
    ran = cli("check", "net.cnn", "--fix")
    assert (ran.code, Path("parts.cnn").read_text()) == (1, parts)
    assert ran.err.endswith("fixed nothing; 1 error left\n")
    cli("check", "parts.cnn", "--fix")  # nothing expands it
    assert Path("parts.cnn").read_text() == parts


@pytest.mark.parametrize(
    ("words", "title"),
    [
        (["net.cnn", "--fix", "--net", "N"], "error[E0001]: --fix looks at all nets of a file"),
        (["net.cnn", "--diff", "--set", "a=1"], "error[E0001]: --diff looks at all nets of a file"),
        (["net.cnn", "--diff", "--format", "json"], "error[E0001]: --diff writes to standard output itself"),
        (["-", "--fix", "--format", "json"], "error[E0001]: --fix writes to standard output itself"),
        (["zoo:resnet", "--fix"], "error[E0001]: zoo:resnet ships with cnndsl, and is not changed"),
    ],
)
def test_what_cannot_be_fixed(cli, words: list[str], title: str) -> None:
    Path("net.cnn").write_text(WRONG)
    ran = cli("check", *words)
    assert (ran.code, ran.out, ran.err.splitlines()[0]) == (2, "", title)
    assert Path("net.cnn").read_text() == WRONG


def test_findings_in_a_form_for_machines_are_those_that_are_left(cli) -> None:
    Path("net.cnn").write_text(WRONG)
    ran = cli("check", "net.cnn", "--fix", "--format", "json")
    assert (ran.code, ran.out) == (0, "[]\n")
    assert Path("net.cnn").read_text() == RIGHT


def test_what_ships_needs_no_fix() -> None:
    for path in sorted(Path(compiler.__file__).parents[1].glob("examples/*.cnn")):
        assert not [one for one in load(path).check() if one.fix is not None], path
