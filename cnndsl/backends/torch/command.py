"""The end of an emitted file: `python net.py --device cuda --batch 4` runs the module once and prints what came out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from string import Template

from ...graph import Graph
from ...op import Shape
from ...symbols import Atom, Dim, Symbolic, terms_of
from .layout import INDENT, wrap
from .literals import string
from .names import Names, identifier

# what main uses
LOCAL = (
    *("argparse", "time", "torch", "nn", "parser", "options", "dtypes", "dtype", "device", "reason", "error", "model"),
    *("shapes", "shape", "inputs", "start", "output", "milliseconds", "name", "value"),
)

COMMAND = Template('''\
def main() -> None:
    """Run one forward pass on random inputs and print what comes out."""
$parser
    parser.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1, ...")
    parser.add_argument("--batch", type=int, default=1, help="number of samples")
    dtypes = ["float32", "float64", "float16", "bfloat16"]
    parser.add_argument("--dtype", default="float32", choices=dtypes)
$options    options = parser.parse_args()
    if $wrong < 1:
        parser.exit(2, f"{parser.prog}: $what must be at least 1\\n")
    try:
        device = torch.device(options.device)
        torch.empty(1, device=device)
    except (AssertionError, RuntimeError) as error:
        reason = str(error).partition("\\n")[0]
        parser.exit(2, f"{parser.prog}: device {options.device} cannot be used: {reason}\\n")
    dtype = getattr(torch, options.dtype)
    model = $name().to(device, dtype).eval()
$shapes
    inputs = [
        torch.randn(options.batch, *shape, device=device, dtype=dtype) for shape in shapes.values()
    ]
    with torch.no_grad():
        start = time.perf_counter()
$run
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        milliseconds = 1000 * (time.perf_counter() - start)
$outputs
        print(f"{name}: {list(value.shape)} {options.dtype}")
    print(f"$name on {device}: {milliseconds:.1f} ms")


if __name__ == "__main__":
    main()
''')

RUN = "        output = model(*inputs)"
FITTING = """\
        try:
            output = model(*inputs)
        except (RuntimeError, ValueError) as error:
            reason = str(error).partition("\\n")[0]
            parser.exit(2, f"{parser.prog}: --size {options.size} cannot be run: {reason}\\n")"""

SIZES = Template("""\
    parser.add_argument(
        "--size",
        type=int,
        nargs=$count,
        required=True,
        metavar=$names,
        help="the sizes that the network leaves open",
    )
""")


def command(graph: Graph, name: str, fields: Mapping[str, str]) -> list[str]:
    """The lines of main; `name` is the class, `fields` gives the NamedTuple's field of each output."""
    sizes = open_sizes(graph)
    return COMMAND.substitute(
        name=name,
        parser="\n".join(
            wrap(INDENT, "parser = argparse.ArgumentParser(", f'description="Run {name} once on random inputs."', ")")
        ),
        options=size_option(list(sizes.values())),
        wrong="min(options.batch, *options.size)" if sizes else "options.batch",
        what="--batch and --size" if sizes else "--batch",
        run=FITTING if sizes else RUN,
        shapes="\n".join(shapes(graph, sizes)),
        outputs="\n".join(printed(fields)),
    ).split("\n")[:-1]


def printed(fields: Mapping[str, str]) -> list[str]:
    """The head of the loop over the outputs."""
    if len(fields) > 1:
        return [f"{INDENT}for name, value in output._asdict().items():"]
    return wrap(INDENT, "for name, value in ", f"[({string(*fields.values())}, output)]", ":")


# Sizes that the network leaves open


def open_sizes(graph: Graph) -> dict[str, str]:
    """The open sizes of the inputs and the variables that stand for them."""
    names = Names(LOCAL)
    found: dict[str, str] = {}
    for node in graph.inputs.values():
        for size in node.io.output:
            for atom in atoms(size):
                if atom.name not in found:
                    found[atom.name] = names.take(identifier(atom.name, "size").lower())
    return found


def atoms(size: Dim) -> Iterator[Atom]:
    """The named sizes in a formula."""
    for term, _ in terms_of(size):
        for atom in term:
            if atom.top is None:
                yield atom
            else:
                yield from atoms(atom.top)


def size_option(variables: list[str]) -> str:
    if not variables:
        return ""
    names = ", ".join(string(name.upper()) for name in variables)
    return SIZES.substitute(count=len(variables), names=f"({names},)" if len(variables) == 1 else f"({names})")


def shapes(graph: Graph, sizes: Mapping[str, str]) -> list[str]:
    """The statements that give the shapes of the inputs, for one sample."""
    unpack = [f"{INDENT}{', '.join(sizes.values())}{',' * (len(sizes) == 1)} = options.size"] if sizes else []
    inputs = [f"{string(name)}: {shape_text(node.io.output, sizes)}" for name, node in graph.inputs.items()]
    return [*unpack, *wrap(INDENT, "shapes = ", "{" + ", ".join(inputs) + "}")]


def shape_text(shape: Shape, sizes: Mapping[str, str]) -> str:
    return f"({', '.join(formula(size, sizes) for size in shape)}{',' * (len(shape) == 1)})"


def formula(size: Dim, sizes: Mapping[str, str]) -> str:
    """A size as a Python expression."""
    if not isinstance(size, Symbolic):
        return str(size)
    return " + ".join(
        " * ".join([str(factor)] * (factor != 1 or not term) + [part(a, sizes) for a in term]) for term, factor in size.terms
    )


def part(atom: Atom, sizes: Mapping[str, str]) -> str:
    return sizes[atom.name] if atom.top is None else f"(({formula(atom.top, sizes)}) // {atom.bottom})"
