"""A team's account at Statuspage: what is entered of it, how it is called, and whether it works.

A key may call once a second, counted over a minute; more is answered with 420 or 429 (API, Rate limiting).
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from incidentio.core import http
from integrations.base import Attempt, CheckFailed, Setting, StepFailed
from integrations.calling import TOO_MANY, Request, json_of, send
from integrations.connections import Account, account_of
from integrations.limits import less_often

TOOL = TARGET = "statuspage"
API_URL = "https://api.statuspage.io/v1"
CHECK_SECONDS = 2.0
WINDOW_SECONDS = 60.0

SETTINGS = (
    Setting("api_key", "API key", "Of a user who may manage incidents of the page", secret=True),
    Setting("page_id", "Page", "ID of the page, as its address in the management interface has it"),
    Setting("api_url", "API", required=False, default=API_URL),
)


def connected() -> Account:
    """The account.

    Raises:
        StepFailed: Statuspage is not connected, or the connection lacks the key or the page.
    """
    account = account_of(TOOL)
    if not account["api_key"] or not account["page_id"]:
        raise StepFailed("The connection to Statuspage lacks its API key or its page: see Connections in the admin")
    return account


def request(values: Mapping[str, str], method: str, path: str = "", body: Any = None) -> Request:
    """A call about the page."""
    base = (values.get("api_url") or API_URL).rstrip("/")
    url = f"{base}/pages/{quote(values.get('page_id', ''), safe='')}{path}"
    return Request(method, url, {"authorization": f"OAuth {values.get('api_key', '')}"}, body)


def hurried(answer: http.Answer, told: Any) -> Attempt | None:
    """What it means to be called too often; where it does not say how long to wait, as long as it counts."""
    if answer.status not in TOO_MANY:
        return None
    return less_often("It", answer, answer.wait_seconds or WINDOW_SECONDS)


def check(values: Mapping[str, str]) -> str:
    """What works: the page is looked at.

    Raises:
        CheckFailed: it cannot be.
    """
    try:
        answer = send(request(values, "GET"), CHECK_SECONDS)
    except http.NoAnswer as failure:
        raise CheckFailed(f"Statuspage does not answer: {failure}") from failure
    page = json_of(answer)
    if answer.status in (401, 403):
        raise CheckFailed(f"Statuspage does not accept the API key ({answer.status})")
    if answer.status == 404:
        raise CheckFailed("This key knows no page of this ID: it is in the address of the management interface")
    if answer.status in TOO_MANY:
        raise CheckFailed("Statuspage is called too often now; try again in a minute")
    if answer.status != 200 or not isinstance(page, dict) or not page.get("id"):
        raise CheckFailed(f"{values.get('api_url') or API_URL} does not answer as Statuspage does ({answer.status})")
    return f"The page {str(page.get('name') or page['id'])[:200]} is there"
