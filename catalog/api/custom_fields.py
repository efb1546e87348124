"""Custom fields on the wire (API behaviour, section 7.3)."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch, QuerySet
from rest_framework import serializers
from rest_framework.request import Request

from apikeys.authentication import caller_of
from catalog.api.custom_field_options import CustomFieldOptionV1, custom_field_option_v1
from catalog.custom_fields import archive_custom_field, create_custom_field, update_custom_field
from catalog.models import CustomField, CustomFieldOption, FieldType, Required
from incidentio.core.errors import Invalid
from incidentio.core.fields import Body, Choice, Flag, Id, Text
from incidentio.core.lookup import get_or_404
from incidentio.core.times import rfc3339
from incidentio.core.views import ResourceViewSet, operation

# `required` is the older name of the same setting: what one calls closure the other calls resolution.
OLD_REQUIRED = {Required.NEVER: "never", Required.BEFORE_RESOLUTION: "before_closure", Required.ALWAYS: "always"}
FROM_OLD_REQUIRED = {old: str(new) for new, old in OLD_REQUIRED.items()}
CHOOSING = ("filter_by", "fixed_filter", "group_by_catalog_attribute_id", "helptext_catalog_attribute_id")
SETTINGS = ("show_before_creation", "show_before_closure", "show_before_update", "show_in_announcement_post")


class CustomFieldFilterByOptionsV2(Body):
    """Only entries whose attribute has what was chosen in the other field."""

    custom_field_id = Id()
    catalog_attribute_id = Text(max_length=200)


class CustomFieldFixedFilterOptionsV2(Body):
    """Only entries whose attribute has one of these values."""

    catalog_attribute_id = Text(max_length=200)
    values = serializers.ListField(child=Text(max_length=500), max_length=1000)


class CustomFieldV2(serializers.Serializer[Any]):
    """What a team wants to know of every incident."""

    id = serializers.CharField()
    name = serializers.CharField(max_length=50)
    description = serializers.CharField()
    field_type = serializers.ChoiceField(choices=FieldType.values)
    catalog_type_id = serializers.CharField(required=False)
    filter_by = CustomFieldFilterByOptionsV2(required=False)
    fixed_filter = CustomFieldFixedFilterOptionsV2(required=False)
    group_by_catalog_attribute_id = serializers.CharField(required=False)
    helptext_catalog_attribute_id = serializers.CharField(required=False)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class CustomFieldV1(serializers.Serializer[Any]):
    """What a team wants to know of every incident."""

    id = serializers.CharField()
    name = serializers.CharField(max_length=50)
    description = serializers.CharField()
    field_type = serializers.ChoiceField(choices=FieldType.values)
    catalog_type_id = serializers.CharField(required=False)
    options = CustomFieldOptionV1(many=True)
    required = serializers.ChoiceField(choices=list(FROM_OLD_REQUIRED), required=False)  # type: ignore[assignment]
    required_v2 = serializers.ChoiceField(choices=Required.values, required=False)
    show_before_creation = serializers.BooleanField()
    show_before_closure = serializers.BooleanField()
    show_before_update = serializers.BooleanField()
    show_in_announcement_post = serializers.BooleanField(required=False)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class CustomFieldsUpdatePayloadV1(Body):
    """A custom field as it shall be; its type stays."""

    name = Text(max_length=50)
    description = Text(allow_blank=True, max_length=10_000)
    required = Choice(required=False, choices=list(FROM_OLD_REQUIRED))  # type: ignore[assignment]
    required_v2 = Choice(required=False, choices=Required.values)
    show_before_creation = Flag()
    show_before_closure = Flag()
    show_before_update = Flag()
    show_in_announcement_post = Flag(required=False)


class CustomFieldsCreatePayloadV1(CustomFieldsUpdatePayloadV1):
    """A custom field to make."""

    field_type = Choice(choices=FieldType.values)


class CustomFieldsUpdatePayloadV2(Body):
    """A custom field as it shall be; its types stay, and filters that are left out are cleared."""

    name = Text(max_length=50)
    description = Text(allow_blank=True, max_length=10_000)
    filter_by = CustomFieldFilterByOptionsV2(required=False)
    fixed_filter = CustomFieldFixedFilterOptionsV2(required=False)
    group_by_catalog_attribute_id = Text(required=False, max_length=200)
    helptext_catalog_attribute_id = Text(required=False, max_length=200)


class CustomFieldsCreatePayloadV2(CustomFieldsUpdatePayloadV2):
    """A custom field to make."""

    field_type = Choice(choices=FieldType.values)
    catalog_type_id = Id(required=False)


class CustomFieldsListResultV2(serializers.Serializer[Any]):
    """All custom fields."""

    custom_fields = CustomFieldV2(many=True)


class CustomFieldsShowResultV2(serializers.Serializer[Any]):
    """One custom field."""

    custom_field = CustomFieldV2()


class CustomFieldsListResultV1(serializers.Serializer[Any]):
    """All custom fields."""

    custom_fields = CustomFieldV1(many=True)


class CustomFieldsShowResultV1(serializers.Serializer[Any]):
    """One custom field."""

    custom_field = CustomFieldV1()


def custom_field_type_info_v1(row: CustomField, options: Iterable[CustomFieldOption]) -> dict[str, Any]:
    """A field as incidents embed it, with the options it offers."""
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "field_type": row.field_type,
        "options": [custom_field_option_v1(option) for option in options],
    }


def _backing(row: CustomField) -> dict[str, str]:
    return {"catalog_type_id": row.catalog_type_id} if row.catalog_type_id is not None else {}


def custom_field_v2(row: CustomField) -> dict[str, Any]:
    """A field on the wire; what does not apply is left out."""
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "field_type": row.field_type,
        **_backing(row),
        **{name: value for name in CHOOSING if (value := getattr(row, name))},
        "created_at": rfc3339(row.created_at),
        "updated_at": rfc3339(row.updated_at),
    }


def custom_field_v1(row: CustomField, options: Iterable[CustomFieldOption]) -> dict[str, Any]:
    """A field on the wire of V1."""
    return (
        custom_field_type_info_v1(row, options)
        | _backing(row)
        | {
            "required": OLD_REQUIRED[Required(row.required)],
            "required_v2": row.required,
            **{name: getattr(row, name) for name in SETTINGS},
            "created_at": rfc3339(row.created_at),
            "updated_at": rfc3339(row.updated_at),
        }
    )


def columns_of(body: dict[str, Any]) -> dict[str, Any]:
    """A V1 body in the hub's words.

    Raises:
        Invalid: `required` and `required_v2` contradict each other.
    """
    columns = {name: value for name, value in body.items() if name not in ("required", "required_v2")}
    old, new = FROM_OLD_REQUIRED.get(body.get("required", "")), body.get("required_v2")
    if old and new and old != new:
        raise Invalid("invalid_value", "`required` and `required_v2` contradict each other; send one", "required_v2")
    return columns | ({"required": new or old} if new or old else {})


def _with_options() -> "QuerySet[CustomField]":
    offered = CustomFieldOption.objects.active().order_by("sort_key", "value")
    rows: QuerySet[CustomField] = CustomField.objects.active().prefetch_related(Prefetch("options", offered))
    return rows.order_by("id")


def choosing_of(body: dict[str, Any]) -> dict[str, Any]:
    """Which entries a field shall offer, from a V2 body; what it leaves out is cleared."""
    return {"filter_by": body.get("filter_by"), "fixed_filter": body.get("fixed_filter")} | {
        name: body.get(name, "") for name in CHOOSING[2:]
    }


def _find(pk: str) -> CustomField:
    row: CustomField = get_or_404(CustomField.objects.active(), pk, "custom field")
    return row


class CustomFieldsV2(ResourceViewSet):
    """What a team wants to know of every incident."""

    @operation("Custom Fields V2#List", scope="custom_fields.view", answer=CustomFieldsListResultV2)
    def list(self, request: Request) -> dict[str, Any]:
        return {"custom_fields": [custom_field_v2(row) for row in CustomField.objects.active().order_by("id")]}

    @operation(
        "Custom Fields V2#Create",
        scope="organisation_settings.update",
        body=CustomFieldsCreatePayloadV2,
        answer=CustomFieldsShowResultV2,
        status=201,
    )
    def create(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        return {"custom_field": custom_field_v2(create_custom_field(caller_of(request).actor, **body))}

    @operation("Custom Fields V2#Show", scope="custom_fields.view", answer=CustomFieldsShowResultV2)
    def retrieve(self, request: Request, pk: str) -> dict[str, Any]:
        return {"custom_field": custom_field_v2(_find(pk))}

    @operation(
        "Custom Fields V2#Update",
        scope="organisation_settings.update",
        body=CustomFieldsUpdatePayloadV2,
        answer=CustomFieldsShowResultV2,
    )
    def update(self, request: Request, pk: str, body: dict[str, Any]) -> dict[str, Any]:
        words = {"name": body["name"], "description": body["description"]}
        row = update_custom_field(caller_of(request).actor, _find(pk), **words, **choosing_of(body))
        return {"custom_field": custom_field_v2(row)}

    @operation("Custom Fields V2#Delete", scope="organisation_settings.update", status=204)
    def destroy(self, request: Request, pk: str) -> None:
        archive_custom_field(caller_of(request).actor, _find(pk))


class CustomFieldsV1(ResourceViewSet):
    """What a team wants to know of every incident, in the words of V1."""

    @operation("Custom Fields V1#List", scope="custom_fields.view", answer=CustomFieldsListResultV1, deprecated=True)
    def list(self, request: Request) -> dict[str, Any]:
        return {"custom_fields": [custom_field_v1(row, row.options.all()) for row in _with_options()]}

    @operation(
        "Custom Fields V1#Create",
        scope="organisation_settings.update",
        body=CustomFieldsCreatePayloadV1,
        answer=CustomFieldsShowResultV1,
        status=201,
        deprecated=True,
    )
    def create(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        return {"custom_field": custom_field_v1(create_custom_field(caller_of(request).actor, **columns_of(body)), [])}

    @operation("Custom Fields V1#Show", scope="custom_fields.view", answer=CustomFieldsShowResultV1, deprecated=True)
    def retrieve(self, request: Request, pk: str) -> dict[str, Any]:
        return self._show(pk)

    @operation(
        "Custom Fields V1#Update",
        scope="organisation_settings.update",
        body=CustomFieldsUpdatePayloadV1,
        answer=CustomFieldsShowResultV1,
        deprecated=True,
    )
    def update(self, request: Request, pk: str, body: dict[str, Any]) -> dict[str, Any]:
        update_custom_field(caller_of(request).actor, _find(pk), **columns_of(body))
        return self._show(pk)

    @operation("Custom Fields V1#Delete", scope="organisation_settings.update", status=204, deprecated=True)
    def destroy(self, request: Request, pk: str) -> None:
        archive_custom_field(caller_of(request).actor, _find(pk))

    def _show(self, pk: str) -> dict[str, Any]:
        row = get_or_404(_with_options(), pk, "custom field")
        return {"custom_field": custom_field_v1(row, row.options.all())}
