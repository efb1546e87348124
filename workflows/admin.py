"""Outgoing webhooks: where they go, and what became of each."""

from datetime import timedelta
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from unfold.decorators import action, display
from unfold.paginator import InfinitePaginator
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.models import User
from events.administration import ReadOnlyAdmin, SecretAdmin, VerbForm, actor_of
from incidentio.core import shown_once
from incidents.visibility import gives_nothing_away, person
from workflows import admin_drills, admin_runs, admin_workflows  # noqa: F401  their pages register themselves
from workflows.admin_ticked import for_each
from workflows.delivering import resend
from workflows.models import CallState, Delivery, EventType, WebhookEndpoint
from workflows.steps.redacting import shown_url
from workflows.webhooks import archive_endpoint, create_endpoint, rotate_endpoint_secret, update_endpoint

STATE_LOOKS = {
    CallState.PENDING.label: "info",
    CallState.DONE.label: "success",
    CallState.NOT_DONE.label: "danger",
    CallState.UNKNOWN.label: "warning",
}


GRACES = [
    (24 * 60, "1 day"),
    (7 * 24 * 60, "1 week"),
    (30, "30 minutes"),
    (0, "None: the old secret stops signing at once"),
]
EVENTS_SHOWN = 3


class GraceForm(forms.Form):
    """How long the old secret goes on signing."""

    grace = forms.TypedChoiceField(
        label="Grace period",
        coerce=int,
        choices=GRACES,
        widget=UnfoldAdminSelectWidget,
        help_text="How long the old secret signs beside the new one, so that you can put the new one in place",
    )


class EndpointForm(VerbForm):
    """Where to send what."""

    event_types = forms.MultipleChoiceField(
        label="Events",
        choices=[(value, format_html("{}", label)) for value, label in EventType.choices],
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="Of private incidents and alerts nothing but IDs is sent",
    )

    class Meta:
        model = WebhookEndpoint
        fields = ("name", "url", "event_types", "enabled")
        widgets = {"url": UnfoldAdminTextInputWidget}
        help_texts = {
            "url": "Private addresses are called only if OUTBOUND_ALLOW names them",
            "enabled": "Switched off, nothing is sent and nothing is kept for later. The hub switches an endpoint off "
            "that has failed for five days",
        }


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(SecretAdmin):
    """Endpoints in use."""

    form = EndpointForm
    secret_template = "admin/workflows/webhookendpoint/secret.html"
    list_display = ("name", "url", "event_list", "state")
    search_fields = ("name", "url")
    actions_detail: Any = ("rotate", "archive")

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEndpoint]:
        rows: QuerySet[WebhookEndpoint] = super().get_queryset(request)
        return rows.filter(archived_at=None).defer("secret", "old_secret")

    @display(
        description="State", label={"Well": "success", "Failing": "danger", "Switched off": "", "Rotating": "info"}
    )
    def state(self, endpoint: WebhookEndpoint) -> str:
        """How it fares."""
        if not endpoint.enabled:
            return "Switched off"
        if endpoint.failing_since is not None:
            return "Failing"
        until = endpoint.old_secret_until
        return "Rotating" if until is not None and until > timezone.now() else "Well"

    @admin.display(description="Events")
    def event_list(self, endpoint: WebhookEndpoint) -> str:
        """The first few of what it is told of."""
        labels = [label for value, label in EventType.choices if value in endpoint.event_types]
        more = f" and {len(labels) - EVENTS_SHOWN} more" if len(labels) > EVENTS_SHOWN else ""
        return ", ".join(labels[:EVENTS_SHOWN]) + more

    def create(self, request: HttpRequest, form: Any) -> WebhookEndpoint:
        made = create_endpoint(actor_of(request), **form.cleaned_data)
        shown_once.keep(request, made.endpoint.pk, made.secret)
        return made.endpoint

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return self.to_secret(obj)

    def update(self, request: HttpRequest, row: Any, form: Any) -> WebhookEndpoint:
        return update_endpoint(actor_of(request), row, **form.cleaned_data)

    @action(description="Rotate the secret", icon="autorenew")
    def rotate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give the endpoint a new signing secret."""
        form = GraceForm(request.POST or None)

        def do(endpoint: WebhookEndpoint) -> HttpResponse:
            made = rotate_endpoint_secret(actor_of(request), endpoint, timedelta(minutes=form.cleaned_data["grace"]))
            shown_once.keep(request, endpoint.pk, made.secret)
            return self.to_secret(endpoint)

        text = "The endpoint gets a new signing secret, which is shown once. Until the grace period is over, both sign."
        return self.ask(request, object_id, title="Rotate this signing secret", text=text, do=do, form=form)

    @action(description="Archive", icon="archive")
    def archive(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take the endpoint out of use."""

        def do(endpoint: WebhookEndpoint) -> None:
            archive_endpoint(actor_of(request), endpoint)

        text = "Nothing is sent to it any more. Its deliveries stay in the log."
        return self.ask(
            request, object_id, title="Archive this endpoint", text=text, do=do, done="Archived", danger=True
        )


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """The log of deliveries, without those of private incidents the reader is no member of."""

    list_display = ("created_at", "endpoint", "event_label", "state_label", "attempts", "due_at")
    list_filter = ("state", "endpoint", "event_type")
    list_select_related = ("endpoint",)
    search_fields = ("incident_id", "event_id", "key")
    search_help_text = "The ID of an incident or event, or a webhook-id"
    ordering = ("-id",)
    paginator = InfinitePaginator
    show_full_result_count = False
    actions: Any = ("resend_selected",)
    actions_detail: Any = ("resend",)
    list_disable_select_all = True
    change_form_outer_after_template: Any = "admin/workflows/delivery/attempts.html"
    fields = (
        "endpoint",
        "event_label",
        "state_label",
        "attempts",
        "due_at",
        "goes_to",
        "request_body",
        "key",
        "event_id",
        "incident_id",
        "created_at",
        "updated_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        rows: QuerySet[Delivery] = super().get_queryset(request)
        return rows.filter(gives_nothing_away(person(cast(User, request.user)))).defer(
            "endpoint__secret", "endpoint__old_secret"
        )

    @admin.display(description="Goes to")
    def goes_to(self, delivery: Delivery) -> str:
        """Where it goes, without what sounds secret."""
        return f"POST {shown_url(delivery.endpoint.url, ())}"

    @admin.display(description="Event", ordering="event_type")
    def event_label(self, delivery: Delivery) -> str:
        """The kind of webhook, in words."""
        return dict(EventType.choices).get(delivery.event_type, delivery.event_type)

    @display(description="State", ordering="state", label=STATE_LOOKS)
    def state_label(self, delivery: Delivery) -> str:
        """What became of it."""
        return delivery.get_state_display()

    @admin.action(description="Send again")
    def resend_selected(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """Send each of the ticked deliveries once more, and say which cannot be."""
        sent = for_each(self, request, queryset, resend)
        self.message_user(request, f"Sending {sent} again", messages.SUCCESS)

    @action(description="Send again", icon="send")
    def resend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send the delivery once more."""

        def do(delivery: Delivery) -> None:
            resend(actor_of(request), delivery)

        text = "The same bytes go out again now, under the same webhook-id: a receiver that has seen it can tell."
        return self.ask(request, object_id, title="Send this delivery again", text=text, do=do, done="Sending again")
