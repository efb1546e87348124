"""docs/compatibility.md: which operations the hub serves, and which tests show it of each."""

import ast
import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

from tests.contract.contract import is_under, ours

HERE = Path(__file__).parent
USES = HERE.parent / "clients" / "uses.json"
PAGE = Path(settings.BASE_DIR) / "docs" / "compatibility.md"

INTRODUCTION = """# Compatibility

What of incident.io's public API this hub serves, and what shows it. Written by `make docs`; do not edit.

- **Contract**: the module in `tests/contract/` that walks through the operation and holds request and answer against
  the API's document.
- **Clients**: the modules in `tests/clients/` in which a public client was served by the operation, as noted when the
  suite last ran (`make test-clients`). `official_sdk_…` and `older_client` are published Python clients, unmodified;
  `…_flow` are the requests of clients that are no Python packages, replayed one by one.
"""

NOT_OFFERED = """Clients read these on their rounds, and one that copies everything would stop at a refusal: so
lists are well-formed and empty, and whatever names a thing that cannot be is answered 404 in the usual envelope.
"""


class Operation(NamedTuple):
    """An operation of our own document."""

    method: str
    path: str
    id: str
    deprecated: bool
    never: str  # what the document says of an operation that only ever answers nothing, or 404; else ""

    @property
    def version(self) -> str:
        return self.path.split("/")[1].upper()

    @property
    def resource(self) -> str:
        return re.sub(r" ?V\d$", "", self.id.split("#")[0])

    @property
    def route(self) -> str:
        """As the client suite notes it: without the names of what varies."""
        return f"{self.method} {re.sub('{[^}]*}', '{}', self.path)}"


def operations() -> list[Operation]:
    """Everything we serve, in the order of the page."""
    found = [
        Operation(method.upper(), path, said["operationId"], said.get("deprecated", False), never(said))
        for path, method, said in ours().operations()
    ]
    return sorted(found, key=lambda operation: (operation.resource, operation.path, operation.method))


def never(said: dict[str, Any]) -> str:
    """Why there is never anything, as the document says: "Always empty: …" or "Always 404: …"; empty if there is."""
    words: str = said.get("description", "").split("\n")[0]
    return words if words.startswith("Always ") else ""


def constant(module: Path, name: str) -> Any:
    """The literal a test module gives this name; empty where it gives none."""
    for node in ast.parse(module.read_text()).body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [name]:
            return ast.literal_eval(node.value)
    return ()


def provers() -> dict[str, tuple[str, ...]]:
    """The contract's modules and the path roots each proves."""
    return {module.stem: constant(module, "PROVES") for module in sorted(HERE.glob("test_*.py"))}


def proven_by(operation: Operation) -> list[str]:
    """The contract's modules that prove this operation; exactly one should."""
    return [module for module, roots in provers().items() if is_under(operation.path, roots)]


def clients() -> dict[str, list[str]]:
    """The client suite's modules by the operations that served them."""
    used: dict[str, list[str]] = defaultdict(list)
    for module, routes in json.loads(USES.read_text()).items():
        for route in routes:
            used[route].append(module.removeprefix("test_"))
    return used


def table(rows: list[Operation], used: dict[str, list[str]]) -> str:
    """The operations of one resource."""
    lines = ["| Method | Path | Operation | Contract | Clients |", "| --- | --- | --- | --- | --- |"]
    for row in rows:
        name = f"{row.id} (deprecated)" if row.deprecated else row.id
        proof = ", ".join(proven_by(row)).removeprefix("test_")
        lines.append(f"| {row.method} | `{row.path}` | {name} | {proof} | {', '.join(used.get(row.route, []))} |")
    return "\n".join(lines)


def not_offered() -> str:
    """The operations that are there for the clients' sake alone."""
    lines = ["| Method | Path | Answer |", "| --- | --- | --- |"]
    lines += [f"| {row.method} | `{row.path}` | {row.never} |" for row in operations() if row.never]
    return "\n".join(lines)


def page() -> str:
    """The whole page."""
    resources: dict[str, list[Operation]] = defaultdict(list)
    for operation in operations():
        resources[operation.resource].append(operation)
    used = clients()
    parts = [INTRODUCTION]
    for resource, rows in resources.items():
        versions = ", ".join(sorted({row.version for row in rows}))
        parts.append(f"## {resource} ({versions})\n\n{table(rows, used)}\n")
    parts.append(f"## Not offered\n\n{NOT_OFFERED}\n{not_offered()}\n")
    return "\n".join(parts)
