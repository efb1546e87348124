"""Types of the service catalog, and their schemas (API behaviour, section 8)."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from catalog.links import link_again
from catalog.models import CatalogEntry, CatalogLink, CatalogType
from catalog.schemas import Attribute, check_schema, is_derived
from catalog.teams import check_owners
from catalog.words import archive, change, check_free, check_text, configuring, make, renew
from events.actors import Actor
from incidentio.core.errors import Conflict, Invalid

SUBJECT = "catalog_type"
LONGEST_TYPE_NAME = 200  # bytes, so that it fits an index beside a literal
_TYPE_NAME = re.compile(r'Custom\["[^"\\\x00-\x1f]+"\]')
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9]+")


def create_type(
    actor: Actor, *, name: str, description: str, type_name: str | None = None, **columns: Any
) -> CatalogType:
    """A new type, with an empty schema. Without a `type_name` it is made of the name: `Custom["PaymentMethod"]`.

    Raises:
        Invalid: the name is blank or too long, the type name malformed or taken, or an owner no team.
    """
    with configuring():
        row = CatalogType(name=name, description=description, **columns)
        check_text(row, "name", name)
        check_owners(row.owning_team_ids)
        row.type_name = type_name or _derived(row)
        check_type_name(row.type_name)
        check_free(row, type_name=row.type_name)
        return make(actor, SUBJECT, row)


def update_type(actor: Actor, row: CatalogType, *, name: str, description: str, **columns: Any) -> CatalogType:
    """Change what describes a type; its schema and its type name stay.

    Raises:
        Invalid: the name is blank or too long, an owner is no team, or the hub keeps the type itself.
        NotFound: it was archived meanwhile.
    """
    with configuring():
        renew(row, SUBJECT)
        check_editable(row)
        check_text(row, "name", name)
        check_owners(columns.get("owning_team_ids", []))
        return change(actor, SUBJECT, row, name=name, description=description, **columns)


def archive_type(actor: Actor, row: CatalogType) -> None:
    """Take a type out of use; incidents whose fields were filled from it keep what they have.

    Raises:
        Invalid: the hub keeps the type itself, or a custom field offers its entries.
        NotFound: it was archived meanwhile.
    """
    with configuring():
        renew(row, SUBJECT)
        check_editable(row)
        field = row.custom_fields.filter(archived_at=None).first()
        if field is not None:
            raise Invalid("in_use", f"The custom field {field.name!r} offers entries of this type: delete it first")
        archive(actor, SUBJECT, row)


def update_schema(
    actor: Actor, row: CatalogType, *, version: int, attributes: Sequence[Mapping[str, Any]]
) -> CatalogType:
    """Replace the schema. What is no longer in it is deleted, with its values; the event of the type tells of that.

    Raises:
        Conflict: `version` is not that of the stored schema: somebody changed it meanwhile.
        Invalid: an attribute twice, of an unknown type or mode, or a path or backlink that leads nowhere.
        NotFound: it was archived meanwhile.
    """
    with configuring():
        renew(row, SUBJECT)
        check_editable(row)
        if version != row.schema_version:
            message = f"The schema has version {row.schema_version}, not {version}: read it again, then change it"
            raise Conflict("conflict", message, "version")
        checked = check_schema(row, attributes)
        if checked == row.attributes:
            return row
        before, after = _written(row.attributes), _written(checked)
        changed = change(actor, SUBJECT, row, attributes=checked, schema_version=version + 1)
        _forget_values(row, [pk for pk in before if pk not in after])
        link_again(row, [pk for pk in after if pk in before and after[pk]["type"] != before[pk]["type"]])
        return changed


def check_type_name(type_name: str) -> None:
    """Refuse what cannot be the name of a type that people make.

    Raises:
        Invalid: on `type_name`.
    """
    if not _TYPE_NAME.fullmatch(type_name) or len(type_name.encode()) > LONGEST_TYPE_NAME:
        raise Invalid("invalid_value", 'A type name looks like `Custom["Service"]`', "type_name")


def check_editable(row: CatalogType) -> None:
    """Refuse to change what the hub keeps itself.

    Raises:
        Invalid: it does.
    """
    if not row.is_editable:
        raise Invalid("not_editable", f"The hub keeps {row.name!r} itself: it cannot be changed here")


def _derived(row: CatalogType) -> str:
    """A type name made of the name, with a number if it is taken."""
    words = _NOT_IN_NAMES.split(row.name)
    base = "".join(word[:1].upper() + word[1:] for word in words)[:100] or "Type"
    taken = set(CatalogType.objects.active().values_list("type_name", flat=True))
    candidates = (f'Custom["{base}{number or ""}"]' for number in [0, *range(2, len(taken) + 3)])
    return next(candidate for candidate in candidates if candidate not in taken)


def _written(attributes: Sequence[Attribute]) -> dict[str, Attribute]:
    """The attributes whose values are written, not computed, by id."""
    return {attribute["id"]: attribute for attribute in attributes if not is_derived(attribute)}


def _forget_values(row: CatalogType, attribute_ids: list[str]) -> None:
    """Delete the values of attributes that are written no more, in one statement."""
    if not attribute_ids:
        return
    CatalogLink.objects.filter(entry__catalog_type=row, attribute_id__in=attribute_ids).delete()
    if connection.vendor == "postgresql":
        without, has = "attribute_values - %s::text[]", "attribute_values ?| %s::text[]"
        params: list[Any] = [attribute_ids]
    else:
        places = ", ".join(["%s"] * len(attribute_ids))
        without = f"json_remove(attribute_values, {places})"
        has = f"({' OR '.join(['json_type(attribute_values, %s) IS NOT NULL'] * len(attribute_ids))})"
        params = [f"$.{json.dumps(pk)}" for pk in attribute_ids]
    table = CatalogEntry._meta.db_table
    statement = f"UPDATE {table} SET attribute_values = {without} WHERE catalog_type_id = %s AND {has}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [*params, row.pk, *params])
