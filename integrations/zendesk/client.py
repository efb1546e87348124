"""Zendesk's account, and calls to its Ticketing API (developer.zendesk.com/api-reference/ticketing)."""

import base64
from collections.abc import Mapping
from urllib.parse import quote

from incidentio.core import http
from integrations.base import CheckFailed, Setting
from integrations.calling import Request, json_of, send
from integrations.connections import Account

TOOL = "zendesk"
CHECK_SECONDS = 2.0
SETTINGS = (
    Setting("base_url", "Address", "As in https://acme.zendesk.com"),
    Setting("email", "E-mail address", "Of the agent in whose name the hub writes"),
    Setting("api_token", "API token", "Made in the Admin Center under Apps and integrations, APIs", secret=True),
)


def request(values: Mapping[str, str] | Account, method: str, path: str, body: object = None) -> Request:
    """A call of the API at `path`, in the name of the account's agent."""
    pair = base64.b64encode(f"{values['email']}/token:{values['api_token']}".encode()).decode()
    return Request(method, values["base_url"].rstrip("/") + path, {"authorization": f"Basic {pair}"}, body)


def ticket_path(ticket_id: str) -> str:
    """Where the API has the ticket."""
    return f"/api/v2/tickets/{quote(ticket_id, safe='')}"


def check(values: Mapping[str, str]) -> str:
    """Ask who the account is.

    Raises:
        CheckFailed: Zendesk does not answer, does not know the account, or it is no agent's.
    """
    try:
        answer = send(request(values, "GET", "/api/v2/users/me.json"), CHECK_SECONDS)
    except http.NoAnswer as failure:
        raise CheckFailed(f"Zendesk does not answer: {failure}") from failure
    told = json_of(answer)
    user = told.get("user") if isinstance(told, dict) else None
    # With a wrong token Zendesk answers 401, or as to anybody: a user without an id.
    if answer.status != 200 or not isinstance(user, dict) or not user.get("id"):
        raise CheckFailed(f"Zendesk does not know this account ({answer.status}): check address, e-mail and token")
    if user.get("role") not in ("agent", "admin"):
        raise CheckFailed(f"{user.get('name')} is no agent, and cannot write internal notes")
    return f"Signed in as {user.get('name')}"
