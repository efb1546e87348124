"""Whatever a test here does to the configuration, its events must tell all of it."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from catalog.custom_fields import OPTION, create_custom_field
from catalog.custom_fields import SUBJECT as CUSTOM_FIELD
from catalog.defaults import KINDS
from catalog.models import CustomField, CustomFieldOption
from events.models import Event
from events.record import fold, plain, state_of
from tests.catalog.service import entries_as_stored, entries_as_told, links_as_stored, links_as_written
from tests.conftest import SYSTEM, ApiClient

EVERY_KIND = KINDS | {CUSTOM_FIELD: CustomField, OPTION: CustomFieldOption}


def as_told() -> dict[tuple[str, str], dict[str, Any]]:
    """The state of each word, as its events add up to."""
    events: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in Event.objects.filter(subject_type__in=EVERY_KIND).order_by("number"):
        events[event.subject_type, event.subject_id].append(event)
    return {subject: _filled(fold(told)) for subject, told in events.items()}


def as_stored() -> dict[tuple[str, str], dict[str, Any]]:
    """The state of each word, archived ones included, as its row has it."""
    rows = [(subject, row) for subject, model in EVERY_KIND.items() for row in model._default_manager.all()]
    return {
        (subject, row.pk): _filled({name: plain(value) for name, value in state_of(row).items()})
        for subject, row in rows
    }


def _filled(state: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in state.items() if value not in (None, {}, [])}


@pytest.fixture(autouse=True)
def every_change_is_told(hub: None) -> Iterator[None]:
    yield
    assert as_told() == as_stored()
    assert _all_filled(entries_as_told()) == _all_filled(entries_as_stored())
    assert links_as_stored() == links_as_written()


def _all_filled(states: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {pk: _filled(state) for pk, state in states.items()}


@pytest.fixture
def terraform(api: Callable[..., ApiClient]) -> ApiClient:
    """A caller who configures."""
    return api("viewer", "manage_settings", name="Terraform")


@pytest.fixture
def importer(api: Callable[..., ApiClient]) -> ApiClient:
    """A caller who writes the service catalog."""
    return api("catalog_editor", name="Importer")


@pytest.fixture
def product(hub: None) -> CustomField:
    """A single select without options."""
    return create_custom_field(SYSTEM, name="Product", description="What broke", field_type="single_select")
