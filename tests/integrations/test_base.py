"""What people entered for a connection."""

import pytest

from integrations.base import Entered


def test_what_was_left_out_is_empty() -> None:
    assert (Entered({"project": "OPS"})["project"], Entered({})["project"]) == ("OPS", "")


@pytest.mark.parametrize(
    ("said", "listed"),
    [
        ({}, ["incident"]),
        ({"labels": ""}, ["incident"]),
        ({"labels": " ops , incident,ops"}, ["ops", "incident"]),
        ({"labels": ","}, []),
    ],
)
def test_commas_part_what_is_listed(said: dict[str, str], listed: list[str]) -> None:
    assert Entered(said).listed("labels", "incident") == listed


def test_secrets_are_not_shown() -> None:
    assert "hunter2" not in repr(Entered({"token": "hunter2"}))
