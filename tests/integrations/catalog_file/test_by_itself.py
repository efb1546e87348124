"""A catalog in a file is synced by itself; what is wrong with the file changes nothing."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from integrations.catalog_schedule import begin_due_syncs
from integrations.models import CatalogSync, Connection, SyncState
from tests.integrations.catalog_file.conftest import FileServer
from tests.integrations.standing_in import done_and_reset, says
from tests.integrations.syncing import entry, values, worked

File = Callable[[str | bytes], Connection]
FIRST = """
types:
  - name: Service
    attributes: [{id: tier, name: Tier}, {id: docs, name: Docs}]
    entries: [{external_id: a, values: {tier: 1}}, {external_id: b, values: {tier: 2}}]
  - name: Owner
    entries: [{external_id: payments}]
"""


def hourly(connection: Connection) -> None:
    connection.settings |= {"sync_every": "every hour"}
    connection.save()


def synced() -> CatalogSync:
    """The sync that begins by itself when its time has come, at its end."""
    CatalogSync.objects.update(created_at=timezone.now() - timedelta(hours=2))
    known = set(CatalogSync.objects.values_list("pk", flat=True))
    begin_due_syncs(timezone.now())
    return worked(CatalogSync.objects.exclude(pk__in=known).get())


def test_a_change_of_the_file_comes_by_itself(file: File) -> None:
    hourly(file(FIRST))
    assert synced().state == SyncState.APPLIED
    file(FIRST.replace("tier: 2", "tier: 3"))
    assert (synced().state, values("b")) == (SyncState.APPLIED, {"tier": "3"})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "types"),
        ("types: [\n", "line"),
        (FIRST.replace("    attributes", "    attribute"), "unknown key 'attribute'"),
        (FIRST.replace("name: Service", "title: Service"), "title"),
        (FIRST.replace("{external_id: b, ", "{name: b, "), "needs 'external_id'"),
        (
            FIRST.replace(", {id: docs, name: Docs}", "").replace("2", "9"),
            "Service: the attribute Docs is there no more",
        ),
        (FIRST.replace("{id: tier, name: Tier}, ", "").replace("tier: 2", ""), "no attribute 'tier'"),
        (FIRST[: FIRST.index("  - name: Owner")].replace("2", "9"), "The type Owner is there no more"),
        (
            FIRST.replace("values: {tier: 1}", "values: {}").replace("{tier: 2}", "{}"),
            "no entry says Tier there any more",
        ),
        ("types: []\n", "The type Owner is there no more; The type Service is there no more"),
    ],
    ids=["empty", "cut off", "key", "name", "ID", "attribute", "used attribute", "type", "values", "no types"],
)
def test_a_file_that_is_wrong_changes_nothing(file: File, content: str, said: str) -> None:
    connection = file(FIRST)
    hourly(connection)
    synced()
    at = {pk: entry(pk).updated_at for pk in ("a", "b", "payments")}
    file(content.encode())
    sync = synced()
    assert (sync.state != SyncState.APPLIED, said in sync.error) == (True, True), sync.error
    connection.refresh_from_db()
    assert connection.last_error == sync.error
    assert {pk: entry(pk).updated_at for pk in at} == at


def test_a_file_that_is_missing_changes_nothing(file: File, folder: Path) -> None:
    hourly(file(FIRST))
    synced()
    (folder / "catalog.yaml").unlink()
    sync = synced()
    assert (sync.state, "There is no file" in sync.error, values("a")) == (SyncState.FAILED, True, {"tier": "1"})
    file(FIRST)
    assert synced().error == ""


@pytest.mark.parametrize("fault", [says(401), says(404), says(500), says(429, retry_after="9"), done_and_reset])
def test_an_address_may_fail(address: Connection, server: FileServer, fault: object) -> None:
    hourly(address)
    synced()
    at, server.script = entry("checkout").updated_at, [fault] * 5  # type: ignore[list-item]
    assert synced().state == SyncState.FAILED
    server.script = []
    assert synced().state == SyncState.COMPARED  # nothing differs
    assert entry("checkout").updated_at == at
