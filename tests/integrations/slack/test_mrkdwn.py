"""Markdown as Slack shows it, and texts that must not wake anybody."""

import pytest

from integrations.base import StepFailed
from integrations.slack.mrkdwn import in_zone, mrkdwn


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("plain", "plain"),
        ("**bold** and __bold__", "*bold* and *bold*"),
        ("*slanted* and _slanted_, **bold** *too*", "_slanted_ and _slanted_, *bold* _too_"),
        ("2 * 3 * 4, a*b*c, *.log", "2 * 3 * 4, a*b*c, *.log"),
        ("* one *day*", "• one _day_"),
        ("~~gone~~", "~gone~"),
        ("# Status\nall well", "*Status*\nall well"),
        ("- one\n* two", "• one\n• two"),
        ("[the page](https://example.com/?a=1&b=2)", "<https://example.com/?a=1&amp;b=2|the page>"),
        ("ask <@U0NORA> in <#C012345>", "ask <@U0NORA> in <#C012345>"),
        ("<https://example.com|here>", "<https://example.com|here>"),
        ("a < b && c > d", "a &lt; b &amp;&amp; c &gt; d"),
        ("`**code** <b>`", "`**code** &lt;b&gt;`"),
        ("```\n# not a title\n```", "```\n# not a title\n```"),
        ("<!channel> look", "&lt;!channel&gt; look"),
        ("<!here|here>", "&lt;!here|here&gt;"),
        ("<!subteam^S012>", "&lt;!subteam^S012&gt;"),
        ("[a|b>](https://example.com)", "<https://example.com|a¦b&gt;>"),
        ("<javascript:alert(1)|x>", "&lt;javascript:alert(1)|x&gt;"),
        ("Всё сломалось 🔥", "Всё сломалось 🔥"),
        ("", ""),
    ],
)
def test_markdown_is_shown_as_slack_has_it(said: str, shown: str) -> None:
    assert mrkdwn(said) == shown


@pytest.mark.parametrize(
    ("said", "zone", "shown"),
    [
        ("at 2026-01-05T14:03:00Z", "", "at 2026-01-05T14:03:00Z"),
        ("at 2026-01-05T14:03:00Z", "Europe/Berlin", "at 2026-01-05 15:03 CET"),
        ("2026-07-05T14:03:00.123456+02:00.", "America/New_York", "2026-07-05 08:03 EDT."),
        ("2026-99-05T14:03:00Z", "UTC", "2026-99-05T14:03:00Z"),
        ("0001-01-01T00:00:00Z", "America/New_York", "0001-01-01T00:00:00Z"),
    ],
)
def test_times_are_told_as_the_clocks_there_show_them(said: str, zone: str, shown: str) -> None:
    assert in_zone(said, zone) == shown


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "\0", "CEST please"])
def test_a_zone_there_is_not_is_told(zone: str) -> None:
    with pytest.raises(StepFailed, match="is no time zone"):
        in_zone("now", zone)
