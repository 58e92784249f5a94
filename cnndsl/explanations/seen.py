"""A layer's receptive field to the formulas that it comes from, axis by axis, out of what the layer reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from ..analyses.receptive_field import Fold, Step
from ..field import EVERYTHING, UNKNOWN, AxisField, Field, OneAxis, fitted, through
from ..formula import AXES, Expr, largest, named, smallest, times
from ..graph import Node, Value
from ..op import rank
from ..relation import IDENTITY, Axis
from . import Line

PHASES = 4  # so many are listed
Arm: TypeAlias = tuple[Value, Axis | None, OneAxis]  # what is read, how, and its own field, on one axis


def field_lines(node: Node, fold: Fold) -> list[Line]:
    """The lines of its first output's field in the input of a fold that has been run."""
    found = fold.found[node.index]
    if found is None:
        return [Line("", words="nothing of this input arrives here")]
    step = Step(node.io)
    if step.reads is None:
        return [Line("", words="what it reads depends on sizes that are open: say the input's with --input")]
    reads = [(node.inputs[place], by, field) for place, by in step.reads[0] if (field := fold.of(node.inputs[place])) is not None]
    names = AXES[rank(fold.source.io.output)]
    lines: list[list[Line]] = []
    for place in range(len(names)):
        arms: list[Arm] = [(value, fitted(by, field)[place], field.axes[place]) for value, by, field in reads]
        lines.append(axis_lines(arms, found.axes[place], step))
    if not names:
        return [Line("", words="a flat input has no places: all of it is seen")]
    return [*told(lines, names), *flags(found)]


def told(lines: list[list[Line]], names: Sequence[str]) -> list[Line]:
    """The lines of every axis, or of the first alone where the others say the same."""
    if all(list(map(said, others)) == list(map(said, lines[0])) for others in lines[1:]):
        return lines[0]
    named = zip(names, lines, strict=True)
    return [line._replace(name=f"{line.name} along the {name}".strip()) for name, axis in named for line in axis]


def said(line: Line) -> tuple[object, ...]:
    return (line.name, line.words, line.formula and numbers(line.formula))


def numbers(formula: Expr) -> tuple[object, ...]:
    """What makes two formulas the same."""
    return (formula.kind, formula.name, formula.value, *map(numbers, formula.parts))


def flags(found: Field) -> Iterator[Line]:
    if found.gated:
        yield Line("", words="through a gate (an arm of `mul` behind a global reduction) everything is seen; it is left out here")
    if found.statistics:
        yield Line("", words="through normalisation by statistics of its input everything is seen; that is left out here")


def axis_lines(arms: list[Arm], found: OneAxis, step: Step) -> list[Line]:
    """One axis: in formulas where the field is a number, in words where it is none."""
    if found is EVERYTHING:
        return [Line("size", words=everything(arms))]
    if not isinstance(found, AxisField):
        why = "sizes that are open" if found is UNKNOWN else "the position, without a period: paths of different strides meet"
        return [Line("size", words=f"depends on {why}")]
    if step.gating and any(field is not EVERYTHING for _, _, field in arms):
        arms = [arm for arm in arms if arm[2] is not EVERYTHING]
    if len(arms) == 1 and arms[0][1] is IDENTITY:
        return [Line("", words=f"{plain_words(found)}, as before it: every unit reads the unit at its own place")]
    if len(arms) == 1 and is_single(arms[0]):
        _, by, field = arms[0]
        assert by is not None
        assert isinstance(field, AxisField)
        return chained(by, field)
    fields = [(value, through(by, field)) for value, by, field in arms]
    if all(lo is None for lo in found.first):
        return [Line("size", words="nothing of this input is read")]
    if len(found.first) == 1 and all(isinstance(field, AxisField) and len(field.first) == 1 for _, field in fields):
        return joined([(value, field) for value, field in fields if isinstance(field, AxisField) and field.first[0] is not None])
    return phased(found)


def everything(arms: list[Arm]) -> str:
    if any(field is EVERYTHING for _, _, field in arms):
        return "all of the input, as before it"
    return "all of the input: every output reads every place"


def is_single(arm: Arm) -> bool:
    """Whether one number says each of size, stride and start."""
    _, by, field = arm
    return by is not None and len(by.reads) == 1 and bool(by.reads[0]) and isinstance(field, AxisField) and is_plain(field)


def is_plain(field: AxisField) -> bool:
    return len(field.first) == 1 and field.first[0] is not None


def plain_words(found: AxisField) -> str:
    sizes = found.sizes
    low, high = min(sizes), max(sizes)
    return f"{high}" if low == high else f"{low} to {high}"


def before(field: AxisField, mark: str = "'", whose: str = "of what it reads") -> tuple[Expr, Expr, Expr]:
    """Size, stride and start of a field, by name."""
    size, start = field.sizes[0], field.first[0]
    assert start is not None
    return (
        named(f"r{mark}", size, f"receptive field {whose}"),
        named(f"j{mark}", field.jump, f"stride {whose}, in positions of the input"),
        named(f"t{mark}", start, f"start {whose}: the first position that unit 0 sees"),
    )


def chained(by: Axis, field: AxisField) -> list[Line]:
    """A window over units that move on evenly: r = r' + (k - 1)·d·j', j = j'·s, t = t' - p·j'."""
    size, stride, start = before(field)
    reads = by.reads[0]
    if isinstance(reads, range) and len(reads) > 1:
        wide = times([named("k", len(reads), "kernel_size") - 1, named("d", reads.step, "dilation"), stride])
    elif len(reads) > 1:
        wide = named("w", reads[-1] - reads[0], "steps from the first unit that is read to the last") * stride
    else:
        wide = times([named("k", 1, "kernel_size") - 1, stride])
    moved = reads[0]
    first = start - named("p", -moved, "padding before") * stride if moved <= 0 else start + named("o", moved, "offset") * stride
    step = stride * named("s", by.jump, "stride")
    return [Line("size", size + wide), Line("stride", step), Line("start", first)]


def joined(arms: list[tuple[Value, AxisField]]) -> list[Line]:
    """From the first position that any arm sees to the last."""
    parts = [before(field, f"_{i}", f"through {value.node.key}") for i, (value, field) in enumerate(arms, 1)]
    if len(parts) == 1:
        size, stride, start = parts[0]
        return [Line("size", size), Line("stride", stride), Line("start", start)]
    ends, starts = [start + size for size, _, start in parts], [start for _, _, start in parts]
    first = smallest(*starts)
    alike = Line("stride", parts[0][1], words="the same through all of them")
    return [
        Line("size", largest(*ends) - first, words="from the first position that is seen to the last"),
        alike,
        Line("start", first),
    ]


def phased(found: AxisField) -> list[Line]:
    """A field that differs between units by turns."""
    period = len(found.first)
    stride = Line("stride", named("J", found.jump, "positions after which the turns come back") / named("P", period, "turns"))
    spans = [(lo, hi) for lo, hi in zip(found.first, found.last, strict=True) if lo is not None and hi is not None]
    words = turns(found) if period <= PHASES else f"by its place a unit sees {min(found.sizes)} to {max(found.sizes)} positions"
    widths = list(dict.fromkeys(spans)) if period <= PHASES else [max(spans, key=lambda span: span[1] - span[0])]
    sizes = [
        named("l", hi, "last position that is seen") - named("f", lo, "first position that is seen") + 1 for lo, hi in widths
    ]
    largest_size = sizes[0] if len(sizes) == 1 else largest(*sizes)
    return [Line("size", largest_size, words=words), stride]


def turns(found: AxisField) -> str:
    """What each of the turns sees; neighbours that see the same are told together."""
    period = len(found.first)
    spans = list(zip(found.first, found.last, strict=True))
    starts = [p for p in range(period) if p == 0 or spans[p] != spans[p - 1]]
    said = []
    for start, stop in zip(starts, [*starts[1:], period], strict=True):
        lo, hi = spans[start]
        seen = f"{position(lo, found.jump)} to {position(hi, found.jump)}" if lo is not None else "nothing"
        many = stop - start > 1
        unit = place(period, start) + (f" to {place(period, stop - 1)}" if many else "")
        said.append(f"unit{'s' * many} {unit} see{'s' * (not many)} {seen}")
    return "; ".join(said)


def place(period: int, phase: int) -> str:
    return (f"{period}·q" if period > 1 else "q") + (f" + {phase}" if phase else "")


def position(offset: int | None, jump: int) -> str:
    if offset is None:
        return "nothing"
    return f"{jump}·q" + (f" + {offset}" if offset > 0 else f" − {-offset}" if offset else "")
