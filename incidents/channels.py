"""Where people talk about an incident: the channel of its own that a chat tool has for it."""

from events.actors import Actor
from incidents.changing import changing


def record_channel(actor: Actor, incident_id: str, *, channel_id: str, name: str, team_id: str) -> bool:
    """Note that the incident has this channel, unless it has one; whether it is this one now.

    Raises:
        NotFound: no such incident.
    """
    with changing(actor, incident_id) as change:
        incident = change.incident
        if not incident.slack_channel_id:
            incident.slack_channel_id = channel_id
            incident.slack_channel_name = name[:80]
            incident.slack_team_id = team_id[:40] or incident.slack_team_id
        return incident.slack_channel_id == channel_id
