"""Where an alert that fires goes."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from catalog.models import IncidentType, Severity
from catalog.severities import archive_severity
from incidents.alert_changes import resolve_alert
from incidents.models import Alert, Incident
from tests.conftest import SYSTEM
from tests.incidents.alerting import AS_SENT, calm, fire, incidents_of, move, source


def test_a_route_words_and_ranks_its_incidents() -> None:
    critical, kind = Severity.objects.get(name="Critical"), IncidentType.objects.get()
    origin = source(
        incident_name="[{{ alert.metadata.env }}]\n {{ alert.title }}",
        incident_summary="See {{ alert.source_url }}",
        incident_severity_id=critical.id,
        incident_type_id=kind.id,
        incident_mode="test",
    )
    [incident] = incidents_of(fire(origin, title="Down", source_url="https://x", metadata={"env": "prod"}))
    assert (incident.name, incident.summary, incident.mode) == ("[prod] Down", "See https://x", "test")
    assert (incident.severity, incident.incident_type) == (critical, kind)


def test_a_route_that_makes_no_incidents_keeps_the_alert() -> None:
    assert incidents_of(fire(source(creates_incidents=False))) == []
    assert Alert.objects.count() == 1


def test_a_route_whose_severity_was_archived_leaves_it_to_triage() -> None:
    minor = Severity.objects.get(name="Minor")
    origin = source(incident_severity_id=minor.id)
    archive_severity(SYSTEM, minor)
    assert incidents_of(fire(origin))[0].severity is None


def test_a_long_alert_makes_an_incident_too() -> None:
    [incident] = incidents_of(fire(source(), title="x" * 5_000, description="y" * 100_000))
    assert (len(incident.name), len(incident.summary)) == (500, 100_000)


def test_an_alert_without_words_makes_a_named_incident() -> None:
    [incident] = incidents_of(fire(source(incident_name="{{ alert.metadata.name }}", incident_summary="")))
    assert incident.name


def test_a_private_alert_makes_a_private_incident() -> None:
    origin = source(template=AS_SENT | {"is_private": True})
    alert = fire(origin)
    assert (alert.is_private, incidents_of(alert)[0].visibility) == (True, "private")


def test_alerts_that_fire_within_the_window_share_an_incident() -> None:
    origin, other = source(grouping_window_seconds=60), source(name="Other", grouping_window_seconds=60)
    start = timezone.now()
    disk, load = fire(origin, "disk", start), fire(origin, "load", start + timedelta(seconds=50))
    late, foreign = fire(origin, "late", start + timedelta(seconds=111)), fire(other, "disk", start)
    [shared] = incidents_of(disk)
    assert incidents_of(load) == [shared]
    assert shared not in incidents_of(late) + incidents_of(foreign)
    shared.refresh_from_db()
    assert shared.last_activity_at == start + timedelta(seconds=50)


def test_without_a_window_each_alert_has_its_own() -> None:
    origin = source()
    assert incidents_of(fire(origin, "disk")) != incidents_of(fire(origin, "load"))


def test_an_incident_that_is_dealt_with_is_joined_by_nobody() -> None:
    origin = source(grouping_window_seconds=60)
    [done] = incidents_of(fire(origin, "disk"))
    move(done, "Closed")
    assert incidents_of(fire(origin, "load")) != [done]


def test_a_private_alert_does_not_join_a_public_incident() -> None:
    origin = source(grouping_window_seconds=60)
    fire(origin, "disk")
    origin.template = AS_SENT | {"is_private": True}
    assert incidents_of(fire(origin, "secret"))[0].visibility == "private"


def test_an_incident_in_triage_is_declined_when_its_last_alert_is_resolved(nora: User) -> None:
    origin = source(grouping_window_seconds=60, declines_resolved=True)
    [incident] = incidents_of(fire(origin, "disk"))
    load = fire(origin, "load")
    calm(origin, "disk")
    incident.refresh_from_db()
    assert incident.incident_status.category == "triage"
    resolve_alert(nora.actor, load.id)
    incident = Incident.objects.get(pk=incident.id)
    assert incident.incident_status.category == "declined"
    assert incident.updates.latest("id").updater_id == nora.id


def test_an_accepted_incident_is_nobody_s_to_decline() -> None:
    origin = source(declines_resolved=True)
    [incident] = incidents_of(fire(origin))
    move(incident, "Fixing")
    calm(origin)
    assert Incident.objects.get().incident_status.category == "live"
