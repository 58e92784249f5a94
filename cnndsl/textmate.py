"""The vocabulary to a TextMate grammar, as Visual Studio Code, Sublime Text, GitHub and many more editors read it."""

from __future__ import annotations

import json
import sys
from typing import Any

from .vocabulary import Look, looks

SCOPES = {
    "comment": "comment.line.number-sign",
    "string": "string.quoted.double",
    "attribute": "entity.name.function.decorator",
    "keyword": "keyword.control",
    "declared": "entity.name.type",
    "constant": "constant.language",
    "connective": "keyword.operator.logical",
    "label": "entity.name.tag",
    "layer": "support.class",
    "function": "support.function",
    "argument": "variable.parameter",
    "name": "variable.other",
    "size": "constant.numeric.size",
    "number": "constant.numeric",
    "arrow": "keyword.operator.arrow",
    "operator": "keyword.operator",
    "punctuation": "punctuation",
}


def grammar() -> str:
    """The grammar as JSON, with a line end; the same for the same vocabulary."""
    found = {
        "name": "cnn",
        "scopeName": "source.cnn",
        "fileTypes": ["cnn"],
        "patterns": [rule(look) for look in looks()],
    }
    return json.dumps(found, indent=2) + "\n"


def rule(look: Look) -> dict[str, Any]:
    if len(look.kinds) == 1:
        return {"name": scope(look.kinds[0]), "match": look.pattern}
    groups = {str(place): {"name": scope(kind)} for place, kind in enumerate(look.kinds, 1) if kind}
    return {"match": look.pattern, "captures": groups}


def scope(kind: str) -> str:
    return f"{SCOPES[kind]}.cnn"


if __name__ == "__main__":
    sys.stdout.write(grammar())
