"""No list costs more statements because there is more in it."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from accounts.users import create_user
from apikeys.keys import issue
from apikeys.roles import ROLES
from catalog import snapshot
from catalog.custom_fields import create_custom_field, create_option
from catalog.entries import EntryState, create_entry
from catalog.models import CatalogType
from catalog.severities import create_severity
from catalog.teams import create_team
from catalog.types import create_type, update_schema
from incidents.actions import create_action
from incidents.attachments import Resource, attach
from incidents.follow_ups import create_follow_up
from incidents.models import Incident
from incidents.relating import relate
from incidents.sharing import share_update
from tests.conftest import SYSTEM, ApiClient
from tests.incidents.counting import statements
from tests.incidents.test_visibility import readable
from tests.workflows.writing import run_of, written

QUERIES = {
    "v1/custom_field_options": "custom_field_id={field}",
    "v1/incident_attachments": "incident_id={incident}",
    "v1/incident_relationships": "incident_id={incident}",
    "v2/incident_participants": "incident_id={incident}",
    "v2/alerts": "page_size=50",
    "v2/incident_alerts": "page_size=50",
    "v2/catalog_entries": "catalog_type_id={type}",
    "v3/catalog_entries": "catalog_type_id={type}&page_size=250",
}
NEVER_LISTED = "v2/status_page_incidents"  # of pages the hub does not have


class Hub:
    """A hub that has a little of everything, and can have more."""

    def __init__(self, declare: Callable[..., Incident]) -> None:
        self.declare = declare
        self.rounds = 0
        self.field = create_custom_field(SYSTEM, name="Product", description="", field_type="single_select")
        self.type: CatalogType = create_type(SYSTEM, name="Service", description="")
        link = {"name": "Part of", "type": self.type.type_name, "array": True, "mode": "api", "id": "part"}
        back = {"name": "Parts", "type": self.type.type_name, "array": True, "mode": "backlink", "id": "parts"}
        lead = {"name": "Lead", "type": "User", "array": False, "mode": "api", "id": "lead"}
        attributes = [link, back | {"backlink_attribute": "part"}, lead]
        update_schema(SYSTEM, self.type, version=1, attributes=attributes)
        self.incident = declare()

    def grow(self) -> None:
        """Three more of everything."""
        for _ in range(3):
            self.rounds += 1
            self._configure(str(self.rounds))
            self._live(str(self.rounds))

    def _configure(self, name: str) -> None:
        create_option(SYSTEM, self.field, value=name)
        create_custom_field(SYSTEM, name=name, description="", field_type="multi_select")
        create_severity(SYSTEM, name=name, description="")
        person = create_user(SYSTEM, email=f"{name}@example.com", name=name)
        create_team(SYSTEM, name=name, members=[person])
        issue(SYSTEM, name=name, roles=["viewer"])
        values = {
            "part": {"array_value": [{"literal": "1"}, {"literal": name}]},
            "lead": {"value": {"literal": person.email}},
        }
        state = EntryState(name, external_id=name, aliases=[f"alias {name}"], attribute_values=values)
        create_entry(SYSTEM, self.type, state)

    def _live(self, name: str) -> None:
        incident = self.declare(name=name)
        for about in (self.incident, incident):
            person = User.objects.get(email=f"{name}@example.com")
            create_action(person.actor, about.id, description=name, assignee_id=person.id)
            create_follow_up(person.actor, about.id, title=name, assignee_id=person.id)
            attach(SYSTEM, about.id, Resource("zendesk_ticket", external_id=name))
            share_update(person.actor, about.id, snapshot.current(), idempotency_key=about.id + name, message=name)
        relate(SYSTEM, self.incident.id, incident.id)
        run_of(written(name=name), incident)


@pytest.fixture
def populated(declare: Callable[..., Incident]) -> Hub:
    return Hub(declare)


def address(path: str, hub: Hub) -> str:
    names = {"field": hub.field.id, "incident": hub.incident.id, "type": hub.type.id}
    return f"/{path}?{QUERIES.get(path, '').format(**names)}"


def counted(client: ApiClient, hub: Hub) -> dict[str, int]:
    """What each list costs now."""
    paths = [path for path in readable() if "<" not in path and path != NEVER_LISTED]
    return {path: statements(client, address(path, hub)) for path in paths}


def test_no_list_costs_more_with_more_in_it(api: Callable[..., ApiClient], populated: Hub) -> None:
    client: Any = api(*ROLES)
    populated.grow()
    few = counted(client, populated)
    populated.grow()
    populated.grow()
    assert {path: (few[path], cost) for path, cost in counted(client, populated).items() if cost > few[path]} == {}
