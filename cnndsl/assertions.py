"""Assertions on totals, judged once the analyses have run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .claims import claimed, failed
from .diagnostics import Diagnostic, Located, Report, Undecided, fault
from .elaborate import Elaborator
from .expressions import Call, kind_of, truth
from .graph import Value
from .network import Network
from .scopes import Env, Pending, Poisoned
from .source import Span


@dataclass(frozen=True, slots=True)
class Extent:
    """A receptive field in an assertion: a number where its axes agree, else `.h` and `.w`."""

    sizes: tuple[Any, ...]

    def language_member(self, name: str, span: Span) -> Any:
        letters = {1: "l", 2: "hw", 3: "dhw"}.get(len(self.sizes), "")
        if name in letters:
            return self.sizes[letters.index(name)]
        raise fault("E0201", f"a receptive field has no .{name}", span, help="it has " + ", ".join(f".{x}" for x in letters))

    @property
    def described(self) -> str:
        return f"a receptive field of {self}; ask for one axis, such as `.h`"

    def __str__(self) -> str:
        return "×".join(map(str, self.sizes))


def judge(elaborator: Elaborator, network: Network, report: Report) -> None:
    """Report every pending assertion that does not hold."""
    for pending in elaborator.pending:
        try:
            scope = with_totals(pending, network)
            if not truth(pending.assertion.condition, scope):
                elaborator.tell(failed(pending.assertion, scope), scope)
            elif speaks_of_all(pending, network):
                network.ir.claims += claimed(pending.assertion.condition, pending.assertion.why, scope)
        except Undecided as error:
            d = error.diagnostic
            report.add(Diagnostic("N0502", "assertion not decided", d.labels, d.notes, d.help, severity="note"))
        except Located as error:
            elaborator.tell(error, pending.env)
        except Poisoned:
            pass


def speaks_of_all(pending: Pending, network: Network) -> bool:
    """Whether an assertion is the network's own, or its preset's, and no part's."""
    activation = pending.env.activation
    if pending.last is not None or activation is None:
        return pending.first == 0 and pending.last == len(network.ir.nodes)
    return activation.given is None


def with_totals(pending: Pending, network: Network) -> Env:
    """The assertion's scope, with the totals of the part of the network that it speaks of."""
    columns = network.findings.columns
    last = pending.last if pending.last is not None or pending.env.activation is None else pending.env.activation.last_node
    names = {total: sum(columns[total][pending.first : last]) for total in ("params", "trainable", "macs")}
    scope = pending.env.child(names=names)
    names["rf"] = Field(network)
    return scope


class Field:
    """`rf(x)`."""

    described = "the function rf"

    def __init__(self, network: Network) -> None:
        self.network = network

    def __call__(self, node: Call, env: Env) -> Any:
        if len(node.arguments) != 1 or node.arguments[0].name is not None:
            raise fault("E0205", "rf takes one value", node.span, help="write `rf(c4) >= 11`")
        value = node.arguments[0].value.evaluate(env)
        if not isinstance(value, Value):
            raise fault("E0207", "rf speaks of a value", node.arguments[0].span, f"this is {kind_of(value)}")
        field = self.network.findings.columns["rf"][value.node.index]
        if isinstance(field, dict):
            seen = [one for one in field.values() if one is not None]
            field = seen[0] if len(seen) == 1 else None
        if field is None or field.varies:
            raise fault("E0207", "this value has no single receptive field", node.arguments[0].span)
        sizes = field.size
        return sizes[0] if len(set(sizes)) == 1 else Extent(sizes)
