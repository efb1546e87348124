"""Types of the service catalog."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.custom_fields import create_custom_field
from catalog.entries import archive_entry
from catalog.models import CatalogEntry, CatalogType
from catalog.teams import TYPE_NAME, create_team, entries
from catalog.types import archive_type, create_type, update_schema, update_type
from events.models import Event
from events.record import config_version
from incidentio.core.errors import Conflict, Invalid, NotFound
from incidentio.core.ids import new_id
from tests.catalog.service import OWNER, SERVICE, a_type, an_entry, attribute, backlink, with_schema
from tests.conftest import SYSTEM


def pointers(refused: pytest.ExceptionInfo[Any]) -> list[str | None]:
    return [problem.pointer for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("name", "type_name"),
    [
        ("Service", 'Custom["Service"]'),
        ("payment method", 'Custom["PaymentMethod"]'),
        (" GitHub-Repo (v2) ", 'Custom["GitHubRepoV2"]'),
        ("Команда", 'Custom["Type"]'),
    ],
)
def test_a_type_name_is_made_of_the_name(name: str, type_name: str) -> None:
    assert a_type(name=name).type_name == type_name


def test_a_type_name_made_of_the_name_is_nobody_elses() -> None:
    made = [a_type(name=name).type_name for name in ("Service", "service", "Service!")]
    assert made == ['Custom["Service"]', 'Custom["Service2"]', 'Custom["Service3"]']


def test_a_type_name_is_unique_among_what_is_not_archived() -> None:
    first = a_type(type_name=SERVICE)
    with pytest.raises(Invalid) as refused:
        a_type(name="Other", type_name=SERVICE)
    assert pointers(refused) == ["type_name"]
    archive_type(SYSTEM, first)
    assert a_type(type_name=SERVICE).type_name == SERVICE


@pytest.mark.parametrize(
    "type_name", ["Service", 'Custom["a"b"]', 'Custom[""]', 'custom["a"]', 'Custom["a\n"]', f'Custom["{"é" * 96}"]']
)
def test_a_malformed_type_name_is_refused(type_name: str) -> None:
    with pytest.raises(Invalid) as refused:
        a_type(type_name=type_name)
    assert pointers(refused) == ["type_name"]


def test_whoever_brings_teams_along_may_call_them_so() -> None:
    assert a_type(name="Team", type_name='Custom["Team"]').type_name != TYPE_NAME


def test_writing_the_same_again_is_no_event() -> None:
    row = a_type(attribute("tier"), color="pink", annotations={"a": "b "})
    before = (config_version(), Event.objects.count(), row.updated_at)
    update_type(SYSTEM, row, name=row.name, description="", color="pink", annotations={"a": "b "})
    assert with_schema(row, attribute("tier")).schema_version == 2
    row.refresh_from_db()
    assert (config_version(), Event.objects.count(), row.updated_at) == before


def test_owners_are_teams_or_their_entries() -> None:
    team = create_team(SYSTEM, name="Payments")
    owners = [team.id, entries().get(external_id=team.id).id]
    assert a_type(owning_team_ids=owners).owning_team_ids == owners
    for wrong in (new_id(), "Payments", ""):
        with pytest.raises(Invalid) as refused:
            update_type(SYSTEM, CatalogType.objects.latest("id"), name="x", description="", owning_team_ids=[wrong])
        assert pointers(refused) == ["owning_team_ids.0"]


def test_a_schema_is_replaced_by_who_read_the_last_one() -> None:
    row = a_type(attribute("tier"))
    for version in (0, 1, 3):
        with pytest.raises(Conflict):
            update_schema(SYSTEM, row, version=version, attributes=[])
    assert (row.schema_version, with_schema(row).schema_version, row.attributes) == (2, 3, [])


def test_values_of_what_left_the_schema_are_forgotten() -> None:
    odd = "é.[0] 'x' $#"
    row = a_type(attribute("tier"), attribute(odd), attribute("needs", SERVICE, array=True))
    entry = an_entry(row, values={"tier": "1", odd: "2", "needs": ["a", "b"]})
    with_schema(row, attribute("tier"))
    entry.refresh_from_db()
    assert entry.attribute_values == {"tier": {"value": {"literal": "1"}}}
    assert with_schema(row, attribute("tier"), attribute(odd)).schema_version == 4


def test_values_are_forgotten_when_they_are_computed_from_now_on() -> None:
    row = a_type(attribute("part_of", SERVICE), attribute("parts", SERVICE, array=True))
    entry = an_entry(row, values={"part_of": "shop", "parts": ["till"]})
    with_schema(row, attribute("part_of", SERVICE), backlink("parts", SERVICE, "part_of"))
    entry.refresh_from_db()
    assert list(entry.attribute_values) == ["part_of"]


def test_an_entry_without_values_to_forget_is_not_touched() -> None:
    row = a_type(attribute("tier"), attribute("team"))
    for number in range(3):
        an_entry(row, f"Service {number}", values={"team": "x"} if number else {"tier": "1"})
    with CaptureQueriesContext(connection) as context:
        with_schema(row, attribute("team"))
    assert CatalogEntry.objects.exclude(attribute_values={}).count() == 2
    assert sum("SET attribute_values" in query["sql"] for query in context) == 1


def test_links_follow_the_type_of_their_attribute() -> None:
    a_type(name="Owner")
    row = a_type(attribute("owner", "String"))
    entry = an_entry(row, values={"owner": "shop"})
    assert not entry.links.exists()
    for type, targets in ((OWNER, [OWNER]), (SERVICE, [SERVICE]), ("Text", [])):
        with_schema(row, attribute("owner", type))
        assert list(entry.links.values_list("target_type_name", flat=True)) == targets


def test_a_type_that_a_field_offers_stays() -> None:
    row = a_type()
    create_custom_field(SYSTEM, name="System", description="", field_type="single_select", catalog_type_id=row.id)
    with pytest.raises(Invalid, match="System"):
        archive_type(SYSTEM, row)


def test_what_the_hub_keeps_itself_is_not_changed() -> None:
    create_team(SYSTEM, name="Payments")
    teams = CatalogType.objects.get(type_name=TYPE_NAME)
    for refused in (
        lambda: update_type(SYSTEM, teams, name="Squad", description=""),
        lambda: update_schema(SYSTEM, teams, version=1, attributes=[]),
        lambda: archive_type(SYSTEM, teams),
        lambda: an_entry(teams),
        lambda: archive_entry(SYSTEM, entries().get()),
    ):
        with pytest.raises(Invalid, match="keeps"):
            refused()


def test_an_archived_type_is_gone() -> None:
    row = a_type()
    archive_type(SYSTEM, row)
    for again in (
        lambda: update_type(SYSTEM, row, name="x", description=""),
        lambda: update_schema(SYSTEM, row, version=1, attributes=[]),
        lambda: archive_type(SYSTEM, row),
        lambda: an_entry(row),
    ):
        with pytest.raises(NotFound):
            again()


def test_a_type_needs_a_name() -> None:
    for name in ("", "  ", "x" * 201):
        with pytest.raises(Invalid) as refused:
            create_type(SYSTEM, name=name, description="")
        assert pointers(refused) == ["name"]
