"""Custom fields and the options of selects (API behaviour, sections 7.3 and 7.4)."""

import re
from typing import Any

from catalog.models import SELECTS, CustomField, CustomFieldOption, Required
from catalog.words import archive, change, configuring, make
from events.actors import Actor
from incidentio.core.errors import Invalid

SUBJECT = "custom_field"
OPTION = "custom_field_option"
_OUTER_SPACE_OR_BREAKS = re.compile(r"^\s|\s$|[\t\r\n]")


def _taken(name: str) -> str:
    return f"There already is a custom field called {name!r}; choose another name"


def _check(name: str, required: str, show_before_creation: bool) -> None:
    if not name.strip():
        raise Invalid("is_required", "A custom field needs a name", "name")
    if required == Required.ALWAYS and not show_before_creation:
        message = "A field that is always required must be shown before creation; set `show_before_creation`"
        raise Invalid("invalid_value", message, "show_before_creation")


def create_custom_field(
    actor: Actor,
    *,
    name: str,
    description: str,
    field_type: str,
    required: str = Required.NEVER,
    show_before_creation: bool = False,
    show_before_closure: bool = False,
    show_before_update: bool = False,
    show_in_announcement_post: bool = False,
) -> CustomField:
    """A new custom field; its type is for ever.

    Raises:
        Invalid: the name is taken, or the field is always required but not shown before creation.
    """
    _check(name, required, show_before_creation)
    with configuring(_taken(name)):
        custom_field = CustomField(
            name=name,
            description=description,
            field_type=field_type,
            required=required,
            show_before_creation=show_before_creation,
            show_before_closure=show_before_closure,
            show_before_update=show_before_update,
            show_in_announcement_post=show_in_announcement_post,
        )
        return make(actor, SUBJECT, custom_field)


def update_custom_field(actor: Actor, custom_field: CustomField, **columns: Any) -> CustomField:
    """Change any of a field's columns but its type.

    Raises:
        Invalid: as for `create_custom_field`.
    """
    with configuring(_taken(columns.get("name", custom_field.name))):
        custom_field.refresh_from_db()
        after = {name: getattr(custom_field, name) for name in ("name", "required", "show_before_creation")} | columns
        _check(after["name"], after["required"], after["show_before_creation"])
        return change(actor, SUBJECT, custom_field, **columns)


def archive_custom_field(actor: Actor, custom_field: CustomField) -> None:
    """Take a field out of use; incidents that have a value of it keep showing it."""
    with configuring("It changed meanwhile; try again"):
        archive(actor, SUBJECT, custom_field)


def _check_value(value: str) -> None:
    if not value:
        raise Invalid("is_required", "An option needs a value", "value")
    if _OUTER_SPACE_OR_BREAKS.search(value):
        message = "An option has no space around it, and no tab or line break in it"
        raise Invalid("invalid_value", message, "value")


def _value_taken(value: str) -> str:
    return f"This field already has the option {value!r}"


def create_option(actor: Actor, custom_field: CustomField, *, value: str, sort_key: int = 1000) -> CustomFieldOption:
    """A new option of a select field.

    Raises:
        Invalid: the field is no select, or the value is taken or not well formed.
    """
    if custom_field.field_type not in SELECTS:
        raise Invalid("invalid_value", f"{custom_field.name!r} is not a select: it has no options", "custom_field_id")
    _check_value(value)
    with configuring(_value_taken(value), "value"):
        return make(actor, OPTION, CustomFieldOption(custom_field=custom_field, value=value, sort_key=sort_key))


def update_option(actor: Actor, option: CustomFieldOption, *, value: str, sort_key: int) -> CustomFieldOption:
    """Change an option.

    Raises:
        Invalid: the value is taken or not well formed.
    """
    _check_value(value)
    with configuring(_value_taken(value), "value"):
        option.refresh_from_db()
        return change(actor, OPTION, option, value=value, sort_key=sort_key)


def archive_option(actor: Actor, option: CustomFieldOption) -> None:
    """Take an option out of use; incidents that have it keep showing it."""
    with configuring("It changed meanwhile; try again", "value"):
        archive(actor, OPTION, option)
