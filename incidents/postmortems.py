"""Post-mortems: what was learned from an incident, written down."""

from django.conf import settings

from events.actors import Actor
from incidents.changing import changing
from incidents.models import PostmortemDocument


def import_document(actor: Actor, incident_id: str, *, title: str, content: str) -> PostmortemDocument:
    """Keep a document (`content` is GitHub's Markdown) written elsewhere; the main one of an incident that has none.

    Rules: API behaviour, section 6.11.

    Raises:
        NotFound: no such incident.
    """
    with changing(actor, incident_id, "incident.postmortem_document_imported") as change:
        document = PostmortemDocument.objects.create(
            incident=change.incident,
            title=title,
            content=content,
            created_at=change.moment,
            updated_at=change.moment,
        )
        change.note("postmortem_documents", document.id, None, told(document))
        if not change.incident.postmortem_document_url:
            change.incident.postmortem_document_url = document_url(document)
    return document


def document_url(document: PostmortemDocument) -> str:
    """Where people read it."""
    return f"{settings.PUBLIC_URL}/postmortem_documents/{document.id}"


def told(document: PostmortemDocument) -> dict[str, str]:
    """The document as events tell it."""
    return {"title": document.title, "content": document.content, "status": document.status}
