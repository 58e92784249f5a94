"""`cnndsl compile`: a file that Python reads and runs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from tests.commands.programs import FAMILY, LENET


def test_a_module(cli) -> None:
    ran = cli("compile", "-", stdin=LENET.encode())
    assert (ran.code, ran.err) == (0, "")
    names = [node.name for node in ast.parse(ran.out).body if isinstance(node, ast.ClassDef)]
    assert names == ["LeNet5"]


def test_it_runs(cli) -> None:
    assert cli("compile", "-", "--net", "Large", "-o", "net.py", stdin=FAMILY.encode()) == (0, "", "wrote net.py\n")
    words = [sys.executable, "net.py", "--batch", "3"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=100, check=False, cwd=Path.cwd())
    assert (done.returncode, done.stderr) == (0, "")
    assert "3×10" in done.stdout or "3, 10" in done.stdout


def test_what_is_set_is_compiled(cli) -> None:
    ran = cli("compile", "-", "--set", "classes=7", "--input", "1x36x36", stdin=LENET.encode())
    assert ran.code == 0
    assert "def lenet5(classes: int = 7, **kwargs: Any) -> LeNet5:" in ran.out
    assert "1×36×36" in cli("compile", "-", "--flat", "--input", "1x36x36", stdin=LENET.encode()).out


def test_both_forms(cli) -> None:
    """The flat form has a line for each layer, and the numbers put in."""
    flat, readable = cli("compile", "zoo:resnet18", "--flat"), cli("compile", "zoo:resnet18")
    assert (flat.code, readable.code) == (0, 0)
    assert flat.out.count("nn.Conv2d(") == 20
    assert readable.out.count("nn.Conv2d(") == 4
    assert "nn.Linear(512, 1000)" in flat.out


def test_a_layer_without_a_torch_form(cli) -> None:
    text = "extern Odd() {\n  input x: [c, h, w]\n  output_shape = [c, h, w]\n}\nnet N {\n  input x: 3x8x8\n  Odd\n}\n"
    ran = cli("compile", "-", "-o", "net.py", stdin=text.encode())
    assert (ran.code, ran.out) == (1, "")
    assert " --> <stdin>:7:3\n" in ran.err
    assert not Path("net.py").exists()


NORMED = "net N {\n  input x: 3x8x8\n  e: BatchNorm -> c: Conv(8, 3, padding=1) -> b: BatchNorm -> ReLU -> Dropout\n}\n"


def test_for_inference(cli) -> None:
    ran = cli("compile", "-", "--optimize", "inference", stdin=NORMED.encode())
    assert ran.code == 0
    assert ran.err == (
        "1 of 2 batch normalisations folded into the weights of the layers beside them\n"
        "1 left, as the convolution after it pads with zeros: e before c\n"
        "dropped: 1 Dropout\n"
        "in place: 1 ReLU\n"
        "parameters 246 → 230, peak memory 4.0 KiB → 2.8 KiB\n"
    )
    assert "def from_trained(" in ran.out


def test_for_what(cli) -> None:
    ran = cli("compile", "-", "--optimize", "memory", "--flat", stdin=NORMED.encode())
    assert (ran.code, ran.out) == (2, "")
    assert "leave --flat out" in ran.err
    ran = cli("compile", "-", "--optimize", "inferense", stdin=NORMED.encode())
    assert (ran.code, ran.out) == (2, "")
    assert "did you mean `inference`?" in ran.err


def test_for_less_memory(cli) -> None:
    blocks = "block B { Conv(8, 3, padding=1) -> BatchNorm -> ReLU }\n"
    text = blocks + "net N {\n  input x: 8x16x16\n  a: B -> b: B -> c: B\n}\n"
    ran = cli("compile", "-", "--optimize", "memory", stdin=text.encode())
    assert ran.code == 0
    assert ran.err == (
        "3 blocks computed again in the backward pass\n"
        "of 1 sample: kept for it 56.2 KiB → 40.1 KiB, peak of a step with gradients 72.2 KiB → 56.1 KiB\n"
    )
    assert "x = recomputed(self, self.b_block, x)" in ran.out
