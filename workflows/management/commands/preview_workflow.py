"""manage.py preview_workflow: what a workflow would have done in the last days. Nothing is done."""

import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils.timezone import localtime
from rest_framework.exceptions import ValidationError
from tqdm import tqdm

from incidentio.core.commands import HubCommand
from incidentio.core.errors import DomainError
from incidentio.core.ids import is_id
from incidentio.core.views import validated
from incidents.visibility import EVERYTHING
from workflows.api.previews import chunk_v2, window_of
from workflows.api.shapes import WorkflowsCreateWorkflowPayloadV2
from workflows.api.workflows import text_of
from workflows.book import Entry
from workflows.models import Workflow
from workflows.preview import Chunk, Seen, draft, preview
from workflows.workflows import check_draft

EXAMPLES = """
examples:
  manage.py preview_workflow "Page the on-call for critical incidents"
  manage.py preview_workflow --draft workflow.json --days 90     # as POST /v2/workflows takes it
  manage.py preview_workflow 01KV0E… --json > caught.json
"""


class Command(HubCommand):
    help = "Ask a workflow about the past: which incidents it would have caught, which not and why. Nothing is done."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        kwargs |= {"epilog": EXAMPLES, "formatter_class": RawDescriptionHelpFormatter}
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("workflow", nargs="?", help="its name or ID")
        parser.add_argument("--draft", type=Path, metavar="FILE", help="a workflow that is not stored, as JSON")
        parser.add_argument("--days", type=int, default=30, help="how far to look back (default: 30)")
        parser.add_argument("--json", action="store_true", help="all of it, as the API answers it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what it would have caught; a bar shows how far it is."""
        entry, window, seen = self._entry(options), window_of(options["days"]), list[Seen]()
        chunk = preview(EVERYTHING, entry, window)
        with tqdm(total=chunk.total, unit="incident", disable=not sys.stderr.isatty()) as bar:
            while True:
                seen += chunk.seen
                bar.update(len(chunk.seen))
                if chunk.after is None:
                    break
                chunk = preview(EVERYTHING, entry, window, chunk.after)
        if options["json"]:
            self.stdout.write(json.dumps(chunk_v2(Chunk(seen, None, len(seen)), max(1, len(seen))), indent=1))
        else:
            self._tell(seen)

    def _entry(self, options: dict[str, Any]) -> Entry:
        if (options["workflow"] is None) == (options["draft"] is None):
            raise CommandError("Name a workflow, or give a --draft")
        if options["draft"] is None:
            workflow = self._find(options["workflow"])
            return draft(workflow.trigger, workflow.definition, workflow.name)
        try:
            body = validated(WorkflowsCreateWorkflowPayloadV2, json.loads(options["draft"].read_text()))
            text = text_of(body)
            return draft(body["trigger"], check_draft(body["trigger"], text), text.name)
        except (OSError, ValueError) as error:
            raise CommandError(f"{options['draft']} cannot be read: {error}") from error
        except ValidationError as refusal:
            raise CommandError(f"{options['draft']} is no workflow: {json.dumps(refusal.detail)}") from refusal
        except DomainError as refusal:
            raise CommandError(f"{options['draft']}: {refusal}") from refusal

    def _find(self, named: str) -> Workflow:
        rows = Workflow.objects.active()
        found = list(rows.filter(pk=named) if is_id(named) else rows.filter(name=named))
        if len(found) != 1:
            count = len(found) or "no"
            raise CommandError(f"There is {count} workflow {named!r}; name one by its ID", returncode=2)
        workflow: Workflow = found[0]
        return workflow

    def _tell(self, seen: list[Seen]) -> None:
        caught = [one for one in seen if one.runs]
        for one in caught:
            times = ", ".join(f"{localtime(run.at):%Y-%m-%d %H:%M}" for run in one.runs)
            self.stdout.write(f"{one.incident.reference} {one.incident.name}: {times}")
            for step in one.runs[0].steps:
                told = "; ".join(f"{label}: {value[:80]}" for label, value in step.params)
                self.stdout.write(f"    {step.label}: {step.error or told}")
        for one in seen:
            if not one.runs:
                self.stdout.write(f"{one.incident.reference} {one.incident.name}: no. {one.reason}")
        self.stdout.write(f"It would have run on {len(caught)} of {len(seen)} incidents")
