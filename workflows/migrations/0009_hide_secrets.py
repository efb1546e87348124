import json

from django.db import migrations
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from incidentio.core.crypto import UndecryptableSecret
# Not a copy: what is to be hidden, and how it is kept, has to be what the code that reads it takes it for.
from workflows.registry import STEPS
from workflows.sealing import parted, secrets_of, with_secrets

AT_ONCE = 500


def _worth_a_look(rows, column):
    """Rows in whose JSON a step is named that may be told secrets."""
    named = Q()
    for step in STEPS.values():
        if any(param.hide is not None for param in step.params):
            named |= Q(as_text__contains=step.name)
    found = rows.annotate(as_text=Cast(column, TextField())).filter(named).order_by("pk")
    some = list(found[:AT_ONCE])
    while some:
        yield from some
        some = list(found.filter(pk__gt=some[-1].pk)[:AT_ONCE])


def _save(rows, changed, columns):
    for row in changed:
        rows.filter(pk=row.pk).update(**{column: getattr(row, column) for column in columns})


def _sealed(versions):
    """Versions that said secrets, which are sealed now; not those that keep some already that no key opens."""
    for version in _worth_a_look(versions, "definition"):
        shown, secrets = parted(version.definition)
        try:
            known = secrets_of(version) if secrets else {}
        except UndecryptableSecret:
            continue
        if secrets:
            kept = {name: [*known.get(name, ()), *secrets.get(name, ())] for name in known | secrets}
            version.definition, version.secrets = shown, json.dumps(kept)
            yield version


def _hidden(workflows):
    """Workflows that said secrets; their versions keep those."""
    for workflow in _worth_a_look(workflows, "definition"):
        workflow.definition, secrets = parted(workflow.definition)
        if secrets:
            yield workflow


def _told(events):
    """Events that told of secrets, and do so no more."""
    for event in _worth_a_look(events.filter(subject_type="workflow"), "changes"):
        said = event.changes.get("definition") or []
        both = [parted(definition) if definition else (definition, {}) for definition in said]
        if any(secrets for _, secrets in both):
            event.changes["definition"] = [shown for shown, _ in both]
            yield event


def hide(apps, schema_editor):
    """Secrets that stand in workflows and in events about them are sealed, and hidden where they stood."""
    versions, workflows = (apps.get_model("workflows", name).objects for name in ("WorkflowVersion", "Workflow"))
    events = apps.get_model("events", "Event").objects
    _save(versions, _sealed(versions), ["definition", "secrets"])
    _save(workflows, _hidden(workflows), ["definition"])
    _save(events, _told(events), ["changes"])


def _opened(versions):
    """Versions with their secrets where they were; not those whose secrets no key opens."""
    for version in _worth_a_look(versions.select_related("workflow"), "definition"):
        try:
            secrets = secrets_of(version)
        except UndecryptableSecret:
            continue
        if secrets:
            version.definition, version.secrets = with_secrets(version.definition, secrets), ""
            yield version


def show(apps, schema_editor):
    """As it was before, but for the events."""
    versions, workflows = (apps.get_model("workflows", name).objects for name in ("WorkflowVersion", "Workflow"))
    opened = list(_opened(versions))
    _save(versions, opened, ["definition", "secrets"])
    latest = [version for version in opened if version.number == version.workflow.version]
    for version in latest:
        version.workflow.definition = version.definition
    _save(workflows, [version.workflow for version in latest], ["definition"])


class Migration(migrations.Migration):

    dependencies = [
        ('events', '0003_workflow_engine'),
        ('workflows', '0008_step_secrets'),
    ]

    operations = [migrations.RunPython(hide, show)]
