"""What the hub calls an incident's channel. The name is the same whenever it is made up: it is how the hub finds the
channel again if Slack's answer got lost.
"""

import re
import unicodedata

from incidents.models import Incident

# docs.slack.dev/reference/methods/conversations.create, "Naming"
LONGEST = 80


def channel_name(incident: Incident) -> str:
    """The name somebody gave the incident's channel, else its number and name."""
    given = plain(incident.slack_channel_name)
    return given or plain(f"inc-{incident.number}-{incident.name}")


def plain(text: str) -> str:
    """`text` in lower-case letters without accents, digits, dashes and underscores."""
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9_]+", "-", folded)[:LONGEST].strip("-_")
