"""The admin as a whole: who comes in, what every page costs, and under which policy."""

from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import OrganisationRole, User
from accounts.users import create_user, update_user
from apikeys.keys import issue
from catalog.custom_fields import create_custom_field, create_option
from catalog.teams import create_team
from events.models import Event
from incidents.postmortems import import_document
from integrations.models import CatalogSync, Connection, UserAccount
from integrations.people import say_account
from tests.conftest import SYSTEM
from tests.desk import Desk
from tests.incidents.alerting import fire, source
from tests.workflows.writing import run_of, written
from workflows.models import Delivery, Effect, EventType, FireDrill
from workflows.webhooks import create_endpoint

PAGES = sorted(f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry)
RECORDS = (
    "events_event",
    "incidents_alert",
    "incidents_postmortemdocument",
    "integrations_catalogsync",
    "workflows_delivery",
    "workflows_effect",
    "workflows_firedrill",
    "workflows_workflowrun",
)
LISTS = [f"{page}_changelist" for page in PAGES]


def populate(declare: Any, times: int, mark: str) -> None:
    """`times` of everything the admin has a list of."""
    for place in range(times):
        name, now = f"{mark}{place}", timezone.now()
        create_team(SYSTEM, name=name)
        CatalogSync.objects.create(connection=Connection.objects.create(tool=name, name=name), actor_label=name)
        person = create_user(SYSTEM, email=f"{name}@example.com", name=name, role=OrganisationRole.VIEWER)
        say_account(SYSTEM, UserAccount(user=person, tool="github"), remote_id=name)
        issue(SYSTEM, name=name, roles=["viewer"])
        field = create_custom_field(SYSTEM, name=name, description="", field_type="single_select")
        create_option(SYSTEM, field, value=name)
        endpoint = create_endpoint(SYSTEM, name=name, url="http://127.0.0.1:9/", event_types=EventType.values).endpoint
        incident = declare(name=name)
        import_document(SYSTEM, incident.pk, title=name, content=name)
        fire(source(name=name), name)
        FireDrill.objects.create(incident=incident, state="done", due_at=now, ends_by=now, actor_label=name)
        run = run_of(written(name=name), incident)
        Effect.objects.create(step_run=run.steps.all()[0], place=0, step_name="webhook.send", key=name, target=name)
        Delivery.objects.create(
            endpoint=endpoint, incident_id=incident.id, event_id=incident.id, position=1, due_at=incident.created_at
        )


def test_nothing_but_the_words_of_the_hub_is_there() -> None:
    assert {page.split("_")[0] for page in PAGES} == {
        "accounts", "apikeys", "catalog", "events", "incidents", "integrations", "workflows",
    }  # fmt: skip


@pytest.mark.parametrize("role", [OrganisationRole.VIEWER, OrganisationRole.RESPONDER, OrganisationRole.UNSET])
def test_who_does_not_administer_stays_outside(role: str) -> None:
    person = create_user(SYSTEM, email="vic@example.com", name="Vic", role=role)
    assert "/login/" in Desk(person).get("index")["Location"]


def test_who_was_deactivated_is_out_at_once(desk: Desk) -> None:
    create_user(SYSTEM, email="ada@example.com", name="Ada", role=OrganisationRole.OWNER)
    assert desk.get("index").status_code == 200
    update_user(SYSTEM, desk.user, is_active=False)
    assert desk.get("index").status_code == 302


@pytest.mark.usefixtures("quick_passwords")
def test_people_sign_in_whatever_the_case_of_their_address(omar: User) -> None:
    update_user(SYSTEM, omar, password="correct horse staple")
    said = {"username": "Omar@Example.com", "password": "correct horse staple", "next": "/admin/"}
    assert Client().post(reverse("admin:login"), said)["Location"] == "/admin/"


def test_every_list_opens_with_as_many_queries_for_many_rows_as_for_few(desk: Desk, declare: Any) -> None:
    populate(declare, 1, "few")
    few = {page: _queries(desk, page) for page in [*LISTS, "index"]}
    populate(declare, 6, "many")
    assert {page: _queries(desk, page) for page in few} == few
    assert max(few.values()) <= 20


def _queries(desk: Desk, page: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert desk.get(page).status_code == 200
    return len(queries)


@pytest.mark.parametrize("page", PAGES)
def test_every_row_has_a_page_and_a_history(desk: Desk, declare: Any, page: str) -> None:
    populate(declare, 1, "row")
    model = next(model for model in admin.site._registry if f"{model._meta.app_label}_{model._meta.model_name}" == page)
    row = model._default_manager.first()
    assert row is not None
    assert desk.get(f"{page}_change", row.pk).status_code == 200
    assert f"subject_id={row.pk}" in desk.get(f"{page}_history", row.pk)["Location"]


@pytest.mark.parametrize("page", [page for page in PAGES if page not in RECORDS])
def test_everything_that_people_make_has_a_form(desk: Desk, page: str) -> None:
    assert desk.get(f"{page}_add").status_code == 200


@pytest.mark.parametrize("page", RECORDS)
def test_records_are_only_looked_at(desk: Desk, page: str) -> None:
    assert desk.get(f"{page}_add").status_code == 403


def test_an_odd_id_is_nobodys(desk: Desk) -> None:
    assert desk.get("catalog_severity_change", "nul\0").status_code == 302


def test_history_is_the_events_of_the_row(desk: Desk, declare: Any) -> None:
    incident = declare()
    page = desk.client.get(desk.get("incidents_incident_history", incident.pk)["Location"])
    assert [event.subject_id for event in page.context["cl"].result_list] == [incident.pk]


def test_an_event_shows_what_changed(desk: Desk, declare: Any) -> None:
    event = Event.objects.get(subject_id=declare(name="Payouts are late").pk)
    page = desk.get("events_event_change", event.pk)
    assert b"Payouts are late" in page.content


def test_only_the_admin_may_compile_its_scripts(desk: Desk) -> None:
    assert "'unsafe-eval'" in desk.get("index")["Content-Security-Policy"]
    assert "'unsafe-eval'" in Client().get(reverse("admin:login"))["Content-Security-Policy"]
    assert "'unsafe-eval'" not in Client().get("/docs")["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval'" in desk.get("index")["Content-Security-Policy"]


@pytest.mark.usefixtures("quick_passwords")
def test_people_change_their_own_password_and_stay_signed_in(desk: Desk) -> None:
    desk.client.force_login(update_user(SYSTEM, desk.user, password="correct horse staple"))
    new = "an even better one"
    sent = {"old_password": "correct horse staple", "new_password1": new, "new_password2": new}
    assert desk.post("password_change", **sent)["Location"] == reverse("admin:password_change_done")
    assert desk.get("index").status_code == 200
    assert [event.type for event in desk.events()] == ["user.password_changed"]


def test_the_address_works_without_its_last_slash(desk: Desk) -> None:
    assert desk.client.get("/admin")["Location"] == "/admin/"


def test_the_search_finds_pages(desk: Desk) -> None:
    assert b"Severities" in desk.get("search", query="?s=sever").content
