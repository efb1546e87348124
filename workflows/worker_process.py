"""One worker process."""

import os
import socket
import sys

import structlog
from django.conf import settings
from django_tasks_db.management.commands.db_worker import Worker

log = structlog.stdlib.get_logger(__name__)


def work() -> None:
    """Run tasks until told to stop; whatever ends the loop otherwise ends the process, to be started again."""
    worker = Worker(
        queue_names=["*"],
        excluded_queue_names=[],
        interval=settings.WORKER_POLL_SECONDS,
        batch=False,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=f"{socket.gethostname()[:40]}:{os.getpid()}",
    )
    worker.configure_signals()
    try:
        worker.run()
    except Exception:
        log.exception("worker_failed")
        sys.exit(1)
