"""What workflows do in Jira: issues that are made once, and follow the follow-ups they stand for."""

from collections.abc import Callable

import pytest

from incidents.follow_ups import FollowUpEdit, create_follow_up, update_follow_up
from incidents.models import Attachment, FollowUp, Incident
from integrations.models import RemoteObject
from tests.conftest import SYSTEM
from tests.incidents.folding import folded, stored
from tests.integrations.jira.site import JiraSite
from tests.workflows.asking import on
from tests.workflows.writing import of, step
from workflows.models import StepRun, StepStatus
from workflows.starting import start_workflow

pytestmark = pytest.mark.usefixtures("connection")
Drain = Callable[[], None]
OPEN, THIS = "newly_created_and_active", of("follow_up")


def test_an_incident_becomes_an_issue(site: JiraSite, declare: Callable[..., Incident], drain: Drain) -> None:
    on("incident.created", steps=[step("jira.create_issue")])
    incident = declare(name="Checkout is down", summary="Nobody can pay")
    drain()
    (issue,) = site.issues
    assert issue["fields"]["summary"] == f"{incident.reference} Checkout is down"
    assert issue["fields"]["labels"] == [f"incident-{incident.pk}", incident.reference.lower()]
    assert StepRun.objects.get().did == f"Created OPS-1 in Jira: {site.url}/browse/OPS-1"
    assert Attachment.objects.get(incident=incident).permalink == f"{site.url}/browse/OPS-1"
    incident.refresh_from_db()
    assert folded(incident) == stored(incident)


def test_a_new_follow_up_becomes_an_issue(site: JiraSite, incident: Incident, drain: Drain) -> None:
    create_follow_up(SYSTEM, incident.pk, title="An older one")
    drain()
    on(
        "follow_up.created",
        runs_on_incidents="newly_created_and_active",
        steps=[step("jira.export_follow_ups", of("incident"), of("follow_up"))],
    )
    follow_up = create_follow_up(SYSTEM, incident.pk, title="Add an alert", description="On failed payments")
    drain()
    (issue,) = site.issues
    assert (issue["fields"]["summary"], issue["fields"]["labels"][0]) == ("Add an alert", f"fu-{follow_up.pk}")
    follow_up.refresh_from_db()
    assert (follow_up.external_issue_provider, follow_up.external_issue_name) == ("jira", "OPS-1")
    assert RemoteObject.objects.get().remote_id == "10001"
    assert folded(follow_up) == stored(follow_up)


def test_what_is_completed_is_moved_to_done(site: JiraSite, follow_up: FollowUp, drain: Drain) -> None:
    exporting = on("manual", steps=[step("jira.export_follow_ups")])
    on(
        "follow_up.completed",
        runs_on_incidents="newly_created_and_active",
        steps=[step("jira.sync_status", of("incident"), of("follow_up"))],
    )
    start_workflow(SYSTEM, exporting, follow_up.incident, {})
    drain()
    update_follow_up(SYSTEM, follow_up.pk, FollowUpEdit(status="completed"))
    drain()
    assert site.issues[0]["fields"]["status"]["name"] == "Done"
    assert {one.status for one in StepRun.objects.all()} == {StepStatus.COMPLETE}
