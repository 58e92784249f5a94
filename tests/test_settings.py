"""Parameters as texts: each is read as an expression of the language, in the scope of the file."""

from __future__ import annotations

import pytest

from cnndsl import CompileError, Problem, parse

PROGRAM = """\
base = 8
fn twice(n) = 2 * n
block Pair(c) { Conv(c, 1) -> ReLU }
net Net(width = 4, act = ReLU, kind = "small", depths = [1, 1], unit = Pair, deep = false) {
  input image: 3x8x8
  for d in depths { for i in 1..d { unit(width) } }
  if kind == "large" { Conv(100, 1) }
  if deep { BatchNorm }
  act
}
"""


def layers(**settings: str) -> list[str]:
    return [layer.text for layer in parse(PROGRAM).net(settings=settings)]


def test_values() -> None:
    pair = ["Conv(4, 1)", "ReLU"]
    assert layers() == [*pair, *pair, "ReLU"]
    assert layers(width="16") == ["Conv(16, 1)", "ReLU"] * 2 + ["ReLU"]
    assert layers(width="8.0")[0] == "Conv(8, 1)"
    assert layers(depths="[1]", deep="true") == [*pair, "BatchNorm", "ReLU"]
    assert layers(depths="[0] * 2") == ["ReLU"]
    assert layers(depths="[n for n in 1..2]") == [*pair * 3, "ReLU"]


def test_names_are_those_of_the_file() -> None:
    assert layers(width="twice(base) + 1")[0] == "Conv(17, 1)"
    assert layers(unit="Conv(kernel_size=3)")[:2] == ["Conv(4, 3)", "Conv(4, 3)"]


def test_layers() -> None:
    assert layers(act="SiLU")[-1] == "SiLU"
    assert layers(act="LeakyReLU(0.2)")[-1] == "LeakyReLU(0.2)"


def test_texts() -> None:
    assert "Conv(100, 1)" in layers(kind='"large"')
    assert "Conv(100, 1)" in layers(kind="large")
    assert "Conv(100, 1)" not in layers(kind="huge")


def test_beside_values_of_python() -> None:
    network = parse(PROGRAM).net(width=5, settings={"act": "SiLU"})
    assert [layer.text for layer in network][0::4] == ["Conv(5, 1)", "SiLU"]
    assert network.ir.settings == {"width": 5, "act": "SiLU"}


@pytest.mark.parametrize(
    ("settings", "title", "place", "text"),
    [
        ({"act": "SiLUU"}, "there is no SiLUU", "--set:1:5", "act=SiLUU"),
        ({"unit": "Pairs"}, "there is no Pairs", "--set:1:6", "unit=Pairs"),
        ({"width": "4 4"}, "`4 4` is no value of the language", "--set:1:9", "width=4 4"),
        ({"width": ""}, "a value is missing", "--set:1:7", "width="),
        ({"width": "(4"}, "`(4` is no value of the language", "--set:1:9", "width=(4"),
        ({"width": "1\nnet X"}, "`1\nnet X` is no value of the language", "--set:1:8", "width=1"),
        ({"width": "1/0"}, "division by zero", "--set:1:9", "width=1/0"),
        ({"width": "in.c"}, "there is no `in` here", "--set:1:7", "width=in.c"),
        ({"width": "nothing + 1"}, "there is no nothing", "--set:1:7", "width=nothing + 1"),
        ({"wdth": "4"}, "Net has no argument wdth", "--set:1:1", "wdth=4"),
    ],
)
def test_errors_are_told_at_their_place(settings: dict[str, str], title: str, place: str, text: str) -> None:
    with pytest.raises(CompileError) as caught:
        parse(PROGRAM).net(settings=settings)
    (error,) = caught.value.diagnostics
    assert error.title == title
    assert repr(error.span) == place
    assert error.span.source.line(1) == text


def test_a_near_miss_is_no_text() -> None:
    with pytest.raises(CompileError) as caught:
        parse(PROGRAM).net(settings={"kind": "Pars"})
    (error,) = caught.value.diagnostics
    assert error.help == "did you mean `Pair`?"
    assert 'a text that looks like a name stands in quotes: "Pars"' in error.notes


def test_all_that_is_wrong_is_told() -> None:
    with pytest.raises(CompileError) as caught:
        parse(PROGRAM).net(settings={"act": "SiLUU", "unit": "Pairs", "width": "5"})
    assert [d.title for d in caught.value.diagnostics] == ["there is no SiLUU", "there is no Pairs"]


def test_the_net_that_is_complete_with_them() -> None:
    program = parse("net A(n) {\n  input x: 3x8x8\n  Conv(n, 1)\n}\nnet B(m, n) {\n  input x: 3x8x8\n  Conv(m, n)\n}\n")
    assert program.net(settings={"n": "4"}).name == program.net(n=4).name == "A"
    assert program.complete(["n"]) == ("A",)
    assert program.complete(["m", "n"]) == ("A", "B")
    with pytest.raises(Problem, match="declares several nets"):
        program.main(["m", "n"])


PRESETS = """\
net A(n, m = 1) { }
net B = A(3)
net C(k) = A(k)
net D = A
net E = C(2)
net F(n = 5) = A(n)
net G = D(m = 4)
"""


@pytest.mark.parametrize(
    ("name", "takes", "needs"),
    [
        ("A", ("n", "m"), ("n",)),
        ("B", ("m",), ()),
        ("C", ("k", "m"), ("k",)),
        ("D", ("n", "m"), ("n",)),
        ("E", ("m",), ()),
        ("F", ("n", "m"), ()),
        ("G", ("n",), ("n",)),
    ],
)
def test_what_presets_take_and_need(name: str, takes: tuple[str, ...], needs: tuple[str, ...]) -> None:
    program = parse(PRESETS)
    assert program.takes(name) == takes
    assert program.needs(name) == needs
    assert program.is_template(name) is bool(needs)


def test_presets_in_a_circle_are_told_once() -> None:
    program = parse("net A = B\nnet B = A\n")
    assert program.needs("A") == ()
    with pytest.raises(CompileError):
        program.net("A")
