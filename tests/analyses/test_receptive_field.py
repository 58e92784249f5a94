"""Receptive fields against published figures, and against what units read when the relations are followed one by one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from math import inf, prod
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnndsl.compiler import load, parse
from cnndsl.diagnostics import Problem
from cnndsl.field import EVERYTHING, PHASES, VARIES, AxisField, Field
from cnndsl.graph import Value
from cnndsl.network import Network
from cnndsl.op import Op
from cnndsl.sight import Windows
from cnndsl.symbols import symbol
from tests.build import Build, op

CASES = json.loads((Path(__file__).parents[1] / "data" / "receptive_fields.json").read_text("utf-8"))["cases"]


# Published figures


PLAIN = {"add": "add", "relu": "ReLU", "dropout": "Dropout"}


def layer_of(spec: dict[str, Any]) -> Op:
    kind = spec.get("op", "conv")
    if kind == "pad":
        return op("Pad", ((spec["begin"], spec["end"]),) * 2)
    if kind in PLAIN:
        return op(PLAIN[kind])
    padding = "same" if "padding" in spec else listed(spec.get("p", 0))
    sizes = {"kernel_size": listed(spec["k"]), "stride": listed(spec["s"]), "padding": padding}
    if kind == "maxpool":
        return op("MaxPool", **sizes)
    return op("Conv", 4, dilation=listed(spec.get("d", 1)), **sizes)


def listed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def chain(case: dict[str, Any]) -> list[Field]:
    b = Build()
    rank = 3 if "3d" in case["name"] else 2
    b.input("input", (4, *(case.get("input_size", 700),) * rank))
    for number, spec in enumerate(case["layers"]):
        b.layer(f"l{number}", layer_of(spec))
    return [layer.rf for layer in b.done()]  # type: ignore[misc]


def dag(case: dict[str, Any], size: int) -> dict[str, Field]:
    return {layer.path: layer.rf for layer in network_of(case, size)}  # type: ignore[misc]


def network_of(case: dict[str, Any], size: int) -> Network:
    b = Build()
    values = {"input": b.input("input", (4, size, size))}
    for name, spec in case["nodes"].items():
        inputs = [values[source] for source in spec["in"]]
        if len(inputs) > 1 and spec["op"] != "add":  # its inputs are of different sizes and stand side by side: made equal first
            least = min(value.shape[1] for value in inputs)  # type: ignore[type-var]
            inputs = [b.layer(f"cut{i}", op("Crop", least), value) for i, value in enumerate(inputs)]
            inputs = [b.layer(f"cat{name}", op("cat"), *inputs)]
        values[name] = b.layer(name, layer_of(spec), *inputs)
    return b.done()


@pytest.mark.parametrize("case", [c for c in CASES if c["kind"] == "chain" and c["layers"]], ids=lambda case: case["name"])
def test_published_chains(case: dict[str, Any]) -> None:
    compared = 0
    for field, expected in zip(chain(case), case["expect"], strict=True):
        if expected is None:
            continue
        compared += 1
        if not isinstance(expected, dict):
            assert field.size == (tuple(expected) if isinstance(expected, list) else (expected,) * len(field.axes))
            continue
        assert field.size == tuple(expected.get("rf_hw", [expected.get("rf")] * len(field.axes)))
        stride = expected.get("jump", expected.get("stride"))
        assert stride is None or set(field.stride) == {stride}
        if "offset" in expected:
            assert set(field.start) == {expected["offset"]}
        if "start" in expected:  # there the centre of the first unit, pixel 0 being from 0 to 1
            (start,), (size,) = set(field.start), set(field.size)
            assert start + (size - 1) / 2 + 0.5 == expected["start"]  # type: ignore[operator]
    assert compared


@pytest.mark.parametrize("case", [c for c in CASES if c["kind"] == "dag"], ids=lambda case: case["name"])
def test_published_graphs(case: dict[str, Any]) -> None:
    sizes = [case["input_size"]] if "input_size" in case else [16, 32, 48]
    for size in sizes:
        fields = dag(case, size)
        for name, expected in case["expect"].items():
            assert set(fields[name].size) == {expected.get("rf", expected.get("rf_max"))}
            assert "stride" not in expected or set(fields[name].stride) == {expected["stride"]}
            assert expected.get("padding") is None or set(fields[name].start) == {-expected["padding"]}
            assert fields[name].varies == expected.get("varies", False)


@pytest.mark.parametrize(
    ("name", "note"),
    [
        (
            "gr_net3_strides_misaligned",
            "The field of output depends on the position: L1 (stride 2) and L3 (stride 1) meet there.",
        ),
        (
            "gr_net4_same_8x8_misaligned",
            "The paths that meet in output are off-centre: unit 0 of L1 sees around position 0, that of L3 around 1.",
        ),
    ],
)
def test_misaligned_arms_are_named(name: str, note: str) -> None:
    """Where the tool that these are from gives up, a note says what meets."""
    case = next(c for c in CASES if c["name"] == name)
    assert note in network_of(case, case["input_size"]).notes


def test_aligned_arms_are_not() -> None:
    cases = [c for c in CASES if c["kind"] == "dag" and "misaligned" not in c["name"]]
    aligned = [c for c in cases if c["name"] not in ("gr_net4_same_unknown_size", "rfa_tuple_kernels")]
    assert len(aligned) > 4
    for case in aligned:
        assert not [note for note in network_of(case, case.get("input_size", 16)).notes if "off-centre" in note]


def test_off_centre_merges_are_counted() -> None:
    body = "\n".join(f"add {{ | _ | a$i: Conv(1, 2, padding=[[1, 0]]) }} as v{i}".replace("$i", str(i)) for i in range(3))
    text = f"net N {{\ninput x: 1x9\n{body}\n}}"
    first = "The paths that meet in add are off-centre: unit 0 of x sees around position 0, that of a0 around -1/2"
    assert f"{first}; 2 more merges likewise." in parse(text).net().notes


@pytest.mark.parametrize("case", [c for c in CASES if c["kind"] == "model"], ids=lambda case: case["name"])
def test_published_networks(case: dict[str, Any]) -> None:
    family, name, path = case["net"]
    network = load(f"zoo:{family}").net(name)
    field, expected = network.receptive_field(path), case["expect"]
    assert isinstance(field, Field)
    assert "rf" not in expected or set(field.size) == {expected["rf"]}
    if "unit" in expected:  # its region goes from the first pixel to the one after the last
        windows, unit = network.window(path), (0, *expected["unit"])
        assert isinstance(windows, Windows)
        assert [[first[unit], last[unit] + 1] for first, last in zip(*windows, strict=True)] == [expected["region"]] * 2


def test_same_padding_moves_the_start_with_the_size() -> None:
    """TensorFlow's SAME: size and stride are what they are, the start is known with the size only, and the output says so."""
    case = next(c for c in CASES if c["name"] == "gr_net4_same_unknown_size")
    found = [dag(case, size)["output"] for size in range(9, 13)]
    assert {(*field.size, *field.stride) for field in found} == {(3, 3, 4, 4)}
    assert {field.start for field in found} == {(-1, -1), (0, 0)}
    network = parse("net N { input x: 4x9x9\n c: Conv(4, 3, stride=2, padding=same) }").net()
    assert network.notes[-1] == "Where fields start holds for this size of the input only: c pad by it (padding=same)."


def test_centre_of_a_unit() -> None:
    case = next(c for c in CASES if c["name"] == "gr_readme_center_example")["numbers"]
    axis = AxisField((-case["padding"],), (case["rf"] - 1 - case["padding"],), case["stride"])
    field = Field((axis, axis))
    assert (set(field.size), set(field.stride), set(field.start)) == ({case["rf"]}, {case["stride"]}, {-case["padding"]})
    (start, _), (size, _), (stride, _) = field.start, field.size, field.stride
    centres = [start + unit * stride + (size - 1) / 2 for unit in case["feature"]]  # type: ignore[operator]
    assert centres == case["center"]


LENET = """
net LeNet5 {
  input image: 1x32x32
  c1: Conv(6, 5) -> Tanh -> AvgPool(2)
  c3: Conv(16, 5) -> Tanh -> AvgPool(2)
  c5: Conv(120, 5) -> Tanh -> Flatten
  f6: Linear(84) -> Tanh
  out: Linear(10)
}
"""


def test_lenet() -> None:
    network = parse(LENET).net()
    sizes = list(dict.fromkeys(layer.rf.size for layer in network))  # type: ignore[union-attr]
    assert sizes == [(5, 5), (6, 6), (14, 14), (16, 16), (32, 32), (inf, inf)]
    assert network.totals["feature_map"] == "c5"
    assert network.totals["coverage"] == 1
    assert network.notes == ["The receptive field of the last feature map, c5 (120×1×1), is 32×32, as large as the input."]


@pytest.mark.parametrize(
    ("body", "notes"),
    [
        ("add(a, b) -> c: Conv(1, 3)", ["c (1×7×7), is 3×3, 11.1% of each input's 9×9."]),
        (
            "a -> t: Conv(1, 3) -> Flatten as x\nb -> t -> Flatten as y\nadd(x, y)",
            ["t (1×7×7), is 3×3, 11.1% of its input's 9×9."],
        ),
        (
            "a -> p: Conv(1, 3) -> Flatten as x\nb -> q: Conv(1, 5) -> Flatten as y\ncat(x, y)",
            ["p (1×7×7), is 3×3, 11.1% of the input a's 9×9.", "q (1×5×5), is 5×5, 30.9% of the input b's 9×9."],
        ),
    ],
)
def test_what_is_the_same_of_all_inputs_is_said_once(body: str, notes: list[str]) -> None:
    network = parse(f"net N {{\ninput a: 1x9x9\ninput b: 1x9x9\n{body}\n}}").net()
    assert network.notes == [f"The receptive field of the last feature map, {note}" for note in notes]


def test_alexnet() -> None:
    """Araujo, Norris and Sim, 2019: alexnet_v2."""
    text = """net AlexNet {
      input image: 3x224x224
      Conv(64, 11, stride=4) -> MaxPool(3, 2) -> Conv(192, 5, padding=2) -> MaxPool(3, 2)
      Conv(384, 3, padding=1) -> Conv(384, 3, padding=1) -> Conv(256, 3, padding=1) -> MaxPool(3, 2)
    }"""
    fields = [layer.rf for layer in parse(text).net()]
    assert [field.size[0] for field in fields] == [11, 19, 51, 67, 99, 131, 163, 195]  # type: ignore[union-attr]
    assert [field.stride[0] for field in fields] == [4, 8, 8, 16, 16, 16, 16, 32]  # type: ignore[union-attr]
    assert fields[-1].start == (-64, -64)  # type: ignore[union-attr]


def test_vgg16() -> None:
    text = """net VGG16 {
      input image: 3x224x224
      features: {
        for n, c in [[2, 64], [2, 128], [3, 256], [3, 512], [3, 512]] {
          { Conv(c, 3, padding=1) -> ReLU } * n
          MaxPool(2)
        }
      }
    }"""
    network = parse(text).net()
    convolutions = [layer.rf.size[0] for layer in network if layer.op == "Conv"]  # type: ignore[union-attr]
    assert convolutions == [3, 5, 10, 14, 24, 32, 40, 60, 76, 92, 132, 164, 196]
    assert network.receptive_field("features").size == (212, 212)  # type: ignore[union-attr]
    assert network.totals["coverage"] == (212 / 224) ** 2
    assert "is 212×212, 89.6% of the input's 224×224." in network.notes[0]


UNET = """
block Double(c) { Conv(c, 3) -> ReLU -> Conv(c, 3) -> ReLU }
block Up(c) {
  input skip: [?, ?, ?]
  input below: [?, ?, ?]
  below -> up: ConvTranspose(c, 2, stride=2)
  [skip, up] -> Crop as cropped
  cat(cropped, up) -> conv: Double(c)
}
net UNet {
  input image: 1x572x572
  for i in 1..4 { enc$i: Double(2 * i) -> MaxPool(2) }
  mid: Double(10)
  for i in reversed(1..4) { [enc$i, _] -> dec$i: Up(2 * i) }
  head: Conv(2, 1)
}
"""


def test_unet_depends_on_the_phase() -> None:
    """Ronneberger, Fischer and Brox, 2015."""
    network = parse(UNET).net()
    field = network.receptive_field("mid")
    assert isinstance(field, Field)
    assert (field.size, field.stride) == ((140, 140), (16, 16))
    field = network.receptive_field("head")
    assert isinstance(field, Field)
    assert (network["head"].output, field.size_min, field.size, field.stride) == ((2, 388, 388), (188, 188), (204, 204), (1, 1))
    assert field.to_json((572, 572)) == {
        "size": [204, 204],
        "stride": [1, 1],
        "start": [-15, -15],
        "global": False,
        "size_min": [188, 188],
    }
    assert "is 188×188 to 204×204, at least 10.8% of the input's 572×572." in network.notes[0]


# What units read, one by one


def brute(value: Value, unit: int, axis: int = 0) -> frozenset[int] | None:
    """The positions of the input that a unit reads, on an input without borders; None: everything."""
    return follow(value.node, value.port, unit, axis)


@cache
def follow(node: Any, port: int, unit: int, axis: int) -> frozenset[int] | None:
    if node.is_input:
        return frozenset([unit])
    read: set[int] = set()
    for place, value in enumerate(node.inputs):
        relation = node.op.port_relation(node.io, port, place)
        if relation is None:
            continue
        way = relation.axes[axis]
        if way is None or not way.jump:  # one place for all counts as everything
            return None
        turn, phase = divmod(unit, way.period)
        for tap in way.reads[phase]:
            more = follow(value.node, value.port, turn * way.jump + tap, axis)
            if more is None:
                return None
            read |= more
    return frozenset(read)


def hold(network: Network) -> None:
    """Holds every field against what the units around the origin and far from it read."""
    follow.cache_clear()
    periods = [axis.period for node in network.ir.layers for way in node.io.relations for axis in way.axes[:1] if axis]
    if prod(periods) > PHASES:  # may rightly be given up
        return
    for node in network.ir.nodes:
        field = network.findings.columns["rf"][node.index]
        for place, axis in enumerate(field.axes):
            held(Value(node), place, axis)


def held(value: Value, place: int, axis: Any) -> None:
    if axis is EVERYTHING:
        assert brute(value, 0, place) is None
    elif axis is VARIES:
        periods = range(1, 25)
        assert not any(comes_back(value, place, period, 0) and comes_back(value, place, period, 10**6) for period in periods)
    else:
        period = len(axis.first)
        for unit in [*range(-period, 2 * period, 1 + period // 40), 7 * period + 1]:
            turn, phase = divmod(unit, period)
            read = brute(value, unit, place)
            assert read is not None
            if not read:
                assert (axis.first[phase], axis.last[phase]) == (None, None)
            else:
                assert (axis.first[phase] + turn * axis.jump, axis.last[phase] + turn * axis.jump) == (min(read), max(read))
        assert period == 1 or not any(shifted(axis, d) for d in range(1, period)), "the period is not the smallest"


def comes_back(value: Value, place: int, period: int, start: int) -> bool:
    """Whether units read the same, moved on by a fixed step, one period later; as far as some units from a start on tell."""
    units = range(start, start + 3 * period + 20)
    ends = [(min(read), max(read)) if (read := brute(value, unit, place)) else None for unit in units]
    pairs = [*zip(ends, ends[period:], strict=False)]
    steps = {(b[0] - a[0], b[1] - a[1]) if a and b else (0, 0) if a is b else None for a, b in pairs} - {(0, 0)}
    return None not in steps and len(steps) <= 1 and all(low == high for low, high in steps)  # type: ignore[misc]


def shifted(axis: AxisField, period: int) -> bool:
    """Whether a field comes back, moved on, after fewer units than its period."""
    whole = len(axis.first)
    if whole % period or axis.jump * period % whole:
        return False
    step = axis.jump * period // whole
    return all(
        [None if end is None else end + step for end in ends[:-period]] == list(ends[period:]) for ends in (axis.first, axis.last)
    )


def small(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low, high)


LAYERS = st.one_of(
    st.builds(
        lambda k, s, d, p: op("Conv", 2, k, stride=s, dilation=d, padding=((p, k - 1),)),
        *(small(1, 4), small(1, 3), small(1, 3), small(0, 3)),
    ),
    st.builds(lambda k, s: op("MaxPool", k, s, padding=k // 2), small(1, 4), small(1, 3)),
    st.builds(lambda k, s, d: op("ConvTranspose", 2, k, stride=s, dilation=d), small(1, 5), small(1, 4), small(1, 2)),
    st.builds(
        lambda size, mode, corners: op("Upsample", size, mode=mode, align_corners=corners if mode == "linear" else None),
        *(small(3, 40), st.sampled_from(["nearest", "linear"]), st.booleans()),
    ),
    st.builds(lambda f: op("Upsample", scale_factor=f), st.sampled_from([2, 3, 0.5, 1.5])),
    st.builds(lambda n: op("AdaptiveAvgPool", n), small(2, 12)),
    st.builds(lambda a, b: op("Pad", ((a, b),)), small(0, 3), small(0, 3)),
    st.just(op("GroupNorm", 1)),
    st.just(op("ReLU")),
)
SHAPED = st.sampled_from(
    [op("Conv", 2, 3, padding=1), op("Conv", 2, 5, padding=4, dilation=2), op("BatchNorm"), op("AvgPool", 5, 1, padding=2)]
)


def added(b: Build, layers: Sequence[Op]) -> None:
    for layer in layers:
        try:
            b.layer(f"l{len(b.graph.nodes)}", layer)
        except Problem:
            assume(False)


@given(st.lists(LAYERS, min_size=1, max_size=6), small(24, 60))
def test_random_chains(layers: list[Op], size: int) -> None:
    b = Build()
    b.input("x", (2, size))
    added(b, layers)
    hold(b.done())


@settings(max_examples=40)
@given(st.lists(LAYERS, max_size=3), st.lists(SHAPED, max_size=3), st.lists(LAYERS, max_size=3), st.lists(LAYERS, max_size=2))
def test_random_branches(before: list[Op], left: list[Op], right: list[Op], after: list[Op]) -> None:
    """A residual arm, and one that goes down and up again, brought to one size by a crop."""
    b = Build()
    b.input("x", (2, 48))
    added(b, before)
    fork = b.current
    assert fork is not None
    added(b, left)
    one = b.layer("one", op("ReLU"))
    b.current = fork
    added(b, right)
    other = b.layer("other", op("ReLU"))
    least = min(one.shape[1], other.shape[1])  # type: ignore[type-var]
    b.layer("add", op("add"), b.layer("a", op("Crop", least), one), b.layer("b", op("Crop", least), other))
    added(b, after)
    hold(b.done())


@given(st.lists(st.tuples(small(1, 5), small(1, 3), small(0, 2)), min_size=1, max_size=4))
def test_axes_are_apart(layers: list[tuple[int, int, int]]) -> None:
    """Two axes of different kernels, strides and paddings; a field of both is that of each."""
    b = Build()
    b.input("x", (1, 90, 90))
    for k, s, p in layers:
        added(b, [op("Conv", 1, (k, 3), stride=(s, 1), padding=(p, 1))])
    hold(b.done())


def test_pixel_shuffle_and_its_inverse() -> None:
    b = Build()
    b.input("x", (8, 24, 24))
    b("Conv", 16, 3)
    b("PixelShuffle", 2)
    b("Conv", 4, 3)
    b("PixelUnshuffle", 2)
    network = b.done()
    hold(network)
    assert [len(layer.rf.axes[0].first) for layer in network] == [1, 2, 2, 1]  # type: ignore[union-attr]


def test_up_by_what_it_went_down_has_one_phase_again() -> None:
    b = Build()
    b.input("x", (3, 32, 32))
    b("ConvTranspose", 4, 4, stride=2, padding=1)
    b("MaxPool", 2)
    field = b.done().layers[-1].rf
    assert field == Field((AxisField((-1,), (1,), 1),) * 2)


def test_phases_that_read_nothing() -> None:
    b = Build()
    b.input("x", (1, 8))
    b("ConvTranspose", 1, 1, stride=3)
    field = b.done().layers[-1].rf
    assert isinstance(field, Field)
    assert field.axes == (AxisField((0, None, None), (0, None, None), 1),)
    assert (field.size, field.size_min, field.stride, field.start) == ((1,), (0,), (Fraction(1, 3),), (0,))
    assert field.to_json((8,))["stride"] == ["1/3"]


# Gates, statistics, and everything


def gated(*, merge: str = "mul", reduction: str = "GlobalAvgPool", after: str = "") -> Network:
    return parse(
        f"""net N {{
          input x: 8x28x28
          c: Conv(8, 3, padding=1)
          {merge} {{ | _ | {reduction} -> Conv(8, 1) -> Sigmoid {after} }}
          d: Conv(8, 3, padding=1)
        }}"""
    ).net()


def test_a_gate_is_left_out_of_the_size() -> None:
    network = gated()
    fields = {layer.path: layer.rf for layer in network}
    assert fields["mul"] == Field(fields["c"].axes, gated=True)  # type: ignore[union-attr]
    assert fields["d"].size == (5, 5)  # type: ignore[union-attr]
    assert fields["d"].to_json((28, 28)) == {"size": [5, 5], "stride": [1, 1], "start": [-2, -2], "global": False, "gated": True}  # type: ignore[union-attr]
    assert network.notes[-1].endswith("Through gates it sees everything.")


def test_a_gate_is_structural() -> None:
    """A map that happens to be 1×1 is no gate, nor is a sum over one."""
    assert gated(reduction="AvgPool(28)")["d"].rf == Field((EVERYTHING,) * 2)
    assert gated(merge="add", after="-> Upsample(size=28)")["d"].rf == Field((EVERYTHING,) * 2)
    assert gated(after="-> Upsample(size=28)")["d"].rf.gated  # type: ignore[union-attr]


def test_a_gate_of_what_sees_everything_is_none() -> None:
    network = parse(
        """net N {
          input x: 8x28x28
          cat { | _ | GlobalAvgPool -> Upsample(size=28) }
          mul { | _ | GlobalAvgPool -> Conv(16, 1) }
        }"""
    ).net()
    assert network["mul"].rf == Field((EVERYTHING,) * 2)


def test_a_gate_of_one_axis() -> None:
    """Pooled over the width alone, the gate counts with its field in the height."""
    b = Build()
    x = b.input("x", (8, 20, 20))
    b.layer("pool", op("AdaptiveAvgPool", (20, 1)))
    gate = b.layer("up", op("Upsample", (20, 20)), b.layer("c", op("Conv", 8, (7, 1), padding=(3, 0))))
    b.layer("mul", op("mul"), x, gate)
    field = b.done()["mul"].rf
    assert isinstance(field, Field)
    assert (field.size, field.gated) == ((7, 1), True)


def test_statistics_are_kept_apart() -> None:
    network = parse("net N { input x: 8x28x28\n c: Conv(8, 3) -> n: InstanceNorm -> d: Conv(8, 3) }").net()
    fields = [layer.rf for layer in network]
    assert [field.statistics for field in fields] == [False, True, True]  # type: ignore[union-attr]
    assert [field.size for field in fields] == [(3, 3), (3, 3), (5, 5)]  # type: ignore[union-attr]
    assert network.notes[-1].endswith("Through normalisation by statistics of its input it sees everything.")


def test_everything_stays_everything() -> None:
    text = """net N {
      input x: 4x8x8
      GlobalAvgPool -> Flatten -> Linear(64) -> Unflatten(1, [4, 4, 4]) -> ConvTranspose(4, 2, stride=2) -> Conv(2, 3)
    }"""
    fields = [layer.rf for layer in parse(text).net()]
    assert set(fields) == {Field((EVERYTHING,) * 2)}
    assert fields[0].to_json((8, 8)) == {"size": [8, 8], "stride": None, "start": None, "global": True}  # type: ignore[union-attr]
    assert parse(text).net().totals["coverage"] is None


def test_a_flat_input_has_no_axes() -> None:
    network = parse("net G { input z: 16\n Linear(32) -> Unflatten(1, [2, 4, 4]) -> ConvTranspose(2, 2, stride=2) }").net()
    assert {layer.rf for layer in network} == {Field(())}
    assert network.layers[-1].rf.to_json(()) == {"size": [], "stride": None, "start": None, "global": True}  # type: ignore[union-attr]


def test_one_axis_may_be_seen_whole() -> None:
    network = parse("net N { input x: 1x8x20\n AdaptiveAvgPool([8, 1]) }").net()
    field = network.layers[-1].rf
    assert isinstance(field, Field)
    assert field.to_json((8, 20)) == {"size": [1, 20], "stride": [1, None], "start": [0, None], "global": False}
    assert network.totals["coverage"] == 1 / 8


# Paths of different strides, several inputs, several outputs, open sizes


def test_paths_of_different_strides() -> None:
    network = parse(
        """net N {
          input x: 4x9x9
          add { | down: Conv(4, 3, stride=2) | side: Conv(4, 6) }
          Conv(4, 1)
          GlobalAvgPool
        }"""
    ).net()
    hold(network)
    field = network["add"].rf
    assert isinstance(field, Field)
    assert field.varies
    nothing = [None, None]
    assert field.to_json((9, 9)) == {"size": nothing, "stride": nothing, "start": nothing, "global": False, "varies": True}
    assert network.layers[-2].rf == field
    assert network.layers[-1].rf == Field((EVERYTHING,) * 2)
    assert network.notes[1:] == ["The field of add depends on the position: down (stride 2) and side (stride 1) meet there."]
    assert network.totals["coverage"] is None


def test_more_meetings_than_are_named() -> None:
    arms = "\n".join(f"in -> add {{ | a{i}: Conv(4, 3, stride=2) | b{i}: Conv(4, 6) }}" for i in range(6))
    notes = parse(f"net N {{ input x: 4x9x9\n {arms} }}").net().notes
    assert [note for note in notes if "meet there" in note] == notes[1:5]
    assert notes[5] == "The same at 2 more places."


def test_sizes_without_a_common_factor_end() -> None:
    """Phases multiply where sizes share no factor; beyond a limit the field is given up rather than listed."""
    flow = " -> Conv(1, 3) -> ".join(f"Upsample(size={size})" for size in (9967, 9941, 10007))
    text = f"net N {{ input x: 1x9973\n {flow} }}"
    field = parse(text).net().layers[-1].rf
    assert isinstance(field, Field)
    assert field.varies


def test_several_inputs() -> None:
    network = parse(
        """net N {
          input a: 4x16x16
          input b: 4x8x8
          a -> left: Conv(4, 3, stride=2, padding=1)
          b -> right: Conv(4, 5, padding=2)
          both: add(left, right)
          Conv(4, 3)
        }"""
    ).net()
    left = network["left"].rf
    assert isinstance(left, dict)
    assert left["b"] is None
    assert left["a"].size == (3, 3)  # type: ignore[union-attr]
    last = network.layers[-1].rf
    assert isinstance(last, dict)
    assert {name: field and (field.size, field.stride) for name, field in last.items()} == {
        "a": ((7, 7), (2, 2)),
        "b": ((7, 7), (1, 1)),
    }
    assert network.totals["coverage"] == {"a": (7 / 16) ** 2, "b": (7 / 8) ** 2}
    assert [note.split("), is ")[1] for note in network.notes] == [
        "7×7, 19.1% of the input a's 16×16.",
        "7×7, 76.6% of the input b's 8×8.",
    ]


def test_outputs_of_one_layer_have_fields_of_their_own() -> None:
    b = Build()
    x = b.input("x", (4, 16, 16))
    wide = b.layer("wide", op("Conv", 4, 5, padding=2))
    b.layer("list", op("list"), x, wide)
    second = b.port(1)
    b.layer("first", op("Conv", 4, 3, padding=1))
    b.layer("second", op("Conv", 4, 3, padding=1), second)
    network = b.done()
    assert network["first"].rf.size == (3, 3)  # type: ignore[union-attr]
    assert network["second"].rf.size == (7, 7)  # type: ignore[union-attr]


def test_what_only_lends_its_size_is_not_read() -> None:
    text = """net N {
      input x: 1x9x9
      small: Conv(1, 5)
      GlobalAvgPool -> big: Upsample(size=5)
      [small, big] -> Crop
    }"""
    network = parse(text).net()
    assert network.layers[-1].rf == network["small"].rf


def test_open_sizes() -> None:
    network = parse(
        """net N {
          input x: [3, ?, ?]
          c: Conv(4, 3, stride=2, padding=1)
          a: AdaptiveAvgPool(7)
          GlobalAvgPool
        }"""
    ).net()
    assert network["c"].rf.size == (3, 3)  # type: ignore[union-attr]
    field = network["a"].rf
    assert isinstance(field, Field)
    assert (field.size, field.varies, field.is_global) == ((None, None), False, False)
    nothing = [None, None]
    extent = (symbol("H"), symbol("W"))
    assert field.to_json(extent) == {"size": nothing, "stride": nothing, "start": nothing, "global": False}
    whole = network.layers[-1].rf
    assert whole == Field((EVERYTHING,) * 2)
    assert whole.to_json((symbol("H"), 5))["size"] == [None, 5]
    assert network.notes[-1] == "What a and all behind it see depends on sizes that are open here."
    assert network.totals["coverage"] is None
