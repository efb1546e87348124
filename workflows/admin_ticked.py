"""What people do to all rows at once that they ticked in a list."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from events.actors import Actor
from events.administration import actor_of
from incidentio.core.errors import DomainError


def for_each[R: Model](page: Any, request: HttpRequest, rows: QuerySet[R], verb: Callable[[Actor, R], None]) -> int:
    """Do `verb` to each of `rows`, and say on the `page` of which it is refused; how many it was done to."""
    number = 0
    for row in rows:
        try:
            verb(actor_of(request), row)
        except DomainError as refusal:
            page.message_user(request, f"{row}: {refusal}", messages.ERROR)
        else:
            number += 1
    return number
