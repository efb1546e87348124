"""A team's account at Opsgenie: the key of an API integration, and where its Alert API is.

Jira Service Management takes the same requests with the same header at another address (developer.atlassian.com,
Jira Service Management ops, Integration events).
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from incidentio.core import http
from integrations.base import Attempt, CheckFailed, Setting
from integrations.calling import Request, json_of, send
from integrations.limits import less_often

TOOL = "opsgenie"
URL = "https://api.opsgenie.com"
CHECK_SECONDS = 2.0
# A request nobody ever made: whoever may ask after requests hears that it is not found.
NOBODYS_REQUEST = "00000000-0000-0000-0000-000000000000"

SETTINGS = (
    Setting("api_key", "API key", "Of an API integration; not one of the API key management", secret=True),
    Setting(
        "base_url",
        "Address",
        "Or https://api.eu.opsgenie.com; of Jira Service Management https://api.atlassian.com/jsm/ops/integration",
        required=False,
        default=URL,
    ),
)


def base_url_of(values: Mapping[str, str]) -> str:
    """Where the API is."""
    return (values.get("base_url") or URL).rstrip("/")


def is_jsm(values: Mapping[str, str]) -> bool:
    """Whether the account is one of Jira Service Management."""
    return base_url_of(values).endswith("/jsm/ops/integration")


def request(
    values: Mapping[str, str],
    method: str,
    path: str,
    body: Any = None,
    *,
    query: Mapping[str, str] | None = None,
    does_once: bool = False,
) -> Request:
    """A call of the Alert API at `path`, with the account's key."""
    url = f"{base_url_of(values)}/v2/alerts{path}"
    headers = {"authorization": f"GenieKey {values.get('api_key', '')}", "accept": "application/json"}
    return Request(method, f"{url}?{urlencode(query)}" if query else url, headers, body, does_once=does_once)


def throttled(answer: http.Answer, told: Any) -> Attempt | None:
    """How long to wait, where a 429 says so in Opsgenie's own header (docs.opsgenie.com, Rate Limiting)."""
    if answer.status != 429 or answer.wait_seconds:
        return None
    period = answer.headers.get("x-ratelimit-period-in-sec", "")
    return less_often("Opsgenie", answer, float(period) if period.isascii() and period.isdecimal() else 0.0)


def complaint(told: Any) -> str:
    """What Opsgenie says is wrong: `message`, and `errors` by field."""
    if not isinstance(told, dict):
        return ""
    errors = told.get("errors")
    fields = [f"{name}: {text}" for name, text in errors.items()] if isinstance(errors, dict) else []
    lines = [str(line) for line in [told.get("message"), *fields] if line]
    return f": {'; '.join(lines)[:500]}" if lines else ""


def is_opsgenies(told: Any) -> bool:
    """Whether an answer is one of Opsgenie's own: they carry the ID of the request, whatever they say."""
    if not isinstance(told, dict):
        return False
    return bool(told.get("requestId")) or "request not found" in str(told.get("message")).casefold()


def check(values: Mapping[str, str]) -> str:
    """Ask after a request that nobody made, which every key may that reads. What else it may do is not told.

    Raises:
        CheckFailed: the key is not known, or what answers is not Opsgenie.
    """
    try:
        answer = send(request(values, "GET", f"/requests/{NOBODYS_REQUEST}"), CHECK_SECONDS)
    except http.NoAnswer as failure:
        raise CheckFailed(f"Opsgenie does not answer: {failure}") from failure
    told, status = json_of(answer), answer.status
    if status == 401:
        raise CheckFailed("Opsgenie does not know the API key (401): is its integration turned on, the region right?")
    if status == 402:
        raise CheckFailed(f"The plan of this account does not have it (402){complaint(told)}")
    if status == 429:
        raise CheckFailed("Opsgenie asks to be called less often (429): try again in a minute")
    if not is_opsgenies(told) or status not in (200, 403, 404):
        raise CheckFailed(f"{base_url_of(values)} does not answer as Opsgenie does ({status})")
    if status == 403:
        return "Opsgenie knows the API key, but does not let it read: what becomes of its requests is not seen"
    return "Opsgenie knows the API key. Whether it may make alerts shows when one is made"
