"""Tools are connected in the admin."""

import time
from dataclasses import replace
from typing import Any

import pytest
from django.urls import reverse
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from integrations.base import Integration
from integrations.connections import account_of, connect
from integrations.models import Connection
from integrations.registry import SENDING, TOOLS
from tests.conftest import SYSTEM
from tests.desk import Desk, errors
from tests.integrations.grapevine import GRAPEVINE, SETTINGS, TOKEN


@pytest.fixture(autouse=True)
def grapevine(monkeypatch: pytest.MonkeyPatch) -> Integration:
    """The hub knows one more tool."""
    monkeypatch.setitem(TOOLS, "grapevine", GRAPEVINE)
    return GRAPEVINE


@pytest.fixture
def vine(httpserver: HTTPServer) -> HTTPServer:
    """The tool itself; it knows one token."""
    known = httpserver.expect_request("/", headers={"authorization": f"Bearer {TOKEN}"})
    known.respond_with_json({"user": "the hub of Acme"})
    httpserver.expect_request("/").respond_with_data("who?", status=401)
    return httpserver


def connected(url: str = "https://grapevine.example.com", token: str = TOKEN) -> Connection:
    return connect(SYSTEM, "grapevine", SETTINGS, name="Grapevine", values={"token": token, "url": url})


def said(answer: Any) -> list[str]:
    """What the next page says of what was done."""
    return [str(message) for message in answer.context["messages"]]


def listed(desk: Desk) -> str:
    return desk.get("integrations_connection_changelist").content.decode()


def test_a_tool_is_connected_by_its_form(desk: Desk) -> None:
    assert reverse("admin:integrations_connection_connect", args=["grapevine"]) in listed(desk)
    answer = desk.fill("integrations_connection_connect", "grapevine", setting_token=TOKEN, setting_region="eu")
    assert answer.status_code == 302
    values = dict(account_of("grapevine").values)
    assert values == {"token": TOKEN, "url": "https://grapevine.example.com", "region": "eu"}
    assert [event.type for event in desk.events()] == ["connection.created"]


def test_the_list_says_how_each_tool_stands(desk: Desk) -> None:
    assert "Not connected" in listed(desk)
    row = connected()
    assert "Not used yet" in listed(desk)
    Connection.objects.update(enabled=False, last_error="No such token", last_error_at=row.created_at)
    page = listed(desk)
    assert "Switched off" in page
    assert "No such token" in page


@pytest.mark.parametrize(
    ("name", "brings"),
    [
        ("slack", "9 steps of workflows, hears /incident, buttons and reactions"),
        ("mailbox", "letters become alerts"),
        ("pagerduty", "6 steps of workflows, sends alerts"),
    ],
)
def test_the_list_says_what_each_tool_brings(desk: Desk, name: str, brings: str) -> None:
    page = desk.get("integrations_connection_changelist")
    assert [tool.brings for tool in page.context["tools"] if tool.name == name] == [brings]


def test_every_tool_brings_something(desk: Desk) -> None:
    tools = desk.get("integrations_connection_changelist").context["tools"]
    assert [tool.name for tool in tools if not tool.brings] == ["grapevine"]


def test_what_only_sends_is_listed_and_needs_no_account(desk: Desk) -> None:
    page = listed(desk)
    assert page.count("Needs no account") == len(SENDING)
    assert reverse("admin:integrations_connection_help", args=["sentry"]) in page
    assert desk.get("integrations_connection_connect", "sentry").status_code == 404


def test_what_is_refused_stands_beside_its_field(desk: Desk) -> None:
    page = desk.fill("integrations_connection_connect", "grapevine", setting_url="", setting_token="x\0", name=" ")
    assert set(errors(page)) == {"name", "setting_url", "setting_token"}
    long = desk.fill("integrations_connection_connect", "grapevine", setting_token="x" * 10_001)
    assert errors(long) == {"setting_token": ["Token is too long, or has null characters"]}
    assert not Connection.objects.exists()


def test_what_is_connected_already_is_shown(desk: Desk) -> None:
    row = connected()
    answer = desk.get("integrations_connection_connect", "grapevine")
    assert answer["Location"] == reverse("admin:integrations_connection_change", args=[row.pk])
    again = desk.post("integrations_connection_connect", "grapevine", name="B", setting_token="b", setting_url="c")
    assert "connected already" in str(errors(again))


@pytest.mark.parametrize("tool", ["moon", "plain"])
def test_there_is_no_account_at_an_unknown_tool_or_at_one_that_needs_none(
    desk: Desk, tool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TOOLS, "plain", Integration("plain", "Plain"))
    assert desk.get("integrations_connection_connect", tool).status_code == 404
    assert "Needs no account" in listed(desk)


def test_secrets_are_on_no_page_and_kept_when_left_empty(desk: Desk) -> None:
    row = connected()
    page = desk.get("integrations_connection_change", row.pk).content.decode()
    assert TOKEN not in page
    assert "Left empty, it stays" in page
    assert 'type="password" name="setting_token"' in page
    assert desk.fill("integrations_connection_change", row.pk, setting_region="us").status_code == 302
    assert (account_of("grapevine")["token"], account_of("grapevine")["region"]) == (TOKEN, "us")


@pytest.mark.parametrize("field", ["setting_token", "setting_key"])
def test_a_refused_form_does_not_send_secrets_back(desk: Desk, field: str) -> None:
    page = desk.fill("integrations_connection_change", connected().pk, **{"setting_url": "", field: "hush-hush"})
    assert set(errors(page)) == {"setting_url"}
    assert b"hush-hush" not in page.content


def test_a_long_secret_keeps_its_lines(desk: Desk) -> None:
    desk.fill("integrations_connection_change", connected().pk, setting_key="-----BEGIN\r\nabc\r\n-----END")
    assert account_of("grapevine")["key"].split() == ["-----BEGIN", "abc", "-----END"]


def test_an_optional_secret_is_forgotten_when_that_is_ticked(desk: Desk) -> None:
    row = connected()
    assert "forget_" not in desk.get("integrations_connection_change", row.pk).content.decode()
    desk.fill("integrations_connection_change", row.pk, setting_key="a file")
    page = desk.get("integrations_connection_change", row.pk).content.decode()
    assert ("forget_key" in page, "forget_token" in page) == (True, False)
    desk.fill("integrations_connection_change", row.pk, forget_key="on")
    assert (account_of("grapevine")["key"], account_of("grapevine")["token"]) == ("", TOKEN)
    assert desk.events()[0].changes == {"secrets": ["…", "changed"]}


def test_changing_a_connection_that_is_off_leaves_it_off(desk: Desk) -> None:
    row = connected()
    desk.post("integrations_connection_switch_off", row.pk)
    desk.fill("integrations_connection_change", row.pk, name="Vine")
    row.refresh_from_db()
    assert (row.name, row.enabled) == ("Vine", False)
    desk.post("integrations_connection_switch_on", row.pk)
    row.refresh_from_db()
    assert row.enabled


def test_the_test_button_says_whether_the_account_works(desk: Desk, vine: HTTPServer) -> None:
    row = connected(vine.url_for("/"))
    page = desk.client.get(desk.post("integrations_connection_test", row.pk)["Location"])
    assert said(page) == ["Grapevine works: you are the hub of Acme"]
    row.refresh_from_db()
    assert row.last_success_at is not None


def test_the_test_button_says_what_is_wrong(desk: Desk, vine: HTTPServer) -> None:
    row = connected(vine.url_for("/"), token="stale")
    page = desk.client.get(desk.post("integrations_connection_test", row.pk)["Location"])
    assert said(page) == ["Grapevine does not work: It does not know this token: make a new one under Settings → API"]
    row.refresh_from_db()
    assert (row.last_success_at, row.last_error) == (
        None,
        "It does not know this token: make a new one under Settings → API",
    )
    assert "hub-wrong" in page.content.decode()


def test_a_test_takes_two_seconds_at_most(desk: Desk, httpserver: HTTPServer) -> None:
    def sleep(request: Request) -> Response:
        time.sleep(3)
        return Response("{}")

    httpserver.expect_request("/").respond_with_handler(sleep)
    row, started = connected(httpserver.url_for("/")), time.monotonic()
    page = desk.client.get(desk.post("integrations_connection_test", row.pk)["Location"])
    assert time.monotonic() - started < 2.9
    assert "timed out" in said(page)[0]


def test_looking_at_the_test_page_calls_nobody(desk: Desk, vine: HTTPServer) -> None:
    assert b"two seconds at most" in desk.get("integrations_connection_test", connected(vine.url_for("/")).pk).content
    assert vine.log == []


def test_a_form_is_saved_and_tried_at_once(desk: Desk, vine: HTTPServer) -> None:
    assert b'name="_test"' in desk.get("integrations_connection_connect", "grapevine").content
    form = {"setting_token": TOKEN, "setting_url": vine.url_for("/"), "_test": "1"}
    answer = desk.fill("integrations_connection_connect", "grapevine", **form)
    row = Connection.objects.get()
    assert answer["Location"] == reverse("admin:integrations_connection_change", args=[row.pk])
    assert "Grapevine works: you are the hub of Acme" in said(desk.client.get(answer["Location"]))
    desk.fill("integrations_connection_change", row.pk, setting_token="stale", _test="1")
    row.refresh_from_db()
    assert row.last_error.startswith("It does not know this token")


def test_archiving_is_asked_for_and_done(desk: Desk) -> None:
    row = connected()
    assert b"secrets are forgotten" in desk.get("integrations_connection_archive", row.pk).content
    desk.post("integrations_connection_archive", row.pk)
    assert "Not connected" in listed(desk)
    assert desk.post("integrations_connection_test", row.pk).status_code == 403 or not Connection.objects.active()


def test_a_tool_that_is_known_no_more_can_be_looked_at_and_archived(desk: Desk) -> None:
    row = connected()
    del TOOLS["grapevine"]
    assert "does not know it" in listed(desk)
    page = desk.get("integrations_connection_change", row.pk)
    assert page.status_code == 200
    assert b'name="_save"' not in page.content
    assert desk.post("integrations_connection_test", row.pk).status_code == 403
    assert desk.post("integrations_connection_archive", row.pk).status_code == 302


def test_events_tell_who_connected_it(desk: Desk) -> None:
    desk.fill("integrations_connection_connect", "grapevine", setting_token=TOKEN)
    row = Connection.objects.get()
    page = desk.client.get(desk.get("integrations_connection_history", row.pk)["Location"])
    assert [event.actor_label for event in page.context["cl"].result_list] == ["Omar Aziz"]


def test_it_is_said_where_to_read_more(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert 'href="https://grapevine.example.com/docs"' in listed(desk)
    monkeypatch.setitem(TOOLS, "grapevine", replace(GRAPEVINE, docs="docs/integrations/grapevine.md"))
    page = desk.get("integrations_connection_connect", "grapevine").content.decode()
    assert "/connection/help/grapevine/" in page


@pytest.mark.parametrize("tool", [*TOOLS.values(), *SENDING.values()], ids=lambda tool: tool.name)
def test_every_tool_says_how_it_is_set_up(desk: Desk, tool: Integration) -> None:
    page = desk.get("integrations_connection_help", tool.name).content.decode()
    assert f"Setting up {tool.label}" in page
    assert "hub-prose" in page
    assert "<h1>" in page


@pytest.mark.parametrize("name", ["grapevine", "nobody"])
def test_of_others_there_is_no_page(desk: Desk, name: str) -> None:
    assert desk.get("integrations_connection_help", name).status_code == 404


def test_a_connection_says_where_webhooks_go(desk: Desk) -> None:
    values = {"token": "x", "repository": "acme/operations"}
    connection = connect(SYSTEM, "github", TOOLS["github"].settings, name="GitHub", values=values)
    page = desk.get("integrations_connection_change", connection.pk).content.decode()
    assert f"/hooks/github/{connection.pk}" in page
