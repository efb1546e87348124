"""Taking away what was made at Slack for an incident that was a rehearsal: its channel, and its announcement."""

from incidents.models import Incident
from integrations.base import StepFailed
from integrations.connections import account_of
from integrations.models import RemoteObject
from integrations.slack.account import slack_of
from integrations.slack.channels import CHANNEL
from integrations.slack.client import TOOL, NotDone
from integrations.slack.posting import ANNOUNCEMENT, Place

GONE = ("already_archived", "channel_not_found", "is_archived")


def tidy_up(incident: Incident, seconds: float) -> str:
    """Archive the channel, and delete the announcement.

    Raises:
        StepFailed: Slack does not do it.
    """
    rows = RemoteObject.objects.filter(tool=TOOL, subject_type="incident", subject_id=incident.pk)
    made = {row.kind: row.remote_id for row in rows.filter(kind__in=[CHANNEL, ANNOUNCEMENT])}
    if not made:
        return ""
    slack, did = slack_of(account_of(TOOL), seconds), []
    try:
        if ANNOUNCEMENT in made:
            place = Place.of(made[ANNOUNCEMENT])
            slack.write("chat.delete", fine=("message_not_found",), channel=place.channel, ts=place.ts)
            did.append("Deleted the announcement")
        if CHANNEL in made:
            slack.write("conversations.archive", fine=GONE, channel=made[CHANNEL])
            did.append(f"Archived #{incident.slack_channel_name}")
    except NotDone as failure:
        raise StepFailed(f"Still there: {failure.attempt.error}", permanent=False) from failure
    return "; ".join(did)
