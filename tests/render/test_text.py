"""The text form of diagnostics, to the character."""

import re
import time
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnndsl.cells import width as width_of
from cnndsl.diagnostics import Diagnostic, Fix, Label
from cnndsl.render.text import render, tally
from cnndsl.source import Source, Span

NET = Source(
    "net LeNet5 {\n"
    "  input image: 1x32x32\n"
    "  c1: Conv(6, 5) -> Tanh -> AvgPool(2)\n"
    "  c5: Conv(120, 77) -> Tanh -> Flatten\n"
    "  add {\n"
    "    | a: Conv(6, 3)\n"
    "    | b: Conv(7, 3)\n"
    "    | c: Conv(6, 3)\n"
    "    | d: Conv(6, 3)\n"
    "    | e: Conv(6, 3)\n"
    "  }\n"
    "}\n",
    "net.cnn",
)
BLOCKS = Source('block Stage(width) {\n  "A stage"\n  Conv(width, 3)\n}\n', "lib/blocks.cnn")


def at(source: Source, word: str, nth: int = 0) -> Span:
    """The nth place of a word."""
    start = [m.start() for m in re.finditer(re.escape(word), source.text)][nth]
    return Span(source, start, start + len(word))


def one(*labels: Label, notes: tuple[str, ...] = (), help: str | None = None, **more: object) -> str:
    """A diagnostic as text."""
    return render([Diagnostic("E0300", "it is wrong", labels, notes, help)], **more)  # type: ignore[arg-type]


def page(text: str) -> str:
    return dedent(text).removeprefix("\n")


def test_one_label_notes_and_help() -> None:
    assert one(
        Label(at(NET, "77"), "77×77 kernel on 16×5×5"),
        notes=("axis 0: size 5 + padding 0 + 0 = 5", "two\nlines"),
        help="a kernel of at most 5 fits",
    ) == page("""
        error[E0300]: it is wrong
         --> net.cnn:4:17
          |
        4 |   c5: Conv(120, 77) -> Tanh -> Flatten
          |                 ^^ 77×77 kernel on 16×5×5
          |
          = note: axis 0: size 5 + padding 0 + 0 = 5
          = note: two
                  lines
          = help: a kernel of at most 5 fits
        """)


def test_without_text_and_notes() -> None:
    assert one(Label(at(NET, "Tanh"))) == page("""
        error[E0300]: it is wrong
         --> net.cnn:3:21
          |
        3 |   c1: Conv(6, 5) -> Tanh -> AvgPool(2)
          |                     ^^^^
        """)


def test_several_labels_on_one_line_hang_from_the_right() -> None:
    labels = Label(at(NET, "AvgPool"), "third"), Label(at(NET, "c1"), "first"), Label(at(NET, "Tanh"), "second")
    assert one(*labels) == page("""
        error[E0300]: it is wrong
         --> net.cnn:3:29
          |
        3 |   c1: Conv(6, 5) -> Tanh -> AvgPool(2)
          |   --                ----    ^^^^^^^ third
          |   |                 |
          |   |                 second
          |   first
        """)


def test_a_label_inside_another() -> None:
    assert one(Label(at(NET, "Conv(6, 5)"), "all of it"), Label(at(NET, "6, 5"), "these")) == page("""
        error[E0300]: it is wrong
         --> net.cnn:3:7
          |
        3 |   c1: Conv(6, 5) -> Tanh -> AvgPool(2)
          |       ^^^^^^^^^^
          |       |    |
          |       |    these
          |       all of it
        """)


def test_two_labels_at_one_place_are_both_said() -> None:
    assert one(Label(at(NET, "c1"), "declared"), Label(at(NET, "c1"), "and again")) == page("""
        error[E0300]: it is wrong
         --> net.cnn:3:3
          |
        3 |   c1: Conv(6, 5) -> Tanh -> AvgPool(2)
          |   ^^ and again
          |   |
          |   declared
        """)


def test_lines_apart_are_elided_and_a_single_one_between_is_shown() -> None:
    assert one(Label(at(NET, "c: Conv"), "here"), Label(at(NET, "a: Conv"), "there"), Label(at(NET, "image"))) == page("""
        error[E0300]: it is wrong
         --> net.cnn:8:7
          |
        2 |   input image: 1x32x32
          |         -----
        ...
        6 |     | a: Conv(6, 3)
          |       ------- there
        7 |     | b: Conv(7, 3)
        8 |     | c: Conv(6, 3)
          |       ^^^^^^^ here
        """)


def test_several_files_and_the_gutter_as_wide_as_the_longest_number() -> None:
    labels = Label(at(NET, "d: Conv"), "given here"), Label(at(BLOCKS, "width"), "taken here"), Label(at(NET, "e: Conv"))
    assert one(*labels, help="say so") == page("""
        error[E0300]: it is wrong
          --> net.cnn:9:7
           |
         9 |     | d: Conv(6, 3)
           |       ^^^^^^^ given here
        10 |     | e: Conv(6, 3)
           |       -------
           |
          ::: lib/blocks.cnn:1:13
           |
         1 | block Stage(width) {
           |             ----- taken here
           |
           = help: say so
        """)


def span(source: Source, first: str, last: str) -> Span:
    return at(source, first).to(at(source, last))


def test_a_span_of_some_lines_from_the_first_word_of_its_line() -> None:
    assert one(Label(span(BLOCKS, "block", "3)\n}"), "all of it")) == page("""
        error[E0300]: it is wrong
         --> lib/blocks.cnn:1:1
          |
        1 | / block Stage(width) {
        2 | |   "A stage"
        3 | |   Conv(width, 3)
        4 | | }
          | |_^ all of it
        """)


def test_a_long_span_is_elided_and_labels_inside_it_are_kept() -> None:
    labels = Label(span(NET, "add {", "e: Conv(6, 3)\n  }"), "the arms differ"), Label(at(NET, "b: Conv"), "7×28×28")
    assert one(*labels) == page("""
        error[E0300]: it is wrong
          --> net.cnn:5:3
           |
         5 | /   add {
         6 | |     | a: Conv(6, 3)
         7 | |     | b: Conv(7, 3)
           | |       ------- 7×28×28
        ...  |
        10 | |     | e: Conv(6, 3)
        11 | |   }
           | |___^ the arms differ
        """)


def test_spans_of_several_lines_that_begin_inside_a_line_and_nest() -> None:
    labels = Label(span(NET, "Tanh", "c5"), "inner"), Label(span(NET, "net", "add {"), "outer")
    assert one(*labels) == page("""
        error[E0300]: it is wrong
         --> net.cnn:3:21
          |
        1 | /  net LeNet5 {
        2 | |    input image: 1x32x32
        3 | |    c1: Conv(6, 5) -> Tanh -> AvgPool(2)
          | | _____________________^
        4 | ||   c5: Conv(120, 77) -> Tanh -> Flatten
          | ||____^ inner
        5 | |    add {
          | |________- outer
        """)


def test_a_span_that_ends_with_the_line_stays_on_it() -> None:
    start = NET.text.index("Flatten")
    assert one(Label(Span(NET, start, start + len("Flatten\n")), "here")) == page("""
        error[E0300]: it is wrong
         --> net.cnn:4:32
          |
        4 |   c5: Conv(120, 77) -> Tanh -> Flatten
          |                                ^^^^^^^ here
        """)


def test_an_empty_span_has_one_caret_and_the_end_of_the_text_is_a_place() -> None:
    source = Source("net A {\n  Conv(1", "a.cnn")
    assert one(Label(Span(source, len(source.text), len(source.text)), "`)` is missing")) == page("""
        error[E0300]: it is wrong
         --> a.cnn:2:9
          |
        2 |   Conv(1
          |         ^ `)` is missing
        """)
    assert one(Label(Span(Source(""), 0, 0), "nothing")) == page("""
        error[E0300]: it is wrong
         --> <text>:1:1
          |
        1 |
          | ^ nothing
        """)


def test_crlf_does_not_reach_the_output() -> None:
    source = Source("net A {\r\n  Conv\r\n}\r\n", "a.cnn")
    spot = source.text.index("\r\n}")
    expected = page("""
        error[E0300]: it is wrong
         --> a.cnn:2:7
          |
        2 |   Conv
          |       ^ here
        """)
    assert one(Label(Span(source, spot, spot), "here")) == expected
    assert one(Label(Span(source, spot, spot + 2), "here")) == expected


def test_tabs_wide_and_combining_characters_are_measured() -> None:
    source = Source('\tx: Conv("名前", cafe\u0301, Zed)\n', "a.cnn")
    labels = Label(at(source, "名前"), "name"), Label(at(source, "cafe\u0301"), "drink"), Label(at(source, "Zed"), "here")
    assert one(*labels) == page("""
        error[E0300]: it is wrong
         --> a.cnn:1:11
          |
        1 |     x: Conv("名前", cafe\u0301, Zed)
          |              ^^^^   ----  --- here
          |              |      |
          |              |      drink
          |              name
        """)


def test_a_mark_on_a_combining_character_alone_stands_at_its_base() -> None:
    source = Source("cafe\u0301 x", "a.cnn")
    assert one(Label(Span(source, 4, 5), "accent")) == page("""
        error[E0300]: it is wrong
         --> a.cnn:1:5
          |
        1 | cafe\u0301 x
          |    ^ accent
        """)


LONG = Source("x: " + "Conv(64, 3) -> " * 10 + "Foo(3)" + " -> ReLU" * 10 + "\n", "long.cnn")


def test_a_long_line_is_cut_around_the_span() -> None:
    assert one(Label(at(LONG, "Foo"), "no such layer"), width=60) == page("""
        error[E0300]: it is wrong
         --> long.cnn:1:154
          |
        1 | …64, 3) -> Conv(64, 3) -> Foo(3) -> ReLU -> ReLU -> ReL…
          |                           ^^^ no such layer
        """)
    assert one(Label(at(LONG, "x"), "this"), width=60) == page("""
        error[E0300]: it is wrong
         --> long.cnn:1:1
          |
        1 | x: Conv(64, 3) -> Conv(64, 3) -> Conv(64, 3) -> Conv(6…
          | ^ this
        """)
    assert one(Label(Span(LONG, len(LONG.text) - 5, len(LONG.text) - 1), "last"), width=60) == page("""
        error[E0300]: it is wrong
         --> long.cnn:1:236
          |
        1 | …> ReLU -> ReLU -> ReLU -> ReLU -> ReLU -> ReLU -> ReLU
          |                                                    ^^^^ last
        """)


def test_marks_that_no_line_can_hold_together_show_the_main_one() -> None:
    text = one(Label(at(LONG, "Foo"), "main"), Label(at(LONG, "x"), "far away"), width=60)
    assert text.splitlines()[3:] == [
        "1 | …64, 3) -> Conv(64, 3) -> Foo(3) -> ReLU -> ReLU -> ReL…",
        "  | -                         ^^^ main",
        "  | |",
        "  | far away",
    ]


def test_a_line_of_megabytes_is_not_measured_to_its_end() -> None:
    source = Source("x" * 4_000_000 + " é " + "y" * 4_000_000, "big.cnn")
    start = time.process_time()
    text = one(Label(at(source, "é"), "here"), Label(Span(source, 3, 9), "far away"), width=40)
    assert text.splitlines()[3:] == [
        "1 | …xxxxxxxxxxxxxxx é yyyyyyyyyyyyyyyy…",
        "  | -                ^ here",
        "  | |",
        "  | far away",
    ]
    assert time.process_time() - start < 1.5  # measured to its end: 5 s


def test_control_characters_of_the_program_never_come_out() -> None:
    source = Source('x: "\x1b[31m\u202e"\n', "a\x1b[2J\n.cnn")
    diagnostic = Diagnostic("E0300", "no \x1b[1m\nhere", (Label(at(source, "\x1b"), "\x07bell\nline"),), ("\x9b",), "\x08")
    assert render([diagnostic]) == page("""
        error[E0300]: no ␛[1m here
         --> a␛[2J .cnn:1:5
          |
        1 | x: "␛[31m\\u202e"
          |     ^ ␇bell line
          |
          = note: \\x9b
          = help: ␈
        """)


def test_ascii() -> None:
    source = Source('x: "é" -> 名 × 2\n', "ü.cnn")
    diagnostic = Diagnostic("E0300", "3×32×32 …", (Label(at(source, "名"), "⌊H/2⌋"),), ("a → b",), "n·m")
    text = render([diagnostic], ascii=True)
    assert text.isascii()
    assert text == page("""
        error[E0300]: 3x32x32 ...
         --> \\xfc.cnn:1:11
          |
        1 | x: "\\xe9" -> \\u540d \\xd7 2
          |              ^^^^^^ floor(H/2)
          |
          = note: a -> b
          = help: n*m
        """)
    cut = one(Label(at(LONG, "Foo")), width=60, ascii=True).splitlines()[3]
    assert cut == "1 | ..., 3) -> Conv(64, 3) -> Foo(3) -> ReLU -> ReLU -> R..."


def test_long_notes_are_wrapped_under_their_text_and_code_in_backticks_holds_together() -> None:
    note = "the quick brown fox jumps over `a lazy dog that sleeps` and then over another one, all day long"
    text = one(Label(at(NET, "net")), notes=(note,), width=50)
    assert text.splitlines()[6:] == [
        "  = note: the quick brown fox jumps over",
        "          `a lazy dog that sleeps` and then over",
        "          another one, all day long",
    ]


def test_no_place_at_all() -> None:
    found = Diagnostic("E0901", "there is no file nett.cnn", (), (), "did you mean net.cnn?")
    assert render([found]) == "error[E0901]: there is no file nett.cnn\n  = help: did you mean net.cnn?\n"


def test_a_fix_is_written_out_only_where_no_help_speaks_of_it() -> None:
    fix = Fix(at(NET, "AvgPool"), "MaxPool")
    found = Diagnostic("E0300", "wrong", (Label(fix.span),), fix=fix)
    assert render([found]).endswith("  = help: write `MaxPool` in place of `AvgPool`\n")
    found = Diagnostic("E0300", "wrong", (Label(fix.span),), help="take MaxPool", fix=fix)
    assert render([found]).endswith("\n  = help: take MaxPool\n")


def test_colours() -> None:
    found = Diagnostic("W0100", "odd", (Label(at(NET, "Tanh"), "here"), Label(at(NET, "c1"))), (), "so", severity="warning")
    frame = "\x1b[1;34m"
    assert render([found], color=True) == (
        "\x1b[1;33mwarning[W0100]\x1b[0m\x1b[1m: odd\x1b[0m\n"
        f" {frame}-->\x1b[0m net.cnn:3:21\n"
        f"  {frame}|\x1b[0m\n"
        f"{frame}3 |\x1b[0m   c1: Conv(6, 5) -> Tanh -> AvgPool(2)\n"
        f"  {frame}|\x1b[0m   {frame}--\x1b[0m                \x1b[1;33m^^^^\x1b[0m \x1b[1;33mhere\x1b[0m\n"
        f"  {frame}|\x1b[0m\n"
        f"  {frame}=\x1b[0m \x1b[1mhelp\x1b[0m: so\n"
    )


def test_several_diagnostics_have_a_blank_line_between_them() -> None:
    found = Diagnostic("E0300", "wrong", ())
    assert render([found, found]) == "error[E0300]: wrong\n\nerror[E0300]: wrong\n"
    assert render([]) == ""


def test_tally() -> None:
    kinds = ["warning", "error", "warning", "error", "note"]
    assert tally([Diagnostic("", "", (), severity=kind) for kind in kinds]) == "2 errors, 2 warnings, 1 note"  # type: ignore[arg-type]
    assert tally([Diagnostic("", "", ())]) == "1 error"
    assert tally([]) == ""


TEXT = st.text(alphabet=st.sampled_from("ab \t\n\r名e\u0301\x1b\u202e→"), max_size=60)
ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("ascii", [False, True])
@given(TEXT, st.lists(st.tuples(st.integers(-2, 62), st.integers(-2, 62), TEXT), min_size=1, max_size=4), st.integers(30, 60))
def test_any_labels_anywhere(ascii: bool, text: str, places: list[tuple[int, int, str]], width: int) -> None:
    """Nothing raises, nothing is raw, every label is said, colours change nothing but the colour."""
    source = Source(text, "a.cnn")
    labels = tuple(Label(Span(source, *sorted(place[:2])), f"<{i}>{place[2]}") for i, place in enumerate(places))
    found = Diagnostic("E0300", "wrong", labels)
    plain = render([found], ascii=ascii, width=width)
    assert all(line.isprintable() for line in plain.splitlines())
    assert plain.isascii() or not ascii
    assert all(plain.count(f"<{i}>") == 1 for i in range(len(places)))
    assert ANSI.sub("", render([found], color=True, ascii=ascii, width=width)) == plain
    assert all(width_of(line) <= width for line in plain.splitlines() if re.match(r" *\d+ \| ?[^|/]*$", line))
