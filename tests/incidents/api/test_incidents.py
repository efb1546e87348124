"""Incidents over HTTP, in V2."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from catalog import snapshot
from catalog.custom_fields import archive_custom_field, archive_option, create_custom_field, create_option
from catalog.incident_roles import archive_role, create_role
from catalog.models import IncidentRole, IncidentStatus, IncidentTimestamp, Severity
from catalog.severities import archive_severity
from catalog.statuses import create_status
from catalog.timestamps import archive_timestamp, create_timestamp
from events.models import Event
from incidentio.core.ids import new_id
from incidents.models import Incident
from tests.conftest import SYSTEM, ApiClient

Declare = Callable[..., Incident]
BARE = {"idempotency_key": "alert-1", "visibility": "public"}
DOCUMENT = {"title": "Learned", "content": "It was DNS"}


def status(name: str) -> str:
    return str(IncidentStatus.objects.get(name=name).pk)


def severity(name: str) -> str:
    return str(Severity.objects.get(name=name).pk)


def edit(client: ApiClient, pk: str, **said: Any) -> Any:
    return client.post(f"/v2/incidents/{pk}/actions/edit", {"incident": said, "notify_incident_channel": False})


def pointers(answer: Any) -> list[str]:
    assert answer.status_code == 422, answer.content
    return [error["source"]["pointer"] for error in answer.json()["errors"]]


def test_both_versions_share_their_keys(everyone: ApiClient) -> None:
    first = everyone.post("/v2/incidents", BARE | {"mode": "test", "slack_channel_name_override": "inc-1"})
    assert (first.status_code, "Idempotent-Replayed" in first) == (200, False)
    incident = first.json()["incident"]
    assert (incident["mode"], incident["slack_channel_name"]) == ("test", "inc-1")
    for version in ("v1", "v2"):
        again = everyone.post(f"/{version}/incidents", BARE | {"name": 5})
        assert (again.status_code, again["Idempotent-Replayed"]) == (200, "true")
        assert again.json()["incident"]["id"] == incident["id"]


def test_an_incident_is_shown_by_its_id_or_its_number(everyone: ApiClient, declare: Declare, nora: User) -> None:
    public, private = declare(), declare(nora.actor, visibility="private")
    for named in (public.pk, public.number):
        assert everyone.get(f"/v2/incidents/{named}").json()["incident"]["id"] == public.pk
    for named in (private.pk, private.number, 0, 9**18, "٣", public.reference, "9" * 40, new_id(), "nul%00"):
        assert everyone.get(f"/v2/incidents/{named}").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"mode": "stream"}, "mode"),
        ({"incident_status_id": new_id()}, "incident_status_id"),
        ({"incident_timestamp_values": [{"incident_timestamp_id": new_id()}]},
         "incident_timestamp_values.0.incident_timestamp_id"),
        ({"incident_timestamp_values": [{"incident_timestamp_id": new_id(), "value": "soon"}]},
         "incident_timestamp_values.0.value"),
        ({"incident_timestamp_values": [{"incident_timestamp_id": new_id(), "value": 5}]},
         "incident_timestamp_values.0.value"),
        ({"incident_timestamp_values": [{"incident_timestamp_id": new_id(), "value": "0001-01-01T00:00:00+14:00"}]},
         "incident_timestamp_values.0.value"),
        ({"retrospective_incident_options": {}}, "retrospective_incident_options"),
        ({"mode": "retrospective", "retrospective_incident_options": {"external_id": 0}},
         "retrospective_incident_options.external_id"),
        ({"mode": "retrospective", "retrospective_incident_options": {"external_id": 2**63}},
         "retrospective_incident_options.external_id"),
        ({"mode": "retrospective", "retrospective_incident_options": {"slack_channel_id": "nul\0"}},
         "retrospective_incident_options.slack_channel_id"),
        ({"incident_role_assignments": [{"incident_role_id": new_id()}]},
         "incident_role_assignments.0.incident_role_id"),
        ({"slack_channel_name_override": "x" * 81}, "slack_channel_name_override"),
    ],
)  # fmt: skip
def test_what_a_declare_cannot_say_is_refused(everyone: ApiClient, wrong: dict[str, Any], pointer: str) -> None:
    assert pointers(everyone.post("/v2/incidents", BARE | wrong)) == [pointer]
    assert not Incident.objects.exists()


def test_an_edit_changes_what_it_says_as_one_event(everyone: ApiClient, declare: Declare, nora: User) -> None:
    incident = declare(severity_id=severity("Minor"))
    lead = IncidentRole.objects.get(role_type="lead").pk
    fixed = IncidentTimestamp.objects.get(name="Fixed at").pk
    said: dict[str, Any] = {"name": "Search is slow", "summary": "", "call_url": "https://meet.test/1"}
    said |= {"slack_channel_name_override": "inc-search", "incident_status_id": status("Investigating")}
    said |= {"incident_role_assignments": [{"incident_role_id": lead, "assignee": {"slack_user_id": "U0NORA"}}]}
    said |= {"incident_timestamp_values": [{"incident_timestamp_id": fixed, "value": "2026-11-24T05:00:00+01:00"}]}
    answer = edit(everyone, incident.pk, **said)
    shown = answer.json()["incident"]
    assert (shown["name"], shown["slack_channel_name"]) == ("Search is slow", "inc-search")
    times = {value["incident_timestamp"]["name"]: value.get("value") for value in shown["incident_timestamp_values"]}
    assert times["Fixed at"] == {"value": "2026-11-24T04:00:00.000000Z"}
    assert edit(everyone, str(incident.number), **said).json() == answer.json()
    assert Event.objects.filter(subject_id=incident.pk).count() == 2


def test_an_edit_says_where_it_is_wrong(everyone: ApiClient, declare: Declare, nora: User) -> None:
    incident = declare()
    reporter = IncidentRole.objects.get(role_type="reporter").pk
    assigned = [{"incident_role_id": reporter, "assignee": {"email": nora.email}}]
    wanted = "incident.incident_role_assignments.0.incident_role_id"
    assert pointers(edit(everyone, incident.pk, incident_role_assignments=assigned)) == [wanted]
    assert pointers(edit(everyone, incident.pk, severity_id=new_id())) == ["incident.severity_id"]
    assert pointers(edit(everyone, incident.pk, name=" ")) == ["incident.name"]
    assert pointers(everyone.post(f"/v2/incidents/{incident.pk}/actions/edit", {})) == [
        "incident",
        "notify_incident_channel",
    ]
    assert Event.objects.filter(subject_id=incident.pk).count() == 1


def test_accepting_is_an_edit_and_going_back_is_none(everyone: ApiClient, declare: Declare) -> None:
    incident = declare()
    wanted = {"incident_status_id": status("Fixing"), "severity_id": severity("Major")}
    assert edit(everyone, incident.pk, **wanted).json()["incident"]["incident_status"]["category"] == "live"
    assert pointers(edit(everyone, incident.pk, incident_status_id=status("Triage"))) == ["incident.incident_status_id"]


def test_closing_past_the_post_incident_flow_needs_its_permission(
    api: Callable[..., ApiClient], declare: Declare
) -> None:
    editor, both = api("incident_editor"), api("incident_editor", "post_incident_flow_opt_out")
    major, closed = severity("Major"), status("Closed")
    refused = edit(editor, declare(severity_id=major).pk, incident_status_id=closed)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "missing_required_scopes")
    assert "opting out of post-incident flow" in refused.json()["errors"][0]["message"]
    assert edit(both, declare(severity_id=major).pk, incident_status_id=closed).status_code == 200
    learned = declare(severity_id=major, incident_status_id=status("Reviewing"))
    assert edit(editor, learned.pk, incident_status_id=closed).status_code == 200
    retrospective = declare(mode="retrospective", severity_id=major, incident_status_id=status("Fixing"))
    assert edit(editor, retrospective.pk, incident_status_id=closed).status_code == 200


def test_without_statuses_to_learn_in_there_is_no_flow_to_skip(api: Callable[..., ApiClient], declare: Declare) -> None:
    IncidentStatus.objects.filter(category="learning").update(archived_at=timezone.now())
    snapshot._latest = None
    incident = declare(severity_id=severity("Major"))
    assert edit(api("incident_editor"), incident.pk, incident_status_id=status("Closed")).status_code == 200


def test_who_may_not_edit_is_told_so_first(api: Callable[..., ApiClient], declare: Declare, nora: User) -> None:
    public, hidden = declare(), declare(nora.actor, visibility="private", name="Layoffs")
    viewer, editor = api("viewer"), api("incident_editor", "postmortems_manage")
    assert viewer.post(f"/v2/incidents/{public.pk}/actions/edit", {}).status_code == 403
    path = "/v2/incidents/{}/actions/import_postmortem_document"
    assert viewer.post(path.format(public.pk), DOCUMENT).status_code == 403
    for named in (hidden.pk, str(hidden.number), new_id()):
        assert edit(editor, named, name="Mine").status_code == 404
        assert editor.post(path.format(named), DOCUMENT).status_code == 404
    hidden.refresh_from_db()
    assert (hidden.name, hidden.version) == ("Layoffs", 1)


@pytest.fixture
def own(hub: None) -> dict[str, Any]:
    """A word of each kind that only one incident will use."""
    field = create_custom_field(SYSTEM, name="Cause", description="", field_type="single_select")
    return {
        "severity": Severity.objects.get(name="Minor"),
        "status": create_status(SYSTEM, name="Odd", description="", category="live"),
        "option": create_option(SYSTEM, field, value="Deploy"),
        "role": create_role(SYSTEM, name="Scribe", description="Writes", instructions="", shortform="scribe"),
        "stamp": create_timestamp(SYSTEM, name="Told at"),
    }


@pytest.fixture
def old(own: dict[str, Any], declare: Declare, nora: User) -> Incident:
    """The incident that uses them."""
    chosen = {"custom_field_id": own["option"].custom_field_id, "values": [{"value_option_id": own["option"].pk}]}
    return declare(
        severity_id=own["severity"].pk,
        incident_status_id=own["status"].pk,
        custom_field_entries=[chosen],
        incident_role_assignments=[{"incident_role_id": own["role"].pk, "assignee": {"id": nora.pk}}],
        incident_timestamp_values=[{"incident_timestamp_id": own["stamp"].pk, "value": timezone.now()}],
    )


def test_words_that_were_archived_are_still_shown_where_they_are_used(
    everyone: ApiClient, own: dict[str, Any], old: Incident
) -> None:
    before = everyone.get(f"/v2/incidents/{old.pk}").json()["incident"]
    archive_severity(SYSTEM, own["severity"])
    archive_option(SYSTEM, own["option"])
    archive_custom_field(SYSTEM, own["option"].custom_field)
    archive_role(SYSTEM, own["role"])
    archive_timestamp(SYSTEM, own["stamp"])
    IncidentStatus.objects.filter(pk=own["status"].pk).update(archived_at=timezone.now())  # the verb knows it is used
    snapshot._latest = None
    assert said_of(everyone.get(f"/v2/incidents/{old.pk}").json()["incident"]) == said_of(before)


def said_of(incident: dict[str, Any]) -> dict[str, Any]:
    """What an incident says of the words it uses."""
    return {
        "severity": incident["severity"]["name"],
        "status": incident["incident_status"]["name"],
        "values": [
            value["value_option"]["value"] for entry in incident["custom_field_entries"] for value in entry["values"]
        ],
        "assignees": [part["role"]["name"] for part in incident["incident_role_assignments"] if "assignee" in part],
        "times": {
            value["incident_timestamp"]["name"]: value["value"]
            for value in incident["incident_timestamp_values"]
            if "value" in value
        },
    }
