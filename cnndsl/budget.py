"""What expanding may cost: so many layers and steps for a net, and for all nets of a file that are expanded together."""

from __future__ import annotations

from .diagnostics import TooLarge, fault
from .source import Span

MAX_LAYERS = 20_000  # made by expansion; written-out lines do not count
STEPS = 20  # for each layer that may be made; real networks take up to 12
NETS = 2  # all nets of a file take no more than two that are as large as may be
RAISE = "--max-layers raises the limit"

# In steps, of one to two microseconds:
TURN = 3  # of a loop, a repeat or a comprehension
BLOCK = 30  # the expansion of a block
CALL = 20  # of a function
STATEMENT = 5  # of a loop's body
EDGE = 6  # one of several values that go into a layer
OP = 60  # a layer unlike all before it
TOLD = 120  # an error
BULK = 4  # items of a list that are looked at in the time of a step


class Budget:
    """Of one net; `before` is that of the net before it, when the nets of a file are expanded one after another."""

    def __init__(self, max_layers: int = MAX_LAYERS, before: Budget | None = None) -> None:
        self.max_layers = max_layers
        self.layers: int = before.layers if before else 0
        self.steps: int = before.steps if before else 0
        self.most_layers = min(self.layers + max_layers, NETS * max_layers)
        self.most_steps = min(self.steps + STEPS * max_layers, NETS * STEPS * max_layers)

    @property
    def spent(self) -> bool:
        """Whether nothing is left for another net."""
        return self.layers >= NETS * self.max_layers or self.steps >= NETS * STEPS * self.max_layers

    def step(self, span: Span, weight: int = 1) -> None:
        """Count what is done, by its weight. Raises TooLarge."""
        self.steps += weight
        if self.steps > self.most_steps:
            raise self.exceeded(span, "expanding takes", "steps", STEPS)

    def layer(self, span: Span) -> None:
        """Count a layer that expansion makes. Raises TooLarge."""
        self.layers += 1
        if self.layers > self.most_layers:
            raise self.exceeded(span, "the network expands to", "layers", 1)

    def exceeded(self, span: Span, what: str, unit: str, each: int) -> TooLarge:
        if self.spent:
            title = f"the nets of this file take more than {NETS * each * self.max_layers:,} {unit} together"
            return TooLarge(fault("E0701", title, span, help=f"check them one by one, with --net; {RAISE} too").diagnostic)
        title = f"{what} more than {each * self.max_layers:,} {unit}"
        help = RAISE if unit == "layers" else "is a bound wrong? where it is not, --max-layers raises this limit too"
        return TooLarge(fault("E0701", title, span, help=help).diagnostic)
