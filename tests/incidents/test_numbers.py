"""Numbers of old incidents come along; the counter stays ahead of them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from catalog import snapshot
from incidentio.core.errors import Invalid
from incidents.declare import Retrospective
from incidents.models import Declaration, Incident
from tests.conftest import SYSTEM

Declare = Callable[..., Incident]


@pytest.fixture
def bring(declare: Declare) -> Callable[..., Incident]:
    """`bring(4711)`: an incident that is long over, with the number it had elsewhere."""
    severity_id = next(iter(snapshot.current().severities))

    def brought(number: int, **said: str) -> Incident:
        told = Retrospective(external_id=number)
        return declare(SYSTEM, mode="retrospective", severity_id=severity_id, retrospective=told, **said)

    return brought


def test_it_keeps_its_number_and_the_next_one_follows_it(declare: Declare, bring: Declare) -> None:
    number = declare().number + 1000
    assert bring(number).reference == f"INC-{number}"
    assert declare().number == number + 1
    assert bring(number - 500).number == number - 500
    assert declare().number == number + 2


def test_a_number_that_is_taken_is_refused_and_nothing_is_spent(declare: Declare, bring: Declare) -> None:
    taken = declare().number
    with pytest.raises(Invalid) as refusal:
        bring(taken, idempotency_key="again")
    assert refusal.value.problems[0].pointer == "retrospective_incident_options.external_id"
    assert not Declaration.objects.filter(idempotency_key="again").exists()
    assert bring(taken + 1, idempotency_key="again").number == taken + 1
    assert declare().number == taken + 2


def test_the_same_key_again_keeps_the_first_number(declare: Declare, bring: Declare) -> None:
    number = declare().number + 7
    assert bring(number, idempotency_key="old").number == bring(number + 1, idempotency_key="old").number == number


@pytest.mark.django_db(transaction=True)
def test_declares_meanwhile_neither_fail_nor_share_a_number(declare: Declare, bring: Declare) -> None:
    first = declare().number

    def one(place: int) -> int | None:
        try:
            return (declare() if place % 4 else bring(first + place)).number
        except Invalid:
            return None  # somebody has the number
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as callers:
        numbers = list(callers.map(one, range(1, 41)))
    assert None not in [number for place, number in enumerate(numbers, 1) if place % 4]
    made = [first, *(number for number in numbers if number is not None)]
    assert sorted(made) == sorted(Incident.objects.values_list("number", flat=True))
    assert declare().number == max(made) + 1
