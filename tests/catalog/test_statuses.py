"""The stages of a lifecycle: teams shape some, the others belong to the system."""

from collections.abc import Callable

import pytest

from catalog.models import IncidentStatus, Severity
from catalog.statuses import archive_status, create_status, update_status
from incidentio.core.errors import Invalid
from incidents.models import Incident
from tests.conftest import SYSTEM


def status(name: str) -> IncidentStatus:
    found: IncidentStatus = IncidentStatus.objects.active().get(name=name)
    return found


def names() -> list[str]:
    return list(IncidentStatus.objects.active().filter(rank__gte=0).order_by("rank").values_list("name", flat=True))


def test_a_new_status_stands_at_the_end_of_its_category() -> None:
    made = create_status(SYSTEM, name="Verifying", description="", category="live")
    assert made.rank == 4
    assert names() == ["Triage", "Investigating", "Fixing", "Monitoring", "Verifying",
                       "Documenting", "Reviewing", "Closed", "Paused"]  # fmt: skip


@pytest.mark.parametrize("category", ["triage", "declined", "merged", "canceled", "paused"])
def test_a_status_of_the_system_can_be_neither_made_nor_changed_nor_deleted(category: str) -> None:
    with pytest.raises(Invalid) as refusal:
        create_status(SYSTEM, name="Odd", description="", category=category)
    assert refusal.value.problems[0].pointer == "category"
    theirs = IncidentStatus.objects.get(category=category)
    with pytest.raises(Invalid, match="belongs to the system"):
        update_status(SYSTEM, theirs, name="Odd", description="")
    with pytest.raises(Invalid, match="belongs to the system"):
        archive_status(SYSTEM, theirs)


def test_a_status_is_renamed_and_described() -> None:
    update_status(SYSTEM, status("Fixing"), name="Mitigating", description="*Stopping* the pain")
    assert status("Mitigating").description == "*Stopping* the pain"


@pytest.mark.parametrize(
    ("name", "code"), [("Fixing", "already_exists"), (" ", "is_required"), ("x" * 201, "invalid_value")]
)
def test_a_name_that_is_taken_blank_or_too_long_is_refused(name: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        update_status(SYSTEM, status("Monitoring"), name=name, description="")
    assert (refusal.value.problems[0].code, refusal.value.problems[0].pointer) == (code, "name")


def test_a_status_keeps_its_own_name() -> None:
    assert update_status(SYSTEM, status("Fixing"), name="Fixing", description="new").description == "new"


def test_the_last_status_of_a_category_stays() -> None:
    with pytest.raises(Invalid, match="last closed status"):
        archive_status(SYSTEM, status("Closed"))
    create_status(SYSTEM, name="Resolved", description="", category="closed")
    archive_status(SYSTEM, status("Closed"))
    assert "Closed" not in names()


def test_a_status_an_incident_has_now_stays(declare: Callable[..., Incident]) -> None:
    fixing = status("Fixing")
    declare(incident_status_id=fixing.id, severity_id=Severity.objects.get(name="Minor").id)
    with pytest.raises(Invalid, match="move them to another status first"):
        archive_status(SYSTEM, fixing)
