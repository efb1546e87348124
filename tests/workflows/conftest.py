"""The other side of webhooks, and the passing of time."""

from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone

from tests.conftest import SYSTEM
from tests.receiver import Receiver, receiving
from workflows.models import Delivery, EventType, Target
from workflows.sweeper import wake_overdue
from workflows.webhooks import NewEndpoint, create_endpoint


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody on loopback who takes webhooks."""
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def endpoint(receiver: Receiver) -> NewEndpoint:
    """The receiver's endpoint, which gets everything."""
    return create_endpoint(SYSTEM, name="Warehouse", url=receiver.url, event_types=EventType.values)


@pytest.fixture
def warehouse(receiver: Receiver, endpoint: NewEndpoint) -> Receiver:
    """A receiver that gets everything."""
    return receiver


@pytest.fixture
def later(drain: Callable[[], None]) -> Callable[[], None]:
    """`later()`: whatever waits for its time has reached it, and the background has worked."""

    def run() -> None:
        Delivery.objects.update(due_at=timezone.now())
        Target.objects.update(held_until=None)
        wake_overdue()
        drain()

    return run
