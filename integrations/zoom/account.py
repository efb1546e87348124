"""An account at Zoom, reached as a Server-to-Server OAuth app (developers.zoom.us/docs/internal-apps/s2s-oauth)."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from incidentio.core import http
from integrations.asking import Clock, ask
from integrations.base import Attempt, CheckFailed, Outcome, Setting, StepFailed
from integrations.calling import FirstJudge, Request, json_of
from integrations.tokens import LONGEST_SECONDS, Bearer, Token, Tokens

TOOL = "zoom"
OAUTH_URL, API_URL, ME = "https://zoom.us", "https://api.zoom.us", "me"
CHECK_SECONDS = 2.0
TOO_MANY = 429

SETTINGS = (
    Setting("account_id", "Account ID", "App Credentials of a Server-to-Server OAuth app"),
    Setting("client_id", "Client ID", "On the same page"),
    Setting("client_secret", "Client secret", "On the same page", secret=True),
    Setting("user", "Host", "Whose meetings they are: an e-mail address; me is who made the app", False, False, ME),
    Setting("oauth_url", "Address of tokens", required=False, default=OAUTH_URL),
    Setting("api_url", "Address of the API", required=False, default=API_URL),
)
_TOKENS = Tokens()


def request(values: Mapping[str, str], bearer: Bearer, method: str, path: str = "", body: Any = None) -> Request:
    """A call about the host."""
    user = values.get("user") or ME
    return _request(values, bearer, method, f"/users/{quote(user, safe='@')}{path}", body)


def meeting_request(values: Mapping[str, str], bearer: Bearer, method: str, meeting_id: str) -> Request:
    """A call about one meeting, whoever hosts it."""
    return _request(values, bearer, method, f"/meetings/{quote(meeting_id, safe='')}", None)


def _request(values: Mapping[str, str], bearer: Bearer, method: str, path: str, body: Any) -> Request:
    base = (values.get("api_url") or API_URL).rstrip("/")
    return Request(method, f"{base}/v2{path}", {"authorization": f"Bearer {bearer.text}"}, body)


def bearer_of(values: Mapping[str, str], seconds: float) -> Bearer:
    """The token to call with.

    Raises:
        StepFailed: Zoom gives none.
    """
    named = json.dumps([values.get(name, "") for name in ("oauth_url", "account_id", "client_id", "client_secret")])
    return _TOKENS.get(hashlib.sha256(named.encode()).hexdigest(), lambda: _fetch(values, seconds))


def _fetch(values: Mapping[str, str], seconds: float) -> Token:
    pair = f"{values.get('client_id', '')}:{values.get('client_secret', '')}"
    query = urlencode({"grant_type": "account_credentials", "account_id": values.get("account_id", "")})
    url = f"{(values.get('oauth_url') or OAUTH_URL).rstrip('/')}/oauth/token?{query}"
    headers = {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    answer = ask(TOOL, Request("POST", url, headers), seconds)
    told = json_of(answer)
    if not isinstance(told, dict) or answer.status != 200 or not told.get("access_token"):
        why = told.get("reason") or told.get("error") if isinstance(told, dict) else ""
        raise StepFailed(f"Zoom gives no token: {str(why or 'it does not say why')[:300]} ({answer.status})")
    lasts = told.get("expires_in")
    return Token(str(told["access_token"]), min(lasts, LONGEST_SECONDS) if isinstance(lasts, int) else 0.0)


def judge(bearer: Bearer) -> FirstJudge:
    """What Zoom means by 401, and by 429 that a day's meetings are made: a user has 100 a day
    (developers.zoom.us/docs/api/rate-limits), and nobody waits for tomorrow.
    """
    stale = _TOKENS.judge(bearer)

    def first(answer: http.Answer, told: Any) -> Attempt | None:
        daily = "daily" in f"{answer.headers.get('x-ratelimit-type', '')} {complaint(told)}".lower()
        if answer.status == TOO_MANY and daily:
            why = "Zoom makes no more meetings for this host today (429)"
            return Attempt(Outcome.REFUSED, why, answer.status, answer.duration_ms)
        return stale(answer, told)

    return first


def complaint(told: Any) -> str:
    """What Zoom says is wrong: `message`, and `errors` by field."""
    if not isinstance(told, dict):
        return "it does not say why"
    rows = told["errors"] if isinstance(told.get("errors"), list) else []
    errors = [f"{row.get('field', '')} {row.get('message', '')}".strip() for row in rows if isinstance(row, dict)]
    return "; ".join(part for part in (str(told.get("message") or ""), *errors) if part)[:500] or "it does not say why"


def check(values: Mapping[str, str]) -> str:
    """Ask Zoom for a token, and who the host is.

    Raises:
        CheckFailed: it does not say.
    """
    clock = Clock(CHECK_SECONDS)
    try:
        bearer = bearer_of(values, clock.left)
        answer = ask(TOOL, request(values, bearer, "GET"), clock.left, judge(bearer))
    except StepFailed as failure:
        raise CheckFailed(f"{failure}. Check the app's credentials, and that it is activated") from failure
    told = json_of(answer)
    if answer.status != 200 or not isinstance(told, dict) or not told.get("id"):
        raise CheckFailed(f"Zoom does not show the host: {complaint(told)} ({answer.status})")
    return f"Connected; meetings are hosted by {str(told.get('email') or told['id'])[:200]}"
