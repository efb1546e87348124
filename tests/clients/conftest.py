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

from apikeys.roles import ROLES
from tests.conftest import ApiClient
from tests.contract.compatibility import USES

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


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SERVED] = defaultdict(set)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """After the whole suite the record is written; it is an error if that changed it."""
    options = session.config.option
    if exitstatus or options.keyword or options.markexpr or session.config.args != ["tests/clients"]:
        return
    served = {module: sorted(operations) for module, operations in sorted(session.config.stash[SERVED].items())}
    text = json.dumps(served, indent=1) + "\n"
    if not USES.exists() or USES.read_text() != text:
        USES.write_text(text)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        print(f"\n{USES} was not current, and now is: run `make docs` and commit both.")
