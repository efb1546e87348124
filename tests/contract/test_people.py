"""People and teams on the wire."""

from accounts.models import OrganisationRole, User
from accounts.users import create_user, deactivate_user
from catalog.teams import create_team
from incidentio.core.ids import new_id
from tests.conftest import SYSTEM
from tests.contract.contract import Walk

PROVES = ("/v2/users", "/v3/teams")
METHOD = {"notification_method": {"method_type": "phone", "phone_number": "+447700900000"}}
RULE = {
    "notification_rule": {
        "method_type": "phone",
        "method_target": {"type": "all", "all": {}},
        "rule_type": "high_urgency",
        "delay_seconds": 60,
    }
}


def walk_users(walk: Walk, nora: User) -> None:
    for role in OrganisationRole.values:
        create_user(SYSTEM, email=f"{role}@example.com", name=role, role=role)
    deactivate_user(SYSTEM, User.objects.get(name="viewer"))
    walk("get", "/v2/users", query="?page_size=250&include_inactive=true")
    walk("get", "/v2/users", query="?page_size=1&email=NORA@example.com&slack_user_id=U0NORA")
    walk("get", "/v2/users/{id}", id=nora.id)


def walk_preferences(walk: Walk, nora: User) -> None:
    provider = "/v2/users/{user_id}/paging_provider"
    walk("get", provider, user_id=nora.id)
    walk("post", provider, {"preferred_escalation_provider": "pagerduty"}, user_id=nora.id)
    walk("get", provider, user_id=nora.id)
    walk("get", "/v2/users/{user_id}/notification_methods", user_id=nora.id)
    walk.refuses("post", "/v2/users/{user_id}/notification_methods", METHOD, user_id=nora.id)
    walk("get", "/v2/users/{user_id}/notification_rules", user_id=nora.id)
    walk.refuses("post", "/v2/users/{user_id}/notification_rules", RULE, user_id=nora.id)
    walk.refuses("get", "/v2/users/{user_id}/policies/{policy_id}/open", user_id=nora.id, policy_id=new_id())


def walk_teams(walk: Walk, nora: User) -> None:
    ada = create_user(SYSTEM, email="ada@example.com", name="Ada")
    team = create_team(SYSTEM, name="Payments", members=[nora, ada])
    create_team(SYSTEM, name="Nobody's")
    walk("get", "/v3/teams")
    walk("get", "/v3/teams", query="?page_size=1")
    walk("get", "/v3/teams/{id}", id=team.id)


def test_every_operation_takes_and_answers_what_the_contract_says(walk: Walk, nora: User) -> None:
    walk_users(walk, nora)
    walk_preferences(walk, nora)
    walk_teams(walk, nora)
    assert walk.left_out(PROVES) == set()
