"""Claims: of several calls that would make the same at a tool, one makes it.

Many tools have no key by which they would know a call again. So whoever makes something there first claims what it is
for, in a row of the hub's; others wait, and take over what was never said to have ended.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from incidentio.core.times import rfc3339
from integrations.base import StepFailed
from integrations.models import RemoteObject

# Whoever claimed something so long ago has given up: others may look for it, and make it.
CLAIM_SECONDS = 600.0


@dataclass(frozen=True)
class Claim:
    """What it is for is ours. `is_new`: nobody tried before; `taken_over`: somebody else did, and never said how it
    went.
    """

    is_new: bool
    taken_over: bool
    since: datetime


def claim(columns: Mapping[str, Any], key: str, busy: str) -> Claim:
    """Claim for the call `key` what the `columns` of a RemoteObject name.

    Raises:
        StepFailed: somebody else is making it, which `busy` says to people.
    """
    now = timezone.now()
    state: dict[str, Any] = {"key": key, "tried_at": rfc3339(now)}
    with transaction.atomic():
        rows = RemoteObject.objects.select_for_update()
        row, made = rows.get_or_create(**columns, defaults={"remote_id": "", "state": state})
        others = row.state["key"] != key
        if others and now - tried_at(row) < timedelta(seconds=CLAIM_SECONDS):
            raise StepFailed(busy, permanent=False)
        taken_over = others or bool(row.state.get("taken_over"))
        if not made:
            row.state = state | {"taken_over": taken_over}
            row.save(update_fields=["state"])
    return Claim(made, taken_over, row.created_at)


def tried_at(claimed: RemoteObject) -> datetime:
    """When the call that claimed it was last tried."""
    return datetime.fromisoformat(claimed.state["tried_at"])
