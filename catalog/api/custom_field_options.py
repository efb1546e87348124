"""Custom field options on the wire (API behaviour, section 7.4)."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from apikeys.authentication import caller_of
from catalog.custom_fields import archive_option, create_option, update_option
from catalog.models import CustomField, CustomFieldOption
from incidentio.core.errors import Invalid
from incidentio.core.fields import Body, Id, Text, Whole
from incidentio.core.lookup import get_or_404
from incidentio.core.pagination import PaginationMeta, page_query, pagination_meta
from incidentio.core.views import ResourceViewSet, operation


class CustomFieldOptionV1(serializers.Serializer[Any]):
    """A choice of a select field."""

    id = serializers.CharField()
    custom_field_id = serializers.CharField()
    value = serializers.CharField()
    sort_key = serializers.IntegerField(default=1000)


class CustomFieldOptionsCreatePayloadV1(Body):
    """An option to make."""

    custom_field_id = Id()
    value = Text(max_length=500)
    sort_key = Whole(required=False)


class CustomFieldOptionsUpdatePayloadV1(Body):
    """An option as it shall be."""

    value = Text(max_length=500)
    sort_key = Whole()


class CustomFieldOptionsListQueryV1(serializers.Serializer[Any]):
    """Whose options, and which page of them."""

    custom_field_id = serializers.CharField()
    page_size = page_query(250)["page_size"]
    after = page_query(250)["after"]


class CustomFieldOptionsListResultV1(serializers.Serializer[Any]):
    """A page of a field's options, in the order they were made."""

    custom_field_options = CustomFieldOptionV1(many=True)
    pagination_meta = PaginationMeta()


class CustomFieldOptionsShowResultV1(serializers.Serializer[Any]):
    """One option."""

    custom_field_option = CustomFieldOptionV1()


def custom_field_option_v1(row: CustomFieldOption) -> dict[str, Any]:
    """An option on the wire."""
    return {"id": row.id, "custom_field_id": row.custom_field_id, "value": row.value, "sort_key": row.sort_key}


class CustomFieldOptionsV1(ResourceViewSet):
    """The choices of select fields."""

    @operation(
        "Custom Field Options V1#List",
        scope="custom_fields.view",
        query=CustomFieldOptionsListQueryV1,
        answer=CustomFieldOptionsListResultV1,
    )
    def list(self, request: Request, query: dict[str, Any]) -> dict[str, Any]:
        fields = CustomField.objects.active()
        custom_field = get_or_404(fields, query["custom_field_id"], "custom field", "custom_field_id")
        rows = CustomFieldOption.objects.active().filter(custom_field=custom_field).order_by("id")
        if "after" in query:
            rows = rows.filter(id__gt=query["after"])
        page = list(rows[: query["page_size"] + 1])
        return {
            "custom_field_options": [custom_field_option_v1(row) for row in page[: query["page_size"]]],
            "pagination_meta": pagination_meta(page, query["page_size"], lambda row: row.id),
        }

    @operation(
        "Custom Field Options V1#Create",
        scope="organisation_settings.update",
        body=CustomFieldOptionsCreatePayloadV1,
        answer=CustomFieldOptionsShowResultV1,
        status=201,
    )
    def create(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        field_id = body.pop("custom_field_id")
        custom_field = CustomField.objects.active().filter(pk=field_id).first()
        if custom_field is None:
            raise Invalid("not_found", f"There is no custom field with the ID {field_id!r}", "custom_field_id")
        option = create_option(caller_of(request).actor, custom_field, **body)
        return {"custom_field_option": custom_field_option_v1(option)}

    @operation("Custom Field Options V1#Show", scope="custom_fields.view", answer=CustomFieldOptionsShowResultV1)
    def retrieve(self, request: Request, pk: str) -> dict[str, Any]:
        return {"custom_field_option": custom_field_option_v1(self._find(pk))}

    @operation(
        "Custom Field Options V1#Update",
        scope="organisation_settings.update",
        body=CustomFieldOptionsUpdatePayloadV1,
        answer=CustomFieldOptionsShowResultV1,
    )
    def update(self, request: Request, pk: str, body: dict[str, Any]) -> dict[str, Any]:
        option = update_option(caller_of(request).actor, self._find(pk), **body)
        return {"custom_field_option": custom_field_option_v1(option)}

    @operation("Custom Field Options V1#Delete", scope="organisation_settings.update", status=204)
    def destroy(self, request: Request, pk: str) -> None:
        archive_option(caller_of(request).actor, self._find(pk))

    def _find(self, pk: str) -> CustomFieldOption:
        rows = CustomFieldOption.objects.active().filter(custom_field__archived_at=None)
        row: CustomFieldOption = get_or_404(rows, pk, "custom field option")
        return row
