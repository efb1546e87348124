"""A connection to Discord says whether it works."""

import pytest

from integrations.base import CheckFailed
from integrations.discord.account import check
from tests.integrations.discord.fake import ID, PATH, TOKEN, Discord
from tests.integrations.standing_in import Fault, done_and_reset, says, silent, well


def test_it_says_what_discord_calls_the_webhooks(discord: Discord) -> None:
    lines = f"incidents = {discord.url}{PATH}\n\n On call={discord.url}{PATH}/"
    assert check({"webhooks": lines}) == "Discord knows incidents (Incident hub), On call (Incident hub)"
    assert {(asked.method, asked.path) for asked in discord.asked} == {("GET", PATH)}


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        (f"/api/webhooks/1/{TOKEN}", r"does not know the webhook of ops: Unknown Webhook \(404\)"),
        (f"/api/webhooks/{ID}/{TOKEN}x", r"does not know the webhook of ops: Invalid Webhook Token \(401\)"),
        ("/", r"does not know the webhook of ops: 404: Not Found \(404\)"),
    ],
)
def test_a_webhook_there_is_not_is_told_without_its_address(discord: Discord, path: str, complaint: str) -> None:
    with pytest.raises(CheckFailed, match=complaint) as failure:
        check({"webhooks": f"ops = {discord.url}{path}"})
    assert TOKEN not in str(failure.value)


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ([says(200, b"<html>")], "is no webhook of Discord's"),
        ([well, says(200, {"name": "x"})], "What answers for later is no webhook of Discord's"),
        ([says(429, {"retry_after": 0.5})], "less often"),
        ([says(500)], "It failed"),
        ([silent], "timed out"),
        ([done_and_reset], "127.0.0.1"),
    ],
)
def test_what_does_not_work_is_told(discord: Discord, script: list[Fault], complaint: str) -> None:
    discord.script = list(script)
    with pytest.raises(CheckFailed, match=complaint) as failure:
        check({"webhooks": f"ops = {discord.url}{PATH}\nlater = {discord.url}{PATH}"})
    assert TOKEN not in str(failure.value)
