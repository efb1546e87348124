"""The admin's site: a content security policy of its own, a dashboard, and a door for the password of one's own."""

from typing import Any, cast

from django.conf import settings
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.csp import CSP
from django.utils.decorators import method_decorator
from django.views.decorators.csp import csp_override
from unfold.forms import AdminOwnPasswordChangeForm
from unfold.sites import UnfoldAdminSite

from accounts.models import User
from accounts.users import update_user
from web.dashboard import dashboard

# The admin's scripts (Alpine) compile expressions, and its styles stand in attributes.
ADMIN_CSP = settings.SECURE_CSP | {
    "script-src": [CSP.SELF, CSP.UNSAFE_EVAL],
    "style-src": [CSP.SELF, CSP.UNSAFE_INLINE],
}
relaxed = csp_override(ADMIN_CSP)


class OwnPasswordForm(AdminOwnPasswordChangeForm):
    """The password of whoever is signed in, changed by the verb."""

    def save(self, commit: bool = True) -> User:
        password = self.cleaned_data["new_password1"]
        self.user: User = update_user(self.user.actor, self.user, password=password)
        return self.user


class HubAdminSite(UnfoldAdminSite):
    """`/admin/`, for administrators and owners."""

    index_template = "admin/dashboard.html"

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Every page behind the login, under the admin's policy."""
        return relaxed(super().admin_view(view, cacheable))

    @method_decorator(relaxed)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response: HttpResponse = super().login(request, extra_context)
        return response

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return super().index(request, {"dashboard": dashboard(request.user), "title": "Dashboard"})

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """One's own password."""
        request.current_app = self.name
        view = PasswordChangeView.as_view(
            form_class=OwnPasswordForm,
            success_url=reverse(f"{self.name}:password_change_done"),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return cast(TemplateResponse, view(request))
