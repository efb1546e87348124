"""Every setting can be looked up in `.env.example`."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

from django.conf import settings

EXAMPLE = dict(re.findall(r"^#([A-Z_]+)=(.*)$", (settings.BASE_DIR / ".env.example").read_text(), re.MULTILINE))


def read_from_the_environment() -> dict[str, ast.expr | None]:
    """The names that settings.py asks `env` for, with their default."""
    tree = ast.parse((settings.BASE_DIR / "incidentio/settings.py").read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = {}
    for call in calls:
        match call:
            case ast.Call(ast.Attribute(ast.Name("env")), [ast.Constant(str(name)), *_], keywords):
                names[name] = next((keyword.value for keyword in keywords if keyword.arg == "default"), None)
    return names


def printed(expression: str, **environment: str) -> str:
    """What a new process prints of the settings."""
    command = [sys.executable, "-c", f"from incidentio import settings; print({expression})"]
    run = subprocess.run(
        command, env=os.environ | environment, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )
    return run.stdout.strip() or run.stderr.strip().splitlines()[-1]


def test_the_example_names_every_setting_and_no_other():
    assert sorted(EXAMPLE) == sorted(read_from_the_environment())


def test_the_example_shows_the_defaults():
    plain = {
        name: str(default.value)
        for name, default in read_from_the_environment().items()
        if isinstance(default, ast.Constant)
    }
    assert len(plain) > 15
    assert {name: EXAMPLE[name] for name in plain} == plain


def test_a_copy_of_the_example_changes_nothing():
    assert not re.search("^[^#\n]", (settings.BASE_DIR / ".env.example").read_text(), re.MULTILINE)


def test_a_setting_may_stand_in_the_env_file(tmp_path: Path):
    (tmp_path / "env").write_text("ORGANISATION_NAME=Acme\nPORT=9000\n")
    said = printed("settings.ORGANISATION_NAME, settings.PORT", ENV_FILE=str(tmp_path / "env"), PORT="9001")
    assert said == "Acme 9001"


def test_a_secret_may_stand_in_a_file_of_its_own(tmp_path: Path):
    (tmp_path / "key").write_text("from-a-file")
    assert printed("settings.SECRET_KEY", SECRET_KEY_FILE=str(tmp_path / "key")) == "from-a-file"


def test_nonsense_is_refused_at_once():
    assert "DATABASE_URL must name" in printed("1", DATABASE_URL="mysql://localhost/hub")
    assert "LOG_FORMAT is 'xml'" in printed("1", LOG_FORMAT="xml")
    assert "http" in printed("1", PORT="http")
