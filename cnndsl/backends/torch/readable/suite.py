"""The lines of a method as a tree; what is assigned and never read, and what is left empty by that, is not written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from ..layout import INDENT, WIDTH, wrap

WORD = re.compile(r"[A-Za-z_]\w*")
STRING = re.compile(r'(f?)"((?:[^"\\]|\\.)*)"')
PUT_IN = re.compile(r"\{([^{}]*)\}")


@dataclass(slots=True)
class Line:
    """`before` and `expression` are written together, broken inside the expression; `defines` is the local that it sets."""

    before: str
    expression: str = ""
    defines: str = ""
    comment: str = ""
    choice: tuple[str, str, str] | None = None  # then, condition, else: of an expression of these

    @property
    def text(self) -> str:
        return self.before + self.expression

    def words(self) -> list[str]:
        """The words of the code, and of what is put into strings."""
        bare = STRING.sub(lambda match: " ".join(PUT_IN.findall(match[2])) if match[1] else "", self.text)
        return WORD.findall(bare)


@dataclass(slots=True)
class Suite:
    """Lines under a header such as `for i in range(3):`; `nothing` is what stands for it where none are left."""

    header: Line | None = None
    lines: list[Line | Suite] = field(default_factory=list)

    def add(self, before: str, expression: str = "", defines: str = "") -> Line:
        line = Line(before, expression, defines)
        self.lines.append(line)
        return line

    def open(self, before: str, expression: str = "") -> Suite:
        suite = Suite(Line(before, expression))
        self.lines.append(suite)
        return suite

    def every(self) -> Iterator[Line]:
        if self.header is not None:
            yield self.header
        for line in self.lines:
            yield from line.every() if isinstance(line, Suite) else (line,)

    def words(self) -> set[str]:
        return {word for line in self.every() for word in line.words()}

    def clean(self, read: Collection[str] = ()) -> None:
        """Leave out assignments of locals that nothing reads, again and again, then suites without lines.

        `read` are locals that something outside reads.
        """
        while True:
            dead = self.dead() - set(read)
            if not dead and not self.has_empty():
                return
            self.drop(dead)

    def dead(self) -> set[str]:
        reads: Counter[str] = Counter()
        defined = set()
        for line in self.every():
            words = Counter(line.words())
            if line.defines:
                defined.add(line.defines)
                del words[line.defines]
            reads += words
        return {name for name in defined if not reads[name]}

    def has_empty(self) -> bool:
        return any(isinstance(line, Suite) and (not line.lines or line.has_empty()) for line in self.lines)

    def drop(self, dead: set[str]) -> None:
        for line in self.lines:
            if isinstance(line, Suite):
                line.drop(dead)
        self.lines = [
            line
            for line in self.lines
            if (line.lines if isinstance(line, Suite) else line.defines not in dead or not line.defines)
        ]

    def anonymous(self) -> None:
        """Put an underscore before the variables of loops that nothing reads."""
        for line in self.lines:
            if isinstance(line, Suite):
                line.anonymous()
        if self.header is None or not self.header.before.startswith("for "):
            return
        used = {
            word for line in self.lines for one in (line.every() if isinstance(line, Suite) else [line]) for word in one.words()
        }
        names = self.header.before.removeprefix("for ").removesuffix(" in ").split(", ")
        named = [name if name in used else "_" if len(names) == 1 else f"_{name}" for name in names]
        self.header.before = f"for {', '.join(named)} in "

    def render(self, depth: int) -> list[str]:
        found: list[str] = []
        indent = INDENT * depth
        if self.header is not None:
            found += wrap(INDENT * (depth - 1), self.header.before, self.header.expression, ":")
        for line in joined(self.lines, indent):
            found += line.render(depth + 1) if isinstance(line, Suite) else rendered(line, indent)
        return found


def joined(lines: list[Line | Suite], indent: str) -> Iterator[Line | Suite]:
    """The lines, with an `if` and `else` that give one variable its value as one line, where that is short."""
    place = 0
    while place < len(lines):
        line = lines[place]
        whole = chosen(line, lines[place + 1]) if place + 1 < len(lines) else None
        short = whole is not None and len(indent + whole.text) <= WIDTH
        yield whole if whole is not None and short else line
        place += 2 if short else 1


def chosen(first: Line | Suite, second: Line | Suite) -> Line | None:
    if not (isinstance(first, Suite) and isinstance(second, Suite) and first.header and second.header):
        return None
    if (
        not first.header.before.startswith("if ")
        or second.header.before != "else"
        or {len(first.lines), len(second.lines)} != {1}
    ):
        return None
    (then,), (otherwise,) = first.lines, second.lines
    if isinstance(then, Suite) or isinstance(otherwise, Suite) or then.before != otherwise.before or not then.expression:
        return None
    if not then.before.endswith(" = ") or " if " in then.expression + otherwise.expression:
        return None
    condition = first.header.text.removeprefix("if ")
    return Line(then.before, f"{then.expression} if {condition} else {otherwise.expression}", then.defines)


def rendered(line: Line, indent: str) -> list[str]:
    lines = wrap(indent, line.before, line.expression)
    if line.choice is not None and len(lines) > 1:
        then, condition, otherwise = line.choice
        deeper = indent + INDENT
        if len(deeper + line.expression) <= WIDTH:
            return [f"{indent}{line.before}(", deeper + line.expression, f"{indent})"]
        name = line.before.removesuffix(" = ")
        taken = [*wrap(indent, "if ", condition, ":"), *wrap(deeper, line.before, then)]
        return [f"{indent}{name}: nn.Module = {otherwise}", *taken]
    if line.comment and len(lines) == 1 and len(lines[0]) + len(line.comment) + 4 <= WIDTH:
        return [f"{lines[0]}  # {line.comment}"]
    return lines
