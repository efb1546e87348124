"""Instants as they stand on the wire: RFC 3339, UTC, microseconds, `Z`."""

from datetime import UTC, datetime


def rfc3339(moment: datetime) -> str:
    """`moment` (aware) as `2026-11-24T00:29:06.123456Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def instant(text: object) -> datetime | None:
    """The instant that `text` names as RFC 3339 or ISO 8601 have it, if it is in our era; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(str(text).strip())
    except ValueError:
        return None
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC) if 1970 < moment.year < 9000 else None
