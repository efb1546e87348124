"""Workflows that people start by hand, on an incident, with a form."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog import snapshot
from events.actors import Actor
from events.record import Changes, record
from incidentio.core.errors import Conflict, Gather, Invalid
from incidents.models import Incident
from workflows.book import Entry, entries_of
from workflows.evaluation import once_key, why_not_on
from workflows.facts import Facts, timelines
from workflows.lookup import Lookup
from workflows.models import Cursor, Workflow, WorkflowRun, WorkflowState, WorkflowVersion
from workflows.runs import SUBJECT, Start, start_runs
from workflows.triggers import MANUAL


def start_workflow(actor: Actor, workflow: Workflow, incident: Incident, form: Mapping[str, Any]) -> WorkflowRun:
    """Start a workflow by hand on the incident; `form` are answers by the keys of its form's fields.

    Raises:
        Conflict: it is not started by hand, is switched off, does not run on such an incident, or did once already.
        Invalid: an answer is missing, or is to a question nobody asked.
    """
    if workflow.trigger != MANUAL:
        raise Conflict("not_manual", f"{workflow.name!r} starts by itself: only manual workflows are started by hand")
    if workflow.state != WorkflowState.ACTIVE:
        raise Conflict("switched_off", f"{workflow.name!r} is switched off")
    version = WorkflowVersion.objects.select_related("workflow").get(workflow=workflow, number=workflow.version)
    entry = entries_of([version])[0]
    given = _answers(entry, form)
    with transaction.atomic():
        Cursor.objects.get_or_create(pk=1)
        Cursor.objects.select_for_update().get(pk=1)
        state = timelines([incident.pk])[incident.pk]
        hindrance = why_not_on(entry, state)
        if hindrance is not None:
            raise Conflict("does_not_run_here", hindrance)
        facts = Facts(snapshot.current(), Lookup(), timezone.now(), state, given)
        started = start_runs([Start(entry, facts, once_key=once_key(entry, facts), asks_first=False)])
        if not started:
            raise Conflict("ran_once", "It ran once already for what it runs once for")
        changes: Changes = {"workflow_id": [None, workflow.pk], "form": [None, dict(form)]}
        record(actor, f"{SUBJECT}.started", SUBJECT, started[0], changes)
    return WorkflowRun.objects.get(pk=started[0])


def _answers(entry: Entry, form: Mapping[str, Any]) -> dict[str, Any]:
    """What references to the form stand for."""
    problems, fields = Gather(), {field["key"]: field for field in entry.definition.get("form_fields", [])}
    for key in form.keys() - fields.keys():
        with problems:
            raise Invalid("not_found", f"The form has no field {key[:60]!r}", f"form.{key}")
    for key, field in fields.items():
        with problems:
            _check_answer(key, field, form.get(key))
    problems.raise_if_any()
    return {f"form.{key}": form[key] for key in fields if form.get(key) not in (None, "", [])}


def _check_answer(key: str, field: Mapping[str, Any], answer: Any) -> None:
    if answer in (None, "", []):
        if field["required"]:
            raise Invalid("is_required", f"{field['title']!r} needs an answer", f"form.{key}")
        return
    if isinstance(answer, list) != field["array"]:
        wanted = "a list" if field["array"] else "one text"
        raise Invalid("invalid_value", f"{field['title']!r} takes {wanted}", f"form.{key}")
    for one in answer if isinstance(answer, list) else [answer]:
        if not isinstance(one, str):
            raise Invalid("invalid_value", f"Answers to {field['title']!r} are text", f"form.{key}")
