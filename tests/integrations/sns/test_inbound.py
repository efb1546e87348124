"""Alarms become alerts, known by their ARN; whatever else is published is an alert of its own."""

from typing import Any

import pytest

from incidents.alert_changes import resolve_alert
from incidents.models import Alert, AlertStatus, Incident
from integrations.registry import INBOUND
from integrations.sns.inbound import parse, set_aside, verify
from tests.conftest import SYSTEM
from tests.integrations.recorded import payload, source_of
from tests.integrations.sns.amazon import ALARM, TOPIC, notification, publish, subscription

pytestmark = pytest.mark.usefixtures("known")
BUDGET = payload("sns", "budget")
EVENTBRIDGE = payload("sns", "eventbridge")


def alarm(state: str = "ALARM", at: str = "21:48", **said: Any) -> dict[str, Any]:
    """The recorded alarm in some state since some time, in a message of its own; what is None is left out."""
    said = ALARM | {"NewStateValue": state, "StateChangeTime": f"2026-09-27T{at}:05.123+0000"} | said
    published = {name: value for name, value in said.items() if value is not None}
    return notification(published, MessageId=f"{state} since {at}")


def test_an_alarm_is_an_alert() -> None:
    answer = publish(source_of("sns"), alarm())
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)  # type: ignore[attr-defined]
    alert = Alert.objects.get()
    assert (alert.deduplication_key, alert.status) == (ALARM["AlarmArn"], "firing")
    assert alert.title == Incident.objects.get().name == "checkout-5xx – 漢字"
    assert alert.description.startswith("More than 10 errors a minute\n\nThreshold Crossed: 1 datapoint")
    assert alert.source_url == (
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1"
        "#alarmsV2:alarm/checkout-5xx%20%E2%80%93%20%E6%BC%A2%E5%AD%97"
    )


def test_what_it_is_about_is_its_metadata() -> None:
    (event,) = parse(alarm())
    assert event.metadata == {
        "account": "123456789012",
        "region": "EU (Ireland)",
        "state": "ALARM",
        "previous_state": "OK",
        "MetricName": "HTTPCode_Target_5XX_Count",
        "Namespace": "AWS/ApplicationELB",
        "Statistic": "SUM",
        "Period": 60,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 10.0,
        "TreatMissingData": "notBreaching",
        "dimensions": {"LoadBalancer": "app/checkout/50dc6c495c0c9188"},
        "message_id": "ALARM since 21:48",
        "topic": TOPIC,
    }


def test_it_comes_and_goes() -> None:
    source = source_of("cloudwatch")
    for state, at in (("ALARM", "21:48"), ("INSUFFICIENT_DATA", "21:50"), ("ALARM", "21:52"), ("OK", "21:55")):
        assert publish(source, alarm(state, at)).status_code == 202
    assert (Alert.objects.get().status, Alert.objects.get().firings) == (AlertStatus.RESOLVED, 1)


def test_that_there_is_no_data_is_told_to_who_asked_for_it() -> None:
    publish(source_of("sns"), alarm("INSUFFICIENT_DATA"))
    assert (Alert.objects.get().status, Alert.objects.get().metadata["state"]) == ("firing", "INSUFFICIENT_DATA")


def test_messages_in_another_order_end_the_same() -> None:
    source = source_of("sns")
    for state, at in (("OK", "21:55"), ("ALARM", "21:48")):
        publish(source, alarm(state, at))
    assert Alert.objects.get().status == AlertStatus.RESOLVED
    assert not Incident.objects.exists()


def test_a_message_that_is_sent_again_changes_nothing() -> None:
    source = source_of("sns")
    for _ in range(3):
        answer = publish(source, alarm())
    assert answer.json()["message"] == "This message was taken before"  # type: ignore[attr-defined]
    assert (Alert.objects.get().firings, Incident.objects.count()) == (1, 1)


@pytest.mark.parametrize("message", [alarm(), notification("Disk is full")])
def test_not_even_what_somebody_resolved_meanwhile(message: dict[str, Any]) -> None:
    source = source_of("sns")
    publish(source, message)
    resolve_alert(SYSTEM, Alert.objects.get().pk)
    assert publish(source, message).status_code == 202
    assert (Alert.objects.get().status, Alert.objects.get().firings) == ("resolved", 1)


def test_the_same_alarm_for_two_sources_is_two_alerts() -> None:
    for name in "AB":
        publish(source_of("sns", name=name), alarm())
    assert Alert.objects.count() == 2


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ({"AlarmArn": None}, "123456789012:EU (Ireland):checkout-5xx – 漢字"),
        ({"AlarmArn": None, "AWSAccountId": None, "Region": None}, "::checkout-5xx – 漢字"),
        ({"AlarmArn": 7}, "123456789012:EU (Ireland):checkout-5xx – 漢字"),
        ({"AlarmArn": "a" * 600}, "a" * 500),
    ],
)
def test_without_an_arn_account_region_and_name_are_the_key(said: dict[str, Any], key: str) -> None:
    (event,) = parse(alarm(**said))
    assert (event.deduplication_key, event.source_url) == (key, "")


@pytest.mark.parametrize(
    ("partition", "region", "console"),
    [
        ("aws", "us-east-1", "https://us-east-1.console.aws.amazon.com/"),
        ("aws-cn", "cn-north-1", "https://cn-north-1.console.amazonaws.cn/"),
        ("aws-us-gov", "us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/"),
        ("aws-elsewhere", "us-east-1", ""),
        ("aws", "evil.example/", ""),
        ("aws", "", ""),
    ],
)
def test_it_leads_to_the_console_of_its_region(partition: str, region: str, console: str) -> None:
    (event,) = parse(alarm(AlarmArn=f"arn:{partition}:cloudwatch:{region}:123456789012:alarm:x"))
    assert event.source_url.startswith(console)
    assert bool(event.source_url) is bool(console)


def test_an_alarm_by_eventbridge_is_the_same_kind_of_alert() -> None:
    publish(source_of("sns"), notification(EVENTBRIDGE))
    alert = Alert.objects.get()
    assert alert.deduplication_key == "arn:aws:cloudwatch:us-east-1:123456789012:alarm:ServerCpuTooHigh"
    assert (alert.title, alert.metadata["previous_state"]) == ("ServerCpuTooHigh", "OK")
    assert alert.description.startswith("Goes into alarm when")


def test_a_composite_alarm_has_no_metric() -> None:
    (event,) = parse(alarm(Trigger=None, AlarmRule="ALARM(a) OR ALARM(b)"))
    assert "MetricName" not in event.metadata
    assert event.title == "checkout-5xx – 漢字"


@pytest.mark.parametrize("wrong", [7, [], {}, "x", [{}], [7], True, None, 1e300])
@pytest.mark.parametrize(
    "name", ["Trigger", "AlarmDescription", "NewStateReason", "StateChangeTime", "Region", "OldStateValue"]
)
def test_whatever_stands_in_the_other_places_is_an_alert(name: str, wrong: Any) -> None:
    assert publish(source_of("sns"), alarm(**{name: wrong})).status_code == 202
    assert Alert.objects.count() == 1


def test_any_other_message_is_an_alert_of_its_own() -> None:
    source = source_of("sns")
    for number in (1, 2):
        publish(source, notification(BUDGET["Message"], Subject=BUDGET["Subject"], MessageId=f"m{number}"))
    alert = Alert.objects.order_by("id")[0]
    assert (alert.deduplication_key, alert.status) == ("sns:m1", "firing")
    assert alert.title == "AWS Budgets: Checkout has exceeded your alert threshold"
    assert alert.description == BUDGET["Message"]
    assert alert.metadata == {
        "message_id": "m1",
        "topic": TOPIC,
        "attributes": {"team": "payments", "count": "7"},
    }
    assert Alert.objects.count() == 2


@pytest.mark.parametrize(
    ("published", "subject", "title"),
    [
        ("Disk is full\nof logs", "", "Disk is full"),
        ("\n\n  Disk is full", None, "Disk is full"),
        ("Disk is full", "Help", "Help"),
        ("", None, f"A message of {TOPIC}"),
        ('{"detail": 1}', None, '{"detail": 1}'),
        ("[1, 2]", None, "[1, 2]"),
        ("7", None, "7"),
        ('{"AlarmName": "x", "NewStateValue": "BROKEN"}', "Odd", "Odd"),
        ('{"AlarmName": "", "NewStateValue": "ALARM"}', "Odd", "Odd"),
        ('{"AlarmName": "a\\u0000b", "NewStateValue": "ALARM"}', "Odd", "Odd"),
        ('{"AlarmName": "a", "AlarmName": "b", "NewStateValue": "ALARM"}', "Odd", "Odd"),
        ('{"AlarmName": "x", "NewStateValue": "ALARM", "Trigger": {"Threshold": NaN}}', "Odd", "Odd"),
        ("[" * 5_000, "Deep", "Deep"),
        ("x" * 250_000, "Long", "Long"),
    ],
)
def test_its_title_is_its_subject_or_its_first_line(published: str, subject: str | None, title: str) -> None:
    assert publish(source_of("sns"), notification(published, Subject=subject)).status_code == 202
    assert Alert.objects.get().title == title


def test_a_number_that_is_too_large_for_json_is_left_out() -> None:
    published = '{"AlarmName": "x", "NewStateValue": "ALARM", "Trigger": {"Threshold": 1e999, "Period": 60}}'
    publish(source_of("sns"), notification(published))
    assert (Alert.objects.get().metadata["Period"], "Threshold" in Alert.objects.get().metadata) == (60, False)


@pytest.mark.parametrize("message_id", ["", "m" * 201])
def test_a_message_without_an_id_is_refused(message_id: str) -> None:
    answer = publish(source_of("sns"), notification(MessageId=message_id))
    assert (answer.status_code, answer.json()["errors"][0]["source"]["pointer"]) == (422, "MessageId")  # type: ignore[attr-defined]


def test_what_is_posted_raw_is_an_alarm_or_refused() -> None:
    source = source_of("sns")
    raw = {"x_amz_sns_rawdelivery": "true"}
    assert publish(source, ALARM, **raw).status_code == 202
    assert Alert.objects.get().deduplication_key == ALARM["AlarmArn"]
    for body, status in ((b"Disk is full", 400), ({"a": 1}, 422), ([1], 422), (subscription(), 422)):
        assert publish(source, body, **raw).status_code == status
    assert Alert.objects.count() == 1


def test_the_end_of_a_subscription_is_taken_and_changes_nothing() -> None:
    answer = publish(source_of("sns"), subscription(Type="UnsubscribeConfirmation"))
    assert (answer.status_code, answer.json()["accepted"]) == (202, 0)  # type: ignore[attr-defined]
    assert not Alert.objects.exists()


@pytest.mark.parametrize("source_type", ["sns", "cloudwatch"])
def test_topics_are_read_here(source_type: str) -> None:
    inbound = INBOUND[source_type]
    assert (inbound.parse, inbound.verify, inbound.set_aside) == (parse, verify, set_aside)
    assert inbound.signs_for_all
