"""TLS through the door: the name is verified, though it is an address that is dialled."""

import datetime
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytest_django import Settings
from pytest_httpserver import HTTPServer

from incidentio.core import http
from incidentio.core.http import Unreachable, send

NAME = "hooks.example"


def certificate(path: Path) -> Path:
    """A self-signed certificate for NAME with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    today = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(key.private_bytes(*form) + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("tls") / "hooks.pem")


@pytest.fixture(scope="module")
def asked_for() -> list[str | None]:
    """The names callers asked the TLS server for."""
    return []


@pytest.fixture(scope="module")
def running(pem: Path, asked_for: list[str | None]) -> Iterator[HTTPServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    context.sni_callback = lambda _socket, name, _context: asked_for.append(name)
    with HTTPServer(host="127.0.0.1", ssl_context=context) as server:
        yield server


@pytest.fixture
def tls_server(running: HTTPServer, asked_for: list[str | None]) -> HTTPServer:
    running.clear()
    asked_for.clear()
    running.expect_request("/").respond_with_data("hello")
    return running


@pytest.fixture
def trusted(pem: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    http._tls.cache_clear()
    yield
    http._tls.cache_clear()


@pytest.fixture(autouse=True)
def hub(settings: Settings, resolver: dict[str, list[list[str]]]) -> None:
    """The door knows no database; two names lead to loopback."""
    settings.OUTBOUND_ALLOW = ["127.0.0.1/32"]
    resolver |= {NAME: [["127.0.0.1"]], "other.example": [["127.0.0.1"]]}


@pytest.mark.usefixtures("trusted")
def test_the_name_is_asked_for_and_verified(
    tls_server: HTTPServer, asked_for: list[str | None], dialled: list[str]
) -> None:
    assert send("GET", f"https://{NAME}:{tls_server.port}/", headers={}).body == b"hello"
    assert asked_for == [NAME]
    assert dialled == ["127.0.0.1"]
    assert tls_server.log[0][0].headers["Host"] == f"{NAME}:{tls_server.port}"


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("host", ["other.example", "127.0.0.1"])
def test_a_certificate_of_another_name_is_unreachable(tls_server: HTTPServer, host: str) -> None:
    with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
        send("POST", f"https://{host}:{tls_server.port}/", headers={"Authorization": "secret"}, body=b"x")
    assert tls_server.log == []


def test_a_certificate_nobody_vouches_for_is_unreachable(tls_server: HTTPServer) -> None:
    with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
        send("GET", f"https://{NAME}:{tls_server.port}/", headers={})
    assert tls_server.log == []


@pytest.mark.usefixtures("trusted")
def test_a_server_that_speaks_no_tls_is_unreachable(httpserver: HTTPServer) -> None:
    with pytest.raises(Unreachable):
        send("GET", f"https://{NAME}:{httpserver.port}/", headers={})
    assert httpserver.log == []
