"""What is remembered only to do nothing twice is forgotten in the end; what stands for something stays."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidentio.core.times import rfc3339
from integrations import pruning
from integrations.models import RemoteObject
from integrations.pruning import prune_remembered

SLACK = "slack"


def remembered(kind: str, of: str, days: float = 91, tool: str = SLACK, remote_id: str = "x") -> RemoteObject:
    """A row that was made so many days ago."""
    subject = f"{RemoteObject.objects.count():026}"
    row = RemoteObject.objects.create(tool=tool, kind=kind, subject_type=of, subject_id=subject, remote_id=remote_id)
    RemoteObject.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(days=days))
    return row


PASSING = [
    ("request", "slack_request"),
    ("recorded_reaction", "slack_reaction"),
    ("reaction", "slack_message"),
    ("message", "call"),
]


@pytest.mark.parametrize(("kind", "of"), PASSING)
def test_what_was_over_long_ago_is_forgotten(kind: str, of: str) -> None:
    remembered(kind, of)
    young = remembered(kind, of, days=89)
    other = remembered(kind, of, tool="grapevine")
    assert prune_remembered() == 1
    assert {*RemoteObject.objects.values_list("pk", flat=True)} == {young.pk, other.pk}


@pytest.mark.parametrize(
    ("kind", "of", "tool"),
    [
        ("channel", "incident", SLACK),
        ("message", "incident", SLACK),
        ("announcement", "incident", SLACK),
        ("issue", "follow_up", "github"),
        ("call", "incident", "zoom"),
        ("incident", "incident", "pagerduty"),
    ],
)
def test_what_stands_for_something_stays(kind: str, of: str, tool: str) -> None:
    remembered(kind, of, days=900, tool=tool)
    assert (prune_remembered(), RemoteObject.objects.count()) == (0, 1)


def test_a_reaction_that_waits_to_be_read_stays() -> None:
    remembered("reaction", "slack_message", remote_id="waiting")
    assert prune_remembered() == 0


def certificate(remote_id: str, days: float = 91, **state: str) -> RemoteObject:
    """What is known of a certificate of Amazon's for so many days."""
    row = remembered("certificate", "certificate", days, "sns", remote_id)
    RemoteObject.objects.filter(pk=row.pk).update(state=state)
    return row


def test_certificates_that_prove_nothing_any_more_are_forgotten() -> None:
    certificate("done", ends=rfc3339(timezone.now() - timedelta(seconds=1)))
    certificate("done", pem="of before it was noted when they end")
    certificate("refused", why="It is no certificate")
    assert (prune_remembered(), RemoteObject.objects.count()) == (3, 0)


def test_certificates_that_are_good_or_young_or_asked_for_stay() -> None:
    certificate("done", ends=rfc3339(timezone.now() + timedelta(days=1)))
    certificate("done", days=89, ends=rfc3339(timezone.now() - timedelta(days=1)))
    certificate("refused", days=89)
    certificate("waiting")
    remembered("confirmation", "confirmation", 900, "sns", "done")
    assert (prune_remembered(), RemoteObject.objects.count()) == (0, 5)


def test_it_takes_small_bites_and_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "AT_ONCE", 2)
    monkeypatch.setattr(pruning, "BATCHES", 2)
    for kind, of in PASSING:
        remembered(kind, of)
    remembered(*PASSING[0])
    assert [prune_remembered() for _ in range(3)] == [4, 1, 0]
