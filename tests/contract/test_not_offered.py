"""What clients read and this hub does not offer: empty lists and clear refusals."""

from incidentio.core.ids import new_id
from tests.contract.contract import Walk

PROVES = (
    "/v2/status_pages",
    "/v2/status_page_incidents",
    "/v2/status_page_incident_updates",
    "/v2/alert_attributes",
    "/v2/escalations",
    "/v2/schedules",
    "/v2/escalation_paths",
)
INCIDENT = {
    "idempotency_key": "a",
    "name": "Checkout is down",
    "incident_status": "investigating",
    "message": "We *know*",
    "notify_subscribers": True,
}
AFFECTED = [{"component_id": new_id(), "component_status": "full_outage"}]
PARTS = ("status_pages", "escalations", "schedules", "escalation_paths")


def test_there_is_nothing_to_list(walk: Walk) -> None:
    for part in PARTS:
        assert walk("get", f"/v2/{part}", query="?page_size=250")[part] == []
    assert walk("get", "/v2/alert_attributes") == {"alert_attributes": []}


def test_every_operation_takes_and_answers_what_the_contract_says(walk: Walk) -> None:
    for part in (*PARTS, "alert_attributes"):
        walk("get", f"/v2/{part}")
    page = {"status_page_id": new_id(), "component_statuses": AFFECTED}
    update = {"status_page_incident_id": new_id(), "message": "Fixed", "notify_subscribers": False}
    one = "/v2/status_page_incidents/{status_page_incident_id}"
    walk.refuses("get", "/v2/status_page_incidents", query=f"?status_page_id={new_id()}")
    walk.refuses("post", "/v2/status_page_incidents", INCIDENT | page)
    walk.refuses("get", one, status_page_incident_id=new_id())
    walk.refuses("put", one, {"name": "Checkout was down"}, status_page_incident_id=new_id())
    walk.refuses("post", "/v2/status_page_incident_updates", update)
    assert walk.left_out(PROVES) == set()
