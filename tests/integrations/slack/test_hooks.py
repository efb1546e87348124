"""What people say at Slack to the hub: commands, forms, buttons."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import OrganisationRole, User
from accounts.users import create_user
from catalog import snapshot
from incidents.actions import ActionEdit, create_action, update_action
from incidents.channels import record_channel
from incidents.models import Action, Incident, IncidentUpdate, RoleAssignment
from integrations.models import Connection
from tests.conftest import SYSTEM
from tests.integrations.slack.fake import FakeSlack, Fault, payload, said
from tests.integrations.slack.speaking import command, event, interaction, send
from tests.receiver import receiving, silence
from tests.workflows.writing import severity

pytestmark = pytest.mark.usefixtures("nora")
CHANNEL = "C0INCIDENT"


@pytest.fixture
def talked_about(slack: FakeSlack, incident: Incident) -> Incident:
    """An incident with a channel."""
    record_channel(SYSTEM, incident.id, channel_id=CHANNEL, name="inc-1", team_id="T061EG9R6")
    return incident


def lead_of(incident: Incident) -> list[str]:
    return [
        row.assignee.name for row in RoleAssignment.objects.filter(incident=incident, incident_role__role_type="lead")
    ]


# ---- commands


def test_an_incident_is_declared_in_a_line(slack: FakeSlack, nora: User) -> None:
    text = command('declare "Checkout is down & out"')
    incident = Incident.objects.get()
    assert (
        text == f"Declared <http://hub.test/incidents/{incident.pk}|{incident.reference}>: Checkout is down &amp; out"
    )
    assert (incident.name, incident.creator.id, incident.visibility) == ("Checkout is down & out", nora.pk, "public")


def test_a_command_that_comes_twice_is_done_once(slack: FakeSlack, talked_about: Incident) -> None:
    for _ in range(2):
        assert "Declared" in command("declare Checkout is down", trigger="1.1")
        assert (
            command("action Call the bank", CHANNEL, trigger="1.2")
            == f"Noted for INC-{talked_about.number}: Call the bank"
        )
        assert command("update We know", CHANNEL, trigger="1.3") == f"Shared an update of INC-{talked_about.number}"
    assert (Incident.objects.count(), Action.objects.count()) == (2, 1)
    assert IncidentUpdate.objects.filter(message="We know").count() == 1


def test_without_a_name_the_form_is_shown(slack: FakeSlack) -> None:
    assert command("") == command("declare") == ""
    (view, _) = slack.views
    assert [block["block_id"] for block in view["blocks"]] == ["name", "summary", "severity", "private"]
    assert slack.called("views.open")[0]["trigger_id"] == "13345224609.1"


@pytest.mark.parametrize("fault", [said("expired_trigger_id"), silence], ids=["refused", "silence"])
def test_a_form_that_is_not_shown_is_told(slack: FakeSlack, fault: Any) -> None:
    slack.faults["views.open"] = [Fault(fault)]
    assert command("declare").startswith("Slack did not open the form: say `/incident declare")


def test_the_lead_is_handed_over(slack: FakeSlack, talked_about: Incident, omar: User) -> None:
    User.objects.filter(pk=omar.pk).update(slack_user_id="U0OMAR")
    assert command("lead <@U0OMAR|omar>", CHANNEL) == f"Omar Aziz leads INC-{talked_about.number} now"
    assert command("lead me", CHANNEL, trigger="2") == f"Nora Lind leads INC-{talked_about.number} now"
    assert command("lead me", CHANNEL, trigger="3") == f"Nora Lind leads INC-{talked_about.number} already"
    assert lead_of(talked_about) == ["Nora Lind"]


def test_whoever_is_to_lead_is_looked_for(
    slack: FakeSlack, talked_about: Incident, omar: User, drain: Callable[[], None]
) -> None:
    slack.users["omar@example.com"] = "U0OMAR"
    assert "I do not know them yet" in command("lead <@U0OMAR|omar>", CHANNEL)
    assert slack.called("users.info") == []
    drain()
    assert command("lead <@U0OMAR|omar>", CHANNEL) == f"Omar Aziz leads INC-{talked_about.number} now"


def test_what_is_still_to_be_done_is_told(slack: FakeSlack, talked_about: Incident, nora: User) -> None:
    reference = f"INC-{talked_about.number}"
    assert command("actions", CHANNEL) == f"Nothing is to be done for {reference}"
    create_action(SYSTEM, talked_about.pk, description="Call <the bank>", assignee_id=nora.pk)
    done = create_action(SYSTEM, talked_about.pk, description="Look at the log")
    update_action(SYSTEM, done.pk, ActionEdit(status="completed"))
    assert command("actions Wake up Omar", CHANNEL, trigger="2") == f"Noted for {reference}: Wake up Omar"
    told = f"To be done for {reference}:\n• Call &lt;the bank&gt; (Nora Lind)\n• Wake up Omar (nobody's)"
    assert command(f"actions {reference}", "C0NOWHERE", trigger="3") == told


def test_of_many_actions_the_first_are_told(slack: FakeSlack, talked_about: Incident) -> None:
    for place in range(22):
        create_action(SYSTEM, talked_about.pk, description=f"Step {place}")
    told = command("actions", CHANNEL).splitlines()
    assert told[1:2] + told[-2:] == ["• Step 0 (nobody's)", "• Step 19 (nobody's)", "…"]


def test_severity_and_status_are_changed_by_their_names(slack: FakeSlack, talked_about: Incident) -> None:
    assert command("severity critical", CHANNEL) == f"The severity of INC-{talked_about.number} is Critical"
    assert command('status "investigating"', CHANNEL, trigger="2") == f"INC-{talked_about.number} is Investigating"
    talked_about.refresh_from_db()
    assert talked_about.severity_id == severity("Critical")


def test_an_incident_may_be_named_anywhere(slack: FakeSlack, talked_about: Incident) -> None:
    command(f"update inc-{talked_about.number} We know")
    assert talked_about.updates.latest("id").message == "We know"


@pytest.mark.parametrize(
    ("text", "channel", "answer"),
    [
        ("help", CHANNEL, "What I understand"),
        ("dance", CHANNEL, "I do not understand “dance”"),
        ("<!channel>", CHANNEL, "I do not understand “&lt;!channel&gt;”"),
        ("update We know", "C0NOWHERE", "This is no incident's channel"),
        ("update INC-4711 We know", CHANNEL, "There is no incident INC-4711"),
        ("update", CHANNEL, "Say what, as in `/incident update …`"),
        ("lead @nora", CHANNEL, "Escape channels, users, and links"),
        ("lead <@U0STRANGER>", CHANNEL, "I do not know them"),
        ("severity Apocalyptic", CHANNEL, "There is no severity “Apocalyptic”; there are Minor, Major, Critical"),
        ("status Closed-ish", CHANNEL, "There is no status “Closed-ish”"),
        ("declare " + "x" * 501, CHANNEL, "A name may have 500 characters"),
    ],
)
def test_what_is_not_understood_is_explained(
    slack: FakeSlack, talked_about: Incident, text: str, channel: str, answer: str
) -> None:
    assert answer in command(text, channel)
    assert Incident.objects.count() == 1


def test_a_stranger_is_told_and_looked_for(slack: FakeSlack, omar: User, drain: Callable[[], None]) -> None:
    slack.users["OMAR@example.com"] = "U0OMAR"
    assert "I do not know you yet" in command("declare Fire", user="U0OMAR")
    assert "U0OMAR" in command("declare Fire", user="U0OMAR")
    assert slack.called("users.info") == []
    drain()
    assert "Declared" in command("declare Fire", user="U0OMAR")
    assert Incident.objects.get().creator.id == omar.pk


def test_a_stranger_nobody_knows_stays_one(slack: FakeSlack, drain: Callable[[], None]) -> None:
    command("declare Fire", user="U0STRANGER")
    drain()
    assert "I do not know you yet" in command("declare Fire", user="U0STRANGER")
    assert not Incident.objects.exists()


@pytest.mark.parametrize(
    "about", [{"team_id": "T0OTHER"}, {"is_stranger": True}, {"deleted": True}, {"is_bot": True}], ids=str
)
def test_nobody_becomes_somebody_by_claiming_their_address(
    slack: FakeSlack, omar: User, drain: Callable[[], None], about: dict[str, Any]
) -> None:
    slack.users[omar.email], slack.about_users = "U0MALLORY", about
    command("declare Fire", user="U0MALLORY")
    drain()
    omar.refresh_from_db()
    assert omar.slack_user_id == ""
    assert "I do not know you yet" in command("declare Fire", user="U0MALLORY")


@pytest.mark.parametrize("role", [OrganisationRole.VIEWER, OrganisationRole.UNSET])
def test_who_may_only_look_changes_nothing(slack: FakeSlack, talked_about: Incident, role: str) -> None:
    create_user(SYSTEM, email="vic@example.com", name="Vic", role=role, slack_user_id="U0VIC")
    assert "You may look at incidents, not change them" in command("declare Fire", user="U0VIC")
    assert "You may look" in command("action Fire", CHANNEL, user="U0VIC")
    assert (Incident.objects.count(), Action.objects.count()) == (1, 0)


def test_who_left_is_a_stranger(slack: FakeSlack, nora: User) -> None:
    User.objects.filter(pk=nora.pk).update(is_active=False)
    assert "I do not know you" in command("declare Fire")


def test_nobody_learns_of_a_private_incident(slack: FakeSlack, private: Incident, omar: User) -> None:
    User.objects.filter(pk=omar.pk).update(slack_user_id="U0OMAR")
    record_channel(SYSTEM, private.id, channel_id=CHANNEL, name="inc-1", team_id="T061EG9R6")
    assert "This is no incident's channel" in command("update Hm", CHANNEL, user="U0OMAR")
    assert f"There is no incident INC-{private.number}" in command(f"update INC-{private.number} Hm", user="U0OMAR")
    assert "Shared an update" in command("update Hm", CHANNEL, trigger="2")


# ---- what is not Slack's


@pytest.mark.parametrize("path", ["commands", "interactions", "events"])
def test_only_slack_is_listened_to(slack: FakeSlack, path: str) -> None:
    response = send(path, b"text=declare+Fire", secret="another")
    assert (response.status_code, Incident.objects.count()) == (401, 0)


@pytest.mark.parametrize("path", ["commands", "interactions", "events"])
def test_a_connection_that_is_switched_off_hears_nothing(slack: FakeSlack, path: str) -> None:
    Connection.objects.update(enabled=False)
    assert send(path, b"text=declare").status_code == 401


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("commands", b""),
        ("commands", b"user_id=U0NORA&text=declare+Fire"),
        ("commands", b"user_id=U0NORA&trigger_id=1&text=declare+%00"),
        ("interactions", b""),
        ("interactions", b"payload=no"),
        ("interactions", b"payload=[]"),
        ("interactions", b'payload={"type":"view_submission","view":{"callback_id":"incidentio_declare"}}'),
        ("events", b""),
        ("events", b"[" * 100_000),
        ("events", b"\xff"),
    ],
)
def test_what_cannot_be_read_is_said_so(slack: FakeSlack, path: str, body: bytes) -> None:
    assert send(path, body).status_code == 400


def test_certificates_may_be_checked(slack: FakeSlack) -> None:
    assert send("commands", b"ssl_check=1").status_code == 200


# ---- forms and buttons


def submission(**values: Any) -> dict[str, Any]:
    sent = payload("view_submission")
    for block, value in values.items():
        sent["view"]["state"]["values"][block]["said"] |= value
    return sent


def test_a_form_declares_once(slack: FakeSlack, nora: User) -> None:
    major = {"selected_option": {"value": severity("Major")}}
    sent = submission(summary={"value": "Since noon"}, severity=major)
    first, second = interaction(sent), interaction(sent)
    incident = Incident.objects.get()
    assert first == second
    assert first["response_action"] == "update"
    assert incident.reference in json.dumps(first)
    assert (incident.name, incident.summary, incident.creator.id) == ("Checkout is down", "Since noon", nora.pk)
    assert (incident.severity_id, incident.source_message_channel_id) == (severity("Major"), "C0GENERAL")


def test_a_form_may_declare_privately(slack: FakeSlack, nora: User) -> None:
    interaction(submission(private={"selected_options": [{"value": "private"}]}))
    incident = Incident.objects.get()
    assert incident.visibility == "private"
    assert [member.user_id for member in incident.memberships.all()] == [nora.pk]


def test_what_is_wrong_stands_where_it_is(slack: FakeSlack) -> None:
    shown = interaction(submission(severity={"selected_option": {"value": "01GONE"}}))
    assert shown["response_action"] == "errors"
    assert list(shown["errors"]) == ["severity"]


def test_a_stranger_is_told_in_the_form(slack: FakeSlack) -> None:
    shown = interaction(payload("view_submission") | {"user": {"id": "U0STRANGER"}})
    assert "I do not know you yet" in shown["errors"]["name"]


def test_a_message_becomes_an_incident(slack: FakeSlack) -> None:
    assert interaction(payload("message_action")) is None
    (view,) = slack.views
    assert "The checkout looks broken" in json.dumps(view)
    assert json.loads(view["private_metadata"]) == {"channel_id": "C0GENERAL", "ts": "1657299900.123456"}


def pressed(incident_id: str, response_url: str, user: str = "U0NORA") -> dict[str, Any]:
    sent = payload("block_actions") | {"response_url": response_url, "user": {"id": user}}
    sent["actions"][0]["value"] = incident_id
    return sent


def test_a_button_takes_the_lead_and_says_so(slack: FakeSlack, incident: Incident, drain: Callable[[], None]) -> None:
    with receiving() as receiver:
        for _ in range(2):
            interaction(pressed(incident.pk, receiver.url))
        assert receiver.arrivals == []
        drain()
        told = [json.loads(arrival.body)["text"] for arrival in receiver.arrivals]
    assert set(told) == {f"Nora Lind leads INC-{incident.number} now"}
    assert lead_of(incident) == ["Nora Lind"]


def test_a_button_opens_no_private_incident(
    slack: FakeSlack, private: Incident, omar: User, drain: Callable[[], None]
) -> None:
    User.objects.filter(pk=omar.pk).update(slack_user_id="U0OMAR")
    with receiving() as receiver:
        interaction(pressed(private.pk, receiver.url, user="U0OMAR"))
        drain()
        assert json.loads(receiver.arrivals[0].body)["text"] == f"There is no incident INC-{private.number}"
    assert lead_of(private) == []


def test_other_buttons_do_nothing(slack: FakeSlack) -> None:
    assert interaction({"type": "block_actions", "actions": [{"action_id": "incidentio_open"}]}) is None
    assert interaction({"type": "view_closed"}) is None


def test_the_address_is_verified(slack: FakeSlack) -> None:
    sent = payload("url_verification")
    assert json.loads(event(sent).content) == {"challenge": sent["challenge"]}


def test_severities_are_offered_in_their_order(slack: FakeSlack) -> None:
    command("declare")
    options = slack.views[0]["blocks"][2]["element"]["options"]
    ranked = sorted(snapshot.current().severities.values(), key=lambda one: one.rank)
    assert [option["text"]["text"] for option in options] == [one.name for one in ranked]
