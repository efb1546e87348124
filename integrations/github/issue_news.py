"""What became of issues that are attached to incidents: their attachments' titles say it, on the incidents' timelines.

The issue that stands for an incident is attached to it as well.
"""

import hashlib
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.db import transaction

from events.actors import Actor, ActorKind
from incidentio.core.errors import NotFound
from incidentio.core.times import rfc3339
from incidents.attachments import LONGEST, retitle
from incidents.models import Attachment, ResourceType
from integrations.github.account import TOOL
from integrations.github.statuses import UNDONE
from integrations.issue_statuses import News
from integrations.models import RemoteObject
from integrations.tracking import ISSUE, OF_INCIDENT

NEWS, SUBJECT = "issue_news", "github_issue"
CLOSED, REOPENED, DELETED = "closed", "reopened", "deleted"
_SAID = re.compile(r" \((?:closed|reopened|deleted)(?: as [a-z ]+)?\)$")


def show(news: News, told: Mapping[str, Any]) -> None:
    """Let the attachments of an issue say what became of it; what is older than what is known changes nothing. Safe to
    repeat.
    """
    said, attached = _said(told), _attached(news)
    if said and attached:
        row = _remember(news, said)
        for attachment in attached:
            with suppress(NotFound):
                _retitle(row, attachment, news)


def _said(told: Mapping[str, Any]) -> str:
    reason = str(told["issue"].get("state_reason") or "")
    if told["action"] == CLOSED:
        return f"{CLOSED} as {reason.replace('_', ' ')}" if reason in (*UNDONE, "completed") else CLOSED
    return str(told["action"])


def _attached(news: News) -> list[Attachment]:
    """The attachments that lead to the issue, also by the address it had when the hub made it."""
    made = RemoteObject.objects.filter(tool=TOOL, kind=ISSUE, subject_type=OF_INCIDENT, remote_id=news.remote_id)
    urls = {news.url, *made.values_list("url", flat=True)} - {""}
    rows = Attachment.objects.filter(resource_type=ResourceType.ARBITRARY_URL, external_id__in=urls)
    return list(rows.order_by("incident_id"))


def _remember(news: News, said: str) -> RemoteObject:
    """What is known of the issue, with these news."""
    at = rfc3339(news.at) if news.at is not None else ""
    with transaction.atomic():
        row, fresh = RemoteObject.objects.select_for_update().get_or_create(
            tool=TOOL,
            kind=NEWS,
            subject_type=SUBJECT,
            subject_id=hashlib.sha256(news.remote_id.encode()).hexdigest()[:26],
            defaults={"remote_id": news.remote_id, "url": news.url, "state": {"said": said, "by": news.by, "at": at}},
        )
        if not fresh and (not at or at >= row.state["at"]):
            row.state = {"said": said, "by": news.by, "at": at or row.state["at"]}
            row.save(update_fields=["state"])
    return row


def _retitle(row: RemoteObject, attachment: Attachment, news: News) -> None:
    with transaction.atomic():
        known = RemoteObject.objects.select_for_update().get(pk=row.pk).state
        label = f"GitHub ({known['by']})" if known["by"] else "GitHub"
        title = _title(attachment, str(news.state.get("name") or ""), known["said"])
        retitle(Actor(ActorKind.SYSTEM, "", label), attachment, title)


def _title(attachment: Attachment, name: str, said: str) -> str:
    """The title people gave it, else the issue's name, and what became of it."""
    own = _SAID.sub("", attachment.title)
    own = name if name and own == attachment.external_id else own
    return f"{own[: LONGEST - 40]} ({said})"
