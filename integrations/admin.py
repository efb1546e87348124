"""Connections in the admin: the tools the hub knows, and the account it has at each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action, display
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from events.administration import VerbForm, actor_of
from integrations import admin_people  # noqa: F401  registers the pages of who people are
from integrations.admin_catalog import CatalogComparing
from integrations.admin_help import setup_page
from integrations.base import CheckFailed, Integration, Setting
from integrations.connections import (
    archive_connection,
    change_connection,
    connect,
    secrets_of,
    switch,
    try_connection,
)
from integrations.models import Connection
from integrations.registry import SENDING, TOOLS

SETTING, FORGET, SAVE_AND_TEST = "setting_", "forget_", "_test"
KEPT = "There is one, which is not shown. Left empty, it stays"
FORGOTTEN = "Ticked, the hub keeps it no longer, unless another is entered"
CONNECTED, SWITCHED_OFF, NOT_CONNECTED, NO_ACCOUNT = "Connected", "Switched off", "Not connected", "Needs no account"
STATE_LOOKS = {CONNECTED: "success", SWITCHED_OFF: "warning", NOT_CONNECTED: "default", NO_ACCOUNT: "info"}


@dataclass(frozen=True)
class ToolShown:
    """A tool on the list: its account, and what it brings."""

    name: str
    label: str
    docs: SafeString
    brings: str
    known: bool
    can_test: bool
    connection: Connection | None
    needs_account: bool

    @property
    def state(self) -> str:
        """How it stands between the hub and the tool."""
        if self.connection is not None:
            return CONNECTED if self.connection.enabled else SWITCHED_OFF
        return NOT_CONNECTED if self.needs_account else NO_ACCOUNT

    @property
    def look(self) -> str:
        """The same as a colour."""
        return STATE_LOOKS[self.state]

    @property
    def failed_last(self) -> bool:
        """Whether the last call went wrong."""
        row = self.connection
        if row is None or row.last_error_at is None:
            return False
        return row.last_success_at is None or row.last_success_at < row.last_error_at


def tools_shown() -> list[ToolShown]:
    """All tools: those that are connected first, then by name. One statement."""
    rows = {row.tool: row for row in Connection.objects.active().defer("secrets")}
    known = [_tool_shown(tool, rows.pop(tool.name, None)) for tool in (*TOOLS.values(), *SENDING.values())]
    strange = [ToolShown(row.tool, row.tool, SafeString(""), "", False, False, row, True) for row in rows.values()]
    order = list(STATE_LOOKS)
    return sorted([*known, *strange], key=lambda shown: (order.index(shown.state), shown.label.casefold()))


def _tool_shown(tool: Integration, connection: Connection | None) -> ToolShown:
    steps = len(tool.steps)
    brings = [f"{steps} step{'s' if steps != 1 else ''} of workflows"] if steps else []
    brings += ["sends alerts"] if tool.inbound or not tool.settings else []
    brings += ["tells what becomes of issues"] if tool.hook else []
    brings += ["keeps the service catalog"] if tool.catalog else []
    brings += [tool.also] if tool.also else []
    return ToolShown(
        name=tool.name,
        label=tool.label,
        docs=_docs_link(tool),
        brings=", ".join(brings),
        known=True,
        can_test=tool.check is not None,
        connection=connection,
        needs_account=bool(tool.settings),
    )


class ConnectionForm(VerbForm):
    """An account at a tool: a field for each of the tool's settings."""

    class Meta:
        model = Connection
        fields = ("name",)
        help_texts = {"name": "What people here call this account"}

    def field_of(self, pointer: str) -> str | None:
        """Settings by their own names."""
        name = f"{SETTING}{pointer}"
        return name if name in self.fields else super().field_of(pointer)

    def values(self) -> dict[str, str]:
        """The settings, as the verbs take them."""
        said = self.cleaned_data
        return {name.removeprefix(SETTING): said[name] for name in said if name.startswith(SETTING)}

    def forgotten(self) -> list[str]:
        """The secrets that are to be forgotten."""
        said = self.cleaned_data
        return [name.removeprefix(FORGET) for name in said if name.startswith(FORGET) and said[name]]


def connection_form(tool: Integration, connection: Connection | None) -> type[ConnectionForm]:
    """The form for an account at `tool`, as it is now."""
    kept = secrets_of(connection) if connection is not None else {}
    plain = connection.settings if connection is not None else None
    made: Any = type(ConnectionForm)
    fields: dict[str, forms.Field] = {}
    for setting in tool.settings:
        fields[f"{SETTING}{setting.name}"] = _field(setting, plain, setting.name in kept)
        if setting.name in kept and not setting.required:
            fields[f"{FORGET}{setting.name}"] = _forgetting(setting)
    return cast(type[ConnectionForm], made("ConnectionForm", (ConnectionForm,), {**fields, "__module__": __name__}))


def _field(setting: Setting, plain: Mapping[str, str] | None, kept: bool) -> forms.Field:
    told: dict[str, Any] = {
        "label": setting.label,
        "help_text": setting.help,
        "required": setting.required and not kept,
    }
    if setting.secret:
        told["help_text"] = f"{setting.help}. {KEPT}".removeprefix(". ").replace("..", ".") if kept else setting.help
        return forms.CharField(widget=_secret_widget(setting), **told)
    told["initial"] = setting.default if plain is None else plain.get(setting.name, "")
    if setting.choices:
        blank = [] if setting.required else [("", "Not set")]
        choices = [*blank, *((choice, choice) for choice in setting.choices)]
        return forms.ChoiceField(choices=choices, widget=UnfoldAdminSelectWidget, **told)
    return forms.CharField(widget=UnfoldAdminTextareaWidget if setting.long else UnfoldAdminTextInputWidget, **told)


def _forgetting(setting: Setting) -> forms.Field:
    label = f"Forget it: {setting.label}"
    return forms.BooleanField(label=label, required=False, widget=UnfoldBooleanWidget, help_text=FORGOTTEN)


def _secret_widget(setting: Setting) -> forms.Widget:
    """Nothing is ever put into it; what is typed is not to be read over a shoulder."""
    if setting.long:
        attrs = {"class": "hub-masked", "rows": 6, "autocomplete": "off", "spellcheck": "false"}
        return _Emptied(attrs=attrs)
    return UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}, render_value=False)


class _Emptied(UnfoldAdminTextareaWidget):
    """A text that is never sent back."""

    def format_value(self, value: Any) -> str:
        return ""


@admin.register(Connection)
class ConnectionAdmin(CatalogComparing):
    """Accounts at other tools."""

    form = ConnectionForm
    list_template = "admin/integrations/connection/tools.html"
    actions_detail: Any = ("test", "compare_catalog", "switch_on", "switch_off", "archive")
    actions_submit_line: Any = ("save_and_test",)
    fares = ("tool", "state", "last_success_at", "last_error_at", "last_error")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Connection]:
        rows: QuerySet[Connection] = super().get_queryset(request)
        return rows.filter(archived_at=None).defer("secrets")

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("connect/<str:tool>/", view(self.connect_view), name=f"{name}_connect"),
            path("help/<str:tool>/", view(self.help_view), name=f"{name}_help"),
            *super().get_urls(),
        ]

    # ---- the list

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """All tools, connected or not."""
        request.current_app = self.admin_site.name
        context = self.admin_site.each_context(request) | {"opts": self.opts, "title": "Connections"}
        return TemplateResponse(request, self.list_template, context | {"tools": tools_shown()} | (extra_context or {}))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Which tool: the list says."""
        return self.changelist_view(request, extra_context)

    # ---- the form

    def connect_view(self, request: HttpRequest, tool: str) -> HttpResponse:
        """The form for a new account at `tool`, or the one that there is."""
        known = TOOLS.get(tool)
        if known is None or not known.settings:
            raise Http404("There is no account to be had at this tool")
        connection = Connection.objects.active().filter(tool=tool).only("pk").first()
        if connection is not None and request.method != "POST":
            return redirect(self.url("change", connection.pk))
        request.tool = known  # type: ignore[attr-defined]
        buttons: dict[str, Any] = {"show_save_and_continue": False, "show_save_and_add_another": False}
        buttons["actions_submit_line"] = self.get_actions_submit_line(request, "")
        return self.changeform_view(request, None, "", {"title": f"Connect {known.label}", **buttons})

    def help_view(self, request: HttpRequest, tool: str) -> HttpResponse:
        """How to set a tool up, or what only sends."""
        known = TOOLS.get(tool) or SENDING.get(tool)
        if known is None:
            raise Http404("The hub knows no such tool")
        connection = Connection.objects.active().filter(tool=tool).only("pk").first()
        back = self.url("change", connection.pk) if connection is not None else self.url("changelist")
        context = {"title": f"Setting up {known.label}", "page": setup_page(known), "back": back, "original": ""}
        return self.page(request, Connection(), "admin/integrations/connection/help.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        only_save = {"show_save_and_continue": False, "show_save_and_add_another": False}
        response: HttpResponse = super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **only_save}
        )
        return response

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The form; saved, and its transaction over, tried if that was asked for."""
        response = super().changeform_view(request, object_id, form_url, extra_context)
        saved = getattr(request, "saved", None)
        if saved is not None and SAVE_AND_TEST in request.POST:
            self._try(request, saved)
            return redirect(self.url("change", saved.pk))
        return response

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["form"] = self._form(request, obj)
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        if obj is None and "name" in form.base_fields:
            form.base_fields["name"].initial = request.tool.label  # type: ignore[attr-defined]
        return form

    def _form(self, request: HttpRequest, obj: Any) -> type[ConnectionForm]:
        tool = self._tool(request, obj)
        return connection_form(tool, obj) if tool is not None else ConnectionForm

    def _tool(self, request: HttpRequest, obj: Any) -> Integration | None:
        return TOOLS.get(obj.tool) if obj is not None else cast(Integration, getattr(request, "tool", None))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        tool = self._tool(request, obj)
        if tool is None:
            return ((None, {"fields": ("name", *self.fares)}),)
        own = {"fields": list(self._form(request, obj).base_fields), "description": _about(tool, obj)}
        fares = {"fields": (*self.fares, "catalog") if tool.catalog is not None else self.fares}
        return ((None, own), ("How it fares", fares)) if obj is not None else ((None, own),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*self.fares, "catalog") if obj is not None else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None or obj.tool in TOOLS

    def create(self, request: HttpRequest, form: Any) -> Connection:
        tool = cast(Integration, self._tool(request, None))
        values, name = form.values(), form.cleaned_data["name"]
        request.saved = connect(actor_of(request), tool.name, tool.settings, name=name, values=values)  # type: ignore[attr-defined]
        return cast(Connection, request.saved)  # type: ignore[attr-defined]

    def update(self, request: HttpRequest, row: Any, form: Any) -> Connection:
        said: dict[str, Any] = {"name": form.cleaned_data["name"], "values": form.values(), "enabled": row.enabled}
        said["forgotten"] = form.forgotten()
        request.saved = change_connection(actor_of(request), row, TOOLS[row.tool].settings, **said)  # type: ignore[attr-defined]
        return cast(Connection, request.saved)  # type: ignore[attr-defined]

    @display(description="State", label={CONNECTED: "success", SWITCHED_OFF: "warning"})
    def state(self, connection: Connection) -> str:
        """Whether it is used."""
        return CONNECTED if connection.enabled else SWITCHED_OFF

    # ---- what is done to one

    def has_test_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the tool has a call that tries the account."""
        row = self.get_object(request, str(object_id)) if object_id else None
        tool = self._tool(request, row)
        return tool is not None and tool.check is not None

    def has_switch_on_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether it is switched off."""
        return self._is(object_id, enabled=False)

    def has_switch_off_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether it is switched on."""
        return self._is(object_id, enabled=True)

    def _is(self, object_id: str | None, *, enabled: bool) -> bool:
        return not object_id or Connection.objects.active().filter(pk=object_id, enabled=enabled).exists()

    @action(
        description="Save and test",
        icon="electrical_services",
        permissions=["test"],
        attrs={"name": SAVE_AND_TEST},
    )
    def save_and_test(self, request: HttpRequest, obj: Connection) -> None:
        """A button of the form: see `changeform_view`."""

    @action(description="Test", icon="electrical_services", permissions=["test"])
    def test(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Try the account."""

        def do(connection: Connection) -> HttpResponse:
            self._try(request, connection)
            return redirect(self.url("changelist"))

        text = "One call to the tool, which changes nothing there. It takes two seconds at most."
        return self.ask(request, object_id, title="Test this connection", text=text, do=do)

    def _try(self, request: HttpRequest, connection: Connection) -> None:
        """Try the account and say how it went."""
        tool = TOOLS.get(connection.tool)
        if tool is None or tool.check is None:
            return
        try:
            found = try_connection(connection, tool.check)
        except CheckFailed as failure:
            self.message_user(request, f"{connection} does not work: {failure}", messages.ERROR)
        else:
            self.message_user(request, f"{connection} works: {found}", messages.SUCCESS)

    @action(description="Switch on", icon="play_arrow", permissions=["switch_on"])
    def switch_on(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let workflows use it."""
        do = self._switching(request, on=True)
        text = "Workflows use it from now on."
        return self.ask(request, object_id, title="Switch this connection on", text=text, do=do, done="Switched on")

    @action(description="Switch off", icon="pause", permissions=["switch_off"])
    def switch_off(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let nothing use it."""
        do = self._switching(request, on=False)
        text = "Nothing is sent to it any more: steps that would use it fail, and say so. Its secrets are kept."
        return self.ask(request, object_id, title="Switch this connection off", text=text, do=do, done="Switched off")

    def _switching(self, request: HttpRequest, *, on: bool) -> Callable[[Connection], None]:
        def do(connection: Connection) -> None:
            switch(actor_of(request), connection, on=on)

        return do

    @action(description="Archive", icon="archive")
    def archive(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take it out of use, and forget its secrets."""

        def do(connection: Connection) -> None:
            archive_connection(actor_of(request), connection)

        text = "Its secrets are forgotten: to use the tool again they are entered anew. What was done over it stays."
        return self.ask(
            request, object_id, title="Archive this connection", text=text, do=do, done="Archived", danger=True
        )


def _docs_link(tool: Integration) -> SafeString:
    """Where it is written how to come by an account: a page, or a file that came with the hub."""
    if not tool.docs:
        return SafeString("")
    if not tool.docs.startswith("https://"):
        url = reverse("admin:integrations_connection_help", args=[tool.name])
        return format_html('<a href="{}" class="text-link">How to set up {}</a>', url, tool.label)
    link = '<a href="{}" class="text-link" rel="noreferrer" target="_blank">How to set up {}</a>'
    return format_html(link, tool.docs, tool.label)


def _about(tool: Integration, connection: Connection | None) -> SafeString:
    """How to set the tool up, and where it tells the hub what happens there."""
    if tool.hook is None or connection is None:
        return _docs_link(tool)
    address = f"{settings.PUBLIC_URL}/hooks/{tool.name}/{connection.pk}"
    return format_html("{}. Its webhooks go to <code>{}</code>", _docs_link(tool), address)
