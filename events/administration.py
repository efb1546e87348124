"""What the pages of the admin share: changes go through verbs, a refusal stands beside its field, history is events."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import UnfoldAdminExpandableTextareaWidget

from events.actors import Actor
from incidentio.core import shown_once
from incidentio.core.errors import DomainError, NotFound
from incidentio.core.ids import is_id


class _Person(Protocol):
    @property
    def actor(self) -> Actor: ...


def actor_of(request: HttpRequest) -> Actor:
    """Whoever is signed in, as the doer of what the request changes."""
    return cast(_Person, request.user).actor


class Refused(Exception):
    """A verb refused what one form said: the one with this `prefix` (None: the main form)."""

    def __init__(self, refusal: DomainError, prefix: str | None = None) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal
        self.prefix = prefix


@contextmanager
def said_by(form: forms.BaseForm) -> Iterator[None]:
    """Whatever is refused in the block was said by `form`."""
    try:
        yield
    except DomainError as refusal:
        raise Refused(refusal, form.prefix) from refusal


class VerbForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A form whose rules live in a verb: what the verb refuses is shown beside the field it speaks of."""

    refused: Refused | None = None
    pointers: dict[str, str] = {}

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.refused is not None and self.refused.prefix == self.prefix:
            for problem in self.refused.refusal.problems:
                self.add_error(self.field_of(problem.pointer or ""), problem.message)
        return cleaned

    def field_of(self, pointer: str) -> str | None:
        """The field that a refusal's `pointer` speaks of; None if it speaks of the whole form."""
        head = pointer.split(".", maxsplit=1)[0]
        name = self.pointers.get(head, head)
        return name if name in self.fields else None

    def validate_unique(self) -> None:
        """Left to the verb, which says it in the hub's words."""

    def validate_constraints(self) -> None:
        """Left to the verb, which says it in the hub's words."""


class HubAdmin(ModelAdmin):
    """Pages of one kind of rows. Nothing is deleted here, and what happened to a row is told by its events."""

    actions = None
    formfield_overrides = {models.TextField: {"widget": UnfoldAdminExpandableTextareaWidget}}

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Fields without buttons to make or change what they refer to: that is done on its own page."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        for name in ("add", "change", "delete", "view"):
            if field is not None and hasattr(field.widget, f"can_{name}_related"):
                setattr(field.widget, f"can_{name}_related", False)
        return field

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        return super().get_object(request, object_id, from_field) if is_id(object_id) else None

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The events of the row."""
        return redirect(reverse("admin:events_event_changelist") + f"?subject_id={object_id}")

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        """Events are the only record."""

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        """Events are the only record."""

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        return []

    def url(self, page: str, *args: str) -> str:
        """The address of a page of these rows, as in `url("change", pk)`."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=args)

    def ask(
        self,
        request: HttpRequest,
        object_id: str,
        *,
        title: str,
        text: str,
        do: Callable[[Any], HttpResponse | None],
        done: str = "",
        form: forms.Form | None = None,
        danger: bool = False,
    ) -> HttpResponse:
        """Ask before doing: GET shows a page to confirm; POST does it and goes back to the list, saying that it is
        `done`, or shows why not.

        `do` gets the row and may return another answer. Refusals are shown on the page, or beside `form`'s fields.
        """
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404(f"There is no such {self.opts.verbose_name}")
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        if request.method == "POST" and (form is None or form.is_valid()):
            try:
                return do(row) or self._after(request, row, done)
            except DomainError as refusal:
                self._show(request, refusal, form)
        context = {
            "title": title,
            "text": text,
            "form": form,
            "danger": danger,
            "back": self.url("change", row.pk),
        }
        return self.page(request, row, "admin/ask.html", context)

    def _after(self, request: HttpRequest, row: models.Model, done: str) -> HttpResponse:
        self.message_user(request, f"{done}: {row}", messages.SUCCESS)
        return redirect(self.url("changelist"))

    def _show(self, request: HttpRequest, refusal: DomainError, form: forms.Form | None) -> None:
        for problem in refusal.problems:
            if form is None:
                self.message_user(request, problem.message, messages.ERROR)
            else:
                form.add_error(problem.pointer if problem.pointer in form.fields else None, problem.message)

    def page(self, request: HttpRequest, row: models.Model, template: str, context: dict[str, Any]) -> TemplateResponse:
        """A page about `row` besides its form."""
        request.current_app = self.admin_site.name
        shared = self.admin_site.each_context(request) | {"opts": self.opts, "original": row}
        return TemplateResponse(request, template, shared | context)


class ReadOnlyAdmin(HubAdmin):
    """Rows that can only be looked at."""

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class VerbAdmin(HubAdmin):
    """Rows that verbs make and change. A refused save changes nothing and shows the form again."""

    form: Any = VerbForm
    warn_unsaved_form = True

    def create(self, request: HttpRequest, form: Any) -> models.Model:
        """Make the row of a valid `form` by its verb."""
        raise NotImplementedError

    def update(self, request: HttpRequest, row: Any, form: Any) -> models.Model:
        """Change `row` to what a valid `form` says by its verb."""
        raise NotImplementedError

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The form; after a refusal, whose transaction is undone by now, once more with what was refused."""
        try:
            return self._form_view(request, object_id, form_url, extra_context)
        except NotFound as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return redirect(self.url("changelist"))
        except DomainError as refusal:
            request.refused = Refused(refusal)  # type: ignore[attr-defined]
        except Refused as refused:
            request.refused = refused  # type: ignore[attr-defined]
        return self._form_view(request, object_id, form_url, extra_context)

    def _form_view(self, *args: Any) -> HttpResponse:
        response: HttpResponse = super().changeform_view(*args)
        return response

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.refused = getattr(request, "refused", None)
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        row = self.update(request, obj, form) if change else self.create(request, form)
        vars(obj).update(vars(row))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        for formset in formsets:
            self.save_formset(request, form, formset, change)


class VerbInline(TabularInline):
    """Rows that are saved by verbs with the row they belong to (in `save_formset`, each inside `said_by`)."""

    form = VerbForm
    ordering_field: Any = None
    extra = 0
    can_delete = False

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset: Any = super().get_formset(request, obj, **kwargs)
        formset.form.refused = getattr(request, "refused", None)
        return formset


class SecretAdmin(VerbAdmin):
    """Rows with a secret that people see once, on a page of its own, right after it was made."""

    secret_template = ""

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The form with one way to save it: to the page that shows the secret."""
        only_save = {"show_save_and_continue": False, "show_save_and_add_another": False}
        response: HttpResponse = super().add_view(request, form_url, {**(extra_context or {}), **only_save})
        return response

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_secret"
        view = self.admin_site.admin_view(self.secret_view)
        return [path("<str:object_id>/secret/", view, name=name), *super().get_urls()]

    def secret_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The secret, if it has not been shown yet."""
        row = self.get_object(request, object_id)
        secret = shown_once.take(request, object_id) if row is not None else None
        if row is None or secret is None:
            self.message_user(request, "It was shown once and cannot be shown again", messages.WARNING)
            return redirect(self.url("changelist"))
        return self.page(request, row, self.secret_template, {"title": str(row), "secret": secret})

    def to_secret(self, row: models.Model) -> HttpResponseRedirect:
        """Go to the page that shows what was kept for `row`."""
        return redirect(self.url("secret", str(row.pk)))
