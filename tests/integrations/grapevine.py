"""A tool of the tests' own: it needs a token, an address and a region, and tells who it takes the hub for."""

from collections.abc import Mapping

from integrations.base import CheckFailed, Integration, Setting
from integrations.calling import Request, json_of, send

SETTINGS = (
    Setting("token", "Token", "Under Settings → API", secret=True),
    Setting("url", "Address", default="https://grapevine.example.com"),
    Setting("region", "Region", required=False, choices=("eu", "us")),
    Setting("key", "Key file", secret=True, required=False, long=True),
)
TOKEN = "grape-0123456789"


def check(values: Mapping[str, str]) -> str:
    """Who the hub is to it."""
    answer = send(Request("GET", values["url"], {"authorization": f"Bearer {values['token']}"}), 15)
    if answer.status != 200:
        raise CheckFailed("It does not know this token: make a new one under Settings → API")
    return f"you are {json_of(answer)['user']}"


GRAPEVINE = Integration("grapevine", "Grapevine", SETTINGS, check, docs="https://grapevine.example.com/docs")
