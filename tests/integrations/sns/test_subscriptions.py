"""A topic asks whether the hub wants to hear of it, and is told so once."""

from collections.abc import Callable
from typing import Any

import pytest

from incidentio.core.crypto import decrypt
from incidents.models import Alert, AlertSource
from integrations.models import RemoteObject
from integrations.sns.errands import DONE, REFUSED
from integrations.sns.subscriptions import CONFIRMATION
from tests.integrations.recorded import source_of
from tests.integrations.sns.amazon import SUBSCRIPTION, TOPIC, Amazon, notification, publish, slowly, subscription
from tests.integrations.sns.test_certificates import LATER
from tests.integrations.standing_in import Fault, says

Drain = Callable[[], None]
TOKEN = SUBSCRIPTION["Token"]


@pytest.fixture
def source(known: RemoteObject) -> AlertSource:
    return source_of("sns", TOPIC)


def row() -> RemoteObject:
    return RemoteObject.objects.get(kind=CONFIRMATION)


def test_from_the_first_question_to_the_first_alarm(amazon: Amazon, drain: Drain) -> None:
    source = source_of("sns")
    for _ in range(2):
        publish(source, subscription())
        drain()
    assert amazon.confirmed == [TOKEN]
    assert publish(source, notification()).status_code == 202
    assert Alert.objects.count() == 1


def test_nothing_is_visited_while_the_topic_waits(amazon: Amazon, source: AlertSource, drain: Drain) -> None:
    answer = publish(source, subscription())
    assert (answer.status_code, answer.json()["accepted"]) == (202, 0)  # type: ignore[attr-defined]
    assert answer.json()["message"] == "The subscription is being confirmed"  # type: ignore[attr-defined]
    assert amazon.asked == []
    drain()
    assert (amazon.confirmed, row().remote_id) == ([TOKEN], DONE)
    assert not Alert.objects.exists()


def test_it_is_confirmed_once_however_often_it_asks(amazon: Amazon, source: AlertSource, drain: Drain) -> None:
    for _ in range(3):
        assert publish(source, subscription()).status_code == 202
        drain()
    assert len(amazon.asked) == 1


def test_another_subscription_is_another_question(amazon: Amazon, source: AlertSource, drain: Drain) -> None:
    for token in ("a1", "b2"):
        publish(source, subscription(token))
    drain()
    assert sorted(amazon.confirmed) == ["a1", "b2"]


def test_the_token_is_kept_encrypted_and_then_forgotten(amazon: Amazon, source: AlertSource, drain: Drain) -> None:
    publish(source, subscription())
    assert TOKEN not in f"{row().url}{row().state}"
    assert decrypt(row().state["sealed"]) == SUBSCRIPTION["SubscribeURL"]
    drain()
    assert "sealed" not in row().state
    assert (row().state["source_id"], row().state["topic"]) == (source.pk, TOPIC)


@pytest.mark.parametrize("fault", LATER)
def test_what_may_pass_is_tried_again(amazon: Amazon, source: AlertSource, drain: Drain, fault: Fault) -> None:
    amazon.script = [fault]
    publish(source, subscription())
    drain()
    assert (amazon.confirmed, row().remote_id, len(amazon.asked)) == ([TOKEN], DONE, 2)


def test_a_slow_answer_is_one(amazon: Amazon, source: AlertSource, drain: Drain) -> None:
    amazon.script = [slowly]
    publish(source, subscription())
    drain()
    assert (row().remote_id, len(amazon.asked)) == (DONE, 1)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(says(400, b"<Error><Code>InvalidParameter</Code></Error>"), id="a token that ran out"),
        pytest.param(says(403, b"<Error><Code>AuthorizationError</Code></Error>"), id="403"),
        pytest.param(says(401), id="401"),
        pytest.param(says(404, b"<Error><Code>NotFound</Code></Error>"), id="no such topic"),
        pytest.param(says(422), id="422"),
        pytest.param(says(302, b"", location="http://169.254.169.254/"), id="elsewhere"),
    ],
)
def test_a_no_is_a_no_and_alarms_go_on(amazon: Amazon, source: AlertSource, drain: Drain, fault: Fault) -> None:
    amazon.script = [fault]
    publish(source, subscription())
    drain()
    assert (amazon.confirmed, row().remote_id, len(amazon.asked)) == ([], REFUSED, 1)
    assert row().state["why"]
    assert publish(source, notification()).status_code == 202


@pytest.mark.parametrize(
    "said",
    [
        {"SubscribeURL": "https://sns.eu-west-1.amazonaws.com.evil.example/?Action=ConfirmSubscription"},
        {"SubscribeURL": "http://169.254.169.254/latest/meta-data/"},
        {"SubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=DeleteTopic"},
        {"SubscribeURL": SUBSCRIPTION["SubscribeURL"] + "0"},
        {"TopicArn": TOPIC + "2"},
    ],
)
def test_what_amazon_signed_is_looked_at_all_the_same(known: RemoteObject, drain: Drain, said: dict[str, Any]) -> None:
    answer = publish(source_of("sns"), subscription(**said))
    assert (answer.status_code, answer.json()["errors"][0]["source"]["pointer"]) == (422, "SubscribeURL")  # type: ignore[attr-defined]
    assert not RemoteObject.objects.filter(kind=CONFIRMATION).exists()


def test_an_installation_that_lost_its_keys_says_so(amazon: Amazon, source: AlertSource, drain: Drain) -> None:
    publish(source, subscription())
    waiting = row()
    waiting.state |= {"sealed": "gAAAAA"}
    waiting.save()
    drain()
    assert (row().remote_id, amazon.confirmed) == (REFUSED, [])
    assert "ENCRYPTION_KEYS" in row().state["why"]
