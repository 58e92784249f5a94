"""Files: what is read, what is refused, and that nothing of the user's is ever overwritten unasked."""

import io
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cnndsl.diagnostics import Problem
from cnndsl.files import LIMIT, FileProblem, is_ours, marked, read_source, write
from cnndsl.marks import TEMPLATES, made_by

NET = "net A {\n  input x: 1x8x8\n}\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test stands in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def unprivileged(here: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Root may do everything, so root becomes nobody for the while, in a folder that anybody may enter."""
    if os.geteuid() != 0:
        yield
        return
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        with monkeypatch.context() as patch:
            patch.chdir(folder)
            os.seteuid(65534)
            try:
                yield
            finally:
                os.seteuid(0)


def names() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


def told(action: Callable[[], object]) -> FileProblem:
    with pytest.raises(FileProblem) as caught:
        action()
    assert isinstance(caught.value, Problem)
    return caught.value


def lines(problem: FileProblem) -> list[str]:
    return [f"{problem.code} {problem.title}", *problem.notes, *([problem.help] if problem.help else [])]


# ---- reading ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (NET.encode(), NET),
        (b"\xef\xbb\xbf" + NET.encode(), NET),
        (NET.replace("\n", "\r\n").encode(), NET.replace("\n", "\r\n")),
        ('net A { "名前 é" }'.encode(), 'net A { "名前 é" }'),
    ],
    ids=["plain", "byte-order mark", "CRLF", "any Unicode"],
)
def test_read(content: bytes, text: str) -> None:
    Path("a.cnn").write_bytes(content)
    source = read_source("a.cnn")
    assert (source.text, source.name) == (text, "a.cnn")


def test_read_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(NET.encode())))
    source = read_source("-")
    assert (source.text, source.name) == (NET, "<stdin>")


def test_missing_files() -> None:
    Path("examples").mkdir()
    Path("examples/lenet.cnn").write_text(NET)
    Path("lenet.cnn").write_text(NET)
    Path("notes.txt").write_text(NET)
    assert lines(told(lambda: read_source("lenett.cnn"))) == ["E0901 there is no file lenett.cnn", "did you mean lenet.cnn?"]
    assert lines(told(lambda: read_source("lenet"))) == ["E0901 there is no file lenet", "did you mean lenet.cnn?"]
    assert lines(told(lambda: read_source("note.txt"))) == ["E0901 there is no file note.txt", "did you mean notes.txt?"]
    assert lines(told(lambda: read_source("zzz"))) == ["E0901 there is no file zzz"]
    assert lines(told(lambda: read_source("exmaples/lenet.cnn"))) == [
        "E0901 there is no file exmaples/lenet.cnn",
        "exmaples does not exist",
        "did you mean examples/lenet.cnn?",
    ]
    assert lines(told(lambda: read_source("notes.txt/lenet.cnn")))[:2] == [
        "E0901 there is no file notes.txt/lenet.cnn",
        "notes.txt is a file, not a folder",
    ]


def test_a_directory() -> None:
    Path("nets").mkdir()
    assert lines(told(lambda: read_source("nets"))) == ["E0902 nets is a directory, not a program", "name a file in it"]
    for name in "dcba":
        Path(f"nets/{name}.cnn").write_text(NET)
    assert told(lambda: read_source("nets")).help == "name a file in it: nets/a.cnn, nets/b.cnn, nets/c.cnn, 1 more"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"net A {\0}", ["E0904 a.cnn is binary, not the text of a program", "byte 7 is NUL"]),
        (b"\x7fELF\x02\x00", ["E0904 a.cnn is binary, not the text of a program", "byte 5 is NUL"]),
        (
            b"net A {\n  caf\xe9: ReLU\n}",
            [
                "E0905 a.cnn is not UTF-8 text",
                "byte 13, in line 2, is 0xe9: invalid continuation byte",
                "if it is Latin-1, convert it: `iconv -f ISO-8859-1 -t UTF-8 a.cnn > new.cnn`",
            ],
        ),
        (
            b"\xef\xbb\xbfnet \xff",
            [
                "E0905 a.cnn is not UTF-8 text",
                "byte 7, in line 1, is 0xff: invalid start byte",
                "if it is Latin-1, convert it: `iconv -f ISO-8859-1 -t UTF-8 a.cnn > new.cnn`",
            ],
        ),
        (
            NET.encode("utf-16"),
            ["E0905 a.cnn is UTF-16, not UTF-8", "convert it: `iconv -f UTF-16 -t UTF-8 a.cnn > new.cnn`"],
        ),
    ],
    ids=["NUL", "ELF", "Latin-1", "Latin-1 after a byte-order mark", "UTF-16"],
)
def test_what_is_no_text(content: bytes, said: list[str]) -> None:
    Path("a.cnn").write_bytes(content)
    assert lines(told(lambda: read_source("a.cnn"))) == said


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b" \n\t\r\n"])
def test_empty(content: bytes) -> None:
    Path("a.cnn").write_bytes(content)
    problem = told(lambda: read_source("a.cnn"))
    assert (problem.code, problem.title) == ("E0906", "a.cnn is empty")
    assert problem.help is not None
    assert "net Tiny {" in problem.help


def test_endless_input_is_given_up() -> None:
    problem = told(lambda: read_source("/dev/zero"))
    assert (problem.code, problem.title) == ("E0907", f"/dev/zero is larger than {LIMIT // 2**20} MiB")


def test_names_that_no_system_takes() -> None:
    assert told(lambda: read_source("a\0b")).code == "E0903"
    assert lines(told(lambda: read_source("a" * 300))) == [f"E0903 {'a' * 300} cannot be read: file name too long"]
    Path("loop").symlink_to("loop")
    assert told(lambda: read_source("loop")).code == "E0903"


@pytest.mark.usefixtures("unprivileged")
def test_unreadable() -> None:
    Path("a.cnn").write_text(NET)
    Path("a.cnn").chmod(0)
    assert lines(told(lambda: read_source("a.cnn"))) == ["E0903 a.cnn cannot be read: permission denied"]


# ---- writing ----------------------------------------------------------------


def test_a_new_file_is_marked_and_can_be_replaced() -> None:
    write("net.py", "x = 1\n")
    first = Path("net.py").read_text()
    assert first.startswith("x = 1\n# cnndsl:sha256=")
    assert is_ours("net.py")
    write("net.py", "x = 2\n")
    assert Path("net.py").read_text().startswith("x = 2\n")
    assert names() == ["net.py"], "no temporary file is left"


def test_what_somebody_else_wrote_stays() -> None:
    Path("net.py").write_text("mine\n")
    assert lines(told(lambda: write("net.py", "x = 1\n"))) == [
        "E0912 net.py exists, and cnndsl cannot tell that it wrote it",
        "`--force` overwrites it; or name another file, such as net-2.py",
    ]
    assert Path("net.py").read_text() == "mine\n"
    write("net.py", "x = 1\n", force=True)
    assert is_ours("net.py")


@pytest.mark.parametrize("suffix", sorted(TEMPLATES))
def test_what_was_edited_since_stays(suffix: str) -> None:
    file = Path(f"net{suffix}")
    Path(f"net-2{suffix}").write_text("taken")
    write(file, "one\ntwo\n")
    assert is_ours(file)
    for edited in (
        file.read_bytes().replace(b"one", b"eno"),
        b"before\n" + file.read_bytes(),
        file.read_bytes() + b"after\n",
        file.read_bytes()[:-1],
    ):
        file.write_bytes(edited)
        assert not is_ours(file)
        assert lines(told(lambda: write(file, "x\n"))) == [
            f"E0913 net{suffix} was edited since cnndsl wrote it",
            f"`--force` overwrites it; or name another file, such as net-3{suffix}",
        ]
        assert file.read_bytes() == edited
        write(file, "one\ntwo\n", force=True)


def test_a_checkout_with_other_line_ends_is_no_edit() -> None:
    write("net.py", "one\ntwo\n")
    Path("net.py").write_bytes(Path("net.py").read_bytes().replace(b"\n", b"\r\n"))
    assert is_ours("net.py")


@pytest.mark.parametrize("name", ["net.json", "net.csv", "net.txt", "net"])
def test_formats_without_room_for_a_mark_are_written_once(name: str) -> None:
    write(name, "[1]\n")
    assert Path(name).read_text() == "[1]\n"
    assert not is_ours(name)
    write(name, "[1]\n")  # nothing would change
    assert told(lambda: write(name, "[2]\n")).code == "E0912"
    assert Path(name).read_text() == "[1]\n"
    write(name, "[2]\n", force=True)
    assert json.loads(Path(name).read_text()) == [2]


MAKERS = st.sampled_from(["", "compile", "expand"])


@given(st.text(alphabet=st.sampled_from("ab# \n"), max_size=20), st.sampled_from(sorted(TEMPLATES)), MAKERS)
def test_marking_is_idempotent_and_appends(text: str, suffix: str, maker: str) -> None:
    once = marked(text, suffix, maker)
    assert once.startswith(text)
    assert marked(once, suffix, maker) == once
    assert marked(text.encode(), suffix, maker) == once.encode()
    assert made_by(once.encode(), suffix) == maker
    assert made_by(once.encode() + b"x", suffix) is None


@pytest.mark.parametrize("name", ["net.py", "net.svg"])
def test_what_another_command_wrote_stays(name: str) -> None:
    write(name, "one\n", maker="compile")
    write(name, "two\n", maker="compile")
    assert lines(told(lambda: write(name, "three\n", maker="expand"))) == [
        f"E0912 {name} is what `cnndsl compile` wrote",
        f"`--force` overwrites it; or name another file, such as net-2{name[3:]}",
    ]
    assert Path(name).read_text().startswith("two\n")
    write(name, "three\n", force=True, maker="expand")
    write(name, "four\n", maker="expand")
    Path(name).write_text("edited" + Path(name).read_text())
    assert told(lambda: write(name, "five\n", maker="expand")).code == "E0913"


@pytest.mark.skipif(not shutil.which("dot"), reason="graphviz's dot is not installed")
@pytest.mark.parametrize("form", ["png", "pdf", "svg"])
def test_marked_drawings_stay_drawings(form: str) -> None:
    drawn = subprocess.run(["dot", f"-T{form}"], input=b"digraph { a -> b }", capture_output=True, check=True).stdout
    write(f"net.{form}", drawn, maker="diagram")
    content = Path(f"net.{form}").read_bytes()
    assert len(content) > len(drawn)
    assert made_by(content, f".{form}") == "diagram"
    if form == "png":
        with Image.open("net.png") as picture:
            picture.load()
            assert set(picture.text) == {"cnndsl"}
        assert content.endswith(b"IEND\xaeB`\x82")
    if form == "svg":
        assert ElementTree.fromstring(content).tag.endswith("svg")
    if form == "pdf":
        assert b"%%EOF" in content[-1024:]
    middle = len(content) // 2
    Path(f"net.{form}").write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    assert not is_ours(f"net.{form}")
    Path(f"net.{form}").write_bytes(content[:middle])
    assert not is_ours(f"net.{form}")


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"\x89PNG\r\n\x1a\n\0\0\xff\xffIDAT"])
def test_a_png_that_is_none_gets_no_mark(content: bytes) -> None:
    assert marked(content, ".png") == content


def test_a_directory_or_a_missing_folder() -> None:
    Path("out").mkdir()
    Path("file").write_text("")
    assert lines(told(lambda: write("out", "x"))) == ["E0911 out is a directory", "name a file in it: out/net.py"]
    assert lines(told(lambda: write("no/such/net.py", "x"))) == [
        "E0914 there is no folder no/such",
        "make it first: `mkdir -p no/such`",
    ]
    assert lines(told(lambda: write("file/net.py", "x"))) == ["E0914 file/net.py cannot be written: file is a file, not a folder"]
    assert names() == ["file", "out"]


def test_a_write_that_fails_leaves_what_was_there(monkeypatch: pytest.MonkeyPatch) -> None:
    write("net.py", "x = 1\n")
    before = Path("net.py").read_bytes()

    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert lines(told(lambda: write("net.py", "x = 2\n"))) == ["E0914 net.py cannot be written: no space left on device"]
    assert Path("net.py").read_bytes() == before
    assert names() == ["net.py"]


def test_permissions_stay_and_a_new_file_has_the_usual_ones() -> None:
    before = os.umask(0o027)
    try:
        write("net.py", "x = 1\n")
    finally:
        os.umask(before)
    assert stat.S_IMODE(Path("net.py").stat().st_mode) == 0o640
    Path("net.py").chmod(0o755)
    write("net.py", "x = 2\n")
    assert stat.S_IMODE(Path("net.py").stat().st_mode) == 0o755


@pytest.mark.usefixtures("unprivileged")
def test_read_only() -> None:
    write("net.py", "x = 1\n")
    Path("net.py").chmod(0o444)
    assert told(lambda: write("net.py", "x = 2\n", force=True)).title == "net.py is read-only"
    Path("sub").mkdir(mode=0o555)
    assert lines(told(lambda: write("sub/net.py", "x"))) == ["E0914 sub/net.py cannot be written: permission denied"]


def test_links_stay_links() -> None:
    Path("real").mkdir()
    Path("net.py").symlink_to("real/there.py")
    write("net.py", "x = 1\n")
    write("net.py", "x = 2\n")
    assert Path("net.py").is_symlink()
    assert Path("real/there.py").read_text().startswith("x = 2\n")
    Path("loop.py").symlink_to("loop.py")
    assert told(lambda: write("loop.py", "x")).code == "E0914"


def test_devices_and_pipes_are_written_into() -> None:
    write("/dev/null", "x = 1\n")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    script = "from cnndsl.files import write; write('/dev/stdout', 'x = 1\\n')"
    root = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout == "x = 1\n"


def test_names_that_no_system_takes_cannot_be_written() -> None:
    assert told(lambda: write("a\0b", "x")).code == "E0914"
    assert lines(told(lambda: write("a" * 300, "x"))) == [f"E0914 {'a' * 300} cannot be written: file name too long"]
    assert told(lambda: write("net.py", "\ud800")).code == "E0914"
