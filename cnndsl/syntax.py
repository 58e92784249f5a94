"""Source to syntax tree: what each rule of the grammar becomes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from threading import RLock
from typing import Any, TypeGuard, cast

from . import expressions as ex
from . import operators, tables, tree
from .diagnostics import Diagnostic, Located, fault
from .parser import Parser, Token, Unfit
from .source import Source, Span

SCALE = {"K": 10**3, "M": 10**6, "G": 10**9}
HEADS = frozenset({"NET", "BLOCK", "EXTERN", "IF", "ELSE", "FOR"})  # what `{` may follow on the next line
AFTER = frozenset(
    [
        "LBRACE",
        "VBAR",
        "_ARROW",
        "COMMA",
        "COLON",
        "_DCOLON",
        "EQUAL",
        "PLUS",
        "MINUS",
        "STAR",
        "SLASH",
        "FLOORDIV",
        "PERCENT",
        "POW",
        "DOTS",
        "CMP",
        "AND",
        "OR",
        "NOT",
        "IF",
        "ELSE",
        "AS",
        "WHERE",
        "FOR",
        "AT",
    ]
)
BEFORE = frozenset({"RBRACE", "VBAR", "_ARROW", "_DCOLON", "ELSE", "AS", "WHERE"})

VALUES = 'values are written 10, 0.5, true, none, "text", [3, 4, 6, 3], SiLU, LeakyReLU(0.1)'


def read(source: Source) -> tuple[tree.File | None, list[Diagnostic]]:
    """The tree of a source, and what is wrong with it: then with holes, or None where too little can be read."""
    with _lock:
        try:
            return _parsed(source), []
        except Unfit:
            from . import recovery  # which loads lark

            found = recovery.Recovery(source, _lark(), Newlines())
            errors = found.run()
            file = _left(found)
        if not errors:
            errors = [fault("E0101", "this program cannot be read", Span(source, 0, 0)).diagnostic]
        if file is not None:
            file.unread = frozenset(found.unread)
        return file, errors


def _left(found: Any) -> tree.File | None:
    """The tree of what could be read, with holes; None where that is no program."""
    if not found.whole:
        return None
    _builder.base = 0
    try:
        return cast(tree.File, _parser().read(found.raw, "start"))
    except Unfit:
        return None


def expression(source: Source, start: int) -> ex.Expr:
    """The expression that a source holds from an offset to its end; raises Located where it holds none."""
    with _lock:
        _builder.source, _builder.base = source, start
        try:
            parsed = cast(ex.Expr, _parser().parse(source.text[start:], "expr"))
        except Unfit as error:
            raise no_value(source, start, start + error.place) from None
        return parsed


def no_value(source: Source, start: int, place: int) -> Located:
    """What is wrong with a text that should be one expression: the place of the first word that does not fit."""
    text = source.text
    word = text[place:].split(maxsplit=1)
    where = Span(source, place, place + len(word[0]) if word and text.startswith(word[0], place) else place)
    title = f"`{text[start:]}` is no value of the language" if text[start:].strip() else "a value is missing"
    return fault("E0101", title, where, f"`{word[0]}` does not fit here" if word else "something is missing here", help=VALUES)


class Newlines:
    """Drops the newlines that obviously end nothing: inside ( ) and [ ], after an operator, before an arrow or bar."""

    always_accept = ("_NL",)

    def process(self, stream: Iterator[Any]) -> Iterator[Any]:
        depth, last, head = 0, None, False  # head: a net, loop or condition whose brace may be on the next line
        newline: Any = None
        brace: Any = None  # a `{` on a line of its own, until it is known whether arms follow
        for token in stream:
            kind = token.type
            if kind == "_NL":
                if depth == 0 and last is not None and last not in AFTER and brace is None:
                    newline = newline or token
                continue
            if brace is not None:
                if kind != "VBAR" or last != "NAME":
                    yield newline
                yield brace
                brace, newline, last = None, None, "LBRACE"
            if newline is not None and kind == "LBRACE" and not head:
                brace = token
                continue
            starts = last in (None, "LBRACE", "VBAR", "ELSE") or newline is not None
            if newline is not None and kind not in BEFORE and kind != "LBRACE":
                yield newline
                head = False
            newline = None
            if kind in HEADS:
                head = head or starts or kind not in ("IF", "FOR")
            elif kind in ("LBRACE", "RBRACE"):
                head = False
            depth += (kind in ("LPAR", "LSQB")) - (kind in ("RPAR", "RSQB"))
            last = kind
            yield token
        if newline is not None:
            yield newline
        if brace is not None:
            yield brace


Children = list[Any]  # of a rule: tokens, and what its parts became


class Builder:
    """Each rule of the grammar to its node, as it is reduced. No checks here."""

    source: Source
    base: int = 0  # where an expression inside a label begins

    def at(self, first: Any, last: Any) -> Span:
        """The span from one child to another."""
        start = (first.start_pos or 0) + self.base if is_token(first) else first.span.start
        end = (last.end_pos or 0) + self.base if is_token(last) else last.span.end
        return Span(self.source, start, end)

    def whole(self, children: list[Any]) -> Span:
        first, last = children[0], children[-1]
        if first is None or last is None:
            present = [child for child in children if child is not None]
            first, last = present[0], present[-1]
        return self.at(first, last)

    def named(self, token: Token) -> Any:
        """A name, or the template of one."""
        span = self.at(token, token)
        if token.type != "TNAME":
            return ex.Name(span, str(token))
        return ex.Template(span, self.pieces(str(token), span.start))

    def pieces(self, text: str, start: int) -> tuple[str | ex.Expr, ...]:
        """The text and the expressions of `enc$i` or `denseblock${i + 1}`."""
        found: list[str | ex.Expr] = []
        place = 0
        for match in re.finditer(r"\$\{([^{}\n]*)\}|\$([A-Za-z_][A-Za-z0-9_]*)", text):
            found.append(text[place : match.start()])
            group = 1 if match[1] is not None else 2
            begin = start + match.start(group)
            if group == 2:
                found.append(ex.Name(Span(self.source, begin, begin + len(match[2])), match[2]))
            else:
                found.append(self.nested(match[1], begin))
            place = match.end()
        found.append(text[place:])
        return tuple(piece for piece in found if piece != "")

    def nested(self, text: str, begin: int) -> ex.Expr:
        outer, self.base = self.base, begin
        try:
            return cast(ex.Expr, _parser().parse(text, "expr"))
        finally:
            self.base = outer

    def hole(self, c: Children) -> tree.Hole:
        names = tuple(name for name in str(c[0]).split() if name != "output")
        return tree.Hole(self.whole(c), names, len(names) < len(str(c[0]).split()))

    # ---- declarations --------------------------------------------------------
    def start(self, c: Children) -> tree.File:
        return tree.File(Span(self.source, 0, len(self.source.text)), tuple(x for x in c if isinstance(x, tree.Declaration)))

    def import_decl(self, c: Children) -> tree.Import:
        names = tuple(self.named(t) for t in c[3:] if is_token(t))
        path = unquoted(c[1]) if c[1].type == "STRING" else str(c[1])
        last = [t for t in c if t is not None][-1]
        return tree.Import(self.at(c[0], last), path, c[1].type == "NAME", self.at(c[1], c[1]), names)

    def defaults(self, c: Children) -> tree.Default:
        return tree.Default(self.whole(c), self.named(c[1]), c[2])

    def func(self, c: Children) -> tree.Function:
        return tree.Function(self.whole(c), self.named(c[1]), c[2] or (), c[3], c[4] or ())

    def where(self, c: Children) -> Spanned:
        return Spanned(c[1:], self.whole(c))

    def block(self, c: Children) -> tree.Block:
        attributes = tuple(x for x in c if isinstance(x, tree.Attr))
        word, name, params, body = c[len(attributes) :]
        return tree.Block(self.whole(c), self.named(name), params or (), body, attributes, word.type == "NET")

    net = block

    def preset(self, c: Children) -> tree.Preset:
        attributes = tuple(x for x in c if isinstance(x, tree.Attr))
        _, name, params, base, arguments, contract = c[len(attributes) :]
        named = self.named(name), params or (), self.named(base), arguments or (), contract or ()
        return tree.Preset(self.whole(c), *named, attributes)

    def contract(self, c: Children) -> Spanned:
        return Spanned([x for x in c if isinstance(x, tree.Assertion)], self.whole(c))

    def extern(self, c: Children) -> tree.Extern | tree.Hole:
        if any(isinstance(x, tree.Hole) for x in c):
            return tree.Hole(self.whole(c), (str(c[1]),), False)
        inputs = tuple(x for x in c if isinstance(x, tree.Input))
        facets = tuple(x for x in c if isinstance(x, tree.Bind))
        return tree.Extern(self.whole(c), self.named(c[1]), c[2] or (), inputs, facets)

    def params(self, c: Children) -> Spanned:
        return Spanned([x for x in c if x is not None], self.whole(c))

    def param(self, c: Children) -> tree.Param:
        return tree.Param(self.whole(c), str(c[0]), c[1])

    # ---- statements ----------------------------------------------------------
    def body(self, c: Children) -> tree.Body:
        return tree.Body(self.whole(c), tuple(x for x in c if x is not None and not is_token(x)))

    def doc(self, c: Children) -> tree.Doc:
        return tree.Doc(self.whole(c), unquoted(c[0]))

    def bind(self, c: Children) -> tree.Bind:
        return tree.Bind(self.whole(c), str(c[0]), c[1])

    def assertion(self, c: Children) -> tree.Assertion:
        return tree.Assertion(self.whole(c), c[1], unquoted(c[2]) if c[2] is not None else "")

    def input(self, c: Children) -> tree.Input:
        return tree.Input(self.whole(c), self.named(c[1]), c[2], False)

    def inputs(self, c: Children) -> tree.Input:
        return tree.Input(self.whole(c), self.named(c[1]), c[2], True)

    def output(self, c: Children) -> tree.Output:
        return tree.Output(self.whole(c), tuple(item for one in c[1:] for item in one))

    def out(self, c: Children) -> Spanned:
        return Spanned([(self.named(c[0]) if c[0] is not None else None, c[1])], self.whole(c))

    def branch(self, c: Children) -> tree.Branch:
        return tree.Branch(self.whole(c), c[1], c[2], c[4])

    def loop(self, c: Children) -> tree.Loop:
        names, (source, body) = targets(c[1:-3]), c[-2:]
        return tree.Loop(self.whole(c), names, source, body)

    # ---- flows ---------------------------------------------------------------
    def flow(self, c: Children) -> tree.Flow:
        return tree.Flow(self.whole(c), tuple(c))

    def item(self, c: Children) -> tree.Item:
        attributes = tuple(x for x in c if isinstance(x, tree.Attr))
        label, core, count, note, _, *names = c[len(attributes) :]
        given = tuple(self.named(x) for x in names if x is not None)
        return tree.Item(self.whole(c), attributes, label, core, count, note, given)

    def again(self, c: Children) -> tree.Item:
        place = next(i for i, x in enumerate(c) if isinstance(x, tree.Apply))
        return self.item([*c[:place], None, *c[place:]])

    def quoted(self, c: Children) -> tree.Apply:
        span, text = self.at(c[0], c[0]), unquoted(c[0])
        pieces = self.pieces(text, span.start + 1) if "$" in text else (text,)
        return tree.Apply(span, ex.Quoted(span, pieces), None, None)

    def label(self, c: Children) -> tree.LabelTree:
        token, span = c[0], self.at(c[0], c[0])
        if token.type == "HERE":
            return tree.LabelTree(span, None, False)
        if token.type != "STRING":
            return tree.LabelTree(span, self.named(token), False)
        text = unquoted(token)
        if "$" in text:
            return tree.LabelTree(span, ex.Template(span, self.pieces(text, span.start + 1)), True)
        return tree.LabelTree(span, ex.Name(span, text), True)

    def group(self, c: Children) -> tree.Group:
        return tree.Group(c[0].span, c[0])

    def sources(self, c: Children) -> tree.Sources:
        return tree.Sources(c[0].span, c[0])

    def layer(self, c: Children) -> tree.Apply:
        return tree.Apply(self.whole(c), *c)

    def arms(self, c: Children) -> tree.Arms:
        return tree.Arms(self.whole(c), tuple(flattened(c)))

    def arm(self, c: Children) -> Spanned:
        statements: list[Any] = []
        made: list[Any] = []
        for part in flattened(c):
            (made if isinstance(part, tree.ArmFor | tree.ArmIf) else statements).append(part)
        bar = self.at(c[0], c[0])
        arm = tree.Arm(bar.to(statements[-1].span) if statements else bar, tuple(statements))
        return Spanned([arm, *made], self.whole(c))

    def stmts(self, c: Children) -> Spanned:
        return Spanned(list(flattened(c)), self.whole(c))

    gens = stmts

    def gen_for(self, c: Children) -> tree.ArmFor:
        return tree.ArmFor(self.whole(c), targets(c[1:-3]), c[-2], c[-1])

    def gen_if(self, c: Children) -> tree.ArmIf:
        return tree.ArmIf(self.whole(c), c[1], c[2])

    def attr(self, c: Children) -> tree.Attr:
        return tree.Attr(self.whole([x for x in c if not (is_token(x) and x.type == "_NL")]), str(c[1]), c[2] or ())

    # ---- expressions ---------------------------------------------------------
    def range(self, c: Children) -> ex.Expr:
        return ex.Range(self.whole(c), c[0], c[2])

    def cond(self, c: Children) -> ex.Expr:
        return ex.Conditional(self.whole(c), c[0], c[2], c[4])

    def operation(self, c: Children) -> ex.Expr:
        return operators.arranged(c, self.base)

    def prefixed(self, c: Children) -> Spanned:
        return Spanned(c, self.whole(c))

    def attribute(self, c: Children) -> ex.Expr:
        name: Any = self.named(c[1])
        return ex.Attribute(self.whole(c), c[0], name if isinstance(name, ex.Template) else name.name)

    def index(self, c: Children) -> ex.Expr:
        return ex.Index(self.whole(c), c[0], c[1])

    def call(self, c: Children) -> ex.Expr:
        return ex.Call(self.whole(c), c[0], c[1])

    def number(self, c: Children) -> ex.Expr:
        return ex.Constant(self.whole(c), numeral(str(c[0])))

    def dims(self, c: Children) -> ex.Expr:
        return ex.Constant(self.whole(c), tuple(numeral(n) for n in c[0].split("x")))

    def string(self, c: Children) -> ex.Expr:
        return ex.Constant(self.whole(c), unquoted(c[0]))

    def true(self, c: Children) -> ex.Expr:
        return ex.Constant(self.whole(c), True)

    def false(self, c: Children) -> ex.Expr:
        return ex.Constant(self.whole(c), False)

    def none(self, c: Children) -> ex.Expr:
        return ex.Constant(self.whole(c), None)

    def any(self, c: Children) -> ex.Expr:
        return ex.Constant(self.whole(c), ex.ANY)

    def rest(self, c: Children) -> ex.Expr:
        return ex.Constant(self.whole(c), ex.REST)

    def name(self, c: Children) -> ex.Expr:
        named: ex.Expr = self.named(c[0])
        return named

    def in_(self, c: Children) -> ex.Expr:
        return ex.Entry(self.whole(c))

    def here(self, c: Children) -> ex.Expr:
        return ex.Here(self.whole(c))

    def paren(self, c: Children) -> ex.Expr:
        inner: ex.Expr = c[1]
        if inner.parts():
            inner.span = self.whole(c)
        return inner

    def list(self, c: Children) -> ex.Expr:
        return ex.List(self.whole(c), tuple(x for x in c if isinstance(x, ex.Expr)))

    def comp(self, c: Children) -> ex.Expr:
        condition = c[-2] if is_token(c[-3]) and c[-3].type == "IF" else None
        place = next(i for i, x in enumerate(c) if is_token(x) and x.type == "IN")
        return ex.Comprehension(self.whole(c), c[1], targets(c[3:place]), c[place + 1], condition)

    def args(self, c: Children) -> Spanned:
        given = [x for x in c if not is_token(x) and x is not None]
        wrapped = (x if isinstance(x, ex.Argument) else ex.Argument(x.span, None, x) for x in given)
        return Spanned(wrapped, self.whole(c))

    def kwarg(self, c: Children) -> ex.Argument:
        return ex.Argument(self.whole(c), str(c[0]), c[1])


class Spanned(tuple[Any, ...]):
    """Several nodes in a row, and the place of the whole."""

    span: Span

    def __new__(cls, items: Any, span: Span) -> Spanned:
        made = super().__new__(cls, items)
        made.span = span
        return made


def is_token(child: object) -> TypeGuard[Token]:
    """Ours, or lark's: nothing else that a rule is given is text."""
    return isinstance(child, str)


def flattened(children: list[Any]) -> Iterator[Any]:
    for child in children:
        if isinstance(child, Spanned):
            yield from child
        elif child is not None and not is_token(child):
            yield child


def targets(tokens: list[Any]) -> tuple[str, ...]:
    return tuple(str(t) for t in tokens if is_token(t) and t.type == "NAME")


def numeral(text: str) -> int | float:
    """A number as written: 64, 25_557_032, 1e-4, 4.2G (K, M and G are decimal and exact)."""
    scale = SCALE.get(text[-1], 0)
    digits = text[:-1] if scale else text
    if scale:
        return scaled(digits.replace("_", "").lower(), scale)
    if any(mark in digits for mark in ".eE"):
        return float(digits)
    return int(digits) if len(digits) < 400 else 10**400


def scaled(digits: str, scale: int) -> int | float:
    """A decimal number times a whole one, exactly; a float only where it is not whole."""
    mantissa, _, exponent = digits.partition("e")
    whole, _, fraction = mantissa.partition(".")
    places = int(exponent or "0") - len(fraction)
    if len(mantissa) > 400 or abs(places) > 400:
        return float(digits) * scale
    number = int(whole + fraction) * scale
    power: int = 10 ** abs(places)
    if places >= 0:
        return number * power
    quotient, rest = divmod(number, power)
    return number / power if rest else quotient


ESCAPES = {"n": "\n", "t": "\t"}


def unquoted(token: str) -> str:
    """The text of a string literal."""
    return re.sub(r"\\(.)", lambda m: ESCAPES.get(m[1], m[1]), token[1:-1])


_builder = Builder()
_lock = RLock()


def _newlines(stream: Iterator[Any]) -> Iterator[Any]:
    return Newlines().process(stream)


@cache
def _parser() -> Parser:
    text = tables.text()
    known = tables.kept(text)
    if known is None:
        from . import lalr

        known = lalr.made(lalr.lark_of(text))
        tables.keep(text, known)
    return Parser(known, _builder, _newlines)


@cache
def _lark() -> Any:
    from . import lalr

    return lalr.lark_of(tables.text(), _builder, Newlines())


def _parsed(source: Source) -> tree.File:
    _builder.source, _builder.base = source, 0
    return cast(tree.File, _parser().parse(source.text, "start"))
