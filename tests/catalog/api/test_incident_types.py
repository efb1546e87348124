"""Incident types on the wire, read only."""

from catalog.incident_types import create_type
from catalog.models import IncidentType
from tests.conftest import SYSTEM, ApiClient

PATH = "/v1/incident_types"


def test_types_are_listed_by_name(terraform: ApiClient) -> None:
    create_type(SYSTEM, name="Area 51", description="", private_incidents_only=True)
    rows = terraform.get(PATH).json()["incident_types"]
    assert [(row["name"], row["is_default"], row["private_incidents_only"]) for row in rows] == [
        ("Area 51", False, True),
        ("Default", True, False),
    ]


def test_a_type_is_shown_and_cannot_be_changed(terraform: ApiClient) -> None:
    path = f"{PATH}/{IncidentType.objects.get().id}"
    assert terraform.get(path).json()["incident_type"]["create_in_triage"] == "optional"
    for refused in (terraform.put(path, {}), terraform.delete(path), terraform.post(PATH, {})):
        assert (refused.status_code, refused.content) == (404, b"")
