"""The parts people play: one leads, one reported, the rest are the team's."""

import pytest

from catalog.incident_roles import archive_role, create_role, update_role
from catalog.models import IncidentRole
from incidentio.core.errors import Invalid
from tests.conftest import SYSTEM

SCRIBE = {"name": "Scribe", "description": "Writes it down", "instructions": "", "shortform": "scribe"}


def role(kind: str) -> IncidentRole:
    found: IncidentRole = IncidentRole.objects.active().get(role_type=kind)
    return found


def test_a_new_role_is_the_teams_own() -> None:
    assert create_role(SYSTEM, **SCRIBE).role_type == "custom"


def test_several_roles_may_go_without_a_shortform() -> None:
    create_role(SYSTEM, **SCRIBE | {"shortform": ""})
    assert create_role(SYSTEM, **SCRIBE | {"name": "Clerk", "shortform": ""}).shortform == ""


@pytest.mark.parametrize(
    ("wrong", "pointer", "code"),
    [
        ({"name": "Reporter"}, "name", "already_exists"),
        ({"name": ""}, "name", "is_required"),
        ({"description": " "}, "description", "is_required"),
        ({"shortform": "lead"}, "shortform", "already_exists"),
        ({"shortform": "The-Scribe"}, "shortform", "invalid_value"),
        ({"shortform": "the scribe"}, "shortform", "invalid_value"),
        ({"shortform": "x" * 51}, "shortform", "invalid_value"),
    ],
)
def test_what_is_wrong_with_a_role_is_said(wrong: dict[str, str], pointer: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        create_role(SYSTEM, **SCRIBE | wrong)
    assert [(problem.pointer, problem.code) for problem in refusal.value.problems] == [(pointer, code)]


def test_the_lead_is_renamed_but_never_deleted() -> None:
    words = {"description": "Decides", "instructions": "Delegate", "shortform": "boss"}
    assert update_role(SYSTEM, role("lead"), name="Commander", **words).name == "Commander"
    with pytest.raises(Invalid, match="cannot be deleted"):
        archive_role(SYSTEM, role("lead"))


def test_the_reporter_belongs_to_the_system() -> None:
    with pytest.raises(Invalid, match="belongs to the system"):
        update_role(SYSTEM, role("reporter"), **SCRIBE)
    with pytest.raises(Invalid, match="cannot be deleted"):
        archive_role(SYSTEM, role("reporter"))


def test_a_deleted_role_frees_its_name_and_shortform() -> None:
    archive_role(SYSTEM, create_role(SYSTEM, **SCRIBE))
    assert create_role(SYSTEM, **SCRIBE).shortform == "scribe"
