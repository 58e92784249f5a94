"""What is written as elsewhere is answered with what to write here."""

import subprocess
import sys
from pathlib import Path

import pytest

from cnndsl.compiler import parse

from .programs import body, fault


@pytest.mark.parametrize(
    ("text", "code", "said", "fix"),
    [
        ("Conv(4, 3) «as a :: 4x6x6»", "E0101", "the shape stands before the name", ":: 4x6x6 as a"),
        ("Conv(4, 3) «as a :: [4, 6, 6]» -> ReLU", "E0101", "the shape stands before the name", ":: [4, 6, 6] as a"),
        ("y = «x + x»", "E0401", "these are values", "add(x, x)"),
        ("y = «x + x» + x", "E0401", "these are values", "add(x, x)"),
        ("y = «x - x»", "E0401", "these are values", "sub(x, x)"),
        ("for i in «3» { ReLU }", "E0401", "for 3 turns", "0..2"),
        ("n = 3\n  for i in «n» { ReLU }", "E0401", "for 3 turns", "0..n - 1"),
        ("«self.conv1 =» Conv(8, 3)", "E0101", "write `conv1: Conv(8, 3)`", None),
    ],
)
def test_what_to_write(text: str, code: str, said: str, fix: str | None) -> None:
    found = fault(body(text), code, said)
    assert (found.fix.text if found.fix else None) == fix


def test_what_is_offered_is_right() -> None:
    merges = [f"y = {merge}(x, x)\n  y -> ReLU" for merge in ("add", "sub", "mul")]
    for line in (*merges, "Conv(4, 3) :: 4x6x6 as a", "for i in 0..2 { ReLU }"):
        assert not [d for d in parse(body(line)).check() if d.is_error]


def test_a_library_of_python_is_not_looked_for(tmp_path: Path) -> None:
    text = "from «torch» import nn\n" + body("ReLU")
    fault(text, "E0801", "nothing needs to be imported for layers", "known by their names")
    file = tmp_path / "n.cnn"
    file.write_text(text.replace("«", "").replace("»", ""), "utf-8")
    code = f"import sys; from cnndsl.cli import main; main(['check', {str(file)!r}]); assert 'lark' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
