"""The channel an incident has elsewhere."""

from collections.abc import Callable

import pytest

from incidentio.core.errors import NotFound
from incidents.channels import record_channel
from incidents.models import Incident
from tests.conftest import SYSTEM
from tests.incidents.folding import events_of, folded, stored

SAID = {"name": "inc-1", "team_id": "T1"}


def test_an_incident_gets_one_channel(declare: Callable[..., Incident]) -> None:
    incident = declare()
    assert record_channel(SYSTEM, incident.pk, channel_id="C1", **SAID)
    assert record_channel(SYSTEM, incident.pk, channel_id="C1", **SAID)
    assert not record_channel(SYSTEM, incident.pk, channel_id="C2", **SAID)
    incident.refresh_from_db()
    assert (incident.slack_channel_id, incident.slack_channel_name, incident.slack_team_id) == ("C1", "inc-1", "T1")
    assert len(events_of(incident)) == 2
    assert folded(incident) == stored(incident)


def test_there_must_be_an_incident(hub: None) -> None:
    with pytest.raises(NotFound):
        record_channel(SYSTEM, "01JT3Y8M5QJ4V6F2H0W7P9D1RA", channel_id="C1", **SAID)
