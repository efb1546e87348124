"""Post-mortems brought in from elsewhere."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from incidentio.core.errors import NotFound
from incidentio.core.ids import new_id
from incidents.models import Incident
from incidents.postmortems import document_url, import_document
from tests.conftest import SYSTEM, ApiClient
from tests.desk import Desk
from tests.incidents.counting import statements
from tests.incidents.folding import events_of, folded, stored


def test_the_first_one_is_the_main_one(declare: Callable[..., Incident]) -> None:
    incident = declare()
    first = import_document(SYSTEM, incident.pk, title="What we learned", content="# DNS\n")
    import_document(SYSTEM, incident.pk, title="More", content="of it")
    incident.refresh_from_db()
    assert incident.postmortem_document_url == document_url(first)
    assert [event.type for event in events_of(incident)[1:]] == ["incident.postmortem_document_imported"] * 2
    assert folded(incident) == stored(incident)


def test_without_an_incident_there_is_none() -> None:
    with pytest.raises(NotFound):
        import_document(SYSTEM, new_id(), title="What", content="?")


def test_its_address_leads_to_its_page_which_members_may_read(
    desk: Desk, declare: Callable[..., Incident], nora: User
) -> None:
    public, hidden = declare(), declare(nora.actor, visibility="private")
    for incident, shown in ((public, True), (hidden, False)):
        document = import_document(SYSTEM, incident.pk, title="Learned", content="It was DNS")
        page: Any = desk.client.get("/" + document_url(document).split("/", 3)[3], follow=True)
        assert (b"It was DNS" in page.content) is shown
    assert b"Learned" in desk.get("incidents_incident_change", public.pk).content
    assert hidden.reference.encode() not in desk.get("incidents_postmortemdocument_changelist").content


def test_incidents_name_theirs_without_statements_of_their_own(
    everyone: ApiClient, declare: Callable[..., Incident]
) -> None:
    incident = declare()
    ids = [import_document(SYSTEM, incident.pk, title=f"Part {n}", content="x").pk for n in range(2)]
    shown = everyone.get(f"/v2/incidents/{incident.pk}").json()["incident"]
    assert shown["postmortem_document_ids"] == ids
    few = statements(everyone, "/v2/incidents")
    for _ in range(10):
        import_document(SYSTEM, declare().pk, title="Learned", content="x")
    assert statements(everyone, "/v2/incidents") == few
