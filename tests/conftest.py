"""What all tests share: one thread a process, properties that try the same examples on every run, the command line."""

import io
import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import settings

from cnndsl.cli import main

for folder in ("grammar", "specs"):  # those of this checkout, where another one is installed
    import_module(f"cnndsl.{folder}").__path__ = [str(Path(__file__).parents[1] / folder)]

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read by torch when it is first imported

settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None, max_examples=2000)  # HYPOTHESIS_PROFILE=search: new ones, many
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


class Ran(NamedTuple):
    """What a command gave: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Ran]:
    """Runs the command line within this process, in an empty folder; `stdin` is what it reads."""
    for name in ("NO_COLOR", "COLUMNS", "CNNDSL_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*words: str, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = main(words)
        return Ran(code, *capsys.readouterr())

    return run
