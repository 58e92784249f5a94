"""Small files made with malice: each is answered soon, and in little memory.

Each command runs in a child of a process that has no more than cnndsl in it; CPU and the most memory are the child's own.
The bounds are a second and 200 MB; time is doubled for a busy machine. What is accepted may take as long as its layers ask for.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
BOMBS = sorted((HERE / "bombs").glob("*.cnn"))
COMMANDS = ("check", "analyze", "expand", "compile", "diagram", "rf")
SECONDS, MEGABYTES = 2.0, 200
CHILDREN = """
import io, json, os, resource, sys
from cnndsl import cli

def run(path, command, write):
    resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
    resource.setrlimit(resource.RLIMIT_AS, (2**32, 2**32))
    sys.stdin, sys.stdout, sys.stderr = open(os.devnull), open(os.devnull, "w"), os.fdopen(write, "w")
    code = 70
    try:
        code = cli.main([command, path])
        sys.stderr.flush()
    finally:
        os._exit(code)

cli.main(["check", "zoo:lenet"])  # what every command loads is loaded once
for path in sys.argv[2:]:
    for command in sys.argv[1].split(","):
        read, write = os.pipe()
        child = os.fork()
        if not child:
            os.close(read)
            run(path, command, write)
        os.close(write)
        said = os.fdopen(read).read()
        _, status, used = os.wait4(child, 0)
        code = os.waitstatus_to_exitcode(status)
        seconds = used.ru_utime + used.ru_stime
        print(json.dumps([path, command, code, seconds, used.ru_maxrss / 1000, said]), flush=True)
        if command == "check" and "error" in said:
            break  # all other commands say the same
"""


def measured(bombs: list[Path], commands: tuple[str, ...]) -> list[list[Any]]:
    """Of each command on each file: path, command, exit code, CPU in seconds, the most memory in MB, what is said."""
    words = [sys.executable, "-c", CHILDREN, ",".join(commands), *map(str, bombs)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=HERE.parents[1])
    return [json.loads(line) for line in done.stdout.splitlines()]


def held(found: list[list[Any]], bombs: list[Path]) -> None:
    assert {path for path, *_ in found} == set(map(str, bombs))
    for path, command, code, seconds, megabytes, said in found:
        what = f"{Path(path).stem}, {command}: {code}, {seconds:.2f} s, {megabytes:.0f} MB\n{said[:500]}"
        assert code in (0, 1), what
        assert "E0999" not in said, what
        assert megabytes < MEGABYTES, what
        assert code == 0 or seconds < SECONDS, what


@pytest.mark.parametrize("part", [0, 1, *(pytest.param(part, marks=pytest.mark.slow) for part in range(2, 8))])
def test_every_bomb_is_answered_soon(part: int) -> None:
    bombs = BOMBS[part::8]
    held(measured(bombs, ("check",)), bombs)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(8))
def test_every_command_answers_soon(part: int) -> None:
    bombs = BOMBS[part::8]
    held(measured(bombs, COMMANDS), bombs)
