"""Whatever Backstage does when its catalog is synced by itself, nothing is lost, and it is asked again in good time."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from django.utils import timezone

from catalog.models import CatalogEntry
from events.models import Event
from integrations.backstage import account
from integrations.catalog_schedule import begin_due_syncs
from integrations.catalog_sync import work_on
from integrations.models import CatalogSync, Connection, SyncState
from tests.integrations.backstage.site import TOKEN, UNAUTHORISED, BackstageSite, component
from tests.integrations.standing_in import done_and_failed, done_and_reset, done_in_silence, says, silent, slow
from tests.integrations.syncing import worked

AT_A_TIME = {"retry_after": format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)}


@pytest.fixture
def hourly(connection: Connection, site: BackstageSite) -> Connection:
    """Synced every hour, once already; there is something new since."""
    connection.settings |= {"sync_every": "every hour"}
    connection.save()
    worked(begun(timezone.now() - timedelta(hours=2)))
    site.entities.append(component("returns"))
    return connection


def begun(moment: datetime) -> CatalogSync:
    """The sync that begins by itself at this moment."""
    known = set(CatalogSync.objects.values_list("pk", flat=True))
    begin_due_syncs(moment)
    sync = CatalogSync.objects.exclude(pk__in=known).get()
    CatalogSync.objects.filter(pk=sync.pk).update(created_at=moment)
    return sync


def tried() -> CatalogSync:
    """A sync whose time has come, tried once."""
    sync = begun(timezone.now())
    work_on(sync.pk)
    sync.refresh_from_db()
    return sync


def come() -> bool:
    """Whether what is new there has come."""
    return CatalogEntry.objects.active().filter(external_id="component:default/returns").exists()


def begins_in(delay: timedelta) -> bool:
    count = CatalogSync.objects.count()
    begin_due_syncs(timezone.now() + delay)
    return CatalogSync.objects.count() > count


@pytest.mark.parametrize(
    "fault",
    [
        says(400, {"error": {"name": "InputError"}}),
        says(401, UNAUTHORISED),
        says(403, {"error": {"name": "NotAllowedError"}}),
        says(422, b"oops"),
        says(302, b"", location="https://login.example.com"),
        says(200, b"<!doctype html><title>Sign in</title>"),
        says(200, {"items": {"a": 1}}),
        says(200, {"items": []}),
        says(200, {"items": [{"kind": "Component", "metadata": {"name": "checkout"}}]}),
    ],
    ids=["400", "401", "403", "422", "login page", "HTML", "no list", "nothing", "hardly anything"],
)
def test_what_makes_no_sense_changes_nothing(hourly: Connection, site: BackstageSite, fault: Any) -> None:
    before, site.script = Event.objects.exclude(subject_type="catalog_sync").count(), [fault]
    sync = tried()
    assert (sync.state in (SyncState.FAILED, SyncState.COMPARED), sync.error != "") == (True, True)
    hourly.refresh_from_db()
    assert (hourly.last_error, TOKEN in sync.error, come()) == (sync.error, False, False)
    assert Event.objects.exclude(subject_type="catalog_sync").count() == before
    assert not begins_in(timedelta(minutes=59))
    assert begins_in(timedelta(minutes=61))


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        (says(429, retry_after="90"), 80),
        (says(429, **AT_A_TIME), 600),
        (says(500, b"oops"), 5),
        (says(503, b""), 5),
        (done_and_failed, 5),
        (silent, 5),
        (done_in_silence, 5),
        (done_and_reset, 5),
    ],
    ids=["429", "429 with a date", "500", "503", "done and 500", "silence", "done in silence", "reset"],
)
def test_what_may_work_later_is_tried_again_by_the_same_sync(
    hourly: Connection, site: BackstageSite, monkeypatch: pytest.MonkeyPatch, fault: Any, wait: int
) -> None:
    monkeypatch.setattr(account, "PAGE_SECONDS", 0.4)
    site.script = [fault]
    sync = tried()
    assert (sync.state, sync.error != "", begins_in(timedelta(hours=5))) == (SyncState.READING, True, False)
    assert sync.due_at is not None
    assert sync.due_at > timezone.now() + timedelta(seconds=wait)
    assert (worked(sync).state, sync.error, come()) == (SyncState.APPLIED, "", True)
    assert Event.objects.filter(changes__external_id__1="component:default/returns").count() == 1


def test_a_dead_one_is_asked_five_times_and_then_left_in_peace(hourly: Connection, site: BackstageSite) -> None:
    asked, site.script = len(site.asked), [says(503, b"")] * 100
    assert worked(begun(timezone.now())).state == SyncState.FAILED
    assert len(site.asked) == asked + 5
    assert not begins_in(timedelta(minutes=59))


def test_slow_is_well(hourly: Connection, site: BackstageSite) -> None:
    site.script = [slow(0.3)]
    assert worked(begun(timezone.now())).state == SyncState.APPLIED
    assert come()
