"""Asking tools: calls that only read, or that end the same however often they are made."""

from time import monotonic

from incidentio.core import http
from integrations.base import Outcome, StepFailed
from integrations.calling import Code, FirstJudge, Request, json_of, no_code, note, send, usual
from integrations.connections import note_failure

SHORTEST_SECONDS = 0.1


class Clock:
    """The time one attempt may take, shared by its calls."""

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds

    @property
    def left(self) -> float:
        """The seconds that are left."""
        return max(SHORTEST_SECONDS, self._end - monotonic())


def ask(
    tool: str, request: Request, seconds: float, first: FirstJudge | None = None, code: Code = no_code
) -> http.Answer:
    """The answer to a call that changes nothing. `first` is asked what an answer means before what is usual.

    Raises:
        StepFailed: there is none, or one that means the same for every tool; permanent if asking again will not help.
    """
    try:
        answer = send(request, seconds)
    except http.NoAnswer as failure:
        note_failure(tool, str(failure))
        raise StepFailed(str(failure), permanent=isinstance(failure, http.Refused)) from failure
    said = json_of(answer)
    judged = (first(answer, said) if first is not None else None) or usual(request, answer)
    if judged is not None:
        note(tool, judged, code(said))
        final = judged.outcome is Outcome.REFUSED
        raise StepFailed(judged.error, permanent=final, wait_seconds=judged.wait_seconds)
    return answer
