"""A net without any layer: its output is its input.

It was begun, or its lines have been commented out.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..diagnostics import Diagnostic, Label
from ..lint import Subject

CODE = "L005"
TITLE = "a net without layers"
QUIET = False
SOURCE = "the habit of compilers, which warn of empty bodies"
EXAMPLE = """
net N {
  input image: 3x32x32
}
"""
BETTER = """
net N {
  input image: 3x32x32
  conv: Conv(8, 3)
}
"""


def find(subject: Subject) -> Iterator[Diagnostic]:
    """One for each net of the file that makes no layer and no merge."""
    for network in subject.networks:
        declared = subject.module.names[network.name]
        if not any(True for _ in network.ir.layers):
            help = "a line for each layer: `conv1: Conv(64, 3) -> ReLU`"
            yield Diagnostic(CODE, TITLE, (Label(declared.span, "what arrives is what leaves"),), (), help, severity="warning")
