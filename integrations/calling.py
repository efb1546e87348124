"""Calling a tool: one call through the only way out, and what its end means for the ledger."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from incidentio.core import http
from integrations.base import Attempt, Outcome
from integrations.connections import note_failure, note_success

ANSWER_CHARACTERS = 1_024
TOO_MANY = (420, 429)
LATER = (408, 425)
UNSURE_FROM = 500


@dataclass(frozen=True)
class Request:
    """One call. `body` is sent as JSON unless it is bytes. `does_once`: the tool knows the call by its key, so that one
    that failed on the tool's side (5xx) surely can be made again; else it may have been done. Of the answer's body at
    most `most_bytes` are read.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Any = None
    does_once: bool = False
    most_bytes: int = http.MAX_ANSWER_BYTES

    @property
    def content(self) -> bytes:
        """The bytes of the body."""
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else json.dumps(self.body).encode()


NOT_THE_ACCOUNT = (401, 403)
# How a call ended that means the same for every tool, and every other one, where no word of the tool's may stand.
TOO_OFTEN, NOT_ACCEPTED, FAILED = "It asks to be called less often", "It does not accept the hub's account", "It failed"
IN_SHORT = {
    Outcome.FAILED: "It could not do what it was asked to",
    Outcome.REFUSED: "It refused what it was asked to do",
    Outcome.UNKNOWN: "It answered as it should not",
}
WORDS_ARE_ELSEWHERE = "its words stand in the ledger"

Judge = Callable[[http.Answer, Any], Attempt]
FirstJudge = Callable[[http.Answer, Any], Attempt | None]
Code = Callable[[Any], str]


def no_code(said: Any) -> str:
    """Of a tool that has no names for what goes wrong, or whose names nobody would know."""
    return ""


def attempt(
    tool: str,
    request: Request,
    judge: Judge,
    seconds: float,
    first: FirstJudge | None = None,
    code: Code = no_code,
) -> Attempt:
    """Make the call once, within `seconds`. What is no answer, or one that means the same for every tool, is judged
    here; `judge` is asked about the others, with the JSON of the body (None if it is none). `first` is asked before
    both, by tools whose answers mean something else than is usual.

    How it went is noted on the tool's connection; see `note`.
    """
    started = monotonic()
    try:
        answer = send(request, seconds)
    except http.NoAnswer as failure:
        note_failure(tool, str(failure))
        return _unanswered(failure, round((monotonic() - started) * 1000))
    said = json_of(answer)
    special = first(answer, said) if first is not None else None
    result = special or usual(request, answer) or judge(answer, said)
    note(tool, result, code(said))
    return result


def note(tool: str, result: Attempt, code: str = "") -> None:
    """Note on the tool's connection how a call went that was answered.

    All administrators read that, and what a tool says may quote what it was told of a private incident. So none of its
    words are kept there but its `code`, which is one of those that its folder knows.
    """
    if result.outcome is Outcome.DONE:
        note_success(tool)
    else:
        note_failure(tool, _in_short(result, code))


def _in_short(result: Attempt, code: str) -> str:
    status, why = result.status or 0, IN_SHORT[result.outcome]
    if status >= UNSURE_FROM:
        why = FAILED
    elif status in TOO_MANY or (result.outcome is Outcome.FAILED and result.wait_seconds):
        why = TOO_OFTEN
    elif status in NOT_THE_ACCOUNT and result.outcome is Outcome.REFUSED:
        why = NOT_ACCEPTED
    by = ", ".join(str(part) for part in (status, code) if part)
    return f"{why}{f' ({by})' if by else ''}; {WORDS_ARE_ELSEWHERE}"


def send(request: Request, seconds: float) -> http.Answer:
    """The answer to the call.

    Raises:
        http.NoAnswer: there is none.
    """
    headers = {"content-type": "application/json", "user-agent": "incidentio"} if request.body is not None else {}
    return http.send(
        request.method,
        request.url,
        headers={"user-agent": "incidentio", **headers, **request.headers},
        body=request.content,
        timeout_seconds=seconds,
        most_bytes=request.most_bytes,
    )


def usual(request: Request, answer: http.Answer) -> Attempt | None:
    """What an answer means whatever the tool; None if that is the tool's to say."""
    told: dict[str, Any] = {
        "status": answer.status,
        "duration_ms": answer.duration_ms,
        "answer": answer.body[:ANSWER_CHARACTERS].decode(errors="replace"),
    }
    if answer.status in TOO_MANY:
        wait = answer.wait_seconds
        return Attempt(Outcome.FAILED, f"{TOO_OFTEN} ({answer.status})", wait_seconds=wait, **told)
    if answer.status in LATER:
        return Attempt(Outcome.FAILED, f"It answered {answer.status}", wait_seconds=answer.wait_seconds, **told)
    if answer.status >= UNSURE_FROM:
        outcome = Outcome.FAILED if request.does_once else Outcome.UNKNOWN
        return Attempt(outcome, f"{FAILED} ({answer.status})", wait_seconds=answer.wait_seconds, **told)
    if answer.status in NOT_THE_ACCOUNT:
        return Attempt(Outcome.REFUSED, f"{NOT_ACCEPTED} ({answer.status})", **told)
    return None


def refused(answer: http.Answer, why: str) -> Attempt:
    """The tool said no, and would again."""
    text = answer.body[:ANSWER_CHARACTERS].decode(errors="replace")
    return Attempt(
        Outcome.REFUSED,
        f"{why} ({answer.status})",
        status=answer.status,
        duration_ms=answer.duration_ms,
        answer=text,
    )


def done(answer: http.Answer, did: str, remote_id: str = "", **detail: Any) -> Attempt:
    """The tool did it; `did` says so to people, `remote_id` is what the tool calls what it made."""
    return Attempt(
        Outcome.DONE,
        status=answer.status,
        duration_ms=answer.duration_ms,
        answer=answer.body[:ANSWER_CHARACTERS].decode(errors="replace"),
        remote_id=remote_id,
        detail={"did": did, **detail},
    )


def json_of(answer: http.Answer) -> Any:
    """The body as JSON; None if it is none."""
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):  # so deep that nobody means it
        return None


def _unanswered(failure: http.NoAnswer, duration_ms: int) -> Attempt:
    match failure:
        case http.Refused():
            outcome = Outcome.REFUSED
        case http.Unreachable():
            outcome = Outcome.FAILED
        case _:
            outcome = Outcome.UNKNOWN
    return Attempt(outcome, str(failure), duration_ms=duration_ms)
