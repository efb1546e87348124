"""Alert sources and alerts in the admin."""

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from catalog.models import Severity
from catalog.severities import archive_severity
from incidents.models import AlertSource
from tests.conftest import SYSTEM
from tests.desk import Desk, errors
from tests.incidents.alerting import AS_SENT, fire, incidents_of, source

ADD, CHANGE = "incidents_alertsource_add", "incidents_alertsource_change"


def test_a_source_is_set_up_and_shows_its_address_and_secret(desk: Desk) -> None:
    critical = Severity.objects.get(name="Critical")
    said = {"name": "Prometheus", "source_type": "alertmanager", "incident_severity": critical.pk}
    page = desk.client.get(desk.fill(ADD, **said, grouping_window_seconds=300).url)
    made = AlertSource.objects.get()
    assert made.secret in page.content.decode()
    assert f"/v2/alert_events/alertmanager/{made.pk}" in page.content.decode()
    assert (made.creates_incidents, made.incident_severity, made.grouping_window_seconds) == (True, critical, 300)
    assert (made.template, made.incident_name) == (AS_SENT, "{{ alert.title }}")
    assert [event.type for event in desk.events()] == ["alert_source.created"]


@pytest.mark.parametrize("kind", ["http", "heartbeat", "http_custom"])
def test_saving_without_a_change_is_no_event(desk: Desk, kind: str) -> None:
    desk.fill(ADD, name="A source", source_type=kind, is_private="on")
    made = AlertSource.objects.get()
    assert desk.fill(CHANGE, made.pk).status_code == 302
    assert [event.type for event in desk.events()] == ["alert_source.created"]


def test_a_heartbeat_has_its_options(desk: Desk) -> None:
    desk.fill(ADD, name="Backup", source_type="heartbeat", interval_seconds=3600)
    made = AlertSource.objects.get()
    desk.fill(CHANGE, made.pk, grace_period_seconds=60)
    made.refresh_from_db()
    assert made.options == {"interval_seconds": 3600, "grace_period_seconds": 60, "failure_threshold": 1}
    assert f"/v2/heartbeat/{made.pk}/ping" in desk.get(CHANGE, made.pk).content.decode()


def test_what_is_refused_stands_beside_its_field(desk: Desk) -> None:
    page = desk.fill(ADD, name=" ", source_type="heartbeat", interval_seconds=0, auto_resolve_timeout_minutes=0)
    assert set(errors(page)) == {"name"}
    page = desk.fill(ADD, name="Backup", source_type="heartbeat", interval_seconds=0, auto_resolve_timeout_minutes=0)
    assert set(errors(page)) == {"interval_seconds", "auto_resolve_timeout_minutes"}
    assert not AlertSource.objects.exists()


def test_an_archived_severity_stays_until_it_is_changed(desk: Desk) -> None:
    minor = Severity.objects.get(name="Minor")
    made = source(incident_severity_id=minor.pk)
    archive_severity(SYSTEM, minor)
    desk.fill(CHANGE, made.pk, name="Renamed", is_private="on")
    made.refresh_from_db()
    assert (made.name, made.incident_severity_id) == ("Renamed", minor.pk)
    assert made.template == AS_SENT | {"is_private": True}


def test_a_source_is_archived_and_can_be_looked_at(desk: Desk) -> None:
    made = source("heartbeat", options={"heartbeat_options": {"interval_seconds": 60}})
    desk.post("incidents_alertsource_archive", made.pk)
    made.refresh_from_db()
    assert made.archived_at
    assert desk.get(CHANGE, made.pk).status_code == 200


def test_an_alert_is_shown_with_its_incident(desk: Desk) -> None:
    alert = fire(source(), title="Disk <full>", metadata={"host": "db-1"})
    for page in (desk.get("incidents_alert_changelist"), desk.get("incidents_alert_change", alert.pk)):
        assert f">{incidents_of(alert)[0].reference}<" in page.content.decode()
        assert "Disk &lt;full&gt;" in page.content.decode()
    assert "db-1" in page.content.decode()


@pytest.mark.parametrize(
    ("url", "leads"),
    [
        ("https://grafana.example.com/d/1?a=1&b=2", 'href="https://grafana.example.com/d/1?a=1&amp;b=2"'),
        ("javascript:alert(1)", ""),
        ("?orgId=1", ""),
        ('https://x.example/"onclick="x', 'href="https://x.example/&quot;onclick=&quot;x"'),
    ],
)
def test_an_alert_leads_to_where_its_source_shows_it(desk: Desk, url: str, leads: str) -> None:
    page = desk.get("incidents_alert_change", fire(source(), source_url=url).pk).content.decode()
    assert escape(url) in page
    assert leads in page
    assert ('rel="noreferrer"' in page) == bool(leads)


def test_private_alerts_and_incidents_are_nowhere(desk: Desk) -> None:
    secret, public = fire(source(template=AS_SENT | {"is_private": True})), fire(source(name="Public"))
    hidden = incidents_of(public)[0]
    hidden.visibility = "private"
    hidden.save()
    page = desk.get("incidents_alert_changelist").content.decode()
    assert secret.pk not in page
    assert public.pk in page
    assert hidden.reference not in page
    assert desk.get("incidents_alert_change", secret.pk).status_code == 302


def test_a_page_of_alerts_costs_the_same_whatever_is_on_it(desk: Desk) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            desk.get("incidents_alert_changelist")
        return len(captured)

    fire(origin := source())
    few = queries()
    for place in range(5):
        fire(origin, str(place))
    assert queries() == few


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("grafana", "The secret under HMAC Signature in the settings of the contact point. It is never shown"),
        ("cloudwatch", "With the ARN of a topic here"),
        ("zendesk", "It is never shown again"),
        ("http_custom", "What the sender signs with. It is never shown"),
    ],
)
def test_the_page_says_where_the_sender_shows_what_it_signs_with(desk: Desk, kind: str, said: str) -> None:
    assert said in desk.get(CHANGE, source(kind).pk).content.decode()


@pytest.mark.parametrize(
    ("kind", "page"),
    [("grafana", "grafana"), ("jsm", "opsgenie"), ("alertmanager",) * 2, ("email", "mailbox"), ("http_custom",) * 2],
)
def test_the_page_leads_to_how_the_sender_is_set_up(desk: Desk, kind: str, page: str) -> None:
    shown = desk.get(CHANGE, source(source_type=kind).pk).content.decode()
    link = reverse("admin:integrations_connection_help", args=[page])
    assert f'href="{link}"' in shown
    assert desk.client.get(link).status_code == 200


def test_where_nobody_wrote_it_down_there_is_no_link(desk: Desk) -> None:
    assert "How to set it up" not in desk.get(CHANGE, source(source_type="nagios").pk).content.decode()


def test_without_a_mailbox_a_source_of_letters_has_no_address(desk: Desk) -> None:
    made = source(source_type="email")
    page = desk.get(CHANGE, made.pk).content.decode()
    assert "letters are read once a mailbox is connected" in page
    assert f"{made.pk.lower()}@" not in page


def test_a_source_gets_another_secret_token(desk: Desk) -> None:
    made = source()
    answer = desk.post("incidents_alertsource_change_secret", made.pk)
    changed = AlertSource.objects.get().secret
    assert changed != made.secret
    assert changed in desk.client.get(answer.url).content.decode()
    assert [event.type for event in desk.events()] == ["alert_source.secret_changed"]


def test_a_source_whose_secrets_no_key_opens_can_be_changed(desk: Desk, settings: Any) -> None:
    made = source("zendesk")
    desk.fill(CHANGE, made.pk, new_signing_secret="theirs")
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert "cannot be read any more" in desk.get(CHANGE, made.pk).content.decode()
    assert desk.fill(CHANGE, made.pk, new_signing_secret="new").status_code == 302
    desk.post("incidents_alertsource_change_secret", made.pk)
    again = AlertSource.objects.get()
    assert (again.signing_secret, len(again.secret)) == ("new", 64)


def test_archiving_takes_no_secret(desk: Desk, settings: Any) -> None:
    made = source()
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    desk.post("incidents_alertsource_archive", made.pk)
    assert not AlertSource.objects.active().exists()
