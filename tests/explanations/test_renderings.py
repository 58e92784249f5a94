"""What `explain FILE LAYER` says: whole texts, to the character, and that nothing of a program is taken for markup."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import cnndsl
from cnndsl.cli import main
from cnndsl.explanations import Explanation, block, latex, markdown, text

LENET = str(Path(__file__).parents[2] / "examples" / "lenet.cnn")
IMPORTING = """\
from std import ConvBN

net N {
  input x: 3x8x8
  ConvBN(8)
}
"""


def test_a_net_is_told_at_its_own_place(tmp_path: Path) -> None:
    (tmp_path / "n.cnn").write_text(IMPORTING)
    assert block.find(cnndsl.load(tmp_path / "n.cnn").net(), "").place.endswith("n.cnn:3:5")


C1 = """\
 c1   Conv(6, 5)   lenet.cnn:4:7
 image 1×32×32 → 6×28×28

 output
   channels: C_out = 6
   height, width: ⌊(n + 2·p − d·(k − 1) − 1)/s⌋ + 1 = ⌊(32 + 2·0 − 1·(5 − 1) − 1)/1⌋ + 1 = 28

 parameters
   (k·k·C_in + 1)·C_out = (5·5·1 + 1)·6 = 156
   tensors: weight 6×1×5×5, bias 6

 MACs
   k·k·C_in·C_out·H_out·W_out = 5·5·1·6·28·28 = 117,600

 receptive field
   size: r' + (k − 1)·d·j' = 1 + (5 − 1)·1·1 = 5
   stride: j'·s = 1·1 = 1
   start: t' − p·j' = 0 − 0·1 = 0

 memory
   output: C_out·H_out·W_out·b = 6·28·28·4 = 18,816 B = 18.4 KiB
   stored: 156·4 = 624 B
   kept for the backward pass: what it reads

 where
   C_out  out_channels
   n      size of the input on the axis
   p      padding on each side
   d      dilation
   k      kernel_size
   s      stride
   C_in   channels of the input
   H_out  height of the output
   W_out  width of the output
   r'     receptive field of what it reads
   j'     stride of what it reads, in positions of the input
   t'     start of what it reads: the first position that unit 0 sees
   b      bytes of a number, float32
"""
PROGRAM = """\
net Net {
  input x: 8x12x10
  same: Conv(8, 3, stride=2, padding=same, groups=2, bias=false)
  up: ConvTranspose(8, 3, stride=2, padding=1, output_padding=1)
  a: Conv(8, [1, 3], padding=[0, 1])
  sum: { add { | _ | Conv(8, 3, padding=1) | Conv(8, 5, padding=2) } }
  mul { | _ | GlobalAvgPool -> Conv(8, 1) -> Sigmoid }
  two: { Conv(8, 1) -> ReLU }
  @frozen norm: BatchNorm
  Conv(8, 1) -> a as again
  Chunk(2) as left, right
  out: cat(left, right)
}
"""


def explained(path: str, program: str = PROGRAM) -> str:
    return text.render(block.find(cnndsl.parse(program, "net.cnn").net(), path), text.Looks())


def lenet(path: str) -> Explanation:
    return block.find(cnndsl.parse(Path(LENET).read_text("utf-8"), "lenet.cnn").net(), path)


def test_the_text_of_a_layer() -> None:
    assert text.render(lenet("c1"), text.Looks()) == C1


def test_narrow_terminals_and_ascii() -> None:
    shown = text.render(lenet("c1"), text.Looks(width=60, ascii=True))
    assert shown.isascii()
    assert max(map(len, shown.splitlines())) <= 62
    assert "= floor((32 + 2*0 - 1*(5 - 1) - 1)/1) + 1" in shown


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("same", "height: ⌈n/s⌉ = ⌈12/2⌉ = 6"),
        ("same", "padding of the height: max((⌈n/s⌉ − 1)·s + d·(k − 1) + 1 − n, 0) = max((⌈12/2⌉ − 1)·2 + 1·(3 − 1) + 1"),
        ("same", "k·k·C_in/g·C_out = 3·3·8/2·8 = 288"),
        ("up", "height: (n − 1)·s − 2·p + d·(k − 1) + o + 1 = (6 − 1)·2 − 2·1 + 1·(3 − 1) + 1 + 1 = 12"),
        ("up", "k·k·C_in·C_out·H_in·W_in = 3·3·8·8·6·5 = 17,280"),
        ("a", "(k_h·k_w·C_in + 1)·C_out = (1·3·8 + 1)·8 = 200"),
        ("mul", "8×1×1: spread over the places or channels of the other"),
        ("mul", "through a gate (an arm of `mul` behind a global reduction) everything is seen; it is left out here"),
        ("sum.add", "8×12×10, as all of its arms"),
        ("two", "0:Conv + 1:ReLU = 3,840 + 3,840 = 7,680 B = 7.5 KiB"),
        ("norm", "trainable: 0: it is @frozen"),
        ("norm", "2·C_in = 2·8 = 16"),
        ("a@2", "0 more: the weights are those of its first call"),
        ("a@2", "counted at this call too"),
        ("out", "channels: C_1 + C_2 = 4 + 4 = 8"),
        ("x", "channels: 8"),
        ("", "a·"),
    ],
)
def test_lines(path: str, line: str) -> None:
    if path == "":
        assert "same + up + a + sum + 5:Conv" in explained(path)
        return
    assert line in " ".join(explained(path).split())


def test_open_sizes() -> None:
    program = "net Net { input x: [3, H, W]\n c: Conv(8, 3, stride=2, padding=same)\n p: MaxPool(3, 2, ceil_mode=true) }"
    shown = explained("c", program)
    assert "height: ⌈n/s⌉ = ⌈H/2⌉ = ⌊(H − 1)/2⌋ + 1" in shown
    assert "kept for the backward pass: depends on sizes that are open" in shown
    assert "= ⌊(H − 3)/4⌋ + 1" in explained("p", program)


def test_markdown_and_latex_hold_the_same_formulas() -> None:
    found = lenet("c3")
    formula = r"\left\lfloor \frac{14 + 2 \cdot 0 - 1 \cdot \left(5 - 1\right) - 1}{1} \right\rfloor + 1"
    for shown in (markdown.render(found), latex.render(found)):
        assert formula in shown
        assert shown.count("{") - shown.count(r"\{") == shown.count("}") - shown.count(r"\}")
        assert shown.count(r"\left") == shown.count(r"\right")
    assert latex.render(found).count(r"\begin{") == latex.render(found).count(r"\end{")


def test_names_are_no_markup() -> None:
    program = "net Net { input x: 3x8x8\n a_b: { key_1: Conv(8, 3) -> Conv(8, 3) } }"
    found = block.find(cnndsl.parse(program, "a_b%&#$~^{}\\`|<b>.cnn").net(), "a_b")
    shown = latex.render(found)
    assert re.search(r"(?<!\\)[_%&#]", shown.replace("% \\usepackage", "").replace("&=", "")) is None
    assert "<b>" not in re.sub(r"`+[^\n]*`+", "", markdown.render(found))


def test_near_misses(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", LENET, "c33"]) == 2
    assert "did you mean `c3`?" in capsys.readouterr().err


def test_formats_and_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", LENET, "c1"]) == 0
    assert "(5·5·1 + 1)·6 = 156" in capsys.readouterr().out
    assert main(["explain", LENET, "c1", "-o", str(tmp_path / "c1.tex")]) == 0
    assert r"\begin{align*}" in (tmp_path / "c1.tex").read_text("utf-8")
    assert main(["explain", LENET, "c1", "--format", "markdown"]) == 0
    assert "## `c1`" in capsys.readouterr().out
