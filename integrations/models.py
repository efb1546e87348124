"""Accounts at other tools: the hub's own and whether it works, people's, and what stands there for what the hub has."""

from typing import Any

from django.db import models

from accounts.models import User
from catalog.models import ACTIVE, Word
from incidentio.core.encrypted import EncryptedTextField
from incidentio.core.ids import TimedModel


class Connection(Word):
    """An account at a tool. `settings` are plain, `secrets` are JSON, encrypted at rest; both by the names the tool's
    folder gives them.
    """

    tool = models.CharField(max_length=40, editable=False)
    settings: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField(default=dict)
    secrets = EncryptedTextField(blank=True, default="")
    enabled = models.BooleanField(default=True, help_text="Switched off, its steps fail and nothing is sent to it")
    # How it fares; no configuration.
    last_success_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_error_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_error = models.TextField(blank=True, default="", editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["tool"], condition=ACTIVE, name="one_connection_a_tool")]


class FoundBy(models.TextChoices):
    EMAIL = "email", "E-mail address"
    PERSON = "person", "Somebody said so"


class UserAccount(TimedModel):
    """Who somebody of the hub is at a tool. `remote_id` is empty if they are nobody there.

    Slack's stands on the user, where the public API shows it.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    tool = models.CharField(max_length=40)
    remote_id = models.CharField("ID there", max_length=300, blank=True, default="")
    name = models.CharField("name there", max_length=300, blank=True, default="")
    found_by = models.CharField(max_length=10, choices=FoundBy.choices, default=FoundBy.PERSON, editable=False)

    class Meta:
        ordering = ["user__name", "tool"]
        constraints = [
            models.UniqueConstraint(fields=["user", "tool"], name="one_account_a_tool"),
            models.UniqueConstraint(
                fields=["tool", "remote_id"], condition=~models.Q(remote_id=""), name="account_of_one_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.tool}"


class RemoteObject(models.Model):
    """What stands at a tool for something of the hub's: an incident's channel, a follow-up's issue.

    `state` is what the tool last said of it.
    """

    tool = models.CharField(max_length=40)
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=26)
    kind = models.CharField(max_length=40)
    remote_id = models.CharField(max_length=300)
    url = models.TextField(blank=True, default="")
    state: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tool", "kind", "subject_type", "subject_id"], name="stands_for_one"),
        ]
        indexes = [models.Index(fields=["tool", "kind", "remote_id"], name="remote_object")]

    def __str__(self) -> str:
        return f"{self.kind} {self.remote_id} at {self.tool}"
