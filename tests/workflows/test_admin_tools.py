"""Things done at a tool from an incident's page in the admin."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import OrganisationRole, User
from accounts.users import create_user
from events.models import Event
from incidents.follow_ups import create_follow_up
from incidents.memberships import grant
from incidents.models import Attachment, Incident
from integrations.connections import archive_connection, connect, switch
from integrations.models import Connection
from integrations.registry import TOOLS
from tests.conftest import SYSTEM, ApiClient
from tests.desk import Desk
from tests.integrations.github.conftest import connection, site
from tests.integrations.github.site import GitHubSite
from tests.integrations.issues import later
from tests.integrations.standing_in import says, silent
from tests.mailbox import Mailbox, serving
from tests.workflows.asking import NOTE, ask, on
from tests.workflows.browsing import controls
from workflows.models import Effect, RunState, Workflow, WorkflowRun

__all__ = ["connection", "later", "site"]

Declare = Callable[..., Incident]
Drain = Callable[[], None]
ISSUE, FOLLOW_UPS = "github.create_issue", "github.export_follow_ups"
TITLE, REPOSITORY, LABELS = (f"steps.0.param_bindings.{place}.values" for place in (1, 3, 4))
FOLLOW_UP, PRIVATE_TOO = "steps.0.param_bindings.1.values", "steps.0.param_bindings.5.values"


@pytest.fixture
def broken(declare: Declare) -> Incident:
    """An incident that wants an issue."""
    return declare(name="Checkout is down", summary="Nobody can pay")


@pytest.fixture
def secret(declare: Declare, omar: User) -> Incident:
    """A private incident Omar is a member of."""
    incident = declare(name="Someone read our mail", visibility="private")
    grant(SYSTEM, incident.pk, omar.pk)
    return incident


@pytest.fixture
def post_office(settings: Any) -> Iterator[Mailbox]:
    """A mail server that is set up."""
    with serving() as mailbox:
        settings.MAIL_SERVER = mailbox.settings
        yield mailbox


@pytest.fixture
def another_administrator(hub: None) -> User:
    """Ada administers the hub, too."""
    return create_user(SYSTEM, email="ada@example.com", name="Ada", role=OrganisationRole.ADMINISTRATOR)


def page_of(desk: Desk, incident: Incident, step: str = ISSUE) -> Any:
    return desk.get("workflows_workflow_tool", incident.pk, step)


def form_of(desk: Desk, incident: Incident, step: str = ISSUE) -> dict[str, list[str]]:
    """What the page would send as it is."""
    return controls(page_of(desk, incident, step).content.decode(), "step_form")


def do(desk: Desk, incident: Incident, step: str = ISSUE, sent: dict[str, Any] | None = None, **said: Any) -> Any:
    """Fill in the form and send it; `sent`: send this."""
    sent = (sent or form_of(desk, incident, step)) | {name: value for name, value in said.items() if value is not None}
    return desk.client.post(reverse("admin:workflows_workflow_tool", args=[incident.pk, step]), sent)


def list_of(desk: Desk, incident: Incident) -> str:
    page: str = desk.get("workflows_workflow_tools", incident.pk).content.decode()
    return page


def beside(answer: Any, place: str) -> str:
    """What stands in the question of a control."""
    html: str = answer.content.decode()
    name = place.removesuffix(".values")
    return next(part for part in html.split("wf-question") if f'name="{name}.' in part)


def run_page(desk: Desk) -> str:
    """The page of the only run there is."""
    page: str = desk.get("workflows_workflowrun_change", WorkflowRun.objects.get().pk).content.decode()
    return page


# ---- from the button to the tool, and back


def test_an_incident_leads_to_the_tools_and_a_tool_to_its_steps(
    desk: Desk, connection: Connection, broken: Incident
) -> None:
    way = reverse("admin:workflows_workflow_tools", args=[broken.pk])
    assert way in desk.get("incidents_incident_change", broken.pk).content.decode()
    page = desk.client.get(way).content.decode()
    assert all(words in page for words in ("GitHub", "Create an issue in GitHub", "Webhooks", "Send a webhook"))
    assert reverse("admin:workflows_workflow_tool", args=[broken.pk, ISSUE]) in page


def test_what_is_sensible_is_filled_in_and_the_incident_is_no_question(
    desk: Desk, connection: Connection, broken: Incident
) -> None:
    sent = form_of(desk, broken)
    assert sent[TITLE] == [f"{broken.reference} Checkout is down"]
    assert "Nobody can pay" in [value for values in sent.values() for value in values]
    assert not [name for name in sent if name.startswith("steps.0.param_bindings.0.")]
    assert not [name for name in sent if name.startswith("steps.0.param_bindings.5.")]


def test_it_is_done_at_the_tool_and_its_run_says_so(
    desk: Desk, connection: Connection, broken: Incident, site: GitHubSite, drain: Drain
) -> None:
    answer = do(desk, broken, **{TITLE: "Look at {{ incident.name }}", LABELS: "payments\nurgent"})
    run = WorkflowRun.objects.get()
    assert answer["Location"] == reverse("admin:workflows_workflowrun_change", args=[run.pk])
    assert "Under way" in run_page(desk)
    drain()
    (issue,) = site.issues
    assert issue["title"] == "Look at Checkout is down"
    assert {"payments", "urgent"} <= {label["name"] for label in issue["labels"]}
    page = run_page(desk)
    assert all(words in page for words in ("Complete", "1 attempt", "Omar Aziz, by hand", broken.reference))


def test_it_is_done_in_the_name_of_whoever_asked(
    desk: Desk, connection: Connection, broken: Incident, site: GitHubSite, drain: Drain
) -> None:
    do(desk, broken)
    drain()
    assert Attachment.objects.get().incident == broken
    event = Event.objects.filter(incident_id=broken.pk).latest("id")
    assert (event.actor_kind, event.actor_id) == ("user", desk.user.pk)
    assert event.cause_id == WorkflowRun.objects.get().pk


def test_while_the_tool_is_silent_its_run_is_under_way_and_others_go_on(
    desk: Desk, connection: Connection, site: GitHubSite, declare: Declare, drain: Drain, later: Drain
) -> None:
    on("incident.created", name="Note", steps=[NOTE])
    broken = declare()
    site.script = [silent]
    do(desk, broken)
    drain()
    run = WorkflowRun.objects.get(workflow__by_hand=True)
    page = desk.get("workflows_workflowrun_change", run.pk).content.decode()
    assert all(words in page for words in ("Under way", "1 attempt", "Look again"))
    assert broken.actions.get().description == "Look"
    later()
    run.refresh_from_db()
    assert (run.state, len(site.issues)) == (RunState.COMPLETE, 1)


def test_what_the_tool_refuses_is_said_on_the_page_of_the_run(
    desk: Desk, connection: Connection, broken: Incident, site: GitHubSite, drain: Drain, later: Drain
) -> None:
    site.script = [says(422, {"message": "Validation Failed", "errors": []})]
    do(desk, broken)
    drain()
    assert "Validation Failed" in run_page(desk)
    desk.post("workflows_workflowrun_retry", WorkflowRun.objects.get().pk)
    later()
    assert WorkflowRun.objects.get().state == RunState.COMPLETE
    assert len(site.issues) == 1


def test_one_follow_up_is_chosen_from_the_incidents(
    desk: Desk, connection: Connection, broken: Incident, site: GitHubSite, drain: Drain
) -> None:
    create_follow_up(SYSTEM, broken.pk, title="Write it down")
    wanted = create_follow_up(SYSTEM, broken.pk, title="Add an alert")
    assert f'<option value="{wanted.pk}">Add an alert' in page_of(desk, broken, FOLLOW_UPS).content.decode()
    do(desk, broken, FOLLOW_UPS, **{FOLLOW_UP: wanted.pk})
    drain()
    assert [issue["title"] for issue in site.issues] == ["Add an alert"]


# ---- once


def test_sent_twice_it_is_done_once(
    desk: Desk, connection: Connection, broken: Incident, site: GitHubSite, drain: Drain
) -> None:
    sent = form_of(desk, broken)
    first, second = do(desk, broken, sent=sent), do(desk, broken, sent=sent)
    drain()
    third = do(desk, broken, sent=sent)
    assert first["Location"] == second["Location"] == third["Location"]
    assert WorkflowRun.objects.count() == Effect.objects.count() == len(site.issues) == 1


def test_on_a_page_opened_anew_it_is_done_again(desk: Desk, connection: Connection, broken: Incident) -> None:
    do(desk, broken)
    do(desk, broken)
    assert WorkflowRun.objects.count() == 2
    assert sorted(WorkflowRun.objects.values_list("version__number", flat=True)) == [1, 2]


def test_a_key_counts_for_one_incident_and_what_was_said(
    desk: Desk, connection: Connection, broken: Incident, declare: Declare
) -> None:
    sent = form_of(desk, broken)
    do(desk, broken, sent=sent)
    do(desk, declare(), sent=sent)
    do(desk, broken, sent=sent, **{TITLE: "In other words"})
    assert WorkflowRun.objects.count() == 3


@pytest.mark.parametrize("key", ["", "x", "'; drop table", "0" * 5_000])
def test_a_key_that_is_none_is_made_anew(desk: Desk, connection: Connection, broken: Incident, key: str) -> None:
    assert do(desk, broken, key=key).status_code == 302
    assert do(desk, broken, key=key).status_code == 302
    assert WorkflowRun.objects.count() == 2


# ---- not connected, switched off


def test_a_tool_that_is_not_connected_is_not_offered(desk: Desk, broken: Incident) -> None:
    assert "GitHub" not in list_of(desk, broken)
    assert "is not connected" in page_of(desk, broken).content.decode()
    answer = do(desk, broken)
    assert "GitHub is not connected: see Connections" in answer.content.decode()
    assert not WorkflowRun.objects.exists()


def test_a_tool_that_is_switched_off_is_not_offered(desk: Desk, connection: Connection, broken: Incident) -> None:
    switch(SYSTEM, connection, on=False)
    assert "Create an issue in GitHub" not in list_of(desk, broken)
    answer = do(desk, broken, **{TITLE: "My words"})
    assert "is switched off" in answer.content.decode()
    assert controls(answer.content.decode(), "step_form")[TITLE] == ["My words"]
    assert not WorkflowRun.objects.exists()


def test_switched_off_meanwhile_its_run_says_so(
    desk: Desk, connection: Connection, broken: Incident, site: GitHubSite, drain: Drain
) -> None:
    do(desk, broken)
    switch(SYSTEM, connection, on=False)
    drain()
    assert "is switched off" in run_page(desk)
    assert (site.asked, WorkflowRun.objects.get().state) == ([], RunState.ERROR)


def test_an_archived_connection_is_none(desk: Desk, connection: Connection, broken: Incident) -> None:
    archive_connection(SYSTEM, connection)
    assert "Create an issue in GitHub" not in list_of(desk, broken)


def test_steps_stand_beside_their_tool_whatever_they_are_called(desk: Desk, broken: Incident) -> None:
    connect(SYSTEM, "pagerduty", TOOLS["pagerduty"].settings, name="PagerDuty", values={"routing_key": "R" * 32})
    tools = desk.get("workflows_workflow_tools", broken.pk).context["tools"]
    assert [tool for tool, _ in tools] == ["PagerDuty", "Webhooks"]
    assert "escalate" in [step.name for step in tools[0][1]]


def test_mail_is_offered_where_a_server_is_set_up(desk: Desk, broken: Incident) -> None:
    assert "Send an e-mail" not in list_of(desk, broken)
    assert "set EMAIL_URL" in do(desk, broken, "email.send").content.decode()


def test_mail_goes_out_in_the_words_somebody_wrote(
    desk: Desk, broken: Incident, post_office: Mailbox, drain: Drain
) -> None:
    assert "Send an e-mail" in list_of(desk, broken)
    do(desk, broken, "email.send", **{"steps.0.param_bindings.0.values": "board@example.com\nceo@example.com"})
    drain()
    assert sorted(post_office.recipients) == ["board@example.com", "ceo@example.com"]
    assert {letter["subject"] for letter in post_office.arrived} == {f"{broken.reference} Checkout is down"}


# ---- private incidents


def test_a_private_incident_is_told_of_only_where_somebody_says_so(
    desk: Desk, connection: Connection, secret: Incident, site: GitHubSite, drain: Drain
) -> None:
    refused = do(desk, secret)
    assert f"{secret.reference} is private" in beside(refused, PRIVATE_TOO)
    assert not WorkflowRun.objects.exists()
    do(desk, secret, sent=controls(refused.content.decode(), "step_form"), **{PRIVATE_TOO: "true"})
    drain()
    assert len(site.issues) == 1


def test_a_step_that_tells_outsiders_nothing_says_so_in_its_run(
    desk: Desk, secret: Incident, post_office: Mailbox, drain: Drain
) -> None:
    do(desk, secret, "email.send", **{"steps.0.param_bindings.0.values": "stranger@example.com"})
    drain()
    assert "may not see this private incident" in run_page(desk)
    assert post_office.arrived == []


def test_private_incidents_are_not_there_for_others(
    desk: Desk, connection: Connection, declare: Declare, nora: User
) -> None:
    hidden = declare(nora.actor, name="Secret", visibility="private")
    create_follow_up(SYSTEM, hidden.pk, title="Hush")
    assert desk.get("workflows_workflow_tools", hidden.pk).status_code == 404
    assert page_of(desk, hidden).status_code == 404
    address = reverse("admin:workflows_workflow_tool", args=[hidden.pk, ISSUE])
    assert desk.client.post(address, {TITLE: "x", PRIVATE_TOO: "true"}).status_code == 404
    assert not WorkflowRun.objects.exists()


def test_runs_on_private_incidents_leave_no_trace_for_others(
    desk: Desk, connection: Connection, secret: Incident, another_administrator: User
) -> None:
    do(desk, secret, **{PRIVATE_TOO: "true"})
    run, other = WorkflowRun.objects.get(), Desk(another_administrator)
    assert run.pk not in other.get("workflows_workflowrun_changelist").content.decode()
    assert other.get("workflows_workflowrun_change", run.pk).status_code == 302
    told = Event.objects.get(subject_id=run.pk)
    assert (told.incident_id, "mail" in str(told.changes)) == (None, False)


# ---- nobody's workflow


def test_it_is_no_workflow_that_people_see(desk: Desk, connection: Connection, broken: Incident) -> None:
    do(desk, broken)
    run_page(desk)  # which says that it was started
    hidden = Workflow.objects.get()
    assert (hidden.by_hand, hidden.name) == (True, "Create an issue in GitHub")
    for query in ("", "?state=archived"):
        assert hidden.pk not in desk.get("workflows_workflow_changelist", query=query).content.decode()
    assert hidden.name not in desk.get("workflows_workflow_start_on", broken.pk).content.decode()
    assert hidden.name not in desk.get("workflows_workflow_explanations", broken.pk).content.decode()
    for page in ("change", "start", "preview", "copy", "archive"):
        assert desk.get(f"workflows_workflow_{page}", hidden.pk).status_code in (302, 403, 404)


def test_the_api_lists_its_run_and_no_workflow(
    desk: Desk, connection: Connection, broken: Incident, api: Callable[..., ApiClient]
) -> None:
    do(desk, broken)
    hidden, caller = Workflow.objects.get(), api("viewer", "workflows_editor", "incident_editor")
    assert caller.get("/v2/workflows").json()["workflows"] == []
    assert caller.get(f"/v2/workflows/{hidden.pk}").status_code == 404
    assert [run["workflow_id"] for run in caller.get("/v2/workflow_runs").json()["workflow_runs"]] == [hidden.pk]
    body = {"workflow_id": hidden.pk, "incident_id": broken.pk}
    assert caller.post("/v2/workflow_runs", body).status_code == 422


def test_it_starts_nothing_by_itself(desk: Desk, connection: Connection, broken: Incident, declare: Declare) -> None:
    on("incident.created", name="By itself")
    do(desk, broken)
    declare()
    assert [run.workflow.by_hand for run in ask()] == [True, False]


# ---- what is wrong


def test_a_template_that_is_none_is_said_beside_its_field(desk: Desk, connection: Connection, broken: Incident) -> None:
    answer = do(desk, broken, **{TITLE: "Look at {{ incident.", REPOSITORY: "acme/other"})
    assert "wf-errors" in beside(answer, TITLE)
    sent = controls(answer.content.decode(), "step_form")
    assert (sent[TITLE], sent[REPOSITORY]) == (["Look at {{ incident."], ["acme/other"])
    assert not WorkflowRun.objects.exists()


def test_characters_no_text_has_are_refused(desk: Desk, connection: Connection, broken: Incident) -> None:
    assert "Null characters" in beside(do(desk, broken, **{TITLE: "a\0b"}), TITLE)
    assert "Null characters" in beside(do(desk, broken, **{LABELS: "a\0b"}), LABELS)


def test_what_a_step_needs_is_asked_for_beside_its_field(desk: Desk, broken: Incident, post_office: Mailbox) -> None:
    answer = do(desk, broken, "email.send", **{"steps.0.param_bindings.1.values": ""})
    assert "nothing was given, and this step needs it" in beside(answer, "steps.0.param_bindings.0.values")
    assert "nothing was given, and this step needs it" in beside(answer, "steps.0.param_bindings.1.values")
    assert not Workflow.objects.exists()


def test_a_follow_up_of_another_incident_is_none(
    desk: Desk, connection: Connection, broken: Incident, declare: Declare
) -> None:
    other = create_follow_up(SYSTEM, declare().pk, title="Elsewhere")
    answer = do(desk, broken, FOLLOW_UPS, **{FOLLOW_UP: other.pk})
    assert "The incident has no such follow-up" in beside(answer, FOLLOW_UP)
    assert not WorkflowRun.objects.exists()


@pytest.mark.parametrize("reference", ["incident.nothing", 'expressions["x"]', "'", "follow_up"])
def test_a_reference_nobody_offered_is_refused(
    desk: Desk, connection: Connection, broken: Incident, reference: str
) -> None:
    said = {"steps.0.param_bindings.3.mode": "reference", "steps.0.param_bindings.3.reference": reference}
    answer = do(desk, broken, **said)
    assert answer.status_code == 200
    assert "wf-errors" in answer.content.decode() or answer.context["refused"]
    assert not WorkflowRun.objects.exists()


@pytest.mark.parametrize("step", ["github.nothing", "incident.rename", "wait", "incident.accept", "%00"])
def test_what_is_no_step_at_a_tool_is_not_there(desk: Desk, broken: Incident, step: str) -> None:
    assert desk.get("workflows_workflow_tool", broken.pk, step).status_code == 404


@pytest.mark.parametrize("incident_id", ["x", "01HXVEA7Y0VWQBJB4F2X8WNRW6"])
def test_an_incident_there_is_not_is_not_there(desk: Desk, incident_id: str) -> None:
    assert desk.get("workflows_workflow_tools", incident_id).status_code == 404
    assert desk.get("workflows_workflow_tool", incident_id, ISSUE).status_code == 404


def test_words_that_would_be_a_template_are_not_filled_in(desk: Desk, connection: Connection, declare: Declare) -> None:
    assert form_of(desk, declare(name="{{ incident.summary }}"))[TITLE] == [""]


def test_only_administrators_get_there(connection: Connection, broken: Incident, nora: User) -> None:
    assert page_of(Desk(nora), broken).status_code == 302


def test_pages_cost_the_same_whatever_there_is(
    desk: Desk, connection: Connection, broken: Incident, declare: Declare
) -> None:
    page_of(desk, broken, FOLLOW_UPS)
    with CaptureQueriesContext(database) as few:
        page_of(desk, broken, FOLLOW_UPS)
    for number in range(5):
        create_follow_up(SYSTEM, broken.pk, title=f"Follow-up {number}")
    with CaptureQueriesContext(database) as many:
        page_of(desk, broken, FOLLOW_UPS)
    assert len(many) == len(few)
