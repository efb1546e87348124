"""Amazon SNS as far as the hub sees it: what it signs and posts, and a place that has its certificate and confirms."""

import base64
import json
import socket
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID
from django.http import HttpResponse
from django.test import Client

from incidents.models import AlertSource
from integrations.models import RemoteObject
from integrations.sns.certificates import CERTIFICATE, fetch
from integrations.sns.errands import DONE, begin
from integrations.sns.messages import MAY_LACK, SIGNED
from tests.integrations.recorded import payload
from tests.integrations.standing_in import Reply, StandIn
from tests.receiver import answer

HOST = "sns.eu-west-1.amazonaws.com"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:alarms"
CERTIFICATE_URL = f"https://{HOST}/SimpleNotificationService-f3ecfb7224c7233fe7bb5f59f96de52f.pem"
SUBSCRIPTION = payload("sns", "subscription")
ALARM = payload("sns", "alarm")
DIGESTS: dict[str, hashes.HashAlgorithm] = {"1": hashes.SHA1(), "2": hashes.SHA256()}
PRIVATE = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
DAY = timedelta(days=1)


@cache
def key(name: str = "Amazon") -> rsa.RSAPrivateKey:
    """The key of somebody who signs."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(
    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | None = None,
    host: str = "sns.amazonaws.com",
    since: timedelta = -DAY,
    until: timedelta = DAY,
) -> bytes:
    """A certificate that is valid since and until so long from now."""
    private, now = private or key(), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    made = (
        x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
        .not_valid_before(now + since)
        .not_valid_after(now + until)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(private, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def signed(message: dict[str, Any], version: str = "1", private: rsa.RSAPrivateKey | None = None) -> dict[str, Any]:
    """The message with Amazon's signature, as the documentation of SNS has it made."""
    lines = [
        f"{name}\n{message[name]}\n" for name in SIGNED[message["Type"]] if name not in MAY_LACK or name in message
    ]
    signature = (private or key()).sign("".join(lines).encode(), padding.PKCS1v15(), DIGESTS[version])
    return message | {"SignatureVersion": version, "Signature": base64.b64encode(signature).decode()}


def notification(published: Any = None, version: str = "1", **said: Any) -> dict[str, Any]:
    """A signed notification of what was published; without more, the recorded alarm. What is None is left out."""
    text = published if isinstance(published, str) else json.dumps(ALARM if published is None else published)
    message = payload("sns", "budget") | {"Message": text, "Subject": "ALARM"} | said
    return signed({name: value for name, value in message.items() if value is not None}, version)


def subscription(token: str = SUBSCRIPTION["Token"], **said: Any) -> dict[str, Any]:
    """A signed question whether the hub wants to hear of the topic."""
    url = f"https://{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token={token}"
    return signed(SUBSCRIPTION | {"Token": token, "SubscribeURL": url} | said)


def publish(source: AlertSource, message: Any, *, token: str | None = None, **headers: str) -> HttpResponse:
    """The answer to what SNS posts: JSON that is called text."""
    content = message if isinstance(message, bytes) else json.dumps(message).encode()
    path = f"/v2/alert_events/{source.source_type}/{source.pk}?token={source.secret if token is None else token}"
    kind = "text/plain; charset=UTF-8"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Client(raise_request_exception=False).post(path, content, content_type=kind, headers=named)  # type: ignore[return-value]


def know(pem: bytes | None = None) -> RemoteObject:
    """Let the hub know the certificate already."""
    row = begin(fetch, CERTIFICATE, CERTIFICATE_URL, CERTIFICATE_URL)
    row.remote_id, row.state = DONE, row.state | {"pem": (pem or certificate()).decode()}
    row.save()
    return row


class Amazon(StandIn):
    """`pem` is what stands where certificates stand; `confirmed` are the tokens of subscriptions, as often as told."""

    def __init__(self) -> None:
        super().__init__()
        self.pem = certificate()
        self.confirmed: list[str] = []

    def work(self, asked: Any) -> Reply:
        if asked.path.endswith(".pem"):
            return 200, self.pem
        said = dict(asked.query)
        assert (asked.method, asked.path, said["Action"]) == ("GET", "/", "ConfirmSubscription")
        if said["Token"] not in self.confirmed:
            self.confirmed.append(said["Token"])
        return 200, b"<ConfirmSubscriptionResponse/>"

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        self.script = self.script or [as_is]
        super().take(handler)


def as_is(handler: BaseHTTPRequestHandler, work: Callable[[], Reply]) -> None:
    """Does it, and says so."""
    status, body = work()
    answer(status, body)(handler)


def slowly(handler: BaseHTTPRequestHandler, work: Callable[[], Reply]) -> None:
    """Does it, in a while."""
    time.sleep(0.1)
    as_is(handler, work)


def tls_of(path: Path) -> ssl.SSLContext:
    """What a server shows that is called HOST; its certificate is left at `path`, for whoever trusts it."""
    private = ec.generate_private_key(ec.SECP256R1())
    path.write_bytes(private.private_bytes(*PRIVATE) + certificate(private, HOST))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def leads_here(monkeypatch: Any, port: int) -> None:
    """Amazon's name leads to loopback, and its port to this one; all else stays as it is."""
    resolve, connect = socket.getaddrinfo, socket.create_connection

    def found(host: str, *args: Any, **kwargs: Any) -> Any:
        return resolve("127.0.0.1" if host == HOST else host, *args, **kwargs)

    def connected(address: tuple[str, int], *args: Any, **kwargs: Any) -> Any:
        return connect((address[0], port) if address == ("127.0.0.1", 443) else address, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", found)
    monkeypatch.setattr(socket, "create_connection", connected)
