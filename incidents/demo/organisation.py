"""The people, teams, keys and words of the demo's company. What is there already is used as it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import OrganisationRole, Team, User
from accounts.users import create_user
from apikeys.keys import issue
from apikeys.models import ApiKey
from catalog.custom_fields import create_custom_field, create_option
from catalog.defaults import seed_defaults
from catalog.incident_roles import create_role
from catalog.incident_types import create_type
from catalog.models import CustomField, FieldType, IncidentRole, IncidentType
from catalog.teams import create_team
from events.actors import Actor
from incidents.demo.stories import CAUSES, SERVICES

DOMAIN = "brightcart.example"
TEAMS: dict[str, tuple[str, ...]] = {
    "Checkout and payments": ("Amara Okafor", "Jonas Weber", "Mei Tanaka", "Luca Moretti"),
    "Search and catalogue": ("Ingrid Halvorsen", "Rafael Costa", "Priya Raman"),
    "Platform": ("Tomasz Nowak", "Sofia Lindqvist", "Daniel Osei", "Hannah Fischer"),
    "Mobile": ("Chloe Martin", "Yusuf Demir"),
    "Customer support": ("Grace Kim", "Oliver Bennett", "Fatima Zahra"),
    "Security": ("Viktor Petrov", "Leila Haddad"),
}
ADMINISTRATORS = ("Sofia Lindqvist", "Viktor Petrov")
ADVISERS = ("Customer support",)
KEYS = ("Datadog", "Zendesk", "Prometheus")
DETECTED_BY = ("Monitoring", "Customer", "Employee", "Partner")


@dataclass(frozen=True)
class Organisation:
    """Who and what the stories need."""

    responders: Sequence[User]
    advisers: Sequence[User]
    guards: Sequence[User]
    teams: Sequence[Team]
    keys: dict[str, Actor]
    communications: IncidentRole
    security: IncidentType
    fields: dict[str, CustomField]
    options: dict[str, dict[str, str]]


def build(actor: Actor) -> Organisation:
    """Make whatever of the organisation is not there yet; call inside a transaction.

    Raises:
        Invalid: a custom field of the same name and another type is in the way.
    """
    seed_defaults(actor)
    people = {name: _person(actor, name) for members in TEAMS.values() for name in members}
    teams = [_team(actor, name, [people[member] for member in members]) for name, members in TEAMS.items()]
    fields = {
        "services": _field(actor, "Affected services", FieldType.MULTI_SELECT, "What does not work as it should."),
        "cause": _field(actor, "Cause", FieldType.SINGLE_SELECT, "The kind of cause, as far as we know."),
        "detected": _field(actor, "Detected by", FieldType.SINGLE_SELECT, "Who noticed first."),
        "merchants": _field(actor, "Merchants affected", FieldType.NUMERIC, "An estimate is enough."),
        "ticket": _field(actor, "Support ticket", FieldType.LINK, "The first ticket about it."),
    }
    offered = {"services": SERVICES, "cause": CAUSES, "detected": DETECTED_BY}
    return Organisation(
        responders=[person for team, names in TEAMS.items() if team not in ADVISERS for person in _of(people, names)],
        advisers=[person for team in ADVISERS for person in _of(people, TEAMS[team])],
        guards=_of(people, TEAMS["Security"]),
        teams=teams,
        keys={name: _key(actor, name) for name in KEYS},
        communications=_communications(actor),
        security=_security(actor),
        fields=fields,
        options={name: _options(actor, fields[name], values) for name, values in offered.items()},
    )


def _of(people: dict[str, User], names: Sequence[str]) -> list[User]:
    return [people[name] for name in names]


def _person(actor: Actor, name: str) -> User:
    email = f"{name.lower().replace(' ', '.')}@{DOMAIN}"
    role = OrganisationRole.ADMINISTRATOR if name in ADMINISTRATORS else OrganisationRole.RESPONDER
    known = User.objects.filter(email=email).first()
    return known or create_user(actor, email=email, name=name, role=role)


def _team(actor: Actor, name: str, members: Sequence[User]) -> Team:
    return Team.objects.filter(name=name).first() or create_team(actor, name=name, members=members)


def _key(actor: Actor, name: str) -> Actor:
    """A key that declares incidents. Its token is shown to nobody: rotate the key to use it."""
    known = ApiKey.objects.filter(name=name, revoked_at=None).first()
    return (known or issue(actor, name=name, roles=["viewer", "incident_creator"]).key).actor


def _communications(actor: Actor) -> IncidentRole:
    name = "Communications Lead"
    known = IncidentRole.objects.active().filter(name=name).first()
    return known or create_role(
        actor,
        name=name,
        description="Keeps customers, support and management informed.",
        instructions="Agree with the lead on what may be said, and say it at least every half hour.",
        shortform="comms",
    )


def _security(actor: Actor) -> IncidentType:
    name = "Security"
    known = IncidentType.objects.active().filter(name=name).first()
    return known or create_type(
        actor,
        name=name,
        description="Leaks, intrusions and abuse; only members can see them.",
        private_incidents_only=True,
    )


def _field(actor: Actor, name: str, field_type: str, description: str) -> CustomField:
    known = CustomField.objects.active().filter(name=name, field_type=field_type).first()
    return known or create_custom_field(
        actor, name=name, description=description, field_type=field_type, show_before_update=True
    )


def _options(actor: Actor, field: CustomField, values: Sequence[str]) -> dict[str, str]:
    """The ids of the options by their value."""
    known = {option.value: option.id for option in field.options.active()}
    for place, value in enumerate(values):
        if value not in known:
            known[value] = create_option(actor, field, value=value, sort_key=10 * (place + 1)).id
    return known
