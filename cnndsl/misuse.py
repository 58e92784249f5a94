"""Names and calls that go wrong, to what is said of them: other frameworks' layers, arrows, branches not taken."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from . import foreign, tree
from .arguments import WORDS
from .binding import Given
from .diagnostics import Diagnostic, Fix, Label, Located, fault
from .expressions import Argument, Call, Expr, Name, kind_of
from .functions import FUNCTIONS
from .graph import Value
from .source import Span


def translated(error: Located, callee: Expr, arguments: Iterable[Argument], span: Span) -> Located:
    """A layer's name that is not known, where another framework knows it: the whole call as it is written here."""
    found, name = error.diagnostic, callee.span.text
    module = name.split(".")[0]
    dotted = found.span.text == module and module in foreign.MODULES and name != module
    renamed = found.fix is not None and found.fix.text == foreign.layer(name)
    other = found.code == "E0207" and (name in FUNCTIONS or name in WORDS)  # a function or a text of that name
    if not other and not (found.code == "E0201" and (dotted or renamed or foreign.advice(name))):
        return error
    written = [(a.name, a.value.span.text) for a in arguments]
    call = foreign.call(name, written)
    if call is None:
        help = foreign.advice(name, written) or found.help
        if not dotted:
            return Located(found._replace(help=help))
        return fault("E0201", f"there is no {name}", callee.span, "not found", help=help)
    word = other and name not in FUNCTIONS
    title = found.title if other and not word else f"there is no {'layer ' * word}{name}"
    labels = (Label(callee.span, "not found" if word else found.labels[0].text),)
    respelt = found.fix is not None and found.fix.certain and call == found.fix.text + span.text.removeprefix(name)
    return Located(Diagnostic(found.code, title, labels, found.notes, f"did you mean `{call}`?", Fix(span, call, respelt)))


def check_unapplied(node: Call, given: Sequence[Given]) -> None:
    """Guard: an expression makes layers, and applies none."""
    values = [at.text for _, value, at in given if isinstance(value, Value)]
    if values:
        others = [at.text for _, value, at in given if not isinstance(value, Value)]
        call = node.callee.span.text + (f"({', '.join(others)})" if others else "")
        source = values[0] if len(values) == 1 else f"[{', '.join(values)}]"
        help = f"an arrow applies it, `as` names what comes out: `{source} -> {call} as y`"
        raise fault("E0207", "a layer is not called with values", node.span, "in an expression it is only made", help=help)


def is_unnamed(error: Located, path: Expr) -> bool:
    """Whether an unknown name stands after an arrow, and none is near: it may be meant as that of the value."""
    found = error.diagnostic
    return found.code == "E0201" and found.span.start == path.span.start and (found.help or "").startswith("in scope")


def unnamed(error: Located, path: Expr) -> Located:
    """The error of such a name."""
    found = error.diagnostic
    return Located(found._replace(help=f"a value is named by `as {path.span.text}`, without an arrow; {found.help}"))


def headless(error: Located, path: Expr) -> Located:
    """The error of an unknown name at the head of a line: of one that is a layer's but for its case, the value may be meant."""
    found, name = error.diagnostic, path.span.text
    fix = found.fix
    if found.code != "E0201" or fix is None or not name[:1].islower() or fix.text.lower() != name.lower():
        return error
    help = f"did you mean `{fix.text}`? A value is called so where its layer has the label: `{name}: {fix.text}(…)`"
    return Located(found._replace(help=help, fix=fix._replace(certain=False)))


def applied_by_name(error: Located, statement: tree.Bind) -> Located:
    """`x = Conv(8, 3)` and `x = conv(x)`, where x has a value: a layer that is to be applied."""
    call, name = statement.value, statement.name
    if not isinstance(call, Call):
        return error
    text = ours(call)
    help = f"a line applies a layer, and a label names it: `{name}2: {text}`"
    if text.startswith(f"{name} -> "):
        help = f"an arrow applies a layer, and `as` gives another name: `{text} as {name}2`"
    elif name in [argument.span.text for argument in call.arguments]:
        layer = ours(call.callee) if isinstance(call.callee, Call) else call.callee.span.text
        layer = foreign.layer(layer) or layer if "." in layer else layer
        help = f"an arrow applies a layer, and `as` gives another name: `{name} -> {layer} as {name}2`"
    return Located(error.diagnostic._replace(help=help))


def ours(call: Call) -> str:
    """A call as it is written here, where another framework's layer or method is called."""
    written = [(a.name, foreign.text_of(a.value.span)) for a in call.arguments]
    method = call.callee.span.text.rsplit(".", 1)
    if len(method) == 2 and method[1] in ("view", "reshape", "flatten") and method[0] not in foreign.MODULES:
        return f"{method[0]} -> Flatten"
    return foreign.call(call.callee.span.text, written) or call.span.text


def no_layer(text: str, value: object, span: Span) -> Located:
    """What stands where a layer is applied, and is none."""
    help = None
    if isinstance(value, Value):
        help = f"begin a line with it, `{text} -> …`, or join it: `add(_, {text})`"
    elif isinstance(value, str) and foreign.layer(value):
        help = f"the layer itself is meant, and not its name as a text: `{foreign.layer(value)}`"
    elif value is None:
        help = "`Identity` is the layer that does nothing"
    elif type(value) is int:
        help = f"a number is an argument: `Conv({text}, 3)`"
    return fault("E0207", f"{text} is no layer", span, f"this is {kind_of(value)}", help=help)


def within_branches(statements: Iterable[Any], name: str, condition: str | None) -> tuple[Span, str] | None:
    """Where statements bind a name under a condition, and the condition."""
    for statement in statements:
        match statement:
            case tree.Flow():
                for item in statement.items:
                    label = item.label.key if item.label else None
                    named = [key for key in (label, *item.names) if isinstance(key, Name) and key.name == name]
                    if named and condition is not None:
                        return named[0].span, condition
                    if isinstance(item.core, tree.Group):
                        found = within_branches(item.core.body.statements, name, condition)
                        if found is not None:
                            return found
            case tree.Branch():
                text = statement.condition.span.text
                found = within_branches(statement.then.statements, name, text)
                other = statement.otherwise
                if found is None and other is not None:
                    rest = other.statements if isinstance(other, tree.Body) else [other]
                    found = within_branches(rest, name, f"not ({text})")
                if found is not None:
                    return found
            case tree.Loop():
                found = within_branches(statement.body.statements, name, condition)
                if found is not None:
                    return found
    return None


def loop_variable(span: Span, place: int) -> Span:
    """Where the variable of that number stands in `for a, b in …`."""
    found = list(re.finditer(r"\w+", span.text))[place + 1]
    return Span(span.source, span.start + found.start(), span.start + found.end())
