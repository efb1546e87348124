"""Workers killed with -9 in the middle of a fire drill: it goes on, cleans up, and nothing is made twice."""

import os
from collections import Counter
from collections.abc import Iterator

import pytest

from accounts.models import User
from integrations.base import Repeat
from tests.chaos.workers import Workers, kill, wait_until, workers
from tests.conftest import SYSTEM
from tests.integrations.standing_in import slow
from tests.workflows.drill_tools import Tools, connect_all, every_tool, switch_on
from workflows.drilling import start_drill
from workflows.drills import How, links_of
from workflows.health import worker_is_well
from workflows.models import DrillState, FireDrill
from workflows.registry import STEPS

QUICK = {"LEASE_SECONDS": "6", "SWEEP_SECONDS": "0.5", "FIRE_DRILL_SECONDS": "300"}


@pytest.fixture
def tools(omar: User) -> Iterator[Tools]:
    """Every tool, connected, and three workflows that use them."""
    with every_tool() as tools:
        connect_all(tools)
        switch_on(omar.pk)
        yield tools


@pytest.mark.skipif("CHAOS_RUNS" not in os.environ, reason="It takes two minutes: make chaos")
@pytest.mark.chaos
@pytest.mark.django_db(transaction=True)
def test_it_goes_on_cleans_up_and_makes_nothing_twice(tools: Tools) -> None:
    for tool in ("github", "zoom", "linear"):
        tools.sites[tool].script = [slow(0.0), slow(0.0), slow(2.0), slow(2.0), slow(2.0)]
    with workers(**QUICK) as group:
        wait_until(worker_is_well, "the workers to start")
        drill = start_drill(SYSTEM)
        wait_until(lambda: bool(tools.sites["zoom"].meetings), "things to be made")
        _kill_everybody(group)
        wait_until(lambda: len(FireDrill.objects.get(pk=drill.pk).tidied) > 2, "half of it to be tidied up", 400)
        _kill_everybody(group)
        wait_until(lambda: _state(drill) == DrillState.DONE, "the drill to end", 400)
    assert {tool: rows for tool, rows in tools.left().items() if rows} == {}
    assert {name: count for name, count in _made(tools).items() if count > 1} == {}
    _check_links(drill)


def _state(drill: FireDrill) -> str:
    return FireDrill.objects.values_list("state", flat=True).get(pk=drill.pk)


def _kill_everybody(group: Workers) -> None:
    """-9 to the workers and what keeps them; then they are started again."""
    pids = group.pids()
    group.kill_parent()
    for pid in pids:
        kill(pid)
    group.start()


def _made(tools: Tools) -> Counter[str]:
    """How often each thing was made, whatever became of it."""
    sites = tools.sites
    meetings = [asked for tool in ("zoom", "google_meet") for asked in sites[tool].asked if _makes(asked)]
    made = Counter(asked.path for asked in meetings)
    made.update(f"github {issue['title']}" for issue in sites["github"].issues)
    made.update(f"gitlab {issue['title']}" for issue in sites["gitlab"].issues)
    made.update(f"linear {issue['title']}" for issue in sites["linear"].issues)
    made.update(f"jira {issue['fields']['labels']}" for issue in sites["jira"].issues)
    made.update(f"opsgenie {alert['alias']}" for alert in sites["opsgenie"].alerts)
    made.update(f"pagerduty {alert['key']}" for alert in sites["pagerduty"].alerts)
    made.update(f"slack {name}" for name in tools.slack.channels)
    made.update(f"slack {params['metadata']}" for params in tools.slack.called("chat.postMessage"))
    return made


def _makes(asked: object) -> bool:
    return asked.method == "POST" and asked.path.endswith(("/meetings", "/spaces"))


def _check_links(drill: FireDrill) -> None:
    """Nothing is broken but what no tool tells: whether it took the message somebody was killed at."""
    broken = [link for link in links_of(FireDrill.objects.get(pk=drill.pk)) if link.how == How.BROKEN]
    assert [link for link in broken if STEPS[link.what].repeats != Repeat.ASK] == []
