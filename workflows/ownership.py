"""Which teams own a workflow."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from accounts.models import Team
from catalog.models import CatalogEntry
from catalog.teams import TYPE_NAME
from incidentio.core.errors import Invalid


def owners_of(definition: Mapping[str, Any]) -> list[str]:
    """The owners of a workflow as they were written: ids of teams, or of their entries in the catalog."""
    owners: list[str] = definition.get("owning_team_ids", [])
    return owners


def teams_meant(ids: Collection[str]) -> dict[str, str]:
    """The team each of `ids` stands for: its own, or that of the team's entry in the catalog."""
    if not ids:
        return {}
    entries = CatalogEntry.objects.filter(pk__in=ids, catalog_type__type_name=TYPE_NAME)
    teams = dict(entries.values_list("pk", "external_id"))
    return teams | {pk: pk for pk in Team.objects.filter(pk__in=ids).values_list("pk", flat=True)}


def check_owners(ids: Iterable[str]) -> None:
    """Refuse owners that are no teams.

    Raises:
        Invalid: on the first of them.
    """
    ids = list(ids)
    known = teams_meant(ids)
    for index, pk in enumerate(ids):
        if pk not in known:
            raise Invalid("not_found", f"There is no team with the ID {pk!r}", f"owning_team_ids.{index}")
