"""What a new installation starts with (API behaviour, sections 6.6, 6.7, 7.1, 7.2 and 7.6)."""

from collections.abc import Sequence

from django.db import transaction

from catalog.models import (
    CreateInTriage,
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
from catalog.words import make
from events.actors import Actor
from events.record import raise_config_version

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


def _defaults() -> dict[str, Sequence[Word]]:
    """The words by the subject their events speak of."""
    return {
        "severity": [Severity(name=name, rank=rank, description=text) for name, rank, text in SEVERITIES],
        "incident_status": [
            IncidentStatus(name=name, category=category, rank=rank, description=text)
            for name, category, rank, text in STATUSES
        ],
        "incident_type": [
            IncidentType(
                name="Default",
                description="Every incident that is of no other type.",
                is_default=True,
                create_in_triage=CreateInTriage.OPTIONAL,
            )
        ],
        "incident_role": [
            IncidentRole(name=name, role_type=kind, shortform=short, description=text, instructions=instructions)
            for name, kind, short, text, instructions in ROLES
        ],
        "incident_timestamp": [
            IncidentTimestamp(name=name, rank=rank, set_on=set_on) for name, rank, set_on in TIMESTAMPS
        ],
    }


def _lacking() -> list[str]:
    """The kinds of which there is not one, archived ones included."""
    kinds = {
        "severity": Severity,
        "incident_status": IncidentStatus,
        "incident_type": IncidentType,
        "incident_role": IncidentRole,
        "incident_timestamp": IncidentTimestamp,
    }
    return [subject for subject, model in kinds.items() if not model._default_manager.exists()]


def seed_defaults(actor: Actor) -> int:
    """Give the installation the words of every kind it has none of; returns how many. Safe to repeat."""
    if not _lacking():
        return 0
    with transaction.atomic():
        raise_config_version()
        lacking = _lacking()
        rows = [(subject, row) for subject, words in _defaults().items() if subject in lacking for row in words]
        for subject, row in rows:
            make(actor, subject, row)
    return len(rows)
