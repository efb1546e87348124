"""An administrator at work: pages looked at, forms filled in and sent as a browser does."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import User
from events.models import Event


class Desk:
    """A signed-in browser. Pages go by their name in `admin:`, as in `desk.get("catalog_severity_add")`."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.client = Client()
        self.client.force_login(user)

    def get(self, page: str, *args: str, query: str = "") -> Any:
        return self.client.get(reverse(f"admin:{page}", args=args) + query)

    def post(self, page: str, *args: str, **said: Any) -> Any:
        return self.client.post(reverse(f"admin:{page}", args=args), said)

    def fill(self, page: str, *args: str, **said: Any) -> Any:
        """Open the form, change what is `said` (None: tick nothing), and send it with everything else on it."""
        found = self.get(page, *args)
        sent = dict(_shown(found)) | said
        return self.post(page, *args, **{name: value for name, value in sent.items() if value is not None})

    def events(self) -> list[Event]:
        """What this person has done, the latest first."""
        return list(Event.objects.filter(actor_id=self.user.id).order_by("-id"))


def errors(response: HttpResponse) -> dict[str, Any]:
    """What the form says is wrong, by field; `__all__` for the form as a whole."""
    context: Any = response.context  # type: ignore[attr-defined]  # the test client puts it there
    found = dict(context["adminform"].form.errors)
    for formset in context["inline_admin_formsets"]:
        for form in formset.formset.forms:
            found |= {f"{form.prefix}-{name}": messages for name, messages in form.errors.items()}
    return found


def _shown(page: Any) -> Iterator[tuple[str, Any]]:
    if "adminform" not in page.context:
        return
    yield from _values(page.context["adminform"].form)
    for formset in page.context["inline_admin_formsets"]:
        yield from _values(formset.formset.management_form)
        for form in formset.formset.forms:
            yield from _values(form)


def _values(form: forms.BaseForm) -> Iterator[tuple[str, Any]]:
    for bound in form:
        value = bound.value()
        if isinstance(bound.field.widget, forms.MultiWidget):
            parts = bound.field.widget.decompress(value)
            yield from (
                (f"{bound.html_name}_{place}", "" if part is None else part) for place, part in enumerate(parts)
            )
        elif isinstance(bound.field, forms.MultipleChoiceField | forms.ModelMultipleChoiceField):
            yield bound.html_name, bound.field.prepare_value(value) or []
        elif isinstance(bound.field, forms.BooleanField):
            yield bound.html_name, "on" if value else None
        else:
            yield bound.html_name, "" if value is None else bound.field.prepare_value(value)
