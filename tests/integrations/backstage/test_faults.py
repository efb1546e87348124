"""Whatever Backstage does, a comparison ends in words, and nothing changes here."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from django.utils import timezone

from catalog.models import CatalogType
from integrations.backstage import account
from integrations.backstage.account import check
from integrations.base import CheckFailed
from integrations.catalog_sync import start, work_on
from integrations.models import CatalogSync, Connection, SyncState
from tests.conftest import SYSTEM
from tests.integrations.backstage.site import TOKEN, UNAUTHORISED, BackstageSite, component, many
from tests.integrations.standing_in import done_and_failed, done_and_reset, done_in_silence, says, silent, slow
from tests.integrations.syncing import compared, counts

IN_A_MINUTE = {"retry_after": "90"}
AT_A_TIME = {"retry_after": format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)}
REFUSED = {"error": {"name": "InputError", "message": "Invalid filter"}, "response": {"statusCode": 400}}
DEEP = b'{"items": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"


def once(connection: Connection) -> CatalogSync:
    """A comparison that was worked on once."""
    sync = start(SYSTEM, connection)
    work_on(sync.pk)
    sync.refresh_from_db()
    return sync


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (says(400, REFUSED), "Backstage refused it (400): InputError: Invalid filter"),
        (says(401, UNAUTHORISED), "does not accept the hub's account (401)"),
        (says(403, {"error": {"name": "NotAllowedError"}}), "does not accept the hub's account (403)"),
        (says(422, b"oops"), "Backstage refused it (422): it did not say why"),
        (says(302, b"", location="https://login.example.com"), "Backstage refused it (302)"),
        (
            says(200, b"<!doctype html><title>Sign in</title>"),
            "does not answer as the catalog of Backstage does: no JSON",
        ),
        (says(200, []), "does not answer as the catalog of Backstage does: no items"),
        (says(200, {"items": {"a": 1}}), "no items"),
        (says(200, "items"), "no items"),
        (says(200, DEEP), "no JSON"),
        (says(200, b'{"items": ["' + b"x" * 9_000_000 + b'"]}'), "more than 8 MiB"),
    ],
    ids=[
        "400",
        "401",
        "403",
        "422",
        "login page",
        "HTML",
        "a list",
        "no list",
        "a text",
        "deep",
        "large",
    ],
)
def test_what_would_end_the_same_way_fails(connection: Connection, site: BackstageSite, fault: Any, said: str) -> None:
    site.script = [fault]
    sync = once(connection)
    assert (sync.state, said in sync.error) == (SyncState.FAILED, True), sync.error
    assert TOKEN not in sync.error
    assert not CatalogType.objects.filter(type_name__startswith="Custom").exists()


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        (says(429, **IN_A_MINUTE), 80),
        (says(429, **AT_A_TIME), 600),
        (says(500, b"oops"), 5),
        (says(503, b"", **IN_A_MINUTE), 80),
        (done_and_failed, 5),
        (silent, 5),
        (done_in_silence, 5),
        (done_and_reset, 5),
    ],
    ids=["429", "429 with a date", "500", "503", "done and 500", "silence", "done in silence", "reset"],
)
def test_what_may_work_later_is_read_again(
    connection: Connection, site: BackstageSite, monkeypatch: pytest.MonkeyPatch, fault: Any, wait: int
) -> None:
    monkeypatch.setattr(account, "PAGE_SECONDS", 0.4)
    site.script = [fault]
    sync = once(connection)
    assert (sync.state, sync.error != "") == (SyncState.READING, True)
    assert sync.due_at is not None
    assert sync.due_at > timezone.now() + timedelta(seconds=wait)
    CatalogSync.objects.update(due_at=timezone.now())
    work_on(sync.pk)
    sync.refresh_from_db()
    assert (sync.state, sync.error, counts(sync)["Backstage Component"]) == (SyncState.COMPARED, "", {"new": 2})


def test_slow_is_well(connection: Connection, site: BackstageSite) -> None:
    site.script = [slow(0.3)]
    assert once(connection).state == SyncState.COMPARED


def test_a_page_in_the_middle_may_fail(connection: Connection, site: BackstageSite) -> None:
    site.entities = many(250)
    site.script = [slow(0), says(500)]
    assert once(connection).state == SyncState.READING
    assert counts(compared_again())["Backstage Component"] == {"new": 250}


def compared_again() -> CatalogSync:
    sync = CatalogSync.objects.get()
    CatalogSync.objects.update(due_at=timezone.now())
    work_on(sync.pk)
    sync.refresh_from_db()
    return sync


# ---- pages


@pytest.mark.parametrize("pages_by", ["cursor", "offset"])
@pytest.mark.parametrize("count", [0, 99, 100, 101, 250])
def test_all_pages_are_read(connection: Connection, site: BackstageSite, pages_by: str, count: int) -> None:
    site.entities, site.pages_by = many(count), pages_by
    sync = compared(connection)
    assert counts(sync)["Backstage Component"] == ({"new": count} if count else {})
    assert sync.state == SyncState.COMPARED


def test_the_oldest_give_all_of_it_at_once(connection: Connection, site: BackstageSite) -> None:
    site.entities = many(150)
    site.script = [says(404), says(200, site.entities)]
    assert counts(compared(connection))["Backstage Component"] == {"new": 150}
    assert len(site.asked) == 2


def test_a_page_may_be_larger_than_other_answers(connection: Connection, site: BackstageSite) -> None:
    site.entities = [component(f"s{place}", description="x" * 50_000) for place in range(60)]
    sync = compared(connection)
    assert counts(sync)["Backstage Component"] == {"new": 60}
    assert len(sync.differences.all()[59].wanted["values"]["description"][0]) == 50_000


def test_no_catalog_at_all_is_said(connection: Connection, site: BackstageSite) -> None:
    site.script = [says(404), says(404)]
    assert once(connection).error == "There is no catalog at this address (404)"


def test_pages_in_a_circle_come_to_an_end(connection: Connection, site: BackstageSite) -> None:
    page = {"items": [component("a")], "pageInfo": {"nextCursor": "again"}}
    site.script = [says(200, page)] * 5
    assert "in a circle" in once(connection).error
    assert len(site.asked) == 2


def test_only_what_is_needed_is_asked_for(connection: Connection, site: BackstageSite) -> None:
    compared(connection)
    query = dict(site.asked[0].query)
    assert query["limit"] == "100"
    assert "spec.definition" not in query["fields"]
    assert query["fields"].split(",")[:2] == ["apiVersion", "kind"]


# ---- entities that are none


@pytest.mark.parametrize(
    "strange",
    [
        None,
        "text",
        7,
        [],
        {},
        {"kind": "Component"},
        {"kind": "Component", "metadata": "x"},
        {"kind": "Component", "metadata": {"name": ["x"]}},
        {"kind": "Component", "metadata": {"name": "x" * 400}},
        {"kind": ["Component"], "metadata": {"name": "x"}},
        {"kind": "Template", "metadata": {"name": "x"}},
        {"kind": "Component", "metadata": {"name": "a"}},
    ],
)
def test_strange_entities_are_left_out(connection: Connection, site: BackstageSite, strange: Any) -> None:
    site.script = [says(200, {"items": [component("a"), strange], "pageInfo": None})]
    sync = once(connection)
    assert (sync.state, counts(sync)["Backstage Component"]) == (SyncState.COMPARED, {"new": 1})


@pytest.mark.parametrize("said", [None, "x", 7, {"a": 1}, [None, 7, {"type": "ownedBy"}, {"targetRef": 3}]])
def test_strange_parts_say_nothing(connection: Connection, site: BackstageSite, said: Any) -> None:
    entity = component("a") | {"relations": said, "spec": said}
    entity["metadata"] |= {"tags": said, "links": said, "annotations": said, "description": said and None}
    site.script = [says(200, {"items": [entity]})]
    assert counts(once(connection))["Backstage Component"] == {"new": 1}


def test_texts_that_cannot_be_kept_are_mended(connection: Connection, site: BackstageSite) -> None:
    broken = component("a", title="A\ud800\0B", description="\udfff")
    site.script = [says(200, {"items": [broken]}), says(400, {"error": {"message": "\ud800"}})]
    (difference,) = once(connection).differences.all()
    assert (difference.name, difference.wanted["values"]["description"]) == ("A?B", ["?"])
    assert once(connection).error == "Backstage refused it (400): : ?"


def test_what_stands_there_twice_is_told(connection: Connection, site: BackstageSite) -> None:
    site.entities = [component("a"), component("A")]
    assert "Stood there twice, and were taken once: component:default/a" in compared(connection).notes


# ---- the test button


def test_the_button_says_how_much_there_is(connection: Connection, site: BackstageSite) -> None:
    said = {"base_url": f"{site.url}/api/catalog/", "token": TOKEN}
    assert check(said) == "Connected; the catalog has 8 entities of these kinds"
    site.pages_by = "offset"
    assert "an older Backstage" in check(said)


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ([says(401)], "does not accept"),
        ([says(404), says(404)], "no catalog at this address"),
        ([says(200, b"<html>")], "no JSON"),
        ([says(500)], "It failed (500)"),
        ([silent], "timed out"),
        ([done_and_reset], "Check the address"),
    ],
)
def test_the_button_says_what_is_wrong(site: BackstageSite, hub: None, faults: list[Any], said: str) -> None:
    site.script = faults
    with pytest.raises(CheckFailed, match=said.replace("(", r"\(").replace(")", r"\)")):
        check({"base_url": site.url, "token": TOKEN})


@pytest.mark.parametrize("address", ["ftp://x", "backstage.example.com", "http://user:pw@x", "http://10.0.0.1", ""])
def test_addresses_that_cannot_be_called_are_refused(hub: None, address: str) -> None:
    with pytest.raises(CheckFailed):
        check({"base_url": address, "token": TOKEN})


def test_no_token_is_sent_where_there_is_none(connection: Connection, site: BackstageSite) -> None:
    site.token = ""
    check({"base_url": site.url})
    assert "authorization" not in site.asked[0].headers
