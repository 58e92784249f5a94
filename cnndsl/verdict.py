"""What we say of a network beside what torch gives: claims that were compared, and what could not be, check by check."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .graph import Node
from .network import Network

HOLDS, DIFFERS, UNCHECKED, NOTHING = "holds", "differs", "unchecked", ""


class Claim(NamedTuple):
    """A claim on a layer (`node`), or on the network as a whole, and what torch gives: numbers, shapes or words."""

    what: str
    said: Any
    found: Any
    node: Node | None = None

    @property
    def holds(self) -> bool:
        return bool(self.said == self.found)


class Unchecked(NamedTuple):
    """What could not be compared of a layer, or of the network, and why."""

    why: str
    node: Node | None = None


@dataclass(slots=True)
class Verdict:
    """What one check found: `title` is its column's, `method` says how it compared."""

    name: str
    title: str
    method: str
    claims: list[Claim] = field(default_factory=list)
    unchecked: list[Unchecked] = field(default_factory=list)
    states: dict[int, str] = field(default_factory=dict)  # by index of a node

    def add(self, found: Claim | Unchecked) -> None:
        state = UNCHECKED if isinstance(found, Unchecked) else HOLDS if found.holds else DIFFERS
        if isinstance(found, Claim):
            self.claims.append(found)
        else:
            self.unchecked.append(found)
        if found.node is not None:
            known = self.states.get(found.node.index)
            self.states[found.node.index] = max(known or state, state, key=(HOLDS, UNCHECKED, DIFFERS).index)

    @property
    def differences(self) -> list[Claim]:
        return [claim for claim in self.claims if not claim.holds]

    @property
    def state(self) -> str:
        """Of the network: it differs where any claim does, and is unchecked where nothing was compared."""
        if self.differences:
            return DIFFERS
        return HOLDS if self.claims else UNCHECKED

    def of(self, node: Node) -> str:
        """What was found of a layer; NOTHING where nothing is claimed of it."""
        return self.states.get(node.index, NOTHING)

    @property
    def reasons(self) -> dict[str, list[Node]]:
        """Why something is unchecked, each reason with the layers that it is about; of none, the network."""
        found: dict[str, list[Node]] = {}
        for why, node in self.unchecked:
            found.setdefault(why, []).extend([node] if node else [])
        return found

    def counted(self) -> Counter[str]:
        """How many claims of each kind were compared."""
        return Counter(claim.what for claim in self.claims)


@dataclass(slots=True)
class Verification:
    """All verdicts on a network, and the release of torch that gave them."""

    network: Network
    torch: str
    verdicts: list[Verdict]

    @property
    def holds(self) -> bool:
        return not any(verdict.differences for verdict in self.verdicts)

    @property
    def claims(self) -> int:
        return sum(len(verdict.claims) for verdict in self.verdicts)
