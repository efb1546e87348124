"""Configuring the words a team uses."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import Case, Count, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action, display
from unfold.widgets import UnfoldBooleanWidget

from catalog import admin_durations, admin_teams  # noqa: F401  their pages register themselves
from catalog.admin_words import OrderedAdmin, WordAdmin
from catalog.custom_fields import (
    archive_custom_field,
    archive_option,
    create_custom_field,
    create_option,
    update_custom_field,
    update_option,
)
from catalog.follow_up_priorities import archive_priority, create_priority, update_priority
from catalog.incident_roles import archive_role, create_role, update_role
from catalog.incident_types import archive_type, create_type, make_default, update_type
from catalog.models import (
    SELECTS,
    CatalogType,
    CustomField,
    CustomFieldOption,
    FollowUpPriority,
    IncidentRole,
    IncidentStatus,
    IncidentTimestamp,
    IncidentType,
    RoleType,
    SetOn,
    Severity,
)
from catalog.severities import archive_severity, create_severity, update_severity
from catalog.statuses import CREATABLE, archive_status, create_status, update_status
from catalog.timestamps import archive_timestamp, create_timestamp, update_timestamp
from events.actors import Actor
from events.administration import VerbForm, VerbInline, actor_of, said_by

LIFECYCLE = ("triage", "live", "learning", "closed", "paused", "declined", "merged", "canceled")
CATEGORY_LOOKS = {"triage": "warning", "live": "danger", "learning": "info", "closed": "success"}


class SeverityForm(VerbForm):
    """A severity's words; its place is chosen in the list."""

    class Meta:
        model = Severity
        fields = ("name", "description")


@admin.register(Severity)
class SeverityAdmin(OrderedAdmin):
    """Severities, the worst first."""

    form = SeverityForm
    list_display = ("name", "description", "rank", "order_buttons")
    ordering = ("-rank",)
    higher_first = True

    def create(self, request: HttpRequest, form: Any) -> Severity:
        return create_severity(actor_of(request), **form.cleaned_data)

    def update(self, request: HttpRequest, row: Any, form: Any) -> Severity:
        return update_severity(actor_of(request), row, **form.cleaned_data)

    def retire(self, actor: Actor, row: Any) -> None:
        archive_severity(actor, row)


class StatusForm(VerbForm):
    """A status; its category is chosen once."""

    class Meta:
        model = IncidentStatus
        fields = ("name", "description", "category")
        help_texts = {"category": "What rules look at: live while people work on it, learning afterwards, then closed"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "category" in self.fields:
            choices = [(value, value.capitalize()) for value in CREATABLE]
            self.fields["category"].widget.choices = choices


@admin.register(IncidentStatus)
class IncidentStatusAdmin(OrderedAdmin):
    """Statuses in the order of the lifecycle."""

    form = StatusForm
    list_display = ("name", "category_label", "description", "order_buttons")
    among = ("category",)

    def get_ordering(self, request: HttpRequest) -> Any:
        stages = [When(category=category, then=Value(place)) for place, category in enumerate(LIFECYCLE)]
        return (Case(*stages, output_field=models.IntegerField()), "rank")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or self.ours(obj))

    def ours(self, row: Any) -> bool:
        return bool(row.category in CREATABLE)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("category", "identity") if obj is not None else ()

    @display(description="Category", label=CATEGORY_LOOKS)
    def category_label(self, row: IncidentStatus) -> str:
        """The category, in its colour."""
        return row.category

    def create(self, request: HttpRequest, form: Any) -> IncidentStatus:
        return create_status(actor_of(request), **form.cleaned_data)

    def update(self, request: HttpRequest, row: Any, form: Any) -> IncidentStatus:
        return update_status(actor_of(request), row, **form.cleaned_data)

    def retire(self, actor: Actor, row: Any) -> None:
        archive_status(actor, row)


class TypeForm(VerbForm):
    """A type of incident."""

    class Meta:
        model = IncidentType
        fields = ("name", "description", "create_in_triage", "private_incidents_only")
        labels = {"create_in_triage": "Triage", "private_incidents_only": "Private incidents only"}
        help_texts = {"create_in_triage": "Whether somebody has to accept incidents of this type before work begins"}


@admin.register(IncidentType)
class IncidentTypeAdmin(WordAdmin):
    """Types, the default one marked."""

    form = TypeForm
    list_display = ("name", "description", "is_default", "create_in_triage", "private_incidents_only")
    actions_detail: Any = ("make_default", "archive")

    @action(description="Make default", icon="star", permissions=["archive"])
    def make_default(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What an incident is of when nobody says."""
        return self.ask(
            request,
            object_id,
            title="Make this the default type",
            text="Incidents that are declared without a type will be of this one.",
            do=lambda row: make_default(actor_of(request), row),
            done="Made the default",
        )

    def create(self, request: HttpRequest, form: Any) -> IncidentType:
        return create_type(actor_of(request), **form.cleaned_data)

    def update(self, request: HttpRequest, row: Any, form: Any) -> IncidentType:
        return update_type(actor_of(request), row, **form.cleaned_data)

    def retire(self, actor: Actor, row: Any) -> None:
        archive_type(actor, row)


class RoleForm(VerbForm):
    """A part somebody plays."""

    class Meta:
        model = IncidentRole
        fields = ("name", "shortform", "description", "instructions")
        help_texts = {"description": "What this role is for, in a sentence"}


@admin.register(IncidentRole)
class IncidentRoleAdmin(WordAdmin):
    """The lead, the reporter and the roles of your own."""

    form = RoleForm
    list_display = ("name", "kind", "shortform", "description")
    search_fields = ("name", "shortform")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.role_type != RoleType.REPORTER)

    def ours(self, row: Any) -> bool:
        return bool(row.role_type == RoleType.CUSTOM)

    @display(description="Kind", label={RoleType.LEAD: "primary", RoleType.REPORTER: "info"})
    def kind(self, row: IncidentRole) -> str:
        """Lead, reporter or custom."""
        return row.role_type

    def create(self, request: HttpRequest, form: Any) -> IncidentRole:
        return create_role(actor_of(request), **form.cleaned_data)

    def update(self, request: HttpRequest, row: Any, form: Any) -> IncidentRole:
        return update_role(actor_of(request), row, **form.cleaned_data)

    def retire(self, actor: Actor, row: Any) -> None:
        archive_role(actor, row)


class OptionForm(VerbForm):
    """One choice of a select; ticking `archive` takes it out of use."""

    archive = forms.BooleanField(label="Archive", required=False, widget=UnfoldBooleanWidget)

    class Meta:
        model = CustomFieldOption
        fields = ("value", "sort_key")


class OptionInline(VerbInline):
    """The options of a select field, dragged into order or numbered."""

    model = CustomFieldOption
    form = OptionForm
    verbose_name = "option"
    verbose_name_plural = "Options (of single and multi-selects)"
    show_title = False
    ordering_field = "sort_key"
    show_count = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[CustomFieldOption]:
        rows: QuerySet[CustomFieldOption] = super().get_queryset(request)
        return rows.filter(archived_at__isnull=True)


class CustomFieldForm(VerbForm):
    """A custom field; its type is chosen once."""

    class Meta:
        model = CustomField
        fields = (
            "name",
            "description",
            "field_type",
            "catalog_type",
            "required",
            "show_before_creation",
            "show_before_update",
            "show_before_closure",
            "show_in_announcement_post",
        )
        labels = {
            "show_before_creation": "Ask when declaring",
            "show_before_update": "Ask when updating",
            "show_before_closure": "Ask before closing",
            "show_in_announcement_post": "Show in the announcement",
        }
        help_texts = {
            "description": "Shown beside the field: what to put here",
            "field_type": "Cannot be changed later",
            "catalog_type": "Of a select: offer the entries of this type instead of options. Cannot be changed later",
        }

    pointers = {"catalog_type_id": "catalog_type"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields.get("catalog_type")
        if choice is not None:
            choice.queryset = CatalogType.objects.active()


@admin.register(CustomField)
class CustomFieldAdmin(WordAdmin):
    """Custom fields with their options."""

    form = CustomFieldForm
    inlines = (OptionInline,)
    list_display = ("name", "type_label", "offered", "required", "asked", "identity")
    list_select_related = ("catalog_type",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CustomField]:
        rows: QuerySet[CustomField] = super().get_queryset(request)
        return rows.annotate(choices=Count("options", filter=Q(options__archived_at__isnull=True)))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("field_type", "catalog_type", "identity") if obj is not None else ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = self.get_fields(request, obj)
        asking = [name for name in fields if name == "required" or name.startswith("show_")]
        own = [name for name in fields if name not in asking]
        return ((None, {"fields": own}), ("When people are asked for it", {"fields": asking}))

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        has_options = obj is None or (obj.field_type in SELECTS and obj.catalog_type_id is None)
        return self.inlines if has_options else ()

    @display(description="Type", ordering="field_type", label=True)
    def type_label(self, row: CustomField) -> str:
        """The type, in words."""
        return row.get_field_type_display()

    @admin.display(description="Options")
    def offered(self, row: Any) -> str:
        """How many options a select offers, or the catalog type whose entries it does."""
        if row.catalog_type is not None:
            return f"Catalog: {row.catalog_type.name}"
        return str(row.choices) if row.field_type in SELECTS else ""

    @admin.display(description="Asked")
    def asked(self, row: CustomField) -> str:
        """When people see the field."""
        moments = {
            "declaring": row.show_before_creation,
            "updating": row.show_before_update,
            "closing": row.show_before_closure,
        }
        return ", ".join(name for name, shown in moments.items() if shown)

    def create(self, request: HttpRequest, form: Any) -> CustomField:
        said = dict(form.cleaned_data)
        catalog_type = said.pop("catalog_type")
        return create_custom_field(actor_of(request), catalog_type_id=catalog_type and catalog_type.pk, **said)

    def update(self, request: HttpRequest, row: Any, form: Any) -> CustomField:
        return update_custom_field(actor_of(request), row, **form.cleaned_data)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for each in formset.forms:
            if each.has_changed():
                with said_by(each):
                    _save_option(actor_of(request), form.instance, each)

    def retire(self, actor: Actor, row: Any) -> None:
        archive_custom_field(actor, row)


def _save_option(actor: Actor, custom_field: CustomField, form: OptionForm) -> None:
    said = {name: form.cleaned_data[name] for name in ("value", "sort_key")}
    option: CustomFieldOption = form.instance
    if option._state.adding:
        create_option(actor, custom_field, **said)
    elif form.cleaned_data["archive"]:
        archive_option(actor, option)
    else:
        update_option(actor, option, **said)


class TimestampForm(VerbForm):
    """A moment in an incident's life; its place is chosen in the list."""

    class Meta:
        model = IncidentTimestamp
        fields = ("name", "set_on")
        labels = {"set_on": "Set"}
        help_texts = {"set_on": "People can always set it themselves"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "set_on" in self.fields:
            self.fields["set_on"].widget.choices = SetOn.choices


@admin.register(IncidentTimestamp)
class IncidentTimestampAdmin(OrderedAdmin):
    """Timestamps in the order of forms and answers."""

    form = TimestampForm
    list_display = ("name", "set_on", "order_buttons")
    ordering = ("rank",)

    def ours(self, row: Any) -> bool:
        return bool(row.set_on != SetOn.REPORTED)

    def create(self, request: HttpRequest, form: Any) -> IncidentTimestamp:
        return create_timestamp(actor_of(request), **form.cleaned_data)

    def update(self, request: HttpRequest, row: Any, form: Any) -> IncidentTimestamp:
        return update_timestamp(actor_of(request), row, **form.cleaned_data)

    def retire(self, actor: Actor, row: Any) -> None:
        archive_timestamp(actor, row)


class PriorityForm(VerbForm):
    """A priority's words; its place is chosen in the list."""

    class Meta:
        model = FollowUpPriority
        fields = ("name", "description")


@admin.register(FollowUpPriority)
class FollowUpPriorityAdmin(OrderedAdmin):
    """Priorities of follow-ups, the most pressing first."""

    form = PriorityForm
    list_display = ("name", "description", "rank", "order_buttons")
    ordering = ("-rank",)
    higher_first = True

    def create(self, request: HttpRequest, form: Any) -> FollowUpPriority:
        return create_priority(actor_of(request), **form.cleaned_data)

    def update(self, request: HttpRequest, row: Any, form: Any) -> FollowUpPriority:
        return update_priority(actor_of(request), row, **form.cleaned_data)

    def retire(self, actor: Actor, row: Any) -> None:
        archive_priority(actor, row)
