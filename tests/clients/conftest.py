"""The public clients on a real socket, and the record of what each of their test modules was served."""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import count
from types import ModuleType
from typing import Any

import httpx
import pytest
from django.urls import resolve
from incident_io import AuthenticatedClient
from incident_io.api.incidents_v2 import incidents_v2_create
from incident_io.models import ErrorResponse, IncidentsCreatePayloadV2, IncidentV2

from accounts.models import User
from apikeys.roles import ROLES
from tests.clients.replaying import decoded
from tests.conftest import ApiClient
from tests.contract.compatibility import USES

AS_SENT = {
    "title": {"reference": "alert.title"},
    "description": {"reference": "alert.description"},
    "attributes": [],
    "expressions": [],
}
Served = dict[str, set[str]]
SERVED = pytest.StashKey[Served]()


class Sdk:
    """incident.io's own client: `sdk(module_of_an_operation, …)` is the parsed answer, which is no refusal."""

    def __init__(self, client: AuthenticatedClient) -> None:
        self.client = client

    def detailed(self, operation: ModuleType, **arguments: Any) -> Any:
        return operation.sync_detailed(client=self.client, **arguments)

    def __call__(self, operation: ModuleType, **arguments: Any) -> Any:
        answer = self.detailed(operation, **arguments)
        assert not isinstance(answer.parsed, ErrorResponse), answer.content
        return answer.parsed

    def refusal(self, operation: ModuleType, **arguments: Any) -> ErrorResponse:
        """What the client makes of an answer that must be a refusal."""
        parsed = self.detailed(operation, **arguments).parsed
        assert isinstance(parsed, ErrorResponse)
        return parsed


@pytest.fixture
def noted(request: pytest.FixtureRequest) -> Callable[[httpx.Response], None]:
    """Notes what an httpx client was served; only what succeeded counts."""
    served = request.config.stash[SERVED][request.path.stem]

    def note(response: httpx.Response) -> None:
        if response.is_success:
            route = re.sub("<[^>]*>", "{}", resolve(response.request.url.path).route)
            served.add(f"{response.request.method} /{route}")

    return note


@pytest.fixture
def token(api: Callable[..., ApiClient]) -> str:
    """A key with every role there is."""
    return api(*ROLES).token or ""


@pytest.fixture
def client(token: str, live_server: object, noted: Any) -> Iterator[AuthenticatedClient]:
    """incident.io's own client, with nothing but the base URL and the key changed."""
    hooks = {"event_hooks": {"response": [noted]}}
    with AuthenticatedClient(
        base_url=str(live_server), token=token, raise_on_unexpected_status=True, httpx_args=hooks
    ) as client:
        yield client


@pytest.fixture
def sdk(client: AuthenticatedClient) -> Sdk:
    return Sdk(client)


@pytest.fixture
def declared(sdk: Sdk) -> Callable[..., IncidentV2]:
    """`declared(name=…)`: an incident that incident.io's own client declared."""
    number = count(1)

    def make(**said: Any) -> IncidentV2:
        said = {"idempotency_key": f"sdk-{next(number)}", "visibility": "public"} | said
        return sdk(incidents_v2_create, body=IncidentsCreatePayloadV2.from_dict(said)).incident

    return make


@pytest.fixture
def http(token: str, live_server: object, noted: Any) -> Iterator[httpx.Client]:
    """A plain client, for the flows of clients that cannot run here."""
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=str(live_server), headers=headers, event_hooks={"response": [noted]}) as client:
        yield client


@pytest.fixture
def before(token: str, live_server: object) -> Iterator[httpx.Client]:
    """What was done before a client came: by other hands, so not noted."""
    with httpx.Client(base_url=str(live_server), headers={"Authorization": f"Bearer {token}"}) as client:
        yield client


@pytest.fixture
def busy(before: httpx.Client, nora: User) -> dict[str, Any]:
    """A hub that had a day: three incidents with all that belongs to them, and an alert that made a fourth."""
    post = before.post
    field = {"name": "Service", "description": "", "field_type": "single_select"}
    field_id = decoded(post("/v2/custom_fields", json=field), 201)["custom_field"]["id"]
    option = {"custom_field_id": field_id, "value": "Checkout"}
    option_id = decoded(post("/v1/custom_field_options", json=option), 201)["custom_field_option"]["id"]
    severity_id = decoded(before.get("/v1/severities"))["severities"][0]["id"]
    said = {"severity_id": severity_id, "name": "Till"}
    said |= {"custom_field_entries": [{"custom_field_id": field_id, "values": [{"value_option_id": option_id}]}]}
    for key, extra in (("a", said), ("b", {"visibility": "private"}), ("c", {"mode": "retrospective", **said})):
        body = {"idempotency_key": key, "visibility": "public"} | extra
        incident = decoded(post("/v2/incidents", json=body))["incident"]
        about = {"incident_id": incident["id"]}
        decoded(post("/v2/actions", json=about | {"description": "Fail over", "assignee_id": nora.id}), 201)
        decoded(post("/v2/follow_ups", json=about | {"title": "Write it down"}), 201)
        ticket = {"resource_type": "zendesk_ticket", "external_id": "4711"}
        decoded(post("/v1/incident_attachments", json=about | {"resource": ticket}), 201)
        update = about | {"idempotency_key": key, "message": "We know", "to_severity_id": severity_id}
        decoded(post("/v2/incident_updates", json=update), 201)
    source = {"name": "Nagios", "source_type": "http", "template": AS_SENT}
    source = decoded(post("/v2/alert_sources", json=source))["alert_source"]
    url, bearer = f"/v2/alert_events/http/{source['id']}", {"Authorization": f"Bearer {source['secret_token']}"}
    decoded(post(url, json={"title": "CPU", "status": "firing", "deduplication_key": "cpu"}, headers=bearer), 202)
    return {"field": field_id, "option": option_id, "source": source["id"]}


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SERVED] = defaultdict(set)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """After the whole suite, in one process, the record is written; it is an error if that changed it."""
    options, served = session.config.option, session.config.stash[SERVED]
    partly = options.keyword or options.markexpr or options.numprocesses or hasattr(session.config, "workerinput")
    if exitstatus or partly or session.config.args != ["tests/clients"]:
        return
    rows = {module: sorted(operations) for module, operations in sorted(served.items())}
    text = json.dumps(rows, indent=1) + "\n"
    if not USES.exists() or USES.read_text() != text:
        USES.write_text(text)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        print(f"\n{USES} was not current, and now is: run `make docs` and commit both.")
