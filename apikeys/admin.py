"""API keys: what outside systems may do here."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import localize
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import action, display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminExpandableTextareaWidget,
    UnfoldAdminSelectWidget,
)

from apikeys.keys import issue, revoke, rotate, update_key
from apikeys.models import ApiKey, ApiKeyToken
from apikeys.roles import ROLES, TEAM_ROLES, Role, roles_named
from events.administration import SecretAdmin, VerbForm, actor_of
from incidentio.core import shown_once

SOON = timedelta(days=14)
GRACES = [
    (0, "None: the old token stops at once"),
    (30, "30 minutes"),
    (24 * 60, "1 day"),
    (7 * 24 * 60, "1 week"),
]


def _choices(roles: dict[str, Role]) -> list[tuple[str, SafeString]]:
    label, help_text = '<span class="hub-choice-label">{}</span>', '<span class="hub-choice-help">{}: {}</span>'
    look = f'<span class="hub-choice">{label}{help_text}</span>'
    return [(role.name, format_html(look, role.label, role.name, role.description)) for role in roles.values()]


def _end(token: ApiKeyToken) -> str:
    return f"until {localize(timezone.localtime(token.expires_at))}" if token.expires_at else "current"


class NetworksField(forms.CharField):
    """Networks, one a line."""

    widget = UnfoldAdminExpandableTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return (super().to_python(value) or "").replace(",", " ").split()

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or []) != self.to_python(data))


class KeyForm(VerbForm):
    """A key: name, roles, and the leash it is kept on."""

    pointers = {"role_names": "roles", "team_role_names": "team_roles", "team_ids": "teams"}

    roles = forms.MultipleChoiceField(
        choices=_choices(ROLES),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="What the key may do everywhere. Give it no more than it needs",
    )
    team_roles = forms.MultipleChoiceField(
        choices=_choices(TEAM_ROLES),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="What the key may do to what belongs to its teams",
    )
    allowed_networks = NetworksField(
        required=False,
        help_text="Where the key may be used from, one network a line, as in 10.0.0.0/8. Empty: anywhere",
    )

    class Meta:
        model = ApiKey
        fields = (
            "name",
            "comments",
            "roles",
            "teams",
            "team_roles",
            "expires_at",
            "allowed_networks",
            "rate_limit",
        )
        help_texts = {
            "name": "Who or what uses it, as in “Zendesk”. Incidents it declares are told to be by this name",
            "comments": "Why it exists, and whom to ask",
            "rate_limit": "Requests a minute. Empty: the installation's default",
        }

    def settings(self, names: Iterable[str]) -> dict[str, Any]:
        """What the form says of the fields `names`, in the words of the verbs."""
        said = {name: self.cleaned_data[name] for name in names}
        return said | ({"team_ids": [team.pk for team in said.pop("teams")]} if "teams" in said else {})


class GraceForm(forms.Form):
    """How long the old token goes on working."""

    grace = forms.TypedChoiceField(
        label="Grace period",
        coerce=int,
        choices=GRACES,
        widget=UnfoldAdminSelectWidget,
        help_text="How long the old token still works, so that you can put the new one in place",
    )


class StateFilter(admin.SimpleListFilter):
    """Keys by whether they work."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("active", "Active"), ("soon", "Expires soon"), ("expired", "Expired"), ("revoked", "Revoked")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> QuerySet[ApiKey]:
        now = timezone.now()
        match self.value():
            case "active":
                return queryset.filter(revoked_at=None).exclude(expires_at__lte=now)
            case "soon":
                return queryset.filter(revoked_at=None, expires_at__gt=now, expires_at__lte=now + SOON)
            case "expired":
                return queryset.filter(revoked_at=None, expires_at__lte=now)
            case "revoked":
                return queryset.exclude(revoked_at=None)
            case _:
                return queryset


@admin.register(ApiKey)
class ApiKeyAdmin(SecretAdmin):
    """Keys; their tokens are shown once, their hashes never."""

    form = KeyForm
    secret_template = "admin/apikeys/apikey/token.html"
    list_display = ("name", "state", "role_list", "expires_at", "last_used_at", "created_by")
    list_filter = (StateFilter,)
    search_fields = ("name", "comments", "creator_label")
    autocomplete_fields = ("teams",)
    actions_detail: Any = ("rotate", "revoke")
    told = ("state", "tokens", "created_by", "created_at", "last_used_at")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None or obj.revoked_at is None

    def has_turn_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the key can still be rotated or revoked."""
        key = self.get_object(request, object_id) if object_id else None
        return key is None or key.revoked_at is None

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.told if obj is not None else ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None and obj.revoked_at is not None:
            return ((None, {"fields": ("name", "comments", "role_list", *self.told, "revoked_at")}),)
        own = [
            (None, {"fields": ("name", "comments")}),
            ("What it may do", {"fields": ("roles",)}),
            ("Its leash", {"fields": ("expires_at", "allowed_networks", "rate_limit")}),
            ("For teams only", {"fields": ("teams", "team_roles"), "classes": ("collapse",)}),
        ]
        return own if obj is None else [own[0], ("Now", {"fields": self.told}), *own[1:]]

    @display(
        description="State", label={"Active": "success", "Expires soon": "warning", "Expired": "danger", "Revoked": ""}
    )
    def state(self, key: ApiKey) -> str:
        """Whether the key works."""
        now = timezone.now()
        if key.revoked_at is not None:
            return "Revoked"
        if key.expires_at is None or key.expires_at > now + SOON:
            return "Active"
        return "Expires soon" if key.expires_at > now else "Expired"

    @admin.display(description="Created by", ordering="creator_label")
    def created_by(self, key: ApiKey) -> str:
        """Who made it, by the name they had."""
        return key.creator_label

    @admin.display(description="Roles")
    def role_list(self, key: ApiKey) -> str:
        """The first few roles by their labels."""
        labels = [role.label for role in roles_named(key.roles)]
        more = f" and {len(labels) - 2} more" if len(labels) > 2 else ""
        return "; ".join(labels[:2]) + more

    @admin.display(description="Tokens")
    def tokens(self, key: ApiKey) -> SafeString:
        """What the key's tokens begin with, and when the old ones end."""
        rows = [(str(token), _end(token)) for token in key.tokens.order_by("-id")]
        return format_html_join("", '<div><span class="hub-token">{}</span> {}</div>', rows)

    def create(self, request: HttpRequest, form: Any) -> ApiKey:
        issued = issue(actor_of(request), **form.settings(form.cleaned_data))
        shown_once.keep(request, issued.key.pk, issued.token)
        return issued.key

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return self.to_secret(obj)

    def update(self, request: HttpRequest, row: Any, form: Any) -> ApiKey:
        return update_key(actor_of(request), row, **form.settings(form.changed_data))

    @action(description="Rotate", icon="autorenew", permissions=["turn"])
    def rotate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give the key a new token."""
        form = GraceForm(request.POST or None)

        def do(key: ApiKey) -> HttpResponse:
            issued = rotate(actor_of(request), key, timedelta(minutes=form.cleaned_data["grace"]))
            shown_once.keep(request, key.pk, issued.token)
            return self.to_secret(key)

        text = "The key gets a new token, which is shown once. Everything else about it stays."
        return self.ask(request, object_id, title="Rotate this API key", text=text, do=do, form=form)

    @action(description="Revoke", icon="block", permissions=["turn"])
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End the key for good."""

        def do(key: ApiKey) -> None:
            revoke(actor_of(request), key)

        text = "Whatever uses it is refused from now on. This cannot be undone; the key stays in the list for history."
        return self.ask(request, object_id, title="Revoke this API key", text=text, do=do, done="Revoked", danger=True)
