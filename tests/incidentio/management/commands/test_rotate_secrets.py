"""Secrets move to the first key of the ring, so that an old one can be dropped."""

from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.core.management.base import CommandError

from incidentio.management.commands import rotate_secrets
from integrations.base import StepFailed
from integrations.connections import account_of, connect
from integrations.models import Connection
from tests.conftest import SYSTEM
from tests.integrations.grapevine import SETTINGS, TOKEN
from workflows.models import EventType, WebhookEndpoint
from workflows.webhooks import create_endpoint


def rotate(*options: str) -> str:
    out = StringIO()
    call_command("rotate_secrets", *options, stdout=out)
    return out.getvalue()


def connected() -> Connection:
    said = {"token": TOKEN, "url": "https://grapevine.example.com"}
    return connect(SYSTEM, "grapevine", SETTINGS, name="Grapevine", values=said)


def endpoints(*names: str) -> dict[str, str]:
    """Endpoints of these names, and their secrets."""
    said: dict[str, Any] = {"url": "https://example.com/", "event_types": EventType.values}
    made = [create_endpoint(SYSTEM, name=name, **said) for name in names]
    return {new.endpoint.pk: new.secret for new in made}


@pytest.fixture
def new_key() -> str:
    """A key nobody has used yet."""
    return Fernet.generate_key().decode()


def test_the_old_key_can_be_dropped_afterwards(settings: Any, new_key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotate_secrets, "AT_ONCE", 2)
    connected()
    secrets = endpoints(*"abcde")
    settings.ENCRYPTION_KEYS = [new_key, *settings.ENCRYPTION_KEYS]
    assert "6 secrets are encrypted" in rotate()
    settings.ENCRYPTION_KEYS = [new_key]
    assert account_of("grapevine")["token"] == TOKEN
    assert {row.pk: row.secret for row in WebhookEndpoint.objects.all()} == secrets


def test_a_dry_run_changes_nothing(settings: Any, new_key: str) -> None:
    connected()
    before, settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS, [new_key, *settings.ENCRYPTION_KEYS]
    assert "1 secrets would be encrypted" in rotate("--dry-run")
    settings.ENCRYPTION_KEYS = [new_key]
    with pytest.raises(StepFailed, match="cannot be decrypted"):
        account_of("grapevine")
    settings.ENCRYPTION_KEYS = before
    assert account_of("grapevine")["token"] == TOKEN


def test_what_no_key_opens_is_named_and_left_and_the_rest_is_done(settings: Any, new_key: str) -> None:
    row, before = connected(), settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    secrets = endpoints("a")
    settings.ENCRYPTION_KEYS = [new_key, *settings.ENCRYPTION_KEYS]
    with pytest.raises(CommandError, match=f"integrations.Connection.secrets of {row.pk}"):
        rotate()
    settings.ENCRYPTION_KEYS = [new_key, *before]
    assert account_of("grapevine")["token"] == TOKEN
    assert WebhookEndpoint.objects.get().secret in secrets.values()


def test_every_encrypted_column_is_gone_through() -> None:
    names = {f"{model._meta.label}.{column}" for model, column in rotate_secrets.encrypted_columns()}
    assert {"integrations.Connection.secrets", "workflows.WebhookEndpoint.secret", "workflows.Effect.sealed"} <= names
    assert "workflows.WorkflowVersion.secrets" in names
