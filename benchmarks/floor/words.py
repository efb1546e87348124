"""Configuration, rendered once per configuration version and spliced into answers as bytes."""

import os
from dataclasses import dataclass, field
from typing import Any

import orjson
import psycopg

BASE = os.environ["PUBLIC_URL"]
Words = dict[str, orjson.Fragment]
LITERALS = {"text": "value_text", "link": "value_link", "numeric": "value_numeric"}


def fragment(data: object) -> orjson.Fragment:
    return orjson.Fragment(orjson.dumps(data))


def _wire(text: str) -> str:
    return f"{text[:10]}T{text[11:19]}{text[19:-3] or '.'}".ljust(26, "0") + "Z"


@dataclass
class Configuration:
    """The words of one version."""

    version: int
    severities: Words = field(default_factory=dict)
    types: Words = field(default_factory=dict)
    options: Words = field(default_factory=dict)
    order: dict[str, int] = field(default_factory=dict)
    fields: Words = field(default_factory=dict)
    empty_fields: Words = field(default_factory=dict)
    literals: dict[str, str] = field(default_factory=dict)
    roles: Words = field(default_factory=dict)
    empty_roles: Words = field(default_factory=dict)
    stamps: dict[str, str] = field(default_factory=dict)
    empty_stamps: Words = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    reported_id: str = ""
    accepted_id: str = ""


def load(connection: psycopg.Connection[Any], version: int) -> Configuration:
    """Read the words of `version`."""
    words = Configuration(version)
    _load_plain(connection, words)
    _load_fields(connection, words)
    _load_stamps(connection, words)
    return words


def _load_plain(connection: psycopg.Connection[Any], words: Configuration) -> None:
    times = "created_at::text, updated_at::text"
    for pk, name, description, rank, *moments in connection.execute(
        f"SELECT id, name, description, rank, {times} FROM catalog_severity ORDER BY rank"
    ):
        made, moved = map(_wire, moments)
        words.severities[pk] = fragment(
            {"id": pk, "name": name, "description": description, "rank": rank, "created_at": made, "updated_at": moved}
        )
    columns = ("id", "name", "description", "is_default", "create_in_triage", "private_incidents_only")
    for *values, made, moved in connection.execute(f"SELECT {', '.join(columns)}, {times} FROM catalog_incidenttype"):
        wire = dict(zip(columns, values, strict=True)) | {"created_at": _wire(made), "updated_at": _wire(moved)}
        words.types[values[0]] = fragment(wire)
    columns = ("id", "name", "description", "instructions", "shortform", "role_type")
    for *values, made, moved in connection.execute(
        f"SELECT {', '.join(columns)}, {times} FROM catalog_incidentrole ORDER BY id"
    ):
        wire = dict(zip(columns, values, strict=True)) | {"created_at": _wire(made), "updated_at": _wire(moved)}
        words.roles[values[0]] = fragment(wire | {"required": False})
        words.empty_roles[values[0]] = fragment({"role": words.roles[values[0]]})


def _load_fields(connection: psycopg.Connection[Any], words: Configuration) -> None:
    options: dict[str, list[orjson.Fragment]] = {}
    for pk, field_id, value, sort_key in connection.execute(
        "SELECT id, custom_field_id, value, sort_key FROM catalog_customfieldoption ORDER BY sort_key, value"
    ):
        words.options[pk] = fragment({"id": pk, "custom_field_id": field_id, "value": value, "sort_key": sort_key})
        words.order[pk] = len(words.order)
        options.setdefault(field_id, []).append(words.options[pk])
    for pk, name, description, kind in connection.execute(
        "SELECT id, name, description, field_type FROM catalog_customfield ORDER BY id"
    ):
        told = {"id": pk, "name": name, "description": description, "field_type": kind, "options": options.get(pk, [])}
        words.fields[pk] = fragment(told)
        words.empty_fields[pk] = fragment({"custom_field": told, "values": []})
        words.literals[pk] = LITERALS.get(kind, "")


def _load_stamps(connection: psycopg.Connection[Any], words: Configuration) -> None:
    for pk, name, set_on in connection.execute("SELECT id, name, set_on FROM catalog_incidenttimestamp ORDER BY rank"):
        words.stamps[pk] = name.lower().replace(" ", "_")
        words.empty_stamps[pk] = fragment({"name": words.stamps[pk]})
        words.reported_id = pk if set_on == "reported" else words.reported_id
        words.accepted_id = pk if set_on == "accepted" else words.accepted_id
    closed = {"triage": "triage", "learning": "closed", "closed": "closed", "paused": "closed"}
    for pk, name, category in connection.execute("SELECT id, name, category FROM catalog_incidentstatus"):
        words.statuses[pk] = name.lower() if category == "live" else closed.get(category, "declined")


@dataclass
class Session:
    """A request whose key was found: where it reads, in which words, and who asks."""

    connection: psycopg.Connection[Any]
    words: Configuration
    key_id: str
    key_name: str
