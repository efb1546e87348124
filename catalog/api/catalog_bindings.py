"""What entries hold, on the wire: bindings by attribute id, in V2 and V3 (API behaviour, section 8)."""

from typing import Any

from rest_framework import serializers

from catalog.entry_reads import EntryRead, Value
from catalog.models import CatalogType
from incidentio.core.fields import Body, Text
from incidentio.core.times import rfc3339


class CatalogEngineParamBindingValuePayloadV3(Body):
    """A value."""

    literal = Text(required=False, allow_blank=True)


class CatalogEngineParamBindingPayloadV3(Body):
    """One value, or a list of them."""

    value = CatalogEngineParamBindingValuePayloadV3(required=False)
    array_value = serializers.ListField(child=CatalogEngineParamBindingValuePayloadV3(), required=False)


class CatalogEntryEngineParamBindingValueV3(serializers.Serializer[Any]):
    """A value, and how people call it: of a link, the name of what it leads to."""

    label = serializers.CharField()  # type: ignore[assignment]
    literal = serializers.CharField(required=False)


class CatalogEntryEngineParamBindingV3(serializers.Serializer[Any]):
    """One value, or a list of them."""

    value = CatalogEntryEngineParamBindingValueV3(required=False)
    array_value = serializers.ListField(child=CatalogEntryEngineParamBindingValueV3(), required=False)


class CatalogEntryReferenceV2(serializers.Serializer[Any]):
    """The entry a link leads to."""

    catalog_entry_id = serializers.CharField()
    catalog_entry_name = serializers.CharField()
    catalog_type_id = serializers.CharField()
    archived_at = serializers.DateTimeField(required=False)


class CatalogEntryEngineParamBindingValueV2(CatalogEntryEngineParamBindingValueV3):
    """A value as V2 has it."""

    sort_key = serializers.CharField()
    catalog_entry = CatalogEntryReferenceV2(required=False)
    helptext = serializers.CharField(required=False, help_text="Never there")
    image_url = serializers.CharField(required=False, help_text="Never there")
    is_image_slack_icon = serializers.BooleanField(required=False, help_text="Never there")
    reference = serializers.CharField(required=False, help_text="Never there")
    unavailable = serializers.BooleanField(required=False, help_text="Never there")
    value = serializers.CharField(required=False, help_text="Never there")


class CatalogEntryEngineParamBindingV2(serializers.Serializer[Any]):
    """One value, or a list of them."""

    value = CatalogEntryEngineParamBindingValueV2(required=False)
    array_value = serializers.ListField(child=CatalogEntryEngineParamBindingValueV2(), required=False)


def value_v3(value: Value) -> dict[str, Any]:
    """A value in V3."""
    return {"literal": value.literal, "label": value.label}


def value_v2(value: Value) -> dict[str, Any]:
    """A value in V2, which shows the entry of a link."""
    wire: dict[str, Any] = value_v3(value) | {"sort_key": value.label}
    if value.entry is not None:
        wire["catalog_entry"] = {
            "catalog_entry_id": value.entry.pk,
            "catalog_entry_name": value.entry.name,
            "catalog_type_id": value.entry.catalog_type_id,
        }
    return wire


def entry_wire(read: EntryRead, catalog_type: CatalogType, value: Any) -> dict[str, Any]:
    """An entry, its values rendered by `value`; empty ones are left out."""
    entry = read.entry
    arrays = {attribute["id"]: attribute["array"] for attribute in catalog_type.attributes}
    wire: dict[str, Any] = {
        "id": entry.pk,
        "catalog_type_id": entry.catalog_type_id,
        "name": entry.name,
        "aliases": read.aliases,
        "rank": entry.rank,
        "attribute_values": {
            pk: {"array_value": [value(one) for one in values]} if arrays[pk] else {"value": value(values[0])}
            for pk, values in read.values.items()
            if values
        },
        "created_at": rfc3339(entry.created_at),
        "updated_at": rfc3339(entry.updated_at),
    }
    if entry.external_id is not None:
        wire["external_id"] = entry.external_id
    return wire
