"""A fire drill through every tool there is: all links work and nothing is left, or the report names what is broken."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from integrations.registry import TOOLS
from tests.conftest import SYSTEM
from tests.integrations.standing_in import Fault, says, silent
from tests.receiver import Behaviour, answer, silence
from tests.workflows.drill_tools import TABLE, Tools, connect_all, every_tool, switch_on
from workflows.drilling import advance, start_drill
from workflows.drills import How, Link, links_of
from workflows.models import CallState, Effect, FireDrill, Target, WorkflowRun
from workflows.sweeper import wake_overdue_effects, wake_overdue_runs

ROUNDS = 12
EVERY, LONG_FORM = [*TABLE, "slack"], "CHAOS_RUNS" in os.environ
TOOL_OF = {step.name: tool.name for tool in TOOLS.values() for step in tool.steps}
Broken = tuple[Fault, Behaviour]  # what a tool does instead, and what Slack does
Drilled = Callable[[], list[Link]]


@pytest.fixture
def tools(hub: None, omar: User, settings: Any) -> Iterator[Tools]:
    """Every tool, connected, and three workflows that use them; calls may take 0.6 s."""
    settings.LEASE_SECONDS, settings.FIRE_DRILL_SECONDS = 0.9, 600.0
    with every_tool() as tools:
        connect_all(tools)
        switch_on(omar.pk)
        yield tools


@pytest.fixture
def drilled(drain: Callable[[], None]) -> Drilled:
    """`drilled()`: a drill to its end, as if whatever waits for its time had reached it; its links."""

    def go() -> list[Link]:
        drill = start_drill(SYSTEM)
        for number in range(ROUNDS):
            drain()
            drill.refresh_from_db()
            if drill.state == "done":
                return links_of(drill)
            _let_time_pass()
            if number in (ROUNDS // 3, 2 * ROUNDS // 3):
                _let_half_the_drill_pass(drill)
            drain()
            advance.func(drill.pk)
        raise AssertionError(f"It goes on and on: {links_of(drill)}")

    return go


def _let_time_pass() -> None:
    now = timezone.now()
    Effect.objects.filter(state=CallState.PENDING).update(due_at=now)
    WorkflowRun.objects.update(due_at=now)
    Target.objects.update(held_until=None)
    wake_overdue_effects()
    wake_overdue_runs()


def _let_half_the_drill_pass(drill: FireDrill) -> None:
    half = (drill.ends_by - drill.created_at) / 2 + timedelta(seconds=1)
    FireDrill.objects.update(created_at=drill.created_at - half, ends_by=drill.ends_by - half)


def test_all_links_work_and_nothing_is_left(tools: Tools, drilled: Drilled) -> None:
    links = drilled()
    assert [link for link in links if link.how not in (How.WORKS, How.LEFT_OUT)] == []
    assert {link.where for link in links if link.what == "Connection"} == {TOOLS[tool].label for tool in EVERY}
    assert {tool: rows for tool, rows in tools.left().items() if rows} == {}


def broken(links: list[Link]) -> set[str]:
    """The tools of the links that are broken; what is no tool's by its name."""
    by_label = {tool.label: name for name, tool in TOOLS.items()}
    names = [TOOL_OF.get(link.what) or by_label.get(link.where, link.where) for link in links if link.how == How.BROKEN]
    return set(names)


# An incident has one call: while nobody knows whether one of these made it, the other waits.
ONE_CALL = {"google_meet": {"zoom"}, "zoom": {"google_meet"}}
UNKNOWN_KEY: Broken = (says(401, {"message": "Unauthorized"}), answer(401, b"{}"))
SILENCE: Broken = (silent, silence)
FAILURE: Broken = (says(500, {"message": "oops"}), answer(500, b"oops"))


@pytest.mark.chaos
@pytest.mark.parametrize(
    ("how", "tool"), [(UNKNOWN_KEY, "jira"), (SILENCE, "opsgenie"), (FAILURE, "discord")], ids=["401", "silence", "500"]
)
def test_what_is_broken_is_named(tools: Tools, drilled: Drilled, how: Broken, tool: str) -> None:
    for broken_one in EVERY if LONG_FORM else [tool]:
        tools.break_down(broken_one, *how)
        assert broken(drilled()) - ONE_CALL.get(broken_one, set()) == {broken_one}
        tools.mend()
    drilled()
    assert {name for name, rows in tools.left().items() if rows} == set()
