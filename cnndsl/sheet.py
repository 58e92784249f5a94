"""Shapes to a picture: SVG as text of our own, PNG and PDF through graphviz, the same bytes for the same shapes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import groupby
from typing import NamedTuple

from .cells import cells, clean

FONT = "Helvetica,Arial,sans-serif"
NARROW, WIDE = frozenset(" !'(),-./:;I[]fijlrt|"), frozenset("%@MWmw×→…")
ANCHORS = {"start": -1, "middle": 0, "end": 1}  # what they are in graphviz

Point = tuple[float, float]


class Area(NamedTuple):
    """A filled polygon; `about` is what pointing at it brings up."""

    points: tuple[Point, ...]
    fill: str
    line: str
    width: float = 1.0
    about: str = ""


class Stroke(NamedTuple):
    """A line through points, with an arrow at its end or not."""

    points: tuple[Point, ...]
    colour: str
    width: float = 1.0
    dashed: bool = False
    arrow: bool = False
    about: str = ""


class Words(NamedTuple):
    """A line of text; `at` is its baseline, at the start, the middle or the end."""

    at: Point
    text: str
    colour: str
    size: float = 12.0
    anchor: str = "start"
    bold: bool = False
    about: str = ""


Shape = Area | Stroke | Words


@dataclass
class Sheet:
    """A page in points, y downwards. `title` and `about` are what it is to those who do not see it."""

    width: float
    height: float
    title: str
    about: str
    paper: str
    shapes: list[Shape] = field(default_factory=list)

    def add(self, *shapes: Shape) -> None:
        self.shapes += (shape for shape in shapes if not isinstance(shape, Words) or shape.text)

    def svg(self) -> str:
        size = f'width="{number(self.width)}pt" height="{number(self.height)}pt"'
        view = f'viewBox="0 0 {number(self.width)} {number(self.height)}"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {view} role="img" aria-labelledby="picture-title picture-words">'
        named = [
            f'<title id="picture-title">{safe(self.title)}</title>',
            f'<desc id="picture-words">{safe(self.about)}</desc>',
            f'<rect width="100%" height="100%" fill="{self.paper}"/>',
        ]
        body = [line for about, shapes in groupby(self.shapes, about_of) for line in grouped(about, list(shapes))]
        return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *named, *body, "</svg>"]) + "\n"

    def dot(self) -> str:
        """As DOT that lays nothing out: all of it is the background of two corners that are not seen."""
        parts = [part for shape in self.shapes for part in operations(shape, self.height)]
        corners = ["0,0", f"{number(self.width)},{number(self.height)}"]
        dots = [f'{name} [shape=none label="" width=0 height=0 pos="{at}"]' for name, at in zip("ab", corners, strict=True)]
        background = " +\n".join(map(quoted, parts))  # in pieces, for graphviz reads no string of more than 16 KiB
        return f'graph {{\ngraph [layout=nop2 bgcolor="{self.paper}" pad=0 _background={background}]\n{dots[0]}\n{dots[1]}\n}}\n'


def about_of(shape: Shape) -> str:
    return shape.about


def grouped(about: str, shapes: Sequence[Shape]) -> Iterable[str]:
    """Shapes that are about one thing in a group with its title."""
    drawn = [element(shape) for shape in shapes]
    return ["<g>", f"<title>{safe(about)}</title>", *drawn, "</g>"] if about else drawn


def element(shape: Shape) -> str:
    if isinstance(shape, Words):
        weight = ' font-weight="bold"' if shape.bold else ""
        style = f'font-family="{FONT}" font-size="{number(shape.size)}"{weight} text-anchor="{shape.anchor}"'
        x, y = shape.at
        return f'<text x="{number(x)}" y="{number(y)}" {style} fill="{shape.colour}">{safe(shape.text)}</text>'
    points = " ".join(f"{number(x)},{number(y)}" for x, y in shape.points)
    if isinstance(shape, Area):
        line = f'stroke="{shape.line}" stroke-width="{number(shape.width)}" stroke-linejoin="round"'
        return f'<polygon points="{points}" fill="{shape.fill}" {line}/>'
    dashes = ' stroke-dasharray="3,2"' if shape.dashed else ""
    line = f'stroke="{shape.colour}" stroke-width="{number(shape.width)}"{dashes}'
    drawn = f'<polyline points="{points}" fill="none" {line}/>'
    return drawn + element(head_of(shape)) if shape.arrow else drawn


def head_of(stroke: Stroke) -> Area:
    """The head of an arrow, in the direction of the last part of a line."""
    (x, y), (a, b) = stroke.points[-1], stroke.points[-2]
    length = ((x - a) ** 2 + (y - b) ** 2) ** 0.5 or 1
    u, v = (x - a) / length * 6, (y - b) / length * 6
    return Area(((x, y), (x - u - v / 2, y - v + u / 2), (x - u + v / 2, y - v - u / 2)), stroke.colour, stroke.colour, 0.5)


def operations(shape: Shape, height: float) -> list[str]:
    """As graphviz' own drawing operations, whose y goes upwards."""
    if isinstance(shape, Words):
        text = clean(shape.text).replace("\\", "∖")  # DOT has no way to write a backslash before a quotation mark
        (x, y), size = shape.at, len(text.encode())
        font = f"F {number(shape.size)} {len(FONT)} -{FONT}"
        place = f"{number(x)} {number(height - y)} {ANCHORS[shape.anchor]} {number(breadth(text, shape.size))}"
        return [f"c 7 -{shape.colour}", f"t {int(shape.bold)}", font, f"T {place} {size} -{text}"]
    points = " ".join(f"{number(x)} {number(height - y)}" for x, y in shape.points)
    drawn = [style(f"setlinewidth({number(shape.width)})")]
    if isinstance(shape, Area):
        return [*drawn, style("solid"), f"c 7 -{shape.line}", f"C 7 -{shape.fill}", f"P {len(shape.points)} {points}"]
    drawn += [style("dashed" if shape.dashed else "solid"), f"c 7 -{shape.colour}", f"L {len(shape.points)} {points}"]
    return drawn + (operations(head_of(shape), height) if shape.arrow else [])


def quoted(text: str) -> str:
    """One drawing operation, as a string of DOT that ends in a blank."""
    escaped = text.replace('"', '\\"')
    return f'"{escaped} "'


def style(words: str) -> str:
    return f"S {len(words)} -{words}"


def number(value: float) -> str:
    return f"{round(value, 2):g}" if abs(value) < 1e5 else f"{value:.0f}"


def safe(text: str) -> str:
    return escape(clean(text))


def breadth(text: str, size: float = 12.0) -> float:
    """How wide a text is, about, in points."""
    return size * sum(0.36 if char in NARROW else 0.84 if char in WIDE else 0.58 * max(cells(char), 1) for char in clean(text))
