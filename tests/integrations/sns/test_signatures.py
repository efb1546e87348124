"""Only what Amazon signed, for a source whose secret comes with it, is heard."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from incidentio.core.errors import Malformed
from incidents.models import Alert
from integrations.base import Arrived, Forged, NotYet
from integrations.models import RemoteObject
from integrations.sns.messages import verify
from tests.integrations.recorded import source_of
from tests.integrations.sns.amazon import (
    CERTIFICATE_URL,
    TOPIC,
    certificate,
    key,
    know,
    notification,
    publish,
    signed,
    subscription,
)

DAY = timedelta(days=1)
Message = dict[str, Any]
Forger = Callable[[Message], Message]


def arrived(message: Any, **headers: str) -> Arrived:
    content = message if isinstance(message, bytes) else json.dumps(message).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Arrived(named, content, datetime.now(UTC))


def checked(message: Any, topic: str = "", **headers: str) -> None:
    verify(arrived(message, **headers), topic)


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize(
    "said",
    [
        {},
        {"Subject": None},
        {"Subject": ""},
        {"Subject": "Übel – 漢字"},
        {"published": ""},
        {"published": 'two\nlines, a tab\t, a "quote" and a \\ and 漢字'},
        {"MessageAttributes": {"added": {"Type": "String", "Value": "is not signed"}}},
    ],
)
def test_what_amazon_signed_is_taken(known: RemoteObject, version: str, said: dict[str, Any]) -> None:
    checked(notification(version=version, **said))


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("kind", ["SubscriptionConfirmation", "UnsubscribeConfirmation"])
def test_so_are_its_questions(known: RemoteObject, version: str, kind: str) -> None:
    checked(signed(subscription(Type=kind), version))


def test_however_the_json_is_written(known: RemoteObject) -> None:
    checked(json.dumps(notification(), indent=2, ensure_ascii=False, sort_keys=True).encode())


def test_of_the_topic_that_people_named(known: RemoteObject) -> None:
    checked(notification(), TOPIC)
    checked(notification(), f" {TOPIC}\n")


def _resigned(algorithm: str) -> Forger:
    return lambda message: message | {"SignatureVersion": algorithm}


def _with(**said: Any) -> Forger:
    return lambda message: message | said


def _without(name: str) -> Forger:
    return lambda message: {key: value for key, value in message.items() if key != name}


def _signature(change: Callable[[str], str]) -> Forger:
    return lambda message: message | {"Signature": change(message["Signature"])}


@pytest.mark.forgeries("sns")
@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(_with(Message="{}"), id="another message"),
        pytest.param(_with(Subject="OK"), id="another subject"),
        pytest.param(_with(Timestamp="2031-01-01T00:00:00.000Z"), id="another time"),
        pytest.param(_with(MessageId="1"), id="another id"),
        pytest.param(_with(TopicArn=TOPIC + "2"), id="another topic"),
        pytest.param(_with(Type="SubscriptionConfirmation"), id="another type"),
        pytest.param(_with(Type="Other"), id="a type nobody knows"),
        pytest.param(_without("Subject"), id="the subject left out"),
        pytest.param(_with(Subject=None), id="the subject null"),
        pytest.param(_without("Message"), id="no message"),
        pytest.param(_with(Message={"AlarmName": "x"}), id="a message that is no text"),
        pytest.param(_without("Type"), id="no type"),
        pytest.param(_without("Timestamp"), id="no time"),
        pytest.param(_without("Signature"), id="no signature"),
        pytest.param(_with(Signature=""), id="an empty signature"),
        pytest.param(_with(Signature=7), id="a signature that is no text"),
        pytest.param(_with(Signature="not base64!"), id="a signature that is not base64"),
        pytest.param(_with(Signature="é"), id="a signature that is not ASCII"),
        pytest.param(_signature(lambda text: text[:-4]), id="a signature cut short"),
        pytest.param(_signature(lambda text: text + "AAAA"), id="a signature too long"),
        pytest.param(_signature(lambda text: f" {text}"), id="a signature with a space"),
        pytest.param(_signature(lambda text: base64.b64decode(text).hex()), id="a signature in hexadecimal"),
        pytest.param(_without("SignatureVersion"), id="no version"),
        pytest.param(_resigned("2"), id="SHA-1 called SHA-256"),
        pytest.param(_resigned("3"), id="a version nobody knows"),
        pytest.param(_with(SignatureVersion=1), id="a version that is no text"),
        pytest.param(lambda message: signed(message, private=key("forger")), id="another key"),
        pytest.param(_without("SigningCertURL"), id="no certificate"),
        pytest.param(_with(SigningCertURL="https://sns.evil.example/x.pem"), id="another's certificate"),
        pytest.param(_with(SigningCertURL=CERTIFICATE_URL.replace("https", "http")), id="a certificate without TLS"),
        pytest.param(lambda message: [message], id="a list"),
    ],
)
def test_anything_else_is_refused(known: RemoteObject, forge: Forger) -> None:
    with pytest.raises((Forged, Malformed)):
        checked(forge(notification()))


def test_a_sha256_signature_is_no_sha1_signature(known: RemoteObject) -> None:
    with pytest.raises(Forged):
        checked(notification(version="2") | {"SignatureVersion": "1"})


def test_a_token_that_was_not_signed_confirms_nothing(known: RemoteObject) -> None:
    for name in ("Token", "SubscribeURL"):
        with pytest.raises(Forged):
            checked(subscription() | {name: "another"})


@pytest.mark.parametrize("topic", [TOPIC + "2", TOPIC[:-1], TOPIC.upper(), "alarms"])
def test_another_topic_than_the_one_named_is_refused(known: RemoteObject, topic: str) -> None:
    with pytest.raises(Forged, match="another topic"):
        checked(notification(), topic)


@pytest.mark.parametrize(("since", "until"), [(DAY, 2 * DAY), (-2 * DAY, -DAY)])
def test_a_certificate_counts_only_while_it_is_valid(hub: None, since: timedelta, until: timedelta) -> None:
    know(certificate(since=since, until=until))
    with pytest.raises(Forged, match="not valid now"):
        checked(notification())


def test_a_certificate_of_another_kind_of_key_proves_nothing(hub: None) -> None:
    know(certificate(ec.generate_private_key(ec.SECP256R1())))
    with pytest.raises(Forged, match="RSA"):
        checked(notification())


def test_a_certificate_that_is_not_known_is_waited_for(hub: None) -> None:
    with pytest.raises(NotYet):
        checked(notification())
    assert RemoteObject.objects.get().url == CERTIFICATE_URL


def test_what_is_posted_raw_needs_a_source_that_names_no_topic(hub: None) -> None:
    checked(b"anything", x_amz_sns_rawdelivery="true")
    with pytest.raises(Forged, match="Raw messages"):
        checked(b"anything", TOPIC, x_amz_sns_rawdelivery="true")


@pytest.mark.parametrize("raw", ["false", "", "yes", "1"])
def test_any_other_word_in_the_header_is_not_raw(known: RemoteObject, raw: str) -> None:
    with pytest.raises(Forged):
        checked(notification() | {"Message": "{}"}, x_amz_sns_rawdelivery=raw)


@pytest.mark.parametrize("token", ["", "wrong", TOPIC])
@pytest.mark.parametrize("raw", ["true", "false"])
def test_amazons_signature_does_not_speak_for_a_source(known: RemoteObject, token: str, raw: str) -> None:
    answer = publish(source_of("sns"), notification(), token=token, x_amz_sns_rawdelivery=raw)
    assert answer.status_code == 401
    assert not Alert.objects.exists()


def test_whoever_lacks_the_secret_makes_the_hub_fetch_nothing(hub: None) -> None:
    assert publish(source_of("sns"), notification(), token="wrong").status_code == 401
    assert publish(source_of("sns", TOPIC, name="B"), subscription(), token="wrong").status_code == 401
    assert not RemoteObject.objects.exists()


def test_nor_does_whoever_speaks_of_another_topic(hub: None) -> None:
    answer = publish(source_of("sns", TOPIC + "2"), subscription())
    assert (answer.status_code, RemoteObject.objects.exists()) == (401, False)


@pytest.mark.parametrize("source_type", ["sns", "cloudwatch"])
def test_both_proofs_together_are_heard(known: RemoteObject, source_type: str) -> None:
    for topic in ("", TOPIC):
        assert publish(source_of(source_type, topic, name=f"A {topic}"), notification()).status_code == 202
    assert Alert.objects.count() == 2
