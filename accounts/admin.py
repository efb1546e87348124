"""People. Teams are entries of the catalog too: their pages are in its room."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminPasswordWidget

from accounts.models import OrganisationRole, User
from accounts.users import create_user, deactivate_user, update_user
from events.administration import VerbAdmin, VerbForm, actor_of

ROLE_LOOKS = {
    OrganisationRole.OWNER.label: "primary",
    OrganisationRole.ADMINISTRATOR.label: "primary",
    OrganisationRole.RESPONDER.label: "info",
}


class NewPassword(forms.Form):
    """A password, typed twice."""

    password = forms.CharField(
        label="Password",
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="At least 10 characters, and not a common one",
    )
    again = forms.CharField(
        label="The same again", strip=False, widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("password") != said.get("again"):
            self.add_error("again", "The two passwords are not the same")
        return said


class UserForm(VerbForm):
    """Somebody who is here already."""

    class Meta:
        model = User
        fields = ("email", "name", "role", "slack_user_id", "is_active")


class NewUserForm(UserForm):
    """Somebody new, with a password or without one."""

    password = forms.CharField(
        label="Password",
        strip=False,
        required=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="At least 10 characters. Without one they cannot sign in with a password; you can set it later",
    )

    class Meta:
        model = User
        fields = ("email", "name", "role", "slack_user_id")


@admin.register(User)
class UserAdmin(VerbAdmin):
    """Everybody, active or not."""

    list_display = ("name", "email", "role_label", "is_active", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("name", "email", "slack_user_id")
    ordering = ("name",)
    actions_detail: Any = ("set_password", "deactivate")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["form"] = UserForm if obj is not None else NewUserForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = ("email", "name", "role", "slack_user_id")
        return ((None, {"fields": (*fields, "is_active" if obj is not None else "password")}),)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """Only active people are offered where somebody is to be chosen."""
        if request.path.endswith("/autocomplete/"):
            queryset = queryset.filter(is_active=True)
        return super().get_search_results(request, queryset, search_term)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Nobody guesses password hashes by filtering."""
        return not lookup.startswith("password") and bool(super().lookup_allowed(lookup, value, request))

    @display(description="Role", ordering="role", label=ROLE_LOOKS)
    def role_label(self, user: User) -> str:
        """The organisation role, in words."""
        return user.get_role_display()

    def create(self, request: HttpRequest, form: Any) -> User:
        said = form.cleaned_data
        return create_user(actor_of(request), **(said | {"password": said["password"] or None}))

    def update(self, request: HttpRequest, row: Any, form: Any) -> User:
        return update_user(actor_of(request), row, **form.cleaned_data)

    @action(description="Set password", icon="key")
    def set_password(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give somebody a password."""
        form = NewPassword(request.POST or None)

        def do(user: User) -> None:
            changed = update_user(actor_of(request), user, password=form.cleaned_data["password"])
            if changed == request.user:
                update_session_auth_hash(request, changed)

        text = "They are signed out everywhere, and sign in with the new password from now on."
        return self.ask(request, object_id, title="Set password", text=text, do=do, done="Password set", form=form)

    @action(description="Deactivate", icon="person_off")
    def deactivate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let somebody go."""

        def do(user: User) -> None:
            deactivate_user(actor_of(request), user)

        text = "They can no longer sign in nor be given anything. What they did keeps their name."
        return self.ask(
            request, object_id, title="Deactivate this person", text=text, do=do, done="Deactivated", danger=True
        )
