"""A source that does not parse to its syntax errors: every one, each told once, in the user's words.

The tokens are fed to lark's tables once more, with a checkpoint at every statement; where a token does not fit, the
statement is left out and reading goes on with the next one. Only the stack of states is kept: no tree is wanted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from lark import Lark, Token
from lark.exceptions import UnexpectedCharacters
from lark.lexer import BasicLexer, LexerState
from lark.parsers.lalr_analysis import Shift
from lark.utils import TextSlice

from .diagnostics import Diagnostic, Fix, Label, did_you_mean
from .source import Source, Span

CLOSES = {"RPAR": "LPAR", "RSQB": "LSQB", "RBRACE": "LBRACE"}
SHOWN = {"LPAR": "(", "LSQB": "[", "LBRACE": "{", "RPAR": ")", "RSQB": "]", "RBRACE": "}"}
OPENS = frozenset(CLOSES.values())
GOES_ON = ("VBAR", "RBRACE", "ELSE")  # after a statement: of what holds it
CONTINUES = ("_ARROW", "_NL", "_DCOLON", "AS")  # a statement, on the next line
STARTS = frozenset({"NET", "BLOCK", "FN", "EXTERN", "DEFAULT", "FROM"})  # words that begin a declaration
KEYWORDS = ("net", "block", "fn", "extern", "default", "from", "import", "input", "output", "assert", "if", "else", "for", "in")


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
        self.restart()
        self.raw = self.tokens(parser)

    def run(self) -> list[Diagnostic]:
        """Read from each place where reading can go on, until the end."""
        place: int | None = 0
        while place is not None and place < len(self.raw) + (place == 0):
            onward = self.read(place)
            place = None if onward is None else max(onward, place + 1)  # reading always moves on
        return self.found

    def span(self, token: Token) -> Span:
        return Span(self.source, token.start_pos or 0, token.end_pos or 0)

    def tokens(self, parser: Lark) -> list[Token]:
        """All tokens but the newlines' filtering; characters that begin none are told and left out."""
        lexer = BasicLexer(parser.lexer_conf)
        text = self.source.text
        while True:
            try:
                return list(lexer.lex(LexerState(TextSlice.cast_from(text)), None))
            except UnexpectedCharacters as error:
                place = int(str(error.pos_in_stream))
                self.found.append(self.unreadable(place))
                end = self.stray_end(place)
                text = text[:place] + " " * (end - place) + text[end:]

    def stray_end(self, place: int) -> int:
        """The end of what cannot be read: to the line's end for an open string, else one word."""
        text = self.source.text
        if text[place] == '"':
            end = text.find("\n", place)
            return len(text) if end < 0 else end
        end = place + 1
        while end < len(text) and (text[end].isalnum() or text[end] == "_") and text[place].isalnum():
            end += 1
        return end

    def unreadable(self, place: int) -> Diagnostic:
        text = self.source.text
        end = self.stray_end(place)
        span = Span(self.source, place, end)
        char = text[place]
        if char == '"':
            return error("E0102", "a text is not closed", span, "it begins here", help='close it on the same line with `"`')
        if char.isdigit():
            help = "names begin with a letter; sizes are written 3x224x224, large numbers 4.2G or 25_557_032"
            return error("E0103", f"`{span.text}` is neither a number nor a name", span, help=help)
        hints = {
            "'": 'texts stand in double quotes: `"…"`',
            "!": "negation is the word `not`",
            "&": "write the word `and`",
            "$": "a template begins with a name: `enc$i`",
            "×": "sizes are written with the letter x: 3x224x224",
            "→": "the arrow is written `->`",
        }
        return error("E0103", f"`{char}` has no meaning here", span, help=hints.get(char))

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
        for token in [*self.newlines.process(iter(raw)), Token("$END", "", start_pos=end, end_pos=end)]:
            if not self.shift(self.stack, token.type):
                return self.recover(token, last, index.get(id(token), len(self.raw)))
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
        self.found.append(self.open_bracket(unclosed, token) if unclosed else self.unexpected(token, last))
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

    # ---- telling -------------------------------------------------------------
    def open_bracket(self, opened: Token, token: Token) -> Diagnostic:
        shown, close = SHOWN[opened.type], SHOWN[next(k for k, v in CLOSES.items() if v == opened.type)]
        labels = [Label(self.span(opened), f"this `{shown}` is never closed")]
        if token.type != "$END":
            labels.append(Label(self.span(token), f"`{close}` should have come before this"))
        return Diagnostic("E0104", f"a `{shown}` is not closed", tuple(labels), (), f"write the missing `{close}`")

    def unexpected(self, token: Token, last: Token | None) -> Diagnostic:
        span, text = self.span(token), str(token)
        if token.type == "$END":
            return error(
                "E0105", "the program ends in the middle of a statement", Span(self.source, max(0, span.start - 1), span.start)
            )
        if token.type in CLOSES and CLOSES[token.type] not in {opened.type for opened in self.brackets}:
            return error("E0104", f"`{text}` closes nothing", span, "no bracket is open here")
        if token.type == "_NL":
            where = Span(self.source, last.end_pos or 0, last.end_pos or 0) if last else span
            title = f"the line ends after `{last}`, where something must follow" if last else "nothing stands here"
            return error("E0105", title, self.span(last) if last else where)
        return self.hinted(token, last, span, text)

    def hinted(self, token: Token, last: Token | None, span: Span, text: str) -> Diagnostic:
        """What people write by habit from elsewhere, told with what to write here."""
        previous = str(last) if last is not None else ""
        if last is not None and last.type == "NAME" and token.type in ("NUMBER", "DIMS"):
            return error(
                "E0101",
                f"`{text}` cannot follow `{previous}`",
                span,
                help=f"arguments stand in parentheses: `{previous}({text})`",
            )
        if last is not None and last.type == "NAME" and token.type == "NAME" and last.line == token.line:
            close = did_you_mean(previous, KEYWORDS)
            if close:
                fix = Fix(self.span(last), close)
                return error(
                    "E0101", f"`{previous}` is no word of the language", self.span(last), help=f"did you mean `{close}`?", fix=fix
                )
            help = f"one layer follows another by an arrow: `{previous} -> {text}`; a label has a colon: `{previous}: {text}`"
            return error("E0101", f"`{text}` cannot follow `{previous}`", span, help=help)
        if text == ":" and previous in KEYWORDS:
            help = f'write `"{previous}": …` where it must be the label'
            return error(
                "E0101", f"`{previous}` is a word of the language and no label", self.span(last) if last else span, help=help
            )
        if previous in KEYWORDS:
            return error("E0101", f"`{text}` cannot follow `{previous}`", span, help=KEYWORD_HELP.get(previous))
        if token.type == "VBAR":
            help = "arms belong in the braces of a merge: `add { | … | … }`"
            return error("E0101", "an arm stands outside a merge", span, help=help)
        if text.lower() in KEYWORDS:
            help = f'`{text}` is a word of the language; as a label it is quoted: `"{text}": …`'
            return error("E0101", f"`{text}` cannot stand here", span, f"after `{previous}`" if previous else "", help=help)
        return error("E0101", f"`{text}` cannot stand here", span, f"it follows `{previous}`" if previous else "")


KEYWORD_HELP = {
    "net": "a net is written `net Name { … }` or `net Name(classes = 10) { … }`",
    "block": "a block is written `block Name(width) { … }`",
    "input": "an input is written `input image: 3x224x224`",
    "default": "a default is written `default Conv(bias = false)`",
    "for": "a loop is written `for i in 1..3 { … }`",
    "if": "a condition is written `if stride > 1 { … }`",
    "fn": "a function is written `fn double(n) = 2 * n`",
    "from": 'an import is written `from "file.cnn" import Name`',
    "import": 'an import is written `from "file.cnn" import Name`',
    "output": "outputs are written `output logits = fc, features = pool`",
    "assert": 'an assertion is written `assert params < 1M, "why"`',
    "in": "`in` is the input of the enclosing block; a loop is written `for i in 1..3 { … }`",
    "else": "what follows is `{ … }` or `if … { … }`",
}


def error(code: str, title: str, span: Span, text: str = "", *, help: str | None = None, fix: Fix | None = None) -> Diagnostic:
    return Diagnostic(code, title, (Label(span, text),), (), help, fix)
