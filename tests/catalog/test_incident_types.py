"""Kinds of incidents: there is always exactly one default."""

import pytest

from catalog.incident_types import archive_type, create_type, make_default, update_type
from catalog.models import IncidentType
from incidentio.core.errors import Invalid
from tests.conftest import SYSTEM


def default() -> IncidentType:
    found: IncidentType = IncidentType.objects.active().get(is_default=True)
    return found


def test_a_new_type_is_not_the_default_one() -> None:
    security = create_type(SYSTEM, name="Security", description="", private_incidents_only=True)
    assert (security.is_default, security.create_in_triage) == (False, "optional")


def test_a_type_is_changed() -> None:
    changed = update_type(
        SYSTEM, default(), name="Usual", description="", create_in_triage="always", private_incidents_only=False
    )
    assert (changed.name, changed.create_in_triage, changed.is_default) == ("Usual", "always", True)


def test_making_another_type_the_default_takes_it_from_the_former() -> None:
    security = create_type(SYSTEM, name="Security", description="")
    make_default(SYSTEM, security)
    assert default() == security


def test_the_default_type_stays() -> None:
    former = default()
    with pytest.raises(Invalid, match="make another one the default first"):
        archive_type(SYSTEM, former)
    make_default(SYSTEM, create_type(SYSTEM, name="Security", description=""))
    archive_type(SYSTEM, former)
    assert IncidentType.objects.active().count() == 1


def test_a_taken_name_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        create_type(SYSTEM, name="Default", description="")
    assert refusal.value.problems[0].pointer == "name"
