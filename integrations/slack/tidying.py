"""Taking away what a fire drill left at Slack: what was said, wherever that was, and the incident's channel."""

from collections.abc import Iterator
from itertools import chain

from integrations.base import Remains, StepFailed
from integrations.connections import account_of
from integrations.models import RemoteObject
from integrations.slack.account import slack_of
from integrations.slack.channels import CHANNEL
from integrations.slack.client import TOOL, NotDone, Slack
from integrations.slack.posting import Place, said_by

NOT_THERE = ("message_not_found", "channel_not_found")
CLOSED = ("already_archived", "channel_not_found", "is_archived")


def tidy_up(remains: Remains) -> str:
    """Delete the messages, and archive the channel that was made: Slack lets no app delete one.

    Raises:
        StepFailed: Slack does not do it; all of it was tried.
    """
    made = RemoteObject.objects.filter(
        tool=TOOL, kind=CHANNEL, subject_type="incident", subject_id=remains.incident.pk
    ).first()
    own = made.remote_id if made is not None else ""
    places = [place for place in chain.from_iterable(said_by(one.key) for one in remains.made) if place.channel != own]
    if not own and not places:
        return ""
    slack = slack_of(account_of(TOOL), remains.seconds)
    problems = [*_unsaid(slack, places), *_closed(slack, own)]
    if problems:
        raise StepFailed("; ".join(dict.fromkeys(problems)), permanent=False)
    did = [f"Deleted {len(places)} message{'s' if len(places) > 1 else ''}"] if places else []
    return "; ".join([*did, f"Archived #{remains.incident.slack_channel_name}"] if own else did)


def _unsaid(slack: Slack, places: list[Place]) -> Iterator[str]:
    """Delete the messages; why one is still there. Answers are deleted before what they answer."""
    for place in reversed(places):
        try:
            slack.write("chat.delete", fine=NOT_THERE, channel=place.channel, ts=place.ts)
        except NotDone as failure:
            yield f"A message in {place.channel} is still there: {failure.attempt.error}"


def _closed(slack: Slack, channel: str) -> Iterator[str]:
    """Archive the channel, if there is one; why it is still open."""
    if not channel:
        return
    try:
        slack.write("conversations.archive", fine=CLOSED, channel=channel)
    except NotDone as failure:
        yield f"The channel is still open: {failure.attempt.error}"
