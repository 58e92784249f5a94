"""Programs to tokens of Pygments, which finds this lexer by its entry point: Sphinx, LaTeX's minted, Jupyter and many more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from pygments import token
from pygments.lexer import RegexLexer, bygroups

from .vocabulary import looks

KINDS = {
    "": token.Whitespace,
    "comment": token.Comment.Single,
    "string": token.String.Double,
    "attribute": token.Name.Decorator,
    "keyword": token.Keyword,
    "declared": token.Name.Class,
    "constant": token.Keyword.Constant,
    "connective": token.Operator.Word,
    "label": token.Name.Label,
    "layer": token.Name.Builtin,
    "function": token.Name.Function,
    "argument": token.Name.Attribute,
    "name": token.Name,
    "size": token.Number.Integer,
    "number": token.Number,
    "arrow": token.Punctuation.Marker,
    "operator": token.Operator,
    "punctuation": token.Punctuation,
}


def rules() -> Iterator[tuple[str, Any]]:
    yield r"\s+", token.Whitespace
    for look in looks():
        kinds = [KINDS[kind] for kind in look.kinds]
        yield look.pattern, kinds[0] if len(kinds) == 1 else bygroups(*kinds)


class CnnLexer(RegexLexer):  # type: ignore[misc]  # Pygments has no types
    """The .cnn language."""

    name = "cnn"
    aliases: ClassVar[list[str]] = ["cnn", "cnndsl"]
    filenames: ClassVar[list[str]] = ["*.cnn"]
    tokens: ClassVar[dict[str, list[Any]]] = {"root": list(rules())}
