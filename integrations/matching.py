"""Finding out, for everybody at once, who they are at the tools that are connected."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.tasks import task

from accounts.models import User
from integrations.base import StepFailed
from integrations.models import Connection
from integrations.registry import TOOLS

SECONDS = 10.0  # for one person at one tool
KNOWING = {tool.name: tool.id_of for tool in TOOLS.values() if tool.id_of is not None}


@dataclass(frozen=True)
class Match:
    """Who somebody is at a tool: `remote_id` is empty if nobody, `problem` tells why the tool did not say."""

    user: User
    tool: str
    remote_id: str = ""
    problem: str = ""


def pairs() -> list[tuple[User, str]]:
    """Every active person with every connected tool that knows people."""
    connected = Connection.objects.active().filter(enabled=True).order_by("tool").values_list("tool", flat=True)
    tools = [name for name in connected if name in KNOWING]
    return [(user, tool) for tool in tools for user in User.objects.filter(is_active=True).order_by("name")]


def match_people(wanted: Iterable[tuple[User, str]]) -> Iterator[Match]:
    """Look for people at tools; who is known is not asked for again. A tool that does not say is asked no more."""
    silent: dict[str, str] = {}
    for user, tool in wanted:
        if tool in silent:
            yield Match(user, tool, problem=silent[tool])
            continue
        match = _match(user, tool)
        if match.problem:
            silent[tool] = match.problem
        yield match


def _match(user: User, tool: str) -> Match:
    """Who somebody is at one tool."""
    try:
        return Match(user, tool, KNOWING[tool](user, SECONDS))
    except StepFailed as failure:
        return Match(user, tool, problem=str(failure))


@task
def match_everybody() -> None:
    """Look for everybody in the background."""
    deque(match_people(pairs()), maxlen=0)
