"""`cnndsl verify`: the table, what differs, exit codes."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from cnndsl.commands import verify
from cnndsl.ops.conv import Conv
from cnndsl.terminal import Bar
from tests.commands.programs import FAMILY, LENET, OPEN, PAIR, WRONG

ROOT = Path(__file__).parents[2]

SMALL = "net Small {\n  input image: 3x16x16\n  conv: Conv(8, 3) -> ReLU\n  GlobalAvgPool -> Flatten\n  fc: Linear(10)\n}\n"
TABLE = """\
 Small   image 3×16×16 → 10

 layer  call           output   shape  keys  params  MACs  memory  saved  field
────────────────────────────────────────────────────────────────────────────────
 conv   Conv(8, 3)     8×14×14    ✓     ✓      ✓      ✓      ✓       ✓      ✓
 1      ReLU           8×14×14    ✓                          ✓       ✓      ✓
 2      GlobalAvgPool  8×1×1      ✓                          ✓              ✓
 3      Flatten        8          ✓                                         ✓
 fc     Linear(10)     10         ✓     ✓      ✓      ✓      ✓       ✓      ✓
────────────────────────────────────────────────────────────────────────────────
"""


def test_the_table(cli) -> None:
    ran = cli("verify", "-", stdin=SMALL.encode())
    assert (ran.code, ran.err) == (0, "")
    table, _, rest = ran.out.partition(" ✓ shape ")
    assert table == TABLE
    assert rest.endswith("\n All 74 claims hold on torch.\n")


def test_a_difference(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    right = Conv.macs
    monkeypatch.setattr(Conv, "macs", lambda self, io: right(self, io) + 1)
    ran = cli("verify", "-", stdin=SMALL.encode())
    assert ran.code == 1
    assert "\n conv   Conv(8, 3)     8×14×14    ✓     ✓      ✓      ✗ " in ran.out
    assert "\n ✗ conv: MACs: we say 42,337, torch gives 42,336\n" in ran.out
    assert ran.out.endswith("\n 2 of 74 claims differ from torch.\n")


def test_only_some_differences_are_written_out(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Conv, "macs", lambda self, io: 1)
    layers = "".join(f"  c{i}: Conv(1, 1)\n" for i in range(20))
    text = f"net N {{\n  input x: 2x2x2\n{layers}}}\n"
    ran = cli("verify", "-", stdin=text.encode())
    assert ran.out.count("we say 1, torch gives") == 12
    assert "\n ✗ and 9 more: --format json lists them all\n" in ran.out
    ran = cli("verify", "-", "--format", "json", stdin=text.encode())
    assert ran.code == 1
    (macs,) = (check for check in json.loads(ran.out)["networks"][0]["checks"] if check["name"] == "macs")
    assert len(macs["differences"]) == 21
    assert macs["differences"][0] == {"layer": "c0", "claim": "MACs", "said": 1, "found": 8}
    assert macs["differences"][-1] == {"layer": None, "claim": "all MACs", "said": 20, "found": 84}


def test_several_nets(cli) -> None:
    ran = cli("verify", "-", stdin=(FAMILY.replace("2442", "2_442") + PAIR).encode())
    assert (ran.code, ran.err) == (0, "")
    assert [line.split()[0] for line in ran.out.splitlines()[2:5]] == ["Small", "Large", "Pair"]
    assert ran.out.count("✓") == 3 * 7


def test_one_of_several_with_its_parameters(cli) -> None:
    ran = cli("verify", "-", "--net", "Base", "--set", "width=4", "--set", "norm=true", "--units", "1", stdin=FAMILY.encode())
    assert ran.code == 0
    assert ran.out.startswith(" Base   image 3×32×32 → 10\n")
    assert "\n bn " in ran.out


def test_open_sizes_are_said_and_no_difference(cli) -> None:
    ran = cli("verify", "-", stdin=OPEN.encode())
    assert ran.code == 0
    why = " – shape, MACs, memory, saved, field not compared: sizes are open: say the input's, as in --input\n   3x224x224\n"
    assert ran.out.endswith(f"{why}\n All 7 claims that were compared hold on torch.\n")
    assert cli("verify", "-", "--input", "3x9x9", stdin=OPEN.encode()).out.endswith(" All 26 claims hold on torch.\n")


def test_a_program_with_errors(cli) -> None:
    ran = cli("verify", "-", stdin=WRONG.encode())
    assert (ran.code, ran.out) == (1, "")
    assert "E0301" in ran.err or "error" in ran.err


def test_as_json(cli) -> None:
    ran = cli("verify", "-", "--format", "json", "-o", "found.json", stdin=SMALL.encode())
    assert (ran.code, ran.out, ran.err) == (0, "", "wrote found.json\n")
    (network,) = json.loads(Path("found.json").read_text("utf-8"))["networks"]
    assert (network["name"], network["holds"]) == ("Small", True)
    assert {check["name"]: (check["state"], check["differences"]) for check in network["checks"]} == {
        name: ("holds", []) for name in ("shapes", "state_dict", "params", "macs", "memory", "training", "windows")
    }
    assert network["layers"][1] == {
        "path": "1",
        "call": 1,
        "op": "ReLU",
        **dict.fromkeys(("shapes", "memory", "training", "windows"), "holds"),
    }


def test_without_torch_it_says_what_to_install(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    ran = cli("verify", "-", stdin=LENET.encode())
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error[E0006]: torch is not installed")
    assert "= help: pip install torch, or pip install 'cnndsl[torch]'" in ran.err


def test_torch_is_imported_only_to_run() -> None:
    code = "import sys; from cnndsl.cli import main; main(['verify', '--help']); sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert verify.__doc__ is not None


def test_in_a_narrow_terminal(tmp_path: Path) -> None:
    """No line is wider than the terminal, and none is coloured where that is not wanted."""
    (tmp_path / "net.cnn").write_text(SMALL.replace("conv:", "a_label_of_many_many_letters:"), "utf-8")
    ours, theirs = pty.openpty()
    environment = os.environ | {"COLUMNS": "80", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "cnndsl", "verify", str(tmp_path / "net.cnn")]
    done = subprocess.run(command, stdout=theirs, stderr=subprocess.PIPE, env=environment, check=False)
    os.close(theirs)
    text = b""
    while chunk := read(ours):
        text += chunk
    assert (done.returncode, done.stderr) == (0, b"")
    lines = text.decode().replace("\r\n", "\n").splitlines()
    assert max(map(len, lines)) <= 80
    assert any("no room for: call, output" in line for line in lines)
    assert any(line.startswith(" a_label_of_many_many_letters ") for line in lines)


def read(stream: int) -> bytes:
    try:
        return os.read(stream, 65536)
    except OSError:  # how the end of a pseudo-terminal is told
        return b""


def test_the_bar(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 2.0, 2.5, 3.0])
    monkeypatch.setattr("cnndsl.terminal.time.monotonic", lambda: next(clock))
    bar = Bar("verifying N", ascii=True, cells=60)
    bar.draw()
    for part in (0.5, 1.0):
        bar.tell("MACs", part)
        bar.draw()
    none = "\rverifying N  ........................  2 s\x1b[K"
    half = "\rverifying N  ############............  MACs  2 s\x1b[K"
    whole = "\rverifying N  ########################  MACs  3 s\x1b[K"
    assert capsys.readouterr().err == none + half + whole
