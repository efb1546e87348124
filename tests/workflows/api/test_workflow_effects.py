"""The ledger over HTTP: what workflows did outside, and what people do about it."""

from collections.abc import Callable
from typing import Any

import pytest

from events.models import Event
from incidents.models import Incident
from tests.conftest import ApiClient
from tests.receiver import Receiver, answer
from tests.workflows.asking import on
from tests.workflows.writing import step
from workflows.models import CallState, Effect, RunState, WorkflowRun

Drain = Callable[[], None]


@pytest.fixture
def refused(declare: Callable[..., Incident], drain: Drain, receiver: Receiver) -> Effect:
    """A call that was refused, of a run that ended with it."""
    receiver.script = [answer(404)]
    secret = {"value": {"literal": "whsec_c2VjcmV0c2VjcmV0"}}
    url = {"value": {"literal": receiver.url}}
    on("incident.created", steps=[step("webhook.send", url, {}, {}, {"value": {"literal": "{}"}}, secret)])
    declare()
    drain()
    return Effect.objects.get()


@pytest.fixture
def editor(api: Callable[..., ApiClient]) -> ApiClient:
    return api("workflows_editor")


def shown(client: ApiClient, effect: Effect) -> Any:
    found: Any = client.get(f"/v2/workflow_effects/{effect.pk}")
    assert found.status_code == 200, found.content
    return found.json()["workflow_effect"]


def test_a_call_is_shown_with_its_attempts_and_without_its_secrets(editor: ApiClient, refused: Effect) -> None:
    wire = shown(editor, refused)
    assert (wire["state"], wire["step"], wire["idempotency_key"]) == ("not_done", "webhook.send", refused.key)
    assert [attempt["status"] for attempt in wire["attempts"]] == [404]
    assert "whsec" not in str(wire)


def test_calls_are_listed_by_state_and_run(editor: ApiClient, refused: Effect) -> None:
    def ids(query: str) -> list[str]:
        found: Any = editor.get(f"/v2/workflow_effects?{query}")
        return [one["id"] for one in found.json()["workflow_effects"]]

    assert ids("state=not_done") == ids(f"workflow_run_id={refused.step_run.run_id}") == [refused.pk]
    assert ids("state=unknown") == []


def test_a_call_is_made_again_and_the_run_goes_on(editor: ApiClient, refused: Effect, drain: Drain) -> None:
    assert editor.post(f"/v2/workflow_effects/{refused.pk}/actions/redrive").status_code == 200
    drain()
    assert shown(editor, refused)["state"] == CallState.DONE
    assert WorkflowRun.objects.get().state == RunState.COMPLETE
    assert Event.objects.filter(subject_type="effect", actor_kind="api_key").exists()


def test_a_persons_word_lets_the_run_go_on(
    editor: ApiClient, refused: Effect, drain: Drain, receiver: Receiver
) -> None:
    assert editor.post(f"/v2/workflow_effects/{refused.pk}/actions/call_it_done").status_code == 200
    drain()
    assert WorkflowRun.objects.get().state == RunState.COMPLETE
    assert len(receiver.arrivals) == 1


def test_what_arrived_is_not_made_again(editor: ApiClient, refused: Effect, drain: Drain) -> None:
    editor.post(f"/v2/workflow_effects/{refused.pk}/actions/redrive")
    drain()
    assert editor.post(f"/v2/workflow_effects/{refused.pk}/actions/redrive").status_code == 409


def test_a_viewer_may_look_and_no_more(api: Callable[..., ApiClient], refused: Effect) -> None:
    viewer = api("workflows_viewer", name="Viewer")
    shown(viewer, refused)
    assert viewer.post(f"/v2/workflow_effects/{refused.pk}/actions/redrive").status_code == 403
