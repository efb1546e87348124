"""Finding what a request refers to: words of configuration, people and values; every mistake is told at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from accounts.models import User
from catalog.custom_field_values import Choices, TypedValue, entries_named, typed_values
from catalog.models import IncidentStatus, IncidentType, Severity
from catalog.snapshot import Snapshot
from incidentio.core.errors import Gather, Invalid
from incidents.people import PersonReference, find_people


def choose[W: (IncidentType, IncidentStatus, Severity)](words: dict[str, W], pk: str, what: str, pointer: str) -> W:
    """The word with the id `pk`, unless it is archived.

    Raises:
        Invalid: there is none.
    """
    word = words.get(pk)
    if word is None or word.archived_at is not None:
        raise Invalid("not_found", f"There is no {what} with the ID {pk!r}", pointer)
    return word


def find_values(entries: Sequence[dict[str, Any]], words: Snapshot) -> list[tuple[str, TypedValue]]:
    """The typed values of wire `entries`, each with its field's id; all mistakes are told at once.

    Raises:
        Invalid: an unknown field, a field twice, or a value its field does not allow.
    """
    problems, values, seen = Gather(), list[tuple[str, TypedValue]](), set[str]()
    known = [(field, entry["values"]) for entry in entries if (field := words.fields.get(entry["custom_field_id"]))]
    choices = Choices(words.options, entries_named(known))
    for index, entry in enumerate(entries):
        pointer, field_id = f"custom_field_entries.{index}", entry["custom_field_id"]
        with problems:
            custom_field = words.fields.get(field_id)
            if custom_field is None or custom_field.archived_at is not None:
                raise Invalid(
                    "not_found",
                    f"There is no custom field with the ID {field_id!r}",
                    f"{pointer}.custom_field_id",
                )
            if field_id in seen:
                raise Invalid(
                    "invalid_value",
                    "This custom field stands twice; send it once",
                    f"{pointer}.custom_field_id",
                )
            seen.add(field_id)
            found = typed_values(custom_field, choices, entry["values"], f"{pointer}.values")
            values += [(field_id, value) for value in found]
    problems.raise_if_any()
    return values


def find_assignments(assignments: Sequence[dict[str, Any]], words: Snapshot) -> list[tuple[str, User]]:
    """Who plays which role, from the wire's assignments.

    Raises:
        Invalid: an unknown role, a role twice, or nobody of that reference.
    """
    roles, references = [], []
    for index, assignment in enumerate(assignments):
        pointer, role_id = f"incident_role_assignments.{index}", assignment["incident_role_id"]
        role = words.roles.get(role_id)
        if role is None or role.archived_at is not None:
            raise Invalid(
                "not_found",
                f"There is no incident role with the ID {role_id!r}",
                f"{pointer}.incident_role_id",
            )
        if role_id in roles:
            raise Invalid("invalid_value", "This role stands twice; send it once", f"{pointer}.incident_role_id")
        if assignment.get("assignee"):
            roles.append(role_id)
            references.append(PersonReference(f"{pointer}.assignee", **assignment["assignee"]))
    return list(zip(roles, find_people(references), strict=True))


def find_timestamps(values: Sequence[dict[str, Any]], words: Snapshot) -> dict[str, datetime]:
    """The times of the wire's timestamp values by timestamp id; those without a value are left out.

    Raises:
        Invalid: an unknown timestamp, or one twice.
    """
    seen = set[str]()
    for index, entry in enumerate(values):
        known = words.timestamps.get(entry["incident_timestamp_id"])
        if known is None or known.archived_at is not None:
            pointer = f"incident_timestamp_values.{index}.incident_timestamp_id"
            raise Invalid(
                "not_found",
                f"There is no incident timestamp with the ID {entry['incident_timestamp_id']!r}",
                pointer,
            )
        if known.id in seen:
            pointer = f"incident_timestamp_values.{index}.incident_timestamp_id"
            raise Invalid("invalid_value", "This timestamp stands twice; send it once", pointer)
        seen.add(known.id)
    return {entry["incident_timestamp_id"]: entry["value"] for entry in values if entry.get("value")}
