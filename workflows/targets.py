"""How those the hub calls have fared in the last day, by the ledger: whichever process made the calls."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from django.db.models import Avg, Count, FloatField, Max, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils import timezone

from incidentio.core.ids import first_id_of
from workflows.ledger import whole_of
from workflows.models import Delivery, Effect, Target, WebhookEndpoint

LOOKED_AT = timedelta(days=1)
# Beyond these, the busiest, targets are counted as one: labels of metrics are not to grow without end.
TOLD_APART = 50
OTHERS = "others"
WEBHOOK = "webhook:"


@dataclass
class Fared:
    """The calls of a day to one target: how many, by their states; how many attempts they took; and how long, in
    seconds, the last attempt of each took.
    """

    states: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    attempts: int = 0
    total_seconds: float = 0.0
    timed: int = 0
    longest_seconds: float = 0.0

    def add(self, other: "Fared") -> None:
        """Count `other` as the same target."""
        for state, count in other.states.items():
            self.states[state] += count
        self.attempts += other.attempts
        self.total_seconds += other.total_seconds
        self.timed += other.timed
        self.longest_seconds = max(self.longest_seconds, other.longest_seconds)

    @property
    def calls(self) -> int:
        return sum(self.states.values())


def fared() -> dict[str, Fared]:
    """By the host called, or whatever else is called, the busiest first. A few statements over the day's rows."""
    by_target: dict[str, Fared] = defaultdict(Fared)
    since = first_id_of(timezone.now() - LOOKED_AT)
    took = Cast(KT("log__-1__duration_ms"), FloatField())
    names = _names()
    for model in (Delivery, Effect):
        rows = model._default_manager.filter(pk__gte=since).order_by().annotate(took=took)
        groups = rows.values_list("target", "state").annotate(
            Count("pk"), Sum("attempts"), Count("took"), Avg("took"), Max("took")
        )
        for target, state, count, attempts, timed, average, longest in groups:
            seconds = (average or 0.0) * timed / 1000
            one = Fared({state: count}, attempts, seconds, timed, (longest or 0.0) / 1000)
            by_target[names.get(target) or _host(target)].add(one)
    return _bounded(by_target)


def resting() -> dict[str, float]:
    """The targets that rest after failures, and for how many seconds more."""
    now, names = timezone.now(), _names()
    rows = Target.objects.filter(held_until__gt=now).order_by("-held_until").values_list("name", "held_until")
    until = {names.get(name) or _host(name): held for name, held in reversed(rows[:TOLD_APART]) if held is not None}
    return {host: (held - now).total_seconds() for host, held in until.items()}


def _names() -> dict[str, str]:
    """The hosts of the endpoints, by their targets."""
    endpoints = WebhookEndpoint.objects.only("url")
    return {endpoint.target: urlsplit(endpoint.url).hostname or "" for endpoint in endpoints}


def _host(target: str) -> str:
    """The host of a workflow's webhook; of other targets whom the ledger says they are a part of."""
    if target.startswith(WEBHOOK):
        return urlsplit(target.removeprefix(WEBHOOK)).hostname or target
    return whole_of(target)


def _bounded(by_target: dict[str, Fared]) -> dict[str, Fared]:
    ranked = sorted(by_target.items(), key=lambda pair: (-pair[1].calls, pair[0]))
    told, rest = dict(ranked[:TOLD_APART]), [one for _, one in ranked[TOLD_APART:]]
    for one in rest:
        told.setdefault(OTHERS, Fared()).add(one)
    return told
