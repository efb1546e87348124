"""Issues that stand for incidents and follow-ups at issue trackers: which are to be made, and that each is made once.

A tracker has no key by which it would know a call again. So whoever makes an issue first claims its subject, in a row
of the hub's; what may have arrived is looked for at the tracker, by a mark that only this subject's issue has.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from catalog.snapshot import Snapshot
from events.actors import Actor
from incidentio.core.errors import Invalid, NotFound
from incidentio.core.ids import is_id
from incidentio.core.vocabulary import STRING
from incidents.attachments import Resource, attach
from incidents.changing import lock
from incidents.follow_ups import connect_issue
from incidents.links import permalink
from incidents.models import FollowUp, Incident, ResourceType, Visibility, WorkStatus
from integrations.base import Args, Attempt, Call, Doing, Outcome, Param, Sent, StepFailed
from integrations.claims import Claim, claim, tried_at
from integrations.models import RemoteObject
from integrations.told import incident_of, text_of, texts_of
from integrations.types import BOOL, FOLLOW_UP, TEMPLATED_TEXT

ISSUE, CLAIM = "issue", "issue_claim"
OF_INCIDENT, OF_FOLLOW_UP = "incident", "follow_up"
# A search index knows a new issue after a while; before that, not finding it says nothing.
SETTLE_SECONDS = 20.0
# How trackers answer, if it may be the assignee they do not like; GraphQL refuses with 200.
NOT_TO_THEM = (200, 400, 422)

FOLLOW_UP_PARAM = Param("follow_up", "Follow-up", FOLLOW_UP)
TITLE = Param("title", "Title", TEMPLATED_TEXT)
DESCRIPTION = Param("description", "Description", TEMPLATED_TEXT)
LABELS = Param("labels", "Labels", STRING, array=True)
PRIVATE_TOO = Param("include_private", "Also of private incidents", BOOL)


@dataclass(frozen=True)
class Issue:
    """An issue as its tracker tells of it. `state` is what the tool's folder needs to find it again."""

    remote_id: str
    name: str
    url: str
    state: Mapping[str, Any]


@dataclass(frozen=True)
class Order:
    """An issue that is to be made: for what, by whom, for whom, and what it says. `where` is the tool's own."""

    subject_type: str
    subject_id: str
    incident_id: str
    title: str
    text: str
    labels: Sequence[str]
    where: Mapping[str, str]
    private_too: bool
    actor: Mapping[str, Any]
    assignee_id: str = ""

    @classmethod
    def read(cls, body: str) -> "Order":
        return cls(**json.loads(body))

    def call(self, target: str) -> Call:
        """The order as a call of the ledger."""
        return Call(target, json.dumps(vars(self)))

    @property
    def mark(self) -> str:
        """What only the issue of this subject has, as a label or hidden in its text."""
        kind = "fu" if self.subject_type == OF_FOLLOW_UP else "incident"
        return f"{kind}-{self.subject_id}"

    @property
    def hidden_mark(self) -> str:
        """The mark as it stands at the end of a text in Markdown, where nobody sees it."""
        return f"<!-- hub:{self.mark} -->"

    @property
    def is_private(self) -> bool:
        """Whether only some people may know of its incident now."""
        return Incident.objects.filter(pk=self.incident_id, visibility=Visibility.PRIVATE).exists()

    @property
    def subject(self) -> dict[str, Any]:
        """The columns that name the subject."""
        return {"subject_type": self.subject_type, "subject_id": self.subject_id}


def _as_link(issue: Issue) -> Resource:
    return Resource(ResourceType.ARBITRARY_URL, url=issue.url, title=issue.name)


@dataclass(frozen=True)
class Tracker:
    """A tool's way with issues. `create` tries once, within some seconds, and tells the issue if it is there; it is
    given the ID there of whom the issue is assigned to, or nothing. `search` looks for the issue of an order that may
    have been made since a moment (raises StepFailed). `provider` is what follow-ups call it; `id_of` is who somebody is
    there, within some seconds (nothing if nobody; raises StepFailed). `resource` is how an incident shows an issue.
    """

    tool: str
    label: str
    create: Callable[[Order, str, float], tuple[Attempt, Issue | None]]
    search: Callable[[Order, datetime, float], Issue | None]
    provider: Callable[[], str]
    id_of: Callable[[User, float], str]
    resource: Callable[[Issue], Resource] = _as_link


# ---- which issues are to be made


def order_for_incident(doing: Doing, args: Args, where: Mapping[str, str]) -> Order:
    """The order for an issue of the incident the step is about.

    Raises:
        StepFailed: it is about none, or about a private one that was not asked for.
    """
    incident = _incident(doing, args)
    return Order(
        OF_INCIDENT,
        incident.pk,
        incident.pk,
        title=text_of(args, "title") or f"{incident.reference} {incident.name}",
        text=text_of(args, "description") or _about(incident, doing.words),
        labels=[*texts_of(args, "labels"), incident.reference.lower()],
        where=where,
        private_too=bool(args.get(PRIVATE_TOO.name)),
        actor=asdict(doing.actor),
    )


def orders_for_follow_ups(doing: Doing, args: Args, where: Mapping[str, str]) -> list[Order]:
    """The orders for the follow-up the step names, else for all outstanding ones of its incident without an issue.

    Raises:
        StepFailed: as `order_for_incident`, or there is no such follow-up.
    """
    named = text_of(args, FOLLOW_UP_PARAM.name)
    if named:
        follow_ups = [existing(named)]
        incident = _checked(follow_ups[0].incident, args)
    else:
        incident = _incident(doing, args)
        outstanding = incident.follow_ups.filter(status=WorkStatus.OUTSTANDING, external_issue_provider="")
        follow_ups = list(outstanding.select_related("priority", "assignee", "assignee_team").order_by("id"))
    said: dict[str, Any] = {
        "labels": [*texts_of(args, "labels"), incident.reference.lower()],
        "where": where,
        "private_too": bool(args.get(PRIVATE_TOO.name)),
        "actor": asdict(doing.actor),
    }
    return [
        Order(
            OF_FOLLOW_UP,
            one.pk,
            incident.pk,
            title=one.title,
            text=_about_follow_up(one, incident),
            assignee_id=one.assignee_id or "",
            **said,
        )
        for one in follow_ups
        if not one.external_issue_provider
    ]


def existing(follow_up_id: str) -> FollowUp:
    """The follow-up of this id, with its incident.

    Raises:
        StepFailed: there is none, or it was deleted.
    """
    rows = FollowUp.objects.select_related("incident", "priority", "assignee", "assignee_team")
    found = rows.exclude(status=WorkStatus.DELETED).filter(pk=follow_up_id).first() if is_id(follow_up_id) else None
    if found is None:
        raise StepFailed(f"There is no follow-up with the ID {follow_up_id[:100]!r}")
    return found


def _incident(doing: Doing, args: Args) -> Incident:
    return _checked(incident_of(doing, args), args)


def _checked(incident: Incident, args: Args) -> Incident:
    if incident.visibility == Visibility.PRIVATE and not args.get(PRIVATE_TOO.name):
        raise StepFailed(_hidden(incident))
    return incident


def _hidden(incident: Incident) -> str:
    return f"{incident.reference} is private, and this step does not say that private incidents are told of, too"


def _about(incident: Incident, words: Snapshot) -> str:
    severity = words.severities.get(incident.severity_id or "")
    parts = [incident.summary.strip(), f"Severity: {severity.name}" if severity else "", permalink(incident.pk)]
    return "\n\n".join(part for part in parts if part)


def _about_follow_up(follow_up: FollowUp, incident: Incident) -> str:
    owner = follow_up.assignee or follow_up.assignee_team
    facts = [
        f"Priority: {follow_up.priority.name}" if follow_up.priority else "",
        f"Assigned to: {owner.name}" if owner else "",
    ]
    about = f"Follow-up of {incident.reference} {incident.name}\n{permalink(incident.pk)}"
    parts = [follow_up.description.strip(), "\n".join(fact for fact in facts if fact), about]
    return "\n\n".join(part for part in parts if part)


# ---- making each of them once


def make(tracker: Tracker, sent: Sent) -> Attempt:
    """Make the issue of an order, unless it is there already, somebody else is making it, or it may not be made.

    Raises:
        StepFailed: it cannot be made, or not now.
    """
    order = Order.read(sent.body)
    _check_still_wanted(order)
    known = _known(tracker, order)
    if known is not None:
        return known
    ours = claim(_claimed(tracker, order), sent.key, "Another step is making this issue")
    seconds = sent.seconds
    if ours.taken_over:
        seconds /= 2
        found = tracker.search(order, ours.since, seconds)
        if found is not None:
            return _found(tracker, order, found)
    try:
        attempt, issue = _created(tracker, order, seconds)
    except StepFailed:
        _release(tracker, order, ours)
        raise
    if issue is not None:
        _keep(tracker, order, issue)
    elif attempt.outcome is not Outcome.UNKNOWN:
        _release(tracker, order, ours)
    return attempt


def _created(tracker: Tracker, order: Order, seconds: float) -> tuple[Attempt, Issue | None]:
    """Try to make the issue. Whom it cannot be assigned to is no reason not to have it."""
    started = monotonic()
    assignee = _assignee(tracker, order, seconds / 3)
    attempt, issue = tracker.create(order, assignee, seconds - (monotonic() - started))
    if assignee and attempt.outcome is Outcome.REFUSED and attempt.status in NOT_TO_THEM:
        return tracker.create(order, "", seconds - (monotonic() - started))
    return attempt, issue


def _assignee(tracker: Tracker, order: Order, seconds: float) -> str:
    user = User.objects.filter(pk=order.assignee_id, is_active=True).first() if order.assignee_id else None
    try:
        return tracker.id_of(user, seconds) if user is not None else ""
    except StepFailed:
        return ""


def find(tracker: Tracker, sent: Sent) -> Attempt | None:
    """The issue that an earlier attempt made, if it arrived.

    Raises:
        StepFailed: it cannot be told now; in the first seconds not finding it says nothing.
    """
    order = Order.read(sent.body)
    known = _known(tracker, order)
    if known is not None:
        return known
    claimed, now = _claims(tracker, order).first(), timezone.now()
    wait = SETTLE_SECONDS - (now - tried_at(claimed)).total_seconds() if claimed is not None else 0.0
    if wait > 0:
        message = f"{tracker.label} may have made the issue; it is looked for when its search knows new issues"
        raise StepFailed(message, permanent=False, wait_seconds=wait)
    since = claimed.created_at if claimed is not None else now - timedelta(days=1)
    found = tracker.search(order, since, sent.seconds)
    return _found(tracker, order, found) if found is not None else None


def _check_still_wanted(order: Order) -> None:
    incident = Incident.objects.filter(pk=order.incident_id).first()
    if incident is None:
        raise StepFailed("The incident is not there any more")
    if incident.visibility == Visibility.PRIVATE and not order.private_too:
        raise StepFailed(_hidden(incident))
    if order.subject_type == OF_FOLLOW_UP:
        existing(order.subject_id)


def _known(tracker: Tracker, order: Order) -> Attempt | None:
    """That the subject has an issue already."""
    remote = RemoteObject.objects.filter(tool=tracker.tool, kind=ISSUE, **order.subject).first()
    if remote is not None:
        return _done(f"{remote.state.get('name') or remote.remote_id} is there already", remote.remote_id)
    if order.subject_type != OF_FOLLOW_UP:
        return None
    name = existing(order.subject_id).external_issue_name
    return _done(f"{name} stands for it already", name) if name else None


def _release(tracker: Tracker, order: Order, ours: Claim) -> None:
    """Let others make the issue at once: it was surely not made."""
    if ours.is_new:
        _claims(tracker, order).delete()


def _claims(tracker: Tracker, order: Order) -> Any:
    return RemoteObject.objects.filter(**_claimed(tracker, order))


def _claimed(tracker: Tracker, order: Order) -> dict[str, Any]:
    return {"tool": tracker.tool, "kind": CLAIM, **order.subject}


def _found(tracker: Tracker, order: Order, issue: Issue) -> Attempt:
    _keep(tracker, order, issue)
    return _done(f"Found {issue.name}, which an earlier attempt made", issue.remote_id)


def _done(did: str, remote_id: str) -> Attempt:
    return Attempt(Outcome.DONE, remote_id=remote_id, detail={"did": did})


def _keep(tracker: Tracker, order: Order, issue: Issue) -> None:
    """Write down that the issue stands for its subject, and show it there. Safe to repeat."""
    actor = Actor(**order.actor)
    with transaction.atomic():
        with suppress(NotFound):
            lock(order.incident_id)
        RemoteObject.objects.update_or_create(
            tool=tracker.tool,
            kind=ISSUE,
            **order.subject,
            defaults={
                "remote_id": issue.remote_id,
                "url": issue.url,
                "state": {"name": issue.name, **issue.state},
            },
        )
        _claims(tracker, order).delete()
        # The issue is there, whatever became of its subject meanwhile.
        with suppress(NotFound, Invalid), transaction.atomic():
            if order.subject_type == OF_FOLLOW_UP:
                connect_issue(actor, order.subject_id, provider=tracker.provider(), url=issue.url)
            else:
                attach(actor, order.incident_id, tracker.resource(issue))
