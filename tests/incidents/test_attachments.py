"""Attaching things elsewhere: by id or by URL, once, with the incident's event."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from incidentio.core.errors import Invalid, NotFound
from incidents.attachments import Resource, attach, detach
from incidents.models import Attachment, Incident
from tests.conftest import SYSTEM
from tests.incidents.folding import events_of, folded, stored

TICKETS = "https://acme.example.com/agent/tickets/{id}?tab=1"


@pytest.fixture(autouse=True)
def zendesk(settings: Any) -> None:
    """The installation knows where Zendesk tickets are."""
    settings.RESOURCE_URLS = {"zendesk_ticket": TICKETS}


def test_a_ticket_by_its_id_gets_its_link_and_its_id_for_a_title(declare: Callable[..., Incident]) -> None:
    ticket = attach(SYSTEM, declare().id, Resource("zendesk_ticket", external_id="48 2"))
    assert (ticket.title, ticket.permalink) == ("48 2", TICKETS.replace("{id}", "48%202"))


def test_the_same_ticket_by_its_url_is_the_same_attachment(declare: Callable[..., Incident]) -> None:
    incident = declare()
    by_id = attach(SYSTEM, incident.id, Resource("zendesk_ticket", external_id="48 2"))
    by_url = attach(SYSTEM, incident.id, Resource("zendesk_ticket", url=TICKETS.replace("{id}", "48%202")))
    assert by_id == by_url
    assert [event.type for event in events_of(incident)] == ["incident.created", "incident.attachment_added"]


@pytest.mark.parametrize("url", ["https://acme.example.com/agent/tickets/?tab=1", "https://other.example.com/48"])
def test_a_url_of_another_form_is_its_own_id(declare: Callable[..., Incident], url: str) -> None:
    assert attach(SYSTEM, declare().id, Resource("zendesk_ticket", url=url)).external_id == url


def test_without_a_known_place_an_id_has_no_link(declare: Callable[..., Incident]) -> None:
    assert attach(SYSTEM, declare().id, Resource("jira_issue", external_id="OPS-1")).permalink == ""


def test_a_link_has_a_title_and_an_emoji(declare: Callable[..., Incident]) -> None:
    link = attach(
        SYSTEM, declare().id, Resource("arbitrary_url", url="https://a.example/x", title="Graph", emoji="fire")
    )
    assert (link.external_id, link.permalink) == ("https://a.example/x", "https://a.example/x")
    assert (link.title, link.emoji) == ("Graph", "fire")


def test_the_incident_tells_of_what_came_and_went(declare: Callable[..., Incident], nora: User) -> None:
    incident = declare()
    kept = attach(nora.actor, incident.id, Resource("arbitrary_url", url="https://a.example/x", emoji="fire"))
    gone = attach(nora.actor, incident.id, Resource("zendesk_ticket", external_id="48"))
    detach(nora.actor, gone)
    assert folded(incident) == stored(incident)
    assert list(Attachment.objects.all()) == [kept]
    assert events_of(incident)[-1].type == "incident.attachment_removed"
    assert Incident.objects.get().updated_at == events_of(incident)[-1].created_at
    with pytest.raises(NotFound):
        detach(nora.actor, gone)


def test_one_resource_may_be_on_two_incidents(declare: Callable[..., Incident]) -> None:
    ticket = Resource("zendesk_ticket", external_id="48")
    assert attach(SYSTEM, declare().id, ticket) != attach(SYSTEM, declare().id, ticket)


@pytest.mark.parametrize(
    ("resource", "pointers"),
    [
        (Resource("pigeon", external_id="1"), ["resource.resource_type"]),
        (Resource("zendesk_ticket"), ["resource.external_id"]),
        (Resource("zendesk_ticket", external_id="1", url="https://a.example"), ["resource.url"]),
        (Resource("arbitrary_url", external_id="https://a.example"), ["resource.url"]),
        (Resource("arbitrary_url", url="javascript:alert(1)"), ["resource.url"]),
        (Resource("arbitrary_url", url="https://[half"), ["resource.url"]),
        (Resource("arbitrary_url", url="https:///nowhere"), ["resource.url"]),
        (Resource("arbitrary_url", url="https://a.example/two words"), ["resource.url"]),
        (Resource("arbitrary_url", url="https://a.example/" + "x" * 500), ["resource.url"]),
        (Resource("jira_issue", external_id="1", title="t", emoji="e"), ["resource.title", "resource.emoji"]),
    ],
)
def test_what_is_wrong_is_refused_and_named(
    declare: Callable[..., Incident], resource: Resource, pointers: list[str]
) -> None:
    with pytest.raises(Invalid) as refusal:
        attach(SYSTEM, declare().id, resource)
    assert [problem.pointer for problem in refusal.value.problems] == pointers
    assert not Attachment.objects.exists()
