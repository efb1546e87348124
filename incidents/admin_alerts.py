"""Alert sources in the admin, each with its secret and its route; and the alerts they told of."""

import json
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import action, display
from unfold.paginator import InfinitePaginator
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from accounts.models import User
from catalog.admin_words import WordAdmin
from events.actors import Actor
from events.administration import ReadOnlyAdmin, VerbForm, actor_of
from incidents.alert_mapping import KEY_PATH, PATHS, RESOLVED_VALUES, SAMPLE, USUAL_RESOLVED, mapped
from incidents.alert_reads import alerts
from incidents.alert_senders import SENDERS, SETUP_PAGES, mailbox_address
from incidents.alert_signatures import may_sign
from incidents.alert_sources import (
    ALERTMANAGER,
    AS_SENT,
    EMAIL,
    HEARTBEAT,
    HEARTBEAT_LIMITS,
    HTTP_CUSTOM,
    SOURCE_TYPES,
    archive_alert_source,
    change_alert_source_secret,
    create_alert_source,
    secret_of,
    update_alert_source,
)
from incidents.api.alert_sources import alert_events_url, email_address, ping_url
from incidents.links import is_web_url
from incidents.models import Alert, AlertSource, AlertStatus, IncidentAlert
from incidents.visibility import person, visible_to

# The ones that have a part of their own in the hub come first.
USUAL_TYPES = ("http", ALERTMANAGER, HEARTBEAT, HTTP_CUSTOM)
TYPES = [*USUAL_TYPES, *(name for name in SOURCE_TYPES if name not in USUAL_TYPES)]
WORDS = ("incident_severity", "incident_type")
ROUTE = (
    "creates_incidents",
    "incident_name",
    "incident_summary",
    *WORDS,
    "incident_mode",
    "grouping_window_seconds",
    "declines_resolved",
)
RESOLVING = ("auto_resolve_incident_alerts", "auto_resolve_timeout_minutes")
COLUMNS = ("name", *ROUTE, *RESOLVING)
STATUS_LOOKS = {AlertStatus.FIRING.label: "danger", AlertStatus.RESOLVED.label: "success"}
MAPPING = (*PATHS[:2], RESOLVED_VALUES, *PATHS[2:], SAMPLE, "preview")
LOST = "It cannot be read any more: its key is not in ENCRYPTION_KEYS. Change it"
NO_MAILBOX = "None yet: letters are read once a mailbox is connected, under Connections"
NEVER_SHOWN = "It is never shown again; left empty, it stays as it is"
SIGNING = ("new_signing_secret", "forget_signing_secret")


def _number(label: str, initial: int | None, help_text: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, required=False, initial=initial, help_text=help_text, widget=UnfoldAdminIntegerFieldWidget
    )


def _path(label: str, help_text: str) -> forms.CharField:
    return forms.CharField(
        label=f"Path of the {label.lower()}", required=False, help_text=help_text, widget=UnfoldAdminTextInputWidget
    )


class AlertSourceForm(VerbForm):
    """A source and its route."""

    source_type = forms.ChoiceField(
        choices=[(name, name.replace("_", " ")) for name in TYPES],
        widget=UnfoldAdminSelectWidget,
        help_text="Cannot be changed later. Tools the hub knows send in their own words, all others the hub's JSON",
    )
    is_private = forms.BooleanField(
        label="Private alerts",
        required=False,
        widget=UnfoldBooleanWidget,
        help_text="They make private incidents, and are seen by API keys with global access only",
    )
    interval_seconds = _number("Interval (seconds)", 60, "How often a heartbeat is expected")
    grace_period_seconds = _number("Grace period (seconds)", 0, "How much later it may come")
    failure_threshold = _number("Failure threshold", 1, "How many in a row must be missed for the alert to fire")
    deduplication_key_path = forms.CharField(
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="Where the key stands in what is sent, as in `$.labels.id`. Empty: at `deduplication_key`",
    )

    title_path = _path("Title", "Empty: at `title`")
    status_path = _path("Status", "Empty: at `status`")
    resolved_values = forms.CharField(
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="Values of the status that mean it is over, with commas between them. "
        f"Empty: {', '.join(USUAL_RESOLVED)}",
    )
    description_path = _path("Description", "Empty: at `description`")
    source_url_path = _path("Link", "Empty: at `source_url`")
    sample = forms.CharField(
        required=False,
        widget=UnfoldAdminTextareaWidget,
        help_text="Something that was sent. Once it is saved, the page shows what it would become",
    )
    new_signing_secret = forms.CharField(
        label="Signing secret",
        required=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text=f"What the sender signs with. {NEVER_SHOWN}",
    )
    forget_signing_secret = forms.BooleanField(
        required=False,
        widget=UnfoldBooleanWidget,
        help_text="From then on the secret token is the proof",
    )

    class Meta:
        model = AlertSource
        fields = COLUMNS
        help_texts = {
            "creates_incidents": "Off, alerts are kept and make no incident. Incidents start in triage",
            "incident_name": "Places as in {{ alert.title }}, {{ alert.description }}, {{ alert.source_url }}, "
            "{{ alert.deduplication_key }} and {{ alert.metadata.labels.team }} are filled in",
        }

    pointers = {f"{name}_id": name for name in WORDS}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        source = self.instance
        self.fields["is_private"].initial = bool(source.template.get("is_private"))
        for name in (*HEARTBEAT_LIMITS, KEY_PATH, *PATHS):
            if name in source.options:
                self.fields[name].initial = source.options[name]
        if SAMPLE in source.options:
            self.fields[SAMPLE].initial = json.dumps(source.options[SAMPLE], indent=2, ensure_ascii=False)
        self.fields[RESOLVED_VALUES].initial = ", ".join(source.options.get(RESOLVED_VALUES, []))
        for name in WORDS:
            words: Any = self.fields.get(name)
            if words is not None:
                words.queryset = words.queryset.filter(Q(archived_at=None) | Q(pk=getattr(source, f"{name}_id")))
        if source.source_type in SENDERS and SENDERS[source.source_type].help:
            self.fields[SIGNING[0]].help_text = f"{SENDERS[source.source_type].help}. {NEVER_SHOWN}"
        if "creates_incidents" in self.fields and source._state.adding:
            self.initial["creates_incidents"] = True

    def clean_sample(self) -> dict[str, Any]:
        """The sample as JSON; nothing if there is none."""
        text = self.cleaned_data[SAMPLE].strip()
        try:
            sample = json.loads(text) if text else {}
        except ValueError as error:
            raise forms.ValidationError(f"This is not JSON: {error}") from error
        if not isinstance(sample, dict):
            raise forms.ValidationError("A sample is a JSON object")
        return sample

    def field_of(self, pointer: str) -> str | None:
        """As in `heartbeat_options.interval_seconds`: the last part."""
        last = pointer.rsplit(".", maxsplit=1)[-1]
        return last if last in self.fields else super().field_of(pointer)

    def said(self, source_type: str) -> dict[str, Any]:
        """The form as the verbs take it, for a source of this type."""
        sent = dict(self.cleaned_data)
        said = {name: sent[name] for name in COLUMNS if name not in WORDS}
        said |= {f"{name}_id": sent[name].pk if sent[name] else None for name in WORDS}
        template = self.instance.template or AS_SENT
        if sent["is_private"] != bool(template.get("is_private")):
            template = template | {"is_private": sent["is_private"]}
        if sent["new_signing_secret"] or sent["forget_signing_secret"]:
            said["signing_secret"] = "" if sent["forget_signing_secret"] else sent["new_signing_secret"].strip()
        return said | {"template": template, "options": self._options(source_type)}

    def _options(self, source_type: str) -> dict[str, Any]:
        sent = self.cleaned_data
        if source_type == HEARTBEAT:
            return {"heartbeat_options": {name: sent[name] for name in HEARTBEAT_LIMITS if sent[name] is not None}}
        if source_type == HTTP_CUSTOM:
            values = [value.strip() for value in sent[RESOLVED_VALUES].split(",") if value.strip()]
            own = {name: sent[name] for name in PATHS} | {RESOLVED_VALUES: values, SAMPLE: sent[SAMPLE]}
            return {"http_custom_options": own | {KEY_PATH: sent[KEY_PATH], "transform_expression": ""}}
        return {}


def _setup_page(source_type: str | None) -> SafeString:
    """A link to how a sender of this type is set up, if somebody wrote it down."""
    page = SETUP_PAGES.get(source_type or "")
    if page is None:
        return SafeString("")
    return format_html('<a href="{}" class="text-link">How to set it up</a>', page())


@admin.register(AlertSource)
class AlertSourceAdmin(WordAdmin):
    """Alert sources in use."""

    form = AlertSourceForm
    list_display = ("name", "source_type", "creates_incidents", "incident_severity", "last_ping_at", "identity")
    list_select_related = ("incident_severity",)
    actions_detail: Any = ("change_secret", "archive")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AlertSource]:
        rows: QuerySet[AlertSource] = super().get_queryset(request)
        return rows.defer("secret", "signing_secret")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        preview = ("preview",) if obj.source_type == HTTP_CUSTOM else ()
        return ("source_type", "address", "secret_token", "identity", *preview)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = [name for name in self.get_readonly_fields(request, obj) if name != "preview"] or ["source_type"]
        kind = obj.source_type if obj is not None else None
        options: list[str] = []
        if self.has_change_permission(request, obj):
            options += ["is_private"]
            options += HEARTBEAT_LIMITS if kind in (None, HEARTBEAT) else ()
            options += [KEY_PATH] if kind in (None, HTTP_CUSTOM) else ()
            options += MAPPING if kind == HTTP_CUSTOM else ()
            options += SIGNING if kind is not None and may_sign(kind) else ()
        sets: tuple[tuple[str | None, Any], ...] = (
            (None, ("name", *shown)),
            ("What becomes of its alerts", ROUTE),
            ("Resolving alerts", RESOLVING),
            ("Options; those of heartbeats and of custom sources are for these only", options),
        )
        about: dict[str | None, SafeString] = {None: _setup_page(kind)}  # with the fields that have no title
        return [(title, {"fields": fields, "description": about.get(title, "")}) for title, fields in sets if fields]

    def create(self, request: HttpRequest, form: Any) -> AlertSource:
        source_type = form.cleaned_data["source_type"]
        return create_alert_source(actor_of(request), source_type=source_type, **form.said(source_type))

    def update(self, request: HttpRequest, row: Any, form: Any) -> AlertSource:
        return update_alert_source(actor_of(request), row, **form.said(row.source_type))

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """To the page with the address and the secret."""
        return redirect(self.url("change", obj.pk))

    def retire(self, actor: Actor, row: Any) -> None:
        archive_alert_source(actor, row)

    @action(description="Change the secret", icon="key", permissions=["archive"])
    def change_secret(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make another secret token."""

        def do(row: Any) -> HttpResponse:
            change_alert_source_secret(actor_of(request), row)
            return redirect(self.url("change", row.pk))

        text = "The page of the source shows the new one. What still sends the old one is refused from now on."
        return self.ask(request, object_id, title="Change the secret token", text=text, do=do, danger=True)

    @admin.display(description="Address")
    def address(self, row: AlertSource) -> str:
        """Where what it sends goes."""
        if row.source_type == EMAIL:
            mailbox = mailbox_address()
            return email_address(row, mailbox) if mailbox else NO_MAILBOX
        return ping_url(row) if row.source_type == HEARTBEAT else alert_events_url(row)

    @admin.display(description="Secret token")
    def secret_token(self, row: AlertSource) -> str:
        """What its sender proves itself by."""
        return secret_of(row) or LOST

    @admin.display(description="What the sample would become")
    def preview(self, row: AlertSource) -> SafeString | str:
        """The alert that the saved sample would be, and which paths find nothing in it."""
        sample = row.options.get(SAMPLE)
        if not sample:
            return "Save a sample to see"
        said = mapped(row.options, sample)
        names = ("title", "status", "deduplication_key", "description", "source_url")
        lines = [(name.replace("_", " "), getattr(said, name) or "–") for name in names]
        lines += [("problem", problem) for problem in said.problems.values()]
        return format_html("<dl>{}</dl>", format_html_join("", "<dt><b>{}</b></dt><dd>{}</dd>", lines))


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    """Alerts, the newest first; private ones are not for this page."""

    list_display = ("created_at", "title", "alert_source", "status_label", "incidents", "firings", "heard_at")
    list_display_links = ("title",)
    list_filter = ("status", "alert_source")
    search_fields = ("title", "deduplication_key")
    list_select_related = ("alert_source",)
    sortable_by = ()
    paginator = InfinitePaginator
    show_full_result_count = False
    fields = (
        "title",
        "description",
        "status_label",
        "alert_source",
        "incidents",
        "deduplication_key",
        "link",
        "said",
        "firings",
        "created_at",
        "heard_at",
        "resolved_at",
        "id",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Alert]:
        viewer = person(cast(User, request.user))
        links = IncidentAlert.objects.filter(visible_to(viewer, "incident__")).select_related("incident")
        rows = alerts(viewer).select_related("alert_source").defer("alert_source__secret")
        return rows.prefetch_related(Prefetch("incident_alerts", links.order_by("id"), to_attr="links"))

    @display(description="Status", ordering="status", label=STATUS_LOOKS)
    def status_label(self, alert: Alert) -> str:
        """Whether it is over."""
        return alert.get_status_display()

    @admin.display(description="Incidents")
    def incidents(self, alert: Any) -> SafeString:
        """Those it came to that the reader may see."""
        found = [link.incident for link in alert.links]
        urls = [(reverse("admin:incidents_incident_change", args=[row.pk]), row.reference) for row in found]
        return format_html_join(", ", '<a href="{}" class="text-link">{}</a>', urls)

    @admin.display(description="Source URL")
    def link(self, alert: Alert) -> SafeString | str:
        """Where its source shows it; whatever else a source calls a link is text."""
        if not is_web_url(alert.source_url):
            return alert.source_url
        return format_html('<a href="{0}" class="text-link" rel="noreferrer" target="_blank">{0}</a>', alert.source_url)

    @admin.display(description="Metadata")
    def said(self, alert: Alert) -> SafeString:
        """What else its source said."""
        return format_html("<pre>{}</pre>", json.dumps(alert.metadata, indent=2, ensure_ascii=False))
