"""What all tests share: one thread a process, and properties that try the same examples on every run."""

import os

from hypothesis import settings

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read by torch when it is first imported

settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None, max_examples=2000)  # HYPOTHESIS_PROFILE=search: new ones, many
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
