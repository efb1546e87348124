"""Addresses people type or follow."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static


def home(request: HttpRequest) -> HttpResponse:
    """The front door leads to the admin's dashboard."""
    return redirect("admin:index")


def incident(request: HttpRequest, pk: str) -> HttpResponse:
    """An incident's permalink, as the API gives it, leads to its page in the admin."""
    return redirect("admin:incidents_incident_change", pk)


def postmortem_document(request: HttpRequest, pk: str) -> HttpResponse:
    """A post-mortem's address, as the API gives it, leads to its page in the admin."""
    return redirect("admin:incidents_postmortemdocument_change", pk)


def favicon(request: HttpRequest) -> HttpResponse:
    """The sign in the browser's tab, where browsers look for it unasked."""
    return redirect(static("incidentio/favicon.svg"), permanent=True)
