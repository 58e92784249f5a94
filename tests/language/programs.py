"""Programs as text, for tests of the language: what they mean, and what is said of wrong ones.

A wrong program marks the place that its error must point at: `c1: «Convv»(8, 3)`.
"""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

from cnndsl.compiler import Program, parse
from cnndsl.diagnostics import CompileError, Diagnostic
from cnndsl.network import Network
from cnndsl.op import Shape

OPEN, CLOSE = "«", "»"


def program(text: str, name: str = "<text>") -> Program:
    return parse(dedent(text).strip("\n") + "\n", name)


def network(text: str, net: str | None = None, **settings: Any) -> Network:
    """The network of a program; a mistake in the program is a failure of the test."""
    return program(text).net(net, **settings)


def body(statements: str, size: str = "3x8x8") -> str:
    """A net of one input `x`, whose body is these statements."""
    inner = dedent(statements).strip("\n").replace("\n", "\n  ")
    return f"net N {{\n  input x: {size}\n  {inner}\n}}\n"


def paths(network: Network) -> list[str]:
    """Layers and merges in program order; a second call as `path@2`."""
    return [layer.path if layer.call == 1 else f"{layer.path}@{layer.call}" for layer in network.layers]


def keys(network: Network) -> list[str]:
    """The keys of the state_dict in its order."""
    return list(state(network))


def state(network: Network) -> dict[str, tuple[int, ...]]:
    """Stored tensors by key, in program order."""
    found = {}
    for layer in network.layers:
        for weight in layer.weights:
            found[".".join(filter(None, (layer.path, weight.name)))] = tuple(weight.shape)
    return found


def output(network: Network) -> Shape:
    """The shape of the only output."""
    (shape,) = network.outputs.values()
    return shape


def outputs(network: Network) -> dict[str, str]:
    """Every output and the layer it comes from, with its port where that gives several."""
    return {name: value.node.key + (f"[{value.port}]" if value.port else "") for name, value in network.ir.outputs.items()}


def sources(network: Network, path: str) -> list[str]:
    """What a layer or merge reads: the paths of its inputs."""
    node = network.layer(path).node
    return [value.node.key + (f"[{value.port}]" if value.port else "") for value in node.inputs]


def marked(text: str) -> tuple[str, str, int]:
    """A program without its marks; the text between them, and where it stands."""
    plain = dedent(text).strip("\n") + "\n"
    assert plain.count(OPEN) == plain.count(CLOSE) == 1, "mark one place"
    start = plain.index(OPEN)
    end = plain.index(CLOSE) - 1
    plain = plain.replace(OPEN, "").replace(CLOSE, "")
    return plain, plain[start:end], start


def diagnostics(text: str, net: str | None = None, **settings: Any) -> tuple[Diagnostic, ...]:
    """All that is said of a program, whether it is right or wrong."""
    read = parse(text, "wrong.cnn")
    try:
        return read.net(net, **settings).diagnostics
    except CompileError as error:
        return error.diagnostics


def fault(text: str, code: str, *words: str, net: str | None = None, **settings: Any) -> Diagnostic:
    """The only error of a program: it has this code, points at the marked place, and says all of these words."""
    plain, place, start = marked(text)
    found = [d for d in diagnostics(plain, net, **settings) if d.is_error]
    told = "\n".join(
        f"{d.span!r} {d.code} {d.title} | {d.span.text!r} | {d.labels[0].text} | {d.notes} | {d.help}" for d in found
    )
    assert len(found) == 1, f"{len(found)} errors\n{told}"
    (only,) = found
    assert (only.code, only.span.text, only.span.start) == (code, place, start), told
    said = " ".join([only.title, *(label.text for label in only.labels), *only.notes, only.help or ""])
    assert [word for word in words if word not in said] == [], told
    return only


def written(folder: Path, **files: str) -> Path:
    """Programs as files, for imports; the folder."""
    for name, text in files.items():
        (folder / f"{name}.cnn").write_text(dedent(text).strip("\n") + "\n", "utf-8")
    return folder
