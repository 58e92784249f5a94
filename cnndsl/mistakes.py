"""A token that does not fit to a diagnostic: what was being read, what people write by habit from elsewhere, what to write."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lark import Token

from .diagnostics import Diagnostic, Fix, Label, did_you_mean
from .source import Source, Span
from .spelling import slip

CLOSES = {"RPAR": "LPAR", "RSQB": "LSQB", "RBRACE": "LBRACE"}
OPENS = frozenset(CLOSES.values())
SHOWN = {"LPAR": "(", "LSQB": "[", "LBRACE": "{", "RPAR": ")", "RSQB": "]", "RBRACE": "}"}
SIGNS = frozenset({"PLUS", "MINUS", "STAR", "SLASH", "FLOORDIV", "PERCENT", "POW", "DOTS", "CMP"})
WANTS = SIGNS | {"_ARROW", "COMMA", "COLON", "_DCOLON", "EQUAL"}  # after these something must follow
STARTS = frozenset({"NET", "BLOCK", "FN", "EXTERN", "DEFAULT", "FROM"})  # words that begin a declaration
BEGINS = frozenset({"NET", "BLOCK", "FN", "EXTERN", "DEFAULT", "FROM", "INPUT", "OUTPUT", "ASSERT"})  # statements
PLAIN = frozenset({"NAME", "TNAME", "NUMBER", "DIMS", "STRING", "TRUE", "FALSE", "NONE", "HERE"})
VALUES = PLAIN | {"LSQB", "LPAR"}  # what a value begins with
ENDS = PLAIN | {"INDEX", "RSQB", "RPAR"}  # what one ends with
BEGIN = ("net", "block", "fn", "extern", "default", "from")
STATEMENTS = ("input", "output", "assert", "default", "if", "for")
FORMS = {
    "net": "a net is written `net Name { … }` or `net Name(classes = 10) { … }`",
    "block": "a block is written `block Name(width) { … }`",
    "fn": "a function is written `fn double(n) = 2 * n`",
    "extern": "an extern is written `extern Name(p = 1) { input x: [c, h, w]; output_shape = [c, h, w]; … }`",
    "default": "a default is written `default Conv(bias = false)`",
    "from": 'an import is written `from "file.cnn" import Name`',
    "input": "an input is written `input image: 3x224x224`",
    "output": "outputs are written `output logits = fc, features = pool`",
    "assert": 'an assertion is written `assert params < 1M, "why"`',
    "for": "a loop is written `for i in 1..3 { … }`",
    "if": "a condition is written `if stride > 1 { … }`",
    "else": "what follows `else` is `{ … }` or `if … { … }`",
    "where": "what a function needs is written `where a = 2 * n, b = a + 1`",
    "as": "values are named `… as a`, several `… as a, b`",
}
TOP = "a network is written `net Name { … }`, a part of one `block Name(width) { … }`"
LINE = "a line of a body applies layers, `c1: Conv(64, 3) -> ReLU`, or gives a name, `n = 3`"


@dataclass(frozen=True, slots=True)
class Misfit:
    """The token, those before it in its statement, and after it; the innermost bracket that is open."""

    source: Source
    words: frozenset[str]  # of the language
    token: Token
    last: Token | None
    first: Token | None
    following: Token | None
    bracket: Token | None

    def span(self, token: Token) -> Span:
        return Span(self.source, token.start_pos or 0, token.end_pos or 0)

    @property
    def place(self) -> Span:
        return self.span(self.token)

    def told(self) -> Diagnostic:
        text = str(self.token)
        if (
            self.last is not None
            and self.last.type in WANTS
            and (self.token.type in ("_NL", "VBAR", *BEGINS) or self.token.type in CLOSES)
        ):
            return self.unfinished(self.last)
        word = self.label()
        if word is not None:
            title = f"`{word}` is a word of the language and no label"
            return error("E0101", title, self.span(word), help=f'write `"{word}": …` where it must be the label')
        if self.token.type == "VBAR" and not (self.bracket is not None and self.bracket.type != "LBRACE"):
            help = "arms belong in the braces of a merge: `add { | … | … }`"
            return error("E0101", "an arm stands outside a merge", self.place, help=help)
        told = self.misspelt() or self.in_brackets() or self.in_form() or self.in_flow()
        if told is not None:
            return told
        if self.token.type == "_NL" and self.last is not None:
            return self.unfinished(self.last)
        after = f"it follows `{self.last}`" if self.last is not None and self.last.type != "_NL" else ""
        return error("E0101", f"`{text}` cannot stand here", self.place, after, help=LINE if self.bracket else TOP)

    def unfinished(self, last: Token) -> Diagnostic:
        title = f"the line ends after `{last}`, where something must follow"
        help = FORMS.get(str(self.first)) or "take it away, or write on; a line that ends so goes on in the next one"
        return error("E0105", title, self.span(last), help=help)

    def label(self) -> Token | None:
        """A word of the language at the beginning of a line, and a colon after it."""
        if self.token is self.first and self.following is not None and self.following.type == "COLON":
            return self.token if str(self.token) in self.words else None
        if self.token.type == "COLON" and self.last is self.first and str(self.last) in self.words:
            return self.last
        return None

    def misspelt(self) -> Diagnostic | None:
        """A word at the beginning of a line that is nearly one of the language."""
        first = self.first
        if first is None or first.type != "NAME" or self.last is not first or self.token.type not in ("NAME", "STRING", "STAR"):
            return None
        known = STATEMENTS if self.bracket else BEGIN
        close = did_you_mean(str(first), known)
        if close is None:
            return None
        span = self.span(first)
        fix = Fix(span, close, slip(str(first), known) == close)
        return error("E0101", f"`{first}` is no word of the language", span, help=f"did you mean `{close}`?", fix=fix)

    def in_brackets(self) -> Diagnostic | None:
        if self.bracket is None or self.bracket.type == "LBRACE" or self.last is None:
            return None
        if self.last.type in ENDS and self.token.type in VALUES:
            help = f"a comma stands between two: `{self.last}, {self.token}`"
        else:
            help = "in brackets stand values, or name=value, with commas between them"
        return error("E0101", f"`{self.token}` cannot follow `{self.last}`", self.place, help=help)

    def in_form(self) -> Diagnostic | None:
        """In a statement that begins with a word of the language: how it is written."""
        for word in (self.last, self.first):
            if word is not None and word is not self.token and str(word) in FORMS:
                after = self.last if self.last is not None else word
                shown = "the line's end" if self.token.type == "_NL" else f"`{self.token}`"
                return error("E0101", f"{shown} cannot follow `{after}`", self.place, help=FORMS[str(word)])
        return None

    def in_flow(self) -> Diagnostic | None:
        last, text = self.last, str(self.token)
        if self.bracket is None and self.first is not None and self.first.type == "NAME" and self.last is self.first:
            return error("E0101", f"`{self.first}` is no declaration", self.span(self.first), help=TOP)
        if last is None or last.type == "_NL":
            return None
        title = f"`{text}` cannot follow `{last}`"
        if last.type == "NAME" and self.token.type in ("NUMBER", "DIMS"):
            numbers = re.match(r"(\d+)((?:[ \t]+\d+)*)(?!\w)", self.source.text[self.token.start_pos or 0 :])
            listed = ", ".join(numbers[0].split()) if numbers else f"64, {text.split('x')[0]}"
            return error("E0101", title, self.place, help=f"arguments stand in parentheses: `{last}({listed})`")
        if (last.type in ENDS or last.type == "RBRACE") and self.token.type in ("NAME", "TNAME"):
            named = last.type == "NAME"
            label = f"; a label has a colon: `{last}: {text}`" if named else ""
            help = f"one layer follows another by an arrow: `{last if named else '…'} -> {text}`{label}"
            return error("E0101", title, self.place, help=help)
        if text in self.words and text in FORMS:
            return error("E0101", title, self.place, help=f"{FORMS[text]}, on a line of its own")
        return None


# ---- brackets and characters --------------------------------------------------------


def open_bracket(source: Source, opened: Token, token: Token) -> Diagnostic:
    """A bracket that is not closed where another token shows that it should have been."""
    shown, close = SHOWN[opened.type], SHOWN[next(k for k, v in CLOSES.items() if v == opened.type)]
    labels = [Label(Span(source, opened.start_pos or 0, opened.end_pos or 0), f"this `{shown}` is never closed")]
    if token.type != "$END":
        labels.append(Label(Span(source, token.start_pos or 0, token.end_pos or 0), f"`{close}` should have come before this"))
    return Diagnostic("E0104", f"a `{shown}` is not closed", tuple(labels), (), f"write the missing `{close}`")


def closes_nothing(span: Span, closed: Span | None) -> Diagnostic:
    """A bracket too many; `closed`: the last one that closed one."""
    labels = [Label(span, "no bracket is open here")]
    if closed is not None:
        labels.append(Label(closed, "this one closed the last"))
    return Diagnostic(
        "E0104", f"`{span.text}` closes nothing", tuple(labels), (), "take one of them away" if closed else "take it away"
    )


def ends_early(source: Source, end: int) -> Diagnostic:
    span = Span(source, max(0, end - 1), end)
    return error("E0105", "the program ends in the middle of a statement", span, help="finish the last line")


def no_template(span: Span) -> Diagnostic:
    """A part of a label that should be an expression."""
    return error("E0101", f"`{span.text}` holds no value", span, help="in the braces stands an expression: `enc${i + 1}`")


HINTS = {
    "'": 'texts stand in double quotes: `"…"`',
    "!": "negation is the word `not`",
    "&": "write the word `and`",
    "$": "a template begins with a name: `enc$i`",
    "×": "sizes are written with the letter x: 3x224x224",
    "→": "the arrow is written `->`",
    "^": "powers are written `**`",
    "\\": "a line that ends in an operator, a comma or an arrow goes on by itself",
}


def unreadable(span: Span) -> Diagnostic:
    """Characters that begin no token."""
    char = span.text[0]
    if char == '"':
        return error("E0102", "a text is not closed", span, "it begins here", help='close it on the same line with `"`')
    if char.isdigit():
        help = "names begin with a letter; sizes are written 3x224x224, large numbers 4.2G or 25_557_032"
        return error("E0103", f"`{span.text}` is neither a number nor a name", span, help=help)
    help = "names are made of ASCII letters, digits and _; texts and comments hold anything" if char.isalpha() else "take it away"
    return error("E0103", f"`{span.text}` has no meaning here", span, help=HINTS.get(char, help))


def error(code: str, title: str, span: Span, text: str = "", *, help: str | None = None, fix: Fix | None = None) -> Diagnostic:
    return Diagnostic(code, title, (Label(span, text),), (), help, fix)
