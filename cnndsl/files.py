"""Paths to sources, and texts to files: whatever can go wrong with a file is told in plain words."""

from __future__ import annotations

import os
import re
import stat
import sys
from codecs import BOM_UTF8
from collections.abc import Iterable
from pathlib import Path

from .diagnostics import Problem, did_you_mean
from .marks import made_by, marked
from .source import Source

STDIN = "<stdin>"
LIMIT = 64 * 2**20  # bytes; a program is text that somebody wrote
UTF16 = (b"\xff\xfe", b"\xfe\xff")  # how it begins
DIRECT = re.compile(r"/dev/(stdout|stderr|fd/\d+)")  # written into even where a file stands behind
EXAMPLE = """a program declares a network:
net Tiny {
  input image: 1x28x28
  Flatten -> Linear(10)
}"""

__all__ = ["FileProblem", "directory", "is_ours", "marked", "read_source", "rewrite", "takes_anything", "write"]


class FileProblem(Problem):
    """A file that cannot be read or written, or that should not be; `code` is E0901 to E0914."""


# ---- reading ----------------------------------------------------------------


def read_source(path: str | Path) -> Source:
    """The text of a program; `-` is standard input. A byte-order mark is dropped, line ends stay as they are.

    Raises FileProblem: missing (E0901), a directory (E0902), unreadable (E0903), binary (E0904), not UTF-8 (E0905),
    empty (E0906), too large (E0907).
    """
    name = STDIN if str(path) == "-" else str(path)
    content = sys.stdin.buffer.read(LIMIT + 1) if name == STDIN else read_bytes(Path(path))
    source = Source(decoded(content, name), name)
    source.bom = content.startswith(BOM_UTF8)
    return source


def read_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LIMIT + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise missing(path) from None
    except IsADirectoryError:
        raise FileProblem(f"{path} is a directory, not a program", code="E0902", help=programs_in(path)) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise FileProblem(f"{path} cannot be read: {reason(error)}", code="E0903") from None


def missing(path: Path) -> FileProblem:
    folder = path.parent
    if not folder.is_dir():
        what = "is a file, not a folder" if folder.exists() else "does not exist"
        near = meant(folder)
        found = next((file for file in (near and near / path.name, near) if file and file.exists()), None)
        return FileProblem(f"there is no file {path}", code="E0901", notes=[f"{folder} {what}"], help=asked(found))
    return FileProblem(f"there is no file {path}", code="E0901", help=asked(meant(path)))


def asked(path: Path | None) -> str | None:
    return f"did you mean {path}?" if path else None


def meant(path: Path) -> Path | None:
    """A path in the same folder whose name is close; programs come first."""
    names = sorted(entry.name for entry in entries(path.parent))
    programs = [name for name in names if name.endswith(".cnn")]
    whole = path.name + ".cnn"
    found = whole if whole in programs else did_you_mean(path.name, programs) or did_you_mean(path.name, names)
    return path.parent / found if found else None


def programs_in(folder: Path) -> str:
    programs = sorted(entry for entry in entries(folder) if entry.suffix == ".cnn")
    if not programs:
        return "name a file in it"
    more = [f"{len(programs) - 3} more"] * (len(programs) > 3)
    return "name a file in it: " + ", ".join([*map(str, programs[:3]), *more])


def entries(folder: Path) -> Iterable[Path]:
    try:
        return list(folder.iterdir())
    except (OSError, ValueError):
        return []


def decoded(content: bytes, name: str) -> str:
    """Bytes as the text of a program."""
    if len(content) > LIMIT:
        raise FileProblem(f"{name} is larger than {LIMIT // 2**20} MiB", code="E0907", help="is this a program?")
    if content.startswith(UTF16):
        raise FileProblem(f"{name} is UTF-16, not UTF-8", code="E0905", help=recode("UTF-16", name))
    if b"\0" in content:
        offset = content.index(b"\0")
        raise FileProblem(f"{name} is binary, not the text of a program", code="E0904", notes=[f"byte {offset} is NUL"])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise misencoded(content, name) from None
    if not text.strip():
        raise FileProblem(f"{name} is empty", code="E0906", help=EXAMPLE)
    return text


def misencoded(content: bytes, name: str) -> FileProblem:
    """Where the first byte stands that is not UTF-8, counted in the file as it is."""
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        note = f"byte {error.start}, in line {line}, is 0x{content[error.start]:02x}: {error.reason}"
        advice = "if it is Latin-1, " + recode("ISO-8859-1", name)
        return FileProblem(f"{name} is not UTF-8 text", code="E0905", notes=[note], help=advice)
    raise ValueError("this is UTF-8")


def recode(encoding: str, name: str) -> str:
    file = "program.cnn" if name == STDIN else name
    return f"convert it: `iconv -f {encoding} -t UTF-8 {file} > new.cnn`"


# ---- writing ----------------------------------------------------------------


def write(path: str | Path, content: str | bytes, force: bool = False, maker: str = "") -> None:
    """Write a file whole or not at all, with cnndsl's mark where its format has room for one.

    A file that exists is replaced if the same command of cnndsl (`maker`) wrote it and it is as cnndsl left it, if
    nothing would change, or by `force`; its permissions stay, and where it is a link, the link stays too. Devices and
    pipes are written into.

    Raises FileProblem: a directory (E0911), not ours, or another command's (E0912), edited since (E0913), unwritable
    (E0914).
    """
    given = Path(path)
    try:
        data = content.encode() if isinstance(content, str) else content
        mode = given.stat().st_mode if given.exists() else None
        if mode is not None and stat.S_ISDIR(mode):
            raise directory(given)
        if takes_anything(given):
            with given.open("ab") as file:
                file.write(data)
            return
        target = given.resolve()
        data = marked(data, target.suffix.lower(), maker)
        if mode is None:
            guard_folder(target.parent, given)
        elif is_done(target, given, data, force, maker):
            return
        replace(target, data, mode)
    except (OSError, ValueError, RuntimeError) as error:  # a NUL in the name, links in a circle
        raise FileProblem(f"{given} cannot be written: {reason(error)}", code="E0914") from None


def rewrite(source: Source, text: str) -> None:
    """Put a changed text in place of a program that was read from a file: whole or not at all, its byte-order mark kept.

    Raises FileProblem (E0914): it cannot be written, is no plain file, or was changed since it was read.
    """
    given = Path(source.name)
    if takes_anything(given):
        raise FileProblem(f"{given} is no plain file, and cannot be changed in its place", code="E0914")
    try:
        target = given.resolve()
        guard_writable(target, given)
        if target.read_bytes() != encoded(source, source.text):
            raise FileProblem(f"{given} was changed while it was checked", code="E0914", help="check it again")
        replace(target, encoded(source, text), target.stat().st_mode)
    except (OSError, ValueError, RuntimeError) as error:
        raise FileProblem(f"{given} cannot be written: {reason(error)}", code="E0914") from None


def encoded(source: Source, text: str) -> bytes:
    """A text in the place of a source's, as bytes."""
    return BOM_UTF8 * source.bom + text.encode()


def guard_writable(target: Path, given: Path) -> None:
    if not os.access(target, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        raise FileProblem(f"{given} is read-only", code="E0914", help="name another file, or change its permissions")


def directory(path: Path, name: str = "net.py") -> FileProblem:
    return FileProblem(f"{path} is a directory", code="E0911", help=f"name a file in it: {path / name}")


def takes_anything(path: Path) -> bool:
    """Whether a path is no plain file, but a device, a pipe or an open stream: what is written there has no format of its own."""
    try:
        return bool(DIRECT.fullmatch(str(path))) or (path.exists() and not path.is_file() and not path.is_dir())
    except (OSError, ValueError):
        return False


def is_ours(path: str | Path) -> bool:
    """Whether cnndsl wrote a file and nobody has edited it since; False where there is none."""
    file = Path(path)
    try:
        return made_by(file.read_bytes(), file.suffix.lower()) is not None
    except (OSError, ValueError):
        return False


def guard_folder(folder: Path, given: Path) -> None:
    if folder.is_dir():
        return
    if folder.exists():
        raise FileProblem(f"{given} cannot be written: {given.parent} is a file, not a folder", code="E0914")
    raise FileProblem(f"there is no folder {given.parent}", code="E0914", help=f"make it first: `mkdir -p {given.parent}`")


def is_done(target: Path, given: Path, data: bytes, force: bool, maker: str) -> bool:
    """Whether there is nothing to do; raises where the file should not be replaced."""
    guard_writable(target, given)
    old = target.read_bytes()
    if old == data:
        return True
    known = made_by(old, target.suffix.lower())
    if force or known == maker or known == "":
        return False
    advice = f"`--force` overwrites it; or name another file, such as {free(given)}"
    if known:
        raise FileProblem(f"{given} is what `cnndsl {known}` wrote", code="E0912", help=advice)
    if re.search(rb"cnndsl(:|\0)([a-z]+:)?sha256=", old):
        raise FileProblem(f"{given} was edited since cnndsl wrote it", code="E0913", help=advice)
    raise FileProblem(f"{given} exists, and cnndsl cannot tell that it wrote it", code="E0912", help=advice)


def free(path: Path) -> Path:
    """A name beside a path that nothing has yet."""
    number = 2
    while (found := path.with_name(f"{path.stem}-{number}{path.suffix}")).exists():
        number += 1
    return found


def replace(target: Path, data: bytes, mode: int | None) -> None:
    """Through a temporary file in the same folder, so that no reader ever sees half of it."""
    part = target.parent / f".cnndsl-{os.urandom(8).hex()}"
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            part.chmod(stat.S_IMODE(mode))
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def reason(error: Exception) -> str:
    return ((error.strerror if isinstance(error, OSError) else None) or str(error)).lower()
