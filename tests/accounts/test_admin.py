"""People in the admin."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import OrganisationRole, User
from accounts.users import create_user
from tests.conftest import SYSTEM
from tests.desk import Desk, errors

pytestmark = pytest.mark.usefixtures("quick_passwords")
PASSWORD = "correct horse staple"


def signs_in(email: str, password: str) -> bool:
    """Whether these open the door."""
    answer = Client().post(reverse("admin:login"), {"username": email, "password": password, "next": "/admin/"})
    return answer.status_code == 302


def test_somebody_new_can_sign_in(desk: Desk) -> None:
    said = {"email": "ada@example.com", "name": "Ada", "role": OrganisationRole.OWNER, "password": PASSWORD}
    assert desk.fill("accounts_user_add", **said).status_code == 302
    assert [event.type for event in desk.events()] == ["user.created"]
    assert signs_in("ada@example.com", PASSWORD)


def test_somebody_without_a_password_cannot(desk: Desk) -> None:
    desk.fill("accounts_user_add", email="ada@example.com", name="Ada", role=OrganisationRole.OWNER)
    assert not User.objects.get(name="Ada").has_usable_password()


def test_every_mistake_stands_beside_its_field(desk: Desk, nora: User) -> None:
    said = {"email": "NORA@example.com", "name": "Nora", "slack_user_id": "U0NORA", "password": "short"}
    page = desk.fill("accounts_user_add", **said)
    assert sorted(errors(page)) == ["email", "password", "slack_user_id"]
    assert User.objects.filter(email__iexact="nora@example.com").count() == 1


def test_a_change_is_one_event_of_omars(desk: Desk, nora: User) -> None:
    desk.fill("accounts_user_change", nora.pk, name="Nora Berg")
    assert [event.changes for event in desk.events()] == [{"name": ["Nora Lind", "Nora Berg"]}]


def test_the_last_administrator_stays(desk: Desk) -> None:
    page = desk.fill("accounts_user_change", desk.user.pk, is_active=None)
    assert "is the last who can administer" in errors(page)["__all__"][0]
    assert b"is the last who can administer" in desk.post("accounts_user_deactivate", desk.user.pk).content


def test_people_are_deactivated_never_deleted(desk: Desk, nora: User) -> None:
    desk.post("accounts_user_deactivate", nora.pk)
    nora.refresh_from_db()
    assert not nora.is_active
    assert desk.client.post(f"/admin/accounts/user/{nora.pk}/delete/", {"post": "yes"}).status_code == 403


def test_an_administrator_sets_a_password(desk: Desk) -> None:
    create_user(SYSTEM, email="ada@example.com", name="Ada", role=OrganisationRole.OWNER)
    ada = User.objects.get(name="Ada")
    desk.post("accounts_user_set_password", ada.pk, password=PASSWORD, again=PASSWORD)
    assert signs_in("ada@example.com", PASSWORD)
    assert [event.type for event in desk.events()] == ["user.password_changed"]
    assert PASSWORD not in str([event.changes for event in desk.events()])


@pytest.mark.parametrize(("password", "again", "wrong"), [("short", "short", "password"), (PASSWORD, "else", "again")])
def test_a_bad_password_is_refused_beside_the_field(
    desk: Desk, nora: User, password: str, again: str, wrong: str
) -> None:
    page = desk.post("accounts_user_set_password", nora.pk, password=password, again=again)
    assert list(page.context["form"].errors) == [wrong]


def test_setting_ones_own_password_keeps_one_signed_in(desk: Desk) -> None:
    desk.post("accounts_user_set_password", desk.user.pk, password=PASSWORD, again=PASSWORD)
    assert desk.get("index").status_code == 200


def test_nobody_guesses_hashes_by_filtering(desk: Desk) -> None:
    assert desk.get("accounts_user_changelist", query="?password__startswith=pbkdf2").status_code == 400


def test_only_active_people_are_offered(desk: Desk, nora: User) -> None:
    query = "?app_label=accounts&model_name=team&field_name=members&term=nora"
    assert [row["id"] for row in desk.get("autocomplete", query=query).json()["results"]] == [nora.pk]
    desk.post("accounts_user_deactivate", nora.pk)
    assert desk.get("autocomplete", query=query).json()["results"] == []
