"""The app in people's Slack workspace that the hub speaks as: what it needs, and whether it works."""

from collections.abc import Mapping

from integrations.base import CheckFailed, Setting
from integrations.connections import Account
from integrations.slack.client import TOOL, NotDone, Slack, text_in

CHECK_SECONDS = 2.0
API_URL = "https://slack.com/api"

SETTINGS = (
    Setting("bot_token", "Bot token", "OAuth & Permissions → Bot User OAuth Token; starts with xoxb-", secret=True),
    Setting(
        "signing_secret",
        "Signing secret",
        "Basic Information → App Credentials. Without it nothing is taken from Slack",
        secret=True,
        required=False,
    ),
    Setting(
        "announcement_channel",
        "Announcement channel",
        "ID (C…) or name of the channel where slack.announce tells of incidents",
        required=False,
    ),
    Setting(
        "pin_emoji",
        "Emoji that pins",
        "A message in an incident's channel that gets it as a reaction is attached to the incident",
        required=False,
        default="pushpin",
    ),
    Setting(
        "action_emoji",
        "Emoji that makes an action",
        "A message in an incident's channel that gets it as a reaction becomes an action",
        required=False,
        default="white_check_mark",
    ),
    Setting("api_url", "API address", "Leave it unless you go through a proxy", required=False, default=API_URL),
)
_DEFAULTS = {setting.name: setting.default for setting in SETTINGS}


def setting(account: Account, name: str) -> str:
    """What the account says, else the setting's default."""
    return account[name] or _DEFAULTS[name]


def check(values: Mapping[str, str]) -> str:
    """Whom Slack takes the hub for (auth.test).

    Raises:
        CheckFailed: Slack does not accept the token, or cannot be reached.
    """
    slack = slack_of(Account("", TOOL, values), CHECK_SECONDS)
    try:
        found = slack.read("auth.test")
    except NotDone as failure:
        raise CheckFailed(failure.attempt.error) from failure
    return f"Connected to {text_in(found, 'team')} as {text_in(found, 'user')}"


def slack_of(account: Account, seconds: float) -> Slack:
    """Slack as this account sees it, for calls that take `seconds` in all."""
    return Slack(setting(account, "api_url").rstrip("/"), account["bot_token"], seconds)
