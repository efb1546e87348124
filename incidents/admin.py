"""Incidents in the admin: declared and edited by their verbs, with everything around them; and the events."""

import re
from typing import Any, cast

from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from accounts.models import User
from catalog import snapshot
from catalog.models import Severity, StatusCategory
from catalog.snapshot import Snapshot
from events.admin import EventAdmin
from events.administration import ReadOnlyAdmin, VerbAdmin, actor_of
from events.models import Event
from incidents import admin_alerts  # noqa: F401  registers the pages of alerts
from incidents.admin_forms import FIELD, ROLE, TIMESTAMP, DeclareForm, EditForm, declare_form, edit_form
from incidents.admin_surroundings import surroundings, without_hidden
from incidents.declare import declare, declared_before
from incidents.edit import edit_incident
from incidents.models import Incident, PostmortemDocument
from incidents.visibility import Viewer, gives_nothing_away, person, visible_to

REFERENCE = re.compile(r"(?:inc-)?(\d{1,18})", re.IGNORECASE)
SEVERITY_LOOKS = ("danger", "warning")
CATEGORY_LOOKS = {
    StatusCategory.TRIAGE: "warning",
    StatusCategory.LIVE: "danger",
    StatusCategory.LEARNING: "info",
    StatusCategory.CLOSED: "success",
}
LOOKS = {look: look for look in ("danger", "warning", "info", "success", "default")}


def viewer_of(request: HttpRequest) -> Viewer:
    """Whoever is signed in: administrators see private incidents as members only."""
    return person(cast(User, request.user))


def words_of(request: HttpRequest) -> Snapshot:
    """The configuration as of this request."""
    words: Snapshot | None = getattr(request, "words", None)
    if words is None:
        words = request.words = snapshot.current()  # type: ignore[attr-defined]
    return words


class StageFilter(admin.SimpleListFilter):
    """Incidents by where they are in their life."""

    title = "stage"
    parameter_name = "stage"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, label) for value, label in StatusCategory.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Incident]) -> QuerySet[Incident]:
        value = self.value()
        return queryset.filter(incident_status__category=value) if value else queryset


@admin.register(Incident)
class IncidentAdmin(VerbAdmin):
    """Incidents that whoever is signed in may see."""

    list_display = ("reference", "name", "severity_label", "status_label", "incident_type", "visibility", "created_at")
    list_display_links = ("reference", "name")
    list_filter = (StageFilter, "severity", "incident_type", "visibility", "mode")
    list_select_related = ("severity", "incident_status", "incident_type")
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("name", "summary")
    search_help_text = "A reference such as INC-12, or words of the name or summary"
    ordering = ("-id",)
    change_form_outer_before_template: Any = "admin/incidents/incident/ways.html"
    change_form_outer_after_template: Any = "admin/incidents/incident/surroundings.html"
    about = ("reference", "visibility", "mode", "incident_type", "declared_by", "created_at", "updated_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Incident]:
        worse = Severity.objects.filter(archived_at=None, rank__gt=OuterRef("severity__rank")).order_by()
        counted = worse.values("archived_at").annotate(number=Count("pk")).values("number")
        rows: QuerySet[Incident] = super().get_queryset(request)
        return rows.filter(visible_to(viewer_of(request))).annotate(
            worse=Coalesce(Subquery(counted, output_field=IntegerField()), 0)
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Incident], search_term: str
    ) -> tuple[QuerySet[Incident], bool]:
        if reference := REFERENCE.fullmatch(search_term.strip()):
            words = Q(name__icontains=search_term) | Q(summary__icontains=search_term)
            return queryset.filter(words | Q(number=int(reference[1]))), False
        return cast(tuple[QuerySet[Incident], bool], super().get_search_results(request, queryset, search_term))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        words = words_of(request)
        kwargs["form"] = declare_form(words) if obj is None else edit_form(words, obj)
        return super().get_form(request, obj, change=change, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.about if obj is not None else ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        words = words_of(request)
        form: Any = declare_form(words) if obj is None else edit_form(words, obj)
        names = list(form.base_fields)
        sets: list[tuple[str | None, list[str], bool]] = [
            (None, [name for name in names if not name.startswith((FIELD, ROLE, TIMESTAMP))], False),
            ("Who does what", [name for name in names if name.startswith(ROLE)], False),
            ("Custom fields", [name for name in names if name.startswith(FIELD)], False),
            ("Timestamps", [name for name in names if name.startswith(TIMESTAMP)], True),
            ("About", list(self.get_readonly_fields(request, obj)), True),
        ]
        return [
            (title, {"fields": fields, "classes": ["collapse"] if closed else []})
            for title, fields, closed in sets
            if fields
        ]

    def create(self, request: HttpRequest, form: Any) -> Incident:
        actor, report = actor_of(request), cast(DeclareForm, form).report(str(request.user.pk))
        incident_id = declared_before(report.idempotency_key, actor, viewer_of(request))
        if incident_id is None:
            incident_id = declare(actor, report, words_of(request)).incident_id
        return Incident.objects.get(pk=incident_id)

    def update(self, request: HttpRequest, row: Any, form: Any) -> Incident:
        edit_incident(actor_of(request), row.pk, cast(EditForm, form).edit(), words_of(request))
        return Incident.objects.get(pk=row.pk)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        around = SimpleLazyObject(lambda: surroundings(viewer_of(request), object_id))
        context = {**(extra_context or {}), "around": around, "show_save_and_add_another": False}
        response: HttpResponse = super().change_view(request, object_id, form_url, context)
        return response

    @admin.display(description="Reference", ordering="number")
    def reference(self, incident: Incident) -> str:
        """As people call it."""
        return incident.reference

    @display(description="Severity", ordering="severity__rank", label=LOOKS)
    def severity_label(self, incident: Any) -> tuple[str, str] | None:
        """The severity; the worst two stand out."""
        if incident.severity is None:
            return None
        look = SEVERITY_LOOKS[incident.worse] if incident.worse < len(SEVERITY_LOOKS) else "info"
        return look, incident.severity.name

    @display(description="Status", ordering="incident_status__rank", label=LOOKS)
    def status_label(self, incident: Incident) -> tuple[str, str]:
        """The status, in the colour of its category."""
        status = incident.incident_status
        return CATEGORY_LOOKS.get(StatusCategory(status.category), "default"), status.name

    @admin.display(description="Declared by")
    def declared_by(self, incident: Incident) -> str:
        """Who, and what kind of caller."""
        return f"{incident.creator_label} ({incident.get_creator_kind_display()})"


@admin.register(PostmortemDocument)
class PostmortemDocumentAdmin(ReadOnlyAdmin):
    """Post-mortems of incidents that whoever is signed in may see."""

    list_display = ("title", "incident", "status", "created_at")
    list_select_related = ("incident",)
    search_fields = ("title", "content")
    ordering = ("-id",)
    fields = ("title", "incident", "status", "content", "created_at", "id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PostmortemDocument]:
        rows: QuerySet[PostmortemDocument] = super().get_queryset(request)
        return rows.filter(visible_to(viewer_of(request), "incident__"))


@admin.register(Event)
class VisibleEventAdmin(EventAdmin):
    """The events, without those of private incidents the reader is no member of."""

    list_display = ("created_at", "type", "subject", "incident", "actor", "actor_look")
    fields = ("created_at", "type", "subject", "incident", "number", "actor", "actor_look", "changes", "position", "id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        rows: QuerySet[Event] = super().get_queryset(request)
        number = Incident.objects.filter(pk=OuterRef("incident_id")).values("number")
        return rows.filter(gives_nothing_away(viewer_of(request))).annotate(incident_number=Subquery(number))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Event | None:
        event: Event | None = super().get_object(request, object_id, from_field)
        if event is not None:
            event.changes = without_hidden(viewer_of(request), event.changes)
        return event

    @admin.display(description="Incident")
    def incident(self, event: Any) -> SafeString | None:
        """The incident whose timeline it belongs to."""
        if event.incident_number is None:
            return None
        url = reverse("admin:incidents_incident_change", args=[event.incident_id])
        return format_html('<a href="{}" class="text-link">INC-{}</a>', url, event.incident_number)
