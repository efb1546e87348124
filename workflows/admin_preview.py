"""The time machine in the admin: a workflow tried on the past, some incidents at a time, with no side effect."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.core import signing
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
from workflows.book import Entry
from workflows.models import Workflow
from workflows.preview import Chunk, Window, draft, preview
from workflows.workflows import WorkflowText, check_draft

TRY = "_try"
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


class _Tried(Exception):
    """Somebody wants to try what they wrote, and not to save it."""

    def __init__(self, trigger: str, text: WorkflowText) -> None:
        super().__init__(text.name)
        self.trigger = trigger
        self.text = text


class PreviewPages(VerbAdmin):
    """The page that tries a workflow on the past, which asks for one part after another."""

    def viewer(self, request: HttpRequest) -> Viewer:
        """Whoever looks: private incidents are for their members."""
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        known, name = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("<str:object_id>/preview/part/", known(self.preview_part_view), name=f"{name}_preview_part"),
            path("preview/", known(self.try_view), name=f"{name}_try"),
            path("preview/part/", known(self.try_part_view), name=f"{name}_try_part"),
            *super().get_urls(),
        ]

    @action(description="Try on the past", icon="history_toggle_off")
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What it would have caught."""
        row = self._row(request, object_id)
        first, back = self.url("preview_part", row.pk), self.url("change", row.pk)
        return self._page(request, row, first, {"back": back})

    def preview_part_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The next incidents, and where to ask for those after them."""
        row = self._row(request, object_id)
        return self._part(request, draft(row.trigger, row.definition, row.name), self.url("preview_part", row.pk))

    # ---- what is not saved

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The form; what it says tried on the past, if that was asked for."""
        if object_id is None:
            extra_context = {
                **(extra_context or {}),
                "actions_submit_line": self.get_actions_submit_line(request, ""),
            }
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except _Tried as tried:
            said = {"trigger": tried.trigger, "name": tried.text.name, "definition": tried.text.definition}
            return self._draft_page(request, said, signing.dumps(said, salt=TRY, compress=True))

    def only_try(self, request: HttpRequest, trigger: str, text: WorkflowText) -> None:
        """Go no further where somebody wants to try what they wrote.

        Raises:
            Invalid: all that is wrong with it, as if it were to be saved.
        """
        if TRY in request.POST:
            raise _Tried(trigger, replace(text, definition=check_draft(trigger, text)))

    def try_view(self, request: HttpRequest) -> HttpResponse:
        """The same draft over another time."""
        sealed, said = _unsealed(request)
        return self._draft_page(request, said, sealed)

    def try_part_view(self, request: HttpRequest) -> HttpResponse:
        """The next incidents for a draft."""
        _, said = _unsealed(request)
        return self._part(request, draft(said["trigger"], said["definition"], said["name"]), self.url("try_part"), True)

    def _draft_page(self, request: HttpRequest, said: dict[str, Any], sealed: str) -> HttpResponse:
        row = Workflow(name=said["name"], trigger=said["trigger"])
        context = {"draft": sealed, "again": self.url("try"), "title": "Tried before it is saved"}
        return self._page(request, row, self.url("try_part"), context)

    # ---- both

    def _page(self, request: HttpRequest, row: Workflow, first: str, context: dict[str, Any]) -> HttpResponse:
        days, now = _number(request, "days", USUAL_DAYS), timezone.now()
        window = {"since": rfc3339(now - timedelta(days=min(days, max(DAYS)))), "until": rfc3339(now)}
        usual = {"title": "Tried on the past", "days": days, "choices": DAYS, "first": f"{first}?{urlencode(window)}"}
        return self.page(request, row, "admin/workflows/workflow/preview.html", usual | context)

    def _part(self, request: HttpRequest, entry: Entry, address: str, is_draft: bool = False) -> HttpResponse:
        window = Window(_instant(request, "since"), _instant(request, "until"))
        after = request.GET.get("after")
        if after is not None and not is_id(after):
            raise BadRequest("after is the ID of an incident")
        chunk = preview(self.viewer(request), entry, window, after, AT_ONCE)
        progress = Progress(*(_number(request, name, 0) for name in ("seen", "caught", "runs"))).after(chunk)
        known = {"since": rfc3339(window.since), "until": rfc3339(window.until), "after": chunk.after or ""}
        context: dict[str, Any] = {
            "chunk": chunk,
            "progress": progress,
            "total": max(chunk.total, progress.seen),
            "over": chunk.after is None,
            "next": f"{address}?{urlencode(known | vars(progress))}",
            "draft": is_draft,
        }
        return TemplateResponse(request, "admin/workflows/workflow/preview_part.html", context)

    def _row(self, request: HttpRequest, object_id: str) -> Workflow:
        row: Workflow | None = self.get_object(request, object_id)
        if row is None:
            raise Http404("There is no such workflow")
        return row


def _unsealed(request: HttpRequest) -> tuple[str, dict[str, Any]]:
    """A draft that was sealed here, and what it says."""
    sealed = request.POST.get("draft", "")
    try:
        said: dict[str, Any] = signing.loads(sealed, salt=TRY, max_age=timedelta(days=1))
    except signing.BadSignature as error:
        raise BadRequest("This draft is too old: try it once more from its form") from error
    return sealed, said


def _number(request: HttpRequest, name: str, usual: int) -> int:
    said = request.GET.get(name) or request.POST.get(name, "")
    return int(said) if said.isdecimal() and len(said) < 10 else usual


def _instant(request: HttpRequest, name: str) -> datetime:
    try:
        moment = parse_datetime(request.GET.get(name, ""))
    except ValueError:
        moment = None
    if moment is None or timezone.is_naive(moment):
        raise BadRequest(f"{name} is a time as in 2024-12-02T14:03:00Z")
    return moment
