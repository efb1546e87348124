"""Custom fields and the options of selects (API behaviour, sections 7.3 and 7.4).

One store, two views: V1 knows when people are asked for a field, V2 which entries of the catalog it offers. Neither
touches what only the other knows.
"""

import re
from typing import Any, TypedDict, Unpack

from catalog.models import SELECTS, CatalogType, CustomField, CustomFieldOption, Required
from catalog.schemas import NO_ENTRIES
from catalog.words import archive, change, check_free, check_name, check_text, configuring, make, renew
from events.actors import Actor
from incidentio.core.errors import Invalid
from incidentio.core.ids import is_id

SUBJECT = "custom_field"
OPTION = "custom_field_option"
DEFAULT_SORT_KEY = 1000
_OUTER_SPACE_OR_BREAK = re.compile(r"^\s|\s$|[\t\r\n\v\f\x85\u2028\u2029]")


class Asking(TypedDict, total=False):
    """When people are asked for a field, and who is told of it."""

    required: str
    show_before_creation: bool
    show_before_closure: bool
    show_before_update: bool
    show_in_announcement_post: bool


class Choosing(TypedDict, total=False):
    """Which entries of its catalog type a field offers (None: all of them), and how they are shown, as on the wire.

    The filters are for people's forms: like what is required, they are never enforced on the API.
    """

    filter_by: dict[str, str] | None
    fixed_filter: dict[str, Any] | None
    group_by_catalog_attribute_id: str
    helptext_catalog_attribute_id: str


class Settings(Asking, Choosing, total=False):
    """What can be set of a field besides its words and its type."""


def create_custom_field(
    actor: Actor,
    *,
    name: str,
    description: str,
    field_type: str,
    catalog_type_id: str | None = None,
    **settings: Unpack[Settings],
) -> CustomField:
    """A new custom field; its type is for ever, and so is the catalog type whose entries a select offers, if any.

    Raises:
        Invalid: the name is blank, too long or taken, the field is always required but not shown before creation, or
            a setting does not fit the catalog type.
    """
    with configuring():
        custom_field = CustomField(name=name, description=description, field_type=field_type, **settings)
        check_name(custom_field, name)
        if catalog_type_id is not None:
            custom_field.catalog_type = _backing(custom_field, catalog_type_id)
        _check_asking(custom_field.required, custom_field.show_before_creation)
        _check_choosing(custom_field, settings)
        return make(actor, SUBJECT, custom_field)


def update_custom_field(
    actor: Actor, custom_field: CustomField, *, name: str, description: str, **settings: Unpack[Settings]
) -> CustomField:
    """Change a field; what `settings` leaves out stays.

    Raises:
        Invalid: as for `create_custom_field`.
        NotFound: it was archived meanwhile.
    """
    with configuring():
        renew(custom_field, SUBJECT)
        check_name(custom_field, name)
        _check_asking(
            settings.get("required", custom_field.required),
            settings.get("show_before_creation", custom_field.show_before_creation),
        )
        _check_choosing(custom_field, settings)
        return change(actor, SUBJECT, custom_field, name=name, description=description, **settings)


def archive_custom_field(actor: Actor, custom_field: CustomField) -> None:
    """Take a field out of use; incidents that have a value of it keep showing it, with the options it had.

    Raises:
        NotFound: it was archived meanwhile.
    """
    with configuring():
        renew(custom_field, SUBJECT)
        archive(actor, SUBJECT, custom_field)


def create_option(
    actor: Actor, custom_field: CustomField, *, value: str, sort_key: int = DEFAULT_SORT_KEY
) -> CustomFieldOption:
    """A new option of a select field.

    Raises:
        Invalid: the field is no select or offers entries of the catalog, or the value is taken or not well formed.
        NotFound: the field was archived meanwhile.
    """
    if custom_field.field_type not in SELECTS:
        raise Invalid("invalid_value", f"{custom_field.name!r} is not a select: it has no options", "custom_field_id")
    if custom_field.catalog_type_id is not None:
        message = f"{custom_field.name!r} offers entries of the catalog: it has no options of its own"
        raise Invalid("invalid_value", message, "custom_field_id")
    with configuring():
        renew(custom_field, SUBJECT)
        option = CustomFieldOption(custom_field=custom_field, value=value, sort_key=sort_key)
        _check_value(option, value)
        return make(actor, OPTION, option)


def update_option(actor: Actor, option: CustomFieldOption, *, value: str, sort_key: int) -> CustomFieldOption:
    """Change an option.

    Raises:
        Invalid: the value is taken or not well formed.
        NotFound: it was archived meanwhile.
    """
    with configuring():
        renew(option, OPTION)
        _check_value(option, value)
        return change(actor, OPTION, option, value=value, sort_key=sort_key)


def archive_option(actor: Actor, option: CustomFieldOption) -> None:
    """Take an option out of use; incidents that have it keep showing it.

    Raises:
        NotFound: it was archived meanwhile.
    """
    with configuring():
        renew(option, OPTION)
        archive(actor, OPTION, option)


def _check_asking(required: str, show_before_creation: bool) -> None:
    if required == Required.ALWAYS and not show_before_creation:
        message = "A field that is always required must be shown before creation: send true, or require it later"
        raise Invalid("invalid_value", message, "show_before_creation")


def _backing(custom_field: CustomField, catalog_type_id: str) -> CatalogType:
    """The catalog type whose entries a select shall offer."""
    if custom_field.field_type not in SELECTS:
        message = "Only a single or multi-select offers entries of the catalog"
        raise Invalid("invalid_value", message, "catalog_type_id")
    found: CatalogType | None = None
    if is_id(catalog_type_id):
        found = CatalogType.objects.active().filter(pk=catalog_type_id).first()
    if found is None:
        message = f"There is no catalog type with the ID {catalog_type_id[:40]!r}"
        raise Invalid("not_found", message, "catalog_type_id")
    return found


def _check_choosing(custom_field: CustomField, choosing: Settings) -> None:
    if by := choosing.get("group_by_catalog_attribute_id"):
        _attribute(custom_field, by, "group_by_catalog_attribute_id")
    if by := choosing.get("helptext_catalog_attribute_id"):
        _attribute(custom_field, by, "helptext_catalog_attribute_id")
    if filter_by := choosing.get("filter_by"):
        points_at = _link(custom_field, filter_by["catalog_attribute_id"], "filter_by.catalog_attribute_id")
        _check_other(custom_field, filter_by["custom_field_id"], points_at)
    if fixed_filter := choosing.get("fixed_filter"):
        _link(custom_field, fixed_filter["catalog_attribute_id"], "fixed_filter.catalog_attribute_id")


def _attribute(custom_field: CustomField, attribute_id: str, pointer: str) -> dict[str, Any]:
    """The attribute with this id in the schema of the field's catalog type."""
    if custom_field.catalog_type is None:
        message = f"{custom_field.name!r} offers no entries of the catalog, so it has no catalog attributes"
        raise Invalid("invalid_value", message, pointer)
    for attribute in custom_field.catalog_type.attributes:
        if attribute["id"] == attribute_id:
            return dict(attribute)
    message = f"The catalog type {custom_field.catalog_type.name!r} has no attribute with the ID {attribute_id[:40]!r}"
    raise Invalid("not_found", message, pointer)


def _link(custom_field: CustomField, attribute_id: str, pointer: str) -> str:
    """The name of the catalog type that an attribute points at."""
    attribute = _attribute(custom_field, attribute_id, pointer)
    if attribute["type"] in NO_ENTRIES:
        message = f"{attribute['name']!r} is of type {attribute['type']}; choose an attribute that points at entries"
        raise Invalid("invalid_value", message, pointer)
    return str(attribute["type"])


def _check_other(custom_field: CustomField, other_id: str, type_name: str) -> None:
    """What is chosen in the other field narrows down what this one offers, so it must be of the type pointed at."""
    pointer = "filter_by.custom_field_id"
    fields = CustomField.objects.active().exclude(pk=custom_field.pk).select_related("catalog_type")
    other = fields.filter(pk=other_id).first() if is_id(other_id) else None
    if other is None:
        raise Invalid("not_found", f"There is no other custom field with the ID {other_id[:40]!r}", pointer)
    if other.catalog_type is None or other.catalog_type.type_name != type_name:
        message = f"{other.name!r} does not offer entries of {type_name}, which the attribute points at"
        raise Invalid("invalid_value", message, pointer)


def _check_value(option: CustomFieldOption, value: str) -> None:
    check_text(option, "value", value)
    if _OUTER_SPACE_OR_BREAK.search(value):
        raise Invalid("invalid_value", "An option has no space around it, and no tab or line break in it", "value")
    check_free(option, value=value, custom_field=option.custom_field_id)
