"""What a team measures."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from catalog import snapshot
from catalog.defaults import seed_defaults
from catalog.duration_metrics import archive_metric, create_metric, update_metric
from catalog.models import DurationMetric, IncidentTimestamp
from catalog.timestamps import archive_timestamp
from events.models import Event
from incidentio.core.errors import Invalid
from incidents.models import Incident
from tests.conftest import SYSTEM, ApiClient
from tests.desk import Desk


def stamp(name: str) -> IncidentTimestamp:
    found: IncidentTimestamp = IncidentTimestamp.objects.get(name=name)
    return found


def ends(start: str, end: str) -> dict[str, IncidentTimestamp]:
    return {"from_timestamp": stamp(start), "to_timestamp": stamp(end)}


def names() -> list[str]:
    return list(DurationMetric.objects.active().order_by("rank").values_list("name", flat=True))


def test_a_new_installation_measures_three_durations() -> None:
    assert names() == ["Time to accept", "Time to resolve", "Time to close"]


def test_an_installation_made_before_gets_those_its_timestamps_allow() -> None:
    DurationMetric.objects.all().delete()
    Event.objects.filter(subject_type="duration_metric").delete()
    archive_timestamp(SYSTEM, stamp("Accepted at"))
    assert seed_defaults(SYSTEM) == 2
    assert names() == ["Time to resolve", "Time to close"]
    assert seed_defaults(SYSTEM) == 0


def test_a_metric_is_made_changed_and_archived() -> None:
    made = create_metric(SYSTEM, name="Time to fix", rank=0, **ends("Impact started at", "Fixed at"))
    assert names()[0] == "Time to fix"
    version = snapshot.current().version
    update_metric(SYSTEM, made, name="Time to fix", **ends("Impact started at", "Fixed at"))
    assert snapshot.current().version == version
    changed = update_metric(SYSTEM, made, name="Lasted", **ends("Impact started at", "Resolved at"))
    assert (changed.name, changed.to_timestamp.name) == ("Lasted", "Resolved at")
    archive_metric(SYSTEM, made)
    assert "Lasted" not in names()


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"name": "Time to close"}, "name"),
        ({"to_timestamp": "Reported at"}, "to_timestamp"),
        ({"from_timestamp": "Fixed at"}, "from_timestamp"),
    ],
)
def test_what_makes_no_sense_is_refused(said: dict[str, str], pointer: str) -> None:
    archive_timestamp(SYSTEM, stamp("Fixed at"))
    told: Any = {"name": "Lasted", "from_timestamp": "Reported at", "to_timestamp": "Closed at"} | said
    with pytest.raises(Invalid) as refusal:
        create_metric(SYSTEM, name=told["name"], **ends(told["from_timestamp"], told["to_timestamp"]))
    assert refusal.value.problems[0].pointer == pointer


def test_metrics_are_made_and_ordered_in_the_admin(desk: Desk) -> None:
    said = {"name": "Time to fix", "from_timestamp": stamp("Reported at").pk, "to_timestamp": stamp("Fixed at").pk}
    assert desk.fill("catalog_durationmetric_add", **said).status_code == 302
    made = DurationMetric.objects.get(name="Time to fix")
    desk.post("catalog_durationmetric_move", made.pk, towards="earlier")
    assert names()[-1] == "Time to close"
    desk.fill("catalog_durationmetric_change", made.pk, name="Lasted")
    desk.post("catalog_durationmetric_archive", made.pk)
    assert [event.type.split(".")[1] for event in desk.events()] == [
        "archived",
        "updated",
        "updated",
        "updated",
        "created",
    ]


def test_an_incident_shows_every_metric(everyone: ApiClient, declare: Callable[..., Incident]) -> None:
    words = snapshot.current()
    severity, fixing = next(iter(words.severities)), words.statuses_in("live")[1]
    times = [{"incident_timestamp_id": stamp("Accepted at").pk, "value": timezone.now() + timedelta(hours=1)}]
    incident = declare(severity_id=severity, incident_status_id=fixing.pk, incident_timestamp_values=times)
    shown = everyone.get(f"/v2/incidents/{incident.pk}").json()["incident"]["duration_metrics"]
    assert [(metric["duration_metric"]["name"], metric["status"]) for metric in shown] == [
        ("Time to accept", "success"),
        ("Time to resolve", "calculating"),
        ("Time to close", "calculating"),
    ]
    assert shown[0]["value_seconds"] in (3599, 3600)
    assert "value_seconds" not in shown[1]
