"""Looking at the record; who may see which events is decided where incidents are known (`incidents/admin.py`)."""

from django.contrib import admin
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from events.actors import ActorKind
from events.administration import ReadOnlyAdmin
from events.models import Event

ACTOR_LOOKS = {
    ActorKind.USER.label: "primary",
    ActorKind.API_KEY.label: "info",
    ActorKind.WORKFLOW.label: "success",
    ActorKind.ALERT.label: "warning",
}


class EventAdmin(ReadOnlyAdmin):
    """Every change: who, what, when; newest first."""

    list_filter = ("subject_type", "actor_kind")
    search_fields = ("type", "subject_id", "incident_id", "actor_label")
    search_help_text = "A type such as incident.updated, the ID of a subject or incident, or the name of whoever did it"
    ordering = ("-id",)
    sortable_by = ()
    paginator = InfinitePaginator
    show_full_result_count = False

    @admin.display(description="Subject")
    def subject(self, event: Event) -> str:
        """What it happened to, with a link where it has a page."""
        kind = event.subject_type.replace("_", " ")
        model = event.subject_type.replace("_", "")
        apps = {row.model_name: row.app_label for row in (known._meta for known in self.admin_site._registry)}
        try:
            url = reverse(f"admin:{apps.get(model)}_{model}_change", args=[event.subject_id])
        except NoReverseMatch:
            return kind
        return format_html('<a href="{}" class="text-link">{}</a>', url, kind)

    @admin.display(description="By")
    def actor(self, event: Event) -> str:
        """Who did it, by the name they had."""
        return event.actor_label

    @display(description="Kind", label=ACTOR_LOOKS)
    def actor_look(self, event: Event) -> str:
        """What kind of actor."""
        return event.get_actor_kind_display()
