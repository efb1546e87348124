"""Google on loopback, by its published contract: tokens for signed statements, and spaces of meetings."""

import json
from functools import cache
from secrets import token_urlsafe
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import jwt

from tests.integrations.recorded import payload
from tests.integrations.standing_in import Asked, Reply, StandIn

SCOPE = "https://www.googleapis.com/auth/meetings.space.created"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
DOMAIN = "@acme.example"
END = ":endActiveConference"
NOT_FOUND = (404, {"error": {"code": 404, "message": "Not found.", "status": "NOT_FOUND"}})


@cache
def private_key(which: int) -> rsa.RSAPrivateKey:
    """A key; the first is the one Google knows."""
    return rsa.generate_private_key(65_537, 2_048)


def key_file(which: int = 0, **said: Any) -> str:
    """The JSON file of a key, as the console hands it out."""
    shape = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem = private_key(which).private_bytes(*shape).decode()
    return json.dumps(payload("google_meet", "key") | {"private_key": pem} | said, indent=2)


def public_pem() -> bytes:
    """What Google checks signatures with."""
    shape = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private_key(0).public_key().public_bytes(*shape)


class Google(StandIn):
    """`spaces` are all that were made, `going_on` the names of those where people meet; `tokens` those that are good.
    The host is of this test alone.
    """

    def __init__(self) -> None:
        super().__init__()
        self.host = f"{token_urlsafe(6).lower()}{DOMAIN}"
        self.spaces: list[dict[str, Any]] = []
        self.going_on: list[str] = []
        self.tokens: list[str] = []
        self.given = 0

    def work(self, asked: Asked) -> Reply:
        if asked.path == "/token":
            return self._token(asked)
        if asked.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return 401, {"error": {"code": 401, "message": "Invalid credentials.", "status": "UNAUTHENTICATED"}}
        if asked.path.endswith(END):
            return self._end(asked.path.removeprefix("/v2/").removesuffix(END))
        if (asked.method, asked.path) != ("POST", "/v2/spaces"):
            return NOT_FOUND
        number = len(self.spaces)
        made = payload("google_meet", "space") | asked.body | {"name": f"spaces/jQCFfuBOdN{number}"}
        self.spaces.append(made | {"meetingUri": f"https://meet.google.com/abc-mnop-xy{number}"})
        return 200, self.spaces[-1]

    def _end(self, name: str) -> Reply:
        if not any(space["name"] == name for space in self.spaces):
            return NOT_FOUND
        if name not in self.going_on:
            message = "There is no active conference for the given space."
            return 400, {"error": {"code": 400, "message": message, "status": "FAILED_PRECONDITION"}}
        self.going_on.remove(name)
        return 200, {}

    def _token(self, asked: Asked) -> Reply:
        if asked.method != "POST" or asked.body.get("grant_type") != GRANT:
            return 400, {"error": "unsupported_grant_type", "error_description": "Invalid grant_type"}
        try:
            claims = jwt.decode(asked.body["assertion"], certs=public_pem(), audience=f"{self.url}/token")
        except ValueError:
            return 400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
        if not claims["sub"].endswith(DOMAIN):
            return 401, {"error": "unauthorized_client", "error_description": "Client is unauthorized for this user."}
        if (claims["iss"], claims["scope"]) != ("hub@incident-hub.iam.gserviceaccount.com", SCOPE):
            return 400, {"error": "invalid_grant", "error_description": "Invalid issuer or scope"}
        self.given += 1
        self.tokens.append(f"ya29.token-{self.given}")
        return 200, {"access_token": self.tokens[-1], "expires_in": 3_599, "token_type": "Bearer"}
