"""The workflows that are switched on, compiled once per configuration version and process, by what starts them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F

from accounts.models import Team
from catalog.teams import teams_meant
from events.record import config_version
from incidentio.core.ids import is_id
from workflows.conditions import compile_groups
from workflows.facts import Facts
from workflows.models import Workflow, WorkflowState, WorkflowVersion
from workflows.ownership import owners_of
from workflows.values import reader
from workflows.workflows import NONE, OWNING_TEAMS
from workflows.world import WorkflowWords, World, world_of

BEGUN_KEPT = 5_000


@dataclass(frozen=True)
class Entry:
    """A workflow ready to be asked: `holds` are its conditions. `members` are the people of its owning teams, whose
    private incidents it may run on; None if it may run on all of them, nobody if on none.
    """

    workflow_id: str
    name: str
    version_id: str
    trigger: str
    definition: Mapping[str, Any]
    words: WorkflowWords
    holds: Callable[[Facts], bool]
    once_for: tuple[Callable[[Facts], Any], ...]
    modes: frozenset[str]
    members: frozenset[str] | None
    runs_from: datetime | None

    @property
    def delay_seconds(self) -> int:
        """How long it waits before its first step; of a scheduled one, between two runs."""
        return int((self.definition.get("delay") or {}).get("for_seconds", 0))

    @property
    def asks_first(self) -> bool:
        """Whether a person confirms each run."""
        return self.definition.get("auto_run_mode") == "confirm_before_running"


@dataclass(frozen=True)
class Book:
    """All workflows that are switched on, as of one configuration version."""

    version: int
    by_trigger: Mapping[str, list[Entry]]


def entry_of(world: World, workflow: Workflow, version: WorkflowVersion, members: frozenset[str] | None) -> Entry:
    """One version of a workflow, compiled."""
    definition = version.definition
    words = WorkflowWords(world, workflow.trigger, definition)
    return Entry(
        workflow_id=workflow.id,
        name=workflow.name,
        version_id=version.id,
        trigger=workflow.trigger,
        definition=definition,
        words=words,
        holds=compile_groups(words, definition["condition_groups"]),
        once_for=tuple(reader(words, reference) for reference in definition["once_for"]),
        modes=frozenset(definition["runs_on_incident_modes"]),
        members=members,
        runs_from=version.runs_from,
    )


def entries_of(versions: Iterable[WorkflowVersion]) -> list[Entry]:
    """These versions, compiled. A constant number of statements."""
    versions = list(versions)
    world = world_of([version.definition for version in versions])
    people = _people_by_team(versions)
    return [entry_of(world, version.workflow, version, _members(version.definition, people)) for version in versions]


def _people_by_team(versions: Iterable[WorkflowVersion]) -> dict[str, set[str]]:
    """The people of each team that owns one of these workflows, under every id the team goes by."""
    meant = teams_meant({pk for version in versions for pk in owners_of(version.definition) if is_id(pk)})
    if not meant:
        return {}
    people: dict[str, set[str]] = defaultdict(set)
    for team_id, user_id in Team.members.through.objects.filter(team_id__in=set(meant.values())).values_list(
        "team_id", "user_id"
    ):
        people[team_id].add(user_id)
    return {pk: people[team_id] for pk, team_id in meant.items()}


def _members(definition: Mapping[str, Any], people: Mapping[str, set[str]]) -> frozenset[str] | None:
    scope = definition.get("private_incident_scope", NONE)
    if scope == NONE:
        return frozenset()
    if scope != OWNING_TEAMS:
        return None
    return frozenset().union(*(people.get(pk, set()) for pk in owners_of(definition)))


_latest: Book | None = None
_begun: dict[str, Entry] = {}
_begun_at = 0


def at(version: int) -> Book:
    """The workflows switched on at `version` of the configuration, which must be the one there is."""
    global _latest  # noqa: PLW0603  one book per process is the point
    book = _latest
    if book is None or book.version != version:
        book = _latest = _load(version)
    return book


def entry_at(version_id: str) -> Entry:
    """The version of a workflow that a run began with, compiled once per configuration version and process."""
    global _begun_at  # noqa: PLW0603  as above
    version = config_version()
    if _begun_at != version or len(_begun) > BEGUN_KEPT:
        _begun.clear()
        _begun_at = version
    if version_id not in _begun:
        _begun[version_id] = entries_of([WorkflowVersion.objects.select_related("workflow").get(pk=version_id)])[0]
    return _begun[version_id]


def _load(version: int) -> Book:
    latest = WorkflowVersion.objects.filter(
        number=F("workflow__version"), workflow__archived_at=None, workflow__state=WorkflowState.ACTIVE
    )
    by_trigger: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries_of(latest.select_related("workflow").order_by("workflow_id")):
        by_trigger[entry.trigger].append(entry)
    return Book(version, dict(by_trigger))
