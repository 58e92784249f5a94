"""Lists of values: made, kept, unpacked, read, passed through, and flattened by what takes several inputs."""

import pytest

from .programs import body, fault, network, output, outputs, paths, sources

BLOCKS = """
block Fuse(c) { input *xs: [?, ?, ?]
  cat(xs) -> Conv(c, 1) }
block Pair { input a: [?, ?, ?]
  input b: [?, ?, ?]
  [a, b] }
"""


def test_what_makes_a_list() -> None:
    for made in ("Split([1, 2])", "list { | ReLU | Tanh }", "softmax { | ReLU | Tanh }"):
        assert len(network(body(f"{made} as a, b\nb -> Sigmoid")).outputs) == 1
    assert output(network(body("[x, x] as xs\nxs -> cat"))) == (6, 8, 8)
    assert output(network(body("[x for i in 1..4] -> cat"))) == (12, 8, 8)
    assert output(network(body("[x for i in 1..4 if i > 2] -> cat"))) == (6, 8, 8)


def test_as_keeps_it_and_unpacks_it() -> None:
    net = network(body("Conv(6, 1) -> Chunk(3) as xs\nxs as a, b, c\nadd(xs[2], xs[-1], b, a)"))
    assert sources(net, "add") == ["1[2]", "1[2]", "1[1]", "1"]


def test_lists_are_read_by_index_and_length_also_at_the_head_of_a_flow() -> None:
    net = network(body("Conv(6, 1) -> Chunk(3) as xs\nxs[0] -> a: ReLU\nfor i in 1..(len(xs) - 1) { xs[i] -> b$i: ReLU }"))
    assert [sources(net, path) for path in ("a", "b1", "b2")] == [["1"], ["1[1]"], ["1[2]"]]


def test_merges_and_layers_of_several_inputs_flatten_it() -> None:
    net = network(body("Conv(6, 1) -> Chunk(3) as xs\nadd(xs[0], [xs, [xs[1]]])\nConv(2, 1) as y\n[y, xs] -> cat"))
    assert sources(net, "add") == ["1", "1", "1[1]", "1[2]", "1[1]"]
    assert sources(net, "cat") == ["2", "1", "1[1]", "1[2]"]


def test_lists_pass_through_blocks_groups_and_repeats() -> None:
    net = network(BLOCKS + body("[x, x] -> stage: { Pair * 2 } as z\nz[1] -> Tanh"))
    assert sources(net, "1") == ["x"]
    net = network(
        """
        block Cross { input a: [?, ?, ?]
          input b: [?, ?, ?]
          a -> left: Conv(3, 1)
          b -> right: Conv(3, 1)
          [right, left] }
        net N { input x: 3x8x8
          [x, x] -> stage: { Cross * 2 } as z
          z -> add }
        """
    )
    assert (sources(net, "stage.1.left"), sources(net, "add")) == (["stage.0.right"], ["stage.1.right", "stage.1.left"])


def test_the_remaining_inputs_perhaps_none() -> None:
    net = network(BLOCKS + body("[x, x, x] -> f: Fuse(4)\ng: Fuse(2)"))
    assert (len(sources(net, "f.cat")), len(sources(net, "g.cat"))) == (3, 1)
    rest = "block B { input a: [?, ?, ?]\n input *more: [?, ?, ?]\n add(a, more) }\n"
    assert sources(network(rest + body("B")), "0.add") == ["x"]
    assert sources(network(rest + body("[x, x] -> B")), "0.add") == ["x", "x"]


def test_variadic_inputs_are_held_against_their_pattern() -> None:
    text = "block B { input *xs: [c, h, w]\n add(xs) }\n" + body("MaxPool(2) as y\n[x, y] -> «B»")
    found = fault(text, "E0503", "3×4×4", "4 where h = 8 is wanted")
    assert found.labels[1].span.text == "[c, h, w]"


def test_outputs_may_be_items_of_a_list() -> None:
    net = network(body("Chunk(3) as xs\noutput first = xs[0], last = xs[-1]"))
    assert outputs(net) == {"first": "0", "last": "0[2]"}


@pytest.mark.parametrize(
    ("statements", "code", "words"),
    [
        ("Chunk(3) as «a», b", "E0401", ("2 names", "a list of 3")),
        ("ReLU as «a», b", "E0401", ("2 names", "a value of shape 3×8×8")),
        ("Chunk(3) as xs\nxs[«3»] -> ReLU", "E0402", ("no place 3", "0 to 2")),
        ("«x»[0] -> ReLU", "E0401", ("only lists",)),
        ("Chunk(3)\n«ReLU»", "E0305", ("1", "3")),
        ("[x, x] -> «Conv(4, 3)»", "E0305", ("Conv", "2")),
        ("Chunk(3) as xs\nxs -> «ReLU»", "E0305", ()),
    ],
)
def test_wrong_lists(statements: str, code: str, words: tuple[str, ...]) -> None:
    fault(body(statements), code, *words)


def test_a_net_must_not_end_in_a_list() -> None:
    fault("net N «{\n  input x: 3x8x8\n  Chunk(3)\n}»\n", "E0214", "no single output", "a list of 3", "output")


def test_sizes_of_lists() -> None:
    assert paths(network(body("Conv(4, 1) -> Chunk(2) as xs\nxs[0] -> Conv(xs[1].c, 1)"))) == ["0", "1", "2"]
