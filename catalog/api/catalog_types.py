"""Types of the service catalog on the wire (API behaviour, section 8).

V3 says apart whether the API or the dashboard writes an attribute; V2 calls both `manual`.
"""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from apikeys.authentication import caller_of
from catalog.delegation import check_may, find_type, viewable
from catalog.models import CatalogType
from catalog.schemas import Mode, path_names
from catalog.types import archive_type, create_type, update_schema, update_type
from incidentio.core.fields import Body, Choice, Flag, Text, Whole
from incidentio.core.times import rfc3339
from incidentio.core.views import ResourceViewSet, operation

CATEGORIES = ("customer", "issue-tracker", "product-feature", "service", "on-call", "team", "user")
COLORS = ("yellow", "green", "blue", "violet", "pink", "cyan", "orange")
ICONS = (
    "alert", "bolt", "box", "briefcase", "browser", "bulb", "calendar", "clock", "cog", "components", "database",
    "doc", "email", "escalation-path", "files", "flag", "folder", "globe", "money", "server", "severity",
    "status-page", "store", "star", "tag", "user", "users",
)  # fmt: skip
VIEW, CREATE = "catalog_types.view", "catalog_types.create"
EDIT, DESTROY = "catalog_types.edit", "catalog_types.destroy"
MANUAL = "manual"
MODES_V2 = ("", MANUAL, "external", "internal", "dynamic", "backlink", "path")
MOST = 250


def _check_keys(annotations: dict[str, str]) -> None:
    if any("\0" in key for key in annotations):
        raise serializers.ValidationError("Null characters are not allowed.")


class CatalogUpdateTypePayloadV2(Body):
    """What describes a type; its schema has a call of its own."""

    name = Text(max_length=200)
    description = Text(allow_blank=True, max_length=10_000)
    annotations = serializers.DictField(
        child=Text(allow_blank=True, max_length=10_000), required=False, validators=[_check_keys]
    )
    categories = serializers.ListField(child=Choice(choices=CATEGORIES), required=False, max_length=len(CATEGORIES))
    color = Choice(choices=COLORS, required=False)
    icon = Choice(choices=ICONS, required=False)
    ranked = Flag(required=False)
    source_repo_url = Text(required=False, allow_blank=True, max_length=2_000)


class CatalogCreateTypePayloadV2(CatalogUpdateTypePayloadV2):
    """A type to make."""

    type_name = Text(required=False, max_length=200, help_text='As in `Custom["Service"]`; unique, and for ever')


class CatalogUpdateTypePayloadV3(CatalogUpdateTypePayloadV2):
    """What describes a type; its schema has a call of its own."""

    owning_team_ids = serializers.ListField(child=Text(max_length=100), required=False, max_length=MOST)
    use_name_as_identifier = Flag(required=False, help_text="Whether entries can be named by their names")


class CatalogCreateTypePayloadV3(CatalogUpdateTypePayloadV3):
    """A type to make."""

    type_name = Text(required=False, max_length=200, help_text='As in `Custom["Service"]`; unique, and for ever')


class CatalogTypeAttributePathItemPayloadV3(Body):
    """One step of a path."""

    attribute_id = Text(max_length=200)


class CatalogTypeAttributePathItemPayloadV2(CatalogTypeAttributePathItemPayloadV3):
    """One step of a path."""


class CatalogTypeAttributePayloadV3(Body):
    """An attribute, with the ID it has or shall have; without one it gets one."""

    id = Text(required=False, allow_blank=True, max_length=200)
    name = Text(max_length=200)
    type = Text(max_length=200, help_text="As the catalog's resources say")
    array = Flag()
    mode = Choice(choices=Mode.values, required=False)
    backlink_attribute = Text(required=False, allow_blank=True, max_length=200)
    path = serializers.ListField(child=CatalogTypeAttributePathItemPayloadV3(), required=False, max_length=MOST)


class CatalogTypeAttributePayloadV2(CatalogTypeAttributePayloadV3):
    """An attribute as V2 has it."""

    mode = Choice(choices=MODES_V2, required=False)
    path = serializers.ListField(child=CatalogTypeAttributePathItemPayloadV2(), required=False, max_length=MOST)


class CatalogUpdateTypeSchemaPayloadV3(Body):
    """The whole schema as it shall be, and the version of the one it replaces."""

    version = Whole()
    attributes = serializers.ListField(child=CatalogTypeAttributePayloadV3(), max_length=MOST)


class CatalogUpdateTypeSchemaPayloadV2(CatalogUpdateTypeSchemaPayloadV3):
    """The whole schema as it shall be, and the version of the one it replaces."""

    attributes = serializers.ListField(child=CatalogTypeAttributePayloadV2(), max_length=MOST)


class CatalogTypeAttributePathItemV3(serializers.Serializer[Any]):
    """One step of a path."""

    attribute_id = serializers.CharField()
    attribute_name = serializers.CharField()


class CatalogTypeAttributePathItemV2(CatalogTypeAttributePathItemV3):
    """One step of a path."""


class CatalogTypeAttributeV3(serializers.Serializer[Any]):
    """An attribute."""

    id = serializers.CharField()
    name = serializers.CharField()
    type = serializers.CharField()
    array = serializers.BooleanField()
    mode = serializers.ChoiceField(choices=Mode.values)
    backlink_attribute = serializers.CharField(required=False)
    path = CatalogTypeAttributePathItemV3(many=True, required=False)


class CatalogTypeAttributeV2(CatalogTypeAttributeV3):
    """An attribute as V2 has it."""

    mode = serializers.ChoiceField(choices=MODES_V2)
    path = CatalogTypeAttributePathItemV2(many=True, required=False)


class CatalogTypeSchemaV3(serializers.Serializer[Any]):
    """What entries of a type have; the version tells conflicting changes apart."""

    version = serializers.IntegerField()
    attributes = CatalogTypeAttributeV3(many=True)


class CatalogTypeSchemaV2(CatalogTypeSchemaV3):
    """What entries of a type have; the version tells conflicting changes apart."""

    attributes = CatalogTypeAttributeV2(many=True)


class CatalogTypeShared(serializers.Serializer[Any]):
    """What V2 and V3 say of a type in the same words."""

    id = serializers.CharField()
    name = serializers.CharField()
    type_name = serializers.CharField()
    description = serializers.CharField()
    annotations = serializers.DictField(child=serializers.CharField())
    categories = serializers.ListField(child=serializers.ChoiceField(choices=CATEGORIES))
    color = serializers.ChoiceField(choices=COLORS)
    icon = serializers.ChoiceField(choices=ICONS)
    ranked = serializers.BooleanField()
    is_editable = serializers.BooleanField()
    source_repo_url = serializers.CharField(required=False)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    estimated_count = serializers.IntegerField(required=False, help_text="Never there: the list of entries counts them")
    last_synced_at = serializers.DateTimeField(required=False, help_text="Never there")
    dynamic_resource_parameter = serializers.CharField(required=False, help_text="Never there")
    registry_type = serializers.CharField(required=False, help_text="Never there")
    required_integrations = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Never there"
    )


class CatalogTypeV3(CatalogTypeShared):
    """A kind of thing a team has."""

    schema = CatalogTypeSchemaV3()
    engine_resource_type = serializers.CharField()
    is_team_type = serializers.BooleanField(required=False)
    owning_team_ids = serializers.ListField(child=serializers.CharField(), required=False)
    use_name_as_identifier = serializers.BooleanField()


class CatalogTypeV2(CatalogTypeShared):
    """A kind of thing a team has, as V2 has it."""

    schema = CatalogTypeSchemaV2()
    semantic_type = serializers.CharField(help_text="Always empty")


class CatalogListTypesResultV3(serializers.Serializer[Any]):
    """All types, oldest first."""

    catalog_types = CatalogTypeV3(many=True)


class CatalogListTypesResultV2(serializers.Serializer[Any]):
    """All types, oldest first."""

    catalog_types = CatalogTypeV2(many=True)


class CatalogShowTypeResultV3(serializers.Serializer[Any]):
    """One type."""

    catalog_type = CatalogTypeV3()


class CatalogShowTypeResultV2(serializers.Serializer[Any]):
    """One type."""

    catalog_type = CatalogTypeV2()


Types = Mapping[str, CatalogType]


def types_by_name() -> dict[str, CatalogType]:
    """The types there are, by their type names."""
    return {row.type_name: row for row in CatalogType.objects.active().order_by("id")}


def _shared(row: CatalogType, types: Types) -> dict[str, Any]:
    wire = {
        "id": row.id,
        "name": row.name,
        "type_name": row.type_name,
        "description": row.description,
        "annotations": row.annotations,
        "categories": row.categories,
        "color": row.color,
        "icon": row.icon,
        "ranked": row.ranked,
        "is_editable": row.is_editable,
        "schema": {
            "version": row.schema_version,
            "attributes": [_attribute(row, attribute, types) for attribute in row.attributes],
        },
        "created_at": rfc3339(row.created_at),
        "updated_at": rfc3339(row.updated_at),
    }
    if row.source_repo_url:
        wire["source_repo_url"] = row.source_repo_url
    return wire


def _attribute(row: CatalogType, attribute: dict[str, Any], types: Types) -> dict[str, Any]:
    wire = dict(attribute)
    if "path" in attribute:
        named = zip(attribute["path"], path_names(row, attribute, types), strict=True)
        wire["path"] = [{"attribute_id": pk, "attribute_name": name} for pk, name in named]
    return wire


def engine_resource_type(row: CatalogType) -> str:
    """What workflows call an entry of the type."""
    return f'CatalogEntry["{row.id}"]'


def catalog_type_v3(row: CatalogType, types: Types) -> dict[str, Any]:
    """A type on the wire; `types` are those its paths may lead through."""
    return _shared(row, types) | {
        "engine_resource_type": engine_resource_type(row),
        "is_team_type": "team" in row.categories and not row.is_editable,
        "owning_team_ids": row.owning_team_ids,
        "use_name_as_identifier": row.use_name_as_identifier,
    }


def catalog_type_v2(row: CatalogType, types: Types) -> dict[str, Any]:
    """A type as V2 has it."""
    wire = _shared(row, types) | {"semantic_type": ""}
    for attribute in wire["schema"]["attributes"]:
        if attribute["mode"] in (Mode.API, Mode.DASHBOARD):
            attribute["mode"] = MANUAL
    return wire


def _attributes_of_v2(row: CatalogType, attributes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """`manual` is whichever of the two an attribute is already; of a new one, that of the API."""
    modes = {attribute["id"]: attribute["mode"] for attribute in row.attributes}
    return [
        attribute | {"mode": _manual(modes.get(attribute.get("id", "")))}
        if attribute.get("mode") == MANUAL
        else attribute
        for attribute in attributes
    ]


def _manual(mode: str | None) -> str:
    return Mode.DASHBOARD if mode == Mode.DASHBOARD else Mode.API


def _created(request: Request, body: dict[str, Any]) -> CatalogType:
    caller = caller_of(request)
    check_may(caller, CREATE, body.get("owning_team_ids", []))
    return create_type(caller.actor, **body)


def _updated(request: Request, pk: str, body: dict[str, Any]) -> CatalogType:
    caller = caller_of(request)
    row = find_type(caller, pk, EDIT)
    check_may(caller, EDIT, body.get("owning_team_ids", row.owning_team_ids))
    return update_type(caller.actor, row, **body)


class CatalogTypesV3(ResourceViewSet):
    """Kinds of things a team has. A key with the permission for its teams only keeps to their types."""

    team_scoped = True

    @operation("Catalog V3#ListTypes", scope=VIEW, answer=CatalogListTypesResultV3)
    def list(self, request: Request) -> dict[str, Any]:
        types = types_by_name()
        return {"catalog_types": [catalog_type_v3(row, types) for row in viewable(caller_of(request), VIEW)]}

    @operation(
        "Catalog V3#CreateType",
        scope=CREATE,
        body=CatalogCreateTypePayloadV3,
        answer=CatalogShowTypeResultV3,
        status=201,
    )
    def create(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        return self._shown(_created(request, body))

    @operation("Catalog V3#ShowType", scope=VIEW, answer=CatalogShowTypeResultV3)
    def retrieve(self, request: Request, pk: str) -> dict[str, Any]:
        return self._shown(find_type(caller_of(request), pk, VIEW))

    @operation(
        "Catalog V3#UpdateType",
        scope=EDIT,
        body=CatalogUpdateTypePayloadV3,
        answer=CatalogShowTypeResultV3,
    )
    def update(self, request: Request, pk: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._shown(_updated(request, pk, body))

    @operation("Catalog V3#DestroyType", scope=DESTROY, status=204)
    def destroy(self, request: Request, pk: str) -> None:
        archive_type(caller_of(request).actor, find_type(caller_of(request), pk, DESTROY))

    @operation(
        "Catalog V3#UpdateTypeSchema",
        scope=EDIT,
        body=CatalogUpdateTypeSchemaPayloadV3,
        answer=CatalogShowTypeResultV3,
    )
    def update_schema(self, request: Request, pk: str, body: dict[str, Any]) -> dict[str, Any]:
        row = find_type(caller_of(request), pk, EDIT)
        return self._shown(update_schema(caller_of(request).actor, row, **body))

    def _shown(self, row: CatalogType) -> dict[str, Any]:
        return {"catalog_type": catalog_type_v3(row, types_by_name())}


class CatalogTypesV2(ResourceViewSet):
    """Kinds of things a team has, as V2 has them."""

    team_scoped = True

    @operation("Catalog V2#ListTypes", scope=VIEW, answer=CatalogListTypesResultV2, deprecated=True)
    def list(self, request: Request) -> dict[str, Any]:
        types = types_by_name()
        return {"catalog_types": [catalog_type_v2(row, types) for row in viewable(caller_of(request), VIEW)]}

    @operation(
        "Catalog V2#CreateType",
        scope=CREATE,
        body=CatalogCreateTypePayloadV2,
        answer=CatalogShowTypeResultV2,
        status=201,
        deprecated=True,
    )
    def create(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        return self._shown(_created(request, body))

    @operation("Catalog V2#ShowType", scope=VIEW, answer=CatalogShowTypeResultV2, deprecated=True)
    def retrieve(self, request: Request, pk: str) -> dict[str, Any]:
        return self._shown(find_type(caller_of(request), pk, VIEW))

    @operation(
        "Catalog V2#UpdateType",
        scope=EDIT,
        body=CatalogUpdateTypePayloadV2,
        answer=CatalogShowTypeResultV2,
        deprecated=True,
    )
    def update(self, request: Request, pk: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._shown(_updated(request, pk, body))

    @operation("Catalog V2#DestroyType", scope=DESTROY, status=204, deprecated=True)
    def destroy(self, request: Request, pk: str) -> None:
        archive_type(caller_of(request).actor, find_type(caller_of(request), pk, DESTROY))

    @operation(
        "Catalog V2#UpdateTypeSchema",
        scope=EDIT,
        body=CatalogUpdateTypeSchemaPayloadV2,
        answer=CatalogShowTypeResultV2,
        deprecated=True,
    )
    def update_schema(self, request: Request, pk: str, body: dict[str, Any]) -> dict[str, Any]:
        row = find_type(caller_of(request), pk, EDIT)
        attributes = _attributes_of_v2(row, body["attributes"])
        return self._shown(update_schema(caller_of(request).actor, row, version=body["version"], attributes=attributes))

    def _shown(self, row: CatalogType) -> dict[str, Any]:
        return {"catalog_type": catalog_type_v2(row, types_by_name())}
