"""Programs in other languages: by what they are known, what they import, and why nothing of it is needed here."""

import re

LIBRARIES = frozenset({"torch", "torchvision", "tensorflow", "keras", "numpy", "jax", "flax", "timm"})
NOTHING = (
    "nothing needs to be imported for layers",
    'PyTorch\'s are known by their names; other files are read by `from "file.cnn" import Name`',
)

# Lines that other languages' networks have, and programs of this one do not.
SIGNS = {
    "Python": r"^(?:class \w+\(.*Module\w*\):|def \w+\(.*\).*:|(?:import|from) (?:torch|tensorflow|keras)\b)",
    "a prototxt of Caffe": r"^layers? \{",
    "a configuration of Darknet": r"^\[(?:net|convolutional)\]",
    "JSON": r"\A\s*[\[{]\s*(?:\"[^\"\n]*\"\s*:|\{)",
    "a script": r"\A#!",
}
OURS = re.compile(r"^\s*(?:net|block|fn|extern)\s+\w+", re.MULTILINE)


def language(text: str) -> tuple[str, int, int] | None:
    """The language that a text is in, where it is clearly another, and the place that tells it."""
    if OURS.search(text):
        return None
    found = ((name, re.search(sign, text, re.MULTILINE)) for name, sign in SIGNS.items())
    return next(((name, *match.span()) for name, match in found if match), None)
