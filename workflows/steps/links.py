"""Things elsewhere that belong to an incident."""

from incidents.attachments import Resource, attach
from incidents.models import ResourceType
from integrations.base import Args, Doing, Param, Step
from integrations.types import LINK, TEMPLATED_TEXT
from workflows.steps.arguments import INCIDENT_PARAM, incident_id_of, needed, text_of

_URL = Param("url", "Link", LINK, required=True)


def _attach(doing: Doing, args: Args) -> str:
    resource = Resource(
        ResourceType.ARBITRARY_URL, url=needed(args, _URL).strip(), title=text_of(args, "title").strip()
    )
    attachment = attach(doing.actor, incident_id_of(doing, args), resource)
    return f"Attached {attachment.title[:200]}"


ATTACH = Step(
    "incident.attach_link",
    "Attach a link",
    (INCIDENT_PARAM, _URL, Param("title", "Title", TEMPLATED_TEXT)),
    do=_attach,
)
