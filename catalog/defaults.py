"""What a new installation starts with (API behaviour, sections 6.6, 6.7, 6.10, 7.1, 7.2 and 7.6)."""

from django.db.models import Exists

from catalog.duration_metrics import make_defaults
from catalog.models import (
    CatalogType,
    DurationMetric,
    FollowUpPriority,
    IncidentRole,
    IncidentStatus,
    IncidentTimestamp,
    IncidentType,
    RoleType,
    SetOn,
    Severity,
    StatusCategory,
    Word,
)
from catalog.teams import enter_teams, team_type
from catalog.words import configuring, make
from events.actors import Actor
from events.models import ConfigVersion

C = StatusCategory
SEVERITIES = (
    ("Minor", 0, "Few people notice, and there is a way around it."),
    ("Major", 1, "Something people rely on is broken or slow for many of them."),
    ("Critical", 2, "The service is down, data is at risk, or everybody is affected."),
)
STATUSES = (
    ("Triage", C.TRIAGE, 0, " "),
    ("Investigating", C.LIVE, 1, "We are finding out what is wrong."),
    ("Fixing", C.LIVE, 2, "We know what is wrong and are putting it right."),
    ("Monitoring", C.LIVE, 3, "It seems fixed; we are watching that it stays so."),
    ("Documenting", C.LEARNING, 4, "We are writing down what happened."),
    ("Reviewing", C.LEARNING, 5, "We are going through it together."),
    ("Closed", C.CLOSED, 6, " "),
    ("Paused", C.PAUSED, 7, " "),
    ("Declined", C.DECLINED, -1, " "),
    ("Merged", C.MERGED, -2, " "),
    ("Canceled", C.CANCELED, -3, " "),
)
ROLES = (
    (
        "Incident Lead",
        RoleType.LEAD,
        "lead",
        "Leads the response: decides, delegates, and keeps everybody informed.",
        "Take stock, give out tasks, and share an update at least every half hour. You need not fix it yourself.",
    ),
    ("Reporter", RoleType.REPORTER, "", "Reported the incident.", ""),
)
TIMESTAMPS = (
    ("Reported at", 0, SetOn.REPORTED),
    ("Accepted at", 1, SetOn.ACCEPTED),
    ("Declined at", 2, SetOn.DECLINED),
    ("Merged at", 3, SetOn.MERGED),
    ("Canceled at", 4, SetOn.CANCELED),
    ("Resolved at", 5, SetOn.RESOLVED),
    ("Impact started at", 6, SetOn.NEVER),
    ("Identified at", 7, SetOn.NEVER),
    ("Fixed at", 8, SetOn.NEVER),
    ("Documented at", 9, SetOn.NEVER),
    ("Reviewed at", 10, SetOn.NEVER),
    ("Closed at", 12, SetOn.CLOSED),
)
PRIORITIES = (
    ("Low", 0, "Worth doing when there is time."),
    ("Medium", 1, "To be planned like other work."),
    ("High", 2, "To be done before other work."),
    ("Urgent", 3, "To be done now: the same may happen again any moment."),
)


KINDS: dict[str, type[Word]] = {
    "severity": Severity,
    "incident_status": IncidentStatus,
    "incident_type": IncidentType,
    "incident_role": IncidentRole,
    "incident_timestamp": IncidentTimestamp,
    "duration_metric": DurationMetric,
    "follow_up_priority": FollowUpPriority,
    "catalog_type": CatalogType,
}


def seed_defaults(actor: Actor) -> int:
    """Give the installation the words of every kind it never had one of; returns how many. Safe to repeat."""
    if not _lacking():
        return 0
    with configuring():
        lacking = _lacking()
        made = [(subject, row) for subject, rows in _defaults().items() if subject in lacking for row in rows]
        for subject, row in made:
            make(actor, subject, row)
        measured = make_defaults(actor) if "duration_metric" in lacking else 0
        if "catalog_type" in lacking:
            enter_teams(actor)
    return len(made) + measured


def _lacking() -> list[str]:
    """The kinds of which there is not one, archived ones included; one query."""
    found = ConfigVersion.objects.values_list(*(Exists(model._default_manager.all()) for model in KINDS.values())).get()
    return [subject for subject, exists in zip(KINDS, found, strict=True) if not exists]


def _defaults() -> dict[str, list[Word]]:
    """New rows of every kind, by the subject their events speak of."""
    return {
        "severity": [Severity(name=name, rank=rank, description=text) for name, rank, text in SEVERITIES],
        "incident_status": [
            IncidentStatus(name=name, category=category, rank=rank, description=text)
            for name, category, rank, text in STATUSES
        ],
        "incident_type": [
            IncidentType(name="Default", description="Incidents that are of no other type.", is_default=True)
        ],
        "incident_role": [
            IncidentRole(name=name, role_type=kind, shortform=short, description=text, instructions=instructions)
            for name, kind, short, text, instructions in ROLES
        ],
        "incident_timestamp": [
            IncidentTimestamp(name=name, rank=rank, set_on=set_on) for name, rank, set_on in TIMESTAMPS
        ],
        "follow_up_priority": [
            FollowUpPriority(name=name, rank=rank, description=text) for name, rank, text in PRIORITIES
        ],
        "catalog_type": [team_type()],
    }
