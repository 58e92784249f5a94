"""What activations have in common; the layers themselves stand in rectify.py, smooth.py and squash.py."""

from __future__ import annotations

from typing import ClassVar, Literal

from ..diagnostics import Problem
from ..op import Applied, Call, Op, Saved, Torch, elements

Kept = Literal["input", "output", "copy"]


class Activation(Op):
    """What activations have in common: torch's module of the same name, and one tensor kept for the backward pass."""

    kind: ClassVar[str] = "activation"
    keeps: ClassVar[Kept] = "input"
    keeps_in_place: ClassVar[Kept] = "copy"  # of the input, which is overwritten
    positional: ClassVar[int] = 0

    @property
    def in_place(self) -> bool:
        return "inplace" in type(self).model_fields and bool(getattr(self, "inplace"))  # noqa: B009  (few have it)

    def torch(self, io: Applied) -> Torch:
        return Torch(module=Call(f"nn.{type(self).__name__}", self.written(), self.positional))

    def aliases(self, io: Applied, training: bool) -> bool:
        return self.in_place

    def saved(self, io: Applied) -> Saved:
        kept = self.keeps_in_place if self.in_place else self.keeps
        if kept == "copy":
            return Saved(elements=elements(io.input))
        return Saved(output=True) if kept == "output" else Saved(inputs=(0,))


def irreversible(argument: str, value: float) -> Problem:
    """Torch's backward pass reads the sign of the input off the output, in place."""
    return Problem(
        f"in place, {argument} must not be negative, and is {value:g}",
        argument=argument,
        code="E0405",
        notes=["torch's backward pass then has the output only, and reads the input's sign off it"],
        help="leave inplace out",
    )
