"""What workflows made of an incident, in the admin: at each of its events, which started and why the others did not."""

from dataclasses import dataclass
from itertools import groupby

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse

from events.administration import VerbAdmin
from incidentio.core.ids import is_id
from incidents.admin_surroundings import Happening, happening
from incidents.models import Incident
from incidents.visibility import Viewer, visible_to
from workflows.explain import Explanation, explain

EVENTS = 25


@dataclass(frozen=True)
class Explained:
    """An event in words, and what the workflows made of it: those that started first."""

    happening: Happening
    explanations: list[Explanation]


def incident_seen_by(viewer: Viewer, incident_id: str) -> Incident:
    """The incident, if `viewer` may know of it; else it is not there."""
    rows = Incident.objects.filter(visible_to(viewer))
    incident = rows.filter(pk=incident_id).first() if is_id(incident_id) else None
    if incident is None:
        raise Http404("There is no such incident")
    return incident


def explained(incident: Incident, after: str | None) -> tuple[list[Explained], str | None]:
    """A page of the incident's events that workflows were asked about, and where the next page begins."""
    found, following = explain(incident.pk, EVENTS, after)
    by_event = groupby(found, key=lambda explanation: explanation.event)
    return [Explained(happening(event), sorted(rows, key=_did_not_start)) for event, rows in by_event], following


def _did_not_start(explanation: Explanation) -> bool:
    return explanation.run_id is None


class ExplanationPages(VerbAdmin):
    """The page that explains, one for each incident."""

    def viewer(self, request: HttpRequest) -> Viewer:
        """Whoever looks: private incidents are for their members."""
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.explanations_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_explanations"
        return [path("explanations/<str:incident_id>/", view, name=name), *super().get_urls()]

    def explanations_view(self, request: HttpRequest, incident_id: str) -> HttpResponse:
        """Why workflows ran on the incident, and why others did not."""
        incident = incident_seen_by(self.viewer(request), incident_id)
        events, following = explained(incident, request.GET.get("after"))
        context = {
            "title": f"What workflows made of {incident.reference}",
            "events": events,
            "following": following,
            "later": "after" in request.GET,
            "back": reverse("admin:incidents_incident_change", args=[incident.pk]),
        }
        return self.page(request, incident, "admin/workflows/workflow/explanations.html", context)
