"""The demo: believable, consistent with its events, told once, and all or nothing."""

from collections.abc import Callable
from io import StringIO
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Max, Min
from django.utils import timezone

from accounts.models import User
from catalog import snapshot
from catalog.custom_fields import create_custom_field
from events.models import Event
from incidents.demo.history import plan
from incidents.demo.organisation import build
from incidents.models import Action, FollowUp, Incident, IncidentUpdate
from tests.conftest import SYSTEM
from tests.incidents.folding import folded, stored


def seed(incidents: int = 12, **options: object) -> str:
    said = StringIO()
    call_command("seed_demo", incidents=incidents, stdout=said, **options)
    return said.getvalue()


def test_every_row_is_what_its_events_add_up_to(hub: None) -> None:
    assert "12 incidents" in seed(12)
    assert Incident.objects.count() == 12
    for model in (Incident, Action, FollowUp):
        assert model.objects.exists()
        for row in model.objects.all():
            assert folded(row) == stored(row)


def test_the_past_is_told_at_its_own_time(hub: None) -> None:
    seed(12)
    events = Event.objects.exclude(incident_id=None)
    times = {
        row["incident_id"]: row for row in events.values("incident_id").annotate(Min("created_at"), Max("created_at"))
    }
    for incident in Incident.objects.all():
        of_events = times[incident.id]
        assert (incident.created_at, incident.updated_at) == (
            of_events["created_at__min"],
            of_events["created_at__max"],
        )
    assert events.latest("created_at").created_at <= timezone.now()
    assert list(events.order_by("id")) == list(events.order_by("created_at", "id"))
    assert list(Incident.objects.order_by("number")) == list(Incident.objects.order_by("created_at"))
    assert not IncidentUpdate.objects.filter(created_at__gt=timezone.now()).exists()


def test_a_second_run_says_so_and_adds_nothing(hub: None) -> None:
    seed(3)
    before = Event.objects.count()
    assert "already here" in seed(5, seed=2)
    assert Event.objects.count() == before


def test_a_hub_with_incidents_of_its_own_is_asked_about(declare: Callable[..., Incident]) -> None:
    declare()
    with pytest.raises(CommandError, match="--yes"):
        seed(2)
    assert not User.objects.exists()
    seed(2, yes=True)
    assert Incident.objects.count() == 3


def test_what_does_not_fit_leaves_nothing_behind(hub: None) -> None:
    create_custom_field(SYSTEM, name="Cause", description="", field_type="text")
    with pytest.raises(CommandError, match="'Cause'"):
        seed(2)
    assert not User.objects.exists()


def test_the_same_seed_tells_the_same_stories(hub: None) -> None:
    organisation, words, now = build(SYSTEM), snapshot.current(), timezone.now()
    one, again, other = (
        [step.moment for step in plan(Random(seed), organisation, words, 40, now)] for seed in (1, 1, 2)
    )
    assert one == again != other


def test_there_must_be_something_to_tell(hub: None) -> None:
    with pytest.raises(CommandError, match="at least 1"):
        seed(0)
