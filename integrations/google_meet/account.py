"""A service account at Google, which acts for somebody of a Google Workspace (domain-wide delegation): its key signs a
statement, which is given for a token (developers.google.com/identity/protocols/oauth2/service-account).

Tokens are asked for through the hub's own way out, at the address the connection has; the one in the key is not called.
"""

import hashlib
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from cryptography.exceptions import UnsupportedAlgorithm
from google.auth import crypt, jwt

from incidentio.core import http
from integrations.asking import ask
from integrations.base import Attempt, CheckFailed, Outcome, Setting, StepFailed
from integrations.calling import FirstJudge, Request, json_of, refused
from integrations.tokens import LONGEST_SECONDS, Bearer, Token, Tokens

TOOL = "google_meet"
TOKEN_URL, API_URL = "https://oauth2.googleapis.com/token", "https://meet.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/meetings.space.created"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
STATEMENT_SECONDS = 3_600
CHECK_SECONDS = 2.0
ACCESS = ("OPEN", "TRUSTED", "RESTRICTED")

SETTINGS = (
    Setting("key", "Key", "The whole JSON file of the service account's key", secret=True, long=True),
    Setting("subject", "Host", "E-mail address of the person of your Workspace whose meetings they are"),
    Setting(
        "access",
        "Who joins without asking",
        "OPEN: whoever has the link; TRUSTED: your organisation; RESTRICTED: who is invited. Empty: as the host has it",
        required=False,
        choices=ACCESS,
    ),
    Setting("token_url", "Address of tokens", required=False, default=TOKEN_URL),
    Setting("api_url", "Address of the API", required=False, default=API_URL),
)
_TOKENS = Tokens()


def request(values: Mapping[str, str], bearer: Bearer, path: str, body: Any) -> Request:
    """A call of the Meet REST API."""
    url = f"{(values.get('api_url') or API_URL).rstrip('/')}{path}"
    return Request("POST", url, {"authorization": f"Bearer {bearer.text}"}, body)


def bearer_of(values: Mapping[str, str], seconds: float) -> Bearer:
    """The token to call with.

    Raises:
        StepFailed: the key is none, or Google gives no token for it.
    """
    named = json.dumps([values.get(name, "") for name in ("token_url", "subject", "key")])
    return _TOKENS.get(hashlib.sha256(named.encode()).hexdigest(), lambda: _fetch(values, seconds))


def _fetch(values: Mapping[str, str], seconds: float) -> Token:
    url = values.get("token_url") or TOKEN_URL
    form = urlencode({"grant_type": GRANT, "assertion": _statement(values, url)}).encode()
    call = Request("POST", url, {"content-type": "application/x-www-form-urlencoded"}, form)
    answer = ask(TOOL, call, seconds, _no_token)
    told = json_of(answer)
    if answer.status != 200 or not isinstance(told, dict) or not told.get("access_token"):
        raise StepFailed(f"What answers at the address of tokens is not Google ({answer.status})")
    lasts = told.get("expires_in")
    return Token(str(told["access_token"]), min(lasts, LONGEST_SECONDS) if isinstance(lasts, int) else 0.0)


def _statement(values: Mapping[str, str], audience: str) -> str:
    """Who asks, for whom and for what, signed with the key; nothing of the key is ever told.

    Raises:
        StepFailed: the key is not the JSON file of a service account's.
    """
    now = int(time.time())
    try:
        key = json.loads(values.get("key", ""))
        signer = crypt.RSASigner.from_service_account_info(key)
        claims = {"iss": key["client_email"], "sub": values.get("subject", ""), "scope": SCOPE, "aud": audience}
        return str(jwt.encode(signer, claims | {"iat": now, "exp": now + STATEMENT_SECONDS}), "ascii")
    except (ValueError, TypeError, KeyError, AttributeError, UnsupportedAlgorithm):
        # Without the cause: it may hold some of the key.
        raise StepFailed("The key is not the JSON file of a service account's key") from None


def _no_token(answer: http.Answer, told: Any) -> Attempt | None:
    if answer.status not in (400, 401, 403):
        return None
    said = told if isinstance(told, dict) else {}
    why = f"{said.get('error_description') or said.get('error') or 'it does not say why'}"[:300]
    return refused(answer, f"Google gives no token: {why}")


def judge(bearer: Bearer) -> FirstJudge:
    """What Google means by 401, and by 403, which says what is not allowed or not switched on."""
    stale = _TOKENS.judge(bearer)

    def first(answer: http.Answer, told: Any) -> Attempt | None:
        if answer.status == 403:
            why = f"Google does not let the hub do it: {complaint(told)} (403)"
            return Attempt(Outcome.REFUSED, why, answer.status, answer.duration_ms)
        return stale(answer, told)

    return first


def complaint(told: Any) -> str:
    """What Google says is wrong."""
    error = told.get("error") if isinstance(told, dict) else None
    said = error.get("message") or error.get("status") if isinstance(error, dict) else ""
    return str(said or "it does not say why")[:500]


def check(values: Mapping[str, str]) -> str:
    """Ask Google for a token; every other call would make a meeting.

    Raises:
        CheckFailed: it gives none.
    """
    try:
        bearer_of(values, CHECK_SECONDS)
    except StepFailed as failure:
        raise CheckFailed(
            f"{failure}. Check the key, the host, and that the scope {SCOPE} is delegated to the service account"
        ) from failure
    return f"Google lets the hub act for {values.get('subject', '')[:200]}"
