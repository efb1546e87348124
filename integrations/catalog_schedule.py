"""When catalogs that are kept elsewhere are synced by themselves: as often as their connection says."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from events.actors import Actor, ActorKind
from incidentio.core.errors import Conflict
from integrations.catalog_sync import start
from integrations.catalog_times import interval_of
from integrations.models import CatalogSync, Connection, SyncState
from integrations.registry import TOOLS

# So long a comparison that a person asked for is left to them before another one takes its place.
LEFT_TO_PEOPLE = timedelta(hours=1)


@dataclass(frozen=True)
class Plan:
    """How a connection's catalog is synced by itself: the last time, and when it is time again (None: never)."""

    last: CatalogSync | None
    next_at: datetime | None

    def is_due(self, now: datetime) -> bool:
        """Whether its time has come."""
        return self.next_at is not None and self.next_at <= now


def plan_of(connection: Connection, now: datetime) -> Plan:
    """What a connection's settings come to. Two statements."""
    syncs, interval = connection.catalog_syncs.order_by("-id"), interval_of(connection.settings)
    last = syncs.filter(by_itself=True).first()
    if interval is None or not connection.enabled or connection.archived_at is not None:
        return Plan(last, None)
    next_at = last.created_at + interval if last is not None else now
    of_people = syncs.filter(state=SyncState.COMPARED, actor_kind=ActorKind.USER).first()
    if of_people is not None and of_people.compared_at is not None:
        next_at = max(next_at, of_people.compared_at + LEFT_TO_PEOPLE)
    return Plan(last, next_at)


def begin_due_syncs(now: datetime) -> None:
    """Begin every sync whose time has come. One that fails is not begun again before its next time."""
    for connection in _keeping_catalogs():
        with suppress(Conflict), transaction.atomic():  # one is under way
            held = Connection.objects.select_for_update().defer("secrets").get(pk=connection.pk)
            if plan_of(held, now).is_due(now):
                start(Actor.system(), held, by_itself=True)


def _keeping_catalogs() -> Iterator[Connection]:
    """The connections that are to be synced by themselves. One statement."""
    tools = [tool.name for tool in TOOLS.values() if tool.catalog is not None]
    for row in Connection.objects.active().filter(enabled=True, tool__in=tools).defer("secrets"):
        if interval_of(row.settings) is not None:
            yield row
