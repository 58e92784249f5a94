"""Words of the command line to values."""

from __future__ import annotations

import pytest

from cnndsl.options import Help, Parser, Usage, choice, count, once, setting, size


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("3x224x224", ("", (3, 224, 224))),
        ("3X8×9", ("", (3, 8, 9))),
        ("16", ("", (16,))),
        ("image=3x8x8", ("image", (3, 8, 8))),
        ("x=1x2x3x4", ("x", (1, 2, 3, 4))),
    ],
)
def test_sizes(word: str, found: object) -> None:
    assert size(word) == found


@pytest.mark.parametrize("word", ["", "x", "3x", "3x-1x2", "3x0", "3,4,5", "3x4.0", "image=", "=", "3x٣", "3x9999999999"])
def test_what_is_no_size(word: str) -> None:
    with pytest.raises(Usage, match="--input cannot be"):
        size(word)


@pytest.mark.parametrize(
    ("word", "found"),
    [("classes=10", ("classes", "10")), ("a_1=[1, 2]", ("a_1", "[1, 2]")), ("act=f(x=1)", ("act", "f(x=1)")), ("a=", ("a", ""))],
)
def test_settings(word: str, found: object) -> None:
    assert setting(word) == found


@pytest.mark.parametrize("word", ["classes", "=3", "1=3", "a b=3", "a.b=3", ""])
def test_what_is_no_setting(word: str) -> None:
    with pytest.raises(Usage, match="--set cannot be"):
        setting(word)


def test_counts() -> None:
    assert [count("--depth")(word) for word in ("1", "007", "20000")] == [1, 7, 20000]
    for word in ("0", "-1", "1.0", "x", "", "٣", "1_000", "9" * 19):
        with pytest.raises(Usage, match="--depth cannot be"):
            count("--depth")(word)


def test_choices() -> None:
    assert choice("--x", ("left", "right"))("left") == "left"
    with pytest.raises(Usage, match="--x cannot be Left") as caught:
        choice("--x", ("left", "right"))("Left")
    assert caught.value.help == "did you mean `left`?"
    with pytest.raises(Usage) as caught:
        choice("--x", ("left", "right"))("up")
    assert caught.value.help == "it is one of left, right"


def test_once() -> None:
    assert once("--set", None) == {}
    assert once("--set", [("a", 1), ("b", 2)]) == {"a": 1, "b": 2}
    with pytest.raises(Usage, match=r"--set is given twice for a$"):
        once("--set", [("a", 1), ("a", 1)])
    with pytest.raises(Usage, match=r"--input is given twice$"):
        once("--input", [("", 1), ("", 2)])


def test_help_is_raised_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    parser = Parser("cnndsl x", "About it.", ["cnndsl x --now"])
    with pytest.raises(Help, match=r"(?s)usage: cnndsl x .*About it\..*examples:\n  cnndsl x --now"):
        parser.read(["--help"])
    assert capsys.readouterr() == ("", "")


def test_options_are_written_out() -> None:
    """An abbreviation would change its meaning when another option is added."""
    parser = Parser("cnndsl x", "")
    parser.add_argument("--depth")
    with pytest.raises(Usage, match="has no option --dep"):
        parser.read(["--dep", "1"])
    assert parser.read(["--depth=1"]).depth == "1"
