"""The classes of layers to the tables of layers in the language reference; `python -m tests.reference --write` renews them.

A layer's row is its call with every argument and default, its docstring, and the docstring's example.
"""

from __future__ import annotations

import argparse
import inspect
import re
from pathlib import Path

from pydantic.fields import FieldInfo

from cnndsl import ops
from cnndsl.notation import text
from cnndsl.op import Op

PAGE = Path(__file__).parents[1] / "specs" / "language.md"
BEGIN, END = "<!-- layers -->", "<!-- /layers -->"
FAMILIES = {  # in the order of the page: heading to files of cnndsl/ops
    "Convolution and linear layers": ("conv", "linear"),
    "Pooling": ("pool", "adaptive"),
    "Normalisation": ("norm",),
    "Activations": ("rectify", "smooth", "squash", "softmax"),
    "Regularisation": ("regularize",),
    "Shape and size": ("reshape", "resize", "border", "shuffle"),
    "Cutting": ("cut",),
    "Merges": ("merge",),
}


def layers() -> dict[str, list[type[Op]]]:
    """Heading to its layers, in the order of the files."""
    homes = {family: heading for heading, families in FAMILIES.items() for family in families}
    found: dict[str, list[type[Op]]] = {heading: [] for heading in FAMILIES}
    for family in homes:
        known = [name for name, home in ops.index().items() if home == family and ops.find(name)]
        found[homes[family]] += [cls for name in known if (cls := ops.find(name)) is not None]
    return found


def signature(cls: type[Op]) -> str:
    """The call with all arguments: Conv(out_channels, kernel_size, stride = 1, …); of a merge, its arms."""
    if cls.merge:
        return f"{cls.word()} {{ | … | … }}"
    arguments = [argument(cls, name, field) for name, field in cls.model_fields.items()]
    return f"{cls.word()}({', '.join(arguments)})" if arguments else cls.word()


def argument(cls: type[Op], name: str, field: FieldInfo) -> str:
    if name == cls.variadic:
        return f"{name}, …"
    return name if field.is_required() else f"{name} = {text(field.default)}"


def description(cls: type[Op]) -> tuple[str, list[str]]:
    """The docstring as one line of prose, and the lines of its example."""
    paragraphs = inspect.cleandoc(cls.__doc__ or "").split("\n\n")
    prose = [" ".join(one.split()) for one in paragraphs if not one.startswith("    ")]
    example = [line.strip() for one in paragraphs if one.startswith("    ") for line in one.splitlines()]
    return " ".join(one if one.endswith(".") else f"{one}." for one in prose), example


def code(text: str) -> str:
    return "`" + text.replace("|", r"\|") + "`"


def row(cls: type[Op]) -> str:
    said, example = description(cls)
    said = re.sub(r"\|", r"\|", said)
    return f"| {code(signature(cls))} | {said} | {'<br>'.join(map(code, example))} |"


def tables() -> str:
    """The generated part of the page."""
    parts = []
    for heading, classes in layers().items():
        what = "merge" if heading == "Merges" else "layer"
        parts.append(
            "\n".join([f"### {heading}", "", f"| {what} | what it is | for example |", "|---|---|---|", *map(row, classes)])
        )
    return "\n\n".join(parts)


def page(old: str) -> str:
    """The page with its generated part renewed."""
    head, _, rest = old.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{tables()}\n{END}{tail}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="into specs/language.md, instead of standard output")
    if parser.parse_args().write:
        PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
    else:
        print(tables())


if __name__ == "__main__":
    main()
