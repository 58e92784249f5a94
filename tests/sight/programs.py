"""Random programs, as text: chains and graphs of every layer that moves in space, on inputs down to one position.

A line is drawn, and kept if the program is still a network; so sizes of all kinds meet windows of all kinds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod

from hypothesis import strategies as st

from cnndsl.compiler import parse
from cnndsl.diagnostics import CompileError, Problem

MODES = ("zeros", "reflect", "replicate", "circular")
MOST = 600  # numbers of a value, so that every unit's gradient can be had
INTERPOLATIONS = {1: ("nearest", "linear"), 2: ("nearest", "bilinear", "bicubic"), 3: ("nearest", "trilinear")}


@dataclass
class Program:
    """A program in the making: its lines, and the shape of every value by its name."""

    rank: int
    lines: list[str] = field(default_factory=list)
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    layers: dict[str, tuple[int, ...]] = field(default_factory=dict)  # convolutions, with the shape that each was made for

    @property
    def text(self) -> str:
        return "net P {\n" + "".join(f"  {line}\n" for line in self.lines) + "}\n"

    def keep(self, line: str, name: str, most: int = MOST) -> bool:
        """Adds a line that makes a value, if that is right and small enough."""
        shape = shape_of("".join(f"  {one}\n" for one in (*self.lines, line)))
        if shape is None or prod(shape) > most:
            return False
        self.lines.append(line)
        self.shapes[name] = shape
        return True


def shape_of(lines: str) -> tuple[int, ...] | None:
    """The shape that the lines of a program come to; None where it is no network."""
    try:
        net = parse(f"net P {{\n{lines}}}\n").net()
    except (CompileError, Problem):
        return None
    return tuple(int(size) for size in next(iter(net.outputs.values())))  # type: ignore[arg-type]


class Writer:
    """Draws lines; `modes`: the padding modes that may come, `grows`: whether only what fits any size may come."""

    def __init__(self, draw: st.DrawFn, rank: int, modes: tuple[str, ...], grows: bool) -> None:
        self.draw = draw
        self.rank = rank
        self.modes = modes
        self.grows = grows

    def number(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))

    def one_of(self, *choices: str) -> str:
        return self.draw(st.sampled_from(choices))

    def chance(self, one_in: int) -> bool:
        return self.draw(st.integers(1, one_in)) == 1

    def extent(self, low: int, high: int) -> str:
        """One number, or one for each axis."""
        if self.rank == 1 or self.chance(2):
            return str(self.number(low, high))
        return f"[{', '.join(str(self.number(low, high)) for _ in range(self.rank))}]"

    def pads(self, most: int) -> str:
        if self.chance(3):
            return "0"
        if self.chance(3):
            pairs = ", ".join(f"[{self.number(0, most)}, {self.number(0, most)}]" for _ in range(self.rank))
            return f"[{pairs}]"
        return self.extent(0, most)

    def layer(self, channels: int) -> str:
        kinds = [self.conv, self.conv, self.conv, self.transposed, self.pool, self.pool, self.upsample, self.pad, self.plain]
        if not self.grows:
            kinds += [self.adaptive, self.crop, self.same, self.shuffle, self.cut]
        return self.draw(st.sampled_from(kinds))(channels)

    def conv(self, channels: int) -> str:
        groups = self.draw(st.sampled_from([g for g in range(1, channels + 1) if channels % g == 0]))
        out = groups * self.number(1, max(4 // groups, 1))
        arguments = [f"{out}, {self.extent(1, 4)}", f"stride={self.extent(1, 4)}", f"padding={self.pads(3)}"]
        arguments += [f"dilation={self.extent(1, 3)}"] * self.chance(3) + [f"groups={groups}"] * (groups > 1)
        mode = self.one_of(*self.modes)
        return f"Conv({', '.join(arguments)}" + (f", padding_mode={mode})" if mode != "zeros" else ")")

    def same(self, channels: int) -> str:
        return f"Conv(2, {self.extent(1, 4)}, stride={self.extent(1, 3)}, padding=same)"

    def transposed(self, channels: int) -> str:
        arguments = [f"{self.number(1, 3)}, {self.extent(1, 4)}", f"stride={self.extent(1, 3)}", f"padding={self.pads(2)}"]
        arguments += [f"output_padding={self.extent(0, 2)}"] * self.chance(2) + [f"dilation={self.extent(1, 2)}"] * self.chance(3)
        return f"ConvTranspose({', '.join(arguments)})"

    def pool(self, channels: int) -> str:
        kind = self.one_of("MaxPool", "AvgPool", "LPPool(1, ")
        name = kind if "(" in kind else f"{kind}("
        arguments = [self.extent(1, 4)] + [f"stride={self.extent(1, 4)}"] * self.chance(2)
        if kind != "LPPool(1, ":
            arguments += [f"padding={self.extent(0, 2)}"] * self.chance(2)
        if kind == "MaxPool":
            arguments += [f"dilation={self.extent(1, 2)}"] * self.chance(4)
        return name + ", ".join(arguments) + (", ceil_mode=true)" if self.chance(3) else ")")

    def upsample(self, channels: int) -> str:
        mode = self.one_of(*INTERPOLATIONS[self.rank])
        if self.grows:
            return f"Upsample(scale_factor={self.one_of('2', '3')}, mode={mode})"
        size = f"size={self.extent(1, 9)}" if self.chance(2) else f"scale_factor={self.one_of('2', '3', '1.5', '0.5')}"
        corners = ", align_corners=true" if mode != "nearest" and self.chance(3) else ""
        return f"Upsample({size}, mode={mode}{corners})"

    def pad(self, channels: int) -> str:
        mode = self.one_of(*("constant" if mode == "zeros" else mode for mode in self.modes))
        low = -2 if mode == "constant" and not self.grows else 0
        pairs = ", ".join(f"[{self.number(low, 3)}, {self.number(low, 3)}]" for _ in range(self.rank))
        return f"Pad([{pairs}]" + (f", mode={mode})" if mode != "constant" else ")")

    def adaptive(self, channels: int) -> str:
        return f"{self.one_of('AdaptiveAvgPool', 'AdaptiveMaxPool')}({self.extent(1, 6)})"

    def crop(self, channels: int) -> str:
        return f"Crop({self.extent(1, 5)})"

    def shuffle(self, channels: int) -> str:
        return self.one_of("PixelShuffle(2)", "PixelUnshuffle(2)", "ChannelShuffle(2)")

    def cut(self, channels: int) -> str:
        start = self.number(0, channels - 1)
        return self.one_of(f"Slice({start}, {self.number(start + 1, channels)})", f"Select([{start}, 0])")

    def plain(self, channels: int) -> str:
        return self.one_of("ReLU", "Tanh", "BatchNorm", "Identity", "Dropout(0.5)", "LayerScale(0.5)")


@st.composite
def programs(
    draw: st.DrawFn,
    modes: tuple[str, ...] = MODES,
    grows: bool = False,
    extent: tuple[int, int] = (1, 9),
    most: int = MOST,
    lines: int = 7,
    rank: int | None = None,
) -> Program:
    """Programs of one or two inputs whose last line makes the value to look at."""
    rank = rank or draw(st.sampled_from([1, 2, 2, 2, 3]))
    low, high = extent if rank < 3 else (extent[0], min(extent[1], 5))
    writer, program = Writer(draw, rank, modes, grows), Program(rank)
    size = "x".join(str(draw(st.integers(low, high))) for _ in range(rank))
    for name in draw(st.sampled_from([("a",), ("a",), ("a", "b")])):
        shape = f"{draw(st.integers(1, 3))}x{size}"
        program.lines.append(f"input {name}: {shape}")
        program.shapes[name] = tuple(map(int, shape.split("x")))
    for number in range(draw(st.integers(1, lines))):
        add_line(writer, program, f"v{number}", most)
    if not any(name.startswith("v") for name in program.shapes):
        program.keep("a -> v0: Conv(2, 1)", "v0", most)
    return program


def add_line(writer: Writer, program: Program, name: str, most: int) -> None:
    """One more line: mostly a layer of the last value, else of any, a merge, or a layer that is applied again."""
    values = list(program.shapes)
    source = values[-1] if writer.chance(2) else writer.draw(st.sampled_from(values))
    kind = writer.number(0, 7)
    if kind == 0 and len(values) > 1:
        merge(writer, program, source, name, most)
    elif kind == 1 and program.layers:
        layer, shape = writer.draw(st.sampled_from(sorted(program.layers.items())))
        fitting = [value for value in values if program.shapes[value][0] == shape[0]]
        program.keep(f"{writer.draw(st.sampled_from(fitting))} -> {layer} as {name}", name, most)
    elif kind == 2 and writer.chance(2):
        program.keep(f"{source} -> Chunk(2) as {name}x, {name}y\n  cat({name}y, {name}x) as {name}", name, most)
    else:
        layer = writer.layer(program.shapes[source][0])
        if program.keep(f"{source} -> {name}: {layer}", name, most) and layer.startswith("Conv("):
            program.layers[name] = program.shapes[source]


def merge(writer: Writer, program: Program, source: str, name: str, most: int) -> None:
    shape = program.shapes[source]
    alike = [value for value, other in program.shapes.items() if other == shape]
    beside = [value for value, other in program.shapes.items() if other[1:] == shape[1:]]
    word = writer.one_of("add", "add", "sub", "maximum", "mul", "cat", "cat")
    other = writer.draw(st.sampled_from(beside if word == "cat" else alike))
    program.keep(f"{word}({other}, {source}) as {name}", name, most)
