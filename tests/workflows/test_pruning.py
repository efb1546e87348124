"""Old deliveries leave the log, a few at a time; what waits stays."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidentio.core.ids import first_id_of, new_id
from tests.conftest import SYSTEM
from workflows import pruning
from workflows.models import CallState, Delivery, EventType
from workflows.pruning import prune_deliveries
from workflows.webhooks import create_endpoint


def deliveries(count: int, days: float, state: str = CallState.DONE) -> list[str]:
    """Deliveries made so many days ago; their keys."""
    endpoint = create_endpoint(SYSTEM, name="Data", url="http://127.0.0.1:9/", event_types=EventType.values).endpoint
    start = first_id_of(timezone.now() - timedelta(days=days))[:10]
    rows = [
        Delivery(
            id=start + new_id()[10:],
            endpoint=endpoint,
            target=endpoint.target,
            event_id=new_id(),
            incident_id=new_id(),
            position=1,
            state=state,
        )
        for _ in range(count)
    ]
    return [row.pk for row in Delivery.objects.bulk_create(rows)]


@pytest.mark.parametrize("state", [CallState.DONE, CallState.NOT_DONE, CallState.UNKNOWN])
def test_what_is_over_leaves_after_thirty_days(state: str) -> None:
    young = deliveries(2, 29.9, state)
    deliveries(3, 30.1, state)
    assert prune_deliveries() == 3
    assert {*Delivery.objects.values_list("pk", flat=True)} == {*young}


def test_what_waits_stays() -> None:
    deliveries(1, 40, CallState.PENDING)
    assert prune_deliveries() == 0
    assert Delivery.objects.count() == 1


def test_it_takes_small_bites_and_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "AT_ONCE", 2)
    monkeypatch.setattr(pruning, "BATCHES", 2)
    deliveries(5, 31)
    assert [prune_deliveries() for _ in range(3)] == [4, 1, 0]
