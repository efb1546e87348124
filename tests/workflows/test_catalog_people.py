"""From an incident's service to the person who owns it, whom the catalog names by an e-mail address or an ID."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from accounts.models import User
from accounts.users import create_user, update_user
from catalog import snapshot
from catalog.custom_fields import create_custom_field
from catalog.models import CatalogEntry, CustomField
from incidents.models import Incident, RoleAssignment
from tests.catalog.service import a_type, an_entry, attribute
from tests.conftest import SYSTEM
from tests.desk import Desk
from tests.mailbox import Mailbox, serving
from tests.workflows.asking import ask, on
from tests.workflows.browsing import WorkflowPage
from tests.workflows.supposing import supposed, words_of
from tests.workflows.test_values import told, value
from tests.workflows.writing import asking, expression, of, step
from workflows.lookup import Lookup
from workflows.models import RunState, StepStatus, Workflow
from workflows.values import reader

OWNER, WATCHERS = 'catalog_attribute["owner"]', 'catalog_attribute["watchers"]'
Service = Callable[..., CatalogEntry]
Declare = Callable[..., Incident]


@pytest.fixture
def mail(hub: None, settings: Any) -> Iterator[Mailbox]:
    with serving() as mailbox:
        settings.MAIL_SERVER = mailbox.settings
        yield mailbox


@pytest.fixture
def services(hub: None) -> CustomField:
    """A field of incidents whose choices are services, which know their owner and who watches them."""
    kind = a_type(attribute("owner", "User"), attribute("watchers", "User", array=True))
    return create_custom_field(
        SYSTEM, name="Service", description="", field_type="single_select", catalog_type_id=kind.id
    )


@pytest.fixture
def service(services: CustomField) -> Service:
    """`service(owner=…, watchers=[…])`: one of those."""
    assert services.catalog_type is not None
    return lambda name="Checkout", **values: an_entry(services.catalog_type, name, values=values)


def owner_of(field: CustomField, part: str = OWNER) -> str:
    return f'incident.custom_field["{field.id}"].{part}'


def about(field: CustomField, *entries: CatalogEntry) -> Any:
    """Facts of an incident of this service."""
    return supposed(**{f"custom_field_entries.{field.id}": [entry.id for entry in entries]})


def lead() -> str:
    return next(row.id for row in snapshot.current().roles.values() if row.role_type == "lead")


def leading_and_telling(services: CustomField) -> dict[str, Any]:
    """The owner of the service leads the incident, and is written to."""
    navigate = {"operation_type": "navigate", "navigate": {"reference": f"{OWNER}.email"}}
    subject = {"value": {"literal": f"For {{{{ {owner_of(services, f'{OWNER}.name')} }}}}"}}
    recipients = {"array_value": [{"reference": 'expressions["address"]'}]}
    return {
        "expressions": [expression("address", f'incident.custom_field["{services.id}"]', navigate)],
        "steps": [
            step("incident.assign_role", of("incident"), {"value": {"literal": lead()}}, of(owner_of(services))),
            step("email.send", recipients, subject, {}, id="tell"),
        ],
    }


@pytest.fixture
def paging(services: CustomField, nora: User) -> Workflow:
    """Only for services of Nora's."""
    condition = asking(owner_of(services), "one_of", nora.id)
    return on("incident.created", condition_groups=[{"conditions": [condition]}], **leading_and_telling(services))


def broken(declare: Declare, field: CustomField, entry: CatalogEntry) -> Incident:
    """An incident of the service."""
    said = {"custom_field_id": field.id, "values": [{"value_catalog_entry_id": entry.id}]}
    return declare(custom_field_entries=[said])


@pytest.mark.parametrize("called", ["NORA@example.com", "its ID"])
def test_the_owner_of_a_service_leads_and_is_written_to(
    declare: Declare, drain: Any, mail: Mailbox, paging: Workflow, services: CustomField, service: Service, called: str
) -> None:
    nora = User.objects.get(email="nora@example.com")
    incident = broken(declare, services, service(owner=nora.id if called == "its ID" else called))
    (run,) = ask()
    drain()
    run.refresh_from_db()
    assert run.state == RunState.COMPLETE
    assert RoleAssignment.objects.get(incident=incident, incident_role_id=lead()).assignee == nora
    assert (mail.recipients, [letter["subject"] for letter in mail.arrived]) == ([nora.email], ["For Nora Lind"])


def test_services_of_others_start_nothing(
    declare: Declare, paging: Workflow, services: CustomField, service: Service, omar: User
) -> None:
    for place, owner in enumerate((omar.email, omar.id, "stranger@example.com")):
        broken(declare, services, service(f"S{place}", owner=owner))
    broken(declare, services, service("Ownerless"))
    assert ask() == []


def test_people_are_their_ids_whatever_names_them(
    services: CustomField, service: Service, nora: User, omar: User
) -> None:
    facts = about(services, service(owner=nora.email.upper(), watchers=[omar.id, nora.email]))
    assert value(owner_of(services), facts) == nora.id
    assert value(owner_of(services, f"{OWNER}.slack_user_id"), facts) == "U0NORA"
    assert value(owner_of(services, WATCHERS), facts) == [omar.id, nora.id]
    assert told(owner_of(services, WATCHERS), facts) == f"{omar.name}, Nora Lind"


def test_an_address_nobody_has_stays_an_address(services: CustomField, service: Service) -> None:
    facts = about(services, service(owner="stranger@example.com"))
    assert value(owner_of(services), facts) == told(owner_of(services), facts) == "stranger@example.com"
    assert value(owner_of(services, f"{OWNER}.email"), facts) == "stranger@example.com"
    assert value(owner_of(services, f"{OWNER}.name"), facts) is None
    nobody = about(services, service("Mail", owner="Nora Lind"))
    assert value(owner_of(services, f"{OWNER}.email"), nobody) is None


def test_who_has_no_account_is_written_to_and_leads_nothing(
    declare: Declare, drain: Any, mail: Mailbox, services: CustomField, service: Service
) -> None:
    on("incident.created", continue_on_step_error=True, **leading_and_telling(services))
    incident = broken(declare, services, service(owner="stranger@example.com"))
    (run,) = ask()
    drain()
    role, letter = run.steps.order_by("place")
    assert "There is no active user 'stranger@example.com'" in role.error
    assert (letter.status, mail.recipients) == (StepStatus.COMPLETE, ["stranger@example.com"])
    assert not RoleAssignment.objects.filter(incident=incident, incident_role_id=lead()).exists()


def test_who_was_deactivated_is_still_the_owner(services: CustomField, service: Service, nora: User) -> None:
    update_user(SYSTEM, nora, is_active=False)
    facts = about(services, service(owner=nora.email))
    assert told(owner_of(services), facts) == "Nora Lind"


def test_people_of_many_entries_are_read_together(
    services: CustomField, service: Service, nora: User, omar: User, django_assert_num_queries: Any
) -> None:
    facts = about(services, service(owner=nora.email, watchers=[nora.id, omar.email]))
    words = words_of()
    parts = [reader(words, owner_of(services, part)) for part in (OWNER, f"{OWNER}.name", f"{WATCHERS}.email")]
    with django_assert_num_queries(3):  # the entry, its aliases, people
        assert [read(facts) for read in parts] == [nora.id, "Nora Lind", [nora.email, omar.email]]


def test_who_owns_a_service_is_chosen_in_the_admin(desk: Desk, services: CustomField, nora: User) -> None:
    condition, whom = "condition_groups.0.conditions.0", "steps.0.param_bindings.2"
    page, subject = WorkflowPage(desk).say({"name": "Owner"}).do("group.add"), owner_of(services)
    page.say({f"{condition}.subject": subject}).do()
    assert "Nora Lind" in page.html
    page.say({f"{condition}.param_bindings.0.values": nora.id}).do("step.add", new_step="incident.assign_role")
    page.say({"steps.0.param_bindings.1.values": lead(), f"{whom}.mode": "reference", f"{whom}.reference": subject})
    assert page.save().status_code == 302
    definition = Workflow.objects.get().definition
    assert definition["condition_groups"] == [{"conditions": [asking(subject, "one_of", nora.id)]}]
    assert definition["steps"][0]["param_bindings"][2] == of(subject)


def test_owners_of_many_services_cost_no_more_than_one(
    service: Service, nora: User, omar: User, django_assert_num_queries: Any
) -> None:
    mine, yours = service(owner=nora.email), service("Mail", owner=omar.id)
    responder = create_user(SYSTEM, email="rita@example.com", name="Rita")
    lookup = Lookup(lambda: [mine.id, yours.id, responder.id])
    with django_assert_num_queries(3):  # entries, their aliases, people
        owners = [(lookup.attributes(entry.id) or {})["owner"][0].target_id or "" for entry in (mine, yours)]
        assert [getattr(lookup.person(pk), "name", None) for pk in owners] == [nora.name, omar.name]
    with django_assert_num_queries(1):
        assert getattr(lookup.person(responder.id), "name", None) == "Rita"
