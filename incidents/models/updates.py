"""What was said of an incident as it went on."""

from django.db import models

from catalog.models import IncidentStatus, Severity
from events.actors import Actor, actor_id_field, actor_kind_field, actor_label_field
from incidentio.core.ids import ULIDModel
from incidents.models.incident import Incident


class IncidentUpdate(ULIDModel):
    """A message, a new status or a new severity, as shared with everybody who follows the incident."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="updates")
    new_incident_status = models.ForeignKey(IncidentStatus, on_delete=models.PROTECT, related_name="+")
    new_severity = models.ForeignKey(Severity, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    message = models.TextField(blank=True, default="")
    idempotency_key = models.CharField(max_length=500, null=True, blank=True, unique=True, editable=False)
    merged_into_incident = models.ForeignKey(
        Incident, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    updater_kind = actor_kind_field()
    updater_id = actor_id_field()
    updater_label = actor_label_field()
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.message[:80] or f"{self.new_incident_status}"

    @property
    def updater(self) -> Actor:
        return Actor(self.updater_kind, self.updater_id, self.updater_label)
