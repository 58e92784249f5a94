"""A layer of a network to its explanation: the formulas that its class states, and what follows from its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..analyses.memory import Plan, own_bytes
from ..analyses.receptive_field import Fold
from ..analysis import BYTES, Setting
from ..diagnostics import Problem
from ..figures import binary
from ..formula import Arithmetic, Expr, axis_names, named, tensors, times, total
from ..graph import Node
from ..network import Network
from ..notation import notation
from ..op import Applied, ChannelsLast, Shape, Weight, count, incoming, rank, show
from ..rows import source
from ..symbols import Dim
from . import Explanation, Line, Section
from .seen import field_lines


def folded(network: Network) -> dict[str, Fold]:
    """The fields of all values in each input, by its name."""
    folds = {name: Fold(network.ir, start) for name, start in network.ir.inputs.items()}
    for fold in folds.values():
        fold.run()
    return folds


def explain(network: Network, node: Node, folds: Mapping[str, Fold]) -> Explanation:
    """Output, parameters, multiply–adds, receptive field (by `folded`) and memory of one application of a layer."""
    io = node.io
    formulas = io.op.arithmetic(io)
    sections = [
        Section("output", tuple(output_lines(io, formulas))),
        Section("parameters", tuple(parameter_lines(node, formulas))),
        Section("MACs", tuple(work_lines(node, formulas))),
        *field_sections(node, folds),
        Section("memory", tuple(memory_lines(network, node))),
    ]
    path = node.key if node.call == 1 else f"{node.key}@{node.call}"
    arrive = ", ".join(f"{origin(value.node, node)} {show(value.shape)}" for value in node.inputs)
    leave = ", ".join(map(show, io.outputs))
    frozen = "@frozen " if node.frozen and io.params else ""
    return Explanation(path, frozen + notation(io.op), f"{node.span!r}", f"{arrive} → {leave}", tuple(sections))


def origin(value: Node, reader: Node) -> str:
    """The path of what is read; where it ends in a position, with what stands there."""
    name = source(value, reader)
    return f"{name} ({value.op.title()})" if value.path[-1].isdecimal() else name


def explain_input(network: Network, node: Node) -> Explanation:
    """What is declared is not computed; it takes memory, and sees itself."""
    shape = node.io.output
    sizes = tuple(Line(name, words=str(n)) for name, n in zip(axis_names(rank(shape)), shape, strict=True))
    sections = (
        Section("input", sizes),
        Section("receptive field", (Line("", words="1, stride 1, start 0: the input sees itself"),)),
        Section("memory", (bytes_line("its values", shape, network.setting, "in", "of the input"),)),
    )
    return Explanation(node.key, "input", f"{node.span!r}", show(shape), sections)


def output_lines(io: Applied, formulas: Arithmetic) -> Iterator[Line]:
    if unchanged(io, formulas):
        yield Line("", words=f"{show(io.output)}, as {'it arrives' if len(io.inputs) == 1 else 'all of its arms'}")
    else:
        for port, (shape, sizes) in enumerate(zip(io.outputs, formulas.sizes, strict=True)):
            head = f"value {port}: " if len(io.outputs) > 1 else ""
            names = axis_names(rank(shape), isinstance(shape, ChannelsLast))
            yield from together([Line(head + name, size) for name, size in zip(names, sizes, strict=True)])
    for name, step in formulas.steps:
        yield Line(name, step)
    for remark in formulas.remarks:
        yield Line("", words=remark)


def unchanged(io: Applied, formulas: Arithmetic) -> bool:
    alike = len(io.outputs) == 1 and all(arm == io.output for arm in io.inputs)
    return alike and all(size.kind == "name" for size in formulas.sizes[0])


def together(lines: list[Line]) -> Iterator[Line]:
    """Axes of one and the same formula on one line: height, width."""
    told: list[Line] = []
    for line in lines:
        if told and line.formula is not None and same(told[-1].formula, line.formula):
            told[-1] = told[-1]._replace(name=f"{told[-1].name}, {line.name}")
        else:
            told.append(line)
    yield from told


def same(a: Expr | None, b: Expr) -> bool:
    """Whether two formulas are written alike, numbers put in too."""
    if a is None or (a.kind, a.name, a.value, len(a.parts)) != (b.kind, b.name, b.value, len(b.parts)):
        return False
    return all(same(x, y) for x, y in zip(a.parts, b.parts, strict=True))


def parameter_lines(node: Node, formulas: Arithmetic) -> Iterator[Line]:
    io = node.io
    if not io.weights and not io.op.unlisted(io):
        yield Line("", words="none: it has nothing to learn")
        return
    if node.call > 1:
        yield Line("", words="0 more: the weights are those of its first call")
        return
    yield Line("", formulas.params)
    if io.weights:
        yield Line("tensors", words=", ".join(map(tensor, io.weights)))
    if node.frozen and io.params:
        yield Line("trainable", words="0: it is @frozen")


def tensor(weight: Weight) -> str:
    """weight 6×1×5×5"""
    sizes = "×".join(map(str, weight.shape)) or "a number"
    return f"{weight.name or 'itself'} {sizes}" + (" (a buffer, no parameter)" if weight.buffer else "")


def work_lines(node: Node, formulas: Arithmetic) -> Iterator[Line]:
    if node.io.macs == 0:
        yield Line("", words="none: it is neither a convolution nor a linear layer, and only these are counted")
        return
    yield Line("", formulas.macs, words="counted at this call too" if node.call > 1 else "")


def field_sections(node: Node, folds: Mapping[str, Fold]) -> Iterator[Section]:
    for name, fold in folds.items():
        where = f" in {name}" if len(folds) > 1 else ""
        yield Section(f"receptive field{where}", tuple(field_lines(node, fold)))


def memory_lines(network: Network, node: Node) -> Iterator[Line]:
    io, setting = node.io, network.setting
    shares, _ = Plan(setting, training=False).of(io)
    if shares:
        yield Line("output", words="0 B: it shares the storage of what it reads")
    else:
        for port, shape in enumerate(io.outputs):
            yield bytes_line("output" if len(io.outputs) == 1 else f"value {port}", shape, setting)
    if io.params and node.call == 1:
        yield weights_line(io, setting)
    yield Line("kept for the backward pass", words=saved_words(io, setting))


def bytes_line(name: str, shape: Shape, setting: Setting, mark: str = "out", whose: str = "of the output") -> Line:
    terms = [*incoming(shape, mark, whose), named("b", setting.itemsize, f"bytes of a number, {setting.dtype}")]
    if setting.batch > 1:
        terms.insert(0, named("N", setting.batch, "samples"))
    formula = times(terms)
    return Line(name, formula, "B", figure=shown(formula.value))


def shown(value: object) -> str:
    return binary(value) if isinstance(value, int) and value >= 1024 else ""


def weights_line(io: Applied, setting: Setting) -> Line:
    """All stored tensors, buffers too: those of one dtype together."""
    by_size: dict[int, int] = {setting.itemsize: io.op.unlisted(io)} if io.op.unlisted(io) else {}
    for weight in io.weights:
        size = BYTES[weight.dtype or setting.dtype]
        by_size[size] = by_size.get(size, 0) + count(weight.shape)
    formula = total([times([number, size]) for size, number in by_size.items()] or [tensors(())])
    return Line("stored", formula, "B", figure=shown(formula.value))


def saved_words(io: Applied, setting: Setting) -> str:
    """What torch's autograd keeps of one application."""
    try:
        saved = io.saved
    except Problem:
        return "depends on sizes that are open"
    places = dict.fromkeys((*saved.inputs, *(place for place, _ in saved.guarded)))
    found = ["what it reads" if place == 0 else f"value {place} of what it reads" for place in places]
    found += ["its output"] * saved.output
    own: Dim = own_bytes(saved, setting)
    if own != 0:
        found.append(f"{own:,} B of its own" if isinstance(own, int) else f"{own} B of its own")
    sure = ", where a gradient needs it" if saved.guarded else ""
    return " and ".join(found) + sure if found else "nothing"
