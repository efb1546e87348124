"""The guarantee behind the wake-ups: one sweeper across all hosts finds the work whose wake-up was lost."""

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from threading import Event
from time import monotonic

import structlog
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone

from events.tasks import wake_if_late
from incidentio.core import engine
from incidentio.core.ids import new_id
from incidents.alert_watch import watch
from integrations.catalog_schedule import begin_due_syncs
from integrations.catalog_sync import wake_forgotten
from integrations.pruning import prune_remembered
from integrations.registry import FORGOTTEN
from workflows import effects, leases, ledger
from workflows.delivering import at_the_front, deliver, wake_next
from workflows.drill_letters import wake_untold as wake_untold_drills
from workflows.drill_schedule import begin_if_due
from workflows.drilling import wake_overdue_drills
from workflows.evaluation import look_if_late
from workflows.failing import wake_untold
from workflows.models import Delivery
from workflows.pruning import prune_deliveries, prune_targets
from workflows.queues import watch_for_late_work
from workflows.schedules import fire
from workflows.webhooks import forget_old_secrets
from workflows.working import due_runs, perform, work

LEASE = "sweeper"
# A sweep may fail or be late twice before somebody else takes over and the health check says so.
SWEEPS_PER_LEASE = 3
TIDY_SECONDS = 60.0  # also how often late work is told of
# What the clock starts is due on the minute, not on the second.
CLOCK_SECONDS = 30.0
TELL_SECONDS = 600.0  # how often letters that could not be sent are tried again, and old memories are pruned
PRUNE_SECONDS = 86_400.0  # how often targets are looked for that nobody calls any more

log = structlog.stdlib.get_logger(__name__)


class Sweeper:
    """One candidate for the sweeper's lease."""

    def __init__(self) -> None:
        self.holder = f"{socket.gethostname()[:50]}:{os.getpid()}:{new_id()}"
        self._tidied = -TIDY_SECONDS
        self._fired = -CLOCK_SECONDS
        self._told = -TELL_SECONDS
        self._pruned = -PRUNE_SECONDS

    def run(self, stopping: Event, well: Callable[[], bool]) -> None:
        """Sweep until `stopping`, as long as the workers beside it are `well`: the lease tells the health check."""
        while not stopping.is_set():
            try:
                close_old_connections()
                if well():
                    self.sweep()
            except Exception:
                log.exception("sweep_failed")
                connection.close()
            stopping.wait(settings.SWEEP_SECONDS)
        with suppress(DatabaseError):  # then it runs out by itself
            leases.give_up(LEASE, self.holder)

    def sweep(self) -> bool:
        """Sweep once if this is the sweeper now, and say whether it is."""
        if not leases.hold(LEASE, self.holder, settings.SWEEP_SECONDS * SWEEPS_PER_LEASE):
            return False
        wake_if_late()
        look_if_late()
        wake_overdue()
        wake_overdue_effects()
        wake_overdue_runs()
        wake_forgotten()
        wake_overdue_drills()
        watch(timezone.now())
        if monotonic() - self._fired >= CLOCK_SECONDS:
            fire(timezone.now())
            begin_if_due(timezone.now())
            begin_due_syncs(timezone.now())
            self._fired = monotonic()
        if monotonic() - self._tidied >= TIDY_SECONDS:
            engine.tidy()
            prune_deliveries()
            forget_old_secrets()
            watch_for_late_work()
            for wake in FORGOTTEN:
                wake()
            self._tidied = monotonic()
        if monotonic() - self._told >= TELL_SECONDS:
            wake_untold()
            wake_untold_drills()
            prune_remembered()
            self._told = monotonic()
        if monotonic() - self._pruned >= PRUNE_SECONDS:
            prune_targets()
            self._pruned = monotonic()
        return True


def wake_overdue() -> None:
    """Wake somebody for every target that has a delivery due, unless a wake-up for it already waits."""
    coming = {args[0] for args in engine.waiting(deliver)}
    served = set(Delivery.objects.filter(pk__in=coming).values_list("target", flat=True))
    due = ledger.due(at_the_front()).order_by().values_list("target", flat=True).distinct()
    for target in due.exclude(target__in=served):
        wake_next(target)


def wake_overdue_effects() -> None:
    """The same for the calls of workflows."""
    coming = {args[0] for args in engine.waiting(perform)}
    due = effects.due().order_by().values_list("target", flat=True).distinct()
    engine.wake_each(perform, [[target] for target in due.exclude(target__in=coming)])


def wake_overdue_runs() -> None:
    """Wake somebody for every workflow that has a run due, unless a wake-up for it already waits."""
    coming = {args[0] for args in engine.waiting(work)}
    due = due_runs().order_by().values_list("workflow_id", flat=True).distinct()
    engine.wake_each(work, [[workflow_id] for workflow_id in due.exclude(workflow_id__in=coming)])
