"""Secrets of workflows over HTTP: told to who may write the workflow, hidden from everybody else."""

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.fernet import Fernet

from apikeys.keys import issue
from catalog.teams import create_team
from incidents.models import Incident
from tests.conftest import SYSTEM, ApiClient
from tests.receiver import Receiver
from tests.workflows.api.test_workflows import without_labels
from tests.workflows.secretive import OTHER, SECRET, SECRETS, SIGNING, bindings, leaks, literal, signed, version_of
from tests.workflows.writing import change_of, plain
from workflows.models import Workflow
from workflows.sealing import opened

EDITOR = ("workflows_viewer", "workflows_editor")
URL = "https://hooks.example.com/in"
RAW = {"skip_step_upgrades": True}


@pytest.fixture
def terraform(api: Callable[..., ApiClient]) -> ApiClient:
    """A key that may write workflows."""
    return api(*EDITOR, name="Terraform")


@pytest.fixture
def reader(api: Callable[..., ApiClient]) -> ApiClient:
    """A key that may view them."""
    return api("workflows_viewer", name="Reader")


def answered(answer: Any, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    workflow: dict[str, Any] = answer.json()["workflow"]
    return workflow


def show(client: ApiClient, pk: str) -> dict[str, Any]:
    return answered(client.get(f"/v2/workflows/{pk}?skip_step_upgrades=true"))


def test_terraform_reads_what_it_wrote_and_plans_no_change(terraform: ApiClient) -> None:
    body = plain(steps=[signed(URL)], state="active")
    created = answered(terraform.post("/v2/workflows", body), 201)
    read = show(terraform, created["id"])
    assert without_labels(bindings(read)) == body["steps"][0]["param_bindings"]
    again = answered(terraform.put(f"/v2/workflows/{created['id']}", change_of(body) | RAW))
    assert again == read
    assert (Workflow.objects.get().version, leaks()) == (1, [])


def test_terraform_changes_a_secret(terraform: ApiClient) -> None:
    pk = answered(terraform.post("/v2/workflows", plain(steps=[signed(URL)])), 201)["id"]
    changed = answered(terraform.put(f"/v2/workflows/{pk}", change_of(plain(steps=[signed(URL, OTHER)]))))
    assert bindings(changed)[SECRET]["value"]["literal"] == OTHER
    assert (changed["version"], leaks()) == (2, [])


def test_who_may_only_view_is_told_that_there_are_secrets(terraform: ApiClient, reader: ApiClient) -> None:
    pk = answered(terraform.post("/v2/workflows", plain(steps=[signed(URL)])), 201)["id"]
    told = reader.get(f"/v2/workflows/{pk}").content.decode() + reader.get("/v2/workflows").content.decode()
    assert [secret for secret in SECRETS if secret in told] == []
    assert bindings(show(reader, pk))[SECRET]["value"] == {"literal": "[secret]", "label": "[secret]"}


def test_what_a_reader_was_shown_may_be_sent_back(
    terraform: ApiClient, reader: ApiClient, declare: Callable[..., Incident], drain: Any, receiver: Receiver
) -> None:
    body = plain(steps=[signed(receiver.url)], trigger="incident.created", state="active")
    pk = answered(terraform.post("/v2/workflows", body), 201)["id"]
    steps = [signed(URL) | {"param_bindings": without_labels(bindings(show(reader, pk)))}]
    answered(terraform.put(f"/v2/workflows/{pk}", change_of(body | {"steps": steps, "name": "Renamed"})))
    declare()
    drain()
    assert receiver.arrivals[0].headers["authorization"] == "Bearer hunter2-of-acme"
    assert (Workflow.objects.get().version, leaks()) == (2, [])


def test_a_key_that_may_not_write_this_one_is_not_told(terraform: ApiClient, api: Callable[..., ApiClient]) -> None:
    writer = api(*EDITOR, "private_workflows_editor", name="Security")
    body = plain(steps=[signed(URL)], private_incident_scope="all")
    pk = answered(writer.post("/v2/workflows", body), 201)["id"]
    told = [bindings(show(client, pk))[SECRET]["value"]["literal"] for client in (writer, terraform)]
    assert told == [SIGNING, "[secret]"]


def test_a_key_of_a_team_is_told_the_secrets_of_its_own(terraform: ApiClient) -> None:
    mine, other = create_team(SYSTEM, name="Mine"), create_team(SYSTEM, name="Other")
    token = issue(SYSTEM, name="Team", roles=["workflows_viewer"], team_roles=["workflows_editor"], team_ids=[mine.id])
    bodies = [plain(steps=[signed(URL)], owning_team_ids=[team.id]) for team in (mine, other)]
    made = [answered(terraform.post("/v2/workflows", body), 201)["id"] for body in bodies]
    client = ApiClient(token.token, token.key)
    told = [bindings(show(client, pk))[SECRET]["value"]["literal"] for pk in made]
    assert told == [SIGNING, "[secret]"]


def test_what_is_hidden_and_not_kept_is_refused_with_its_place(terraform: ApiClient) -> None:
    answer: Any = terraform.post("/v2/workflows", plain(steps=[signed(URL, "[secret]")]))
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["source"]["pointer"] == f"steps.0.param_bindings.{SECRET}.value.literal"
    assert (Workflow.objects.count(), "enter it again" in error["message"]) == (0, True)


def test_without_the_key_it_is_shown_hidden_and_written_anew(terraform: ApiClient, settings: Any) -> None:
    body = plain(steps=[signed(URL)])
    pk = answered(terraform.post("/v2/workflows", body), 201)["id"]
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert bindings(show(terraform, pk))[SECRET]["value"]["literal"] == "[secret]"
    written = answered(terraform.put(f"/v2/workflows/{pk}", change_of(body)))
    assert bindings(written)[SECRET]["value"]["literal"] == SIGNING


def test_the_time_machine_tells_none(terraform: ApiClient, declare: Callable[..., Incident]) -> None:
    declare()
    body = plain(steps=[signed(URL)], trigger="incident.created")
    pk = answered(terraform.post("/v2/workflows", body), 201)["id"]
    stored: Any = terraform.post(f"/v2/workflows/{pk}/actions/preview", {"days": 7})
    drafted: Any = terraform.post("/v2/workflows/actions/preview", {"workflow": body, "days": 7})
    for answer in (stored, drafted):
        assert '"[secret]"' in answer.content.decode()
        assert [secret for secret in SECRETS if secret in answer.content.decode()] == []


def test_it_costs_one_statement_more(terraform: ApiClient, django_assert_max_num_queries: Any) -> None:
    steps = [signed(URL, id=str(number)) for number in range(10)]
    pk = answered(terraform.post("/v2/workflows", plain(steps=steps)), 201)["id"]
    with django_assert_max_num_queries(14):
        show(terraform, pk)
    assert opened(version_of(Workflow.objects.get()).workflow)["steps"] == steps
    assert literal(SIGNING) == bindings(opened(Workflow.objects.get()), 9)[SECRET]
