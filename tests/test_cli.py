"""The command line as a whole: help, wrong words, exit codes, colours, and whatever can go wrong with the streams."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

import cnndsl
from cnndsl import commands
from tests.commands.programs import FAMILY, LENET, UNPARSED, WRONG
from tests.conftest import Ran

COMMANDS = (
    *("analyze", "check", "compile", "completion", "diagram", "diff", "expand"),
    *("explain", "report", "rf", "serve", "verify", "zoo"),
)
READERS = ("analyze", "check", "compile", "diagram", "expand")  # of a program


def shell(*words: str, script: str = "", **more: object) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own; with `script`, that code in its place."""
    start = ["-c", script] if script else ["-m", "cnndsl"]
    environment = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "CNNDSL_DEBUG")}
    environment |= more.pop("env", {})  # type: ignore[call-overload]
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [sys.executable, *start, *words], text=True, timeout=60, check=False, env=environment, **{"capture_output": True, **more}
    )


def errors(ran: Ran) -> list[str]:
    return [line for line in ran.err.splitlines() if line.startswith("error")]


# ---- words -----------------------------------------------------------------------


def test_no_command(cli) -> None:
    ran = cli()
    assert (ran.code, ran.out) == (2, "")
    assert errors(ran) == ["error[E0001]: no command is given"]
    assert all(name in ran.err for name in COMMANDS)


def test_help_lists_all_commands(cli) -> None:
    ran = cli("--help")
    assert (ran.code, ran.err) == (0, "")
    assert tuple(commands.texts()) == COMMANDS
    for name in COMMANDS:
        assert f"  {name:<12}{commands.summary(name)}\n" in ran.out
    assert cli("-h") == ran
    assert max(map(len, ran.out.splitlines())) <= 80


@pytest.mark.parametrize("words", [[], *([name] for name in COMMANDS)])
def test_help_says_the_exit_codes(cli, words: list[str]) -> None:
    """Each of them, and the reference says the same."""
    reference = (Path(__file__).parents[1] / "specs" / "language.md").read_text("utf-8")
    help = cli(*words, "--help").out.partition("exit codes:\n")[2]
    assert [line.split()[0] for line in help.splitlines()] == ["0", "1", "2", "130", "141"]
    for line in help.splitlines():
        code, said = line.split(maxsplit=1)
        assert f"| {code} | {said} |" in reference


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command(cli, name: str) -> None:
    ran = cli(name, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"usage: cnndsl {name} [-h]")
    assert ran.out.isascii()
    for example in commands.find(name).EXAMPLES:
        assert example in ran.out


def test_version(cli) -> None:
    assert cli("--version") == (0, f"cnndsl {cnndsl.__version__}\n", "")


@pytest.mark.parametrize(
    ("words", "title", "help"),
    [
        (["analyse"], "there is no command analyse", "did you mean `analyze`?"),
        (
            ["frobnicate"],
            "there is no command frobnicate",
            f"there are {', '.join(COMMANDS)}",
        ),
        (["--vers"], "cnndsl has no option --vers", "did you mean `--version`?"),
        (["analyze", "x.cnn", "--dept=2"], "cnndsl analyze has no option --dept", "did you mean `--depth`?"),
        (["analyze", "x.cnn", "-q"], "cnndsl analyze has no option -q", "`cnndsl analyze --help` lists what it takes"),
        (["analyze", "x.cnn", "y.cnn"], "there is one argument too many: y.cnn", "`cnndsl analyze --help` lists what it takes"),
        (["analyze"], "the following arguments are required: FILE", "`cnndsl analyze --help` lists what it takes"),
        (["analyze", "x.cnn", "--net"], "--net: expected one argument", "`cnndsl analyze --help` lists what it takes"),
        (["analyze", "x.cnn", "--format", "jsn"], "--format cannot be jsn", "did you mean `json`?"),
        (["analyze", "x.cnn", "--dtype", "int"], "--dtype cannot be int", "it is one of float64, float32, float16, bfloat16"),
        (["analyze", "x.cnn", "--depth", "0"], "--depth cannot be 0", "it is a whole number from 1 on"),
        (["analyze", "x.cnn", "--batch", "1.5"], "--batch cannot be 1.5", "it is a whole number from 1 on"),
        (["check", "x.cnn", "--max-layers", "many"], "--max-layers cannot be many", "it is a whole number from 1 on"),
        (["diagram", "x.cnn", "--direction", "up"], "--direction cannot be up", "it is one of down, right"),
        (["--color", "neve", "zoo"], "--color cannot be neve", "did you mean `never`?"),
        (["zoo", "--color=maybe"], "--color cannot be maybe", "it is one of auto, always, never"),
    ],
)
def test_wrong_words(cli, words: Sequence[str], title: str, help: str) -> None:
    assert cli(*words) == (2, "", f"error[E0001]: {title}\n  = help: {help}\n")


# ---- files that cannot be read ------------------------------------------------------


@pytest.mark.parametrize("command", READERS)
@pytest.mark.parametrize(
    ("content", "code", "title"),
    [
        (None, "E0901", "there is no file net.cnn"),
        ("folder", "E0902", "net.cnn is a directory, not a program"),
        (b"\x7fELF\0\0", "E0904", "net.cnn is binary, not the text of a program"),
        ("net Caf\xe9".encode("latin-1"), "E0905", "net.cnn is not UTF-8 text"),
        ("net N".encode("utf-16"), "E0905", "net.cnn is UTF-16, not UTF-8"),
        (b" \n", "E0906", "net.cnn is empty"),
    ],
)
def test_a_file_that_cannot_be_read(cli, command: str, content: bytes | str | None, code: str, title: str) -> None:
    if isinstance(content, bytes):
        Path("net.cnn").write_bytes(content)
    elif content:
        Path("net.cnn").mkdir()
    ran = cli(command, "net.cnn")
    assert (ran.code, ran.out) == (2, "")
    assert errors(ran) == [f"error[{code}]: {title}"]


@pytest.mark.parametrize("command", READERS)
def test_standard_input(cli, command: str) -> None:
    Path("lenet.cnn").write_text(LENET)
    written = cli(command, "lenet.cnn")
    piped = cli(command, "-", stdin=LENET.encode())
    assert written.code == piped.code == 0
    assert piped.out == written.out.replace("lenet.cnn", "<stdin>")


@pytest.mark.parametrize("command", READERS)
def test_errors_of_a_program(cli, command: str) -> None:
    ran = cli(command, "-", stdin=WRONG.encode())
    assert (ran.code, ran.out) == (1, "")
    assert len(errors(ran)) == 2
    assert " --> <stdin>:3:6\n" in ran.err
    assert "did you mean `Conv`?" in ran.err
    assert "<stdin>:4:" in ran.err


@pytest.mark.parametrize("command", READERS)
def test_a_program_that_does_not_parse(cli, command: str) -> None:
    ran = cli(command, "-", stdin=UNPARSED.encode())
    assert (ran.code, ran.out) == (1, "")
    assert len(errors(ran)) == 1
    assert " --> <stdin>:3:" in ran.err


# ---- which net, and as what -----------------------------------------------------------

SINGLE = ("compile", "diagram", "expand")  # what takes one net


@pytest.mark.parametrize("command", [*SINGLE, "analyze"])
@pytest.mark.parametrize(
    ("words", "title", "help"),
    [
        (["--net", "Smal"], "error[E0003]: <stdin> has no net Smal", "did you mean `Small`?"),
        (["--net", "Zzz"], "error[E0003]: <stdin> has no net Zzz", "it has Base, Small, Large"),
        (["--net", "Base"], "error[E0001]: Base needs width", "give it: --set width=…"),
        (
            ["--net", "Small", "--set", "width=3"],
            "error[E0001]: Small takes no parameter width from outside",
            "it takes classes, act, norm",
        ),
        (
            ["--net", "Small", "--set", "clases=3"],
            "error[E0001]: Small takes no parameter clases from outside",
            "did you mean `classes`?",
        ),
        (
            ["--set", "classes"],
            "error[E0001]: --set cannot be classes",
            "write the parameter and its value, as in --set classes=10",
        ),
        (["--set", "1=2"], "error[E0001]: --set cannot be 1=2", "write the parameter and its value, as in --set classes=10"),
        (
            ["--net", "Small", "--set", "act=ELU", "--set", "act=SiLU"],
            "error[E0001]: --set is given twice for act",
            "keep one of them",
        ),
        (
            ["--input", "3x0x5"],
            "error[E0001]: --input cannot be 3x0x5",
            "write its sizes without the batch, as in --input 3x224x224",
        ),
        (["--input", "a=b"], "error[E0001]: --input cannot be a=b", "write its sizes without the batch, as in --input 3x224x224"),
        (
            ["--net", "Small", "--input", "3x4x4", "--input", "3x5x5"],
            "error[E0001]: --input is given twice",
            "keep one of them",
        ),
        (
            ["--net", "Small", "--input", "3x4x4", "--input", "image=3x5x5"],
            "error[E0001]: --input is given with a name and without",
            "name every input: --input left=3x32x32 --input right=3x32x32",
        ),
    ],
)
def test_what_cannot_be_had_of_a_net(cli, command: str, words: Sequence[str], title: str, help: str) -> None:
    ran = cli(command, "-", *words, stdin=FAMILY.encode())
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"{title}\n  = help: {help}\n"


@pytest.mark.parametrize("words", [["compile", "--flat"], ["diagram"], ["expand"]])
def test_several_nets_and_none_named(cli, words: list[str]) -> None:
    ran = cli(*words, "-", stdin=FAMILY.encode())
    assert ran == (2, "", "error[E0004]: <stdin> declares several nets\n  = help: choose one with --net: Small, Large\n")


@pytest.mark.parametrize("command", SINGLE)
def test_the_net_that_what_is_set_completes(cli, command: str) -> None:
    template = FAMILY.split("net Small")[0]
    ran = cli(command, "-", "--set", "width=5", stdin=template.encode())
    assert (ran.code, ran.err) == (0, "")
    assert ran == cli(command, "-", "--net", "Base", "--set", "width=5", stdin=template.encode())


@pytest.mark.parametrize("command", [*SINGLE, "analyze"])
def test_no_net_is_complete(cli, command: str) -> None:
    ran = cli(command, "-", stdin=FAMILY.split("net Small")[0].encode())
    assert (ran.code, ran.out) == (2, "")
    assert errors(ran) == ["error[E0004]: the nets of <stdin> need parameters"]
    assert "note: Base needs width\n" in ran.err
    assert "help: choose one and give them: --net Base --set width=…\n" in ran.err


@pytest.mark.parametrize("command", [*SINGLE, "analyze"])
def test_no_net_is_declared(cli, command: str) -> None:
    ran = cli(command, "-", stdin=b"block B { ReLU }\n")
    assert ran == (2, "", "error[E0004]: <stdin> declares no net\n  = help: write `net Name { … }`\n")


@pytest.mark.parametrize("command", READERS)
def test_an_input_of_the_wrong_rank(cli, command: str) -> None:
    ran = cli(command, "-", "--input", "3x320", stdin=LENET.encode())
    assert (ran.code, ran.out) == (1, "")
    assert errors(ran) == ["error[E0503]: image has 3 numbers, and 3×320 is asked for"]
    assert " --> <stdin>:3:3\n" in ran.err
    assert "--input 1x32x32" in ran.err


# ---- programs that ship ---------------------------------------------------------------


@pytest.mark.parametrize("command", SINGLE)
def test_a_net_that_ships(cli, command: str) -> None:
    ran = cli(command, "zoo:resnet18")
    assert (ran.code, ran.err) == (0, "")
    assert "resnet18" in ran.out


def test_a_file_that_ships(cli) -> None:
    ran = cli("expand", "zoo:resnet")
    assert ran.code == 2
    assert "choose one with --net: resnet18, " in ran.err
    assert cli("expand", "zoo:resnet", "--net", "resnet18").out == cli("expand", "zoo:resnet18").out


def test_all_nets_of_a_file_in_one_module(cli) -> None:
    ran = cli("compile", "zoo:resnet")
    assert (ran.code, ran.err) == (0, "")
    assert "def resnet18(" in ran.out
    assert "def resnet50(" in ran.out
    ran = cli("compile", "zoo:resnet", "--flat")
    assert ran.code == 2
    assert "choose one with --net: resnet18, " in ran.err


@pytest.mark.parametrize("command", READERS)
def test_no_name_of_what_ships(cli, command: str) -> None:
    ran = cli(command, "zoo:")
    assert (ran.code, errors(ran)) == (2, ["error[E0801]: no program that ships is named"])
    assert "`cnndsl zoo` lists what ships" in ran.err


@pytest.mark.parametrize("command", READERS)
def test_nothing_that_ships(cli, command: str) -> None:
    ran = cli(command, "zoo:AlexNet2O12")
    assert (ran.code, ran.out) == (2, "")
    assert errors(ran) == ["error[E0801]: nothing called AlexNet2O12 ships with cnndsl"]
    assert "did you mean `AlexNet2012`?" in ran.err


# ---- files that cannot be written -----------------------------------------------------

WRITERS = (
    ("analyze", "net.md"),
    ("compile", "net.py"),
    ("expand", "flat.cnn"),
    ("diagram", "net.dot"),
)


@pytest.mark.parametrize(("command", "name"), WRITERS)
def test_what_is_written_is_what_is_printed(cli, command: str, name: str) -> None:
    more = ["--format", "markdown"] if command == "analyze" else []
    printed = cli(command, "-", *more, stdin=LENET.encode())
    written = cli(command, "-", "-o", name, stdin=LENET.encode())
    assert written == (0, "", f"wrote {name}\n")
    text, mark = Path(name).read_text("utf-8").rstrip("\n").rsplit("\n", 1)
    assert text + "\n" == printed.out
    assert f"cnndsl:{command}:sha256=" in mark


@pytest.mark.parametrize(("command", "name"), WRITERS)
def test_nobodys_work_is_overwritten(cli, command: str, name: str) -> None:
    words = [command, "-", "-o", name]
    Path(name).write_text("mine\n")
    ran = cli(*words, stdin=LENET.encode())
    assert (ran.code, ran.out) == (2, "")
    assert errors(ran) == [f"error[E0912]: {name} exists, and cnndsl cannot tell that it wrote it"]
    assert Path(name).read_text() == "mine\n"
    assert cli(*words, "--force", stdin=LENET.encode()).code == 0
    assert cli(*words, "--set", "classes=5", stdin=LENET.encode()).code == 0  # its own file, as it left it
    Path(name).write_text("\n" + Path(name).read_text("utf-8"), "utf-8")
    ran = cli(*words, stdin=LENET.encode())
    assert errors(ran) == [f"error[E0913]: {name} was edited since cnndsl wrote it"]


@pytest.mark.parametrize(("command", "name"), WRITERS)
def test_an_output_that_cannot_be_written(cli, command: str, name: str) -> None:
    Path("file").write_text("")
    for place, code in ((f"none/{name}", "E0914"), (".", "E0911"), (f"file/{name}", "E0914")):
        ran = cli(command, "-", "-o", place, stdin=LENET.encode())
        assert (ran.code, ran.out) == (2, "")
        assert len(errors(ran)) == 1
        assert errors(ran)[0].startswith(f"error[{code}]: ")
    assert [path.name for path in Path().iterdir()] == ["file"]


@pytest.mark.parametrize(("command", "name"), WRITERS)
def test_an_output_that_makes_no_sense(cli, command: str, name: str) -> None:
    """It is refused before the program is read."""
    Path("out").mkdir()
    for place, title, help in (
        ("", "error[E0001]: -o cannot be empty", "name a file, or - for standard output"),
        ("net.jpg", f"error[E0001]: cnndsl {command} cannot write net.jpg", Path(name).suffix),
        ("net", f"error[E0001]: cnndsl {command} cannot write net", Path(name).suffix),
        ("out", "error[E0911]: out is a directory", "name a file in it: out/net."),
        ("new/", "error[E0911]: new is a directory", "name a file in it: new/net."),
    ):
        ran = cli(command, "there is none.cnn", "-o", place)
        assert (ran.code, ran.out, errors(ran)) == (2, "", [title])
        assert help in ran.err


@pytest.mark.parametrize(("command", "name"), WRITERS)
def test_an_open_stream_takes_every_form(command: str, name: str) -> None:
    done = shell(command, "zoo:LeNet5", "-o", "/dev/stdout")
    assert (done.returncode, done.stderr) == (0, "wrote /dev/stdout\n")
    assert done.stdout == shell(command, "zoo:LeNet5").stdout


def test_a_report_in_place_of_a_module(cli) -> None:
    """What another command wrote stays, also where an option says what to write."""
    assert cli("compile", "-", "-o", "net.py", stdin=LENET.encode()).code == 0
    before = Path("net.py").read_bytes()
    ran = cli("analyze", "-", "--format", "table", "-o", "net.py", stdin=LENET.encode())
    assert errors(ran) == ["error[E0912]: net.py is what `cnndsl compile` wrote"]
    assert "`--force` overwrites it; or name another file, such as net-2.py" in ran.err
    assert (ran.code, Path("net.py").read_bytes()) == (2, before)
    assert cli("analyze", "-", "--format", "table", "-o", "net.py", "--force", stdin=LENET.encode()).code == 0
    assert errors(cli("compile", "-", "-o", "net.py", stdin=LENET.encode())) == [
        "error[E0912]: net.py is what `cnndsl analyze` wrote"
    ]


@pytest.mark.parametrize(("command", "name"), WRITERS)
def test_nothing_is_written_of_a_wrong_program(cli, command: str, name: str) -> None:
    assert cli(command, "-", "-o", name, stdin=WRONG.encode()).code == 1
    assert not list(Path().iterdir())


# ---- what is said beside --------------------------------------------------------------


@pytest.mark.parametrize("command", [*SINGLE, "analyze"])
def test_a_note_is_a_line_on_standard_error(cli, command: str) -> None:
    ran = cli(command, "-", "--set", "classes=5", stdin=LENET.encode())
    assert ran.code == 0
    assert ran.err == "<stdin>:9:3: note: contract not checked (classes=5)\n"


@pytest.mark.parametrize("command", [*SINGLE, "analyze"])
def test_errors_stand_in_full_above_a_note(cli, command: str) -> None:
    ran = cli(command, "-", "--set", "classes=SiLU", stdin=LENET.encode())
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("error[E0404]: ")
    assert ran.err.endswith("\n\n<stdin>:9:3: note: contract not checked (classes=SiLU)\n")


def test_colours(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = cli("analyze", "zoo:lenet")
    assert "\x1b" not in plain.out
    for words in (["--color", "always", "analyze", "zoo:lenet"], ["analyze", "zoo:lenet", "--color=always"]):
        coloured = cli(*words)
        assert "\x1b[1m" in coloured.out
    monkeypatch.setenv("NO_COLOR", "1")
    assert cli("--color", "always", "analyze", "zoo:lenet") == coloured  # what is asked for wins
    assert "\x1b[1;31merror" in cli("analyze", "--color", "always", "--nope").err
    assert cli("--color", "always", "compile", "zoo:LeNet5").out.isprintable() is False
    assert "\x1b" not in cli("--color", "always", "compile", "zoo:LeNet5").out  # a file's content has no colours
    assert "\x1b" not in cli("--color", "always", "analyze", "zoo:lenet", "--format", "json").out


# ---- mistakes of ours, and interruptions ------------------------------------------------


class Failing:
    """A command that raises."""

    EXAMPLES = ()

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def declare(self, parser: object) -> None: ...

    def run(self, options: object, terminal: object) -> int:
        raise self.error


@pytest.mark.parametrize("error", [RuntimeError("lost the thread"), RecursionError("too deep"), KeyError("x"), MemoryError()])
def test_internal_errors(cli, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    monkeypatch.setattr(commands, "find", lambda name: Failing(error))
    ran = cli("analyze")
    assert (ran.code, ran.out) == (2, "")
    assert errors(ran) == [f"error[E0999]: internal error: {type(error).__name__}" + (f": {error}" if str(error) else "")]
    assert "please report it" in ran.err
    assert "Traceback" not in ran.err
    monkeypatch.setenv("CNNDSL_DEBUG", "1")
    ran = cli("analyze")
    assert "Traceback (most recent call last)" in ran.err
    assert "in run\n    raise self.error\n" in ran.err


def test_an_interruption(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "find", lambda name: Failing(KeyboardInterrupt()))
    assert cli("analyze") == (130, "", "")


def test_ctrl_c(tmp_path: Path) -> None:
    """An interruption in the midst of the work, from outside."""
    program = tmp_path / "endless.cnn"
    program.write_text("net N {\n  input x: 4x8x8\n  { Conv(4, 1) } * 900000\n}\n")
    words = [sys.executable, "-m", "cnndsl", "analyze", str(program), "--max-layers", "1000000"]
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # what runs in the background is deaf to it
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heard) as process:
        try:
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(2)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (process.returncode, out, err) == (130, "", "")


WRITING = """
import os, sys, time
from cnndsl import files
from cnndsl.__main__ import run
def slow(stream):
    print("half", flush=True)
    time.sleep(60)
files.os.fsync = slow
sys.argv[1:] = ["compile", "zoo:lenet", "--net", "LeNet5", "-o", "net.py", "--force"]
sys.exit(run())
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_an_end_while_a_file_is_written_leaves_the_old_one(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "net.py").write_text("mine\n")
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    words = [sys.executable, "-c", WRITING]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, text=True, preexec_fn=heard) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "half\n"
            assert len(list(tmp_path.iterdir())) == 2
            process.send_signal(number)
            process.wait(30)
        finally:
            process.kill()
    assert process.returncode == 128 + number
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("net.py", "mine\n")]


# ---- streams ----------------------------------------------------------------------------


def test_a_reader_that_has_gone() -> None:
    """As with `| head`: the other end of the pipe is closed before much was written."""
    words = [sys.executable, "-m", "cnndsl", "analyze", "zoo:resnet152", "--format", "json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.read(1) == "{"
        process.stdout.close()
        process.stdout = None
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("words", [["analyze", "zoo:lenet"], ["compile", "zoo:LeNet5"], ["--help"]])
def test_a_full_disk(words: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = shell(*words, capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 2
    assert done.stderr == "error[E0914]: standard output cannot be written: no space left on device\n"


CLOSING = "import os, sys; os.close({0}); os.execv(sys.executable, [sys.executable, '-m', 'cnndsl', *sys.argv[1:]])"


def test_streams_that_are_closed() -> None:
    done = shell("analyze", "-", script=CLOSING.format(0))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error[E0903]: standard input is closed\n"
    done = shell("analyze", "zoo:lenet", script=CLOSING.format(1))
    assert (done.returncode, done.stderr) == (2, "error[E0914]: standard output is closed\n")
    done = shell("analyze", "nope.cnn", script=CLOSING.format(2))
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "")


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["analyze", "zoo:lenet", "--color", "always"],
        ["analyze", "zoo:vgg"],
        ["zoo", "--filter", "lenet"],
        ["check", "wrong-é.cnn"],
        ["analyze", "wrong-é.cnn", "--input", "3x320"],
    ],
)
def test_ascii(tmp_path: Path, words: list[str]) -> None:
    """A stream that takes nothing but ASCII gets nothing else, and nothing fails."""
    (tmp_path / "wrong-é.cnn").write_text("net N {\n  input x: 3x8x8\n  é: Conv(8, 9) # → ×\n}\n", "utf-8")
    done = shell(*words, cwd=tmp_path, env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}, encoding="ascii")
    assert done.returncode == (1 if "wrong-é.cnn" in words else 0)
    assert "internal error" not in done.stderr
    assert done.stdout or done.stderr


def test_programs_are_utf_8_whatever_the_locale(tmp_path: Path) -> None:
    """`cnndsl compile net.cnn > net.py` gives a file that Python reads."""
    done = shell("compile", "zoo:LeNet5", env={"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}, encoding="utf-8")
    assert done.returncode == 0
    assert done.stdout == shell("compile", "zoo:LeNet5", encoding="utf-8").stdout
    assert "×" in done.stdout
    compile(done.stdout, "net.py", "exec")


# ---- what is loaded ---------------------------------------------------------------------

HEAVY = {"torch", "numpy", "networkx", "graphviz", "rich", "sympy", "pandas", "matplotlib"}
LOADED = """
import sys
from cnndsl.__main__ import run
code = run()
sys.stdout.flush()
print(code, *sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("words", "more"),
    [
        (["check", "zoo:resnet"], set()),
        (["analyze", "zoo:resnet50"], set()),
        (["analyze", "zoo:resnet50", "--format", "json"], set()),
        (["expand", "zoo:resnet50"], set()),
        (["compile", "zoo:resnet50"], set()),
        (["zoo"], set()),
        (["diagram", "zoo:resnet50", "-o", "net.dot"], {"networkx", "graphviz"}),
    ],
)
def test_nothing_heavy_is_loaded(tmp_path: Path, words: list[str], more: set[str]) -> None:
    done = shell(*words, script=LOADED, cwd=tmp_path)
    code, *names = done.stderr.splitlines()[-1].split()
    assert code == "0"
    assert "cnndsl" in names
    assert set(names) & HEAVY <= more
