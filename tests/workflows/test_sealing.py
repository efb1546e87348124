"""Secrets of steps: nowhere to be read, and at hand where they are needed."""

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from events.models import Event
from incidentio.core.errors import Invalid
from incidents.models import Incident
from tests.conftest import SYSTEM
from tests.receiver import Receiver, answer
from tests.workflows.asking import NOTE, on
from tests.workflows.secretive import (
    BEARER,
    ENDPOINT,
    HEADERS,
    OTHER,
    SECRET,
    SIGNING,
    TENANT,
    bindings,
    leaks,
    literal,
    literals,
    signed,
    version_of,
)
from tests.workflows.writing import STEP_ID, step, text, written
from workflows.models import RunState, StepRun, Workflow, WorkflowRun
from workflows.registry import STEPS
from workflows.sealing import opened, secrets_of
from workflows.starting import start_workflow
from workflows.steps.redacting import is_secret
from workflows.sweeper import wake_overdue_runs
from workflows.switching import copy_workflow, switch
from workflows.workflows import update_workflow

Declare = Callable[..., Incident]
Drain = Callable[[], None]
URL = "https://hooks.example.com/in"
HIDDEN = [
    literal(f"{URL}?token=[secret]&page=2"),
    {},
    literals("Authorization: [secret]", "Content-Type: application/json"),
    {},
    literal("[secret]"),
]


def rewritten(workflow: Workflow, *steps: dict[str, Any], **said: Any) -> Workflow:
    return update_workflow(SYSTEM, workflow, text(steps=list(steps), **said))


def shown(workflow: Workflow, **said: Any) -> dict[str, Any]:
    """Its step as it is shown."""
    return step("webhook.send", *bindings(workflow.definition), **said)


def lose_the_key(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]


# ---- nowhere to be read


def test_what_sounds_secret_is_hidden() -> None:
    params = [param for known in STEPS.values() for param in known.params]
    telling = {param.name: param.hide is not None for param in params if is_secret(param.name)}
    assert telling == {"signing_secret": True, "generated_secret": True, "signature_header": False}


def test_what_is_stored_and_told_of_a_workflow_has_no_secrets() -> None:
    workflow = written(steps=[signed(URL)])
    rewritten(workflow, signed(URL, OTHER, TENANT), name="Renamed")
    copy_workflow(SYSTEM, workflow)
    assert leaks() == []
    assert bindings(Workflow.objects.earliest("id").definition)[SECRET] == literal("[secret]")


def test_names_of_headers_and_the_rest_of_an_address_are_shown() -> None:
    assert bindings(written(steps=[signed(URL)]).definition) == HIDDEN


def test_events_say_that_something_is_hidden_there() -> None:
    workflow = written(steps=[signed(URL)])
    event = Event.objects.get(subject_type="workflow", subject_id=workflow.pk)
    assert bindings(event.changes["definition"][1]) == HIDDEN


def test_references_and_what_says_nothing_stay() -> None:
    said = [{}, {}, {}, {}, {"value": {"reference": "incident.name"}}, literal("")]
    workflow = written(steps=[step("webhook.send", *said)])
    assert bindings(workflow.definition) == said
    assert version_of(workflow).secrets == ""


def test_an_unknown_step_is_kept_as_it_was_written() -> None:
    said = step("moon.howl", literal("loudly"))
    assert written(steps=[said]).definition["steps"] == [said]


# ---- at hand


def test_a_run_signs_with_the_secret_and_sends_the_headers(declare: Declare, drain: Drain, receiver: Receiver) -> None:
    on("incident.created", steps=[signed(receiver.url)])
    declare()
    drain()
    (arrival,) = receiver.arrivals
    Webhook(SIGNING).verify(arrival.body, arrival.headers)
    assert arrival.headers["authorization"] == BEARER.removeprefix("Authorization: ")
    assert arrival.path.endswith("?token=sesame-open&page=2")
    assert WorkflowRun.objects.get().state == RunState.COMPLETE
    assert leaks() == []


def test_a_run_keeps_to_the_secrets_of_its_version(declare: Declare, drain: Drain, receiver: Receiver) -> None:
    workflow = on("manual", steps=[signed(receiver.url)])
    start_workflow(SYSTEM, workflow, declare(), {})
    rewritten(workflow, signed(receiver.url, OTHER))
    start_workflow(SYSTEM, workflow, declare(), {})
    drain()
    signatures = {arrival.message_id: arrival for arrival in receiver.arrivals}
    first, second = (arrival for _, arrival in sorted(signatures.items()))
    Webhook(SIGNING).verify(first.body, first.headers)
    Webhook(OTHER).verify(second.body, second.headers)


def test_done_for_each_of_many_it_is_opened_once(declare: Declare, drain: Drain, receiver: Receiver) -> None:
    fields = [{"key": "who", "title": "Who", "type": "String", "array": True}]
    workflow = on("manual", steps=[signed(receiver.url, for_each="form.who")], form_fields=fields)
    start_workflow(SYSTEM, workflow, declare(), {"who": ["a", "b", "c"]})
    with CaptureQueriesContext(connection) as asked:
        drain()
    assert {arrival.headers["authorization"] for arrival in receiver.arrivals} == {"Bearer hunter2-of-acme"}
    opening = 'SELECT "workflows_workflowversion"."id", "workflows_workflowversion"."secrets" FROM'
    assert (len(receiver.arrivals), sum(opening in query["sql"] for query in asked)) == (3, 1)


def test_each_step_has_its_own(declare: Declare, drain: Drain, receiver: Receiver) -> None:
    on("incident.created", steps=[signed(receiver.url), signed(receiver.url, OTHER, TENANT, id="other")])
    declare()
    drain()
    one, other = receiver.arrivals
    Webhook(SIGNING).verify(one.body, one.headers)
    Webhook(OTHER).verify(other.body, other.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(SIGNING).verify(other.body, other.headers)
    assert (other.headers["x-tenant"], "authorization" in other.headers) == ("acme-secretly", False)


def test_what_a_receiver_says_again_is_not_kept(declare: Declare, drain: Drain, receiver: Receiver) -> None:
    receiver.script = [answer(200, f"You sent {BEARER}, {TENANT} and {SIGNING}".encode())]
    on("incident.created", steps=[signed(receiver.url, SIGNING, BEARER, TENANT)])
    declare()
    drain()
    assert StepRun.objects.get().delivery["response"]["body"].count("[secret]") == 3
    assert leaks() == []


# ---- written again


@pytest.mark.parametrize("times", [1, 2])
def test_shown_and_sent_back_it_is_what_it_was(times: int) -> None:
    workflow = written(steps=[signed(URL)])
    for number in range(times):
        rewritten(workflow, shown(workflow), name=f"Renamed {number}")
    assert secrets_of(version_of(workflow)) == {
        f"{ENDPOINT}.{STEP_ID}": [f"{URL}?token=sesame-open&page=2"],
        f"{HEADERS}.{STEP_ID}": [BEARER],
        f"{SECRET}.{STEP_ID}": [SIGNING],
    }


def test_written_as_it_is_nothing_changes() -> None:
    workflow = written(steps=[signed(URL)])
    rewritten(workflow, signed(URL))
    rewritten(workflow, shown(workflow))
    assert (workflow.version, workflow.versions.count(), Event.objects.filter(subject_id=workflow.pk).count()) == (
        1, 1, 1,
    )  # fmt: skip


def test_another_secret_is_another_version() -> None:
    workflow = written(steps=[signed(URL)])
    rewritten(workflow, signed(URL, OTHER))
    assert workflow.version == 2
    assert bindings(opened(workflow))[SECRET] == literal(OTHER)
    changes = Event.objects.get(type="workflow.updated").changes
    assert (changes["version"], "definition" in changes) == ([1, 2], False)


def test_one_is_changed_and_the_others_stay() -> None:
    workflow = written(steps=[signed(URL)])
    changed = shown(workflow)
    changed["param_bindings"][SECRET] = literal(OTHER)
    rewritten(workflow, changed)
    assert bindings(opened(workflow)) == bindings({"steps": [signed(URL, OTHER)]})


def test_headers_are_known_by_their_names() -> None:
    workflow = written(steps=[signed(URL, SIGNING, BEARER, TENANT)])
    changed = shown(workflow)
    changed["param_bindings"][HEADERS] = literals("X-Tenant: [secret]", "X-New: 1", "Authorization: [secret]")
    rewritten(workflow, changed)
    assert bindings(opened(workflow))[HEADERS] == literals(TENANT, "X-New: 1", BEARER)
    changed["param_bindings"][HEADERS] = literals("X-Tenant: [secret]")
    rewritten(workflow, changed)
    assert bindings(opened(workflow))[HEADERS] == literals(TENANT)


def test_steps_may_change_places() -> None:
    workflow = written(steps=[signed(URL), signed(URL, OTHER, id="other")])
    one, other = workflow.definition["steps"]
    rewritten(workflow, other, NOTE | {"id": "note"}, one)
    steps = opened(workflow)["steps"]
    assert [steps[place]["param_bindings"][SECRET] for place in (0, 2)] == [literal(OTHER), literal(SIGNING)]


def test_what_is_dropped_is_forgotten() -> None:
    workflow = written(steps=[signed(URL), signed(URL, OTHER, id="other")])
    rewritten(workflow, workflow.definition["steps"][1])
    assert {name.partition(".")[2] for name in secrets_of(version_of(workflow))} == {"other"}
    rewritten(workflow)
    assert version_of(workflow).secrets == ""


@pytest.mark.parametrize(
    ("place", "said", "pointer"),
    [
        (SECRET, literal("[secret]"), "value"),
        (HEADERS, literals("Accept: text/plain", "X-Other: [secret]"), "array_value.1"),
        (HEADERS, literals("Authorization: [secret]", "Authorization: [secret]"), "array_value.0"),
        (ENDPOINT, literal("https://elsewhere.example.com/?token=[secret]"), "value"),
    ],
)
def test_what_is_hidden_and_not_kept_is_refused(place: int, said: dict[str, Any], pointer: str) -> None:
    workflow = written(steps=[signed(URL)])
    before = secrets_of(version_of(workflow))
    changed = shown(workflow, id="another") if place == SECRET else shown(workflow)
    changed["param_bindings"][place] = said
    with pytest.raises(Invalid, match="enter it again") as refused:
        rewritten(workflow, changed)
    pointers = [problem.pointer for problem in refused.value.problems]
    assert f"steps.0.param_bindings.{place}.{pointer}.literal" in pointers
    assert (secrets_of(version_of(workflow)), workflow.versions.count()) == (before, 1)


def test_a_new_workflow_has_nothing_to_keep() -> None:
    with pytest.raises(Invalid, match="enter it again"):
        written(steps=[step("webhook.send", *HIDDEN)])
    assert Workflow.objects.count() == 0


def test_switched_and_copied_it_keeps_them() -> None:
    workflow = written(steps=[signed(URL)])
    switch(SYSTEM, workflow, on=True)
    copy = copy_workflow(SYSTEM, workflow)
    assert opened(workflow)["steps"] == opened(copy)["steps"] == [signed(URL)]
    assert leaks() == []


# ---- keys of the ring


def test_rotation_goes_through_them(settings: Any) -> None:
    workflow, new = written(steps=[signed(URL)]), Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new, *settings.ENCRYPTION_KEYS]
    call_command("rotate_secrets")
    settings.ENCRYPTION_KEYS = [new]
    assert opened(workflow)["steps"] == [signed(URL)]


def test_without_the_key_the_step_says_so_and_the_others_go_on(
    declare: Declare, drain: Drain, receiver: Receiver, settings: Any
) -> None:
    settings.STEP_RETRY_SECONDS = [0.0]
    on("incident.created", steps=[signed(receiver.url), {**NOTE, "id": "then"}], continue_on_step_error=True)
    incident = declare()
    lose_the_key(settings)
    drain()
    assert [row.status for row in StepRun.objects.order_by("place")] == ["error", "complete"]
    assert "cannot be decrypted" in StepRun.objects.get(place=0).error
    assert (receiver.arrivals, incident.actions.count()) == ([], 1)


def test_the_key_found_again_the_run_goes_on(declare: Declare, drain: Drain, receiver: Receiver, settings: Any) -> None:
    ring = settings.ENCRYPTION_KEYS
    on("incident.created", steps=[signed(receiver.url)])
    declare()
    lose_the_key(settings)
    drain()
    assert WorkflowRun.objects.get().state == RunState.PENDING
    settings.ENCRYPTION_KEYS = ring
    WorkflowRun.objects.update(due_at=timezone.now())
    wake_overdue_runs()
    drain()
    assert (len(receiver.arrivals), WorkflowRun.objects.get().state) == (1, RunState.COMPLETE)


def test_without_the_key_it_is_switched_off_and_what_is_sealed_stays_sealed(settings: Any) -> None:
    workflow, ring = written(steps=[signed(URL)], state="active"), settings.ENCRYPTION_KEYS
    lose_the_key(settings)
    assert bindings(opened(workflow)) == HIDDEN
    switch(SYSTEM, workflow, on=False)
    assert workflow.version == 2
    settings.ENCRYPTION_KEYS = ring
    assert opened(workflow)["steps"] == [signed(URL)]


def test_without_the_key_all_of_them_are_entered_again(settings: Any) -> None:
    workflow = written(steps=[signed(URL)])
    lose_the_key(settings)
    changed = shown(workflow)
    changed["param_bindings"][SECRET] = literal(OTHER)
    with pytest.raises(Invalid, match="enter it again"):
        rewritten(workflow, changed)
    with pytest.raises(Invalid, match="enter it again"):
        copy_workflow(SYSTEM, workflow)
    rewritten(workflow, signed(URL, OTHER))
    assert opened(workflow)["steps"] == [signed(URL, OTHER)]
