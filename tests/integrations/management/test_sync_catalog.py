"""manage.py sync_catalog, as cron calls it."""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from catalog.models import CatalogEntry
from integrations.backstage.account import SETTINGS
from integrations.connections import connect
from integrations.models import CatalogSync, Connection, SyncState
from tests.conftest import SYSTEM
from tests.integrations.backstage.site import TOKEN, BackstageSite, component
from tests.integrations.standing_in import says, standing
from tests.integrations.syncing import entry


@pytest.fixture
def site() -> Iterator[BackstageSite]:
    with standing(BackstageSite()) as site:
        site.entities = [component("a"), component("b"), component("c")]
        yield site


@pytest.fixture
def connection(hub: None, site: BackstageSite) -> Connection:
    values = {"base_url": site.url, "token": TOKEN, "kinds": "Component"}
    return connect(SYSTEM, "backstage", SETTINGS, name="Backstage", values=values)


def called(*args: str) -> tuple[int, str]:
    """The exit code, and what was printed."""
    printed = StringIO()
    try:
        call_command("sync_catalog", "backstage", *args, stdout=printed)
    except SystemExit as left:
        return int(str(left.code)), printed.getvalue()
    return 0, printed.getvalue()


def active() -> list[str]:
    found = CatalogEntry.objects.active().filter(external_id__startswith="component:")
    return sorted(found.values_list("name", flat=True))


def test_looking_changes_nothing_and_says_what_differs(connection: Connection) -> None:
    code, printed = called()
    assert code == 2
    assert "+ component:default/a  a" in printed
    assert "Backstage Component: 3 new" in printed
    assert active() == []


def test_applying_ends_with_all_the_same(connection: Connection) -> None:
    code, printed = called("--apply")
    assert (code, active()) == (0, ["a", "b", "c"])
    assert "Applied 3 of 3 differences" in printed
    assert called()[0] == 0


def test_changes_are_told_attribute_by_attribute(connection: Connection, site: BackstageSite) -> None:
    called("--apply")
    site.entities[0]["spec"]["lifecycle"] = "deprecated"
    _, printed = called()
    assert "~ component:default/a  a\n    Lifecycle: production -> deprecated\n" in printed


def test_what_is_gone_is_deleted_only_where_that_is_said(connection: Connection, site: BackstageSite) -> None:
    called("--apply")
    site.entities.pop()
    assert called("--apply")[0] == 0
    assert active() == ["a", "b", "c"]
    assert called("--apply", "--delete")[0] == 0
    assert active() == ["a", "b"]


def test_deleting_most_of_it_needs_the_number(connection: Connection, site: BackstageSite) -> None:
    called("--apply")
    site.entities = []
    with pytest.raises(CommandError, match="confirm the number 3"):
        called("--apply", "--delete")
    assert active() == ["a", "b", "c"]
    assert called("--apply", "--delete", "--confirm", "3")[0] == 0
    assert active() == []


def test_what_is_refused_has_a_code_of_its_own(connection: Connection, site: BackstageSite) -> None:
    called("--apply")
    site.entities[0]["metadata"]["title"] = "A"
    site.entities.append(component("default/a"))  # its alias is another entry's
    code, printed = called("--apply")
    assert code == 3
    assert "! component:default/default/a: Another entry of this type has the alias" in printed
    assert entry("component:default/a").name == "A"


def test_a_failure_is_one_line(connection: Connection, site: BackstageSite) -> None:
    site.script = [says(403, {"error": {"name": "NotAllowedError", "message": "no"}})]
    with pytest.raises(CommandError, match="does not accept the hub's account"):
        called()
    assert CatalogSync.objects.get().state == SyncState.FAILED


@pytest.mark.parametrize("said", [["--delete"], ["--quiet", "--delete"]])
def test_deleting_alone_makes_no_sense(connection: Connection, said: list[str]) -> None:
    with pytest.raises(CommandError, match="--delete needs --apply"):
        called(*said)


def test_a_tool_that_is_not_connected_is_named(hub: None) -> None:
    with pytest.raises(CommandError, match="backstage is not connected"):
        called()


def test_quiet_only_sums_up(connection: Connection) -> None:
    _, printed = called("--quiet")
    assert "component:default/a" not in printed
    assert "3 new" in printed


def test_a_tool_without_a_catalog_is_no_choice(hub: None) -> None:
    options: dict[str, Any] = {"stderr": StringIO()}
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("sync_catalog", "zendesk", **options)
