"""`manage.py worker`: the background of the hub."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from workflows.supervisor import Supervisor


class Command(BaseCommand):
    """Runs until SIGTERM or Ctrl-C; a second one does not wait for calls under way."""

    help = (
        "Do what happens in the background: webhooks and everything else that leaves the hub. Starts WORKER_PROCESSES "
        "processes and keeps them running. Any number of these may run, on any number of hosts with one PostgreSQL."
    )
    # Checks may open a connection, which must not be there when processes are forked.
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        Supervisor(settings.WORKER_PROCESSES).run()
