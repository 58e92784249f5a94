"""A source that does not parse to its syntax errors: every one, each told once, in the user's words.

The tokens are fed to lark's tables once more, with a checkpoint at every statement; where a token does not fit, the
statement is left out and reading goes on with the next one. Only the stack of states is kept: no tree is wanted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from lark import Lark, Token
from lark.exceptions import UnexpectedCharacters
from lark.lexer import BasicLexer, LexerState, PatternStr
from lark.parsers.lalr_analysis import Shift
from lark.utils import TextSlice

from .diagnostics import Diagnostic
from .mistakes import CLOSES, OPENS, Misfit, closes_nothing, ends_early, open_bracket, unreadable
from .source import Source, Span

LIMIT = 50  # errors; reading ends there
BRACKETS = "()[]{}"
GOES_ON = ("VBAR", "RBRACE", "ELSE")  # after a statement: of what holds it
CONTINUES = ("_ARROW", "_NL", "_DCOLON", "AS")  # a statement, on the next line
STARTS = frozenset({"NET", "BLOCK", "FN", "EXTERN", "DEFAULT", "FROM"})  # words that begin a declaration


class Filter(Protocol):
    def process(self, stream: Iterator[Token]) -> Iterator[Token]: ...


def errors(source: Source, parser: Lark, newlines: Filter) -> list[Diagnostic]:
    return Recovery(source, parser, newlines).run()


class Recovery:
    def __init__(self, source: Source, parser: Lark, newlines: Filter) -> None:
        self.source = source
        self.newlines = newlines
        self.found: list[Diagnostic] = []
        interactive = parser.parse_interactive("", start="start")
        self.table: Any = interactive.parser_state.parse_conf.parse_table
        self.begin = list(interactive.parser_state.state_stack)
        fixed = {t.pattern.value for t in parser.terminals if isinstance(t.pattern, PatternStr)}
        self.words = frozenset(filter(str.isalpha, fixed))
        self.spoilt: set[int] = set()  # lines with characters that cannot be read
        self.restart()
        self.raw = self.tokens(parser)

    def run(self) -> list[Diagnostic]:
        """Read from each place where reading can go on, until the end."""
        place: int | None = 0
        while place is not None and place < len(self.raw) + (place == 0) and len(self.found) < LIMIT:
            onward = self.read(place)
            place = None if onward is None else max(onward, place + 1)  # reading always moves on
        return self.found

    def span(self, token: Token) -> Span:
        return Span(self.source, token.start_pos or 0, token.end_pos or 0)

    def tokens(self, parser: Lark) -> list[Token]:
        """All tokens, the newlines not yet filtered; characters that begin none are left out, the first of a line is told."""
        lexer = BasicLexer(parser.lexer_conf)
        text = self.source.text
        while len(self.found) < LIMIT:
            try:
                return list(lexer.lex(LexerState(TextSlice.cast_from(text)), None))
            except UnexpectedCharacters as error:
                place = int(str(error.pos_in_stream))
                end = self.stray_end(place)
                if error.line not in self.spoilt:
                    self.found.append(unreadable(Span(self.source, place, end)))
                    self.spoilt.add(error.line)
                line_end = text.find("\n", place)
                line_end = len(text) if line_end < 0 else line_end
                text = text[:place] + "".join(c if c in BRACKETS else " " for c in text[place:line_end]) + text[line_end:]
        return []

    def stray_end(self, place: int) -> int:
        """The end of what cannot be read: to the line's end for an open string, else one word."""
        text = self.source.text
        if text[place] == '"':
            end = text.find("\n", place)
            return len(text) if end < 0 else end
        end = place + 1
        while end < len(text) and (text[end].isalnum() or text[end] == "_") and text[place].isdigit():
            end += 1
        return end

    # ---- feeding -------------------------------------------------------------
    def restart(self) -> None:
        """Stand before a declaration: nothing is open."""
        self.stack = list(self.begin)
        self.ends = list(self.begin)  # the stack at the end of the last statement
        self.starts = [list(self.begin)]  # the stack at the start of this one, for each open brace
        self.brackets: list[Token] = []

    def read(self, place: int) -> int | None:
        """Feed from a raw token on; where to go on after an error."""
        raw = self.raw[place:]
        index = {id(token): place + i for i, token in enumerate(raw)}
        end = len(self.source.text)
        last: Token | None = None
        self.first: Token | None = None  # of the statement
        for token in [*self.newlines.process(iter(raw)), Token("$END", "", start_pos=end, end_pos=end)]:
            if not self.shift(self.stack, token.type):
                return self.recover(token, last, index.get(id(token), len(self.raw)))
            if self.first is None or (last is not None and last.type in ("_NL", "LBRACE", "VBAR") and not self.in_brackets()):
                self.first = token
            self.passed(token)
            last = token
        return None

    def passed(self, token: Token) -> None:
        """Note what a token opens, closes or ends."""
        kind = token.type
        if kind in OPENS:
            self.brackets.append(token)
        elif kind in CLOSES and self.brackets:
            self.brackets.pop()
        if self.in_brackets():
            return
        if kind == "_NL":
            self.starts[-1] = list(self.stack)
        elif kind == "LBRACE":
            self.starts.append(list(self.stack))
            self.ends = list(self.stack)
        elif kind == "RBRACE" and len(self.starts) > 1:
            self.starts.pop()
        if kind != "_NL" and self.allowed(self.stack, "_NL"):
            self.ends = list(self.stack)

    def in_brackets(self) -> bool:
        """Whether a ( or [ is open, in which no statement begins or ends."""
        return bool(self.brackets) and self.brackets[-1].type != "LBRACE"

    def shift(self, stack: list[int], kind: str) -> bool:
        """Advance the stack by a token; False, and the stack as it was, where it does not fit."""
        trial = list(stack)
        while True:
            found = self.table.states[trial[-1]].get(kind)
            if found is None:
                return False
            action, argument = found
            if action is Shift:
                stack[:] = [*trial, argument]
                return True
            if kind == "$END" and argument.origin.name == "$root_start":
                return True
            size = len(argument.expansion)
            if size:
                del trial[-size:]
            state = self.table.states[trial[-1]][argument.origin.name][1]
            trial.append(state)
            if kind == "$END" and state in self.table.end_states.values():
                return True

    def allowed(self, stack: list[int], kind: str) -> bool:
        return self.shift(list(stack), kind)

    def recover(self, token: Token, last: Token | None, at: int) -> int | None:
        """Tell the error; find the next statement."""
        declares = token.type in STARTS and self.line_start(at) == at
        unclosed = self.unclosed(token)
        if token.line not in self.spoilt or unclosed is not None:
            self.found.append(open_bracket(self.source, unclosed, token) if unclosed else self.misfit(token, last, at))
        if token.type == "$END":
            return None
        if declares and token.column == 1:
            self.restart()
            return at
        while self.in_brackets():
            self.brackets.pop()
        if unclosed is not None and token.type not in CLOSES and self.first_on_line(token):
            self.stack = list(self.starts[-1])
            return at
        return self.next_statement(at)

    def misfit(self, token: Token, last: Token | None, at: int) -> Diagnostic:
        if token.type == "$END":
            return ends_early(self.source, token.start_pos or 0)
        if token.type in CLOSES and CLOSES[token.type] not in {opened.type for opened in self.brackets}:
            return closes_nothing(self.span(token))
        begins = last is None or (last.type in ("_NL", "LBRACE", "VBAR") and not self.in_brackets())
        following = self.raw[at + 1] if at + 1 < len(self.raw) else None
        bracket = self.brackets[-1] if self.brackets else None
        first = token if begins else self.first
        return Misfit(self.source, self.words, token, last, first, following, bracket).told()

    def unclosed(self, token: Token) -> Token | None:
        """The bracket that was left open, where that is what is wrong."""
        if not self.brackets:
            return None
        top = self.brackets[-1]
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

    def line_start(self, at: int) -> int:
        """The first raw token of a token's line."""
        while at > 0 and self.raw[at - 1].type != "_NL" and self.raw[at - 1].line == self.raw[at].line:
            at -= 1
        return at

    def next_statement(self, at: int) -> int | None:
        """The next place where a statement begins, or what holds it goes on or ends, brackets being skipped whole."""
        depth = 0
        while at < len(self.raw):
            kind = self.raw[at].type
            if kind in OPENS:
                depth += 1
            elif depth == 0 and kind == "RBRACE":
                return self.closing(at)
            elif depth == 0 and kind == "VBAR" and self.allowed(self.ends, kind):
                self.stack = list(self.ends)
                return at
            elif kind in CLOSES:
                depth = max(0, depth - 1)
            elif kind == "_NL" and depth == 0:
                following = self.raw[at + 1].type if at + 1 < len(self.raw) else "$END"
                if following in GOES_ON and self.allowed(self.ends, following):
                    self.stack = list(self.ends)
                    return at + 1
                if following not in (*GOES_ON, *CONTINUES):
                    self.stack = list(self.starts[-1])
                    return at + 1
            at += 1
        return None

    def closing(self, at: int) -> int:
        """Go on at a brace that closes what holds the wrong statement, or after it, where nothing is open."""
        if self.allowed(self.ends, "RBRACE"):
            self.stack = list(self.ends)
            return at
        self.stack = list(self.starts[-1])
        return at + 1
