"""Keys from the command line."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import ManagementUtility, call_command
from django.core.management.base import CommandError
from django.db import connections
from django.utils import timezone

from apikeys.keys import issue, revoke
from apikeys.models import ApiKey
from apikeys.roles import ROLES
from tests.conftest import SYSTEM, ApiClient

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command closes its connections when it is done; here the test's transaction lives on one of them."""
    monkeypatch.setattr(connections, "close_all", lambda: None)


def shell(*arguments: str) -> int:
    """`manage.py` with these arguments; its exit code."""
    try:
        ManagementUtility(["manage.py", *arguments]).execute()
    except SystemExit as left:
        return int(left.code or 0)
    return 0


def works(token: str) -> bool:
    return ApiClient(token).get("/v1/identity").status_code == 200


def test_the_token_alone_is_on_standard_output(capsys: Capture) -> None:
    assert shell("create_api_key", "Zendesk", "--role", "Create incidents") == 0
    told = capsys.readouterr()
    assert works(told.out.strip())
    assert ApiKey.objects.get().roles == ["incident_creator"]
    assert told.out.strip() not in told.err
    assert "'Zendesk'" in told.err


def test_names_labels_and_every_leash(capsys: Capture) -> None:
    leash = ["--expires", "90d", "--allow", "10.0.0.0/8", "--allow", "::1", "--rate", "60", "--comments", "BI"]
    shell("create_api_key", "BI", "--role", "viewer", "--role", "can create incidents", *leash)
    key = ApiKey.objects.get()
    assert key.roles == ["viewer", "incident_creator"]
    assert key.allowed_networks == ["10.0.0.0/8", "::1/128"]
    assert (key.rate_limit, key.comments) == (60, "BI")
    assert key.expires_at is not None
    assert abs(key.expires_at - timezone.now() - timedelta(days=90)) < timedelta(minutes=1)


def test_json_is_one_object(capsys: Capture) -> None:
    shell("create_api_key", "Terraform", "--all-roles", "--json")
    told = json.loads(capsys.readouterr().out)
    key = ApiKey.objects.get()
    assert told.keys() == {"id", "name", "token", "roles"}
    assert (told["id"], told["name"], told["roles"]) == (key.id, "Terraform", list(ROLES))
    assert works(told["token"])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Say what the key may do"),
        (["--role", "Destroy incidents"], "Create incidents"),
        (["--role", "viewer", "--expires", "soon"], "as in 30m, 12h, 90d or 2w"),
        (["--role", "viewer", "--allow", "10.0.0.1/8"], "as in 10.0.0.0/8"),
        (["--role", "viewer", "--rate", "fast"], "invalid int value"),
    ],
)
def test_a_wrong_word_exits_2_and_says_what_would_be_right(capsys: Capture, arguments: list[str], told: str) -> None:
    assert shell("create_api_key", "Zendesk", *arguments) == 2
    assert told in capsys.readouterr().err
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("arguments", [["--rate", "0"], ["--expires", "0s"]])
def test_what_the_rules_refuse_exits_1(capsys: Capture, arguments: list[str]) -> None:
    assert shell("create_api_key", "Zendesk", "--role", "viewer", *arguments) == 1
    assert capsys.readouterr().err.startswith("CommandError: A key ")


@pytest.mark.parametrize("command", ["create_api_key", "list_api_keys", "rotate_api_key", "revoke_api_key"])
def test_help_has_examples(capsys: Capture, command: str) -> None:
    assert shell(command, "--help") == 0
    assert f"Examples:\n  manage.py {command}" in capsys.readouterr().out


def test_the_list_shows_what_matters(capsys: Capture) -> None:
    shell("list_api_keys")
    assert "create_api_key makes one" in capsys.readouterr().out
    revoke(SYSTEM, issue(SYSTEM, name="Old", roles=[]).key)
    issue(SYSTEM, name="Zendesk", roles=["incident_creator"], expires_at=timezone.now() + timedelta(days=1))
    shell("list_api_keys")
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split()[:4] == ["id", "name", "state", "roles"]
    assert [row.split()[1:4] for row in rows] == [["Zendesk", "active", "incident_creator"]]


def test_the_list_as_json_knows_every_state(capsys: Capture) -> None:
    issue(SYSTEM, name="Expired", roles=[], expires_at=timezone.now() + timedelta(days=1))
    ApiKey.objects.update(expires_at=timezone.now())
    revoke(SYSTEM, issue(SYSTEM, name="Revoked", roles=[]).key)
    issue(SYSTEM, name="Active", roles=["viewer"])
    shell("list_api_keys", "--all", "--json")
    told = json.loads(capsys.readouterr().out)
    assert [(key["name"], key["state"]) for key in told] == [
        ("Active", "active"),
        ("Revoked", "revoked"),
        ("Expired", "expired"),
    ]


@pytest.mark.parametrize(("grace", "old_works"), [("30m", True), ("0m", False)])
def test_rotating_by_name_gives_a_new_token(capsys: Capture, grace: str, old_works: bool) -> None:
    old = issue(SYSTEM, name="Zendesk", roles=["viewer"]).token
    assert shell("rotate_api_key", "Zendesk", "--grace", grace) == 0
    assert works(capsys.readouterr().out.strip())
    assert works(old) == old_works


def test_rotating_by_id_as_json(capsys: Capture) -> None:
    key = issue(SYSTEM, name="Zendesk", roles=["viewer"]).key
    shell("rotate_api_key", key.id, "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["id"], told["roles"]) == (key.id, ["viewer"])
    assert works(told["token"])


def test_revoking_by_name(capsys: Capture) -> None:
    token = issue(SYSTEM, name="Zendesk", roles=["viewer"]).token
    assert shell("revoke_api_key", "Zendesk") == 0
    assert not works(token)
    assert shell("revoke_api_key", "Zendesk") == 1
    assert "is revoked already" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["rotate_api_key", "revoke_api_key"])
def test_an_ambiguous_name_exits_2_and_lists_them(capsys: Capture, command: str) -> None:
    twins = [issue(SYSTEM, name="Zendesk", roles=[]).key for _ in range(2)]
    assert shell(command, "Zendesk") == 2
    told = capsys.readouterr().err
    assert all(key.id in told for key in twins)
    revoke(SYSTEM, twins[0])
    assert shell(command, "Zendesk") == 0


@pytest.mark.parametrize("command", ["rotate_api_key", "revoke_api_key"])
def test_an_unknown_key_exits_1(command: str, api: Callable[..., Any]) -> None:
    with pytest.raises(CommandError, match="does not exist") as refusal:
        call_command(command, "Nobody")
    assert refusal.value.returncode == 1
