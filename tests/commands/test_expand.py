"""`cnndsl expand`: the flat form is a program with the same figures."""

from __future__ import annotations

import json

from tests.commands.programs import FAMILY


def test_the_flat_form_has_the_same_layers(cli) -> None:
    def layers(*words: str, stdin: str = "") -> list[tuple[object, ...]]:
        ran = cli("analyze", *words, "--format", "json", stdin=stdin.encode())
        (network,) = json.loads(ran.out)["networks"]
        return [(layer["path"], layer["op"], layer["output"], layer["params"], layer["macs"]) for layer in network["layers"]]

    words = ["--net", "Base", "--set", "width=6", "--set", "norm=true", "--input", "3x16x16"]
    flat = cli("expand", "-", *words, stdin=FAMILY.encode())
    assert (flat.code, flat.err) == (0, "")
    assert layers("-", stdin=flat.out) == layers("-", *words, stdin=FAMILY)
    assert layers("-", stdin=cli("expand", "zoo:resnet18").out) == layers("zoo:resnet18")
