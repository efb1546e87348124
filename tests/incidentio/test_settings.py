"""Every setting can be looked up in `.env.example`."""

import ast
import os
import re
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

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


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., dict[str, Any]]]:
    """`read(PORT="9000")`: the settings as a process with this environment reads them."""
    before = dict(os.environ)

    def run(**environment: str) -> dict[str, Any]:
        os.environ |= environment
        return runpy.run_path(str(settings.BASE_DIR / "incidentio/settings.py"))

    yield run
    os.environ.clear()
    os.environ.update(before)


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


def test_a_setting_may_stand_in_the_env_file_but_the_environment_wins(read, tmp_path: Path):
    (tmp_path / "env").write_text("ORGANISATION_NAME=Acme\nPORT=9000\n")
    found = read(ENV_FILE=str(tmp_path / "env"), PORT="9001")
    assert (found["ORGANISATION_NAME"], found["PORT"]) == ("Acme", 9001)


def test_a_secret_may_stand_in_a_file_of_its_own(read, tmp_path: Path):
    (tmp_path / "key").write_text("from-a-file")
    assert read(SECRET_KEY_FILE=str(tmp_path / "key"))["SECRET_KEY"] == "from-a-file"


def test_what_is_not_given_follows_from_what_is(read, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("PUBLIC_URL")
    assert read(HOST="::1", PORT="9000")["PUBLIC_URL"] == "http://[::1]:9000"
    assert read(DATA_DIR="elsewhere")["DATA_DIR"] == settings.BASE_DIR / "elsewhere"


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("DATABASE_URL", "mysql://localhost/hub", "must name a SQLite file or a PostgreSQL database"),
        ("LOG_FORMAT", "xml", "LOG_FORMAT is 'xml'"),
        ("PORT", "http", "invalid literal for int"),
        ("STEP_RETRY_SECONDS", "0,-1", "STEP_RETRY_SECONDS must be"),
        ("STEP_RETRY_SECONDS", "0,soon", "could not convert string to float"),
        ("FIRE_DRILL_SCHEDULE", "sometimes", "FIRE_DRILL_SCHEDULE must be days and a time"),
        ("FIRE_DRILL_SCHEDULE", "tue 24:00", "FIRE_DRILL_SCHEDULE must be days and a time"),
        ("EMAIL_URL", "filemail:///tmp/mail", "EMAIL_URL must be smtp://"),
        ("EMAIL_URL", "smtp://", "EMAIL_URL must be smtp://"),
        ("EMAIL_URL", "pop3://mail", "Invalid email schema"),
        ("EMAIL_FROM", "Incidents", "EMAIL_FROM must be an address"),
    ],
)
def test_nonsense_is_refused_at_once(read, name, value, complaint):
    with pytest.raises((ImproperlyConfigured, ValueError), match=complaint):
        read(**{name: value})


def test_the_mail_server_is_one_url(read):
    server = read(EMAIL_URL="smtp+tls://hub:p%40ss@mail.example.com:2525")["MAIL_SERVER"]
    assert (server["EMAIL_HOST"], server["EMAIL_PORT"], server["EMAIL_USE_TLS"]) == ("mail.example.com", 2525, True)
    assert (server["EMAIL_HOST_USER"], server["EMAIL_HOST_PASSWORD"]) == ("hub", "p@ss")
