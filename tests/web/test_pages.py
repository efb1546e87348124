"""Addresses people type or follow."""

from collections.abc import Callable

from django.test import Client

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
