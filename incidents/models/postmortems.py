"""What was learned, written down."""

from django.db import models

from incidents.models.incident import Belonging, Incident


class PostmortemStatus(models.TextChoices):
    IN_PROGRESS = "in_progress", "In progress"
    IN_REVIEW = "in_review", "In review"
    COMPLETED = "completed", "Completed"


class PostmortemDocument(Belonging):
    """A post-mortem of an incident, in GitHub's Markdown."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="postmortem_documents")
    title = models.CharField(max_length=500)
    content = models.TextField()
    status = models.CharField(max_length=16, choices=PostmortemStatus.choices, default=PostmortemStatus.IN_PROGRESS)

    def __str__(self) -> str:
        return self.title
