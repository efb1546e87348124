"""Who may see a private incident."""

from django.db import models

from accounts.models import User
from incidents.models.incident import Belonging, Incident


class Membership(Belonging):
    """A person's access to one private incident."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="memberships", db_index=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "user"], name="member_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.incident.reference}"
