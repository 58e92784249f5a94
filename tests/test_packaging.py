"""The package as it is installed: the list of packages is complete, and both kinds of installation hold all of it."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
SETUPTOOLS = PROJECT["tool"]["setuptools"]
FOLDERS = {"cnndsl": "cnndsl", "cnndsl.grammar": "grammar", "cnndsl.specs": "specs"}
DATA = (".lark", ".cnn", ".typed", ".json", ".css", ".js")


def shipped() -> set[str]:
    """Every file that belongs into an installation, by its path there."""
    return {
        f"{package.replace('.', '/')}/{path.relative_to(ROOT / folder).as_posix()}"
        for package, folder in FOLDERS.items()
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", *DATA) or path.name == "py.typed" or path.match("specs/codes/*.md")
    }


def test_every_folder_with_code_is_listed() -> None:
    folders = {file.rpartition("/")[0].replace("/", ".") for file in shipped() if file.endswith(".py")}
    assert sorted(SETUPTOOLS["packages"]) == sorted(folders)
    assert SETUPTOOLS["packages"] == sorted(SETUPTOOLS["packages"])
    assert {name: folder for name, folder in FOLDERS.items() if name != folder} == SETUPTOOLS["package-dir"]


def test_every_folder_with_code_is_a_package() -> None:
    """Without its `__init__.py` a folder is in an editable installation and not in a wheel."""
    for folder in {path.parent for name in FOLDERS.values() for path in (ROOT / name).rglob("*.py")}:
        assert (folder / "__init__.py").is_file(), f"{folder} has no __init__.py"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is built from, so that a build leaves nothing behind here."""
    copy = tmp_path_factory.mktemp("tree")
    for name in FOLDERS.values():
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "LICENSE", "README.md"):
        shutil.copy(ROOT / name, copy)
    return copy


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """A new virtual environment that sees the dependencies of this one, and not the cnndsl that is installed here."""
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    python = tmp_path / "venv" / "bin" / "python"
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path).strip()
    # Read from a .pth file a folder goes onto the path without its own .pth files, the editable installation's too.
    (Path(site) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def run(*command: str | Path, cwd: Path) -> str:
    """Standard output of a command that must succeed; nothing of this process's paths goes with it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(list(map(str, command)), cwd=cwd, env=clean, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def install(python: Path, what: str | Path, *how: str, cwd: Path) -> None:
    run(python, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--no-index", *how, what, cwd=cwd)


def check(python: Path, cwd: Path) -> None:
    """The package, its data and its command work from a folder that is not the project's."""
    script = (
        "from importlib.resources import files\n"
        "import cnndsl, cnndsl.grammar, cnndsl.specs, cnndsl.ops\n"
        "assert files('cnndsl.grammar').joinpath('cnn.lark').read_text('utf-8').strip()\n"
        "assert files('cnndsl').joinpath('py.typed').is_file()\n"
        "assert 'Conv' in cnndsl.ops.names()\n"
        "print(cnndsl.__file__)\n"
    )
    print(run(python, "-c", script, cwd=cwd))
    program = cwd / "tiny.cnn"
    program.write_text("net Tiny {\n  input image: 1x28x28\n  Flatten -> fc: Linear(10)\n}\n")
    assert "7,850" in run(python.with_name("cnndsl"), "analyze", program, cwd=cwd)


def test_from_a_wheel(tree: Path, environment: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, tree, cwd=tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == shipped()
    install(environment, wheel, cwd=tmp_path)
    check(environment, tmp_path)


def test_from_a_source_distribution(tree: Path, tmp_path: Path) -> None:
    """A wheel made from the source distribution holds as much as one made from the tree."""
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", tmp_path, tree, cwd=tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    assert {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name} == shipped()


def test_editable(tree: Path, environment: Path, tmp_path: Path) -> None:
    install(environment, tree, "-e", cwd=tmp_path)
    check(environment, tmp_path)
    (tree / "cnndsl" / "fresh.py").write_text("")
    run(environment, "-c", "import cnndsl.fresh", cwd=tmp_path)
