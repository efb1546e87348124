"""Messages as Discord shows them."""

import pytest

from integrations.discord.messages import message, shortened

LOST = "# Down\n**Checkout** is *down*\n- see [the graph](https://graphs.test)\n```\nexit 1\n```"


def test_markdown_stays_as_it_is() -> None:
    assert message(LOST, None) == {"content": LOST, "embeds": [], "allowed_mentions": {"parse": []}}


def test_the_incident_is_linked() -> None:
    body = message("Look", ("INC-12 Checkout is down", "https://hub.test/incidents/1"))
    assert body["embeds"] == [{"title": "INC-12 Checkout is down", "url": "https://hub.test/incidents/1"}]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("#### Small\ntext", "### Small\ntext"),
        ("###### Smallest", "### Smallest"),
        ("### Third", "### Third"),
        ("a #### b", "a #### b"),
        ("####none", "####none"),
    ],
)
def test_small_headings_are_as_small_as_discord_knows(said: str, shown: str) -> None:
    assert message(said, None)["content"] == shown


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", ""),
        ("x" * 2_000, "x" * 2_000),
        ("x" * 2_001, "x" * 1_998 + " …"),
        ("🔥" * 1_000, "🔥" * 1_000),
        ("🔥" * 1_001, "🔥" * 999 + " …"),
        ("x" + "🔥" * 1_000, "x" + "🔥" * 998 + " …"),
    ],
)
def test_what_is_too_long_is_cut_off(text: str, kept: str) -> None:
    assert shortened(text, 2_000) == kept


@pytest.mark.parametrize("text", ["@everyone", "@here look", "<@123456789012345678>", "<@&987654321098765432>"])
def test_nobody_is_woken(text: str) -> None:
    assert message(text, None)["allowed_mentions"] == {"parse": []}
