"""The form of a workflow as a browser has it: what is on the page is what is sent."""

from html.parser import HTMLParser
from typing import Any

from django.urls import reverse

from tests.desk import Desk
from workflows.models import Workflow

UNSENT = ("submit", "button", "reset", "image")


class _Controls(HTMLParser):
    """The controls of one form, or of all that is there."""

    def __init__(self, form_id: str | None) -> None:
        super().__init__()
        self.form_id, self.inside = form_id, form_id is None
        self.sent: dict[str, list[str]] = {}
        self.select: str | None = None
        self.options: list[tuple[str, bool]] = []
        self.text: str | None = None
        self.written = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag == "form":
            self.inside = known.get("id") == self.form_id
        if not self.inside or not known.get("name"):
            if tag == "option" and self.select is not None:
                self.options.append((known.get("value") or "", "selected" in known))
            return
        name = known["name"] or ""
        if tag == "select":
            self.select, self.options = name, []
        elif tag == "textarea":
            self.text, self.written = name, ""
        elif tag == "input" and known.get("type") in ("checkbox", "radio"):
            if "checked" in known:
                self.send(name, known.get("value", "on") or "")
        elif tag == "input" and known.get("type") not in UNSENT:
            self.send(name, known.get("value") or "")

    def handle_data(self, data: str) -> None:
        self.written += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self.form_id is not None:
            self.inside = False
        if tag == "textarea" and self.text is not None:
            self.send(self.text, self.written.removeprefix("\n"))
            self.text = None
        if tag == "select" and self.select is not None:
            chosen = [value for value, selected in self.options if selected] or [value for value, _ in self.options]
            for value in chosen[:1]:
                self.send(self.select, value)
            self.select = None

    def send(self, name: str, value: str) -> None:
        """Browsers end lines in two characters, whatever they ended in."""
        lines = value.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
        self.sent.setdefault(name, []).append(lines)


def controls(html: str, form_id: str | None = None) -> dict[str, list[str]]:
    """What the controls of a page would send, by name."""
    parser = _Controls(form_id)
    parser.feed(html)
    return parser.sent


class WorkflowPage:
    """The page on which a workflow is built."""

    def __init__(self, desk: Desk, workflow: Workflow | None = None) -> None:
        self.desk = desk
        page = "workflows_workflow_change" if workflow else "workflows_workflow_add"
        self.url = reverse(f"admin:{page}", args=[workflow.pk] if workflow else [])
        self.show(desk.client.get(self.url))

    def show(self, answer: Any) -> None:
        self.html = answer.content.decode()
        self.sent = controls(self.html, "workflow_form")

    def say(self, said: dict[str, str | list[str]]) -> "WorkflowPage":
        """Fill in controls; an empty list unticks."""
        for name, value in said.items():
            self.sent[name] = value if isinstance(value, list) else [value]
        return self

    def do(self, what: str = "", **said: str) -> "WorkflowPage":
        """Press a button of the builder, or choose what others hang on."""
        answer = self.desk.client.post(reverse("admin:workflows_workflow_builder"), self.sent | {"do": what} | said)
        assert answer.status_code == 200
        self.html = answer.content.decode()
        kept = {name: value for name, value in self.sent.items() if name == "csrfmiddlewaretoken"}
        self.sent = kept | controls(self.html)
        return self

    def save(self) -> Any:
        """Save; where that is refused, the page shows what is wrong."""
        answer = self.desk.client.post(self.url, self.sent)
        if answer.status_code == 200:
            self.show(answer)
        return answer
