"""Deleting the meeting that a fire drill made at Zoom: DELETE /v2/meetings/{id}, 204 (developers.zoom.us/docs/api)."""

from integrations import meetings
from integrations.asking import Clock, ask
from integrations.base import Remains, StepFailed
from integrations.calling import json_of
from integrations.connections import account_of
from integrations.zoom.account import TOOL, bearer_of, complaint, judge, meeting_request


def tidy_up(remains: Remains) -> str:
    """Delete the meeting; nobody is written to about it.

    Raises:
        StepFailed: Zoom does not do it.
    """
    meeting_id = meetings.made_at(TOOL, remains.incident.pk)
    if not meeting_id:
        return ""
    values, clock = account_of(TOOL).values, Clock(remains.seconds)
    bearer = bearer_of(values, clock.left)
    answer = ask(TOOL, meeting_request(values, bearer, "DELETE", meeting_id), clock.left, judge(bearer))
    if answer.status not in (204, 404):
        raise StepFailed(f"The meeting is still there: {complaint(json_of(answer))} ({answer.status})")
    return "Deleted the meeting"
