"""The first step of `make run` finds a Python that can run the hub, or says what is missing."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

Put = Callable[[str, str], Path]
REAL = f'exec {sys.executable} "$@"'
OLD = 'echo "Python 3.11.7" >&2; exit 1'
SHIM = 'echo "pyenv: python3: command not found" >&2; echo "The command exists in 3.12.1" >&2; exit 127'


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """`put("path/python3", "what it does")`: an executable on the made-up machine."""

    def write(name: str, body: str) -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\n{body}\n")
        file.chmod(0o755)
        return file

    return write


@pytest.fixture
def find(tmp_path: Path) -> Callable[[], "subprocess.CompletedProcess[str]"]:
    """Run the script on a machine that has nothing but what was put there."""
    script = settings.BASE_DIR / "bin/find-python"
    machine = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path / "home"), "HOMEBREW_PREFIX": str(tmp_path / "brew")}
    return lambda: subprocess.run([script], env=machine, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "place",
    [
        "bin/python3",
        "bin/python3.12",
        "home/.pyenv/versions/3.13.0/bin/python3",
        "home/.local/bin/python3.14",
        "brew/bin/python3.12",
    ],
)
def test_a_python_is_found_wherever_it_lies(put, find, place):
    put("bin/python3", OLD)
    put(place, REAL)
    assert find().stdout.strip() == sys.executable


def test_a_shim_that_runs_nothing_is_passed_over(put, find):
    put("bin/python3", SHIM)
    put("bin/python3.13", SHIM)
    put("home/.pyenv/versions/3.12.1/bin/python3", REAL)
    found = find()
    assert (found.returncode, found.stdout.strip()) == (0, sys.executable)


def test_uv_fetches_one_if_there_is_none(put, find, tmp_path):
    fetched = put("elsewhere/python3.13", REAL)
    put("bin/uv", f'case "$2" in install) : >{tmp_path}/asked ;; find) echo {fetched} ;; esac')
    assert find().stdout.strip() == sys.executable
    assert (tmp_path / "asked").exists()


def test_what_was_found_and_what_to_do_is_said_plainly(put, find):
    put("bin/python3", OLD)
    put("bin/python3.12", SHIM)
    missing = find()
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "needs Python 3.12 or newer" in missing.stderr
    assert "bin/python3: Python 3.11.7\n" in missing.stderr
    assert "bin/python3.12: pyenv: python3: command not found\n" in missing.stderr
    assert "apt install python3 python3-venv" in missing.stderr


def test_a_python_without_venv_is_no_use(put, find):
    broken = "import sys; sys.modules['venv'] = None; exec(sys.argv[1])"
    put("bin/python3", f'exec {sys.executable} -c "{broken}" "$3"')
    assert "but without its module venv" in find().stderr


def test_a_machine_without_any_python_is_told_so(put, find):
    assert "No python3 is on the PATH" in find().stderr
