"""What Datadog's webhooks tell of monitors, in the body that docs/integrations/datadog.md has people enter there.

docs.datadoghq.com/integrations/webhooks: the variables, and which values $ALERT_TRANSITION takes.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from incidentio.core.errors import Invalid
from incidents.alert_events import LONGEST_DESCRIPTION, LONGEST_TITLE, AlertEvent
from incidents.alert_templates import as_text
from incidents.models import AlertStatus
from integrations.base import Inbound

SOURCE_TYPE = "datadog"
LONGEST_KEY = 500
# As in $ALERT_TRANSITION; Triggered, Warn, No Data, Renotify, Re-Triggered, Re-Warn and Re-No Data fire.
OVER = ("recovered",)
LATEST_SECONDS = 2**33
IN_COLUMNS = ("title", "text", "link", "cycle_key", "aggreg_key", "tags", "date", "last_updated")


def parse(body: Mapping[str, Any]) -> list[AlertEvent]:
    """What became of a monitor, or of one group of it.

    Raises:
        Invalid: it does not say of which.
    """
    said = {name: _said(value) for name, value in body.items()}
    key = said.get("cycle_key") or said.get("aggreg_key") or ""
    if not 0 < len(key) <= LONGEST_KEY:
        raise Invalid("is_required", "Send $ALERT_CYCLE_KEY, or $AGGREG_KEY for events without one", "cycle_key")
    transition = said.get("transition", "")
    title = said.get("title") or said.get("alert_title") or f"Monitor {said.get('alert_id') or key}"
    metadata = {name: value for name, value in body.items() if name not in IN_COLUMNS and said[name]}
    return [
        AlertEvent(
            status=AlertStatus.RESOLVED if transition.lower() in OVER else AlertStatus.FIRING,
            title=" ".join(title.split())[:LONGEST_TITLE],
            deduplication_key=key,
            description=said.get("text", "")[:LONGEST_DESCRIPTION],
            source_url=said.get("link", ""),
            metadata=metadata | {"tags": _tags(said.get("tags", ""))},
            payload=dict(body),
            at=_moment(said.get("last_updated", "")) or _moment(said.get("date", "")),
        )
    ]


def _said(value: Any) -> str:
    """A variable that Datadog did not know stays as it was written: it says nothing."""
    text = as_text(value).strip()
    return "" if text.startswith("$") and text[1:].replace("_", "").isupper() else text


def _tags(said: str) -> list[str]:
    return [tag.strip() for tag in said.split(",") if tag.strip()]


def _moment(said: str) -> datetime | None:
    """The instant of so many milliseconds, or seconds."""
    if not (said.isascii() and said.isdecimal() and len(said) <= 13):
        return None
    number = int(said)
    seconds = number / 1000 if number > LATEST_SECONDS else float(number)
    return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None


INBOUND = Inbound(SOURCE_TYPE, parse)
