"""incident.io's own Python client: what the hub has none of is told as the client can understand it."""

import pytest
from incident_io.api.alert_attributes_v2 import alert_attributes_v2_list
from incident_io.api.escalations_v2 import escalations_v2_list, escalations_v2_list_paths
from incident_io.api.schedules_v2 import schedules_v2_list
from incident_io.api.status_pages_v2 import (
    status_pages_v2_create_status_page_incident,
    status_pages_v2_create_status_page_incident_update,
    status_pages_v2_list_status_page_incidents,
    status_pages_v2_list_status_pages,
    status_pages_v2_show_status_page_incident,
    status_pages_v2_update_status_page_incident,
)
from incident_io.models import (
    StatusPagesCreateStatusPageIncidentPayloadV2,
    StatusPagesCreateStatusPageIncidentUpdatePayloadV2,
    StatusPagesUpdateStatusPageIncidentPayloadV2,
)
from incident_io.types import UNSET

from tests.clients.conftest import Sdk

pytestmark = pytest.mark.django_db(transaction=True)
NOBODY = "01HZZZZZZZZZZZZZZZZZZZZZZZ"


def test_lists_are_empty_and_end(sdk: Sdk) -> None:
    assert sdk(alert_attributes_v2_list).alert_attributes == []
    for operation, name in (
        (escalations_v2_list, "escalations"),
        (escalations_v2_list_paths, "escalation_paths"),
        (schedules_v2_list, "schedules"),
        (status_pages_v2_list_status_pages, "status_pages"),
    ):
        page = sdk(operation, page_size=25)
        assert (getattr(page, name), page.pagination_meta.after, page.pagination_meta.page_size) == ([], UNSET, 25)


def test_what_names_a_status_page_names_nothing(sdk: Sdk) -> None:
    said = {"idempotency_key": "k", "status_page_id": NOBODY, "name": "Checkout", "incident_status": "investigating"}
    told = {"message": "We are looking", "notify_subscribers": False}
    body = StatusPagesCreateStatusPageIncidentPayloadV2.from_dict(said | told)
    assert sdk.refusal(status_pages_v2_create_status_page_incident, body=body).status == 404
    update = StatusPagesCreateStatusPageIncidentUpdatePayloadV2.from_dict(told | {"status_page_incident_id": NOBODY})
    assert sdk.refusal(status_pages_v2_create_status_page_incident_update, body=update).status == 404
    assert sdk.refusal(status_pages_v2_list_status_page_incidents, status_page_id=NOBODY).status == 404
    assert sdk.refusal(status_pages_v2_show_status_page_incident, status_page_incident_id=NOBODY).status == 404
    renamed = StatusPagesUpdateStatusPageIncidentPayloadV2(name="Till")
    refusal = sdk.refusal(status_pages_v2_update_status_page_incident, status_page_incident_id=NOBODY, body=renamed)
    assert (refusal.status, refusal.type_) == (404, "not_found")
