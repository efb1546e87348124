"""What was so at a moment: the state of an incident as its events add up to, and what a trigger told besides.

Conditions, templates and steps read facts and nothing else, so that the past can be asked as well as the present.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from catalog.snapshot import Snapshot
from events.actors import ActorKind
from events.models import Event
from incidents.models import WorkStatus
from workflows.lookup import Lookup

INCIDENT, ACTION, FOLLOW_UP, ALERT = "incident", "action", "follow_up", "alert"
REACTION = "slack_reaction"
WORK = (ACTION, FOLLOW_UP)
INPUT, LOOP_VARIABLE = "input", "loop_variable"
INNER = {INPUT, LOOP_VARIABLE}
ROLE, UPDATE, LINK = "incident_role_assignments.", "updates.", "incident_alerts."


@dataclass
class IncidentState:
    """An incident at a moment. `values` are its columns and children as its events tell them (`incidents.changing`);
    `others` the same of its actions, follow-ups and alerts by id. Events are applied in the order of their positions.
    """

    id: str
    values: dict[str, Any] = field(default_factory=dict)
    others: dict[str, dict[str, Any]] = field(default_factory=dict)
    doers: set[str] = field(default_factory=set)
    changed_at: datetime | None = None
    last_update_at: datetime | None = None

    def apply(self, event: Event) -> None:
        """Let `event`, of this incident's timeline, have happened."""
        if event.actor_kind == ActorKind.USER:
            self.doers.add(event.actor_id)
        if event.subject_type == REACTION:
            return  # nothing of the incident is another now
        self.changed_at = event.created_at
        if event.subject_type != INCIDENT:
            apply_changes(self.others.setdefault(event.subject_id, {}), event.changes)
        elif event.subject_id == self.id:
            self._apply_own(event)

    def _apply_own(self, event: Event) -> None:
        for name, (_, after) in event.changes.items():
            if name.startswith(UPDATE):
                if after and after.get("message"):
                    self.last_update_at = event.created_at
            elif after is None:
                self.values.pop(name, None)
            else:
                self.values[name] = after

    @property
    def active_participants(self) -> list[str]:
        """The people who hold a role, did something, or have an action or follow-up, each once (by id)."""
        holders = {value for name, value in self.values.items() if name.startswith(ROLE)}
        assignees = {
            work["assignee_id"]
            for work in self.others.values()
            if work.get("assignee_id") and work.get("status") != WorkStatus.DELETED
        }
        return sorted(holders | assignees | self.doers)


def apply_changes(state: dict[str, Any], changes: Mapping[str, Any]) -> None:
    """Let one event's changes have happened to `state`."""
    for name, (_, after) in changes.items():
        if after is None:
            state.pop(name, None)
        else:
            state[name] = after


@dataclass(frozen=True)
class Facts:
    """All that can be asked at a moment. `given` are the roots a trigger adds to the incident, by their references, in
    plain values: ids, texts, instants as RFC 3339, lists of these; of an action, follow-up or alert its state.
    """

    words: Snapshot
    lookup: Lookup
    now: datetime
    incident: IncidentState | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    worked_out: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)  # expressions, each once

    def with_given(self, **roots: Any) -> "Facts":
        """The same facts where these roots stand for something: `input` in a filter, `loop_variable` in a loop.
        Expressions do not see those two, and are what they were.
        """
        known = self.worked_out if roots.keys() <= INNER else {}
        return Facts(self.words, self.lookup, self.now, self.incident, {**self.given, **roots}, known)


def timelines(incident_ids: Iterable[str], before: int | None = None) -> dict[str, IncidentState]:
    """The incidents' states; with `before`, as of the events with lower positions. One statement."""
    states = {pk: IncidentState(pk) for pk in incident_ids}
    events = Event.objects.filter(incident_id__in=list(states))
    if before is not None:
        events = events.filter(position__lt=before)
    for event in in_order(events):
        states[event.incident_id or ""].apply(event)
    return states


def in_order(events: Iterable[Event]) -> list[Event]:
    """Events as they were committed, those without a position yet last."""
    return sorted(events, key=lambda event: (event.position is None, event.position or 0, event.number, event.id))
