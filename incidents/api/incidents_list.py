"""The list of incidents in V2: what it can be asked for, and a page of it (API behaviour, section 6.3)."""

from typing import Any

from catalog.snapshot import Snapshot
from incidentio.core.fields import Choice
from incidentio.core.filters import FilterQuery, Instants, KeyedOperators, Operators
from incidentio.core.pagination import page_query, pagination_meta
from incidents import reads
from incidents.conditions import EVERYWHERE, column_among, joined
from incidents.filters import modes_of, where
from incidents.reads import IncidentRead
from incidents.totals import total
from incidents.visibility import Viewer

NEWEST_FIRST, OLDEST_FIRST = "created_at_newest_first", "created_at_oldest_first"
MOST_ON_A_PAGE = 500
# Counting further would take longer than reading the page.
MOST_COUNTED = 1_000


class IncidentsListQueryV2(FilterQuery):
    """Which incidents, in which order. Filters are bracketed keys: `status[one_of]=ID&status[one_of]=ID`."""

    page_size, after = page_query(MOST_ON_A_PAGE).values()
    sort_by = Choice(choices=[NEWEST_FIRST, OLDEST_FIRST], default=NEWEST_FIRST)
    filter_mode = Choice(choices=["all", "any"], default="all", help_text="Must all filters hold, or any one of them")
    status = Operators("one_of", "not_in", help_text="`one_of`, `not_in`: IDs of statuses")
    status_category = Operators(
        "one_of", "not_in", help_text="`one_of`, `not_in`: categories; `active` is live, `post-incident` is learning"
    )
    created_at = Instants()
    updated_at = Instants()
    severity = Operators(
        "one_of", "not_in", "gte", "lte", help_text="`one_of`, `not_in`, `gte`, `lte`: IDs of severities, by rank"
    )
    incident_type = Operators("one_of", "not_in", help_text="`one_of`, `not_in`: IDs of types")
    incident_role = KeyedOperators(
        "one_of",
        "not_in",
        "is_blank",
        "is_set",
        help_text="`incident_role[ROLE][one_of]`: IDs of users; `[is_set]=true`: somebody holds it, `[is_blank]=true`: "
        "nobody does",
    )
    custom_field = KeyedOperators(
        "one_of",
        "not_in",
        "is_blank",
        "is_set",
        "contains",
        "gte",
        "lte",
        help_text="`custom_field[FIELD][one_of]`: IDs of options, or identifiers of catalog entries; `contains` for "
        "text and links, `gte` and `lte` for numbers",
    )
    mode = Operators("one_of", help_text="`one_of`: modes; without it, standard and retrospective")


def page_of(viewer: Viewer, query: dict[str, Any], words: Snapshot) -> tuple[list[IncidentRead], dict[str, Any]]:
    """The page `query` asks for, and its meta with `total_record_count`.

    The total of a filtered list is told up to `MOST_COUNTED` and left out beyond (the contract makes it optional).

    Raises:
        Invalid: a filter that names what there is not, or compares what cannot be compared.
    """
    modes, filtered = modes_of(query), where(query, words)
    wanted = reads.Page(
        limit=query["page_size"] + 1,
        after=query.get("after"),
        oldest_first=query["sort_by"] == OLDEST_FIRST,
        where=joined([column_among("mode", modes), filtered]),
        is_usual=filtered is EVERYWHERE,
    )
    found = reads.page(viewer, wanted)
    meta = pagination_meta(found, query["page_size"], lambda read: read.row.id)
    if wanted.after is None and "after" not in meta:
        counted: int | None = len(found)
    elif wanted.is_usual:
        counted = total(viewer.sees_private, modes)
    else:
        counted = reads.count(viewer, wanted.where, MOST_COUNTED)
    if counted is not None:
        meta["total_record_count"] = counted
    return found[: query["page_size"]], meta
