"""Sizes that the program leaves open: integer formulas in them, exact, with their floors kept.

A `Symbolic` is a polynomial with integer coefficients over atoms; an atom is a named size (a whole number, at least 1)
or the floor of a quotient. `==` on it compares formulas; whether two sizes must be equal or different is asked with
`differ` and `below`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import lcm
from typing import NamedTuple, Union

from .diagnostics import Problem

LONGEST = 10_000  # atoms of a formula, those under its floors included; real ones have some dozens


class Atom(NamedTuple):
    """A named size, or ⌊top / bottom⌋."""

    name: str
    top: Symbolic | None = None
    bottom: int = 1

    @property
    def weight(self) -> int:
        return 1 if self.top is None else 1 + self.top.weight

    def __str__(self) -> str:
        return self.name if self.top is None else f"⌊{wrapped(self.top)}/{self.bottom}⌋"


Term = tuple[Atom, ...]  # a product of atoms, sorted by text; () is the constant 1


@dataclass(frozen=True, slots=True, eq=False)
class Symbolic:
    """Sum of coefficient × term. `weight` counts the atoms in it; raises Problem (E0701) where these are too many."""

    terms: tuple[tuple[Term, int], ...]
    weight: int = field(init=False, repr=False)
    text: str = field(default="", init=False, repr=False)  # what str gives, once it was asked for: formulas nest

    def __post_init__(self) -> None:
        weight = sum(1 + sum(atom.weight for atom in term) for term, _ in self.terms)
        if weight > LONGEST:
            raise too_long()
        object.__setattr__(self, "weight", weight)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Symbolic) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(self.terms)

    def __add__(self, other: Dim) -> Dim:
        total = dict(self.terms)
        for term, factor in terms_of(other):
            total[term] = total.get(term, 0) + factor
        return collected(total)

    __radd__ = __add__

    def __neg__(self) -> Dim:
        return collected({term: -factor for term, factor in self.terms})

    def __sub__(self, other: Dim) -> Dim:
        return self + (-other)

    def __rsub__(self, other: Dim) -> Dim:
        return -self + other

    def __mul__(self, other: Dim) -> Dim:
        total: dict[Term, int] = {}
        if len(self.terms) * len(terms_of(other)) > LONGEST:
            raise too_long()
        for mine, a in self.terms:
            for yours, b in terms_of(other):
                term = tuple(sorted(mine + yours, key=str))
                total[term] = total.get(term, 0) + a * b
        return collected(total)

    __rmul__ = __mul__

    def __floordiv__(self, divisor: int) -> Dim:
        """⌊self / divisor⌋; what the divisor divides comes out, the rest stays under the floor."""
        if divisor <= 0:
            raise ValueError(f"a size is divided by a positive number, not {divisor}")
        if divisor == 1:
            return self
        out: dict[Term, int] = {}
        rest: dict[Term, int] = {}
        for term, factor in self.terms:
            left = -(-factor % divisor) if term == () else factor % divisor  # ⌊(H - 1)/2⌋ + 1, as convolution has it
            out[term], rest[term] = (factor - left) // divisor, left
        inner = collected(rest)
        if isinstance(inner, int):
            return collected(out) + inner // divisor
        return collected(out) + floor_of(inner, divisor)

    def __mod__(self, divisor: int) -> Dim:
        return self - (self // divisor) * divisor

    def __str__(self) -> str:
        if not self.text:
            object.__setattr__(self, "text", self.written())
        return self.text

    def written(self) -> str:
        parts = []
        ordered = sorted(self.terms, key=lambda t: (t[0] == (), -len(t[0]), [str(a) for a in t[0]]))
        for term, factor in ordered:
            body = "·".join(map(str, term))
            size = abs(factor)
            text = str(size) if not term else body if size == 1 else f"{size}·{body}"
            parts.append(("- " if factor < 0 else "+ ") + text)
        text = " ".join(parts)
        return text[2:] if text.startswith("+ ") else "-" + text[2:]

    def __repr__(self) -> str:
        return f"Symbolic({self})"


Dim = Union[int, Symbolic]  # noqa: UP007  (a forward reference)


def too_long() -> Problem:
    title = "the formula of an open size grows too long"
    return Problem(title, f"at most {LONGEST:,} names and floors", code="E0701", help="say the input's size with --input")


def symbol(name: str) -> Symbolic:
    """An open size by its name."""
    return Symbolic((((Atom(name),), 1),))


def terms_of(value: Dim) -> tuple[tuple[Term, int], ...]:
    return value.terms if isinstance(value, Symbolic) else (((), value),)


def collected(terms: dict[Term, int]) -> Dim:
    """A polynomial in normal form; an int where no atom is left."""
    kept = {term: factor for term, factor in terms.items() if factor}
    if not kept:
        return 0
    if len(kept) == 1 and () in kept:
        return kept[()]
    return Symbolic(tuple(sorted(kept.items(), key=lambda t: [str(a) for a in t[0]])))


def floor_of(top: Symbolic, bottom: int) -> Dim:
    """⌊top / bottom⌋ as an atom; a floor within comes out: ⌊(⌊a/b⌋ + c)/d⌋ = ⌊(a + bc)/(bd)⌋."""
    rest = dict(top.terms)
    constant = rest.pop((), 0)
    if len(rest) == 1:
        ((term, factor),) = rest.items()
        if factor == 1 and len(term) == 1 and term[0].top is not None:
            inner = term[0]
            return (inner.top + constant * inner.bottom) // (inner.bottom * bottom)  # type: ignore[operator]
    return Symbolic((((Atom("", top, bottom),), 1),))


def wrapped(value: Dim) -> str:
    text = str(value)
    return f"({text})" if " " in text else text


def differ(a: Dim, b: Dim) -> bool:
    """Whether two sizes are different whatever the open sizes are."""
    if isinstance(a, int) and isinstance(b, int):
        return a != b
    gap = a - b
    return isinstance(gap, int) and gap != 0


def below(a: Dim, b: Dim) -> bool:
    """Whether a < b whatever the open sizes are."""
    gap = a - b
    return isinstance(gap, int) and gap < 0


def product(sizes: tuple[Dim, ...]) -> Dim:
    total: Dim = 1
    for size in sizes:
        total = total * size
    return total


def names(size: Dim) -> set[str]:
    """The open sizes in a formula."""
    found: set[str] = set()
    for term, _ in terms_of(size):
        for atom in term:
            found |= {atom.name} if atom.top is None else names(atom.top)
    return found


def at(size: Dim, name: str, value: int) -> Dim:
    """The formula where one open size is a number; the others stay open."""
    if isinstance(size, int) or name not in names(size):
        return size
    whole: Dim = 0
    for term, factor in size.terms:
        part: Dim = factor
        for atom in term:
            part = part * placed(atom, name, value)
        whole = whole + part
    return whole


def placed(atom: Atom, name: str, value: int) -> Dim:
    if atom.top is None:
        return value if atom.name == name else Symbolic((((atom,), 1),))
    return at(atom.top, name, value) // atom.bottom


def period(size: Dim, name: str) -> int:
    """After how many steps of an open size a linear formula has grown by the same again, wherever it starts."""
    found = 1
    for term, _ in terms_of(size):
        for atom in term:
            if atom.top is not None and name in names(atom.top):
                found = lcm(found, atom.bottom * period(atom.top, name))
    return found
