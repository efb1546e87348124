"""Ranks: unique among what is not archived, shifted rather than refused.

Statuses share one line of ranks in the order of the lifecycle, until somebody ranks them by hand: two categories may
then use the same rank.
"""

from typing import Any, Literal

from django.db.models import F, Max

from catalog.models import DurationMetric, FollowUpPriority, IncidentStatus, IncidentTimestamp, Severity
from catalog.words import change, configuring, renew
from events.actors import Actor
from incidentio.core.errors import Invalid
from incidentio.core.fields import LARGEST_WHOLE
from incidentio.core.ids import is_id

Ranked = Severity | IncidentStatus | IncidentTimestamp | DurationMetric | FollowUpPriority
SUBJECTS: dict[type[Ranked], str] = {
    Severity: "severity",
    IncidentStatus: "incident_status",
    IncidentTimestamp: "incident_timestamp",
    DurationMetric: "duration_metric",
    FollowUpPriority: "follow_up_priority",
}
# Beyond every rank a caller may choose, so that rows on their way meet nobody.
BEYOND = 2 * LARGEST_WHOLE


def next_rank(model: type[Ranked], **among: Any) -> int:
    """The rank after the last one in use (by the rows that match `among`, if there are any)."""
    ranks = model.objects.active().filter(**among)
    last = ranks.aggregate(last=Max("rank", default=-1))["last"]
    return int(last) + 1


def insert_at_rank(actor: Actor, row: Ranked, rank: int, **among: Any) -> None:
    """Free `rank` for `row`, new or moving there; the caller sets and saves it in the same transaction.

    What stands in the unbroken run of ranks from there on moves up by one (of the rows that match `among`, if it says
    anything). Call inside `configuring()`.

    Raises:
        Invalid: the rank is beyond what JSON keeps exact.
    """
    if abs(rank) > LARGEST_WHOLE:
        raise Invalid("invalid_value", f"Must be between {-LARGEST_WHOLE} and {LARGEST_WHOLE}", "rank")
    run: list[Ranked] = []
    end = rank
    for other in type(row).objects.active().filter(rank__gte=rank, **among).exclude(pk=row.pk).order_by("rank"):
        if other.rank > end:
            break
        end = other.rank + 1
        run.append(other)
    if run:
        _lift([*run, row])
        for other in run:
            _settle(actor, other, other.rank + 1)


def place(actor: Actor, row: Ranked, rank: int | None) -> None:
    """Give the new `row` its rank: `rank` (what stands there moves up), or the one after all others.

    The caller saves it in the same transaction. Call inside `configuring()`.

    Raises:
        Invalid: the rank is beyond what JSON keeps exact.
    """
    row.rank = next_rank(type(row)) if rank is None else rank
    insert_at_rank(actor, row, row.rank)


def reorder(actor: Actor, model: type[Ranked], ids: list[str]) -> None:
    """Put the rows with `ids` in that order, lowest first, on the ranks they hold between them.

    Raises:
        Invalid: an id twice, one that names nothing, or statuses of more than one category.
    """
    with configuring():
        rows = {row.pk: row for row in model.objects.active().filter(pk__in=[pk for pk in ids if is_id(pk)])}
        if len(rows) != len(ids):
            raise Invalid("invalid_value", "Each ID must be there once and name something that is not archived", "ids")
        if model is IncidentStatus and len({row.category for row in rows.values()}) > 1:
            raise Invalid("invalid_value", "Statuses are reordered within one category", "ids")
        _deal(actor, [rows[pk] for pk in ids])


def move(actor: Actor, row: Ranked, direction: Literal["up", "down"]) -> None:
    """Swap `row` with its neighbour of the next higher ("up") or lower ("down") rank; at the end nothing happens.

    A status's neighbours are those of its category.

    Raises:
        NotFound: it was archived meanwhile.
    """
    with configuring():
        renew(row, SUBJECTS[type(row)])
        peers = type(row).objects.active()
        if isinstance(row, IncidentStatus):
            peers = peers.filter(category=row.category)
        if direction == "up":
            above = peers.filter(rank__gt=row.rank).order_by("rank").first()
            _deal(actor, [above, row] if above else [])
        else:
            below = peers.filter(rank__lt=row.rank).order_by("-rank").first()
            _deal(actor, [row, below] if below else [])


def _deal(actor: Actor, rows: list[Ranked]) -> None:
    """Give `rows`, in their new order, the ranks they hold between them."""
    ranks = sorted(row.rank for row in rows)
    moving = [(row, rank) for row, rank in zip(rows, ranks, strict=True) if row.rank != rank]
    _lift([row for row, _ in moving])
    for row, rank in moving:
        _settle(actor, row, rank)


def _lift(rows: list[Ranked]) -> None:
    """The first of two steps: out of the way. One `SET rank = rank + 1` meets the row above on both databases."""
    for model in {type(row) for row in rows}:
        model.objects.filter(pk__in=[row.pk for row in rows]).update(rank=F("rank") + BEYOND)


def _settle(actor: Actor, row: Ranked, rank: int) -> None:
    """The second step: where it belongs, and recorded."""
    change(actor, SUBJECTS[type(row)], row, rank=rank)
