"""Of several calls that would make the same at a tool, one makes it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidentio.core.times import rfc3339
from integrations.base import StepFailed
from integrations.claims import CLAIM_SECONDS, claim
from integrations.models import RemoteObject

pytestmark = pytest.mark.django_db
ISSUE = {"tool": "acme", "kind": "issue_claim", "subject_type": "incident", "subject_id": "01J"}
BUSY = "Another step is making this issue"


def long_ago() -> None:
    """Whoever claimed it has not been heard of for longer than a claim lasts."""
    row = RemoteObject.objects.get()
    row.state["tried_at"] = rfc3339(timezone.now() - timedelta(seconds=CLAIM_SECONDS + 1))
    row.save()


def test_who_comes_first_has_it() -> None:
    ours = claim(ISSUE, "one", BUSY)
    assert (ours.is_new, ours.taken_over) == (True, False)


def test_who_has_it_may_try_again() -> None:
    first, again = claim(ISSUE, "one", BUSY), claim(ISSUE, "one", BUSY)
    assert (again.is_new, again.taken_over, again.since) == (False, False, first.since)


def test_others_wait() -> None:
    claim(ISSUE, "one", BUSY)
    with pytest.raises(StepFailed, match=BUSY) as refusal:
        claim(ISSUE, "two", BUSY)
    assert not refusal.value.permanent


def test_after_a_while_others_take_it_over_and_know_it() -> None:
    claim(ISSUE, "one", BUSY)
    long_ago()
    assert claim(ISSUE, "two", BUSY).taken_over
    assert claim(ISSUE, "two", BUSY).taken_over, "it still may have been made by the first"


def test_what_was_taken_over_is_no_longer_the_first_ones() -> None:
    claim(ISSUE, "one", BUSY)
    long_ago()
    claim(ISSUE, "two", BUSY)
    with pytest.raises(StepFailed, match=BUSY):
        claim(ISSUE, "one", BUSY)


def test_another_subject_is_nobodys_yet() -> None:
    claim(ISSUE, "one", BUSY)
    assert claim(ISSUE | {"subject_id": "01K"}, "two", BUSY).is_new
