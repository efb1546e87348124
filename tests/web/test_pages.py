"""Addresses people type or follow."""

from collections.abc import Callable

from django.test import Client

from accounts.models import User
from incidents.models import Incident
from tests.conftest import ApiClient


def test_the_front_door_leads_to_the_dashboard() -> None:
    assert Client().get("/")["Location"] == "/admin/"


def test_a_permalink_of_the_api_leads_to_the_incident(
    api: Callable[..., ApiClient], declare: Callable[..., Incident]
) -> None:
    incident = declare()
    permalink = api("viewer").get(f"/v1/incidents/{incident.id}").json()["incident"]["permalink"]
    assert permalink == f"http://hub.test/incidents/{incident.id}"
    assert incident.id in Client().get(f"/incidents/{incident.id}")["Location"]


def test_what_is_not_there_says_so_in_words() -> None:
    page = Client().get("/nothing")
    assert page.status_code == 404
    assert b"There is nothing here" in page.content


def test_browsers_find_the_sign_for_their_tab() -> None:
    page = Client().get("/favicon.ico", follow=True)
    assert page.redirect_chain == [("/static/incidentio/favicon.svg", 301)]
    assert page.status_code == 200


def test_signing_in_leads_to_the_dashboard(omar: User) -> None:
    omar.set_password("correct horse battery")
    omar.save()
    words = {"username": omar.email, "password": "correct horse battery"}
    assert Client().post("/admin/login/", words)["Location"] == "/admin/"
