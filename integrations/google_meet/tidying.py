"""Ending the meeting of a fire drill at Google Meet: POST /v2/{space}:endActiveConference
(developers.google.com/workspace/meet/api/reference/rest/v2/spaces/endActiveConference). Its space cannot be deleted.
"""

from integrations import meetings
from integrations.asking import Clock, ask
from integrations.base import Remains, StepFailed
from integrations.calling import json_of
from integrations.connections import account_of
from integrations.google_meet.account import TOOL, bearer_of, complaint, judge, request

NOBODY_IN_IT = "FAILED_PRECONDITION"


def tidy_up(remains: Remains) -> str:
    """End the meeting for whoever is in it.

    Raises:
        StepFailed: Google does not do it.
    """
    space = meetings.made_at(TOOL, remains.incident.pk)
    if not space:
        return ""
    values, clock = account_of(TOOL).values, Clock(remains.seconds)
    bearer = bearer_of(values, clock.left)
    answer = ask(TOOL, request(values, bearer, f"/v2/{space}:endActiveConference", {}), clock.left, judge(bearer))
    told = json_of(answer)
    error = told.get("error") if isinstance(told, dict) else None
    is_empty = isinstance(error, dict) and error.get("status") == NOBODY_IN_IT
    if answer.status not in (200, 404) and not is_empty:
        raise StepFailed(f"The meeting may go on: {complaint(told)} ({answer.status})")
    return "Ended the meeting; its address stays, since Google Meet takes none away"
