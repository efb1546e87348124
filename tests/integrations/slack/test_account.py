"""Whether a connection to Slack works, said to whoever set it up."""

import pytest

from integrations.base import CheckFailed
from integrations.registry import STEPS
from integrations.slack.account import check
from tests.integrations.slack.fake import TOKEN, FakeSlack, Fault, payload, said
from tests.receiver import Behaviour, answer, reset_in_mid_answer, silence


def test_it_says_whom_slack_takes_it_for(slack: FakeSlack) -> None:
    assert check({"bot_token": TOKEN, "api_url": f"{slack.api_url}/"}) == "Connected to Acme as incidentio"


def test_a_wrong_token_is_told(slack: FakeSlack) -> None:
    with pytest.raises(CheckFailed, match="Slack does not accept the hub's account: invalid_auth"):
        check({"bot_token": "xoxb-wrong", "api_url": slack.api_url})


@pytest.mark.parametrize(
    "behaviour",
    [answer(404), answer(429), answer(500), answer(200, b"hm"), said("ratelimited"), reset_in_mid_answer, silence],
)
def test_what_is_wrong_is_told(slack: FakeSlack, behaviour: Behaviour) -> None:
    slack.faults["auth.test"] = [Fault(behaviour)]
    with pytest.raises(CheckFailed):
        check({"bot_token": TOKEN, "api_url": slack.api_url})


def test_a_scope_that_is_missing_is_named(slack: FakeSlack) -> None:
    told = payload("missing_scope")
    slack.faults["auth.test"] = [Fault(said(told["error"], needed=told["needed"]))]
    with pytest.raises(CheckFailed, match="missing_scope"):
        check({"bot_token": TOKEN, "api_url": slack.api_url})


def test_a_header_that_cannot_be_sent_is_told(slack: FakeSlack) -> None:
    with pytest.raises(CheckFailed):
        check({"bot_token": "xoxb-ü", "api_url": slack.api_url})


def test_workflows_can_use_all_of_its_steps() -> None:
    names = {name for name, step in STEPS.items() if name.startswith("slack.")}
    assert len(names) == 9
