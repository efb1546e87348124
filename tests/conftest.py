"""The cast, and the ways tests talk to the hub."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.http import HttpResponse
from django.test import Client
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult

from accounts.models import OrganisationRole, User
from accounts.users import create_user
from apikeys.keys import issue
from catalog import snapshot
from catalog.defaults import seed_defaults
from events.actors import Actor
from events.models import ConfigVersion, Position
from incidents.declare import Report
from incidents.declare import declare as declare_incident
from incidents.models import Incident
from tests.desk import Desk

SYSTEM = Actor.system()


class ApiClient:
    """A caller with an API key."""

    def __init__(self, token: str | None, key: Any = None) -> None:
        self.key = key
        self.token = token
        self._client = Client(raise_request_exception=False)

    def request(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        if self.token is not None:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        content = {} if body is None else {"data": body, "content_type": "application/json"}
        return getattr(self._client, method)(path, headers=headers, **content)  # type: ignore[no-any-return]

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.request("get", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.request("post", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.request("put", path, body, **headers)

    def delete(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.request("delete", path, body, **headers)


@pytest.fixture(scope="session", autouse=True)
def static_files_on_demand() -> None:
    """A test client need not look at every static file there is before its first request."""
    django_settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The test database starts as the hub does: with the defaults."""
    with django_db_blocker.unblock():
        seed_defaults(SYSTEM)


@pytest.fixture(autouse=True)
def hub(db: None) -> None:
    """Every test finds the hub as it is after its first start, also after one that emptied the tables."""
    if not ConfigVersion.objects.exists():
        Position.objects.create(pk=1)
        ConfigVersion.objects.create(pk=1)
        seed_defaults(SYSTEM)


@pytest.fixture
def omar(hub: None) -> User:
    """Omar administers the hub."""
    return create_user(SYSTEM, email="omar@example.com", name="Omar Aziz", role=OrganisationRole.ADMINISTRATOR)


@pytest.fixture
def nora(hub: None) -> User:
    """Nora responds to incidents."""
    return create_user(
        SYSTEM,
        email="nora@example.com",
        name="Nora Lind",
        role=OrganisationRole.RESPONDER,
        slack_user_id="U0NORA",
    )


@pytest.fixture
def quick_passwords(settings: Any) -> None:
    """Hashing that does not cost what it should."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def desk(omar: User) -> Desk:
    """Omar, signed in to the admin."""
    return Desk(omar)


@pytest.fixture
def api(hub: None) -> Callable[..., ApiClient]:
    """`api("viewer", "incident_creator")`: a caller whose key has these roles."""

    def make(*roles: str, name: str = "Zendesk", **options: Any) -> ApiClient:
        issued = issue(SYSTEM, name=name, roles=list(roles), **options)
        return ApiClient(issued.token, issued.key)

    return make


@pytest.fixture
def everyone(api: Callable[..., ApiClient]) -> ApiClient:
    """A caller with the roles an integration usually has."""
    return api("viewer", "incident_creator", "incident_editor", "manage_settings", "incident_memberships_editor")


@pytest.fixture
def anonymous(hub: None) -> ApiClient:
    """A caller without a key."""
    return ApiClient(None)


@pytest.fixture
def declare(hub: None) -> Callable[..., Incident]:
    """`declare(name=…)`: an incident made by the verb."""
    count = iter(range(1, 1_000_000))

    def make(actor: Actor = SYSTEM, **said: Any) -> Incident:
        said = {
            "idempotency_key": f"key-{next(count)}",
            "visibility": "public",
            "name": "Checkout is down",
        } | said
        made = declare_incident(actor, Report(**said), snapshot.current())
        return Incident.objects.get(pk=made.incident_id)

    return make


@pytest.fixture
def drain(hub: None, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """`drain()`: let the background work until nothing is due; what it stumbles over fails the test."""
    # A worker drops connections it finds in a transaction, as the test's own is.
    monkeypatch.setattr(db_worker, "close_old_connections", lambda: None)

    def run() -> None:
        db_worker.Worker(
            queue_names=["*"],
            interval=0,
            batch=True,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id="drain",
            excluded_queue_names=[],
        ).run()
        failed = DBTaskResult.objects.failed().first()
        assert failed is None, failed.traceback

    return run
