"""Incident types: kinds of incidents; one of them is the default (API behaviour, section 7.6)."""

from catalog.models import CreateInTriage, IncidentType
from catalog.words import archive, change, check_name, configuring, make, renew
from events.actors import Actor
from incidentio.core.errors import Invalid

SUBJECT = "incident_type"


def create_type(
    actor: Actor,
    *,
    name: str,
    description: str,
    create_in_triage: str = CreateInTriage.OPTIONAL,
    private_incidents_only: bool = False,
) -> IncidentType:
    """A new type, which is not the default one.

    Raises:
        Invalid: the name is blank, too long or taken.
    """
    with configuring():
        kind = IncidentType(
            name=name,
            description=description,
            create_in_triage=create_in_triage,
            private_incidents_only=private_incidents_only,
        )
        check_name(kind, name)
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
        Invalid: the name is blank, too long or taken.
        NotFound: it was archived meanwhile.
    """
    with configuring():
        renew(kind, SUBJECT)
        check_name(kind, name)
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
    """Make `kind` what an incident is of when nobody says.

    Raises:
        NotFound: it was archived meanwhile.
    """
    with configuring():
        renew(kind, SUBJECT)
        for former in IncidentType.objects.active().filter(is_default=True).exclude(pk=kind.pk):
            change(actor, SUBJECT, former, is_default=False)
        change(actor, SUBJECT, kind, is_default=True)


def archive_type(actor: Actor, kind: IncidentType) -> None:
    """Take a type out of use; incidents of it keep it.

    Raises:
        Invalid: it is the default.
        NotFound: it was archived meanwhile.
    """
    with configuring():
        renew(kind, SUBJECT)
        if kind.is_default:
            raise Invalid("in_use", f"{kind.name!r} is the default type; make another one the default first")
        archive(actor, SUBJECT, kind)
