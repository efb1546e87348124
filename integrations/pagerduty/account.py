"""A team's account at PagerDuty: what is entered of it, where its two APIs are, and whether it works.

The Events API takes events by the integration key of a service; the REST API takes a token of the whole account.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from incidentio.core import http
from integrations.base import CheckFailed, Setting, StepFailed
from integrations.calling import Request, json_of, send
from integrations.connections import Account, account_of

TOOL = "pagerduty"
EVENTS, REST = "pagerduty:events", "pagerduty:rest"  # whose calls at once are counted: each API has limits of its own
EVENTS_URL, API_URL = "https://events.pagerduty.com", "https://api.pagerduty.com"
CHECK_SECONDS = 2.0

SETTINGS = (
    Setting("routing_key", "Integration key", "Of an Events API v2 integration; pages", secret=True, required=False),
    Setting("api_token", "API key", "Of the REST API; for incidents, and who is on call", secret=True, required=False),
    Setting("from_email", "User", "Address of the PagerDuty user who makes incidents", required=False),
    Setting("service_id", "Service", "ID of the service of incidents, as in PWIXJZS", required=False),
    Setting("events_url", "Events API", "Or https://events.eu.pagerduty.com", required=False, default=EVENTS_URL),
    Setting("api_url", "REST API", "Or https://api.eu.pagerduty.com", required=False, default=API_URL),
)


def account_with(*names: str) -> Account:
    """The account, which has all settings of these names.

    Raises:
        StepFailed: PagerDuty is not connected, or the connection lacks one of them.
    """
    account = account_of(TOOL)
    labels = {setting.name: setting.label for setting in SETTINGS}
    for name in names:
        if not account[name]:
            raise StepFailed(f"The connection to PagerDuty has no {labels[name]!r}: see Connections in the admin")
    return account


def event_request(account: Account, event: Mapping[str, object]) -> Request:
    """An event for the Events API v2, which does it once per `dedup_key` while the alert is open."""
    url = f"{(account['events_url'] or EVENTS_URL).rstrip('/')}/v2/enqueue"
    return Request("POST", url, body={"routing_key": account["routing_key"], **event}, does_once=True)


def rest_request(
    account: Mapping[str, str] | Account,
    method: str,
    path: str,
    *,
    query: Sequence[tuple[str, str]] = (),
    body: Any = None,
) -> Request:
    """A call of the REST API v2. Those the hub makes are safe to make again."""
    values = account.values if isinstance(account, Account) else account
    headers = {
        "authorization": f"Token token={values.get('api_token', '')}",
        "accept": "application/vnd.pagerduty+json;version=2",
    }
    if values.get("from_email"):
        headers["from"] = values["from_email"]
    url = f"{(values.get('api_url') or API_URL).rstrip('/')}{path}"
    return Request(method, f"{url}?{urlencode(query)}" if query else url, headers, body, does_once=True)


def check(values: Mapping[str, str]) -> str:
    """What works: a call that changes nothing shows whether the token does. An integration key shows it by paging.

    Raises:
        CheckFailed: nothing does.
    """
    pages = bool(values.get("routing_key"))
    if not values.get("api_token"):
        if not pages:
            raise CheckFailed("Enter an integration key, an API key, or both")
        return "The integration key is only tried when somebody is paged; there is no API key to try"
    try:
        answer = send(rest_request(values, "GET", "/abilities"), CHECK_SECONDS)
    except http.NoAnswer as failure:
        raise CheckFailed(f"PagerDuty does not answer: {failure}") from failure
    told = json_of(answer)
    if answer.status in (401, 403):
        raise CheckFailed(f"PagerDuty does not accept the API key ({answer.status}): make one under API Access Keys")
    if answer.status != 200 or not isinstance(told, dict) or "abilities" not in told:
        raise CheckFailed(f"{values.get('api_url') or API_URL} does not answer as PagerDuty does ({answer.status})")
    return "The API key works" + ("; the integration key is only tried when somebody is paged" if pages else "")
