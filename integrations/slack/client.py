"""Calling Slack's Web API (docs.slack.dev/apis/web-api): HTTP 200 is no success there, `ok` in the body is."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any
from urllib.parse import urlencode

from incidentio.core import http
from integrations import calling
from integrations.base import Attempt, Outcome

TOOL = "slack"
MOST_PAGES = 20
# What Slack means by its error names (docs.slack.dev, "Errors" of each method).
BUSY = ("ratelimited", "rate_limited")
BROKEN = ("internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org")
BAD_ACCOUNT = (
    "invalid_auth",
    "not_authed",
    "account_inactive",
    "token_revoked",
    "token_expired",
    "not_allowed_token_type",
    "missing_scope",
    "no_permission",
    "access_denied",
)
HINTS = {
    "channel_not_found": "there is no such channel, or the app is not in it",
    "not_in_channel": "the app is not in this channel; invite it there",
    "is_archived": "the channel is archived",
    "restricted_action": "the workspace does not let the app do this",
    "users_not_found": "nobody there has this e-mail address",
    "message_not_found": "there is no such message",
    "msg_too_long": "the message is too long",
}


KNOWN = {*BUSY, *BROKEN, *BAD_ACCOUNT, *HINTS}


class NotDone(Exception):
    """A call among several did not do it; `attempt` is what that means for all of them."""

    def __init__(self, attempt: Attempt) -> None:
        super().__init__(attempt.error)
        self.attempt = attempt


@dataclass(frozen=True)
class Said:
    """What Slack said to a call it did; `error` is its name of why there was nothing to do, if there was not."""

    attempt: Attempt
    data: Mapping[str, Any]

    @property
    def error(self) -> str:
        return text_in(self.data, "error")

    def done(self, did: str, remote_id: str = "") -> Attempt:
        """The attempt, with what it did for people and what Slack calls what was made."""
        return replace(self.attempt, detail={"did": did}, remote_id=remote_id)


class Slack:
    """Slack as one app sees it. All calls together take at most the seconds given."""

    def __init__(self, api_url: str, token: str, seconds: float) -> None:
        self._api_url = api_url
        self._headers = {"authorization": f"Bearer {token}"}
        self._end = monotonic() + seconds

    def read(self, method: str, fine: Collection[str] = (), **params: Any) -> Mapping[str, Any]:
        """What Slack knows; calls that read take forms, not JSON. An error in `fine` is an answer, too.

        Raises:
            NotDone: it said nothing; nothing was changed, so it is worth another attempt wherever it may be.
        """
        headers = self._headers | {"content-type": "application/x-www-form-urlencoded"}
        request = calling.Request("POST", self._url(method), headers, urlencode(params).encode(), does_once=True)
        said = self._call(request, fine)
        if said.attempt.outcome is Outcome.UNKNOWN:
            raise NotDone(replace(said.attempt, outcome=Outcome.FAILED))
        return _checked(said).data

    def write(self, method: str, fine: Collection[str] = (), *, does_once: bool = True, **body: Any) -> Said:
        """Have Slack do something; an error in `fine` says that it is done already. `does_once`: doing it twice is the
        same as doing it once.

        Raises:
            NotDone: it did not, or nobody knows.
        """
        headers = self._headers | {"content-type": "application/json; charset=utf-8"}
        request = calling.Request("POST", self._url(method), headers, body, does_once=does_once)
        return _checked(self._call(request, fine))

    def pages(self, method: str, items: str, **params: Any) -> "list[Mapping[str, Any]]":
        """All items of a list that comes in pages.

        Raises:
            NotDone: as `read`, or there are more pages than anybody would read.
        """
        found: list[Mapping[str, Any]] = []
        cursor = ""
        for _ in range(MOST_PAGES):
            page = self.read(method, **params, **({"cursor": cursor} if cursor else {}))
            found += items_in(page, items)
            cursor = text_in(mapping_in(page, "response_metadata"), "next_cursor")
            if not cursor:
                return found
        raise NotDone(Attempt(Outcome.FAILED, f"Slack lists more in {method} than the hub reads"))

    def _url(self, method: str) -> str:
        return f"{self._api_url}/{method}"

    def _call(self, request: calling.Request, fine: Collection[str]) -> Said:
        heard: dict[str, Any] = {}

        def judge(answer: http.Answer, data: Any) -> Attempt:
            if isinstance(data, dict):
                heard.update(data)
            return _judged(request, answer, data, fine)

        attempt = calling.attempt(TOOL, request, judge, max(0.0, self._end - monotonic()), code=_code)
        return Said(attempt, heard)


def text_in(data: Any, name: str) -> str:
    """The text under `name`; nothing if there is none."""
    value = data.get(name) if isinstance(data, Mapping) else None
    return value if isinstance(value, str) else ""


def mapping_in(data: Any, name: str) -> Mapping[str, Any]:
    """What is known under `name`; nothing if nothing is."""
    value = data.get(name) if isinstance(data, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def items_in(data: Any, name: str) -> list[Mapping[str, Any]]:
    """The things listed under `name`."""
    value = data.get(name) if isinstance(data, Mapping) else None
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _checked(said: Said) -> Said:
    if said.attempt.outcome is not Outcome.DONE:
        raise NotDone(said.attempt)
    return said


def _judged(request: calling.Request, answer: http.Answer, data: Any, fine: Collection[str]) -> Attempt:
    """What an answer means that means nothing else for every tool."""
    if answer.status != 200:
        return calling.refused(answer, "Slack does not know this call")
    if not isinstance(data, dict) or answer.truncated:
        return _unsure(request, answer, "Slack's answer cannot be read")
    error = text_in(data, "error")
    if data.get("ok") is True or error in fine:
        return calling.done(answer, "")
    if error in BUSY:
        return replace(calling.refused(answer, ""), outcome=Outcome.FAILED, error=f"Slack: {error}", **_wait(answer))
    if error in BROKEN:
        return _unsure(request, answer, f"Slack: {error}")
    return replace(calling.refused(answer, ""), error=_complaint(error, data))


def _code(data: Any) -> str:
    """Slack's name of what went wrong, if it is one that the hub knows."""
    error = text_in(data, "error")
    return error if error in KNOWN else ""


def _unsure(request: calling.Request, answer: http.Answer, why: str) -> Attempt:
    outcome = Outcome.FAILED if request.does_once else Outcome.UNKNOWN
    return replace(calling.refused(answer, ""), outcome=outcome, error=why, **_wait(answer))


def _wait(answer: http.Answer) -> dict[str, Any]:
    return {"wait_seconds": answer.wait_seconds}


def _complaint(error: str, data: Mapping[str, Any]) -> str:
    if error in BAD_ACCOUNT:
        needed = text_in(data, "needed")
        return f"Slack does not accept the hub's account: {error}" + (f" (needs {needed})" if needed else "")
    hint = HINTS.get(error)
    return f"Slack: {error or 'it did not do it'}" + (f" ({hint})" if hint else "")
