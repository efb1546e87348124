"""The seam every tool fits into: what a step is, what it is told, and how its calls repeat safely.

A step either changes the hub (`do`), in the transaction that completes it, or it calls out: `plan` says which calls it
makes, each is a row of the ledger before it is tried, and `make` tries one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import models

from accounts.models import User
from catalog.snapshot import Snapshot
from events.actors import Actor
from incidentio.core.times import rfc3339
from incidents.alert_events import AlertEvent
from incidents.models import AlertSource, Incident
from integrations.catalog_feed import CatalogFeed


@dataclass(frozen=True)
class Param:
    """What a step is told; parameters have no names on the wire, only places.

    `hide` is for what may hold secrets: it says how a literal is shown, with [secret] in place of what nobody shall
    read, and leaves alone what it has hidden. The literal itself is encrypted at rest.
    """

    name: str
    label: str
    type: str
    array: bool = False
    required: bool = False
    hide: Callable[[str], str] | None = None


class StepFailed(Exception):
    """A step cannot be done. `permanent`: another attempt would end the same way."""

    def __init__(self, message: str, *, permanent: bool = True, wait_seconds: float = 0.0) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.wait_seconds = wait_seconds


class Outcome(StrEnum):
    """How an attempt ended: FAILED is worth another one, REFUSED is not, UNKNOWN may or may not have arrived."""

    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Attempt:
    """One attempt: `answer` is the start of what the other side said, `wait_seconds` how long it told us to wait.

    `remote_id` is what the other side calls what it made; `detail` tells the call on the wire of a run. The headers are
    those that may be shown.
    """

    outcome: Outcome
    error: str = ""
    status: int | None = None
    duration_ms: int | None = None
    answer: str = ""
    wait_seconds: float = 0.0
    remote_id: str = ""
    detail: Mapping[str, Any] | None = None
    request_headers: Mapping[str, str] = field(default_factory=dict)
    answer_headers: Mapping[str, str] = field(default_factory=dict)

    def entry(self, moment: datetime) -> dict[str, Any]:
        """The attempt in the words of the row's log; what it does not know is left out."""
        told = {
            "outcome": self.outcome.value,
            "status": self.status,
            "duration_ms": self.duration_ms,
            "error": self.error.replace("\0", ""),
            "answer": self.answer.replace("\0", ""),
            "request_headers": dict(self.request_headers),
            "answer_headers": dict(self.answer_headers),
        }
        return {"at": rfc3339(moment)} | {name: value for name, value in told.items() if value not in (None, "", {})}


class Repeat(models.TextChoices):
    """What makes another attempt safe after one whose outcome is unknown."""

    HANDLE = "handle", "The other side does it once per key"
    LOOKUP = "lookup", "Its earlier effect is looked for first"
    ASK = "ask", "A person decides"


@dataclass(frozen=True)
class Doing:
    """Who does a step, to what. `key` is the same on every attempt of the step, and no other's."""

    actor: Actor
    key: str
    incident_id: str | None
    words: Snapshot
    now: datetime


# Behind it a target names a part of who is called that rests by itself, as in `slack#C0123`.
PART = "#"


@dataclass(frozen=True)
class Call:
    """A call a step is going to make: `target` is who is called, as the limit of calls at once counts them; `body` is
    kept to be read, `sealed` encrypted.
    """

    target: str
    body: str = ""
    sealed: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Sent:
    """A call as it stands in the ledger, to be tried now within `seconds`."""

    key: str
    body: str
    sealed: Mapping[str, Any]
    seconds: float


Args = Mapping[str, Any]  # by the names of the parameters; what was left out is None, or an empty list


@dataclass(frozen=True)
class Step:
    """Something a workflow does: it has one of `do`, `plan` and `wait`.

    What a `public` one does customers may read: a fire drill leaves it out.
    """

    name: str
    label: str
    params: tuple[Param, ...] = ()
    do: Callable[[Doing, Args], str] | None = None  # what it did, for people; raises DomainError or StepFailed
    plan: Callable[[Doing, Args], Sequence[Call]] | None = None  # raises StepFailed
    make: Callable[[Sent], Attempt] | None = None  # one attempt, with no transaction open
    find: Callable[[Sent], Attempt | None] | None = None  # the earlier effect of the same call, for Repeat.LOOKUP
    repeats: Repeat = Repeat.HANDLE
    wait: Callable[[Args], float] | None = None  # seconds until the next step
    public: bool = False


# ---- accounts, and what tools send


@dataclass(frozen=True)
class Setting:
    """Something a tool's account needs: a token, an address. Secrets are encrypted at rest and never shown again.

    `long`: it has several lines, as the file of a private key has.
    """

    name: str
    label: str
    help: str = ""
    secret: bool = False
    required: bool = True
    default: str = ""
    choices: tuple[str, ...] = ()
    long: bool = False


@dataclass(frozen=True)
class Entered:
    """What people entered for a connection, by the names of its settings; what they left out is empty."""

    values: Mapping[str, str] = field(repr=False)

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    def listed(self, name: str, usual: str = "") -> list[str]:
        """What was entered with commas between, each once; else what is usual."""
        parts = (self[name] or usual).split(",")
        return list(dict.fromkeys(part.strip() for part in parts if part.strip()))


class CheckFailed(Exception):
    """A connection does not work; says what is wrong, and what to do about it."""


@dataclass(frozen=True)
class Arrived:
    """A request that came in: the very bytes of its body, its headers in lower case, when it came, and what stood
    behind the question mark of its address.
    """

    headers: Mapping[str, str]
    body: bytes
    at: datetime
    query: Mapping[str, str] = field(default_factory=dict)


class Forged(Exception):
    """A request does not prove that it comes from whom it says; tells why, without helping a forger."""


class NotYet(Exception):
    """Whether a request proves anything is being found out; it may be sent again in `wait_seconds`."""

    def __init__(self, message: str, wait_seconds: int) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds


class Unreadable(Exception):
    """A request cannot be read; tells why."""


@dataclass(frozen=True)
class Inbound:
    """What a tool sends to a source of alerts of this type.

    `verify` checks the sender's signature with the secret people gave the source, and raises Forged, or NotYet; None:
    the tool signs nothing, and proves itself by the source's own secret. `parse` reads a body (Invalid if it cannot).
    `signs_for_all`: the tool signs with one key for everybody who uses it. That is checked always, and does not tell
    for whom it speaks: the source's own secret has to come with it.
    `set_aside` does what follows from a request that is no news, as a handshake, and says so to the sender; None: it is
    news, for `parse`.
    """

    source_type: str
    parse: Callable[[Mapping[str, Any]], Sequence[AlertEvent]]
    verify: Callable[[Arrived, str], None] | None = None
    signature_help: str = ""
    signs_for_all: bool = False
    set_aside: Callable[[AlertSource, Arrived, Mapping[str, Any]], str | None] | None = None


@dataclass(frozen=True)
class Hook:
    """What a tool tells that is no alert, at /hooks/<tool>/<id of the connection>, as when an issue is closed.

    `verify` is given the account's settings, and raises Forged. `take` does what follows, safe to repeat, and says for
    the sender's log what came of it; it raises Unreadable.
    """

    verify: Callable[[Arrived, Mapping[str, str]], None]
    take: Callable[[Arrived, Mapping[str, str]], str]


@dataclass(frozen=True)
class Rehearsal:
    """What a fire drill does at a tool: a step, and what it is told besides the incident, by the parameters' names.

    It is left out where the account lacks the setting it `needs`.
    """

    step: Step
    told: Mapping[str, str] = field(default_factory=dict)
    needs: str = ""


@dataclass(frozen=True)
class Made:
    """A call that a fire drill's step made at a tool, as the ledger has it: it was tried, and may have arrived."""

    step: str
    key: str
    body: str
    remote_id: str


@dataclass(frozen=True)
class Remains:
    """What a fire drill leaves at a tool: of which incident, by which calls; and the seconds there are to tidy up."""

    incident: Incident
    made: Sequence[Made]
    seconds: float


@dataclass(frozen=True)
class Integration:
    """A tool: what its account needs, a call that proves the account works, its steps, what it sends, and the service
    catalog that is kept there.

    `check` says for people what it found, and raises CheckFailed. `id_of` is who somebody of the hub is there, found
    within some seconds (nothing if nobody; raises StepFailed). `tidy_up` takes away what a fire drill left there, and
    says what, and what has to stay (nothing if there was nothing; raises StepFailed); safe to repeat.
    `wake_forgotten` has done in the background what a worker was stopped at, and is called every minute. `also` tells
    people what else it brings that none of these shows.
    """

    name: str
    label: str
    settings: tuple[Setting, ...] = ()
    check: Callable[[Mapping[str, str]], str] | None = None
    steps: tuple[Step, ...] = ()
    inbound: tuple[Inbound, ...] = ()
    hook: Hook | None = None
    id_of: Callable[[User, float], str] | None = None
    rehearsals: tuple[Rehearsal, ...] = ()
    tidy_up: Callable[[Remains], str] | None = None
    catalog: CatalogFeed | None = None
    wake_forgotten: Callable[[], None] | None = None
    docs: str = ""
    also: str = ""
