"""A fire drill through every tool there is: all links work and nothing is left, or the report names what is broken."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from integrations.registry import TOOLS
from tests.conftest import SYSTEM
from tests.workflows.drill_tools import TABLE, Tools, connect_all, every_tool, switch_on
from workflows.drilling import advance, start_drill
from workflows.drills import How, Link, links_of
from workflows.models import CallState, Effect, Target, WorkflowRun
from workflows.sweeper import wake_overdue_effects, wake_overdue_runs

ROUNDS = 12


@pytest.fixture
def tools(hub: None, omar: User, settings: Any) -> Iterator[Tools]:
    """Every tool, connected, and three workflows that use them; calls may take 0.6 s."""
    settings.LEASE_SECONDS, settings.FIRE_DRILL_SECONDS = 0.9, 600.0
    with every_tool() as tools:
        connect_all(tools)
        switch_on(omar.pk)
        yield tools


@pytest.fixture
def drilled(drain: Callable[[], None]) -> Callable[[], list[Link]]:
    """`drilled()`: a drill to its end, as if whatever waits for its time had reached it; its links."""

    def go() -> list[Link]:
        drill = start_drill(SYSTEM)
        for _ in range(ROUNDS):
            drain()
            drill.refresh_from_db()
            if drill.state == "done":
                return links_of(drill)
            _let_time_pass()
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


def test_all_links_work_and_nothing_is_left(tools: Tools, drilled: Callable[[], list[Link]]) -> None:
    links = drilled()
    assert [link for link in links if link.how not in (How.WORKS, How.LEFT_OUT)] == []
    assert {link.where for link in links if link.what == "Connection"} == {
        TOOLS[tool].label for tool in [*TABLE, "slack"]
    }
    assert {tool: rows for tool, rows in tools.left().items() if rows} == {}
