"""Which teams own a workflow."""

from collections.abc import Mapping
from typing import Any


def owners_of(definition: Mapping[str, Any]) -> list[str]:
    """The owners of a workflow as they were written: ids of teams, or of their entries in the catalog."""
    owners: list[str] = definition.get("owning_team_ids", [])
    return owners
