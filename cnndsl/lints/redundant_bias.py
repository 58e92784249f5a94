"""A bias straight before a batch or instance normalisation, which takes it away again.

The normalisation subtracts each channel's mean, and with it whatever was added to the whole channel. The bias has no
effect and a gradient of zero, and its parameters are stored and counted all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..diagnostics import Diagnostic, Fix, Label
from ..graph import Node, Value
from ..lint import Site, Subject, bare, mentions, name, of_value
from ..op import counted
from ..ops.conv import Convolving
from ..ops.linear import Linear
from ..ops.norm import BatchNorm, InstanceNorm
from ..source import Span

CODE = "L019"
TITLE = "a bias before a normalisation"
QUIET = False
SOURCE = "Ioffe and Szegedy, Batch Normalization, 2015, section 3.2: the bias b can be ignored"
EXAMPLE = """
net N {
  input image: 3x32x32
  Conv(64, 3) -> BatchNorm -> ReLU
}
"""
BETTER = """
net N {
  input image: 3x32x32
  Conv(64, 3, bias=false) -> BatchNorm -> ReLU
}
"""
NEXT = re.compile(r"""\s*(?:->|\n)\s*(?:[\w"$.{}]+\s*:)?\s*""")  # perhaps with a label


def find(subject: Subject) -> Iterator[Diagnostic]:
    """One for each place where every layer that is made there is so."""
    for span, sites in subject.sites.items():
        node = sites[0].node
        if biased(node) and all(is_redundant(subject, site) for site in sites):
            norm = subject.readers(sites[0].network)[node.index][0].node
            params = sum(w.shape[0] for w in node.io.weights if w.name == "bias")
            text = f"{name(node)} adds {counted(params, 'number')} that {norm.op.title()} subtracts again"
            labels = [Label(span, text)]
            if subject.within(norm.span):
                labels.append(Label(norm.span, "the mean of each channel is subtracted here"))
            fix = without(span, certain=follows(node, norm) and subject.whole)
            help = f"write `{patched(span, fix)}`" if fix else "write `bias=false`"
            yield Diagnostic(CODE, TITLE, tuple(labels), (), help, fix, "warning")


def patched(span: Span, fix: Fix) -> str:
    """The text of a place after a fix within it."""
    start, end = fix.span.start - span.start, fix.span.end - span.start
    return span.text[:start] + fix.text + span.text[end:]


def biased(node: Node) -> bool:
    return isinstance(node.op, Convolving | Linear) and node.op.bias and not node.frozen


def is_redundant(subject: Subject, site: Site) -> bool:
    """Whether nothing but normalisations by the channel's own mean reads a layer that is applied once."""
    node, ir = site.node, site.network.ir
    read = of_value(Value(node), subject.readers(site.network))
    if not biased(node) or not read or node.call > 1 or any(value.node is node for value in ir.outputs.values()):
        return False
    if not all(isinstance(one.node.op, BatchNorm | InstanceNorm) for one in read):
        return False
    return not applied_again(node, ir.nodes)


def applied_again(node: Node, nodes: Sequence[Node]) -> bool:
    return any(other.path == node.path and other.call > 1 for other in nodes[node.index + 1 :])


def follows(node: Node, norm: Node) -> bool:
    """Whether the program writes the normalisation straight behind the layer, so that nothing else can come between them."""
    source, label = node.span.source, node.path[-1]
    if norm.span.source is not source or not norm.span.text.startswith(type(norm.op).word()):
        return False
    between, text = bare(source.text[node.span.end : norm.span.start]), bare(source.text)
    template = rf"(?<!\w){re.escape(label.rstrip('0123456789'))}\$(?!\w+\s*:|\{{[^}}]*\}}\s*:)"
    is_read = not label.isdigit() and (mentions(source.text)[label] or re.search(template, text))
    return NEXT.fullmatch(between) is not None and not is_read


def without(span: Span, certain: bool) -> Fix | None:
    """The call without its bias, where its text says how to write that."""
    text = span.text
    if "bias_init" in text or not text.endswith(")"):
        return None
    written = re.search(r"\bbias\s*=\s*", text)
    if written is None:
        end = len(text[:-1].rstrip())
        comma = {"(": "", ",": " "}.get(text[end - 1], ", ")
        return Fix(Span(span.source, span.start + end, span.start + end), f"{comma}bias=false", certain)
    value = re.compile(r"true\b").match(text, written.end())
    if value is None:
        return None
    return Fix(Span(span.source, span.start + value.start(), span.start + value.end()), "false", certain)
