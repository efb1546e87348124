"""Attaching things elsewhere (tickets, alerts, pull requests, links) to an incident."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote

from django.conf import settings

from events.actors import Actor
from incidentio.core.errors import Gather, Invalid, NotFound
from incidents.changing import changing
from incidents.links import check_web_url
from incidents.models import Attachment, ResourceType

LONGEST = 500
ID_PLACE = "{id}"


@dataclass(frozen=True)
class Resource:
    """A thing elsewhere as callers name it: by its id there, or by its URL. A title and an emoji are for links."""

    resource_type: str
    external_id: str = ""
    url: str = ""
    title: str = ""
    emoji: str = ""


def attach(actor: Actor, incident_id: str, resource: Resource, moment: datetime | None = None) -> Attachment:
    """Attach `resource` to the incident; the same one again returns the attachment that is there.

    `moment` is when it was attached, where that is not now. Rules: API behaviour, section 6.9.

    Raises:
        NotFound: no such incident.
        Invalid: neither or both of id and URL, a title on anything but a link, or no http(s) URL.
    """
    _check(resource)
    external_id = resource.external_id or _id_in(resource)
    with changing(actor, incident_id, "incident.attachment_added", moment) as change:
        attachment, made = Attachment.objects.get_or_create(
            incident=change.incident,
            resource_type=resource.resource_type,
            external_id=external_id,
            defaults={
                "permalink": resource.url or _permalink(resource),
                "title": resource.title or external_id,
                "emoji": resource.emoji,
                "created_at": change.moment,
                "updated_at": change.moment,
            },
        )
        if made:
            change.note("attachments", attachment.id, None, told(attachment))
    return attachment


def retitle(actor: Actor, attachment: Attachment, title: str) -> None:
    """Give the attachment another title, as when what it leads to has moved on.

    Raises:
        NotFound: somebody took it off meanwhile.
    """
    with changing(actor, attachment.incident_id, "incident.attachment_updated") as change:
        row = Attachment.objects.filter(pk=attachment.pk).first()
        if row is None:
            raise NotFound("attachment")
        before = told(row)
        if row.title != title:
            row.title, row.updated_at = title, change.moment
            row.save(update_fields=["title", "updated_at"])
            change.note("attachments", row.id, before, told(row))


def detach(actor: Actor, attachment: Attachment) -> None:
    """Take the attachment off its incident.

    Raises:
        NotFound: somebody else did meanwhile.
    """
    with changing(actor, attachment.incident_id, "incident.attachment_removed") as change:
        row = Attachment.objects.filter(pk=attachment.pk).first()
        if row is None:
            raise NotFound("attachment")
        change.note("attachments", row.id, told(row), None)
        row.delete()


def told(attachment: Attachment) -> dict[str, Any]:
    """The attachment as its incident's events tell of it."""
    names = ("resource_type", "external_id", "permalink", "title", "emoji")
    return {name: value for name in names if (value := getattr(attachment, name))}


def _check(resource: Resource) -> None:
    problems = Gather()
    link = resource.resource_type == ResourceType.ARBITRARY_URL
    with problems:
        if resource.resource_type not in ResourceType.values:
            raise Invalid("invalid_value", "There is no such type of resource", "resource.resource_type")
    with problems:
        if link and not resource.url:
            raise Invalid("is_required", "A link needs its `url`", "resource.url")
        if not (resource.external_id or resource.url):
            raise Invalid("is_required", "Name the resource by `external_id` or by `url`", "resource.external_id")
        if resource.external_id and resource.url:
            raise Invalid("invalid_value", "Send `external_id` or `url`, not both", "resource.url")
        if resource.url:
            check_web_url(resource.url, LONGEST, "resource.url")
    for name in ("title", "emoji"):
        with problems:
            if getattr(resource, name) and not link:
                raise Invalid(
                    "invalid_value", f"Only `arbitrary_url` takes a `{name}`; leave it out", f"resource.{name}"
                )
    problems.raise_if_any()


def _permalink(resource: Resource) -> str:
    """Where the resource with this id is, if the installation says where such resources are; else nothing."""
    template: str = settings.RESOURCE_URLS.get(resource.resource_type, "")
    return template.replace(ID_PLACE, quote(resource.external_id, safe="/"))


def _id_in(resource: Resource) -> str:
    """The id inside the URL, if the installation says what such URLs look like; else the URL is its own id."""
    before, place, after = settings.RESOURCE_URLS.get(resource.resource_type, "").partition(ID_PLACE)
    middle = resource.url.removeprefix(before).removesuffix(after)
    if place and middle and resource.url == before + middle + after:
        return unquote(middle)
    return resource.url
