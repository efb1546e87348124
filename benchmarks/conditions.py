"""What asking 1,000 workflows costs an event: five conditions each, on ten triggers. `python -m benchmarks.conditions`.

No database: the words are made here. Each event asks the hundred workflows of its trigger; their first conditions are
about as selective as a hub's are (a severity, a type, a field), so that most workflows are done after two or three.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "incidentio.settings")
django.setup()

from catalog.models import CustomField, CustomFieldOption, IncidentStatus, IncidentType, Severity  # noqa: E402
from catalog.snapshot import Snapshot  # noqa: E402
from workflows.conditions import compile_groups  # noqa: E402
from workflows.facts import Facts, IncidentState  # noqa: E402
from workflows.lookup import Lookup  # noqa: E402
from workflows.triggers import TRIGGERS  # noqa: E402
from workflows.world import WorkflowWords, World  # noqa: E402

WORKFLOWS, TRIGGERS_ASKED, CONDITIONS = 1_000, 10, 5
EVENTS, ROUNDS = 300, 25
TARGET_US, GOAL_US = 100, 25


def snapshot() -> Snapshot:
    """The words of a hub: five severities, statuses, types, and a field with ten options."""
    options = {f"o{n}": CustomFieldOption(id=f"o{n}", custom_field_id="f", value=f"Team {n}") for n in range(10)}
    return Snapshot(
        version=1,
        severities={f"s{n}": Severity(id=f"s{n}", name=f"Severity {n}", rank=n) for n in range(5)},
        statuses={"st0": IncidentStatus(id="st0", name="Fixing", category="live", rank=1)},
        types={f"t{n}": IncidentType(id=f"t{n}", name=f"Type {n}") for n in range(5)},
        roles={},
        fields={"f": CustomField(id="f", name="Team", field_type="single_select")},
        options=options,
        timestamps={},
        metrics={},
    )


def asking(subject: str, operation: str, *literals: str) -> dict[str, Any]:
    """A condition with literals."""
    values = [{"array_value": [{"literal": literal} for literal in literals]}] if literals else []
    return {"subject": subject, "operation": operation, "param_bindings": values}


def conditions(random: Random) -> list[dict[str, Any]]:
    """Five conditions of one workflow."""
    kinds = [
        asking("incident.severity", "gte", f"s{random.randrange(5)}"),
        asking("incident.incident_type", "one_of", f"t{random.randrange(5)}", f"t{random.randrange(5)}"),
        asking('incident.custom_field["f"]', "one_of", *(f"o{random.randrange(10)}" for _ in range(3))),
        asking("incident.name", "contains", random.choice(["database", "checkout", "e", "a"])),
        asking("incident.status.category", "one_of", random.choice(["active", "closed"])),
        asking("incident.visibility", "one_of", "public"),
        asking("incident.call_url", "is_set"),
    ]
    return random.sample(kinds, CONDITIONS)


def book(words: Snapshot, random: Random) -> dict[str, list[Callable[[Facts], bool]]]:
    """The compiled conditions of all workflows, by trigger."""
    world = World(words=words, catalog={}, priorities={}, people={}, keys={}, entries={}, priority_ranks={})
    triggers = list(TRIGGERS)[:TRIGGERS_ASKED]
    compiled: dict[str, list[Callable[[Facts], bool]]] = {trigger: [] for trigger in triggers}
    for place in range(WORKFLOWS):
        trigger = triggers[place % TRIGGERS_ASKED]
        said = WorkflowWords(world, trigger, {"expressions": []})
        compiled[trigger].append(compile_groups(said, [{"conditions": conditions(random)}]))
    return compiled


def incident(words: Snapshot, random: Random) -> Facts:
    """What is so right after an event."""
    values = {
        "name": random.choice(["Checkout is down", "Database is slow", "Mails are late"]),
        "severity_id": f"s{random.randrange(5)}",
        "incident_type_id": f"t{random.randrange(5)}",
        "incident_status_id": "st0",
        "visibility": "public",
        "call_url": random.choice(["", "https://meet.example.com/x"]),
        "custom_field_entries.f": [f"o{random.randrange(10)}"],
    }
    return Facts(words, Lookup(), datetime.now(UTC), IncidentState("i", values))


def main() -> None:
    """Print the CPU time of an event."""
    random, words = Random(1), snapshot()
    started = time.process_time()
    asked = list(book(words, random).values())
    compiling = time.process_time() - started
    moments = [(incident(words, random), asked[n % TRIGGERS_ASKED]) for n in range(EVENTS)]
    rounds, met = [], 0
    for _ in range(ROUNDS):
        started = time.process_time()
        met = sum(holds(facts) for facts, workflows in moments for holds in workflows)
        rounds.append((time.process_time() - started) / EVENTS * 1e6)
    cost = statistics.median(rounds)
    print(f"{WORKFLOWS} workflows of {CONDITIONS} conditions on {TRIGGERS_ASKED} triggers; {met / EVENTS:.1f} hold")
    print(f"an event: {cost:.1f} us of CPU, at best {min(rounds):.1f} (target {TARGET_US}, goal {GOAL_US})")
    print(f"compiling all: {compiling * 1e3:.0f} ms")
    sys.exit(cost > TARGET_US)


if __name__ == "__main__":
    main()
