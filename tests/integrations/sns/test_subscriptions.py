"""A topic asks whether the hub wants to hear of it, and is told so once."""

from collections.abc import Callable

from integrations.models import RemoteObject
from integrations.sns.subscriptions import CONFIRMATION
from tests.integrations.recorded import source_of
from tests.integrations.sns.amazon import (
    SUBSCRIPTION,
    Amazon,
    publish,
    subscription,
)

Drain = Callable[[], None]
TOKEN = SUBSCRIPTION["Token"]


def row() -> RemoteObject:
    return RemoteObject.objects.get(kind=CONFIRMATION)


def test_from_the_first_question_to_the_confirmation(amazon: Amazon, drain: Drain) -> None:
    source = source_of("sns")
    answer = publish(source, subscription())
    assert (answer.status_code, int(answer["Retry-After"])) == (503, 5)
    assert amazon.asked == []
    drain()
    assert publish(source, subscription()).status_code == 202
    assert amazon.confirmed == []
    drain()
    assert amazon.confirmed == [TOKEN]
