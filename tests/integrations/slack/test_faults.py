"""What becomes of a step when its call goes wrong once: done in the end or told, never done twice, and the steps after
it go on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from accounts.models import User
from incidents.models import Incident
from integrations.models import Connection
from tests.integrations.slack.conftest import connected, outcomes
from tests.integrations.slack.fake import FakeSlack, Fault, said
from tests.integrations.slack.stepping import do
from tests.receiver import answer, reset_in_mid_answer, silence
from tests.workflows.asking import NOTE, on
from tests.workflows.writing import step
from workflows.models import CallState, Effect, StepRun, WorkflowRun

Declare = Callable[..., Incident]
DONE, FAILED, REFUSED, UNKNOWN = "done", "failed", "refused", "unknown"
TOMORROW = format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)
FAULTS: dict[str, list[Fault]] = {
    "success": [],
    "slow": [],
    "error body": [Fault(said("channel_not_found"))],
    "ok:false not_in_channel": [Fault(said("not_in_channel"))],
    "ok:false invalid_auth": [Fault(said("invalid_auth"))],
    "ok:false missing_scope": [Fault(said("missing_scope"))],
    "ok:false an error nobody knows": [Fault(said("the_moon_is_full"))],
    "ok:false ratelimited": [Fault(said("ratelimited"))],
    "ok:false internal_error": [Fault(said("internal_error"))],
    "ok:false fatal_error, yet done": [Fault(said("fatal_error"), after=True)],
    "401": [Fault(answer(401))],
    "403": [Fault(answer(403))],
    "404": [Fault(answer(404))],
    "422": [Fault(answer(422, b'{"ok":false}'))],
    "429, seconds": [Fault(answer(429, b'{"ok":false,"error":"ratelimited"}', retry_after="30"))],
    "429, date": [Fault(answer(429, retry_after=TOMORROW))],
    "500": [Fault(answer(500))],
    "500, done": [Fault(answer(500), after=True)],
    "503, yet done": [Fault(answer(503, b"<html>"), after=True)],
    "not JSON": [Fault(answer(200, b"<html>captive portal</html>"))],
    "200, no JSON, yet done": [Fault(answer(200, b"<html>captive portal</html>"), after=True)],
    "silence": [Fault(silence)],
    "silence, done": [Fault(silence, after=True)],
    "reset": [Fault(reset_in_mid_answer)],
    "reset, done": [Fault(reset_in_mid_answer, after=True)],
    "twice": [Fault(silence, after=True), Fault(answer(500))],
}
SOMETHING = "CHANNEL:2100000000.000001"
REFUSALS = {name: [REFUSED] for name in ("error body", "401", "403", "404", "422")} | {
    f"ok:false {name}": [REFUSED]
    for name in ("not_in_channel", "invalid_auth", "missing_scope", "an error nobody knows")
}
WAITS = {name: [FAILED, DONE] for name in ("ok:false ratelimited", "429, seconds", "429, date")}
SURE = REFUSALS | WAITS | {"success": [DONE], "slow": [DONE]}
# Calls that may be made again as they are: the other side failed, so again.
AGAIN = SURE | {
    "ok:false internal_error": [FAILED, DONE],
    "ok:false fatal_error, yet done": [FAILED, DONE],
    "500": [FAILED, DONE],
    "500, done": [FAILED, DONE],
    "503, yet done": [FAILED, DONE],
    "not JSON": [FAILED, DONE],
    "200, no JSON, yet done": [FAILED, DONE],
    "twice": [UNKNOWN, FAILED, DONE],
}
# Calls that may not: nobody knows, so it is looked for.
LOOKED_FOR = SURE | {"twice": [UNKNOWN, DONE]}
UNSURE = [UNKNOWN, DONE]  # how those end that are not named


@dataclass(frozen=True)
class Case:
    """A step, the call of it that goes wrong, and what stands at Slack after it was done."""

    name: str
    method: str
    bindings: tuple[dict[str, Any], ...]
    made: Callable[[FakeSlack], int]
    expected: dict[str, list[str]]

    def ends(self, fault: str) -> list[str]:
        """How the attempts end."""
        return self.expected.get(fault, UNSURE)


def says(text: str) -> dict[str, Any]:
    return {"value": {"literal": text}}


def messages(slack: FakeSlack) -> int:
    return len(slack.messages)


def _members(slack: FakeSlack) -> int:
    return sum(len(members) for members in slack.members.values())


def _updates(slack: FakeSlack) -> int:
    return sum(message["text"] == "Over" for message in slack.messages)


def _topics(slack: FakeSlack) -> int:
    return sum(channel.get("topic", {}).get("value") == "Down" for channel in slack.channels.values())


CASES = [
    Case("slack.create_channel", "conversations.create", (), lambda slack: len(slack.channels) - 1, AGAIN),
    Case("slack.invite_user", "conversations.invite", ({}, says("NORA")), _members, AGAIN),
    Case("slack.set_topic", "conversations.setTopic", ({}, says("Down")), _topics, AGAIN),
    Case("slack.post_message", "chat.postMessage", (says("CHANNEL"), says("Down")), messages, LOOKED_FOR),
    Case("slack.send_message", "chat.postMessage", (says("NORA"), says("Down")), messages, LOOKED_FOR),
    Case(
        "slack.reply_in_thread",
        "chat.postMessage",
        (says("CHANNEL:2100000000.000001"), says("On it")),
        messages,
        LOOKED_FOR,
    ),
    Case("slack.announce", "chat.postMessage", ({}, says("Down")), messages, LOOKED_FOR),
    Case("slack.update_message", "chat.update", (says(SOMETHING), says("Over")), _updates, AGAIN),
    Case("slack.pin_message", "pins.add", (says(SOMETHING),), lambda slack: len(slack.pins), AGAIN),
]


def bound(binding: dict[str, Any], channel: str, nora: User) -> dict[str, Any]:
    """The binding with the ids this test has."""
    if not binding:
        return {}
    literal = binding["value"]["literal"].replace("CHANNEL", channel)
    return {"array_value": [{"literal": nora.pk}]} if literal == "NORA" else says(literal)


@pytest.fixture
def place(slack: FakeSlack) -> str:
    """A channel the app is in, where it announces."""
    Connection.objects.all().delete()
    channel = slack.channel("incidents")
    connected(slack, announcement_channel=channel)
    return channel


def chosen() -> list[Any]:
    """Every step with every fault."""
    return [pytest.param(case, fault, id=f"{case.name}: {fault}") for case in CASES for fault in FAULTS]


@pytest.mark.faults({case.name: {name: (FAULTS[name], case.ends(name)) for name in FAULTS} for case in CASES})
@pytest.mark.parametrize(("case", "fault"), chosen())
def test_whatever_goes_wrong_once(
    slack: FakeSlack, place: str, declare: Declare, nora: User, settle: Callable[[], None], case: Case, fault: str
) -> None:
    faulty = step(case.name, *[bound(binding, place, nora) for binding in case.bindings])
    on("incident.created", steps=[faulty, {**NOTE, "id": "note"}], continue_on_step_error=True)
    incident = declare()
    if case.name in ("slack.invite_user", "slack.set_topic"):
        do("slack.create_channel", incident)
    if case.name == "slack.update_message":
        slack.messages.append({"channel": place, "ts": "2100000000.000001", "thread_ts": "", "text": "Down"})
    slack.faults[case.method], slack.delay = list(FAULTS[fault]), 0.3 if fault == "slow" else 0.0
    settle()
    (effect,) = Effect.objects.all()
    expected = case.ends(fault)
    assert outcomes(effect) == expected, effect.log
    assert case.made(slack) == (0 if expected == [REFUSED] else 1)
    assert incident.actions.count() == 1
    assert effect.state == (CallState.NOT_DONE if expected == [REFUSED] else CallState.DONE)


@pytest.mark.parametrize("wish", ["30", TOMORROW], ids=["seconds", "date"])
def test_slack_is_left_alone_for_as_long_as_it_asks(
    slack: FakeSlack, place: str, declare: Declare, drain: Callable[[], None], wish: str
) -> None:
    on("incident.created", steps=[step("slack.announce")])
    slack.faults["chat.postMessage"] = [Fault(answer(429, retry_after=wish))]
    declare()
    drain()
    (effect,) = Effect.objects.all()
    assert (effect.due_at - effect.updated_at).total_seconds() > 25
    assert slack.messages == []


def test_a_busy_channel_does_not_hold_back_others(
    slack: FakeSlack, declare: Declare, drain: Callable[[], None]
) -> None:
    busy, quiet = slack.channel("busy"), slack.channel("quiet")
    for number, place in enumerate((busy, quiet, busy)):
        said = [{"value": {"literal": place}}, {"value": {"literal": "Down"}}]
        on("incident.created", name=str(number), steps=[step("slack.post_message", *said)])
    slack.faults["chat.postMessage"] = [Fault(answer(429, retry_after="3600"))]
    declare()
    drain()
    pending = Effect.objects.filter(state=CallState.PENDING)
    assert {*pending.values_list("target", flat=True)} == {f"slack#{busy}"}
    assert [message["channel"] for message in slack.messages] == [quiet]


def test_a_slow_success_is_one(slack: FakeSlack, place: str, declare: Declare, settle: Callable[[], None]) -> None:
    on("incident.created", steps=[step("slack.announce")])
    slack.delay = 0.6
    declare()
    settle()
    assert (outcomes(Effect.objects.get()), len(slack.messages)) == ([DONE], 1)


def test_what_nobody_can_look_up_stays_unknown_and_is_not_said_again(
    slack: FakeSlack, place: str, declare: Declare, settle: Callable[[], None]
) -> None:
    on("incident.created", steps=[step("slack.announce"), {**NOTE, "id": "note"}], continue_on_step_error=True)
    slack.faults["chat.postMessage"] = [Fault(answer(500), after=True)]
    slack.faults["conversations.history"] = [Fault(said("missing_scope"))] * 20
    declare()
    settle()
    effect = Effect.objects.get()
    assert (effect.state, len(slack.messages), len(slack.called("chat.postMessage"))) == (CallState.UNKNOWN, 1, 1)


def test_nobody_there_is_tried_again_and_told(
    slack: FakeSlack, place: str, declare: Declare, settle: Callable[[], None]
) -> None:
    on("incident.created", steps=[step("slack.announce"), {**NOTE, "id": "note"}], continue_on_step_error=True)
    connection = Connection.objects.get()
    connection.settings |= {"api_url": "http://127.0.0.1:1/api"}
    connection.save()
    incident = declare()
    settle()
    assert set(outcomes(Effect.objects.get())) == {FAILED}
    assert incident.actions.count() == 1
    connection.refresh_from_db()
    assert "127.0.0.1:1" in connection.last_error


def test_the_token_is_told_to_nobody(
    slack: FakeSlack, place: str, declare: Declare, settle: Callable[[], None]
) -> None:
    on("incident.created", steps=[step("slack.announce")])
    slack.faults["chat.postMessage"] = [Fault(said("invalid_auth"))]
    declare()
    settle()
    (effect,), (run,) = Effect.objects.all(), WorkflowRun.objects.all()
    shown = f"{effect.log} {effect.detail} {effect.request_body} {run.__dict__} {StepRun.objects.values()}"
    assert "xoxb-" not in shown
    assert "xoxb-" not in f"{Connection.objects.values('settings', 'last_error')}"
