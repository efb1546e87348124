"""Incidents that have to do with each other."""

from django.db import models

from incidents.models.incident import Belonging, Incident


class Relationship(Belonging):
    """Two related incidents; the relation has no direction, and stands once: the older incident first."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="+", db_index=False)
    related_incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "related_incident"], name="related_once"),
            models.CheckConstraint(
                condition=models.Q(incident__lt=models.F("related_incident")), name="older_incident_first"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident.reference} and {self.related_incident.reference}"
