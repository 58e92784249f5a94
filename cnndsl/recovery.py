"""A source that does not parse to its syntax errors, each told once, in the user's words; and to the tree of what is left.

The tokens are fed to lark's tables, with a mark at every statement. Where a token does not fit and what was meant is known,
the tokens are mended and the statement is read again; where it is not, a hole stands in its place. What then stands there
is a program, in which the holes are unknown values. Only the stack of states is kept while reading: no tree is wanted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Protocol

from lark import Lark, Token
from lark.exceptions import LarkError
from lark.lexer import PatternStr
from lark.parsers.lalr_analysis import Shift

from .diagnostics import Diagnostic
from .dialects import mend
from .habits import Mend, Place
from .mistakes import CLOSES, OPENS, STARTS, Misfit, closes_nothing, ends_early, no_template, open_bracket, unreadable
from .scanner import STRAY, Scanner
from .source import Source, Span

LIMIT = 50  # errors; reading ends there
CONTINUES = ("_ARROW", "_NL", "_DCOLON", "AS", "ELSE")  # a statement, on the next line
NAMED = frozenset({"NET", "BLOCK", "FN", "EXTERN", "AS", "IMPORT"})  # and then a name, which they give
SETTLES = frozenset({"INPUT", "DEFAULT", "EXTERN"})  # without these nothing that follows can be judged


TEMPLATE = re.compile(r"\$\{([^{}\n]*)\}")


class Filter(Protocol):
    def process(self, stream: Iterator[Token]) -> Iterator[Token]: ...


class Mark(NamedTuple):
    """The beginning of a statement: its first token, the depth of the stack and of the brackets before it, what holds it.

    Until a statement ends, what lies below on the stack stays: a depth is enough to go back.
    """

    at: int
    depth: int
    brackets: int
    outer: Mark | None


class Recovery:
    """What is wrong with a source is `found`; what is left of its tokens `raw`; the words of the rest `unread`."""

    def __init__(self, source: Source, parser: Lark, newlines: Filter) -> None:
        self.source = source
        self.parser = parser
        self.newlines = newlines
        self.found: list[Diagnostic] = []
        self.unread: set[str] = set()
        self.signs: dict[str, int] = {}  # of what is told once: how often it was met
        self.whole = True  # whether what is left is a program
        interactive = parser.parse_interactive("", start="start")
        self.table: Any = interactive.parser_state.parse_conf.parse_table
        self.begin = list(interactive.parser_state.state_stack)
        fixed = {t.pattern.value for t in parser.terminals if isinstance(t.pattern, PatternStr)}
        self.words = frozenset(filter(str.isalpha, fixed))
        self.raw = list(Scanner(parser.lexer_conf).tolerant(source.text))
        self.restart(0)

    def run(self) -> list[Diagnostic]:
        """Read from each place where reading can go on, until the end."""
        place: int | None = 0
        while place is not None and len(self.found) < LIMIT:
            place = self.read(place)
        self.whole = self.whole and place is None
        self.templates()
        return self.found

    def templates(self) -> None:
        """Tell of labels whose `${…}` holds no expression."""
        for at, token in enumerate(self.raw):
            beside = at > 0 and self.raw[at - 1].type == "_ARROW", at + 1 < len(self.raw) and self.raw[at + 1].type == "COLON"
            if token.type != "TNAME" and not (token.type == "STRING" and any(beside)):
                continue
            for match in TEMPLATE.finditer(token):
                try:
                    self.parser.parse(match[1], start="expr")
                except LarkError:
                    start = (token.start_pos or 0) + match.start()
                    self.found.append(no_template(Span(self.source, start, start + len(match[0]))))
                    self.whole = False

    def span(self, token: Token) -> Span:
        return Span(self.source, token.start_pos or 0, token.end_pos or 0)

    # ---- feeding -------------------------------------------------------------
    def restart(self, at: int) -> None:
        """Stand before a declaration: nothing is open."""
        self.stack = list(self.begin)
        self.brackets: list[Token] = []
        self.outer: Mark | None = None
        self.head = Mark(at, len(self.stack), 0, None)

    def restore(self) -> None:
        """Stand before the statement again."""
        del self.stack[self.head.depth :]
        del self.brackets[self.head.brackets :]
        self.outer = self.head.outer

    def read(self, place: int) -> int | None:
        """Feed from a raw token on; where to go on after an error."""
        raw = self.raw[place:]
        index = {id(token): place + i for i, token in enumerate(raw)}
        end = len(self.source.text)
        last: Token | None = None
        for token in [*self.newlines.process(iter(raw)), Token("$END", "", start_pos=end, end_pos=end)]:
            at = index.get(id(token), len(self.raw))
            if last is None or (last.type in ("_NL", "LBRACE", "VBAR") and not self.in_brackets()):
                self.head = Mark(at, len(self.stack), len(self.brackets), self.outer)
            if not self.shift(self.stack, token.type):
                return self.recover(token, last, at)
            self.passed(token)
            last = token
        return None

    def passed(self, token: Token) -> None:
        """Note what a token opens or closes."""
        kind = token.type
        if kind in OPENS:
            self.brackets.append(token)
            if kind == "LBRACE":
                self.outer = self.head
        elif kind in CLOSES and self.brackets:
            self.brackets.pop()
            if kind == "RBRACE" and self.outer is not None:
                self.head, self.outer = self.outer, self.outer.outer

    def in_brackets(self) -> bool:
        """Whether a ( or [ is open, in which no statement begins or ends."""
        return bool(self.brackets) and self.brackets[-1].type != "LBRACE"

    def shift(self, stack: list[int], kind: str) -> bool:
        """Advance the stack by a token; False, and the stack as it was, where it does not fit."""
        kept, above = len(stack), list[int]()  # of the stack, and the states that reductions put on it
        while True:
            found = self.table.states[above[-1] if above else stack[kept - 1]].get(kind)
            if found is None:
                return False
            action, argument = found
            if action is Shift:
                stack[kept:] = [*above, argument]
                return True
            if kind == "$END" and argument.origin.name == "$root_start":
                return True
            size = len(argument.expansion)
            kept -= max(0, size - len(above))
            del above[max(0, len(above) - size) :]
            state = self.table.states[above[-1] if above else stack[kept - 1]][argument.origin.name][1]
            above.append(state)
            if kind == "$END" and state in self.table.end_states.values():
                return True

    # ---- what does not fit -----------------------------------------------------
    def recover(self, token: Token, last: Token | None, at: int) -> int | None:
        """Tell the error and mend it, or leave the statement out; where to read on."""
        if token.type == "HOLE":
            self.whole = False
            del self.raw[at]
            return self.again(self.head)
        unclosed = self.unclosed(token)
        if unclosed is None and token.type != "$END":
            found = mend(Place(self.source, self.raw, at, self.head.at, self.bracket, self.fits))
            if found is not None:
                return self.mended(found, at)
        self.found.append(open_bracket(self.source, unclosed, token) if unclosed else self.misfit(token, last, at))
        if (unclosed is not None and unclosed.type == "LBRACE") or (token.type == "RBRACE" and not self.brackets):
            self.whole = False
        if token.type == "$END":
            self.whole = self.whole and not any(opened.type == "LBRACE" for opened in self.brackets)
            return self.leave_out(at) if self.whole and self.head.at < at else None
        if token.type in STARTS and token.column == 1 and self.first_on_line(token):
            self.whole = self.whole and not any(opened.type == "LBRACE" for opened in self.brackets)
            if self.whole and self.head.at < at:
                return self.leave_out(at)
            self.restart(at)
            return at
        if unclosed is not None and token.type not in CLOSES and self.first_on_line(token):
            return self.leave_out(at)
        return self.leave_out(self.next_statement(at))

    @property
    def bracket(self) -> Token | None:
        return self.brackets[-1] if self.brackets else None

    def fits(self, kind: str) -> bool:
        return self.shift(list(self.stack), kind)

    def mended(self, found: Mend, at: int) -> int:
        """Read what was meant, the statement from its beginning; the whole where what is mended began before it."""
        if not found.sign or found.sign not in self.signs:
            self.found.append(found.told)
        if found.sign:
            self.signs[found.sign] = self.signs.get(found.sign, 0) + 1
        if found.tokens is None:
            return self.leave_out(max(found.stop, self.next_statement(at)))
        kept = {id(token) for token in found.tokens}
        self.note_unread(token for token in self.raw[found.start : found.stop] if id(token) not in kept)
        self.raw[found.start : found.stop] = found.tokens
        if found.start >= self.head.at:
            return self.again(self.head)
        mark = self.outer
        while mark is not None and mark.at > found.start:
            mark = mark.outer
        if mark is None:
            self.restart(0)
            return 0
        return self.again(mark)

    def again(self, mark: Mark) -> int:
        self.head = mark
        self.restore()
        return mark.at

    def leave_out(self, stop: int) -> int:
        """A hole from the statement's first token to before another, and to before the line's end."""
        start = self.head.at
        stop = max(stop, start + 1)
        while stop > start + 1 and self.raw[stop - 1].type == "_NL":
            stop -= 1
        dropped = self.raw[start:stop]
        self.whole = self.whole and not SETTLES & {token.type for token in dropped}
        self.note_unread(dropped)
        if dropped and dropped[0].type == "_NL":
            return self.skip_newline(start)
        if dropped:
            first, last = dropped[0], dropped[-1]
            names = " ".join(dict.fromkeys(given(dropped)))
            self.raw[start:stop] = [Token("HOLE", names, first.start_pos, first.line, first.column, end_pos=last.end_pos)]
        return self.again(self.head)

    def skip_newline(self, at: int) -> int:
        del self.raw[at]
        return self.again(self.head)

    def note_unread(self, tokens: Iterable[Token]) -> None:
        self.unread.update(str(token) for token in tokens if token.type in ("NAME", "TNAME", "STRING"))

    def misfit(self, token: Token, last: Token | None, at: int) -> Diagnostic:
        if token.type == "$END":
            return ends_early(self.source, token.start_pos or 0)
        if token.type == STRAY:
            return unreadable(self.span(token))
        if token.type in CLOSES and CLOSES[token.type] not in {opened.type for opened in self.brackets}:
            closed = next((one for one in reversed(self.raw[:at]) if one.type == token.type), None)
            return closes_nothing(self.span(token), self.span(closed) if closed else None)
        following = self.raw[at + 1] if at + 1 < len(self.raw) else None
        first = self.raw[self.head.at]
        return Misfit(self.source, self.words, token, last, first, following, self.bracket).told()

    def unclosed(self, token: Token) -> Token | None:
        """The bracket that was left open, where that is what is wrong."""
        if not self.brackets:
            return None
        top = self.brackets[-1]
        if token.type == STRAY:
            return None
        if token.type == "$END" or (token.type in STARTS and token.column == 1):
            return self.by_indent() if top.type == "LBRACE" else top
        if top.type == "LBRACE":
            return None
        if token.type in CLOSES and CLOSES[token.type] != top.type:
            return top if any(opened.type == CLOSES[token.type] for opened in self.brackets) else None
        return top if (token.line or 0) > (top.line or 0) and self.first_on_line(token) else None

    def by_indent(self) -> Token:
        """Of open braces, the one whose own closing brace stands at another's indentation."""
        pairs: list[Token] = []
        for token in self.raw:
            if token.type == "LBRACE":
                pairs.append(token)
            elif token.type == "RBRACE" and pairs:
                opened = pairs.pop()
                if opened.line != token.line and self.first_on_line(token) and self.indent(opened) != self.indent(token):
                    return opened
        return self.brackets[-1]

    def indent(self, token: Token) -> int:
        line = self.source.line(token.line or 1)
        return len(line) - len(line.lstrip())

    def first_on_line(self, token: Token) -> bool:
        line = self.source.line(token.line or 1)
        return not line[: (token.column or 1) - 1].strip()

    def next_statement(self, at: int) -> int:
        """The next place where a statement begins, or what holds it goes on or ends, brackets being skipped whole."""
        depth = 0
        while at < len(self.raw):
            kind = self.raw[at].type
            if kind in OPENS:
                depth += 1
            elif depth == 0 and kind in ("RBRACE", "VBAR") and self.holds(kind):
                return at
            elif kind in CLOSES:
                depth = max(0, depth - 1)
            elif kind == "_NL" and depth == 0:
                following = self.raw[at + 1].type if at + 1 < len(self.raw) else "$END"
                if following not in CONTINUES:
                    return at
            at += 1
        return at

    def holds(self, kind: str) -> bool:
        """Whether a token may follow a hole in place of the statement."""
        stack = self.stack[: self.head.depth]
        return self.shift(stack, "HOLE") and self.shift(stack, kind)


def given(tokens: list[Token]) -> Iterator[str]:
    """The names that a statement gives: labels, bindings, what stands after `as`."""
    depth, listing = 0, False
    for at, token in enumerate(tokens):
        before, after = (tokens[i].type if 0 <= i < len(tokens) else "" for i in (at - 1, at + 1))
        depth += (token.type in ("LPAR", "LSQB")) - (token.type in ("RPAR", "RSQB"))
        listing = token.type in ("AS", "IMPORT") or (listing and token.type in ("NAME", "COMMA"))
        if token.type == "OUTPUT":
            yield str(token)
        if token.type == "NAME" and depth == 0 and (listing or before in NAMED or after in ("COLON", "EQUAL")):
            yield str(token)
