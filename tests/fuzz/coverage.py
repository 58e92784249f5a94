"""Inputs that reach new lines, by atheris (libFuzzer), where it is installed."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import mkdtemp

try:
    import atheris
except ImportError:  # no part of `dev`: it has no wheels for every Python
    atheris = None

LONGEST = 400  # characters


def guided(seconds: float, seed: int, folder: Path | None) -> None:
    """Runs for so long, and ends the process: libFuzzer does. Nothing of cnndsl may be loaded before."""
    with atheris.instrument_imports(include=["cnndsl"]):
        from . import oracle
        from .spoilt import WORDS, seeds
        from .tally import Tally
    tally = Tally(folder)
    oracle.limit_memory()

    def one(data: bytes) -> None:
        given: str | bytes = data
        if data[:1] != b"\xff":  # else as the bytes of a file
            given = data.decode("utf-8", "replace")
        tally.note("coverage", given, oracle.held(given))

    corpus = folder / "corpus" if folder is not None else Path(mkdtemp())
    corpus.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(seeds()):
        if len(text) <= LONGEST:
            (corpus / f"seed{number}").write_text(text, "utf-8")
    words = corpus.with_suffix(".dict")
    words.write_text("".join(f'"{escaped(word)}"\n' for word in WORDS))
    options = [f"-max_total_time={int(seconds)}", f"-seed={seed}", f"-max_len={LONGEST}", "-timeout=60", "-rss_limit_mb=4096"]
    options += [f"-artifact_prefix={corpus}/../"]
    atheris.Setup([sys.argv[0], str(corpus), *options, f"-dict={words}", "-verbosity=0"], one)
    atheris.Fuzz()


def escaped(word: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word.encode())
