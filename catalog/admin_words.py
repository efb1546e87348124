"""What the pages of all words share: archived instead of deleted, and put into order by buttons."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action

from catalog.ordering import move
from events.actors import Actor
from events.administration import VerbAdmin, actor_of


class InUseFilter(admin.SimpleListFilter):
    """What can be chosen now, unless somebody asks for what was archived."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("archived", "Archived")]

    def choices(self, changelist: Any) -> Any:
        for value, label in ((None, "In use"), ("archived", "Archived")):
            yield {
                "selected": self.value() == value,
                "query_string": changelist.get_query_string({self.parameter_name: value} if value else {}, ["state"]),
                "display": label,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(archived_at__isnull=self.value() != "archived")


class WordAdmin(VerbAdmin):
    """Pages of one kind of words. What is archived can still be looked at."""

    search_fields: ClassVar[Any] = ("name",)
    list_filter: ClassVar[Any] = (InUseFilter,)
    actions_detail: Any = ("archive",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("identity",) if obj is not None else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.form._meta.fields, *self.get_readonly_fields(request, obj)[-1:])

    @admin.display(description="ID", ordering="id")
    def identity(self, row: Any) -> str:
        """What callers of the API name it by."""
        return str(row.pk)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None or obj.archived_at is None

    def has_archive_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the row may be archived at all; the verb has the last word."""
        row = self.get_object(request, object_id) if object_id else None
        return row is None or (row.archived_at is None and self.ours(row))

    def ours(self, row: Any) -> bool:
        """Whether people may take `row` out of use; some words belong to the system."""
        return True

    def retire(self, actor: Actor, row: Any) -> None:
        """Archive `row` by its verb."""
        raise NotImplementedError

    @action(description="Archive", icon="archive", permissions=["archive"])
    def archive(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take the row out of use."""
        return self.ask(
            request,
            object_id,
            title=f"Archive this {self.opts.verbose_name}",
            text="It can no longer be chosen, and its name is free again. Incidents that have it keep showing it.",
            do=lambda row: self.retire(actor_of(request), row),
            done="Archived",
            danger=True,
        )


class OrderedAdmin(WordAdmin):
    """Words in an order of their own, changed by buttons."""

    sortable_by = ()
    list_per_page = 200
    higher_first = False
    among: ClassVar[tuple[str, ...]] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows, knowing whether there is a neighbour on either side to swap with."""
        words: Any = self.model._default_manager
        peers = words.active().filter(**{name: OuterRef(name) for name in self.among})
        higher, lower = Exists(peers.filter(rank__gt=OuterRef("rank"))), Exists(peers.filter(rank__lt=OuterRef("rank")))
        rows: QuerySet[Any] = super().get_queryset(request)
        before, after = (higher, lower) if self.higher_first else (lower, higher)
        known: QuerySet[Any] = rows.annotate(can_go_earlier=before, can_go_later=after)
        return known

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_move"
        return [
            path("<str:object_id>/move/", self.admin_site.admin_view(self.move_view), name=name),
            *super().get_urls(),
        ]

    def move_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Swap the row with its neighbour; back to the list, with the focus still on the button."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = self.get_object(request, object_id)
        towards = "earlier" if request.POST.get("towards") == "earlier" else "later"
        if row is not None and row.archived_at is None:
            move(actor_of(request), row, "up" if (towards == "earlier") == self.higher_first else "down")
        return redirect(self.url("changelist") + f"#{towards}-{object_id}")

    @admin.display(description="Order")
    def order_buttons(self, row: Any) -> SafeString:
        """Two buttons that work by mouse and keyboard."""
        if row.archived_at is not None:
            return SafeString("")
        button = (
            '<button type="submit" formaction="{url}" name="towards" value="{to}" id="{to}-{pk}" class="hub-move" '
            'title="Move {name} {way}" aria-label="Move {name} {way}"{off}>'
            '<span class="material-symbols-outlined" aria-hidden="true">{icon}</span></button>'
        )
        known = {"url": self.url("move", row.pk), "pk": row.pk, "name": row.name}
        off = {True: "", False: SafeString(" disabled")}
        earlier = format_html(button, to="earlier", way="up", icon="arrow_upward", off=off[row.can_go_earlier], **known)
        later = format_html(button, to="later", way="down", icon="arrow_downward", off=off[row.can_go_later], **known)
        return format_html('<span class="hub-moves">{}{}</span>', earlier, later)
