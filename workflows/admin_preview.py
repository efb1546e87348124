"""The time machine in the admin: a workflow tried on the past, some incidents at a time, with no side effect."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from unfold.decorators import action

from events.administration import VerbAdmin
from incidentio.core.ids import is_id
from incidentio.core.times import rfc3339
from incidents.visibility import Viewer
from workflows.models import Workflow
from workflows.preview import Chunk, Window, draft, preview

DAYS = (7, 30, 90, 365)
USUAL_DAYS = 30
AT_ONCE = 50


@dataclass(frozen=True)
class Progress:
    """How far the trial is: of how many incidents, how many of them it caught, and in how many runs."""

    seen: int = 0
    caught: int = 0
    runs: int = 0

    def after(self, chunk: Chunk) -> "Progress":
        """With some more incidents."""
        return Progress(
            self.seen + len(chunk.seen),
            self.caught + sum(1 for seen in chunk.seen if seen.runs),
            self.runs + sum(len(seen.runs) for seen in chunk.seen),
        )


class PreviewPages(VerbAdmin):
    """The page that tries a workflow on the past, which asks for one part after another."""

    def viewer(self, request: HttpRequest) -> Viewer:
        """Whoever looks: private incidents are for their members."""
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.preview_part_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_preview_part"
        return [path("<str:object_id>/preview/part/", view, name=name), *super().get_urls()]

    @action(description="Try on the past", icon="history_toggle_off")
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What it would have caught."""
        row = self._row(request, object_id)
        days = _number(request, "days", USUAL_DAYS)
        now = timezone.now()
        window = {"since": rfc3339(now - timedelta(days=min(days, max(DAYS)))), "until": rfc3339(now)}
        context = {
            "title": "Tried on the past",
            "days": days,
            "choices": DAYS,
            "first": f"{self.url('preview_part', row.pk)}?{urlencode(window)}",
            "back": self.url("change", row.pk),
        }
        return self.page(request, row, "admin/workflows/workflow/preview.html", context)

    def preview_part_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The next incidents, and where to ask for those after them."""
        row = self._row(request, object_id)
        window = Window(_instant(request, "since"), _instant(request, "until"))
        after = request.GET.get("after")
        if after is not None and not is_id(after):
            raise BadRequest("after is the ID of an incident")
        entry = draft(row.trigger, row.definition, row.name)
        chunk = preview(self.viewer(request), entry, window, after, AT_ONCE)
        progress = Progress(*(_number(request, name, 0) for name in ("seen", "caught", "runs"))).after(chunk)
        known = {"since": rfc3339(window.since), "until": rfc3339(window.until), "after": chunk.after or ""}
        context: dict[str, Any] = {
            "chunk": chunk,
            "progress": progress,
            "total": max(chunk.total, progress.seen),
            "over": chunk.after is None,
            "next": f"{self.url('preview_part', row.pk)}?{urlencode(known | vars(progress))}",
        }
        return TemplateResponse(request, "admin/workflows/workflow/preview_part.html", context)

    def _row(self, request: HttpRequest, object_id: str) -> Workflow:
        row: Workflow | None = self.get_object(request, object_id)
        if row is None:
            raise Http404("There is no such workflow")
        return row


def _number(request: HttpRequest, name: str, usual: int) -> int:
    said = request.GET.get(name, "")
    return int(said) if said.isdecimal() and len(said) < 10 else usual


def _instant(request: HttpRequest, name: str) -> datetime:
    try:
        moment = parse_datetime(request.GET.get(name, ""))
    except ValueError:
        moment = None
    if moment is None or timezone.is_naive(moment):
        raise BadRequest(f"{name} is a time as in 2024-12-02T14:03:00Z")
    return moment
