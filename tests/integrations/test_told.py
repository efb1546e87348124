"""What steps are told is read alike by all tools."""

from typing import Any

import pytest

from incidents.models import Incident
from integrations.base import StepFailed
from integrations.told import incident_of, text_of, texts_of
from tests.workflows.steps.doing import doing

NOBODYS = "01HZZZZZZZZZZZZZZZZZZZZZZZ"


@pytest.mark.parametrize(("said", "text"), [(" Hi \n", "Hi"), (7, "7"), (None, ""), ("  ", "")])
def test_a_text_has_no_space_around_it(said: Any, text: str) -> None:
    assert text_of({"message": said}, "message") == text


def test_what_was_left_out_says_nothing() -> None:
    assert (text_of({}, "message"), texts_of({}, "labels")) == ("", [])


def test_each_text_counts_once() -> None:
    assert texts_of({"labels": ["ops", " ops ", "", None, "web"]}, "labels") == ["ops", "web"]


def test_a_step_is_about_the_incident_it_names_else_the_runs(incident: Incident) -> None:
    assert incident_of(doing(None), {"incident": incident.pk}) == incident
    assert incident_of(doing(incident), {}) == incident


@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        ({}, "this run is about none, and the step names none"),
        ({"incident": "INC-7"}, "There is no incident with the ID 'INC-7'"),
        ({"incident": NOBODYS}, f"There is no incident with the ID '{NOBODYS}'"),
    ],
)
def test_a_step_about_no_incident_says_why(hub: None, args: dict[str, Any], complaint: str) -> None:
    with pytest.raises(StepFailed, match=complaint):
        incident_of(doing(None), args)
