"""Who people are at other tools, in the admin: looked at, corrected, and looked for."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget

from events.administration import VerbAdmin, VerbForm, actor_of
from incidentio.core.engine import wake
from integrations.matching import KNOWING, match_everybody
from integrations.models import UserAccount
from integrations.people import forget_account, say_account
from integrations.registry import TOOLS

# Slack's ID stands on the person, where the public API shows it.
ON_THE_PERSON = "slack"
ASKED = "The hub asks every connected tool for everybody by their e-mail address. What somebody said here stays."
LOOKING = "The hub looks for everybody at every connected tool. Who is found appears here within a minute or so."


def tool_label(name: str) -> str:
    """What people call a tool."""
    return TOOLS[name].label if name in TOOLS else name


class AccountForm(VerbForm):
    """Who somebody is at a tool."""

    tool = forms.ChoiceField(widget=UnfoldAdminSelectWidget)

    class Meta:
        model = UserAccount
        fields = ("user", "tool", "remote_id", "name")
        help_texts = {
            "remote_id": "Their login or ID there. Left empty, they are nobody there, and are not looked for",
            "name": "For people to read",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "tool" in self.fields:
            knowing = [(name, tool_label(name)) for name in KNOWING if name != ON_THE_PERSON]
            self.fields["tool"].choices = sorted(knowing, key=lambda one: one[1].casefold())  # type: ignore[attr-defined]


@admin.register(UserAccount)
class UserAccountAdmin(VerbAdmin):
    """People, at one tool each."""

    form = AccountForm
    list_display = ("user", "tool_name", "remote_id_or_none", "name", "how", "updated_at")
    list_filter = ("tool", "found_by")
    list_select_related = ("user",)
    search_fields = ("user__name", "user__email", "remote_id", "name")
    autocomplete_fields = ("user",)
    list_per_page = 50
    actions_list: Any = ("look_for_everybody",)
    actions_detail: Any = ("forget",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("user", "tool_name", "how") if obj is not None else ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = ("user", "tool_name", "remote_id", "name", "how") if obj is not None else AccountForm.Meta.fields
        return ((None, {"fields": fields}),)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        if obj is not None:
            form.base_fields.pop("tool", None)
        return form

    @display(description="Tool", ordering="tool")
    def tool_name(self, account: UserAccount) -> str:
        """What people call the tool."""
        return tool_label(account.tool)

    @display(description="ID there", ordering="remote_id")
    def remote_id_or_none(self, account: UserAccount) -> str:
        """The ID; of whom there is none, that."""
        return account.remote_id or "nobody there"

    @display(description="How it is known", ordering="found_by")
    def how(self, account: UserAccount) -> str:
        """By whom or what it is known."""
        return account.get_found_by_display()

    def create(self, request: HttpRequest, form: Any) -> UserAccount:
        said = form.cleaned_data
        account = UserAccount(user=said["user"], tool=said["tool"])
        return say_account(actor_of(request), account, remote_id=said["remote_id"], name=said["name"])

    def update(self, request: HttpRequest, row: Any, form: Any) -> UserAccount:
        said = form.cleaned_data
        return say_account(actor_of(request), row, remote_id=said["remote_id"], name=said["name"])

    @action(description="Look for everybody", icon="person_search")
    def look_for_everybody(self, request: HttpRequest) -> HttpResponse:
        """Ask, then let the background find out who people are."""
        if request.method == "POST":
            wake(match_everybody)
            self.message_user(request, LOOKING, messages.SUCCESS)
            return redirect(self.url("changelist"))
        context = {"title": "Look for everybody?", "text": ASKED, "back": self.url("changelist"), "original": ""}
        return self.page(request, UserAccount(), "admin/ask.html", context)

    @action(description="Forget", icon="person_off")
    def forget(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask before forgetting."""
        return self.ask(
            request,
            object_id,
            title="Forget who this is there?",
            text="The hub looks for them again by their e-mail address when a step needs to know.",
            do=lambda row: forget_account(actor_of(request), row),
            done="Forgotten",
        )
