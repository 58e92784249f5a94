"""What went through and what was found, to files that later runs add to."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from .oracle import SLOW, Outcome
from .shrink import shrunk

EVERY = 20.0  # seconds between two states of the file


@dataclass
class Tally:
    """Counts by source; with a folder, they go on from those of the runs before, and what is found is kept there."""

    folder: Path | None = None
    counts: Counter[str] = field(default_factory=Counter)
    marks: set[str] = field(default_factory=set)
    saved: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            before = self.folder / "counts.json"
            self.counts = Counter(json.loads(before.read_text())) if before.exists() else Counter()

    def note(self, kind: str, given: str | bytes, outcome: Outcome) -> None:
        """One input more; what fails in a new way is made smaller, and told."""
        self.counts[kind] += 1
        self.counts["accepted"] += outcome.accepted
        self.counts["slow"] += outcome.seconds > SLOW
        if outcome.failure is not None:
            self.counts["failed"] += 1
            if outcome.failure.mark not in self.marks:
                self.marks.add(outcome.failure.mark)
                self.tell(outcome.failure.mark, outcome.failure.told, shrunk(given, outcome.failure.mark))
        elif outcome.seconds > SLOW and "slow" not in self.marks:
            self.marks.add("slow")
            self.tell("slow", f"{outcome.seconds:.1f} s", given)
        if time.monotonic() - self.saved > EVERY:
            self.save()

    def tell(self, mark: str, told: str, given: str | bytes) -> None:
        print(f"\n==== {mark}\n{told.rstrip()}\n---- input\n{given!r}", flush=True)
        if self.folder is not None:
            data = given if isinstance(given, bytes) else given.encode("utf-8", "surrogatepass")
            name = sha256(data).hexdigest()[:12]
            (self.folder / f"{name}.cnn").write_bytes(data)
            (self.folder / f"{name}.txt").write_text(f"{mark}\n{told}", "utf-8", "backslashreplace")

    def save(self) -> None:
        self.saved = time.monotonic()
        if self.folder is not None:
            part = self.folder / "counts.part"
            part.write_text(json.dumps(self.counts, indent=1) + "\n")
            part.replace(self.folder / "counts.json")

    @property
    def inputs(self) -> int:
        return sum(self.counts[kind] for kind in ("grammar", "mutated", "coverage"))
