"""Actions (what to do now) and follow-ups (what to do afterwards)."""

from django.db import models

from accounts.models import Team, User
from catalog.models import FollowUpPriority
from events.actors import Actor, actor_id_field, actor_kind_field, actor_label_field
from incidents.models.incident import Belonging, Incident


class WorkStatus(models.TextChoices):
    OUTSTANDING = "outstanding", "Outstanding"
    COMPLETED = "completed", "Completed"
    DELETED = "deleted", "Deleted"
    NOT_DOING = "not_doing", "Not doing"


class IssueProvider(models.TextChoices):
    ASANA = "asana"
    AZURE_DEVOPS = "azure_devops"
    CLICK_UP = "click_up"
    LINEAR = "linear"
    JIRA = "jira"
    JIRA_SERVER = "jira_server"
    GITHUB = "github"
    GITLAB = "gitlab"
    SERVICE_NOW = "service_now"
    SHORTCUT = "shortcut"


class Work(Belonging):
    """Something to do about an incident."""

    status = models.CharField(max_length=16, choices=WorkStatus.choices, default=WorkStatus.OUTSTANDING)
    completed_at = models.DateTimeField(null=True, blank=True)
    creator_kind = actor_kind_field()
    creator_id = actor_id_field()
    creator_label = actor_label_field()
    external_issue_provider = models.CharField(max_length=16, choices=IssueProvider.choices, blank=True, default="")
    external_issue_name = models.CharField(max_length=500, blank=True, default="")
    external_issue_permalink = models.TextField(blank=True, default="")

    class Meta:
        abstract = True

    @property
    def creator(self) -> Actor:
        return Actor(self.creator_kind, self.creator_id, self.creator_label)


class Action(Work):
    """A thing to do while the incident is on."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="actions")
    description = models.TextField()
    assignee = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="actions")

    def __str__(self) -> str:
        return self.description[:80]


class FollowUp(Work):
    """A thing to do so that it does not happen again."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="follow_ups")
    title = models.CharField(max_length=500)
    description = models.TextField(blank=True, default="")
    labels: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list, blank=True)
    assignee = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="follow_ups")
    assignee_team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="follow_ups")
    priority = models.ForeignKey(
        FollowUpPriority, on_delete=models.PROTECT, null=True, blank=True, related_name="follow_ups"
    )

    def __str__(self) -> str:
        return self.title
