"""What the hub's own management commands share."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError

from incidentio.core.errors import DomainError


class HubCommand(BaseCommand):
    """A command whose refusals are clear lines: what a verb refuses, and a database that is not there yet."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except DomainError as error:
            raise CommandError("\n".join(problem.message for problem in error.problems)) from error
        except (OperationalError, ProgrammingError) as error:
            raise CommandError(
                f"The database does not answer as it should: {str(error).strip()}\n"
                "Is it set up? `manage.py migrate` does that; DATABASE_URL says which one it is."
            ) from error
