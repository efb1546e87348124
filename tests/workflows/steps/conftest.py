"""Incidents that steps are done to."""

from collections.abc import Callable

import pytest

from accounts.models import User
from incidents.memberships import grant
from incidents.models import Incident
from tests.conftest import SYSTEM
from tests.workflows.writing import severity


@pytest.fixture
def incident(declare: Callable[..., Incident]) -> Incident:
    """An incident in triage, with a severity."""
    return declare(name="Checkout is down", severity_id=severity("Major"))


@pytest.fixture
def private(declare: Callable[..., Incident], nora: User) -> Incident:
    """A private incident only Nora may see."""
    incident = declare(name="Someone read our mail", visibility="private", severity_id=severity("Critical"))
    grant(SYSTEM, incident.pk, nora.pk)
    return incident
