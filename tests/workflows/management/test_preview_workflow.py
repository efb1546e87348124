"""manage.py preview_workflow: the time machine in a terminal."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from incidents.models import Incident
from tests.workflows.asking import NOTE
from tests.workflows.writing import asking, plain, severity, step, written
from workflows.models import WorkflowRun

Printed = pytest.CaptureFixture[str]


@pytest.fixture
def bad(declare: Callable[..., Incident]) -> Incident:
    """A critical incident, beside one that is not."""
    declare(severity_id=severity("Minor"), name="Typo")
    return declare(severity_id=severity("Critical"), name="Till is down")


def critical() -> list[dict[str, Any]]:
    return [{"conditions": [asking("incident.severity", "one_of", severity("Critical"))]}]


def test_it_says_what_a_workflow_would_have_caught_and_why_not(bad: Incident, capsys: Printed) -> None:
    written("incident.created", name="Page", condition_groups=critical(), steps=[NOTE])
    call_command("preview_workflow", "Page")
    said = capsys.readouterr().out
    assert f"{bad.reference} Till is down: 2" in said
    assert "Description: Look" in said
    assert " Typo: no. None of its groups of conditions held" in said
    assert "It would have run on 1 of 2 incidents" in said
    assert not WorkflowRun.objects.exists()


def test_a_draft_in_a_file_is_asked_too(bad: Incident, tmp_path: Path, capsys: Printed) -> None:
    draft = tmp_path / "workflow.json"
    draft.write_text(json.dumps(plain(trigger="incident.created", condition_groups=critical())))
    call_command("preview_workflow", "--draft", str(draft), "--json")
    told = json.loads(capsys.readouterr().out)
    assert [one["incident"]["reference"] for one in told["previews"] if one["matched"]] == [bad.reference]


@pytest.mark.parametrize("content", ["{", "[]", json.dumps(plain(name=""))])
def test_rubbish_is_refused_in_a_line(tmp_path: Path, content: str) -> None:
    draft = tmp_path / "workflow.json"
    draft.write_text(content)
    with pytest.raises(CommandError, match=r"workflow\.json"):
        call_command("preview_workflow", "--draft", str(draft))


def test_what_a_draft_may_not_say_is_refused(tmp_path: Path) -> None:
    draft = tmp_path / "workflow.json"
    wrong = step("incident.set_severity", {}, {"value": {"literal": "nope"}})
    draft.write_text(json.dumps(plain(steps=[wrong])))
    with pytest.raises(CommandError, match="nope"):
        call_command("preview_workflow", "--draft", str(draft))


@pytest.mark.parametrize("arguments", [[], ["Nobody wrote this"]])
def test_there_must_be_one_to_ask(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("preview_workflow", *arguments)
