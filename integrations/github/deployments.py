"""Deployments GitHub tells of, shown on the incidents they matter to.

A deployment belongs to an incident that it names (INC-123 in its ref, description, task or payload); and, where the
connection says so, to every incident in triage or live, if it goes to one of the named environments and is not much
older than the incident. It is attached once, and its title says how it goes.

Payloads: https://docs.github.com/en/webhooks/webhook-events-and-payloads#deployment_status (octokit/webhooks has
recorded ones). Statuses may come out of order, and deliveries again.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog.models import StatusCategory
from events.actors import Actor, ActorKind
from incidentio.core.errors import Invalid, NotFound
from incidentio.core.times import instant, rfc3339
from incidents.attachments import LONGEST, Resource, attach, retitle
from incidents.links import check_web_url
from incidents.models import Attachment, Incident, Mode, ResourceType
from integrations.base import Args, Doing, Step, StepFailed
from integrations.github.account import TOOL, GitHub, github
from integrations.models import RemoteObject
from integrations.told import INCIDENT_PARAM, incident_of

DEPLOYMENT, STATUS = "deployment", "deployment_status"
SUBJECT = "github_deployment"
EMOJI = "🚀"
WORDS = {
    "queued": "waits",
    "pending": "waits",
    "waiting": "waits for approval",
    "in_progress": "under way",
    "success": "done",
    "failure": "failed",
    "error": "failed",
}
LIVE = (StatusCategory.TRIAGE, StatusCategory.LIVE)
MOST_LIVE = 50
MOST_NAMED = 10
KEPT = timedelta(days=30)
_NAMED = re.compile(r"\bINC-(\d{1,9})\b", re.IGNORECASE | re.ASCII)
_SHA = re.compile(r"[0-9a-f]{40,64}")


@dataclass(frozen=True)
class Deployment:
    """A deployment as GitHub last told of it; `order` tells which news is the later one."""

    remote_id: str
    url: str
    title: str
    environment: str
    by: str
    at: datetime
    order: tuple[str, int]
    named: tuple[int, ...]

    @property
    def state(self) -> dict[str, Any]:
        """What is remembered of it."""
        return {"title": self.title, "by": self.by, "at": rfc3339(self.at), "order": list(self.order)}


def take(told: Any, values: Mapping[str, str]) -> str:
    """Show a deployment where it belongs. Safe to repeat; the answer is the same whoever may see those incidents."""
    news, there = news_of(told), GitHub(values)
    if news is None:
        return "Nothing the hub listens to"
    row = _remember(news, keep=bool(news.named) or there.watches(news.environment))
    if row is not None:
        for incident_id in _incidents(there, news, row):
            with suppress(NotFound):
                _show(row.pk, incident_id)
    return "Noted"


def news_of(told: Any) -> Deployment | None:
    """What a webhook tells of a deployment; None if that is nothing."""
    about, repository = _mapping(told, "deployment"), _mapping(told, "repository")
    status = _mapping(told, STATUS)
    name, page, sha = repository.get("full_name"), repository.get("html_url"), about.get("sha")
    at = instant(status.get("updated_at") or about.get("created_at"))
    number, state = about.get("id"), status.get("state", "pending")
    if not (isinstance(number, int) and isinstance(name, str) and isinstance(page, str) and isinstance(sha, str)):
        return None
    url = f"{page}/commit/{sha}#deployment-{number}"
    # What a later deployment takes the place of is told of as "inactive": how it went stays.
    if at is None or not isinstance(state, str) or state not in WORDS or not _is_web(url):
        return None
    environment = str(status.get("environment") or about.get("environment") or "")
    status_id = status.get("id", 0)
    return Deployment(
        remote_id=str(number),
        url=url,
        title=f"{name} {_version(about, sha)} to {environment or 'nowhere named'}: {WORDS[state]}"[:LONGEST],
        environment=environment,
        by=str(_mapping(told, "sender").get("login") or "")[:100],
        at=min(at, timezone.now()),
        order=(rfc3339(at), status_id if isinstance(status_id, int) else 0),
        named=_named(about),
    )


def _is_web(url: str) -> bool:
    try:
        check_web_url(url, LONGEST, "html_url")
    except Invalid:
        return False
    return True


def _mapping(told: Any, name: str) -> Mapping[str, Any]:
    found = told.get(name) if isinstance(told, dict) else None
    return found if isinstance(found, dict) else {}


def _version(about: Mapping[str, Any], sha: str) -> str:
    ref = str(about.get("ref") or "")
    return sha[:7] if not ref or _SHA.fullmatch(ref) else f"{ref[:100]}@{sha[:7]}"


def _named(about: Mapping[str, Any]) -> tuple[int, ...]:
    """The numbers of the incidents that a deployment names."""
    text = json.dumps([about.get(name) for name in ("ref", "description", "task", "payload")])
    return tuple(dict.fromkeys(int(number) for number in _NAMED.findall(text)))[:MOST_NAMED]


def _remember(news: Deployment, *, keep: bool) -> RemoteObject | None:
    """What is known of the deployment, with these news; None if nothing is, and nothing is to be kept."""
    subject = {"tool": TOOL, "kind": DEPLOYMENT, "subject_type": SUBJECT, "subject_id": _key(news.url)}
    with transaction.atomic():
        rows = RemoteObject.objects.select_for_update()
        if not keep:
            row, fresh = rows.filter(**subject).first(), False
        else:
            known = {"remote_id": news.remote_id, "url": news.url, "state": news.state | {"shown": []}}
            row, fresh = rows.get_or_create(**subject, defaults=known)
        if row is not None and tuple(row.state["order"]) < news.order:
            row.state |= news.state
            row.save(update_fields=["state"])
        if fresh:
            old = RemoteObject.objects.filter(tool=TOOL, kind=DEPLOYMENT, created_at__lt=timezone.now() - KEPT)
            old.delete()
    return row


def _key(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:26]


def _incidents(there: GitHub, news: Deployment, row: RemoteObject) -> list[str]:
    """The incidents the deployment is to be shown on, or is shown on."""
    wanted = set(Incident.objects.filter(number__in=news.named).values_list("pk", flat=True))
    if there.shows_deployments and there.watches(news.environment):
        live = Incident.objects.filter(incident_status__category__in=LIVE, mode=Mode.STANDARD)
        recent = live.filter(created_at__lte=news.at + there.watched_before)
        wanted |= set(recent.order_by("-id").values_list("pk", flat=True)[:MOST_LIVE])
    shown = Attachment.objects.filter(resource_type=ResourceType.ARBITRARY_URL, external_id=row.url)
    return sorted(wanted | set(shown.values_list("incident_id", flat=True)))


def _show(pk: int, incident_id: str) -> bool:
    """Let the incident show the deployment as it now is, unless somebody took it off; whether it is new there.

    Raises:
        NotFound: the incident, or its attachment, is gone.
    """
    with transaction.atomic():
        row = RemoteObject.objects.select_for_update().get(pk=pk)
        actor, title = _actor(row.state["by"]), row.state["title"]
        if incident_id not in row.state["shown"]:
            attach(actor, incident_id, Resource(ResourceType.ARBITRARY_URL, url=row.url, title=title, emoji=EMOJI))
            row.state |= {"shown": [*row.state["shown"], incident_id]}
            row.save(update_fields=["state"])
            return True
        there = Attachment.objects.filter(resource_type=ResourceType.ARBITRARY_URL, external_id=row.url)
        attachment = there.filter(incident_id=incident_id).first()
        if attachment is not None:
            retitle(actor, attachment, title)
    return False


def _actor(login: str) -> Actor:
    return Actor(ActorKind.SYSTEM, "", f"GitHub ({login})" if login else "GitHub")


# ---- the step


def _attach_earlier(doing: Doing, args: Args) -> str:
    """Attach what was deployed shortly before the incident was declared, or since.

    Raises:
        StepFailed: GitHub is not connected, or the step is about no incident.
    """
    there, incident = github(), incident_of(doing, args)
    earliest = incident.created_at - there.watched_before
    rows = RemoteObject.objects.filter(tool=TOOL, kind=DEPLOYMENT, created_at__gte=earliest).order_by("pk")
    recent = [row for row in rows if (instant(row.state["at"]) or row.created_at) >= earliest]
    try:
        count = sum(_show(row.pk, incident.pk) for row in recent[-MOST_LIVE:])
    except NotFound as gone:
        raise StepFailed("The incident is not there any more") from gone
    return f"Attached {count} deployments" if count != 1 else "Attached 1 deployment"


ATTACH_DEPLOYMENTS = Step(
    "github.attach_deployments",
    "Attach recent deployments of GitHub",
    (INCIDENT_PARAM,),
    do=_attach_earlier,
)
