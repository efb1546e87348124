"""The status of follow-ups and of the issues that stand for them, kept the same both ways.

Out: a step moves the issue to where the follow-up is now. In: a webhook moves the follow-up to where the issue is. What
is already so changes nothing, and what the hub itself did to the issue is not news when the tracker tells of it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from events.actors import Actor, ActorKind
from incidentio.core.errors import NotFound
from incidentio.core.times import rfc3339
from incidents.changing import lock
from incidents.follow_ups import FollowUpEdit, update_follow_up
from incidents.models import FollowUp, WorkStatus
from incidents.trackers import issue_name, site_of
from integrations.base import Args, Attempt, Call, Doing, Outcome, Sent, StepFailed
from integrations.connections import note_success
from integrations.models import RemoteObject
from integrations.told import incident_of, text_of
from integrations.tracking import FOLLOW_UP_PARAM, ISSUE, OF_FOLLOW_UP, existing

# What a tracker tells within this after the hub did it is the hub's own doing.
ECHO_SECONDS = 600.0
# By how much a tracker's clock may be ahead of the hub's.
MOST_AHEAD_SECONDS = 3600.0

State = Mapping[str, Any]


@dataclass(frozen=True)
class Statuses:
    """A tool's way with statuses. `at` is the issue with this URL, if it is at the account's site; `move` takes an
    issue to a follow-up's status within some seconds (raises StepFailed), and its attempt tells the issue's id, and no
    status if it was there already.
    """

    tool: str
    label: str
    providers: Sequence[str]
    at: Callable[[str], State | None]
    move: Callable[[State, str, float], Attempt]


@dataclass(frozen=True)
class News:
    """What a tracker tells of an issue: `fits` are the statuses of a follow-up that agree with it, the usual first.

    `over`: only what is still to be done is touched, as when the issue was deleted.
    """

    remote_id: str
    url: str
    state: State
    fits: Sequence[str]
    at: datetime | None = None
    by: str = ""
    over: bool = False


# ---- out


def already(tool: str, remote_id: str, did: str) -> Attempt:
    """That an issue is where it is to be, which its tool just said: there is nothing to do."""
    note_success(tool)
    return Attempt(Outcome.DONE, remote_id=remote_id, detail={"did": did})


def plan(statuses: Statuses, doing: Doing, args: Args) -> list[Call]:
    """The calls that move the issues of the follow-up the step names, else of all of its incident's.

    Raises:
        StepFailed: it is about no incident, or there is no such follow-up.
    """
    named = text_of(args, FOLLOW_UP_PARAM.name)
    if named:
        follow_ups = [existing(named)]
    else:
        living = incident_of(doing, args).follow_ups.exclude(status=WorkStatus.DELETED)
        follow_ups = list(living.order_by("id"))
    return [
        Call(statuses.tool, json.dumps({"follow_up_id": follow_up.pk}))
        for follow_up in follow_ups
        if _issue_of(statuses, follow_up) is not None
    ]


def make(statuses: Statuses, sent: Sent) -> Attempt:
    """Move the issue of one follow-up to the status the follow-up has now. Safe to repeat.

    Raises:
        StepFailed: it cannot be moved, or not now.
    """
    follow_up = existing(json.loads(sent.body)["follow_up_id"])
    state = _issue_of(statuses, follow_up)
    if state is None:
        raise StepFailed(f"No issue of {statuses.label} stands for {follow_up.title[:100]!r}")
    attempt = _moved(statuses, follow_up, state, sent.seconds)
    if attempt.outcome is Outcome.DONE and attempt.remote_id:
        _adopt(statuses.tool, follow_up, attempt.remote_id, state)
    return attempt


def _moved(statuses: Statuses, follow_up: FollowUp, state: State, seconds: float) -> Attempt:
    """Move the issue, and know the tracker's news of it for an echo: also if they come before its answer."""
    _remember(statuses.tool, follow_up.pk, {"set": follow_up.status, "set_at": rfc3339(timezone.now())})
    was_moved = False
    try:
        attempt = statuses.move(state, follow_up.status, seconds)
        was_moved = attempt.outcome is Outcome.UNKNOWN or (
            attempt.outcome is Outcome.DONE and attempt.status is not None
        )
    finally:
        if not was_moved:
            _remember(statuses.tool, follow_up.pk, {"set": ""})
    return attempt


def _issue_of(statuses: Statuses, follow_up: FollowUp) -> State | None:
    """The issue that stands for the follow-up: made by the hub, or connected by somebody."""
    remote = _rows(statuses.tool, follow_up.pk).first()
    if remote is not None:
        state: State = remote.state
        return state
    ours = follow_up.external_issue_provider in statuses.providers
    return statuses.at(follow_up.external_issue_permalink) if ours else None


def _rows(tool: str, follow_up_id: str) -> Any:
    return RemoteObject.objects.filter(tool=tool, kind=ISSUE, subject_type=OF_FOLLOW_UP, subject_id=follow_up_id)


def _remember(tool: str, follow_up_id: str, known: State) -> None:
    with transaction.atomic():
        remote = _rows(tool, follow_up_id).select_for_update().first()
        if remote is not None:
            remote.state = {**remote.state, **known}
            remote.save(update_fields=["state"])


def _adopt(tool: str, follow_up: FollowUp, remote_id: str, state: State) -> RemoteObject:
    """The row of the issue that stands for the follow-up; a new one, if a person connected the two."""
    remote, _ = RemoteObject.objects.get_or_create(
        tool=tool,
        kind=ISSUE,
        subject_type=OF_FOLLOW_UP,
        subject_id=follow_up.pk,
        defaults={"remote_id": remote_id, "url": follow_up.external_issue_permalink, "state": dict(state)},
    )
    return remote


# ---- in


def take(statuses: Statuses, news: News) -> str:
    """Let the follow-up of an issue be where the issue is; what came of it, for the sender's log. Safe to repeat, and
    what is older than what is known changes nothing.
    """
    follow_up_id = _follow_up_of(statuses, news)
    if follow_up_id is None:
        return "No follow-up has this issue"
    try:
        with transaction.atomic():
            return _take(statuses, news, follow_up_id)
    except NotFound:
        return "The follow-up was deleted"


def _follow_up_of(statuses: Statuses, news: News) -> str | None:
    made = RemoteObject.objects.filter(
        tool=statuses.tool, kind=ISSUE, subject_type=OF_FOLLOW_UP, remote_id=news.remote_id
    )
    found = made.values_list("subject_id", flat=True).first()
    if found is not None or not news.url:
        return found
    rows = FollowUp.objects.filter(external_issue_provider__in=statuses.providers)
    addresses = rows.filter(_called(statuses, news.url)).order_by("id").values_list("pk", "external_issue_permalink")
    return next((pk for pk, url in addresses if _is_same(statuses, url, news.url)), None)


def _called(statuses: Statuses, url: str) -> Q:
    """Having the name of the issue at `url`, which bears the site's path if the tracker was not connected then."""
    provider = statuses.providers[0]
    name, longer = issue_name(provider, url, site_of(provider)), issue_name(provider, url)
    return Q(external_issue_name__iexact=name) | Q(external_issue_name__iexact=longer)


def _is_same(statuses: Statuses, url: str, other: str) -> bool:
    """Whether two addresses lead to one issue: some trackers have several for each."""
    state = statuses.at(url)
    return url == other or (state is not None and state == statuses.at(other))


def _take(statuses: Statuses, news: News, follow_up_id: str) -> str:
    lock(FollowUp.objects.values_list("incident_id", flat=True).get(pk=follow_up_id))
    follow_up = FollowUp.objects.get(pk=follow_up_id)
    _adopt(statuses.tool, follow_up, news.remote_id, news.state)
    remote = _rows(statuses.tool, follow_up_id).select_for_update().get()
    at, told_at, known = _believed(news.at), _moment(remote.state.get("told_at")), dict(remote.state)
    if at is not None and told_at is not None and at < told_at:
        return "Something newer is known"
    if at is not None:
        known["told_at"] = rfc3339(at)
    echo, known["set"] = _is_echo(known, news), ""
    remote.state = {**known, **news.state}
    remote.save(update_fields=["state"])
    open_only = news.over and follow_up.status != WorkStatus.OUTSTANDING
    if echo or open_only or follow_up.status in news.fits:
        return "Nothing to change"
    label = f"{statuses.label} ({news.by})" if news.by else statuses.label
    update_follow_up(Actor(ActorKind.SYSTEM, "", label[:300]), follow_up_id, FollowUpEdit(status=news.fits[0]))
    return f"The follow-up is {news.fits[0]} now"


def _believed(moment: datetime | None) -> datetime | None:
    """When something happened, unless that is to come: then nothing later would ever be news."""
    too_late = timezone.now() + timedelta(seconds=MOST_AHEAD_SECONDS)
    return moment if moment is not None and moment < too_late else None


def _is_echo(known: State, news: News) -> bool:
    """Whether the hub itself did to the issue what is told now."""
    set_at = _moment(known.get("set_at"))
    if set_at is None or known.get("set") not in news.fits:
        return False
    return timezone.now() - set_at < timedelta(seconds=ECHO_SECONDS)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
