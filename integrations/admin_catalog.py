"""Catalogs that are kept elsewhere in the admin: compared, looked at and applied."""

from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from events.actors import ActorKind
from events.administration import ReadOnlyAdmin, VerbAdmin, actor_of
from incidentio.core.errors import DomainError
from incidentio.core.ids import is_id
from integrations.catalog_schedule import plan_of
from integrations.catalog_sync import apply, newer, start
from integrations.catalog_times import SYNC_EVERY
from integrations.models import CatalogDifference, CatalogSync, Connection, DifferenceKind, DifferenceOutcome, SyncState
from integrations.registry import TOOLS

AT_ONCE = 50
LONGEST_QUERY = 200
KIND_LOOKS = {DifferenceKind.NEW: "success", DifferenceKind.CHANGED: "warning", DifferenceKind.GONE: "danger"}
STATE_LOOKS = {
    "Compared": "info",
    "Applied": "success",
    "Failed": "danger",
    "Reading": "warning",
    "Applying": "warning",
}


class CatalogComparing(VerbAdmin):
    """What the page of a connection says of its catalog, and the button that has it compared."""

    @display(description="Catalog")
    def catalog(self, connection: Connection) -> SafeString:
        """When it was synced and when it will be, and what waits for somebody to decide. Three statements."""
        now, compared = timezone.now(), connection.catalog_syncs.filter(compared_at__isnull=False)
        plan = plan_of(connection, now)
        context = {
            "every": connection.settings.get(SYNC_EVERY.name),
            "plan": plan,
            "is_due": plan.is_due(now),
            "latest": compared.order_by("-id").first(),
            "zone": timezone.get_current_timezone_name(),
        }
        return render_to_string("admin/integrations/connection/catalog.html", context)

    def has_compare_catalog_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the tool keeps a catalog."""
        row: Connection | None = self.get_object(request, str(object_id)) if object_id else None
        tool = TOOLS.get(row.tool) if row is not None else None
        return tool is not None and tool.catalog is not None

    @action(description="Compare the catalog", icon="difference", permissions=["compare_catalog"])
    def compare_catalog(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Have the catalog there read, and go and see how it differs."""

        def do(connection: Connection) -> HttpResponse:
            sync = start(actor_of(request), connection)
            return redirect(reverse("admin:integrations_catalogsync_change", args=[sync.pk]))

        text = "The catalog there is read and compared with the one here. Nothing changes until you apply it."
        return self.ask(request, object_id, title="Compare the catalog", text=text, do=do)


@dataclass(frozen=True)
class Wanted:
    """Which differences somebody wants to see."""

    kind: str = ""
    outcome: str = ""
    text: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> "Wanted":
        """What the address says; what makes no sense says nothing."""
        kind, outcome = request.GET.get("kind", ""), request.GET.get("outcome", "")
        text = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_QUERY]
        return cls(
            kind if kind in DifferenceKind.values else "",
            outcome if outcome in DifferenceOutcome.values else "",
            text,
        )

    @property
    def query(self) -> str:
        """The same as the end of an address."""
        said = {"kind": self.kind, "outcome": self.outcome, "q": self.text}
        return urlencode({name: value for name, value in said.items() if value})

    def among(self, rows: "QuerySet[CatalogDifference]") -> "QuerySet[CatalogDifference]":
        """Those of `rows`."""
        if self.kind:
            rows = rows.filter(kind=self.kind)
        if self.outcome:
            rows = rows.filter(outcome=self.outcome)
        if self.text:
            rows = rows.filter(Q(name__icontains=self.text) | Q(external_id__icontains=self.text))
        return rows


@dataclass(frozen=True)
class TypeShown:
    """A type on the page; `found` is how many of its differences are wanted."""

    told: dict[str, Any]
    found: int
    part: str
    is_open: bool

    @property
    def differs(self) -> bool:
        return bool(self.found or self.told["changes"] or self.told["why"] or self.told["standing"] == "gone")


@dataclass(frozen=True)
class DifferenceShown:
    """A difference on the page: `changes` are what, before and after."""

    row: CatalogDifference
    look: str
    changes: list[list[Any]]


@admin.register(CatalogSync)
class CatalogSyncAdmin(ReadOnlyAdmin):
    """Comparisons of catalogs: a few are kept for each connection."""

    list_display = ("connection", "shown_state", "found", "asked_by", "created_at")
    list_display_links = ("connection",)
    list_select_related = ("connection",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CatalogSync]:
        rows: QuerySet[CatalogSync] = super().get_queryset(request)
        return rows.defer("connection__secrets")

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("<str:object_id>/progress/", view(self.progress_view), name=f"{name}_progress"),
            path("<str:object_id>/part/", view(self.part_view), name=f"{name}_part"),
            path("<str:object_id>/apply/", view(self.apply_view), name=f"{name}_apply"),
            *super().get_urls(),
        ]

    @display(description="State", label=STATE_LOOKS)
    def shown_state(self, sync: CatalogSync) -> str:
        """How far it is."""
        return sync.get_state_display()

    @display(description="New, changed, gone")
    def found(self, sync: CatalogSync) -> str:
        """How many entries differ."""
        counts = _totals(sync)
        return " / ".join(str(counts[kind]) for kind in DifferenceKind.values) if sync.compared_at else "-"

    @display(description="Asked for by", ordering="actor_label")
    def asked_by(self, sync: CatalogSync) -> str:
        """Who had it compared, or applied last."""
        return "By itself" if sync.by_itself and sync.actor_kind == ActorKind.SYSTEM else sync.actor_label

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """What differs, by type; the entries of a type are asked for when it is unfolded."""
        sync, wanted = self._row(request, object_id), Wanted.of(request)
        outcomes = Counter(dict(sync.differences.order_by().values_list("outcome").annotate(Count("pk"))))
        later = newer(sync)
        context = {
            "title": "Catalog compared" if sync.compared_at else "Comparing the catalog",
            "sync": sync,
            "look": STATE_LOOKS[sync.get_state_display()],
            "totals": _totals(sync),
            "types": self._types(sync, wanted),
            "wanted": wanted,
            "kinds": DifferenceKind.choices,
            "outcomes": [(name, label, outcomes[name]) for name, label in DifferenceOutcome.choices if outcomes[name]],
            "can_apply": later is None and (sync.state == SyncState.COMPARED or sync.may_delete),
            "later": later,
            "confirm": sync.loses_most,
        }
        return self.page(request, sync, "admin/integrations/catalogsync/sync.html", context | (extra_context or {}))

    def _types(self, sync: CatalogSync, wanted: Wanted) -> list[TypeShown]:
        """The types, those with differences first; where some are wanted, only those that have such. One statement."""
        rows = wanted.among(sync.differences.all()).order_by()
        found = Counter(dict(rows.values_list("type_name").annotate(Count("pk"))))
        shown = [
            TypeShown(
                told,
                found[told["type_name"]],
                f"{self.url('part', sync.pk)}?{urlencode({'type': told['type_name']})}&{wanted.query}",
                bool(wanted.text) and len(found) <= 3,
            )
            for told in sync.types
            if found[told["type_name"]] or not wanted.query
        ]
        return sorted(shown, key=lambda one: not one.differs)

    def part_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The next differences of a type, and where to ask for those after them. Two statements."""
        sync, wanted = self._row(request, object_id), Wanted.of(request)
        type_name, after = request.GET.get("type", "").replace("\0", ""), request.GET.get("after", "")
        rows = wanted.among(sync.differences.filter(type_name=type_name)).order_by("id")
        found = list((rows.filter(pk__gt=after) if is_id(after) else rows)[: AT_ONCE + 1])
        told = next((told for told in sync.types if told["type_name"] == type_name), None)
        names = {attribute["id"]: attribute["name"] for attribute in told["attributes"]} if told else {}
        query = urlencode({"type": type_name, "after": found[AT_ONCE - 1].pk}) if len(found) > AT_ONCE else ""
        context = {
            "differences": [_shown(row, names) for row in found[:AT_ONCE]],
            "next": f"{self.url('part', sync.pk)}?{query}&{wanted.query}" if query else "",
        }
        return TemplateResponse(request, "admin/integrations/catalogsync/part.html", context)

    def progress_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """How far it is; the whole page anew when it is over."""
        sync = self._row(request, object_id)
        response = TemplateResponse(request, "admin/integrations/catalogsync/progress.html", {"sync": sync})
        if not sync.is_under_way:
            response["HX-Refresh"] = "true"
        return response

    def apply_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Have it applied."""
        sync = self._row(request, object_id)
        if request.method == "POST":
            said = request.POST.get("confirmed", "").strip()
            confirmed = int(said) if said.isascii() and said.isdecimal() and len(said) < 10 else None
            try:
                apply(actor_of(request), sync, with_deletion="with_deletion" in request.POST, confirmed=confirmed)
            except DomainError as refusal:
                for problem in refusal.problems:
                    self.message_user(request, problem.message, messages.ERROR)
        return redirect(self.url("change", sync.pk))

    def _row(self, request: HttpRequest, object_id: str) -> CatalogSync:
        row: CatalogSync | None = self.get_object(request, object_id)
        if row is None:
            raise Http404("There is no such comparison")
        return row


def _totals(sync: CatalogSync) -> Counter[str]:
    """How many entries of all types are new, changed, gone and the same."""
    totals = Counter[str]()
    for told in sync.types:
        totals.update(told["counts"])
    return totals


def _shown(row: CatalogDifference, names: dict[str, str]) -> DifferenceShown:
    changes = row.changes
    if row.kind == DifferenceKind.NEW:
        values = row.wanted["values"].items()
        changes = [[names.get(pk, pk), [], literals] for pk, literals in values]
        changes += [["Aliases", [], row.wanted["aliases"]]] if row.wanted["aliases"] else []
    return DifferenceShown(row, KIND_LOOKS[DifferenceKind(row.kind)], changes)
