"""One worker process, started by the supervisor: `python -m workflows.worker_process PIPE`."""

import os
import socket
import sys
from threading import Thread

import django
import structlog
from django.conf import settings
from django_tasks_db.management.commands.db_worker import Worker

log = structlog.stdlib.get_logger(__name__)


def end_with(pipe: int) -> None:
    """End this process, whatever it is doing, when the supervisor at the other end of `pipe` is gone."""

    def watch() -> None:
        os.read(pipe, 1)
        os._exit(1)

    Thread(target=watch, daemon=True).start()


def main(pipe: int) -> None:
    """Run tasks until told to stop; whatever ends the loop otherwise, the supervisor starts it again."""
    end_with(pipe)
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


if __name__ == "__main__":
    django.setup()
    main(int(sys.argv[1]))
