"""Actions and follow-ups of V2 and V3 against the published contract."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Team, User
from catalog import snapshot
from catalog.models import FollowUpPriority
from events.actors import Actor
from incidents.actions import create_action
from incidents.follow_ups import create_follow_up
from incidents.models import Incident
from tests.contract.contract import Walk

PROVES = ("/v2/actions", "/v3/actions", "/v2/follow_ups", "/v3/follow_ups")


@pytest.fixture
def incidents(declare: Callable[..., Incident]) -> list[Incident]:
    """A public, a private and a retrospective one."""
    severity = next(iter(snapshot.current().severities))
    return [declare(), declare(visibility="private"), declare(mode="retrospective", severity_id=severity)]


@pytest.fixture
def others_work(incidents: list[Incident], nora: User) -> None:
    """Made by everybody but a key."""
    for actor in (nora.actor, Actor("workflow", nora.id, "Escalate"), Actor("alert", nora.id, "CPU"), Actor.system()):
        for incident in incidents:
            create_action(actor, incident.id, description="Page the vendor")
            create_follow_up(actor, incident.id, title="Write the runbook")


def walk_actions(walk: Walk, version: str, incident_id: str, nora: User) -> None:
    root, said = f"/{version}/actions", {"incident_id": incident_id, "description": "Fail over"}
    made = walk("post", root, said | {"assignee_id": nora.id})["action"]
    done = {"description": "Fail over to Oslo", "status": "completed"}
    walk("put", root + "/{id}", done, id=made["id"])
    walk("get", root + "/{id}", id=made["id"])
    walk("delete", root + "/{id}", id=walk("post", root, said)["action"]["id"])
    walk("get", root)
    walk("get", root, query=f"?incident_id={incident_id}&incident_mode=standard")


def walk_follow_ups(walk: Walk, version: str, incident_id: str, nora: User, team: Team) -> None:
    root = f"/{version}/follow_ups"
    bare = {"incident_id": incident_id, "title": "Add a breaker"}
    pressing = {"follow_up_priority_option_id": FollowUpPriority.objects.get(name="Urgent").id}
    full = bare | {"description": "So that", "labels": ["a", "b"], "assignee_id": nora.id} | pressing
    made = walk("post", root, full)["follow_up"]
    walk("put", root + "/{id}", {"title": "Breaker", "status": "completed", "assignee_team_id": team.id}, id=made["id"])
    issue = {"provider": "linear", "url": "https://linear.app/hub/issue/INC-1609/breaker"}
    walk("post", root + "/{id}/actions/connect_external_issue", issue, id=made["id"])
    walk("get", root + "/{id}", id=made["id"])
    walk("delete", root + "/{id}", id=walk("post", root, bare)["follow_up"]["id"])
    walk("get", root)
    walk("get", root, query=f"?incident_id={incident_id}&incident_mode=standard&assignee_team_id={team.id}")


@pytest.mark.usefixtures("others_work")
def test_every_operation_takes_and_answers_what_the_contract_says(
    walk: Walk, incidents: list[Incident], nora: User
) -> None:
    team: Any = Team.objects.create(name="Payments")
    for version in ("v2", "v3"):
        walk_actions(walk, version, incidents[1].id, nora)
        walk_follow_ups(walk, version, incidents[0].id, nora, team)
    for root in ("/v3/actions", "/v3/follow_ups"):
        walk("get", root, query="?page_size=2&created_at[gte]=2024-01-01&updated_at[date_range]=2024-01-01~2099-01-01")
    assert walk.left_out(PROVES) == set()
