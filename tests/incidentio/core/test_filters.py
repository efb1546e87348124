"""Filters in brackets."""

from datetime import UTC, datetime
from typing import Any

import pytest
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from incidentio.core.filters import FilterQuery, Instants, KeyedOperators, Operators, Span, bracketed
from incidentio.core.views import validated


class ListQuery(FilterQuery):
    page_size = serializers.IntegerField(default=25)
    status = Operators("one_of", "not_in")
    custom_field = KeyedOperators("one_of", "is_blank")
    created_at = Instants()


def ask(query: str) -> dict[str, Any]:
    return validated(ListQuery, bracketed(Request(APIRequestFactory().get(f"/v2/things?{query}"))))


def test_keys_repeat_and_may_be_escaped() -> None:
    assert ask("status[one_of]=a&status%5Bone_of%5D=b&status[not_in]=c&page_size=3&custom_field[F][one_of]=") == {
        "page_size": 3,
        "status": {"one_of": ["a", "b"], "not_in": ["c"]},
    }


def test_filters_on_one_of_many_name_it() -> None:
    assert ask("custom_field[F][one_of]=x&custom_field[F][one_of]=y&custom_field[G][is_blank]=true")[
        "custom_field"
    ] == {"F": {"one_of": ["x", "y"]}, "G": {"is_blank": ["true"]}}


@pytest.mark.parametrize(
    "query",
    [
        "status=a",
        "status[like]=a",
        "status[one_of][more]=a",
        "custom_field=a",
        "custom_field[F]=a",
        "custom_field[F][like]=a",
        "stauts[one_of]=a",
        "status[one_of]=%00",
        "created_at[gte]=yesterday",
        "created_at[gte]=2024-13-01",
        "created_at[date_range]=2024-12-01",
        "created_at[date_range]=2024-12-01~soon",
    ],
)
def test_what_makes_no_sense_is_refused(query: str) -> None:
    with pytest.raises(serializers.ValidationError):
        ask(query)


@pytest.mark.parametrize(
    ("query", "since", "until"),
    [
        ("[gte]=2024-12-02", datetime(2024, 12, 2, tzinfo=UTC), None),
        ("[lte]=2024-12-02", None, datetime(2024, 12, 3, tzinfo=UTC)),
        ("[date_range]=2024-12-02~2024-12-08", datetime(2024, 12, 2, tzinfo=UTC), datetime(2024, 12, 9, tzinfo=UTC)),
        ("[gte]=2024-12-02T10:00:00%2B02:00", datetime(2024, 12, 2, 8, tzinfo=UTC), None),
        ("[gte]=2024-12-02T10:00:00", datetime(2024, 12, 2, 10, tzinfo=UTC), None),
        ("[lte]=2024-12-02T10:00:00.5Z", None, datetime(2024, 12, 2, 10, 0, 0, 500_001, tzinfo=UTC)),
        ("[lte]=9999-12-31", None, datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_a_date_is_a_whole_day(query: str, since: datetime | None, until: datetime | None) -> None:
    assert ask(f"created_at{query}")["created_at"] == Span(since, until)
