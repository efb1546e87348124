"""Mail that workflows send: whom it reaches, what it says, and who must not get it."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from accounts.models import User
from incidents.models import Incident, Membership
from integrations.base import Attempt, Call, Outcome, Repeat, Sent, StepFailed
from tests.mailbox import Mailbox, serving
from tests.workflows.steps.doing import planned
from workflows.registry import STEPS

EMAIL, NOTIFY, SUBSCRIBE = "email.send", "incident.notify_reporter", "incident.subscribe_user_to_incident"
SAID = {"subject": "It is down", "body": "**All** of it\nsince noon"}


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    with serving() as mailbox:
        settings.MAIL_SERVER = mailbox.settings
        settings.PUBLIC_URL = "https://hub.example.com"
        yield mailbox


def sent(call: Call, seconds: float = 5.0) -> Attempt:
    make = STEPS[EMAIL].make
    assert make is not None
    return make(Sent("step_0_0", call.body, call.sealed, seconds))


def readers(calls: list[Call]) -> list[str]:
    return [json.loads(call.body)["to"] for call in calls]


def test_people_are_written_to_by_id_name_and_address(mailbox: Mailbox, incident: Incident, nora: User, omar: User):
    recipients = [nora.pk, "omar aziz", "desk@example.com, NORA@example.com"]
    calls = planned(EMAIL, incident, recipients=recipients, **SAID)
    assert [address.lower() for address in readers(calls)] == [
        "nora@example.com",
        "omar@example.com",
        "desk@example.com",
    ]


def test_a_letter_says_it_in_text_and_in_html(mailbox: Mailbox, incident: Incident) -> None:
    (call,) = planned(EMAIL, incident, recipients=["desk@example.com"], **SAID)
    attempt = sent(call)
    (message,) = mailbox.arrived
    text, html = (message.get_body([kind]) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert text.get_content().split("\r\n")[:2] == ["**All** of it", "since noon"]
    assert "<strong>All</strong> of it<br" in html.get_content()
    assert (attempt.outcome, attempt.answer) == (Outcome.DONE, "250 Taken as 4711")
    assert attempt.detail == {"did": "Wrote to desk@example.com"}


def test_html_that_was_said_is_shown_not_obeyed(mailbox: Mailbox, incident: Incident) -> None:
    body = "<script>alert(1)</script> [here](javascript:alert(2))"
    (call,) = planned(EMAIL, incident, recipients=["desk@example.com"], subject="Down", body=body)
    sent(call)
    html = mailbox.arrived[0].get_body(["html"])
    assert html is not None
    assert "<script>" not in html.get_content()
    assert "href" not in html.get_content()


def test_who_cannot_be_written_to_does_not_keep_the_others_from_it(
    mailbox: Mailbox, incident: Incident, nora: User, omar: User
) -> None:
    User.objects.filter(pk=omar.pk).update(is_active=False)
    calls = planned(EMAIL, incident, recipients=[omar.pk, "Nora Lind", "Bob", "desk@"], **SAID)
    assert readers(calls) == ["nora@example.com"]
    detail = sent(calls[0]).detail
    assert detail is not None
    assert all(name in detail["did"] for name in ("Left out", omar.pk, "'Bob'", "'desk@'"))


@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        ({"recipients": []}, r"Recipient\(s\) is not set"),
        ({"recipients": ["Bob"]}, "Left out 'Bob'.*nobody is left"),
        ({"recipients": ["desk@example.com"], "subject": None}, "Subject is not set"),
    ],
)
def test_a_letter_without_reader_or_subject_is_not_written(
    mailbox: Mailbox, incident: Incident, args: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(StepFailed, match=complaint):
        planned(EMAIL, incident, **SAID | args)


def test_without_a_mail_server_it_says_so(incident: Incident, nora: User) -> None:
    with pytest.raises(StepFailed, match="No mail server is set up: set EMAIL_URL"):
        planned(EMAIL, incident, recipients=[nora.pk], **SAID)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [("550 No such user", Outcome.REFUSED), ("451 Later", Outcome.FAILED), (None, Outcome.UNKNOWN)],
)
def test_what_became_of_a_letter_is_told_apart(
    mailbox: Mailbox, incident: Incident, answer: str | None, outcome: Outcome
) -> None:
    mailbox.answers = [answer]
    attempt = sent(planned(EMAIL, incident, recipients=["desk@example.com"], **SAID)[0])
    assert attempt.outcome == outcome
    assert attempt.error.startswith(f"desk@example.com: {answer or ''}")


def test_a_person_decides_about_a_letter_nobody_knows_of() -> None:
    assert {STEPS[name].repeats for name in (EMAIL, NOTIFY, SUBSCRIBE)} == {Repeat.ASK}


def test_a_private_incident_is_told_to_its_members_only(mailbox: Mailbox, private: Incident, nora: User, omar: User):
    calls = planned(EMAIL, private, recipients=[nora.pk, omar.pk, "press@example.com"], **SAID)
    assert readers(calls) == ["nora@example.com"]
    detail = sent(calls[0]).detail
    assert detail is not None
    assert "omar@example.com, who may not see this private incident" in detail["did"]


def test_a_private_incident_is_not_told_to_nobody(mailbox: Mailbox, private: Incident, omar: User) -> None:
    with pytest.raises(StepFailed, match=r"omar@example\.com, who may not see"):
        planned(EMAIL, private, recipients=[omar.pk], **SAID)


def test_who_lost_access_before_it_was_sent_does_not_get_it(mailbox: Mailbox, private: Incident, nora: User) -> None:
    (call,) = planned(EMAIL, private, recipients=[nora.pk], **SAID)
    Membership.objects.all().delete()
    assert sent(call).outcome == Outcome.REFUSED
    assert mailbox.arrived == []


def test_the_reporter_is_told(mailbox: Mailbox, declare: Callable[..., Incident], nora: User) -> None:
    incident = declare(nora.actor, name="Checkout is down")
    (call,) = planned(NOTIFY, incident, message="We are on it")
    assert sent(call).outcome == Outcome.DONE
    (message,) = mailbox.arrived
    text = message.get_body(["plain"])
    assert text is not None
    assert message["Subject"] == f"{incident.reference}: Checkout is down"
    assert text.get_content().split() == ["We", "are", "on", "it", f"https://hub.example.com/incidents/{incident.pk}"]


def test_without_a_reporter_nobody_can_be_told(mailbox: Mailbox, incident: Incident) -> None:
    with pytest.raises(StepFailed, match=f"Nobody is the reporter of {incident.reference}: incidentio declared it"):
        planned(NOTIFY, incident, message="We are on it")


def test_a_reporter_who_left_is_not_told(mailbox: Mailbox, declare: Callable[..., Incident], nora: User) -> None:
    incident = declare(nora.actor)
    User.objects.update(is_active=False)
    with pytest.raises(StepFailed, match=r"Nora Lind, who reported .* is not active"):
        planned(NOTIFY, incident, message="We are on it")


def test_subscribers_are_told_where_the_incident_is(mailbox: Mailbox, incident: Incident, nora: User) -> None:
    (call,) = planned(SUBSCRIBE, incident, users=[nora.pk])
    letter = json.loads(call.body)
    assert letter["subject"] == f"You were subscribed to {incident.reference}: Checkout is down"
    assert letter["text"] == f"https://hub.example.com/incidents/{incident.pk}"


def test_subscribers_of_a_private_incident_may_see_it(mailbox: Mailbox, private: Incident, omar: User) -> None:
    for _ in range(2):
        assert readers(planned(SUBSCRIBE, private, users=[omar.pk])) == ["omar@example.com"]
    assert Membership.objects.filter(incident=private, user=omar).count() == 1


def test_they_may_see_it_also_where_there_is_no_mail(private: Incident, omar: User) -> None:
    assert planned(SUBSCRIBE, private, users=[omar.pk]) == []
    assert Membership.objects.filter(incident=private, user=omar).exists()


@pytest.mark.parametrize("step", [NOTIFY, SUBSCRIBE])
def test_an_incident_there_is_not_is_told(mailbox: Mailbox, incident: Incident, nora: User, step: str) -> None:
    with pytest.raises(StepFailed, match="There is no incident with the ID 'INC-7'"):
        planned(step, incident, incident="INC-7", users=[nora.pk], message="Hello")
