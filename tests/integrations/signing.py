"""Signatures of webhooks as GitHub and Jira make them, and as forgers do: `sha256=` and an HMAC of the body in hex."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable

from tests.integrations.issues import SECRET

OTHER = b'{"webhookEvent": "other"}'


def signed(body: bytes, secret: str = SECRET, algorithm: str = "sha256") -> str:
    """The signature of a body."""
    return f"{algorithm}=" + hmac.new(secret.encode(), body, algorithm).hexdigest()


def _base64(body: bytes) -> str:
    return "sha256=" + base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()


def _written_again(body: bytes) -> str:
    return signed(json.dumps(json.loads(body), indent=7).encode())


# What a forger sends for the signature of a body, by what is wrong with it; None: nothing.
FORGED: dict[str, Callable[[bytes], str | None]] = {
    "none": lambda body: None,
    "empty": lambda body: "",
    "only a space": lambda body: " ",
    "only the scheme": lambda body: "sha256=",
    "another body's": lambda body: signed(OTHER),
    "of the body without its end": lambda body: signed(body[:-1]),
    "of the body and a new line": lambda body: signed(body + b"\n"),
    "of the body as others write it": _written_again,
    "of nothing": lambda body: signed(b""),
    "with another secret": lambda body: signed(body, "hunter2"),
    "with no secret": lambda body: signed(body, ""),
    "with the secret and a space": lambda body: signed(body, SECRET + " "),
    "in capitals": lambda body: "sha256=" + signed(body).removeprefix("sha256=").upper(),
    "scheme in capitals": lambda body: signed(body).replace("sha256", "SHA256"),
    "without a scheme": lambda body: signed(body).removeprefix("sha256="),
    "of another version": lambda body: signed(body).replace("sha256", "v1"),
    "by SHA-1": lambda body: signed(body, algorithm="sha1"),
    "by SHA-512": lambda body: signed(body, algorithm="sha512"),
    "SHA-1 called SHA-256": lambda body: signed(body, algorithm="sha1").replace("sha1", "sha256"),
    "in base64": _base64,
    "cut short": lambda body: signed(body)[:-1],
    "too long": lambda body: signed(body) + "0",
    "spaces around": lambda body: f" {signed(body)} ",
    "two, the right one last": lambda body: f"{signed(OTHER)},{signed(body)}",
    "two, the right one first": lambda body: f"{signed(body)}, {signed(OTHER)}",
    "not ASCII": lambda body: "sha256=é" + signed(body)[8:],
    "digits of others": lambda body: "sha256=" + "\u0661".encode().decode("latin-1") * 32,
}
