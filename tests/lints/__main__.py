"""`python -m tests.lints` prints the page of all lints; `--write` puts it into specs/lints.md."""

from __future__ import annotations

import argparse

from .page import PAGE, page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="into specs/lints.md, instead of standard output")
    if parser.parse_args().write:
        PAGE.write_text(page(), "utf-8")
    else:
        print(page())


if __name__ == "__main__":
    main()
