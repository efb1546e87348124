"""What an incident is called, what its custom fields say, and when its moments were."""

from datetime import UTC
from typing import Any

from catalog.custom_field_values import CATALOG_KEY, VALUE_KEY
from catalog.models import CatalogEntry, CustomField, FieldType
from catalog.snapshot import Snapshot
from incidentio.core.vocabulary import STRING
from incidents.edit import Edit, edit_incident
from incidents.models import CustomFieldValue
from integrations.base import Args, Doing, Param, Step, StepFailed
from integrations.types import CUSTOM_FIELD, INCIDENT_TIMESTAMP, TEMPLATED_TEXT, TIMESTAMP
from workflows.steps.arguments import (
    INCIDENT_PARAM,
    incident_id_of,
    listed,
    moment_of,
    needed,
    texts_of,
    word,
)

LONGEST_NAME = 500
_FIELD = Param("custom_field", "Custom field", CUSTOM_FIELD, required=True)
_TIMESTAMP = Param("timestamp", "Timestamp", INCIDENT_TIMESTAMP, required=True)
_NAME = Param("name", "Name", TEMPLATED_TEXT, required=True)


def _rename(doing: Doing, args: Args) -> str:
    name = " ".join(needed(args, _NAME).split())
    if len(name) > LONGEST_NAME:
        raise StepFailed(f"A name may have {LONGEST_NAME} characters; this one has {len(name)}")
    edit_incident(doing.actor, incident_id_of(doing, args), Edit(name=name), doing.words)
    return f"Renamed the incident to {name}"


def _set_custom_field(doing: Doing, args: Args) -> str:
    field = word(doing.words.fields, needed(args, _FIELD), "custom field")
    values = [_value(doing.words, field, said) for said in texts_of(args, "values")]
    incident_id = incident_id_of(doing, args)
    edit = Edit(custom_field_entries=[{"custom_field_id": field.id, "values": values}])
    edit_incident(doing.actor, incident_id, edit, doing.words)
    if not values:
        return f"Cleared {field.name}"
    return f"Set {field.name} to {listed(_labels(doing.words, incident_id, field))}"


def _value(words: Snapshot, field: CustomField, said: str) -> dict[str, Any]:
    """What was said, as the wire has it; options may be called by their names."""
    if field.catalog_type_id is not None:
        return {CATALOG_KEY: said}
    key = VALUE_KEY[FieldType(field.field_type)]
    if key == VALUE_KEY[FieldType.SINGLE_SELECT]:
        options = words.options_of.get(field.id, [])
        called = [option.id for option in options if option.value.casefold() == said.strip().casefold()]
        known = any(option.id == said for option in options)
        return {key: called[0] if called and not known else said}
    return {key: said}


def _labels(words: Snapshot, incident_id: str, field: CustomField) -> list[str]:
    """What people call the values the field has now."""
    rows = CustomFieldValue.objects.filter(incident_id=incident_id, custom_field=field).order_by("id")
    entry_ids = [row.value_catalog_entry_id for row in rows if row.value_catalog_entry_id]
    entries = dict(CatalogEntry.objects.filter(pk__in=entry_ids).values_list("pk", "name"))
    return [_label(words, entries, row)[:200] for row in rows]


def _label(words: Snapshot, entries: dict[str, str], row: CustomFieldValue) -> str:
    if row.value_option_id is not None:
        return words.options[row.value_option_id].value
    if row.value_catalog_entry_id is not None:
        return entries[row.value_catalog_entry_id]
    return row.value_text or row.value_link or row.value_numeric or ""


def _set_timestamp(doing: Doing, args: Args) -> str:
    stamp = word(doing.words.timestamps, needed(args, _TIMESTAMP), "timestamp")
    moment = moment_of(args, "value") or doing.now
    edit = Edit(incident_timestamp_values=[{"incident_timestamp_id": stamp.id, "value": moment}])
    edit_incident(doing.actor, incident_id_of(doing, args), edit, doing.words)
    return f"Set {stamp.name} to {moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


RENAME = Step("incident.rename", "Rename incident", (INCIDENT_PARAM, _NAME), do=_rename)
SET_CUSTOM_FIELD = Step(
    "incident.set_custom_field",
    "Set custom field",
    (INCIDENT_PARAM, _FIELD, Param("values", "Value(s)", STRING, array=True)),
    do=_set_custom_field,
)
SET_TIMESTAMP = Step(
    "incident.set_timestamp",
    "Set timestamp",
    (INCIDENT_PARAM, _TIMESTAMP, Param("value", "Time", TIMESTAMP)),
    do=_set_timestamp,
)
