"""Who sends alerts, and by which route they go."""

from typing import Any

import pytest
from cryptography.fernet import Fernet

from events.models import Event
from incidentio.core.errors import Invalid, NotFound
from incidents.alert_sources import (
    archive_alert_source,
    change_alert_source_secret,
    is_secret,
    update_alert_source,
    validate_alert_source,
)
from incidents.models import AlertSource
from tests.conftest import SYSTEM
from tests.incidents.alerting import AS_SENT, source

UNKNOWN = "01HZZZZZZZZZZZZZZZZZZZZZZZ"
ATTRIBUTE = {"alert_attribute_id": UNKNOWN, "binding": {}}


def test_a_new_source_has_a_secret_that_nobody_is_told() -> None:
    one, other = source(name="One"), source(name="Other")
    assert len(one.secret) == 64
    assert is_secret(AlertSource.objects.get(pk=one.id), one.secret)
    assert not is_secret(one, other.secret)
    assert one.secret not in str(list(Event.objects.values()))


def test_alerts_of_a_new_source_make_incidents() -> None:
    assert source().creates_incidents


def test_a_change_is_an_event_and_saying_the_same_again_is_none() -> None:
    made = source()
    update_alert_source(SYSTEM, made, name="Renamed", grouping_window_seconds=60)
    update_alert_source(SYSTEM, made, name="Renamed")
    events = Event.objects.filter(subject_id=made.id).order_by("number")
    assert [event.type for event in events] == ["alert_source.created", "alert_source.updated"]
    assert {"name", "grouping_window_seconds"} <= set(events[1].changes)


def test_an_archived_source_is_gone_and_its_name_free() -> None:
    archive_alert_source(SYSTEM, made := source())
    with pytest.raises(NotFound):
        update_alert_source(SYSTEM, made, name="Back")
    assert source().name == made.name


def test_a_heartbeat_keeps_its_options_when_they_are_not_said() -> None:
    made = source("heartbeat", options={"heartbeat_options": {"interval_seconds": 60}})
    whole = {"interval_seconds": 60, "grace_period_seconds": 0, "failure_threshold": 1}
    assert update_alert_source(SYSTEM, made, name="Other", options={}).options == whole


CODE = {"deduplication_key_path": "", "transform_expression": "return {}"}
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a blank name": ({"name": " "}, "name"),
    "a type there is not": ({"source_type": "telex"}, "source_type"),
    "an attribute": ({"template": AS_SENT | {"attributes": [ATTRIBUTE]}}, "template.attributes.0.alert_attribute_id"),
    "a team there is not": ({"owning_team_ids": [UNKNOWN]}, "owning_team_ids.0"),
    "no timeout at all": ({"auto_resolve_timeout_minutes": 0}, "auto_resolve_timeout_minutes"),
    "an endless timeout": ({"auto_resolve_timeout_minutes": 2**53}, "auto_resolve_timeout_minutes"),
    "an endless window": ({"grouping_window_seconds": 2**53}, "grouping_window_seconds"),
    "a severity there is not": ({"incident_severity_id": UNKNOWN}, "incident_severity_id"),
    "a type of incident there is not": ({"incident_type_id": UNKNOWN}, "incident_type_id"),
    "a mode there is not": ({"incident_mode": "real"}, "incident_mode"),
    "options of another type": ({"options": {"jira_options": {}}}, "jira_options"),
    "a heartbeat without an interval": ({"source_type": "heartbeat"}, "heartbeat_options"),
    "a heartbeat of no time": (
        {"source_type": "heartbeat", "options": {"heartbeat_options": {"interval_seconds": 0}}},
        "heartbeat_options.interval_seconds",
    ),
    "code": (
        {"source_type": "http_custom", "options": {"http_custom_options": CODE}},
        "http_custom_options.transform_expression",
    ),
    "redactions": (
        {"source_type": "email", "options": {"email_options": {"redactions": ["phone_numbers"]}}},
        "email_options.redactions",
    ),
}


@pytest.mark.parametrize(("said", "pointer"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_is_refused(said: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as refusal:
        source(**said)
    assert [problem.pointer for problem in refusal.value.problems] == [pointer]
    assert not AlertSource.objects.exists()


def test_two_sources_cannot_share_a_name() -> None:
    source()
    with pytest.raises(Invalid, match="already is"):
        source()


def test_validating_makes_nothing() -> None:
    validate_alert_source(source_type="heartbeat", template=AS_SENT)
    with pytest.raises(Invalid):
        validate_alert_source(source_type="http", template=AS_SENT, owning_team_ids=[UNKNOWN])
    assert not AlertSource.objects.exists()


def test_another_secret_takes_the_place_of_the_one_there_was() -> None:
    made = source()
    old = made.secret
    change_alert_source_secret(SYSTEM, made)
    made = AlertSource.objects.get()
    assert (is_secret(made, old), is_secret(made, made.secret)) == (False, True)
    event = Event.objects.latest("id")
    assert (event.type, event.changes) == ("alert_source.secret_changed", {"secret": ["…", "changed"]})


@pytest.fixture
def locked(settings: Any) -> AlertSource:
    """A source whose secrets no key opens; the key that is lost stands in the settings as LOST_KEYS."""
    update_alert_source(SYSTEM, source("zendesk"), signing_secret="theirs")
    settings.LOST_KEYS, settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS, [Fernet.generate_key().decode()]
    return AlertSource.objects.get()


def test_secrets_of_a_lost_key_are_entered_again(locked: AlertSource) -> None:
    update_alert_source(SYSTEM, locked, signing_secret="new")
    change_alert_source_secret(SYSTEM, locked)
    made = AlertSource.objects.get()
    assert (made.signing_secret, len(made.secret)) == ("new", 64)
    assert [event.changes for event in Event.objects.order_by("-id")[:2]] == [
        {"secret": ["…", "changed"]},
        {"signing_secret": ["…", "changed"]},
    ]


def test_what_no_key_opens_stays_until_then(settings: Any, locked: AlertSource) -> None:
    update_alert_source(SYSTEM, locked, name="Renamed")
    assert Event.objects.latest("id").changes == {"name": ["A zendesk", "Renamed"]}
    archive_alert_source(SYSTEM, locked)
    settings.ENCRYPTION_KEYS = settings.LOST_KEYS
    made = AlertSource.objects.get()
    assert (made.name, made.signing_secret, len(made.secret)) == ("Renamed", "theirs", 64)
