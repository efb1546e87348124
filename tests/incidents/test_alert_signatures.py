"""Sources of type http_custom whose senders sign; nobody else is heard there."""

import json

import pytest
from django.http import HttpResponse
from django.test import Client

from incidents.models import Alert, AlertSource
from tests.incidents.alerting import source
from tests.integrations.issues import SECRET
from tests.integrations.signing import FORGED, OTHER, signed

BODY = json.dumps({"title": "Disk is full", "status": "firing", "deduplication_key": "disk"}).encode()
NAMES = ("X-Signature", "X-Hub-Signature-256")


@pytest.fixture
def signer(hub: None) -> AlertSource:
    """A source whose sender signs."""
    made = source("http_custom")
    made.signing_secret = SECRET
    made.save()
    return made


def post(to: AlertSource, headers: dict[str, str], body: bytes = BODY, query: str = "") -> HttpResponse:
    path = f"/v2/alert_events/http/{to.pk}{query}"
    return Client().post(path, body, content_type="application/json", headers=headers)  # type: ignore[return-value]


def code(answer: HttpResponse) -> str:
    return str(json.loads(answer.content)["errors"][0]["code"])


@pytest.mark.parametrize("name", NAMES)
def test_what_is_signed_is_heard(signer: AlertSource, name: str) -> None:
    assert post(signer, {name: signed(BODY)}).status_code == 202
    assert Alert.objects.get().title == "Disk is full"


def test_one_good_signature_of_two_is_enough(signer: AlertSource) -> None:
    assert post(signer, {NAMES[0]: "sha256=0", NAMES[1]: signed(BODY)}).status_code == 202


def test_a_signature_is_of_bytes_whatever_they_say(signer: AlertSource) -> None:
    body = json.dumps({"title": "Оплата 💥", "status": "firing"}, ensure_ascii=False, indent=3).encode()
    assert post(signer, {NAMES[0]: signed(body)}, body).status_code == 202


@pytest.mark.forgeries("http_custom")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("forged", FORGED)
def test_a_forgery_is_refused(signer: AlertSource, forged: str, name: str) -> None:
    given = FORGED[forged](BODY)
    answer = post(signer, {} if given is None else {name: given})
    assert (answer.status_code, code(answer), Alert.objects.count()) == (401, "signature_invalid", 0)
    assert SECRET not in answer.content.decode()


@pytest.mark.parametrize("name", ["X-Signature-256", "Signature", "X-Hub-Signature"])
def test_a_signature_stands_under_its_name(signer: AlertSource, name: str) -> None:
    assert post(signer, {name: signed(BODY)}).status_code == 401


def test_where_a_signature_is_due_the_token_is_not_enough(signer: AlertSource) -> None:
    answer = post(signer, {"authorization": f"Bearer {signer.secret}"}, query=f"?token={signer.secret}")
    assert (answer.status_code, code(answer)) == (401, "signature_invalid")


def test_a_forged_body_is_not_even_read(signer: AlertSource) -> None:
    assert code(post(signer, {NAMES[0]: signed(OTHER)}, b"{")) == "signature_invalid"
    assert post(signer, {NAMES[0]: signed(b"{")}, b"{").status_code == 400


def test_the_same_request_again_changes_nothing(signer: AlertSource) -> None:
    assert {post(signer, {NAMES[0]: signed(BODY)}).status_code for _ in range(3)} == {202}
    assert Alert.objects.get().firings == 1


@pytest.mark.parametrize("kind", ["http_custom", "http"])
def test_without_a_signing_secret_the_token_is_the_proof(hub: None, kind: str) -> None:
    made = source(kind)
    if kind == "http":  # its type is not signed, whatever stands in the column
        made.signing_secret = SECRET
        made.save()
    assert post(made, {NAMES[0]: signed(BODY)}).status_code == 401
    assert post(made, {"authorization": f"Bearer {made.secret}"}).status_code == 202


@pytest.mark.parametrize("kind", ["pager_duty", "grafana", "sentry", "cloudwatch", "zendesk"])
def test_the_hubs_own_words_are_no_way_around_a_tools_signature(hub: None, kind: str) -> None:
    made = source(kind)
    token = {"authorization": f"Bearer {made.secret}"}
    assert post(made, token).status_code == 202
    made.signing_secret = SECRET
    made.save()
    answer = post(made, token)
    assert (answer.status_code, code(answer)) == (401, "signature_invalid")
    assert f"/v2/alert_events/{kind}/{made.pk}" in answer.content.decode()
