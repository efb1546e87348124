"""Work that is a row: leases on it, the ledger of outward calls, and the lease that makes one sweeper of many."""

from typing import Any

from django.db import models
from django.utils import timezone

from incidentio.core.ids import TimedModel, ULIDField
from integrations.base import Repeat


class Leased(TimedModel):
    """Work: due when `due_at` has passed and nobody holds its lease. Whoever leases it does it and gives it back."""

    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveIntegerField(default=0)
    lease_token = ULIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True


class CallState(models.TextChoices):
    PENDING = "pending", "Pending"
    DONE = "done", "Done"
    NOT_DONE = "not_done", "Not done"
    UNKNOWN = "unknown", "Unknown"


class Target(models.Model):
    """Somebody the hub calls. Its lock makes taking its calls serial; it rests until `held_until` after failures."""

    name = models.CharField(max_length=100, primary_key=True)
    failures = models.PositiveIntegerField(default=0, help_text="Failed attempts in a row")
    held_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class OutwardCall(Leased):
    """An effect outside the hub, written down before it is tried, with its outcome. The row is the truth: it is work
    while it is pending, its `due_at` has passed and nobody holds its lease.
    """

    key = models.CharField(max_length=100, help_text="The idempotency key the other side sees")
    target = models.CharField(max_length=100, help_text="The name of the Target it goes to")
    request_body = models.TextField(blank=True, default="", help_text="What is sent, the same on every attempt")
    request_digest = models.CharField(max_length=64, blank=True, default="")
    state = models.CharField(max_length=16, choices=CallState.choices, default=CallState.PENDING)
    remote_id = models.CharField(max_length=300, blank=True, default="")
    log: "models.JSONField[Any, Any]" = models.JSONField(default=list, help_text="One entry an attempt")
    repeats = models.CharField(max_length=8, choices=Repeat.choices, default=Repeat.HANDLE, editable=False)

    class Meta:
        abstract = True


class Lease(models.Model):
    """A named job only one process anywhere may do at a time."""

    name = models.CharField(max_length=40, primary_key=True)
    holder = models.CharField(max_length=100)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} held by {self.holder}"
