"""incident.io's own Python client: users, teams, and who takes part in an incident."""

from collections.abc import Callable

import pytest
from incident_io.api.incident_memberships_v1 import incident_memberships_v1_create, incident_memberships_v1_revoke
from incident_io.api.incident_participants_v2 import incident_participants_v2_list
from incident_io.api.incident_relationships_v1 import incident_relationships_v1_list
from incident_io.api.incident_roles_v2 import incident_roles_v2_list
from incident_io.api.teams_v3 import teams_v3_list, teams_v3_show
from incident_io.api.users_v2 import (
    users_v2_list,
    users_v2_list_notification_methods,
    users_v2_list_notification_rules,
    users_v2_show,
    users_v2_show_paging_provider,
    users_v2_update_paging_provider,
)
from incident_io.models import (
    IncidentMembershipsCreatePayloadV1,
    IncidentMembershipsRevokePayloadV1,
    IncidentV2,
    UsersUpdatePagingProviderPayloadV2,
)
from incident_io.types import UNSET

from accounts.models import OrganisationRole, User
from accounts.users import create_user, deactivate_user
from catalog.teams import create_team
from incidents.relating import relate
from tests.clients.conftest import Sdk
from tests.conftest import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)
Declared = Callable[..., IncidentV2]


@pytest.fixture
def ole(hub: None) -> User:
    """Ole has left."""
    user = create_user(SYSTEM, email="ole@example.com", name="Ole Berg", role=OrganisationRole.VIEWER)
    return deactivate_user(SYSTEM, user)


def test_users_are_found(sdk: Sdk, nora: User, ole: User) -> None:
    (found,) = sdk(users_v2_list, email="NORA@example.com").users
    assert (found.id, found.name, found.email, found.slack_user_id) == (nora.id, nora.name, nora.email, "U0NORA")
    assert (found.role, found.is_active, found.custom_roles) == ("responder", True, [])
    assert (found.base_role.slug, found.seats.response) == ("responder", "full_access")
    assert sdk(users_v2_show, id=nora.id).user == found
    assert sdk(users_v2_list).users == [found]
    assert sdk(users_v2_list, slack_user_id="U0NORA").users == [found]
    assert sdk(users_v2_list, email=ole.email).users == []
    (gone,) = sdk(users_v2_list, email=ole.email, include_inactive=True).users
    assert (gone.id, gone.is_active) == (ole.id, False)
    everybody = sdk(users_v2_list, include_inactive=True, page_size=1)
    rest = sdk(users_v2_list, include_inactive=True, page_size=10000, after=everybody.pagination_meta.after)
    assert {user.id for user in everybody.users + rest.users} == {nora.id, ole.id}
    assert rest.pagination_meta.after is UNSET


def test_how_people_are_paged_is_asked_and_said(sdk: Sdk, nora: User) -> None:
    assert sdk(users_v2_list_notification_methods, user_id=nora.id).notification_methods == []
    assert sdk(users_v2_list_notification_rules, user_id=nora.id).notification_rules == []
    body = UsersUpdatePagingProviderPayloadV2.from_dict({"preferred_escalation_provider": "pagerduty"})
    assert sdk.detailed(users_v2_update_paging_provider, user_id=nora.id, body=body).status_code == 204
    assert sdk(users_v2_show_paging_provider, user_id=nora.id).preferred_escalation_provider == "pagerduty"


def test_teams_are_listed_and_shown(sdk: Sdk, nora: User) -> None:
    made = [create_team(SYSTEM, name=name, members=members) for name, members in (("Shop", [nora]), ("Stock", []))]
    page = sdk(teams_v3_list, page_size=1)
    rest = sdk(teams_v3_list, page_size=1, after=page.pagination_meta.after)
    assert [team.id for team in page.teams + rest.teams] == [team.id for team in made]
    assert rest.pagination_meta.after is UNSET
    shop = sdk(teams_v3_show, id=made[0].id).team
    assert shop == page.teams[0]
    assert (shop.name, shop.members[0].email, shop.catalog_entry.name) == ("Shop", nora.email, "Shop")
    assert rest.teams[0].members == []
    assert sdk.refusal(teams_v3_show, id="nope").status == 404


def test_who_takes_part_is_told(sdk: Sdk, declared: Declared, nora: User) -> None:
    lead = next(role for role in sdk(incident_roles_v2_list).incident_roles if role.role_type == "lead")
    held = [{"incident_role_id": lead.id, "assignee": {"slack_user_id": "U0NORA"}}]
    incident = declared(incident_role_assignments=held)
    taking_part = sdk(incident_participants_v2_list, incident_id=incident.id).incident_participants
    (active,) = taking_part.active
    assert (active.user.id, active.user.name, active.participant_type) == (nora.id, nora.name, "responder")
    assert taking_part.passive == []
    assert sdk.refusal(incident_participants_v2_list, incident_id="nope").status == 404


def test_private_incidents_have_members(sdk: Sdk, declared: Declared, nora: User) -> None:
    incident = declared(visibility="private")
    body = IncidentMembershipsCreatePayloadV1(incident_id=incident.id, user_id=nora.id)
    made = sdk(incident_memberships_v1_create, body=body).incident_membership
    assert (made.user.id, made.id) == (nora.id, sdk(incident_memberships_v1_create, body=body).incident_membership.id)
    body = IncidentMembershipsRevokePayloadV1(incident_id=incident.id, user_id=nora.id)
    assert sdk.detailed(incident_memberships_v1_revoke, body=body).status_code == 204


def test_related_incidents_are_told(sdk: Sdk, declared: Declared) -> None:
    first, second = declared(name="Checkout"), declared(name="Payments")
    relate(SYSTEM, first.id, second.id)
    (found,) = sdk(incident_relationships_v1_list, incident_id=first.id, page_size=250).incident_relationships
    assert (found.incident.id, found.incident.external_id, found.incident.name) == (second.id, 2, "Payments")
