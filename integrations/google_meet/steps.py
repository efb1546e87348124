"""What workflows do at Google Meet: the incident's meeting.

Create: POST /v2/spaces, 200 (developers.google.com/workspace/meet/api/reference/rest/v2/spaces/create). Google has no
key for it, and spaces have no name and are not listed. But a space nobody knows of holds nothing and wakes nobody: so
after a call of which nobody knows whether it arrived, another is made, which is the incident's.
"""

from typing import Any

from incidentio.core import http
from integrations.asking import Clock
from integrations.base import Attempt, Outcome
from integrations.calling import attempt, done, refused
from integrations.connections import account_of
from integrations.google_meet.account import TOOL, bearer_of, complaint, judge, request
from integrations.meetings import REPLACE, Meeting, MeetingTool, Order


def _create(order: Order, seconds: float) -> tuple[Attempt, Meeting | None]:
    values, clock = account_of(TOOL).values, Clock(seconds)
    bearer = bearer_of(values, clock.left)
    made: list[Meeting] = []

    def judged(answer: http.Answer, told: Any) -> Attempt:
        if not 200 <= answer.status < 300:
            return refused(answer, f"Google makes no meeting: {complaint(told)}")
        if not isinstance(told, dict) or not told.get("name") or not told.get("meetingUri"):
            return Attempt(Outcome.UNKNOWN, "What answers is not Google Meet", answer.status, answer.duration_ms)
        made.append(Meeting(str(told["name"]), str(told["meetingUri"])))
        return done(answer, "", made[0].remote_id)

    body = {"config": {"accessType": values["access"]}} if values.get("access") else {}
    result = attempt(TOOL, request(values, bearer, "/v2/spaces", body), judged, clock.left, judge(bearer))
    return result, made[0] if made else None


def _search(order: Order, seconds: float) -> Meeting | None:
    """Google lists no spaces: one that may have been made is left alone."""
    return None


GOOGLE_MEET = MeetingTool(TOOL, "Google Meet", create=_create, search=_search)
CREATE_SPACE = GOOGLE_MEET.step("create_space", REPLACE)
