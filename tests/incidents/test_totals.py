"""Counting incidents without counting them."""

from collections.abc import Callable
from importlib import import_module

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from incidents.models import Incident, IncidentTally
from incidents.totals import total

Declare = Callable[..., Incident]
USUAL = ("standard", "retrospective")


def test_what_is_tallied_and_what_waits_add_up(declare: Declare, drain: Callable[[], None]) -> None:
    declare()
    declare(visibility="private")
    declare(mode="test")
    assert (total(False, USUAL), total(True, USUAL), total(True, ("test",))) == (1, 2, 1)
    drain()
    assert dict(IncidentTally.objects.values_list("mode", "count")) == {"standard": 1, "test": 1}
    declare()
    assert (total(False, USUAL), total(True, USUAL), total(True, ("test",))) == (2, 3, 1)
    drain()
    assert (total(False, USUAL), total(True, USUAL)) == (2, 3)


def test_nothing_is_counted_twice_when_the_dispatcher_runs_again(declare: Declare, drain: Callable[[], None]) -> None:
    for _ in range(3):
        declare()
        drain()
        drain()
    assert total(False, USUAL) == 3


def test_an_installation_from_before_the_tally_counts_what_it_has(declare: Declare, drain: Callable[[], None]) -> None:
    declare()
    drain()
    declare()
    IncidentTally.objects.all().delete()
    apps = MigrationExecutor(connection).loader.project_state().apps
    migration = import_module("incidents.migrations.0004_tally")
    migration.count_those_there_are(apps, None)
    assert total(False, USUAL) == 2
