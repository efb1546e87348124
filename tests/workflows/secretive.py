"""A step that is told secrets, and what the database has of them."""

from typing import Any

from django.db import connection

from tests.workflows.writing import step
from workflows.models import Workflow, WorkflowVersion

SIGNING = "whsec_c2VjcmV0IG9mIHRoZSBob29rcw=="
OTHER = "whsec_YW5vdGhlciBzZWNyZXQgb2YgaXQ="
BEARER, TENANT = "Authorization: Bearer hunter2-of-acme", "X-Tenant: acme-secretly"
SECRETS = ("c2VjcmV0IG9mIHRoZSBob29rcw", "YW5vdGhlciBzZWNyZXQgb2YgaXQ", "hunter2", "acme-secretly", "sesame-open")
# Where bindings of the webhook's parameters stand.
ENDPOINT, HEADERS, BODY, SECRET, GENERATED = 0, 2, 3, 4, 5


def literal(text: str) -> dict[str, Any]:
    """A binding of one literal."""
    return {"value": {"literal": text}}


def literals(*texts: str) -> dict[str, Any]:
    """A binding of several."""
    return {"array_value": [{"literal": text} for text in texts]}


def signed(url: str, secret: str = SIGNING, *headers: str, **said: Any) -> dict[str, Any]:
    """A step that calls a webhook with a secret and headers."""
    lines = literals(*(headers or (BEARER, "Content-Type: application/json")))
    return step("webhook.send", literal(f"{url}?token=sesame-open&page=2"), {}, lines, {}, literal(secret), **said)


def bindings(definition: dict[str, Any], place: int = 0) -> list[dict[str, Any]]:
    """What a step of a definition is told."""
    told: list[dict[str, Any]] = definition["steps"][place]["param_bindings"]
    return told


def version_of(workflow: Workflow) -> WorkflowVersion:
    """The latest version of a workflow."""
    return WorkflowVersion.objects.order_by("-number").filter(workflow=workflow)[0]


def told_by_the_database() -> str:
    """Every row of every table, as SQL has it."""
    with connection.cursor() as cursor:
        rows = list[Any]()
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows += cursor.fetchall()
    return repr(rows)


def leaks() -> list[str]:
    """The secrets that can be read in the database."""
    told = told_by_the_database()
    return [secret for secret in SECRETS if secret in told]
