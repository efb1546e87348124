"""Workers and their parent killed with -9 while incidents are declared: every event arrives, in its order."""

import os
import random
from collections.abc import Callable

import pytest

from events.models import Event
from incidents.changing import changing
from incidents.models import Incident
from tests.chaos.workers import murder, wait_until, workers
from tests.conftest import SYSTEM
from tests.receiver import Receiver, receiving
from workflows.health import worker_is_well
from workflows.models import CallState, Delivery, EventType
from workflows.webhooks import create_endpoint

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "3"))
DECLARES = int(os.environ.get("CHAOS_DECLARES", "100"))
LONGEST_LIFE_SECONDS = DECLARES / 150
QUICK = {"LEASE_SECONDS": "0.6", "SWEEP_SECONDS": "0.1"}


def declare_all(declare: Callable[..., Incident]) -> None:
    """DECLARES incidents a round, every fifth one changed at once."""
    for number in range(DECLARES):
        incident = declare()
        if number % 5 == 0:
            with changing(SYSTEM, incident.pk) as change:
                change.incident.name = "Worse than we thought"


def all_settled() -> bool:
    waiting = Event.objects.filter(position=None).exists()
    return not waiting and not Delivery.objects.filter(state=CallState.PENDING).exists()


def first_arrivals(receiver: Receiver) -> list[str]:
    """The ids of the events in the order in which they arrived first."""
    return list(dict.fromkeys(arrival.message_id.removeprefix("msg_") for arrival in receiver.arrivals))


def check_nothing_lost_nor_overtaken(receiver: Receiver) -> None:
    events = Event.objects.filter(type__startswith="incident.").order_by("position")
    place = {pk: index for index, pk in enumerate(first_arrivals(receiver))}
    assert set(place) == {event.pk for event in events}
    latest: dict[str, int] = {}
    for event in events:
        assert place[event.pk] > latest.get(event.subject_id, -1)
        latest[event.subject_id] = place[event.pk]
    assert set(Delivery.objects.values_list("state", flat=True)) == {CallState.DONE}


@pytest.mark.chaos
@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_nor_overtaken(declare: Callable[..., Incident]) -> None:
    seed = int(os.environ.get("CHAOS_SEED", random.randrange(1_000_000)))
    print(f"CHAOS_SEED={seed}")
    chance = random.Random(seed)
    with receiving() as receiver, workers(**QUICK) as group:
        create_endpoint(SYSTEM, name="Warehouse", url=receiver.url, event_types=EventType.values)
        wait_until(worker_is_well, "the workers to start")
        for _ in range(ROUNDS):
            with murder(group, chance, LONGEST_LIFE_SECONDS):
                declare_all(declare)
            wait_until(all_settled, "every delivery to be made")
            check_nothing_lost_nor_overtaken(receiver)
