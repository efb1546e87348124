"""What administrators see first: what is on, what is left to do, and whether the hub itself is well."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, Q, QuerySet, When
from django.utils import timezone
from ulid import ULID

from accounts.models import User
from apikeys.models import ApiKey
from catalog.models import RoleType, Severity, StatusCategory
from events.models import Event
from incidents.admin_surroundings import Happening, happening
from incidents.filters import USUAL_MODES
from incidents.models import FollowUp, Incident, RoleAssignment, WorkStatus
from incidents.visibility import Viewer, gives_nothing_away, person, visible_to
from workflows.health import worker_is_well
from workflows.models import CallState, Delivery

SHOWN = 8
SOON = timedelta(days=14)
LATELY = timedelta(days=7)
LOOKS = ("danger", "warning")


@dataclass
class LiveIncident:
    """An incident people work on, with who leads it and how it looks."""

    incident: Incident
    look: str
    lead: str = ""


@dataclass(frozen=True)
class Bar:
    """How many live incidents have a severity; `share` in percent of the most frequent one."""

    name: str
    number: int
    share: int
    look: str


@dataclass(frozen=True)
class Listed:
    """The first few rows of a list, and how many there are."""

    rows: list[Any]
    total: int


@dataclass(frozen=True)
class Dashboard:
    """Everything on the page."""

    now: datetime
    zone: str
    worker_is_well: bool
    live: Listed
    in_triage: int
    by_severity: list[Bar]
    follow_ups: Listed
    expiring_keys: list[ApiKey]
    failed_deliveries: Listed
    latest: list[Happening]


def dashboard(user: Any) -> Dashboard:
    """The dashboard as `user`, an administrator, may see it, without incidents in test mode. About ten statements,
    whatever there is to see.
    """
    assert isinstance(user, User)  # noqa: S101  tells the type checker what the login made sure of
    viewer, now = person(user), timezone.now()
    severities = list(Severity.objects.filter(archived_at=None).order_by("-rank"))
    real = Incident.objects.filter(visible_to(viewer), mode__in=USUAL_MODES)
    live = real.filter(incident_status__category=StatusCategory.LIVE)
    bars = _bars(severities, live)
    return Dashboard(
        now=now,
        zone=timezone.get_current_timezone_name(),
        worker_is_well=worker_is_well(),
        live=Listed(_live(severities, live), sum(bar.number for bar in bars)),
        in_triage=real.filter(incident_status__category=StatusCategory.TRIAGE).count(),
        by_severity=bars,
        follow_ups=_follow_ups(viewer),
        expiring_keys=_expiring_keys(now),
        failed_deliveries=_failed_deliveries(viewer, now),
        latest=_latest(viewer),
    )


def _look(severities: list[Severity], severity_id: str | None) -> str:
    place = next((place for place, row in enumerate(severities) if row.id == severity_id), len(LOOKS))
    return LOOKS[place] if place < len(LOOKS) else "info"


def _bars(severities: list[Severity], live: QuerySet[Incident]) -> list[Bar]:
    found = dict(live.order_by().values_list("severity_id").annotate(Count("pk")))
    active = {row.id for row in severities}
    numbers = [(row.name, found.get(row.id, 0), _look(severities, row.id)) for row in severities]
    others = sum(number for pk, number in found.items() if pk not in active)
    if others:
        numbers.append(("Another or none", others, "info"))
    most = max([number for _, number, _ in numbers], default=0) or 1
    return [Bar(name, number, round(100 * number / most), look) for name, number, look in numbers]


def _live(severities: list[Severity], live: QuerySet[Incident]) -> list[LiveIncident]:
    worst_first = Case(*[When(severity=row, then=place) for place, row in enumerate(severities)], default=99)
    rows = live.select_related("severity", "incident_status").order_by(worst_first, "-id")[:SHOWN]
    shown = {row.id: LiveIncident(row, _look(severities, row.severity_id)) for row in rows}
    leads = RoleAssignment.objects.filter(incident__in=shown, incident_role__role_type=RoleType.LEAD)
    for incident_id, name in leads.values_list("incident_id", "assignee__name"):
        shown[incident_id].lead = name
    return list(shown.values())


def _follow_ups(viewer: Viewer) -> Listed:
    real = FollowUp.objects.filter(visible_to(viewer, "incident__"), incident__mode__in=USUAL_MODES)
    rows = real.filter(status=WorkStatus.OUTSTANDING)
    oldest = rows.select_related("incident", "assignee", "assignee_team").order_by("id")[:SHOWN]
    return Listed(list(oldest), rows.count())


def _expiring_keys(now: datetime) -> list[ApiKey]:
    rows = ApiKey.objects.filter(revoked_at=None, expires_at__gt=now - SOON, expires_at__lte=now + SOON)
    return list(rows.order_by("expires_at")[:SHOWN])


def _failed_deliveries(viewer: Viewer, now: datetime) -> Listed:
    ended = Q(state__in=(CallState.NOT_DONE, CallState.UNKNOWN))
    rows = Delivery.objects.filter(gives_nothing_away(viewer), ended, id__gt=str(ULID.from_datetime(now - LATELY)))
    latest = rows.select_related("endpoint").defer("endpoint__secret").order_by("-id")[:SHOWN]
    return Listed(list(latest), rows.count())


def _latest(viewer: Viewer) -> list[Happening]:
    events = list(Event.objects.filter(gives_nothing_away(viewer)).order_by("-id")[:SHOWN])
    incidents = Incident.objects.in_bulk([event.incident_id for event in events if event.incident_id])
    return [happening(event, incidents.get(event.incident_id or "")) for event in events]
