"""A Slack on loopback: it behaves as the Web API is documented, keeps what it is told, and fails as it is asked to."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from itertools import count
from pathlib import Path
from time import sleep
from typing import Any
from urllib.parse import parse_qsl

from tests.receiver import Behaviour, Receiver, answer, receiving

PAYLOADS = Path(__file__).parent / "payloads"
TOKEN = "xoxb-not-a-real-token"
BOT = "U0HUBBOT0"
Params = Mapping[str, Any]


def payload(name: str) -> dict[str, Any]:
    """What the documentation says Slack answers or sends."""
    read: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text())
    return read


def said(error: str, **headers: str) -> Behaviour:
    """An error in Slack's way: 200, and not ok."""
    return answer(200, json.dumps({"ok": False, "error": error}).encode(), **headers)


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one call; `after` it was done, or before."""

    behave: Behaviour
    after: bool = False


class FakeSlack(Receiver):
    """`faults` holds for each method what goes wrong with its next calls."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.faults: dict[str, list[Fault]] = {}
        self.delay = 0.0
        self.channels: dict[str, dict[str, Any]] = {}
        self.messages: list[dict[str, Any]] = []
        self.members: dict[str, list[str]] = {}
        self.users: dict[str, str] = {}
        self.about_users: dict[str, Any] = {}
        self.groups: dict[str, list[str]] = {}
        self.pins: list[tuple[str, str]] = []
        self.views: list[dict[str, Any]] = []
        self._ids = count(1)

    @property
    def api_url(self) -> str:
        return self.url.removesuffix("/hooks") + "/api"

    def called(self, method: str) -> list[dict[str, Any]]:
        """What each call of the method said."""
        return [params for name, params in self.calls if name == method]

    def channel(self, name: str, creator: str = BOT, **more: Any) -> str:
        """A channel there is."""
        pk = f"C0{next(self._ids):07}"
        self.channels[pk] = payload("conversations.create")["channel"] | {"id": pk, "name": name, "creator": creator}
        self.channels[pk] |= more
        return pk

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["content-length"])).decode()
        method, form = handler.path.rsplit("/", 1)[-1], "form" in handler.headers["content-type"]
        params = dict(parse_qsl(body)) if form else json.loads(body)
        self.calls.append((method, params))
        faults = self.faults.get(method)
        fault = faults.pop(0) if faults else None
        if fault is not None and not fault.after:
            return fault.behave(handler)
        if handler.headers["authorization"] == f"Bearer {TOKEN}":
            told = self.do(method, params)
        else:
            told = _error("invalid_auth")
        sleep(self.delay)
        behave = fault.behave if fault is not None else answer(200, json.dumps(told).encode())
        return behave(handler)

    def do(self, method: str, params: Params) -> dict[str, Any]:
        """What the method does, and answers."""
        do = getattr(self, method.replace(".", "_").lower(), None)
        return do(params) if do is not None else _error("unknown_method")

    # ---- the methods

    def auth_test(self, params: Params) -> dict[str, Any]:
        return payload("auth.test")

    def conversations_create(self, params: Params) -> dict[str, Any]:
        if any(channel["name"] == params["name"] for channel in self.channels.values()):
            return _error("name_taken")
        pk = self.channel(params["name"], is_private=params["is_private"])
        return payload("conversations.create") | {"channel": self.channels[pk]}

    def conversations_list(self, params: Params) -> dict[str, Any]:
        """One channel a page, so that whoever looks for one has to turn pages. Bots are no members of what is archived,
        and see no private channel they are no members of.
        """
        hidden = {"is_archived"} if params.get("exclude_archived") == "true" else {"is_archived", "is_private"}
        seen = [one for one in self.channels.values() if not all(one.get(name) for name in hidden)]
        place = int(params.get("cursor", 0))
        page = seen[place : place + 1]
        cursor = str(place + 1) if place + 1 < len(seen) else ""
        return payload("conversations.list") | {"channels": page, "response_metadata": {"next_cursor": cursor}}

    def conversations_invite(self, params: Params) -> dict[str, Any]:
        members = self.members.setdefault(params["channel"], [])
        if params["channel"] not in self.channels:
            return _error("channel_not_found")
        wanted = params["users"].split(",")
        fresh = [user for user in wanted if user not in members and user != BOT]
        if not fresh:
            return _error("cant_invite_self" if wanted == [BOT] else "already_in_channel")
        members += fresh
        return payload("conversations.invite")

    def conversations_settopic(self, params: Params) -> dict[str, Any]:
        self.channels[params["channel"]]["topic"] = {"value": params["topic"]}
        return payload("conversations.setTopic")

    def conversations_open(self, params: Params) -> dict[str, Any]:
        pk = f"D{params['users']}"
        self.channels.setdefault(pk, {"id": pk, "name": ""})
        return payload("conversations.open") | {"channel": {"id": pk}}

    def conversations_history(self, params: Params) -> dict[str, Any]:
        of_channel = [one for one in self.messages if one["channel"] == params["channel"] and not one["thread_ts"]]
        if "latest" in params:
            of_channel = [one for one in of_channel if one["ts"] <= params["latest"]]
        shown = [_shown(one, params) for one in reversed(of_channel) if one["ts"] >= params.get("oldest", "")]
        return payload("conversations.history") | {"messages": shown[: int(params["limit"])]}

    def conversations_replies(self, params: Params) -> dict[str, Any]:
        of_thread = [one for one in self.messages if params["ts"] in (one["ts"], one["thread_ts"])]
        return payload("conversations.history") | {"messages": [_shown(one, params) for one in of_thread]}

    def chat_postmessage(self, params: Params) -> dict[str, Any]:
        if params["channel"] not in self.channels:
            return _error("channel_not_found")
        ts = f"2100000000.{next(self._ids):06}"
        self.messages.append({"thread_ts": "", "ts": ts, **params})
        return payload("chat.postMessage") | {"channel": params["channel"], "ts": ts}

    def chat_update(self, params: Params) -> dict[str, Any]:
        for message in self.messages:
            if (message["channel"], message["ts"]) == (params["channel"], params["ts"]):
                message.update(params)
                return payload("chat.update") | {"channel": params["channel"], "ts": params["ts"]}
        return _error("message_not_found")

    def chat_delete(self, params: Params) -> dict[str, Any]:
        there = [one for one in self.messages if (one["channel"], one["ts"]) == (params["channel"], params["ts"])]
        if not there:
            return _error("message_not_found")
        self.messages.remove(there[0])
        return payload("ok") | {"channel": params["channel"], "ts": params["ts"]}

    def conversations_archive(self, params: Params) -> dict[str, Any]:
        if params["channel"] not in self.channels:
            return _error("channel_not_found")
        if self.channels[params["channel"]].get("is_archived"):
            return _error("already_archived")
        self.channels[params["channel"]]["is_archived"] = True
        return payload("ok")

    def chat_getpermalink(self, params: Params) -> dict[str, Any]:
        link = f"https://acme.slack.com/archives/{params['channel']}/p{params['message_ts'].replace('.', '')}"
        return {"ok": True, "channel": params["channel"], "permalink": link}

    def pins_add(self, params: Params) -> dict[str, Any]:
        pin = (params["channel"], params["timestamp"])
        if pin in self.pins:
            return _error("already_pinned")
        self.pins.append(pin)
        return payload("ok")

    def users_lookupbyemail(self, params: Params) -> dict[str, Any]:
        pk = self.users.get(params["email"])
        if pk is None:
            return _error("users_not_found")
        told = payload("users.lookupByEmail")
        return told | {"user": told["user"] | {"id": pk} | self.about_users}

    def users_info(self, params: Params) -> dict[str, Any]:
        emails = {pk: email for email, pk in self.users.items()}
        if params["user"] not in emails:
            return _error("user_not_found")
        told = payload("users.info")
        profile = {"id": params["user"], "profile": {"email": emails[params["user"]]}}
        return told | {"user": told["user"] | profile | self.about_users}

    def usergroups_users_list(self, params: Params) -> dict[str, Any]:
        if params["usergroup"] not in self.groups:
            return _error("no_such_subteam")
        return payload("usergroups.users.list") | {"users": self.groups[params["usergroup"]]}

    def views_open(self, params: Params) -> dict[str, Any]:
        self.views.append(params["view"])
        return payload("views.open")


def _error(name: str) -> dict[str, Any]:
    return {"ok": False, "error": name}


def _shown(message: dict[str, Any], params: Params) -> dict[str, Any]:
    """Metadata is shown to those who ask for it only."""
    hidden = {"metadata"} if params.get("include_all_metadata") != "true" else set()
    return {name: value for name, value in message.items() if name not in hidden}


@contextmanager
def fake_slack() -> Iterator[FakeSlack]:
    """A Slack that listens while the block runs."""
    with receiving(FakeSlack()) as slack:
        assert isinstance(slack, FakeSlack)
        yield slack
