"""Reading what a step was told. What was left out is None, or an empty list."""

from collections.abc import Mapping
from datetime import datetime

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.models import User
from catalog.models import Word
from catalog.snapshot import active
from incidentio.core.ids import is_id
from incidents.changing import lock
from incidents.models import Incident
from incidents.people import PersonReference, find_people
from integrations.base import Args, Doing, Param, StepFailed
from integrations.types import INCIDENT, USER

INCIDENT_PARAM = Param("incident", "Incident", INCIDENT)
USERS = Param("users", "User(s)", USER, array=True, required=True)


def text_of(args: Args, name: str) -> str:
    """What was said for the parameter `name`; nothing if it was left out."""
    value = args.get(name)
    return "" if value is None else str(value)


def texts_of(args: Args, name: str) -> list[str]:
    """All that was said for the parameter `name`, without what says nothing."""
    return [str(value) for value in args.get(name) or () if value is not None and str(value).strip()]


def needed(args: Args, param: Param) -> str:
    """What was said for `param`.

    Raises:
        StepFailed: it was left out, or came to nothing.
    """
    text = text_of(args, param.name)
    if not text.strip():
        raise StepFailed(f"{param.label} is not set")
    return text


def all_needed(args: Args, param: Param) -> list[str]:
    """All that was said for `param`.

    Raises:
        StepFailed: nothing was.
    """
    texts = texts_of(args, param.name)
    if not texts:
        raise StepFailed(f"{param.label} is not set")
    return texts


def incident_id_of(doing: Doing, args: Args) -> str:
    """The id of the incident the step is about: the one named, else the run's.

    Raises:
        StepFailed: neither is there.
    """
    incident_id = text_of(args, INCIDENT_PARAM.name) or doing.incident_id
    if not incident_id:
        raise StepFailed("There is no incident to do this to: this run is about none, and the step names none")
    return incident_id


def incident_of(doing: Doing, args: Args) -> Incident:
    """The incident the step is about, locked until the transaction ends.

    Raises:
        StepFailed: the step is about none.
        NotFound: there is no such incident.
    """
    return lock(incident_id_of(doing, args))


def known_incident(doing: Doing, args: Args) -> Incident:
    """The incident the step is about, as it is now, for steps that change nothing about it.

    Raises:
        StepFailed: the step is about none, or there is no such incident.
    """
    incident_id = incident_id_of(doing, args)
    incident = Incident.objects.filter(pk=incident_id).first() if is_id(incident_id) else None
    if incident is None:
        raise StepFailed(f"There is no incident with the ID {incident_id[:100]!r}")
    return incident


def word[W: Word](words: Mapping[str, W], said: str, what: str) -> W:
    """The word of configuration with the id `said`, or called so.

    Raises:
        StepFailed: there is none, or it is archived.
    """
    offered = active(words.values())
    named = [row for row in offered if row.id == said] or [
        row for row in offered if row.name.casefold() == said.strip().casefold()
    ]
    if not named:
        raise StepFailed(f"There is no {what} {said[:100]!r}")
    return named[0]


def people_of(args: Args, param: Param) -> list[User]:
    """The active people that `param` names by their ids, each once.

    Raises:
        StepFailed: it names nobody.
        Invalid: one of them is not there.
    """
    ids = dict.fromkeys(all_needed(args, param))
    return find_people([PersonReference(param.name, id=pk) for pk in ids])


def moment_of(args: Args, name: str) -> datetime | None:
    """The time said for the parameter `name`; one without a zone is the installation's.

    Raises:
        StepFailed: it is no time.
    """
    said = args.get(name)
    if said is None or isinstance(said, datetime):
        return said
    try:
        moment = parse_datetime(str(said).strip())
    except ValueError:
        moment = None
    if moment is None:
        raise StepFailed(f"{str(said)[:60]!r} is not a time; send it as in 2024-12-02T14:03:00Z")
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def listed(names: list[str]) -> str:
    """Names as people list them: `Ada, Omar and Nora`."""
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
