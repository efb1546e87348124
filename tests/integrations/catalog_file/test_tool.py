"""A catalog in a file becomes types and entries of the hub."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from catalog.models import CatalogType
from integrations.base import CheckFailed
from integrations.catalog_file.tool import check
from integrations.models import Connection, SyncState
from tests.catalog.service import labels
from tests.integrations.catalog_file.conftest import TOKEN, FileServer
from tests.integrations.standing_in import done_and_reset, done_in_silence, says, silent, slow
from tests.integrations.syncing import applied, compared, counts, entry, values

File = Callable[[str | bytes], Connection]


def test_json_says_types_and_entries(file: File) -> None:
    sync = applied(file("services.json"))
    assert (sync.state, sync.error) == (SyncState.APPLIED, "")
    assert values("checkout") == {"tier": "1", "owner": "payments", "needs": ["ledger"], "public": "true"}
    assert values("ledger") == {"tier": "2.50", "public": "false"}
    assert (entry("ledger").name, entry("checkout").aliases.get().value) == ("ledger", "till")
    assert CatalogType.objects.get(type_name='Custom["Owner"]').name == "Owner"


def test_yaml_says_the_same_here_as_it_does_there(file: File) -> None:
    applied(file("services.yaml"))
    assert values("checkout") == {"tier": "010", "since": "2024-02-30", "country": "no", "needs": ["ledger"]}
    assert (entry("ledger").name, values("ledger")) == ("123", {"tier": "1.0"})
    assert counts(compared(file("services.yaml"))) == {"Service": {"same": 2}, "Owner": {}}


def test_descriptor_files_of_backstage_are_read(file: File) -> None:
    sync = applied(file("catalog-info.yaml"))
    assert "Entities of these kinds were left out: Template" in sync.notes
    assert values("component:default/checkout") == {
        "type": "service",
        "lifecycle": "production",
        "tags": ["go"],
        "owner": "group:default/payments",
        "system": "system:default/shop",
        "depends_on": ["component:default/ledger", "component:other/audit"],
        "depends_on_resources": ["resource:default/orders-db"],
    }
    assert values("system:default/shop") == {"owner": "group:default/payments"}


def test_a_list_of_documents_is_read_one_by_one(file: File) -> None:
    one = '{"types": [{"name": "%s", "entries": [{"external_id": "%s"}]}]}'
    connection = file(f"[{one % ('Service', 'a')}, {one % ('Owner', 'b')}]")
    assert counts(compared(connection)) == {"Service": {"new": 1}, "Owner": {"new": 1}}


def test_anchors_and_merges_are_understood(file: File) -> None:
    text = (
        "types:\n- name: Service\n  attributes: [{id: tier}, {id: team}]\n  entries:\n"
        "  - {external_id: a, values: &usual {tier: 2, team: core}}\n"
        "  - {external_id: b, values: {<<: *usual, tier: 1}}\n"
    )
    applied(file(text))
    assert values("b") == {"tier": "1", "team": "core"}


def test_people_are_named_by_their_addresses(file: File, nora: User) -> None:
    text = (
        "types:\n- name: Service\n  attributes: [{id: lead, type: User}, {id: crew, type: User, array: true}]\n"
        "  entries:\n  - external_id: a\n    values: {lead: NORA@example.com, crew: [nora@example.com, a@x.org]}\n"
    )
    sync = applied(file(text))
    assert (sync.state, sync.error) == (SyncState.APPLIED, "")
    assert values("a") == {"lead": "NORA@example.com", "crew": ["nora@example.com", "a@x.org"]}
    assert labels(entry("a")) == {"lead": ["Nora Lind"], "crew": ["Nora Lind", "a@x.org"]}
    assert counts(compared(file(text))) == {"Service": {"same": 1}}


# ---- the folder


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("../secrets.env", "is not in the hub's folder"),
        ("/etc/passwd", "is not in the hub's folder"),
        ("a/../../secrets.env", "is not in the hub's folder"),
        ("link.yaml", "is not in the hub's folder"),
        ("missing.yaml", "There is no file"),
        (".", "There is no file"),
        ("x" * 5_000, ""),
        ("file:///etc/passwd", "There is no file"),
    ],
)
def test_only_files_of_the_folder_are_read(folder: Path, location: str, said: str) -> None:
    (folder.parent / "secrets.env").write_text("SECRET_KEY=hush")
    (folder / "link.yaml").symlink_to(folder.parent / "secrets.env")
    with pytest.raises(CheckFailed) as failed:
        check({"location": location})
    assert said in str(failed.value)
    assert "hush" not in str(failed.value)


def test_the_button_says_how_large_the_file_is(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "a.yaml").write_text("types: []")
    assert check({"location": "sub/a.yaml"}) == "The file is there; it has 9 bytes"


def test_a_folder_that_is_not_there_is_an_empty_one(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "none"
    with pytest.raises(CheckFailed, match="There is no file"):
        check({"location": "a.yaml"})


# ---- the address


def test_an_address_is_asked_with_its_token(address: Connection) -> None:
    assert counts(compared(address)) == {"Service": {"new": 1}}


@pytest.mark.parametrize(
    ("fault", "state", "said"),
    [
        (says(400, b"no"), SyncState.FAILED, "does not give the file (400)"),
        (says(401), SyncState.FAILED, "does not accept the hub's account (401)"),
        (says(403), SyncState.FAILED, "does not accept the hub's account (403)"),
        (says(404), SyncState.FAILED, "does not give the file (404)"),
        (says(302, b"", location="https://elsewhere.example.com"), SyncState.FAILED, "leads elsewhere (302)"),
        (says(200, b"<html>Sign in</html>"), SyncState.FAILED, "looks like a web page"),
        (says(200, b"x" * 50_000_000), SyncState.FAILED, "at most 16 MiB"),
        (says(429, retry_after="0"), SyncState.COMPARED, ""),
        (says(429, retry_after="Thu, 01 Jan 2026 00:00:00 GMT"), SyncState.COMPARED, ""),
        (says(500), SyncState.COMPARED, ""),
        (silent, SyncState.COMPARED, ""),
        (done_in_silence, SyncState.COMPARED, ""),
        (done_and_reset, SyncState.COMPARED, ""),
        (slow(0.2), SyncState.COMPARED, ""),
    ],
)
def test_whatever_the_address_does_ends_in_words(
    address: Connection, server: FileServer, monkeypatch: pytest.MonkeyPatch, fault: Any, state: str, said: str
) -> None:
    monkeypatch.setattr("integrations.catalog_file.tool.READ_SECONDS", 5.0 if state == SyncState.FAILED else 0.5)
    server.script = [fault]
    sync = compared(address)
    assert (sync.state, said in sync.error) == (state, True), sync.error
    assert TOKEN not in sync.error


@pytest.mark.parametrize("url", ["http://10.0.0.1/a.yaml", "https://user:pw@example.com/a", "http://169.254.169.254/"])
def test_addresses_the_hub_does_not_call_are_refused(hub: None, url: str) -> None:
    with pytest.raises(CheckFailed):
        check({"location": url})
