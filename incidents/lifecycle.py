"""How an incident may move between statuses, where it starts, and which timestamps that sets."""

from apikeys.roles import SKIP_FLOW, permission_label
from catalog.models import CreateInTriage, IncidentStatus, IncidentType, SetOn, StatusCategory
from catalog.snapshot import Snapshot
from incidentio.core.errors import Forbidden, Invalid
from incidents.models import Mode

C = StatusCategory

# API behaviour, section 6.5; accepting, declining, cancelling, merging and pausing are what people do besides.
NEXT: dict[str, frozenset[str]] = {
    C.TRIAGE: frozenset({C.LIVE, C.LEARNING, C.CLOSED, C.DECLINED, C.MERGED, C.CANCELED}),
    C.LIVE: frozenset({C.LEARNING, C.CLOSED, C.PAUSED, C.CANCELED, C.MERGED}),
    C.PAUSED: frozenset({C.LIVE, C.LEARNING, C.CLOSED}),
    C.LEARNING: frozenset({C.CLOSED}),
    C.CLOSED: frozenset(),
    C.DECLINED: frozenset(),
    C.MERGED: frozenset(),
    C.CANCELED: frozenset(),
}
UNDERWAY = frozenset({C.LIVE, C.PAUSED})


def check_move(before: IncidentStatus, after: IncidentStatus) -> None:
    """Refuse a move the lifecycle does not know.

    Raises:
        Invalid: on `incident_status_id`.
    """
    if before.category == after.category or after.category in NEXT[before.category]:
        return
    raise Invalid(
        "invalid_value",
        f"An incident that is {before.name!r} ({before.category}) cannot become {after.name!r} ({after.category})",
        "incident_status_id",
    )


def check_flow(words: Snapshot, before: IncidentStatus, after: IncidentStatus, mode: str) -> None:
    """Refuse to close an incident that others would learn from first: there are statuses to do so in, and it is no
    retrospective one (API behaviour, section 6.5).

    Raises:
        Forbidden: the move skips the post-incident flow, for those who may not.
    """
    closes_early = after.category == C.CLOSED and before.category not in (C.LEARNING, C.CLOSED)
    if closes_early and mode != Mode.RETROSPECTIVE and words.statuses_in(C.LEARNING):
        message = f"Closing without the post-incident flow needs the permission {permission_label(SKIP_FLOW)!r}"
        raise Forbidden("missing_required_scopes", message)


def starting_status(
    words: Snapshot, kind: IncidentType | None, asked: IncidentStatus | None, mode: str
) -> IncidentStatus:
    """Where a declared incident starts (API behaviour, section 6.1).

    A type that always starts in triage wins; then what was asked for; a retrospective one is closed; else triage,
    or the first live status where there is no triage.

    Raises:
        Invalid: the installation has no status to start in.
    """
    triage = words.statuses_in(C.TRIAGE)
    if kind is not None and kind.create_in_triage == CreateInTriage.ALWAYS and triage:
        return triage[0]
    if asked is not None:
        return asked
    closed = words.statuses_in(C.CLOSED) if mode == Mode.RETROSPECTIVE else []
    candidates = closed or triage or words.statuses_in(C.LIVE)
    if not candidates:
        raise Invalid(
            "invalid_value",
            "There is no status to start in; create one in triage or live",
            "incident_status_id",
        )
    return candidates[0]


def reached(before: str | None, after: str) -> list[str]:
    """What a move from category `before` (None: just declared) to `after` sets the time of (see `SetOn`)."""
    moments = [SetOn.REPORTED] if before is None else []
    if after == C.LIVE and before in (None, C.TRIAGE):
        moments.append(SetOn.ACCEPTED)
    if before in UNDERWAY and after in (C.LEARNING, C.CLOSED):
        moments.append(SetOn.RESOLVED)
    direct = {
        C.CLOSED: SetOn.CLOSED,
        C.DECLINED: SetOn.DECLINED,
        C.MERGED: SetOn.MERGED,
        C.CANCELED: SetOn.CANCELED,
    }
    if before not in (None, after) and after in direct:
        moments.append(direct[StatusCategory(after)])
    return [str(moment) for moment in moments]
