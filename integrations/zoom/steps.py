"""What workflows do at Zoom: the incident's meeting.

Create: POST /v2/users/{user}/meetings, 201 (developers.zoom.us/docs/api/meetings). It is a recurring meeting with no
fixed time (type 3): the list of a user's meetings, which leaves out instant ones, has it, so that one whose answer got
lost is found by the hub's link in its agenda; and it can be joined for a year after it was last used, not for a day.
"""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from incidentio.core import http
from incidents.links import permalink
from integrations.asking import Clock, ask
from integrations.base import Attempt, Outcome, StepFailed
from integrations.calling import attempt, done, json_of, refused
from integrations.connections import account_of
from integrations.meetings import REPLACE, TOPIC, Meeting, MeetingTool, Order
from integrations.zoom.account import TOOL, bearer_of, complaint, judge, request

NO_FIXED_TIME = 3
LONGEST_TOPIC = 200
PAGE, MOST_PAGES = 300, 10


def _create(order: Order, seconds: float) -> tuple[Attempt, Meeting | None]:
    values, clock = account_of(TOOL).values, Clock(seconds)
    bearer = bearer_of(values, clock.left)
    made: list[Meeting] = []

    def judged(answer: http.Answer, told: Any) -> Attempt:
        if not 200 <= answer.status < 300:
            return refused(answer, f"Zoom made no meeting: {complaint(told)}")
        meeting = _meeting(told)
        if meeting is None:
            return Attempt(Outcome.UNKNOWN, "What answers is not Zoom", answer.status, answer.duration_ms)
        made.append(meeting)
        # With its answer Zoom tells how to join as the host: that is nobody's to read.
        return replace(done(answer, "", meeting.remote_id), answer="")

    call = request(values, bearer, "POST", "/meetings", _content(order))
    result = attempt(TOOL, call, judged, clock.left, judge(bearer))
    return result, made[0] if made else None


def _content(order: Order) -> dict[str, Any]:
    return {
        "topic": order.topic[:LONGEST_TOPIC],
        "type": NO_FIXED_TIME,
        "agenda": permalink(order.incident_id),
        "settings": {"join_before_host": True, "waiting_room": False},
    }


def _meeting(told: Any) -> Meeting | None:
    if not isinstance(told, dict) or not told.get("id") or not told.get("join_url"):
        return None
    return Meeting(str(told["id"]), str(told["join_url"]))


def _search(order: Order, seconds: float) -> Meeting | None:
    """The meeting whose agenda names the incident, among all of the host's."""
    values, clock, token = account_of(TOOL).values, Clock(seconds), ""
    bearer = bearer_of(values, clock.left)
    for _ in range(MOST_PAGES):
        query = {"type": "scheduled", "page_size": str(PAGE)} | ({"next_page_token": token} if token else {})
        answer = ask(TOOL, request(values, bearer, "GET", f"/meetings?{urlencode(query)}"), clock.left, judge(bearer))
        told = json_of(answer)
        if answer.status != 200 or not isinstance(told, dict) or not isinstance(told.get("meetings"), list):
            raise StepFailed(f"Zoom does not list its meetings: {complaint(told)} ({answer.status})", permanent=False)
        for row in told["meetings"]:
            if isinstance(row, dict) and order.incident_id in str(row.get("agenda") or ""):
                return _meeting(row)
        token = str(told.get("next_page_token") or "")
        if not token:
            return None
    raise StepFailed("The host has more meetings than the hub looks through", permanent=False)


ZOOM = MeetingTool(TOOL, "Zoom", create=_create, search=_search)
CREATE_MEETING = ZOOM.step("create_meeting", TOPIC, REPLACE)
