"""Custom fields and the options of selects (API behaviour, sections 7.3 and 7.4)."""

import re
from typing import TypedDict, Unpack

from catalog.models import SELECTS, CustomField, CustomFieldOption, Required
from catalog.words import archive, change, check_free, check_name, check_text, configuring, make, renew
from events.actors import Actor
from incidentio.core.errors import Invalid

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


def create_custom_field(
    actor: Actor, *, name: str, description: str, field_type: str, **asking: Unpack[Asking]
) -> CustomField:
    """A new custom field; its type is for ever. Without `asking` nobody is asked for it.

    Raises:
        Invalid: the name is blank, too long or taken, or the field is always required but not shown before creation.
    """
    with configuring():
        custom_field = CustomField(name=name, description=description, field_type=field_type, **asking)
        check_name(custom_field, name)
        _check_asking(custom_field.required, custom_field.show_before_creation)
        return make(actor, SUBJECT, custom_field)


def update_custom_field(
    actor: Actor, custom_field: CustomField, *, name: str, description: str, **asking: Unpack[Asking]
) -> CustomField:
    """Change a field; what `asking` leaves out stays.

    Raises:
        Invalid: as for `create_custom_field`.
        NotFound: it was archived meanwhile.
    """
    with configuring():
        renew(custom_field, SUBJECT)
        check_name(custom_field, name)
        _check_asking(
            asking.get("required", custom_field.required),
            asking.get("show_before_creation", custom_field.show_before_creation),
        )
        return change(actor, SUBJECT, custom_field, name=name, description=description, **asking)


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
        Invalid: the field is no select, or the value is taken or not well formed.
        NotFound: the field was archived meanwhile.
    """
    if custom_field.field_type not in SELECTS:
        raise Invalid("invalid_value", f"{custom_field.name!r} is not a select: it has no options", "custom_field_id")
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


def _check_value(option: CustomFieldOption, value: str) -> None:
    check_text(option, "value", value)
    if _OUTER_SPACE_OR_BREAK.search(value):
        raise Invalid("invalid_value", "An option has no space around it, and no tab or line break in it", "value")
    check_free(option, value=value, custom_field=option.custom_field_id)
