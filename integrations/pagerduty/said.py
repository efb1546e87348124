"""What PagerDuty's steps were told, and what may be told of an incident there."""

from incidents.models import Incident, Visibility

LONGEST_SUMMARY = 1_024  # of an event; of the title of an incident, too


def is_private(incident_id: str) -> bool:
    """Whether only its members may know of the incident, as things are now."""
    return not Incident.objects.filter(pk=incident_id, visibility=Visibility.PUBLIC).exists()


def wordless(reference: str) -> str:
    """What is said of a private incident: whoever is paged may not be one of its members."""
    return f"{reference}: a private incident needs somebody"


def shortened(text: str) -> str:
    """`text` on one line, no longer than PagerDuty takes."""
    return " ".join(text.split())[:LONGEST_SUMMARY]
