"""Configuration as incidents embed it: rendered once per configuration version, spliced in as bytes."""

from functools import lru_cache
from typing import Any

import orjson

from catalog.api.custom_field_options import custom_field_option_v1
from catalog.api.custom_fields import custom_field_type_info_v1
from catalog.api.incident_roles import incident_role_v1
from catalog.api.incident_statuses import incident_status_v1
from catalog.api.incident_types import incident_type_v1
from catalog.api.severities import severity_v1
from catalog.models import DurationMetric, FieldType, StatusCategory
from catalog.snapshot import Snapshot, active
from incidents.durations import Duration, DurationStatus

Fragments = dict[str, orjson.Fragment]
V1_BY_NAME = ("investigating", "fixing", "monitoring")
C = StatusCategory
OPEN = (C.TRIAGE, C.LIVE, C.PAUSED, C.LEARNING)
LITERAL_KEY = {
    FieldType.TEXT: "value_text",
    FieldType.LINK: "value_link",
    FieldType.NUMERIC: "value_numeric",
}


def fragment(data: object) -> orjson.Fragment:
    return orjson.Fragment(orjson.dumps(data))


class Metric:
    """A duration metric: what it measures between, and its parts of an answer."""

    def __init__(self, row: DurationMetric) -> None:
        self.start_id, self.end_id = row.from_timestamp_id, row.to_timestamp_id
        self._named = fragment({"id": row.id, "name": row.name})
        self._untold: dict[DurationStatus, orjson.Fragment] = {
            status: fragment({"duration_metric": self._named, "status": status})
            for status in DurationStatus
            if status != DurationStatus.SUCCESS
        }

    def shown(self, found: Duration) -> Any:
        """The metric with what was `found` of an incident."""
        if found.seconds is None:
            return self._untold[found.status]
        return {"duration_metric": self._named, "status": "success", "value_seconds": found.seconds}


class Embedded:
    """The rendered words of one snapshot."""

    def __init__(self, words: Snapshot) -> None:
        self.severities: Fragments = {pk: fragment(severity_v1(row)) for pk, row in words.severities.items()}
        self.statuses: Fragments = {pk: fragment(incident_status_v1(row)) for pk, row in words.statuses.items()}
        self.types: Fragments = {pk: fragment(incident_type_v1(row)) for pk, row in words.types.items()}
        self.roles: Fragments = {pk: fragment(incident_role_v1(row)) for pk, row in words.roles.items()}
        self.options: Fragments = {pk: fragment(custom_field_option_v1(row)) for pk, row in words.options.items()}
        self.fields: Fragments = {
            pk: fragment(custom_field_type_info_v1(row, words.options_of.get(pk, [])))
            for pk, row in words.fields.items()
        }
        self.timestamps: Fragments = {
            pk: fragment({"id": row.id, "name": row.name, "rank": row.rank}) for pk, row in words.timestamps.items()
        }
        self.timestamp_names = {pk: row.name.lower().replace(" ", "_") for pk, row in words.timestamps.items()}
        self.v1_statuses = {pk: v1_status(words, pk) for pk in words.statuses}
        self.open_statuses = {pk for pk, row in words.statuses.items() if row.category in OPEN}
        self.metrics = [Metric(row) for row in active(words.metrics.values())]
        self.literal_keys = {pk: LITERAL_KEY.get(FieldType(row.field_type)) for pk, row in words.fields.items()}
        self.option_order = {pk: (row.sort_key, row.value) for pk, row in words.options.items()}
        # What is offered now, as an incident shows it that has no value of it.
        self.unset_fields = {
            row.id: fragment({"custom_field": self.fields[row.id], "values": []})
            for row in active(words.fields.values())
        }
        self.unset_roles = {row.id: fragment({"role": self.roles[row.id]}) for row in active(words.roles.values())}
        self.unset_timestamps = {
            row.id: fragment({"incident_timestamp": self.timestamps[row.id]})
            for row in active(words.timestamps.values())
        }
        self.unset_timestamps_v1 = {pk: fragment({"name": self.timestamp_names[pk]}) for pk in self.unset_timestamps}


def v1_status(words: Snapshot, status_id: str) -> str:
    """The V1 name of a status (API behaviour, section 6.6): by name, else by its place among the live ones."""
    status = words.statuses[status_id]
    if status.category == C.TRIAGE:
        return "triage"
    if status.category in (C.LEARNING, C.CLOSED, C.PAUSED):
        return "closed"
    if status.category in (C.DECLINED, C.MERGED, C.CANCELED):
        return "declined"
    if status.name.lower() in V1_BY_NAME:
        return status.name.lower()
    live = words.statuses_in(C.LIVE)
    if not live or status.rank <= live[0].rank:
        return "investigating"
    return "monitoring" if status.rank >= live[-1].rank else "fixing"


def status_of_v1(words: Snapshot, v1_name: str) -> str | None:
    """The status a V1 name stands for when declaring: by name, else by its place; None if there is none."""
    category = {"triage": C.TRIAGE, "closed": C.CLOSED, "declined": C.DECLINED}.get(v1_name, C.LIVE)
    candidates = words.statuses_in(category)
    named = [status for status in candidates if status.name.lower() == v1_name]
    if not candidates:
        return None
    if named or category != C.LIVE:
        return (named or candidates)[0].id
    place = {"investigating": 0, "fixing": len(candidates) // 2, "monitoring": -1}[v1_name]
    return candidates[place].id


@lru_cache(maxsize=2)
def embedded(words: Snapshot) -> Embedded:
    """The rendered words of `words`, kept for the latest snapshots."""
    return Embedded(words)
