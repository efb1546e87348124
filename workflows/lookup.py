"""People, keys, entries and alerts that workflows speak of by id, looked up when somebody asks, a kind at a time."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from apikeys.models import ApiKey
from catalog.entry_reads import Depth, Reader, Value
from catalog.models import CatalogEntry, CatalogType, FollowUpPriority
from catalog.people import Person
from incidents.models import Alert, AlertSource
from workflows.models import Workflow


@dataclass(frozen=True)
class Entry:
    """What can be asked of an entry of the catalog; `values` maps attribute ids to stored bindings."""

    id: str
    name: str
    type_id: str
    values: Mapping[str, Any]


class Lookup:
    """Remembers what it found. `ids` are all that may be asked for soon: the first question fetches them together, so
    that the number of statements does not grow with the number of incidents.
    """

    def __init__(self, ids: Callable[[], Iterable[str]] = tuple) -> None:
        self._ids = ids
        self._found: dict[str, dict[str, Any]] = defaultdict(dict)
        self._begun = set[str]()

    def person(self, pk: str) -> Person | None:
        """The person with this id."""
        found: Person | None = self._one("people", pk, _people)
        return found

    def entry(self, pk: str) -> Entry | None:
        """The entry of the catalog with this id."""
        found: Entry | None = self._one("entries", pk, _entries)
        return found

    def attributes(self, pk: str) -> Mapping[str, list[Value]] | None:
        """What the attributes of the entry with this id say by their ids, links resolved and computed ones included.
        The people they lead to are known from then on.
        """
        found: Mapping[str, list[Value]] | None = self._one("attributes", pk, self._attributes)
        return found

    def alert(self, pk: str) -> Mapping[str, Any] | None:
        """The columns of the alert with this id."""
        found: Mapping[str, Any] | None = self._one("alerts", pk, _alerts)
        return found

    def name(self, kind: str, pk: str) -> str | None:
        """What something is called: an API key, a workflow, a source of alerts, a priority of follow-ups."""
        found: str | None = self._one(kind, pk, _NAMES[kind])
        return found

    def _one(self, kind: str, pk: str, fetch: Callable[[list[str]], dict[str, Any]]) -> Any:
        known = self._found[kind]
        if pk not in known:
            wanted = {pk, *(() if kind in self._begun else self._ids())} - known.keys()
            self._begun.add(kind)
            known |= dict.fromkeys(wanted) | fetch(sorted(wanted))
        return known[pk]

    def _attributes(self, ids: list[str]) -> dict[str, Any]:
        found = _attributes(ids)
        said = (value.person for values in found.values() for many in values.values() for value in many)
        self._found["people"] |= {person.id: person for person in said if person is not None}
        return found


def _people(ids: list[str]) -> dict[str, Any]:
    rows = User.objects.filter(pk__in=ids).values_list("id", "name", "email", "slack_user_id")
    return {row[0]: Person(*row) for row in rows}


def _entries(ids: list[str]) -> dict[str, Any]:
    rows = CatalogEntry.objects.filter(pk__in=ids).values_list("id", "name", "catalog_type_id", "attribute_values")
    return {row[0]: Entry(*row) for row in rows}


def _attributes(ids: list[str]) -> dict[str, Any]:
    by_type: dict[CatalogType, list[CatalogEntry]] = defaultdict(list)
    for entry in CatalogEntry.objects.filter(pk__in=ids).select_related("catalog_type"):
        by_type[entry.catalog_type].append(entry)
    reader = Reader()
    return {
        read.entry.pk: read.values for kind, rows in by_type.items() for read in reader.read(kind, rows, Depth.BOTH)
    }


def _alerts(ids: list[str]) -> dict[str, Any]:
    names = ("id", "title", "description", "status", "source_url", "deduplication_key", "alert_source_id")
    return {row["id"]: row for row in Alert.objects.filter(pk__in=ids).values(*names)}


def _named(model: Any) -> Callable[[list[str]], dict[str, Any]]:
    return lambda ids: dict(model.objects.filter(pk__in=ids).values_list("pk", "name"))


API_KEYS, WORKFLOWS, SOURCES, PRIORITIES = "api_keys", "workflows", "alert_sources", "priorities"
_NAMES = {
    API_KEYS: _named(ApiKey),
    WORKFLOWS: _named(Workflow),
    SOURCES: _named(AlertSource),
    PRIORITIES: _named(FollowUpPriority),
}
