"""incident.io's own Python client: actions, follow-ups and updates of incidents, in V2 and V3."""

from collections.abc import Callable

import pytest
from incident_io.api.actions_v2 import (
    actions_v2_create,
    actions_v2_delete,
    actions_v2_list,
    actions_v2_show,
    actions_v2_update,
)
from incident_io.api.actions_v3 import (
    actions_v3_create,
    actions_v3_delete,
    actions_v3_list,
    actions_v3_show,
    actions_v3_update,
)
from incident_io.api.follow_ups_v2 import (
    follow_ups_v2_connect_external_issue,
    follow_ups_v2_create,
    follow_ups_v2_delete,
    follow_ups_v2_list,
    follow_ups_v2_show,
    follow_ups_v2_update,
)
from incident_io.api.follow_ups_v3 import (
    follow_ups_v3_connect_external_issue,
    follow_ups_v3_create,
    follow_ups_v3_delete,
    follow_ups_v3_list,
    follow_ups_v3_show,
    follow_ups_v3_update,
)
from incident_io.api.incident_statuses_v1 import incident_statuses_v1_list
from incident_io.api.incident_timestamps_v2 import incident_timestamps_v2_list, incident_timestamps_v2_show
from incident_io.api.incident_updates_v2 import incident_updates_v2_create, incident_updates_v2_list
from incident_io.api.severities_v1 import severities_v1_list
from incident_io.models import (
    ActionsCreatePayloadV2,
    ActionsCreatePayloadV3,
    ActionsUpdatePayloadV2,
    ActionsUpdatePayloadV3,
    ActionsV2ListIncidentMode,
    ActionsV3ListCreatedAt,
    ActionsV3ListIncidentMode,
    ActionsV3ListUpdatedAt,
    FollowUpsConnectExternalIssuePayloadV2,
    FollowUpsConnectExternalIssuePayloadV3,
    FollowUpsCreatePayloadV2,
    FollowUpsCreatePayloadV3,
    FollowUpsUpdatePayloadV2,
    FollowUpsUpdatePayloadV3,
    FollowUpsV2ListIncidentMode,
    FollowUpsV3ListCreatedAt,
    FollowUpsV3ListIncidentMode,
    FollowUpsV3ListUpdatedAt,
    IncidentUpdatesCreatePayloadV2,
    IncidentV2,
)
from incident_io.types import UNSET

from accounts.models import User
from tests.clients.conftest import Sdk

pytestmark = pytest.mark.django_db(transaction=True)
Declared = Callable[..., IncidentV2]
LONG_AGO = {"date_range": ["2024-12-02~2024-12-08"]}


def test_an_action_lives_in_v2(sdk: Sdk, declared: Declared, nora: User) -> None:
    said = {"incident_id": declared().id, "description": "Fail over", "assignee_id": nora.id}
    made = sdk(actions_v2_create, body=ActionsCreatePayloadV2.from_dict(said)).action
    assert (made.status, made.assignee.email, made.completed_at) == ("outstanding", nora.email, UNSET)
    assert made.creator.api_key.name == "Zendesk"
    body = ActionsUpdatePayloadV2.from_dict({"description": "Failed over", "status": "completed"})
    done = sdk(actions_v2_update, id=made.id, body=body).action
    assert (done.description, done.status, done.id) == ("Failed over", "completed", made.id)
    assert done.completed_at >= made.created_at
    assert sdk(actions_v2_show, id=made.id).action == done
    assert sdk(actions_v2_list, incident_id=made.incident_id).actions == [done]
    assert sdk(actions_v2_list, incident_mode=ActionsV2ListIncidentMode.TEST).actions == []
    assert sdk.detailed(actions_v2_delete, id=made.id).status_code == 204
    assert sdk(actions_v2_show, id=made.id).action.status == "deleted"
    assert sdk(actions_v2_list).actions == []


def test_an_action_lives_in_v3(sdk: Sdk, declared: Declared, nora: User) -> None:
    said = {"incident_id": declared().id, "description": "Fail over", "assignee_id": nora.id}
    made = sdk(actions_v3_create, body=ActionsCreatePayloadV3.from_dict(said)).action
    assert (made.status, made.assignee.name) == ("outstanding", nora.name)
    body = ActionsUpdatePayloadV3.from_dict({"description": "Never mind", "status": "not_doing"})
    dropped = sdk(actions_v3_update, id=made.id, body=body).action
    assert (dropped.description, dropped.status) == ("Never mind", "not_doing")
    assert sdk(actions_v3_show, id=made.id).action == dropped
    assert sdk.detailed(actions_v3_delete, id=made.id).status_code == 204
    assert sdk(actions_v3_show, id=made.id).action.status == "deleted"


def test_actions_of_v3_come_in_pages(sdk: Sdk, declared: Declared) -> None:
    incident = declared().id
    made = [
        sdk(actions_v3_create, body=ActionsCreatePayloadV3(incident_id=incident, description=word)).action
        for word in ("First", "Second", "Third")
    ]
    page = sdk(actions_v3_list, page_size=2, incident_id=incident, incident_mode=ActionsV3ListIncidentMode.STANDARD)
    assert page.actions == made[:2]
    last = sdk(actions_v3_list, page_size=2, after=page.pagination_meta.after)
    assert (last.actions, last.pagination_meta.after) == (made[2:], UNSET)
    assert sdk(actions_v3_list, after=made[-1].id).actions == []
    since = ActionsV3ListUpdatedAt.from_dict({"gte": [made[1].updated_at.isoformat()]})
    assert sdk(actions_v3_list, updated_at=since).actions == made[1:]
    assert sdk(actions_v3_list, created_at=ActionsV3ListCreatedAt.from_dict(LONG_AGO)).actions == []


def test_a_follow_up_lives_in_v2(sdk: Sdk, declared: Declared, nora: User) -> None:
    said = {"incident_id": declared().id, "title": "Write it down", "labels": ["docs", "runbook"]}
    body = FollowUpsCreatePayloadV2.from_dict(said | {"description": "All of *it*", "assignee_id": nora.id})
    made = sdk(follow_ups_v2_create, body=body).follow_up
    assert (made.title, made.labels, made.status) == ("Write it down", ["docs", "runbook"], "outstanding")
    assert (made.assignee.id, made.description, made.priority) == (nora.id, "All of *it*", UNSET)
    body = FollowUpsUpdatePayloadV2.from_dict({"title": "Written", "status": "completed", "labels": ["docs"]})
    done = sdk(follow_ups_v2_update, id=made.id, body=body).follow_up
    assert (done.title, done.status, done.labels) == ("Written", "completed", ["docs"])
    assert done.completed_at is not UNSET
    link = {"provider": "github", "url": "https://github.com/acme/shop/issues/7"}
    issue = FollowUpsConnectExternalIssuePayloadV2.from_dict(link)
    linked = sdk(follow_ups_v2_connect_external_issue, id=made.id, body=issue).follow_up
    assert linked.external_issue_reference.issue_permalink == link["url"]
    assert sdk(follow_ups_v2_show, id=made.id).follow_up == linked
    assert sdk.refusal(follow_ups_v2_connect_external_issue, id=made.id, body=issue).status == 422


def test_follow_ups_of_v2_are_listed_and_deleted(sdk: Sdk, declared: Declared) -> None:
    said = FollowUpsCreatePayloadV2(incident_id=declared().id, title="Write it down")
    made = sdk(follow_ups_v2_create, body=said).follow_up
    assert sdk(follow_ups_v2_list, incident_id=made.incident_id).follow_ups == [made]
    assert sdk(follow_ups_v2_list, incident_mode=FollowUpsV2ListIncidentMode.TUTORIAL).follow_ups == []
    assert sdk.detailed(follow_ups_v2_delete, id=made.id).status_code == 204
    assert sdk(follow_ups_v2_list).follow_ups == []
    assert sdk(follow_ups_v2_show, id=made.id).follow_up.status == "deleted"


def test_a_follow_up_lives_in_v3(sdk: Sdk, declared: Declared) -> None:
    said = FollowUpsCreatePayloadV3(incident_id=declared().id, title="Write it down")
    made = sdk(follow_ups_v3_create, body=said).follow_up
    assert (made.labels, made.assignee, made.category) == ([], UNSET, UNSET)
    body = FollowUpsUpdatePayloadV3.from_dict({"title": "Written", "status": "completed"})
    done = sdk(follow_ups_v3_update, id=made.id, body=body).follow_up
    assert (done.title, done.status) == ("Written", "completed")
    link = {"provider": "linear", "url": "https://linear.app/acme/issue/SHOP-7"}
    body = FollowUpsConnectExternalIssuePayloadV3.from_dict(link)
    linked = sdk(follow_ups_v3_connect_external_issue, id=made.id, body=body).follow_up
    assert linked.external_issue_reference.provider == "linear"
    assert sdk(follow_ups_v3_show, id=made.id).follow_up == linked
    assert sdk.detailed(follow_ups_v3_delete, id=made.id).status_code == 204
    assert sdk(follow_ups_v3_show, id=made.id).follow_up.status == "deleted"


def test_follow_ups_of_v3_come_in_pages(sdk: Sdk, declared: Declared) -> None:
    incident = declared().id
    made = [
        sdk(follow_ups_v3_create, body=FollowUpsCreatePayloadV3(incident_id=incident, title=word)).follow_up
        for word in ("First", "Second", "Third")
    ]
    standard = FollowUpsV3ListIncidentMode.STANDARD
    page = sdk(follow_ups_v3_list, page_size=2, incident_id=incident, incident_mode=standard)
    assert page.follow_ups == made[:2]
    last = sdk(follow_ups_v3_list, page_size=2, after=page.pagination_meta.after)
    assert (last.follow_ups, last.pagination_meta.after) == (made[2:], UNSET)
    assert sdk(follow_ups_v3_list, after=made[-1].id).follow_ups == []
    since = FollowUpsV3ListUpdatedAt.from_dict({"gte": [made[1].updated_at.isoformat()]})
    assert sdk(follow_ups_v3_list, updated_at=since).follow_ups == made[1:]
    assert sdk(follow_ups_v3_list, created_at=FollowUpsV3ListCreatedAt.from_dict(LONG_AGO)).follow_ups == []


def test_updates_tell_the_story(sdk: Sdk, declared: Declared) -> None:
    incident = declared()
    fixing = next(row for row in sdk(incident_statuses_v1_list).incident_statuses if row.name == "Fixing")
    major = next(row for row in sdk(severities_v1_list).severities if row.name == "Major")
    said = {"incident_id": incident.id, "message": "We know *why*", "to_incident_status_id": fixing.id}
    body = IncidentUpdatesCreatePayloadV2.from_dict(said | {"idempotency_key": "u-1", "to_severity_id": major.id})
    told = sdk(incident_updates_v2_create, body=body).incident_update
    assert (told.message, told.new_incident_status.name, told.new_severity.name) == ("We know *why*", "Fixing", "Major")
    assert told.updater.api_key.name == "Zendesk"
    assert sdk(incident_updates_v2_create, body=body).incident_update == told
    page = sdk(incident_updates_v2_list, incident_id=incident.id, page_size=1)
    first = page.incident_updates[0]
    assert (first.message, first.new_incident_status.category, first.new_severity) == (UNSET, "triage", UNSET)
    rest = sdk(incident_updates_v2_list, incident_id=incident.id, after=page.pagination_meta.after)
    assert (rest.incident_updates, rest.pagination_meta.after) == ([told], UNSET)
    assert sdk(incident_updates_v2_list).incident_updates == [first, told]
    assert sdk(incident_updates_v2_list, after=told.id).incident_updates == []


def test_timestamps_are_listed_and_shown(sdk: Sdk) -> None:
    stamps = sdk(incident_timestamps_v2_list).incident_timestamps
    assert [(stamp.name, stamp.rank) for stamp in stamps[:2]] == [("Reported at", 0), ("Accepted at", 1)]
    assert (stamps[-1].name, stamps[-1].rank) == ("Closed at", 12)
    assert sdk(incident_timestamps_v2_show, id=stamps[3].id).incident_timestamp == stamps[3]
    assert sdk.refusal(incident_timestamps_v2_show, id="nope").status == 404
