"""Named jobs that only one process anywhere does at a time."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from workflows.models import Lease


def hold(name: str, holder: str, seconds: float) -> bool:
    """Take or renew the lease `name` for `seconds`; whether `holder` has it now."""
    now = timezone.now()
    until = now + timedelta(seconds=seconds)
    mine_or_free = Lease.objects.filter(Q(holder=holder) | Q(until__lte=now), name=name)
    if mine_or_free.update(holder=holder, until=until):
        return True
    _, made = Lease.objects.get_or_create(name=name, defaults={"holder": holder, "until": until})
    return made


def give_up(name: str, holder: str) -> None:
    """End `holder`'s lease now, so that the next one need not wait for it to run out."""
    Lease.objects.filter(name=name, holder=holder).update(until=timezone.now())


def is_held(name: str) -> bool:
    """Whether anybody has the lease `name` now."""
    return Lease.objects.filter(name=name, until__gt=timezone.now()).exists()
