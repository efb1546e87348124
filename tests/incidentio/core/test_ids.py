"""Ids as rows carry them."""

from datetime import UTC, datetime, timedelta

import pytest

from catalog.models import Severity
from incidentio.core.ids import LENGTH, first_id_of, is_id, new_id


def test_ids_rise_within_a_process() -> None:
    ids = [new_id() for _ in range(1000)]
    assert ids == sorted(set(ids))
    assert all(is_id(made) for made in ids)


@pytest.mark.parametrize("text", ["", "x", "01arz3ndektsv4rrffq69g5fav", "81ARZ3NDEKTSV4RRFFQ69G5FAV", None, 7])
def test_what_is_no_ulid_is_no_id(text: object) -> None:
    assert not is_id(text)


def test_rows_written_together_keep_their_ids() -> None:
    made = Severity.objects.bulk_create([Severity(name=f"Severity {rank}", rank=rank) for rank in (100, 101)])
    kept = Severity.objects.filter(rank__gte=100).values_list("id", flat=True)
    assert {row.id for row in made} == set(kept)
    assert all(len(pk) == LENGTH for pk in kept)


def test_ids_made_before_a_moment_are_smaller_than_its_first() -> None:
    before, moment, after = new_id(), datetime.now(UTC) + timedelta(milliseconds=1), "7" + "Z" * 25
    assert before < first_id_of(moment) < after
    assert is_id(first_id_of(moment))
    assert first_id_of(datetime(2023, 1, 1, tzinfo=UTC)) == "01GNNA1J000000000000000000"
