"""The dashboard: what is on, what is left to do, and whether the hub is well."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from apikeys.keys import issue, revoke
from catalog.models import IncidentRole, IncidentStatus, Severity
from incidents.follow_ups import FollowUpEdit, create_follow_up, update_follow_up
from incidents.models import Incident
from tests.conftest import SYSTEM
from tests.desk import Desk
from web.dashboard import Dashboard, dashboard
from workflows.models import CallState, Delivery, EventType, Lease
from workflows.sweeper import LEASE
from workflows.webhooks import create_endpoint


@pytest.fixture
def on(declare: Any) -> Any:
    """`on("Major")`: a live incident of that severity."""
    status = IncidentStatus.objects.get(name="Fixing")

    def make(severity: str, *actor: Any, **said: Any) -> Incident:
        said |= {"severity_id": Severity.objects.get(name=severity).pk, "incident_status_id": status.pk}
        incident: Incident = declare(*actor, **said)
        return incident

    return make


def board(desk: Desk) -> Dashboard:
    """The dashboard as the page shows it."""
    shown: Dashboard = desk.get("index").context["dashboard"]
    return shown


def test_live_incidents_stand_by_severity_with_their_lead(desk: Desk, on: Any, nora: User) -> None:
    lead = {"incident_role_id": IncidentRole.objects.get(role_type="lead").pk, "assignee": {"id": nora.pk}}
    on("Minor", name="Slow"), on("Critical", name="Down", incident_role_assignments=[lead]), on("Minor", name="Slower")
    shown = board(desk)
    assert [(row.incident.name, row.look, row.lead) for row in shown.live.rows] == [
        ("Down", "danger", "Nora Lind"), ("Slower", "info", ""), ("Slow", "info", ""),
    ]  # fmt: skip
    assert [(bar.name, bar.number, bar.share) for bar in shown.by_severity] == [
        ("Critical", 1, 50), ("Major", 0, 0), ("Minor", 2, 100),
    ]  # fmt: skip


def test_nothing_of_a_hidden_incident_is_counted(desk: Desk, on: Any, nora: User) -> None:
    hidden = on("Major", nora.actor, visibility="private")
    create_follow_up(nora.actor, hidden.pk, title="Tidy up")
    shown = board(desk)
    assert (shown.live.total, shown.follow_ups.total, sum(bar.number for bar in shown.by_severity)) == (0, 0, 0)
    assert hidden.pk not in [row.event.incident_id for row in shown.latest]
    assert dashboard(nora).live.total == 1


def test_rehearsals_are_not_counted(desk: Desk, on: Any) -> None:
    drill = on("Critical", mode="test")
    create_follow_up(SYSTEM, drill.pk, title="Tidy up")
    shown = board(desk)
    assert (shown.live.total, shown.follow_ups.total, sum(bar.number for bar in shown.by_severity)) == (0, 0, 0)


def test_follow_ups_stand_until_they_are_done(desk: Desk, declare: Any) -> None:
    incident = declare()
    done, open_one = (create_follow_up(SYSTEM, incident.pk, title=title) for title in ("Done", "Open"))
    update_follow_up(SYSTEM, done.pk, FollowUpEdit(status="completed"))
    assert board(desk).follow_ups.rows == [open_one]


def test_keys_that_end_soon_are_named(desk: Desk) -> None:
    now = timezone.now()
    for name, days in (("Next week", 7), ("Next year", 365), ("Revoked", 7)):
        key = issue(SYSTEM, name=name, roles=[], expires_at=now + timedelta(days=days)).key
        if name == "Revoked":
            revoke(SYSTEM, key)
    assert [key.name for key in board(desk).expiring_keys] == ["Next week"]


def test_webhooks_that_failed_are_named(desk: Desk, declare: Any) -> None:
    incident = declare()
    endpoint = create_endpoint(SYSTEM, name="Data", url="http://127.0.0.1:9/", event_types=EventType.values).endpoint
    for place, state in enumerate(CallState.values):
        Delivery.objects.create(
            endpoint=endpoint,
            state=state,
            event_id=incident.pk,
            event_type=str(place),
            incident_id=incident.pk,
            position=place,
            due_at=incident.created_at,
        )
    assert {row.state for row in board(desk).failed_deliveries.rows} == {CallState.NOT_DONE, CallState.UNKNOWN}


def test_the_worker_is_well_while_it_holds_its_lease(desk: Desk) -> None:
    assert not board(desk).worker_is_well
    Lease.objects.create(name=LEASE, holder="somebody", until=timezone.now() + timedelta(seconds=30))
    assert board(desk).worker_is_well
    assert b"Well" in desk.get("index").content


def test_the_page_says_in_which_zone_its_times_are(desk: Desk, settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    assert b"Times are in Asia/Tokyo" in desk.get("index").content


def test_a_new_hub_has_an_empty_but_helpful_dashboard(desk: Desk) -> None:
    page = desk.get("index").content
    assert b"Declare an incident" in page
    assert b"Nothing is left to do" in page
