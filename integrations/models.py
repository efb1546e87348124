"""Accounts at other tools: the hub's own and whether it works, people's, and what stands there for what the hub has."""

from typing import Any

from django.db import models

from accounts.models import User
from catalog.models import ACTIVE, Word
from events.actors import actor_id_field, actor_kind_field, actor_label_field
from incidentio.core.encrypted import EncryptedTextField
from incidentio.core.ids import TimedModel, ULIDField, ULIDModel


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
        verbose_name = "person at a tool"
        verbose_name_plural = "people at tools"
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


class SyncState(models.TextChoices):
    READING = "reading", "Reading"
    COMPARED = "compared", "Compared"
    APPLYING = "applying", "Applying"
    APPLIED = "applied", "Applied"
    FAILED = "failed", "Failed"


class CatalogSync(TimedModel):
    """A catalog that is kept elsewhere, read and compared with the hub's; and, if somebody says so, applied.

    `types` tells of each type how it is there and here, and how many of its entries differ. `done` of `total` says how
    far the reading or applying is; a total of 0 is one that nobody knows. One that began `by_itself` is applied by
    itself, too, but for what it would take away; why it was not is its `error`.
    """

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="catalog_syncs")
    state = models.CharField(max_length=10, choices=SyncState.choices, default=SyncState.READING)
    types: "models.JSONField[list[Any], list[Any]]" = models.JSONField(default=list)
    notes: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    ours = models.PositiveIntegerField(default=0, help_text="Entries there were that this tool had brought")
    gone = models.PositiveIntegerField(default=0, help_text="Those of them that it has no more")
    with_deletion = models.BooleanField(default=False)
    by_itself = models.BooleanField(default=False)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True, default="")
    actor_kind = actor_kind_field()
    actor_id = actor_id_field()
    actor_label = actor_label_field()
    compared_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # Who works on it now, and when it is work again.
    due_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    lease_token = ULIDField(null=True, blank=True, default=None)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "comparison of a catalog"
        verbose_name_plural = "comparisons of catalogs"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection"],
                condition=models.Q(state__in=["reading", "applying"]),
                name="one_catalog_sync_under_way",
            ),
        ]

    def __str__(self) -> str:
        return f"Catalog of {self.connection}"

    @property
    def is_under_way(self) -> bool:
        return self.state in (SyncState.READING, SyncState.APPLYING)

    @property
    def loses_most(self) -> bool:
        """Whether more than half of what the tool had brought is gone there: then something may be wrong there."""
        return self.gone * 2 > self.ours

    @property
    def lost(self) -> list[str]:
        """The types and attributes that are there no more, in words."""
        return [said for told in self.types for said in told.get("lost", ())]

    @property
    def alarms(self) -> list[str]:
        """What may mean that something is wrong there, in words."""
        emptied = [said for told in self.types for said in told.get("emptied", ())]
        most = ["More than half of the entries that were brought from there are gone"] if self.loses_most else []
        return [*self.lost, *emptied, *most]

    @property
    def may_delete(self) -> bool:
        """Whether it was compared, and something is gone there that is still here."""
        compared = self.state in (SyncState.COMPARED, SyncState.APPLIED)
        return compared and not self.with_deletion and bool(self.gone or self.lost)


class DifferenceKind(models.TextChoices):
    NEW = "new", "New"
    CHANGED = "changed", "Changed"
    GONE = "gone", "Gone"


class DifferenceOutcome(models.TextChoices):
    OPEN = "", "Not applied"
    DONE = "done", "Applied"
    MOVED = "moved", "Changed here meanwhile"
    REFUSED = "refused", "Refused"


class CatalogDifference(ULIDModel):
    """An entry that is not here as it is there. `wanted` is how it is there; `changes` are, by what people call it,
    what is here and what is there. `seen_at` is the time of the entry here, so that later changes of it are noticed.
    """

    sync = models.ForeignKey(CatalogSync, models.CASCADE, related_name="differences", db_index=False)
    type_name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=DifferenceKind.choices)
    external_id = models.CharField(max_length=500)
    name = models.CharField(max_length=500)
    entry_id = models.CharField(max_length=26, blank=True, default="")
    seen_at = models.DateTimeField(null=True)
    wanted: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    changes: "models.JSONField[list[Any], list[Any]]" = models.JSONField(default=list)
    outcome = models.CharField(max_length=10, choices=DifferenceOutcome.choices, blank=True, default="")
    told = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["sync", "type_name", "kind", "id"], name="difference_of_type"),
            models.Index(fields=["sync", "kind", "id"], name="difference_to_apply", condition=models.Q(outcome="")),
        ]

    def __str__(self) -> str:
        return self.name
