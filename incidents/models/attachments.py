"""Things elsewhere that belong to an incident: tickets, alerts, pull requests, links."""

from django.db import models

from incidents.models.incident import Belonging, Incident


class ResourceType(models.TextChoices):
    PAGER_DUTY_INCIDENT = "pager_duty_incident"
    OPSGENIE_ALERT = "opsgenie_alert"
    DATADOG_MONITOR_ALERT = "datadog_monitor_alert"
    GITHUB_PULL_REQUEST = "github_pull_request"
    GITLAB_MERGE_REQUEST = "gitlab_merge_request"
    SENTRY_ISSUE = "sentry_issue"
    JIRA_ISSUE = "jira_issue"
    JSM_ALERT = "jsm_alert"
    ATLASSIAN_STATUSPAGE_INCIDENT = "atlassian_statuspage_incident"
    ZENDESK_TICKET = "zendesk_ticket"
    GOOGLE_CALENDAR_EVENT = "google_calendar_event"
    OUTLOOK_CALENDAR_EVENT = "outlook_calendar_event"
    SLACK_FILE = "slack_file"
    SALESFORCE_CASE = "salesforce_case"
    ARBITRARY_URL = "arbitrary_url"
    SCRUBBED = "scrubbed"
    STATUSPAGE_INCIDENT = "statuspage_incident"


class Attachment(Belonging):
    """One outside resource on one incident; the same resource is attached to an incident once."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="attachments", db_index=False)
    resource_type = models.CharField(max_length=40, choices=ResourceType.choices)
    external_id = models.CharField(max_length=500)
    permalink = models.TextField(blank=True, default="")
    title = models.TextField(blank=True, default="")
    emoji = models.CharField(max_length=50, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "resource_type", "external_id"], name="attached_once")
        ]
        indexes = [models.Index(fields=["resource_type", "external_id"], name="attachment_resource")]

    def __str__(self) -> str:
        return self.title or self.external_id
