"""Which incidents a list asks for, as SQL (API behaviour, section 6.3)."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from django.db import connection

from accounts.models import User
from catalog.decimals import check_number
from catalog.entries import find_by_identifier
from catalog.models import CustomField, FieldType, StatusCategory
from catalog.snapshot import Snapshot
from incidentio.core import sql
from incidentio.core.errors import Gather, Invalid
from incidentio.core.filters import Span
from incidentio.core.ids import is_id
from incidents.conditions import Where, column_among, joined
from incidents.models import Mode

USUAL_MODES = (str(Mode.STANDARD), str(Mode.RETROSPECTIVE))
# Names that clients use beside the wire's own (API behaviour, sections 0 and 6.3).
CATEGORIES = {str(category): str(category) for category in StatusCategory} | {
    "active": str(StatusCategory.LIVE),
    "post-incident": str(StatusCategory.LEARNING),
}
BOTH_WAYS = {"one_of": "", "not_in": "NOT "}
HELD = "EXISTS (SELECT 1 FROM incidents_roleassignment a WHERE a.incident_id = i.id AND a.incident_role_id = %s"
HAS = "EXISTS (SELECT 1 FROM incidents_customfieldvalue v WHERE v.incident_id = i.id AND v.custom_field_id = %s"
TYPED = {FieldType.TEXT: "value_text", FieldType.LINK: "value_link", FieldType.NUMERIC: "value_numeric"}
NUMBER = {"postgresql": "numeric", "sqlite": "REAL"}


Wheres = Iterator[Where]


def where(query: Mapping[str, Any], words: Snapshot) -> Where:
    """The condition of a list's filters: all of them, or any of them with `filter_mode=any`. Modes are not among them.

    Raises:
        Invalid: each filter that names what there is not, or compares a field as its type does not allow.
    """
    problems, found = Gather(), list[Where]()
    for name, conditions in FILTERS.items():
        if name in query:
            with problems:
                found += conditions(query[name], words)
    problems.raise_if_any()
    return joined(found, " OR " if query.get("filter_mode") == "any" else " AND ")


def modes_of(query: Mapping[str, Any]) -> tuple[str, ...]:
    """The modes a list asks for, whatever its `filter_mode`; the usual ones if it says nothing.

    Raises:
        Invalid: there is no such mode.
    """
    if "mode" not in query:
        return USUAL_MODES
    wanted = query["mode"]["one_of"]
    for mode in wanted:
        _must_be_in(Mode.values, mode, "mode", "mode[one_of]")
    return tuple(wanted)


def _must_be_in(known: Collection[str], value: str, what: str, pointer: str) -> None:
    if value not in known:
        raise Invalid("not_found", f"There is no {what} {value[:60]!r}", pointer)


def _status(operators: dict[str, list[str]], words: Snapshot) -> Wheres:
    for operator, ids in operators.items():
        for pk in ids:
            _must_be_in(words.statuses, pk, "incident status", f"status[{operator}]")
        yield column_among("incident_status_id", ids, negated=operator == "not_in")


def _status_category(operators: dict[str, list[str]], words: Snapshot) -> Wheres:
    for operator, names in operators.items():
        for name in names:
            _must_be_in(CATEGORIES, name, "status category", f"status_category[{operator}]")
        wanted = {CATEGORIES[name] for name in names}
        ids = [pk for pk, status in words.statuses.items() if status.category in wanted]
        yield column_among("incident_status_id", ids, negated=operator == "not_in")


def _severity(operators: dict[str, list[str]], words: Snapshot) -> Wheres:
    """By id, or by rank: `gte` and `lte` take a severity and mean those as bad or worse, or as bad or better."""
    for operator, ids in operators.items():
        for pk in ids:
            _must_be_in(words.severities, pk, "severity", f"severity[{operator}]")
        if operator in BOTH_WAYS:
            yield column_among("severity_id", ids, negated=operator == "not_in")
            continue
        ranks = [words.severities[pk].rank for pk in ids]
        least, most = (max(ranks), None) if operator == "gte" else (None, min(ranks))
        within = [
            pk
            for pk, severity in words.severities.items()
            if (least is None or severity.rank >= least) and (most is None or severity.rank <= most)
        ]
        yield column_among("severity_id", within)


def _incident_type(operators: dict[str, list[str]], words: Snapshot) -> Wheres:
    for operator, ids in operators.items():
        for pk in ids:
            _must_be_in(words.types, pk, "incident type", f"incident_type[{operator}]")
        yield column_among("incident_type_id", ids, negated=operator == "not_in")


def _instant(column: str) -> Callable[[Span, Snapshot], Wheres]:
    def conditions(span: Span, words: Snapshot) -> Wheres:
        adapted = connection.ops.adapt_datetimefield_value
        bounds = [(">=", span.since), ("<", span.until)]
        yield joined(
            [Where(f"i.{column} {sign} %s", (adapted(moment),)) for sign, moment in bounds if moment is not None]
        )

    return conditions


def _incident_role(by_role: dict[str, dict[str, list[str]]], words: Snapshot) -> Wheres:
    """Who holds a role. `is_set=true` means that somebody does, `is_blank=true` that nobody does."""
    for role_id, operators in by_role.items():
        _must_be_in(words.roles, role_id, "incident role", f"incident_role[{role_id[:60]}]")
        for operator, values in operators.items():
            pointer = f"incident_role[{role_id}][{operator}]"
            if operator in BOTH_WAYS:
                _check_users(values, pointer)
                one_of, given = sql.among(values)
                yield Where(f"{BOTH_WAYS[operator]}{HELD} AND a.assignee_id {one_of})", (role_id, given))
            else:
                yield Where(f"{_sought(operator, values, pointer)}{HELD})", (role_id,))


def _check_users(ids: list[str], pointer: str) -> None:
    known = set(User.objects.filter(pk__in=[pk for pk in ids if is_id(pk)]).values_list("pk", flat=True))
    for pk in ids:
        _must_be_in(known, pk, "user", pointer)


def _sought(operator: str, values: list[str], pointer: str) -> str:
    """ "" where a value is sought, "NOT " where its absence is."""
    if len(values) != 1 or values[0] not in ("true", "false"):
        raise Invalid("invalid_value", "Send true or false", pointer)
    return "" if (operator == "is_set") == (values[0] == "true") else "NOT "


def _custom_field(by_field: dict[str, dict[str, list[str]]], words: Snapshot) -> Wheres:
    for field_id, operators in by_field.items():
        custom_field = words.fields.get(field_id)
        if custom_field is None:
            raise Invalid("not_found", f"There is no custom field {field_id[:60]!r}", f"custom_field[{field_id[:60]}]")
        for operator, values in operators.items():
            yield _field_where(custom_field, operator, values, words)


def _field_where(custom_field: CustomField, operator: str, values: list[str], words: Snapshot) -> Where:
    pointer = f"custom_field[{custom_field.id}][{operator}]"
    if operator in ("is_set", "is_blank"):
        return Where(f"{_sought(operator, values, pointer)}{HAS})", (custom_field.id,))
    if operator in BOTH_WAYS:
        column, wanted = _choices(custom_field, values, words, pointer)
        one_of, given = sql.among(wanted)
        return Where(f"{BOTH_WAYS[operator]}{HAS} AND v.{column} {one_of})", (custom_field.id, given))
    compared = _compared(custom_field, operator, values, pointer)
    return Where(f"{HAS} AND {compared.sql})", (custom_field.id, *compared.params))


def _choices(custom_field: CustomField, values: list[str], words: Snapshot, pointer: str) -> tuple[str, list[str]]:
    """The column that holds a field's values, and those of `values` to look for in it.

    Entries of the catalog go by any of their identifiers; one that names no entry matches nothing, since those are the
    names of other systems, which may not be here yet. Options must exist.
    """
    if custom_field.field_type in TYPED:
        return TYPED[FieldType(custom_field.field_type)], values
    if custom_field.catalog_type is not None:
        return "value_catalog_entry_id", [
            entry.id for entry in find_by_identifier(custom_field.catalog_type, values).values()
        ]
    for pk in values:
        option = words.options.get(pk)
        if option is None or option.custom_field_id != custom_field.id:
            raise Invalid("not_found", f"{custom_field.name!r} has no option with the ID {pk[:60]!r}", pointer)
    return "value_option_id", values


def _compared(custom_field: CustomField, operator: str, values: list[str], pointer: str) -> Where:
    """A value of text, link or number compared with the one that was sent."""
    kind = FieldType(custom_field.field_type)
    if len(values) != 1:
        raise Invalid("invalid_value", f"Takes one value; {len(values)} were sent", pointer)
    if operator == "contains" and kind in (FieldType.TEXT, FieldType.LINK):
        pattern = values[0].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return Where(f"lower(v.{TYPED[kind]}) LIKE lower(%s) ESCAPE '\\'", (f"%{pattern}%",))
    if operator in ("gte", "lte") and kind == FieldType.NUMERIC:
        sign, number = {"gte": ">=", "lte": "<="}[operator], NUMBER[connection.vendor]
        check_number(values[0], pointer)
        return Where(f"CAST(v.value_numeric AS {number}) {sign} CAST(%s AS {number})", (values[0],))
    raise Invalid(
        "invalid_value", f"{custom_field.name!r} is a {kind.label.lower()} field: it has no {operator!r}", pointer
    )


FILTERS: dict[str, Callable[[Any, Snapshot], Wheres]] = {
    "status": _status,
    "status_category": _status_category,
    "severity": _severity,
    "incident_type": _incident_type,
    "created_at": _instant("created_at"),
    "updated_at": _instant("updated_at"),
    "incident_role": _incident_role,
    "custom_field": _custom_field,
}
