"""Incident types: kinds of incidents; one of them is the default (API behaviour, section 7.6)."""

from catalog.models import IncidentType
from catalog.words import archive, change, configuring, make
from events.actors import Actor
from incidentio.core.errors import Invalid

SUBJECT = "incident_type"


def _taken(name: str) -> str:
    return f"There already is an incident type called {name!r}; choose another name"


def create_type(
    actor: Actor,
    *,
    name: str,
    description: str,
    create_in_triage: str = "optional",
    private_incidents_only: bool = False,
) -> IncidentType:
    """A new type; the first one is the default.

    Raises:
        Invalid: the name is taken.
    """
    with configuring(_taken(name)):
        kind = IncidentType(
            name=name,
            description=description,
            create_in_triage=create_in_triage,
            private_incidents_only=private_incidents_only,
            is_default=not IncidentType.objects.active().filter(is_default=True).exists(),
        )
        return make(actor, SUBJECT, kind)


def update_type(
    actor: Actor,
    kind: IncidentType,
    *,
    name: str,
    description: str,
    create_in_triage: str,
    private_incidents_only: bool,
) -> IncidentType:
    """Change a type.

    Raises:
        Invalid: the name is taken.
    """
    with configuring(_taken(name)):
        kind.refresh_from_db()
        return change(
            actor,
            SUBJECT,
            kind,
            name=name,
            description=description,
            create_in_triage=create_in_triage,
            private_incidents_only=private_incidents_only,
        )


def make_default(actor: Actor, kind: IncidentType) -> None:
    """Make `kind` what an incident is of when nobody says."""
    with configuring("It changed meanwhile; try again"):
        for former in IncidentType.objects.active().filter(is_default=True).exclude(pk=kind.pk):
            change(actor, SUBJECT, former, is_default=False)
        change(actor, SUBJECT, kind, is_default=True)


def archive_type(actor: Actor, kind: IncidentType) -> None:
    """Take a type out of use; incidents of it keep it.

    Raises:
        Invalid: it is the default.
    """
    with configuring("It changed meanwhile; try again"):
        kind.refresh_from_db()
        if kind.is_default:
            raise Invalid("in_use", f"{kind.name!r} is the default type; make another one the default first", "id")
        archive(actor, SUBJECT, kind)
