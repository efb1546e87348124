"""What the page about webhooks says is so."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from incidents.models import Incident
from tests.conftest import SYSTEM
from tests.receiver import Receiver
from workflows.models import EventType
from workflows.webhooks import NewEndpoint, rotate_endpoint_secret

PAGE = Path(settings.BASE_DIR, "docs/webhooks.md").read_text()


@pytest.fixture
def is_genuine() -> Any:
    """The check that the page shows."""
    match = re.search("```python\n(.*?)```", PAGE, re.DOTALL)
    assert match is not None
    names: dict[str, Any] = {}
    exec(match[1], names)
    return names["is_genuine"]


def test_the_check_it_shows_takes_what_we_send_and_nothing_else(
    is_genuine: Any, warehouse: Receiver, endpoint: NewEndpoint, declare: Callable[..., Incident], drain: Any
) -> None:
    new = rotate_endpoint_secret(SYSTEM, endpoint.endpoint, timedelta(hours=1)).secret
    declare()
    drain()
    (arrival,) = warehouse.arrivals
    assert is_genuine(endpoint.secret, arrival.headers, arrival.body)
    assert is_genuine(new, arrival.headers, arrival.body)
    assert not is_genuine(new, arrival.headers, arrival.body + b" ")
    assert not is_genuine("whsec_c29tZWJvZHkgZWxzZQ==", arrival.headers, arrival.body)
    late = arrival.headers | {"webhook-timestamp": str(int(arrival.headers["webhook-timestamp"]) - 600)}
    assert not is_genuine(new, late, arrival.body)


@pytest.mark.parametrize("event_type", EventType)
def test_it_names_every_event(event_type: EventType) -> None:
    room, _, name = event_type.partition(".")
    short = re.sub("^(action|follow_up)_.*_(v[12])$", r"\1_…_\2", name)
    assert f"`{room}.{name}`" in PAGE or f"`{name}`" in PAGE or f"`{short}`" in PAGE
    assert f"`{room}." in PAGE
