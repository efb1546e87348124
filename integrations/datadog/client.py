"""Datadog's account, and calls to its API (docs.datadoghq.com/api/latest)."""

from collections.abc import Mapping

from incidentio.core import http
from integrations.base import CheckFailed, Setting
from integrations.calling import Request, json_of, send
from integrations.connections import Account

TOOL = "datadog"
CHECK_SECONDS = 2.0
SETTINGS = (
    Setting(
        "base_url",
        "Address of the API",
        "That of your site, as in https://api.datadoghq.eu or https://api.us5.datadoghq.com",
        default="https://api.datadoghq.com",
    ),
    Setting("api_key", "API key", "Under Organization Settings, API Keys", secret=True),
    Setting(
        "application_key",
        "Application key",
        "Under Organization Settings, Application Keys, with the scope events_read. With it the hub finds out whether "
        "an event arrived; without it, a person decides",
        secret=True,
        required=False,
    ),
)


def request(values: Mapping[str, str] | Account, method: str, path: str, body: object = None) -> Request:
    """A call of the API at `path`."""
    headers = {"dd-api-key": values["api_key"], "accept": "application/json"}
    return Request(method, values["base_url"].rstrip("/") + path, headers, body)


def check(values: Mapping[str, str]) -> str:
    """Ask whether the key is one.

    Raises:
        CheckFailed: Datadog does not answer, or does not know the key at this site.
    """
    try:
        answer = send(request(values, "GET", "/api/v1/validate"), CHECK_SECONDS)
    except http.NoAnswer as failure:
        raise CheckFailed(f"Datadog does not answer: {failure}") from failure
    told = json_of(answer)
    if answer.status != 200 or not isinstance(told, dict) or told.get("valid") is not True:
        raise CheckFailed(f"Datadog does not know this API key ({answer.status}): check the key, and the site")
    return "Datadog knows this API key"
