"""Amazon on loopback, by its own name and over TLS."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from incidentio.core import http
from integrations.models import RemoteObject
from tests.integrations.sns.amazon import Amazon, know, leads_here, tls_of
from tests.receiver import listening


@pytest.fixture
def known(hub: None) -> RemoteObject:
    """The hub has Amazon's certificate."""
    return know()


@pytest.fixture
def amazon(hub: None, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Amazon]:
    """Amazon, trusted, as the hub finds it."""
    settings.OUTBOUND_ALLOW = ["127.0.0.1/32"]
    pem, tool = tmp_path / "amazon.pem", Amazon()
    with listening(tool.take, tls_of(pem)) as port:
        leads_here(monkeypatch, port)
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        monkeypatch.setattr("integrations.sns.errands.FIRST_WAIT_SECONDS", 0)
        monkeypatch.setattr("integrations.sns.errands.CALL_SECONDS", 0.5)
        http._tls.cache_clear()
        yield tool
    http._tls.cache_clear()
