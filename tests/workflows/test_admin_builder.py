"""Building workflows in the admin: pieces added and chosen, refusals beside them, and nothing lost."""

import re
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import User
from apikeys.keys import issue
from catalog import snapshot
from tests.conftest import SYSTEM
from tests.desk import Desk, errors
from tests.workflows.browsing import WorkflowPage
from tests.workflows.writing import asking, branches, expression, of, realistic, severity, step, text, written
from workflows.models import Workflow, WorkflowState
from workflows.shipped import seed_workflows
from workflows.workflows import update_workflow

CONDITION, BINDING = "condition_groups.0.conditions.0", "condition_groups.0.conditions.0.param_bindings.0"
FIRST, SECOND = "steps.0", "steps.1"


def role() -> str:
    """The id of the lead."""
    return next(row.id for row in snapshot.current().roles.values() if row.role_type == "lead")


def beside(html: str, place: str) -> str:
    """What stands on the page from the control of `place` to the end of its errors."""
    found = re.search(rf'data-(?:control|piece)="{re.escape(place)}".*?<ul class="wf-errors".*?</ul>', html, re.DOTALL)
    return found[0] if found else ""


def conditions(*asked: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"conditions": list(asked)}]


def test_the_workflow_of_the_support_desk_is_built_without_json(desk: Desk, omar: User) -> None:
    key = issue(SYSTEM, name="Zendesk", roles=["incident_creator"]).key
    page = WorkflowPage(desk).say({"name": "Zendesk"}).do("group.add")
    page.say({f"{CONDITION}.subject": "incident.creator.api_key"}).do().say({f"{BINDING}.values": key.id})
    page.do("step.add", new_step="incident.assign_role")
    page.say({f"{FIRST}.param_bindings.1.values": role(), f"{FIRST}.param_bindings.2.values": omar.id})
    page.say({"state": "active"}).save()
    workflow = Workflow.objects.get()
    assert (workflow.trigger, workflow.state) == ("incident.created", WorkflowState.ACTIVE)
    assert workflow.definition["condition_groups"] == conditions(asking("incident.creator.api_key", "one_of", key.id))
    bindings = [of("incident"), {"value": {"literal": role()}}, {"value": {"literal": omar.id}}]
    assert workflow.definition["steps"][0]["param_bindings"] == bindings


def test_what_nobody_touches_is_no_new_version(desk: Desk, nora: User) -> None:
    workflow = written(**realistic(nora.id))
    before = Workflow.objects.get().definition
    assert WorkflowPage(desk, workflow).save().status_code == 302
    workflow.refresh_from_db()
    assert (workflow.version, workflow.definition) == (1, before)


def test_what_the_hub_ships_is_saved_as_it_is(desk: Desk) -> None:
    seed_workflows(SYSTEM)
    shipped = list(Workflow.objects.all())
    assert [WorkflowPage(desk, workflow).save().status_code for workflow in shipped] == [302] * len(shipped)
    assert set(Workflow.objects.values_list("version", flat=True)) == {1}


AWKWARD: list[dict[str, Any]] = [
    {"delay": {"for_seconds": 90, "conditions_apply_over_delay": True}},
    {"delay": {"for_seconds": 0, "conditions_apply_over_delay": True}},
    {"once_for": ["incident", "incident.severity"]},
    {"runs_on_incident_modes": ["test", "standard"]},
    {"condition_groups": [{"conditions": []}]},
    {"condition_groups": conditions({"subject": "moon.phase", "operation": "is", "param_bindings": [of("tide")]})},
    {"condition_groups": conditions(asking("incident.name", "one_of", "a\nb", " c ", ""))},
    {"condition_groups": conditions(asking("incident.name", "contains", "\r\n<b>'\"&amp;", many=False))},
    {"condition_groups": conditions(asking("incident.created_at", "gte", "2024-12-02T14:03:00.5Z", many=False))},
    {"condition_groups": conditions(asking("incident.name", "is_set") | {"param_bindings": [{}, {}]})},
    {"steps": [step("moon.howl", of("moon"), {}), step("slack.pin_message", {"array_value": []}, id="two")]},
    {"steps": [step("incident.rename", of("incident"), {"value": {"literal": "\n{{ incident.name }}\r\n "}})]},
    {"steps": [step("incident.rename", of("incident"), {"value": {"literal": '{"type":"doc","content":[]}'}})]},
    {
        "steps": [
            step("incident.add_member", of("incident"), {"array_value": [{"reference": "user"}, {"literal": "x"}]})
        ]
    },
    {"steps": [step("email.send", {"value": {"literal": "a@example.com"}}, for_each="incident.active_participants")]},
    {"steps": [step("incident.accept"), step("incident.decline", of("incident"), {}, id="two", for_each="")]},
]


@pytest.mark.parametrize("said", AWKWARD)
def test_what_controls_cannot_say_stays_byte_for_byte(desk: Desk, said: dict[str, Any]) -> None:
    workflow = written()
    Workflow.objects.update(definition=workflow.definition | said)
    workflow.refresh_from_db()
    page = WorkflowPage(desk, workflow).do()
    form = page.desk.client.post(page.url, page.sent | {"name": ""}).context["adminform"].form
    assert {"condition_groups": form.draft.groups, "steps": form.draft.steps} == {
        key: workflow.definition[key] for key in ("condition_groups", "steps")
    }
    form.cleaned_data["name"] = "Whatever"
    assert form._definition(form.cleaned_data) == workflow.definition


def test_only_what_is_changed_changes(desk: Desk, nora: User) -> None:
    workflow = written(**realistic(nora.id))
    before = workflow.definition
    page = WorkflowPage(desk, workflow).say({f"{BINDING}.values": severity("Major"), "delay_number": "2"})
    assert page.save().status_code == 302
    workflow.refresh_from_db()
    groups = [conditions(asking("incident.severity", "one_of", severity("Major")))[0], before["condition_groups"][1]]
    delay = {"for_seconds": 120, "conditions_apply_over_delay": True}
    assert workflow.definition == before | {"condition_groups": groups, "delay": delay}
    assert workflow.version == 2


def test_a_refusal_stands_beside_its_control_and_what_was_typed_stays(desk: Desk) -> None:
    groups = conditions(asking("incident.severity", "is_set"), asking("incident.severity", "is_set"))
    workflow = written(condition_groups=groups, steps=[step("workflow.wait", {"value": {"literal": "5"}})])
    second = "condition_groups.0.conditions.1"
    page = WorkflowPage(desk, workflow).say({f"{second}.operation": "one_of"}).do()
    page.say({"name": "Renamed", f"{FIRST}.param_bindings.0.values": "soon"})
    assert page.save().status_code == 200
    assert "needs a value to compare with" in beside(page.html, f"{second}.param_bindings.0")
    assert "is not a number" in beside(page.html, f"{FIRST}.param_bindings.0")
    assert (page.sent["name"], page.sent[f"{FIRST}.param_bindings.0.values"]) == (["Renamed"], ["soon"])
    workflow.refresh_from_db()
    assert (workflow.name, workflow.version) == ("Postmortem", 1)


def test_a_condition_about_nothing_is_refused(desk: Desk) -> None:
    page = WorkflowPage(desk).say({"name": "Empty"}).do("group.add")
    page.save()
    assert "Choose what to look at" in beside(page.html, CONDITION)
    assert not Workflow.objects.exists()


def test_settings_are_refused_beside_their_fields(desk: Desk) -> None:
    page = WorkflowPage(desk).say({"name": " "})
    assert set(errors(page.save())) == {"name"}
    assert set(errors(page.say({"name": "Long", "delay_number": "90000000"}).save())) == {"delay_number"}


def test_operations_and_values_follow_what_is_looked_at(desk: Desk) -> None:
    page = WorkflowPage(desk).do("group.add").say({f"{CONDITION}.subject": "incident.severity"}).do()
    assert page.sent[f"{CONDITION}.operation"] == ["one_of"]
    page.say({f"{BINDING}.values": [severity("Major"), severity("Critical")], f"{CONDITION}.operation": "gte"}).do()
    assert page.sent[f"{BINDING}.values"] in ([severity("Major")], [severity("Critical")])
    page.say({f"{CONDITION}.operation": "is_set"}).do()
    assert f"{BINDING}.values" not in page.sent
    page.say({f"{CONDITION}.subject": "incident.created_at"}).do()
    assert page.sent[f"{CONDITION}.operation"] == ["is_set"]
    page.say({f"{CONDITION}.operation": "gte"}).do()
    assert 'type="datetime-local"' in page.html


def test_steps_move_and_keep_their_ids(desk: Desk) -> None:
    steps = [step("incident.accept", of("incident"), id="a"), step("moon.howl", of("moon"), id="b")]
    workflow = written(steps=steps)
    page = WorkflowPage(desk, workflow)
    assert "not available here" in page.html
    page.do("step.up 1").do("step.down 9").do("step.up 0").save()
    workflow.refresh_from_db()
    assert workflow.definition["steps"] == steps[::-1]
    WorkflowPage(desk, workflow).do("step.remove 0").save()
    workflow.refresh_from_db()
    assert workflow.definition["steps"] == steps[:1]


def test_groups_and_conditions_come_and_go(desk: Desk) -> None:
    page = WorkflowPage(desk).do("group.add").do("condition.add 0").do("group.add")
    assert "condition_groups.0.conditions.1.was" in page.sent
    page.do("condition.remove 0 1").do("condition.remove 0 0")
    assert "condition_groups.1.here" not in page.sent
    page.do("group.remove 0").do("group.remove 7").do("condition.add 3").do("nonsense x")
    assert "condition_groups.0.here" not in page.sent


def test_a_parameter_may_come_from_the_incident(desk: Desk) -> None:
    page = WorkflowPage(desk).say({"name": "Tell"}).do("step.add", new_step="incident.subscribe_user_to_incident")
    users = f"{FIRST}.param_bindings.1"
    page.say({f"{users}.mode": "reference", f"{users}.reference": "incident.creator.user"}).save()
    binding = Workflow.objects.get().definition["steps"][0]["param_bindings"][1]
    assert binding == {"array_value": [{"reference": "incident.creator.user"}]}


def test_a_step_for_each_offers_what_it_goes_through(desk: Desk) -> None:
    page = WorkflowPage(desk).do("step.add", new_step="incident.create_action")
    assert "loop_variable" not in page.html
    page.say({f"{FIRST}.for_each": "incident.active_participants"}).do()
    assert 'value="loop_variable"' in page.html


def test_what_its_trigger_tells_can_be_asked(desk: Desk) -> None:
    page = WorkflowPage(desk)
    assert "previous-severity" not in page.html
    page.say({"started_by": "incident.severity-changed"}).do("group.add")
    assert 'value="previous-severity"' in page.html


@pytest.mark.parametrize(("trigger", "label"), [("scheduled", "Every"), ("follow_up.overdue", "After")])
def test_the_delay_is_called_what_it_means(desk: Desk, trigger: str, label: str) -> None:
    page = WorkflowPage(desk).say({"started_by": trigger}).do()
    assert re.search(rf'<label for="id_delay_number"[^>]*>\s*{label}', page.html)
    assert "delay_again" not in page.html


def test_expressions_are_offered_and_kept(desk: Desk) -> None:
    whom = expression("whom", "incident.role", branches((asking("incident.name", "is_set"), of("incident.reporter"))))
    workflow = written(expressions=[whom])
    page = WorkflowPage(desk, workflow).do("group.add")
    assert "Expression: whom" in page.html
    assert "expressions[&quot;whom&quot;]" in page.html


def test_a_workflow_changed_meanwhile_is_not_overwritten_unseen(desk: Desk) -> None:
    workflow = written(name="One")
    page = WorkflowPage(desk, workflow).say({"name": "Mine"})
    update_workflow(SYSTEM, workflow, text(name="Theirs"))
    assert page.save().status_code == 200
    assert "Somebody changed it" in page.html
    assert page.save().status_code == 302
    workflow.refresh_from_db()
    assert workflow.name == "Mine"


@pytest.mark.parametrize("was", ["[", "[]", "{}", '{"subject": 1, "operation": "x", "param_bindings": []}', ""])
def test_a_forged_piece_is_a_bad_request(desk: Desk, was: str) -> None:
    page = WorkflowPage(desk).do("group.add").say({f"{CONDITION}.was": was})
    assert desk.client.post(reverse("admin:workflows_workflow_builder"), page.sent).status_code == 400


def test_people_are_found_by_name(desk: Desk, omar: User, nora: User) -> None:
    place = f"{FIRST}.param_bindings.2"
    query = {"type": "User", "place": place, f"{place}.find": "nor", f"{place}.values": ["", omar.id]}
    html = desk.client.get(reverse("admin:workflows_workflow_choices"), query).content.decode()
    assert re.findall(r"<span>(.*?)</span>", html) == ["Nothing", omar.name, nora.name]
    assert desk.client.get(reverse("admin:workflows_workflow_choices"), {"type": "Text"}).status_code == 404


def test_who_is_nobody_at_times_is_said_beside_users(desk: Desk) -> None:
    page = WorkflowPage(desk).do("step.add", new_step="incident.accept")
    assert "is nobody where an API key" not in page.html
    assert "is nobody where an API key" in page.do("step.add", new_step="incident.assign_role").html
