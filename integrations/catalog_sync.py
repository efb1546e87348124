"""Catalogs that are kept elsewhere: read and compared in the background, applied when somebody says so, or by itself.

A sync is a row; whoever works on it leases it. Reading has no effects, so a reader that was killed is followed by one
that begins anew. Applying goes in batches, each a transaction that also writes what became of it: killed in the middle,
the next one goes on with what is open.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.tasks import task
from django.utils import timezone

from catalog.models import CatalogType
from events.actors import Actor
from events.record import record
from incidentio.core import engine, sql
from incidentio.core.crypto import UndecryptableSecret
from incidentio.core.errors import Conflict, DomainError, Invalid
from incidentio.core.ids import new_id
from integrations import catalog_applying
from integrations.base import Integration, StepFailed
from integrations.catalog_comparing import Compared, Difference, compare
from integrations.catalog_feed import Feed, check_feed
from integrations.connections import account, note_failure, note_success
from integrations.models import CatalogDifference, CatalogSync, Connection, DifferenceKind, SyncState
from integrations.registry import TOOLS

SUBJECT = "catalog_sync"
LEASES_TO_READ = 5
TURN_SECONDS = 10.0
TELL_SECONDS = 0.5
MOST_ATTEMPTS = 5
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 5.0, 3_600.0
INSERTED_AT_ONCE = 500
KEPT = 10  # comparisons of a connection that people asked for, and as many that began by themselves
WITHOUT_DELETION = (DifferenceKind.NEW, DifferenceKind.CHANGED)
Told = Callable[[int, int], None]  # how much is done, of how much; 0: nobody knows

log = structlog.stdlib.get_logger(__name__)


class _LeaseLost(Exception):
    """Somebody else works on it now."""


# ---- what people do


def start(actor: Actor, connection: Connection, *, by_itself: bool = False) -> CatalogSync:
    """Have the catalog of a connection read and compared, in the background. `by_itself`: and then applied without
    asking, but for what is gone there, and not at all where something may be wrong there.

    Raises:
        Invalid: the tool keeps no catalog, or its connection is switched off.
        Conflict: it is being read or applied already.
    """
    tool = TOOLS.get(connection.tool)
    if tool is None or tool.catalog is None:
        raise Invalid("invalid_value", "This tool keeps no service catalog")
    with transaction.atomic():
        _hold(connection)
        if connection.archived_at is not None or not connection.enabled:
            raise Invalid("invalid_value", "This connection is switched off: switch it on first")
        sync = CatalogSync(connection=connection, by_itself=by_itself, due_at=timezone.now())
        sync.actor_kind, sync.actor_id, sync.actor_label = actor.kind, actor.id, actor.label[:300]
        sync.save(force_insert=True)
        _forget_old(sync)
        record(actor, f"{SUBJECT}.started", SUBJECT, sync.pk, {"connection_id": [None, connection.pk]})
        engine.wake(work, sync.pk)
    return sync


def apply(actor: Actor, sync: CatalogSync, *, with_deletion: bool = False, confirmed: int | None = None) -> CatalogSync:
    """Have what was compared applied, in the background. `with_deletion`: also what is gone there is taken out here,
    which may be said later, too; where that is more than half of what the tool had brought, `confirmed` says how much
    it is.

    Raises:
        Conflict: it was not compared, or is applied already, or it was compared again since; or another one of the
            connection is under way.
        Invalid: so much would be deleted that its number is to be confirmed.
    """
    with transaction.atomic():
        _hold(sync.connection)
        sync.refresh_from_db()
        _check_applicable(sync, with_deletion=with_deletion)
        if with_deletion and sync.loses_most and confirmed != sync.gone:
            message = f"This deletes {sync.gone} of the {sync.ours} entries that were brought from there. If that is "
            raise Invalid("is_required", f"{message}right, confirm the number {sync.gone}", "confirmed")
        sync.actor_kind, sync.actor_id, sync.actor_label = actor.kind, actor.id, actor.label[:300]
        sync.state, sync.with_deletion, sync.due_at = SyncState.APPLYING, with_deletion, timezone.now()
        sync.done, sync.total, sync.attempts, sync.error = 0, _open(sync).count(), 0, ""
        sync.save()
        changes: dict[str, list[Any]] = {"with_deletion": [None, with_deletion], "differences": [None, sync.total]}
        record(actor, f"{SUBJECT}.applied", SUBJECT, sync.pk, changes)
        engine.wake(work, sync.pk)
    return sync


def newer(sync: CatalogSync) -> CatalogSync | None:
    """The latest comparison of the same catalog, if that is a later one: what this one found may be over."""
    later = CatalogSync.objects.filter(connection=sync.connection_id, pk__gt=sync.pk, compared_at__isnull=False)
    return later.order_by("-id").first()


def _check_applicable(sync: CatalogSync, *, with_deletion: bool) -> None:
    if sync.state == SyncState.APPLIED and sync.may_delete and not with_deletion:
        raise Conflict(
            "conflict", "All of this is applied but for what is gone there: tick that to take it out here, too"
        )
    if sync.state != SyncState.COMPARED and not sync.may_delete:
        raise Conflict("conflict", f"This cannot be applied: its state is {sync.get_state_display()!r}")
    if newer(sync) is not None:
        raise Conflict("conflict", "This catalog was compared again since: apply the latest comparison")


def _hold(connection: Connection) -> None:
    """Syncs of a connection are started and applied one after the other.

    Raises:
        Conflict: one is under way.
    """
    fresh = Connection.objects.select_for_update().defer("secrets").get(pk=connection.pk)
    connection.archived_at, connection.enabled = fresh.archived_at, fresh.enabled
    if connection.catalog_syncs.filter(state__in=(SyncState.READING, SyncState.APPLYING)).exists():
        raise Conflict("conflict", "The catalog of this connection is being read or applied: wait until that is over")


def _forget_old(sync: CatalogSync) -> None:
    alike = CatalogSync.objects.filter(connection=sync.connection_id, by_itself=sync.by_itself)
    old = list(alike.order_by("-id").values_list("pk", flat=True)[KEPT:])
    CatalogSync.objects.filter(pk__in=old).delete()


# ---- who works on it


@task
def work(sync_id: str) -> None:
    """Read and compare, or apply for about a turn."""
    work_on(sync_id)


def work_on(sync_id: str, told: Told | None = None) -> bool:
    """The same; whether it was work, and nobody else's. `told` is told how far it is."""
    sync = _take(sync_id)
    if sync is None:
        return False
    turn = _Turn(sync, told)
    try:
        turn.go_on()
    except _LeaseLost:
        log.info("catalog_sync_taken_over", sync_id=sync_id)
    return True


def wake_forgotten() -> None:
    """Wake somebody for every sync that is due and that no wake-up waits for: its worker was killed."""
    coming = {args[0] for args in engine.waiting(work)}
    due = _due().exclude(pk__in=coming).values_list("pk", flat=True)
    engine.wake_each(work, [[pk] for pk in due])


def _due() -> "QuerySet[CatalogSync]":
    now = timezone.now()
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    return CatalogSync.objects.filter(free, state__in=(SyncState.READING, SyncState.APPLYING), due_at__lte=now)


def _take(sync_id: str) -> CatalogSync | None:
    token = new_id()
    taken = {"lease_token": token, "lease_until": _in(settings.LEASE_SECONDS), "attempts": F("attempts") + 1}
    if not _due().filter(pk=sync_id).update(**taken):
        return None
    return CatalogSync.objects.select_related("connection").get(pk=sync_id)


def _reading_seconds() -> float:
    """How long a reader holds a sync without a word: a large file is read, and compared, in one go."""
    return settings.LEASE_SECONDS * LEASES_TO_READ


def _in(seconds: float) -> datetime:
    return timezone.now() + timedelta(seconds=seconds)


def _open(sync: CatalogSync) -> "QuerySet[CatalogDifference]":
    """What is still to be applied."""
    rows = sync.differences.filter(outcome="")
    return rows if sync.with_deletion else rows.filter(kind__in=WITHOUT_DELETION)


class _Turn:
    """A turn of work on a sync this process has leased."""

    def __init__(self, sync: CatalogSync, told: Told | None) -> None:
        self.sync = sync
        self.told = told
        self.actor = Actor(sync.actor_kind, sync.actor_id, sync.actor_label)
        self._told_at = 0.0

    def go_on(self) -> None:
        """Do what can be done now.

        Raises:
            _LeaseLost: somebody else has it.
        """
        if self.sync.attempts > MOST_ATTEMPTS:
            why = "The hub stopped in the middle of this again and again; its log says why"
            self._end(SyncState.FAILED, error=why)
        elif self.sync.state == SyncState.READING:
            self.read()
        else:
            self.apply()

    # ---- reading

    def read(self) -> None:
        """Read what is there and compare it with what is here."""
        self._save(lease_until=_in(_reading_seconds()))
        try:
            compared, notes = self._compared()
        except StepFailed as failure:
            self._try_later(failure)
        except UndecryptableSecret as failure:
            self._end(SyncState.FAILED, error=str(failure))
        except DomainError as refusal:
            self._end(SyncState.FAILED, error="\n".join(problem.message for problem in refusal.problems))
        else:
            self._keep(compared, notes)

    def _compared(self) -> tuple[Compared, tuple[str, ...]]:
        connection, tool = self.sync.connection, TOOLS.get(self.sync.connection.tool)
        if tool is None or tool.catalog is None or connection.archived_at is not None or not connection.enabled:
            raise StepFailed("The connection was switched off")
        feed: Feed = tool.catalog(account(connection).values, self._read_so_far)
        note_success(tool.name)
        check_feed(feed, CatalogType.objects.active().values_list("type_name", flat=True))
        return compare(feed, tool.name), feed.notes

    def _read_so_far(self, done: int, total: int) -> None:
        """Tell how far it is, not for every page, and hold on to the lease."""
        if monotonic() - self._told_at >= TELL_SECONDS:
            self._told_at = monotonic()
            self._save(done=done, total=total, lease_until=_in(_reading_seconds()))
            self._tell(done, total)

    def _keep(self, compared: Compared, notes: tuple[str, ...]) -> None:
        """Write down what differs; and have it applied, in the same transaction, if that goes by itself."""
        sync = self.sync
        sync.types, sync.ours, sync.gone = [kind.told() for kind in compared.types], compared.ours, compared.gone
        rows = [_row(sync.pk, kind.kind.type_name, one) for kind in compared.types for one in kind.differences]
        columns: dict[str, Any] = {"types": sync.types, "ours": sync.ours, "gone": sync.gone, "done": 0, "total": 0}
        with self._holding():
            sync.differences.all().delete()  # of one who was killed
            for start in range(0, len(rows), INSERTED_AT_ONCE):
                sql.insert(CatalogDifference, rows[start : start + INSERTED_AT_ONCE])
            why_not = _why_not_by_itself(sync) if sync.by_itself else ""
            self._end(SyncState.COMPARED, error=why_not, notes=list(notes), compared_at=timezone.now(), **columns)
            if sync.by_itself and not why_not and _differs(sync):
                apply(self.actor, sync)

    def _try_later(self, failure: StepFailed) -> None:
        if failure.permanent or self.sync.attempts >= MOST_ATTEMPTS:
            self._end(SyncState.FAILED, error=str(failure))
            return
        wait = min(LONGEST_WAIT_SECONDS, max(failure.wait_seconds, FIRST_WAIT_SECONDS * 2**self.sync.attempts))
        with self._holding():
            self._save(error=str(failure), done=0, due_at=_in(wait), lease_until=None)
            engine.wake(work, self.sync.pk, delay_seconds=wait)

    # ---- applying

    def apply(self) -> None:
        """Go on with what is open, for about a turn."""
        sync, end_of_turn = self.sync, monotonic() + TURN_SECONDS
        try:
            if sync.done == 0:
                self._make_types()
            while self._batch():
                if monotonic() > end_of_turn:
                    with self._holding():
                        self._save(due_at=timezone.now(), lease_until=None)
                        engine.wake(work, sync.pk)
                    return
            self._finish()
        except DomainError as refusal:
            self._end(SyncState.FAILED, error="\n".join(problem.message for problem in refusal.problems))

    def _make_types(self) -> None:
        deletion = self.sync.with_deletion
        catalog_applying.make_types(self.actor, self._tool.name, self.sync.types, with_deletion=deletion)

    @property
    def _tool(self) -> Integration:
        return TOOLS[self.sync.connection.tool]

    def _batch(self) -> bool:
        """Apply some open differences of one type and kind; whether there were any."""
        with self._holding():
            first = _open(self.sync).order_by("id").first()
            if first is None:
                return False
            alike = _open(self.sync).filter(type_name=first.type_name, kind=first.kind).order_by("id")
            batch = list(alike[: catalog_applying.AT_ONCE])
            if first.kind == DifferenceKind.GONE:
                catalog_applying.delete_gone(self.actor, self._tool.name, first.type_name, batch)
            else:
                told = next(told for told in self.sync.types if told["type_name"] == first.type_name)
                kind = catalog_applying.type_of(told)
                catalog_applying.apply_differences(self.actor, self._tool.name, kind, batch)
            self.sync.done += len(batch)
            self._save(done=self.sync.done, attempts=0, lease_until=_in(settings.LEASE_SECONDS))
        self._tell(self.sync.done, self.sync.total)
        return True

    def _finish(self) -> None:
        notes = catalog_applying.archive_types(self.actor, self.sync.types) if self.sync.with_deletion else []
        self._end(SyncState.APPLIED, notes=[*self.sync.notes, *notes])
        note_success(self._tool.name)  # whatever somebody had to look at is over

    # ---- the row

    def _tell(self, done: int, total: int) -> None:
        if self.told is not None:
            self.told(done, total)

    @contextmanager
    def _holding(self) -> Iterator[None]:
        """A transaction in which the sync is locked.

        Raises:
            _LeaseLost: it is not ours any more.
        """
        with transaction.atomic():
            if not self._mine().select_for_update().exists():
                raise _LeaseLost
            yield

    def _mine(self) -> "QuerySet[CatalogSync]":
        return CatalogSync.objects.filter(pk=self.sync.pk, lease_token=self.sync.lease_token)

    def _save(self, **columns: Any) -> None:
        if not self._mine().update(**columns, updated_at=timezone.now()):
            raise _LeaseLost

    def _end(self, state: SyncState, *, error: str = "", **columns: Any) -> None:
        if error:
            note_failure(self.sync.connection.tool, error)
        now: dict[str, Any] = {} if state == SyncState.COMPARED else {"finished_at": timezone.now()}
        self._save(state=state, error=error[:10_000], lease_until=None, lease_token=None, due_at=None, **now, **columns)


def _differs(sync: CatalogSync) -> bool:
    """Whether there is something to apply, besides what is gone there."""
    return _open(sync).exists() or any(after for told in sync.types for _, _, after in told["changes"])


def _why_not_by_itself(sync: CatalogSync) -> str:
    """What is gone there all of a sudden, so that somebody has to look; empty if nothing is. What was so already at the
    last comparison that went through is no news.
    """
    through = Q(state=SyncState.APPLIED) | Q(state=SyncState.COMPARED, by_itself=True, error="")
    earlier = CatalogSync.objects.filter(through, connection=sync.connection_id, pk__lt=sync.pk).order_by("-id").first()
    known = earlier.alarms if earlier is not None else []
    sudden = [alarm for alarm in sync.alarms if alarm not in known]
    return f"Nothing was applied by itself, somebody has to look: {'; '.join(sudden)}" if sudden else ""


def _row(sync_id: str, type_name: str, difference: Difference) -> dict[str, Any]:
    """A difference as it is kept."""
    wanted, here = difference.wanted, difference.here
    known = wanted or here
    return {
        "sync_id": sync_id,
        "type_name": type_name,
        "kind": difference.kind.value,
        "external_id": known.external_id if known else "",
        "name": known.name if known else "",
        "entry_id": here.entry_id if here else "",
        "seen_at": here.updated_at if here else None,
        "wanted": asdict(wanted) if wanted else {},
        "changes": difference.changes,
    }
