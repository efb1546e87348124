"""Trying a connection to Opsgenie."""

import pytest

from accounts.models import User
from integrations.base import CheckFailed
from integrations.models import UserAccount
from integrations.opsgenie.account import TOOL, check
from integrations.opsgenie.people import id_of
from integrations.people import say_account
from tests.conftest import SYSTEM
from tests.integrations.opsgenie.fake import API_KEY, JSM, Opsgenie
from tests.integrations.standing_in import Fault, done_and_reset, says, silent


@pytest.mark.parametrize("prefix", ["", "/", JSM])
def test_a_key_that_works_is_told(opsgenie: Opsgenie, prefix: str) -> None:
    told = check({"api_key": API_KEY, "base_url": opsgenie.url + prefix})
    assert told == "Opsgenie knows the API key. Whether it may make alerts shows when one is made"
    assert [asked.method for asked in opsgenie.asked] == ["GET"]
    assert opsgenie.alerts == []


def test_a_key_that_may_not_read_is_told(opsgenie: Opsgenie) -> None:
    opsgenie.reads = False
    told = check({"api_key": API_KEY, "base_url": opsgenie.url})
    assert told == "Opsgenie knows the API key, but does not let it read: what becomes of its requests is not seen"


def test_a_key_that_nobody_knows_is_told(opsgenie: Opsgenie) -> None:
    with pytest.raises(CheckFailed, match="does not know the API key"):
        check({"api_key": "other", "base_url": opsgenie.url})


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        (
            says(402, {"message": "Not in your plan", "requestId": "x"}),
            r"plan of this account.*402.*: Not in your plan",
        ),
        (says(403, b"<html>"), r"does not answer as Opsgenie does \(403\)"),
        (says(404, b"<html>"), r"does not answer as Opsgenie does \(404\)"),
        (says(404, {"message": "No route"}), r"does not answer as Opsgenie does \(404\)"),
        (says(200, []), r"does not answer as Opsgenie does \(200\)"),
        (says(429, {"requestId": "x"}), "asks to be called less often"),
        (says(500, {"requestId": "x"}), r"does not answer as Opsgenie does \(500\)"),
        (silent, "Opsgenie does not answer"),
        (done_and_reset, "Opsgenie does not answer"),
    ],
)
def test_what_does_not_work_is_told(opsgenie: Opsgenie, fault: Fault, complaint: str) -> None:
    opsgenie.script = [fault]
    with pytest.raises(CheckFailed, match=complaint) as failed:
        check({"api_key": API_KEY, "base_url": opsgenie.url})
    assert API_KEY not in str(failed.value)


def test_jira_service_management_may_answer_without_an_id(opsgenie: Opsgenie) -> None:
    opsgenie.script = [says(404, {"message": "Request not found. It might not be processed, yet."})]
    assert "knows the API key" in check({"api_key": API_KEY, "base_url": opsgenie.url})


def test_people_are_known_by_their_address(nora: User) -> None:
    assert id_of(nora, 1.0) == nora.email
    nora.email = "nora@elsewhere.example"
    assert id_of(nora, 1.0) == "nora@elsewhere.example"
    assert not UserAccount.objects.exists()


@pytest.mark.parametrize("said", ["nora.lind@ops.example", ""])
def test_what_somebody_said_counts(nora: User, said: str) -> None:
    say_account(SYSTEM, UserAccount(user=nora, tool=TOOL), remote_id=said)
    assert id_of(nora, 1.0) == said
