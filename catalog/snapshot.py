"""All configuration as of one configuration version, loaded once per process and version."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from catalog.models import (
    CustomField,
    CustomFieldOption,
    DurationMetric,
    IncidentRole,
    IncidentStatus,
    IncidentTimestamp,
    IncidentType,
    RoleType,
    Severity,
    Word,
)
from events.record import config_version


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The words of configuration by id, archived ones included: old incidents still speak them."""

    version: int
    severities: dict[str, Severity]
    statuses: dict[str, IncidentStatus]
    types: dict[str, IncidentType]
    roles: dict[str, IncidentRole]
    fields: dict[str, CustomField]
    options: dict[str, CustomFieldOption]
    timestamps: dict[str, IncidentTimestamp]
    metrics: dict[str, DurationMetric]

    @cached_property
    def options_of(self) -> dict[str, list[CustomFieldOption]]:
        """Each field's options that can be chosen now, in their order."""
        offered: dict[str, list[CustomFieldOption]] = defaultdict(list)
        for option in sorted(self.options.values(), key=lambda option: (option.sort_key, option.value)):
            if option.archived_at is None:
                offered[option.custom_field_id].append(option)
        return offered

    @cached_property
    def default_type(self) -> IncidentType | None:
        return next((kind for kind in active(self.types.values()) if kind.is_default), None)

    @cached_property
    def reporter_role(self) -> IncidentRole | None:
        return next((role for role in active(self.roles.values()) if role.role_type == RoleType.REPORTER), None)

    def statuses_in(self, *categories: str) -> list[IncidentStatus]:
        """The statuses of `categories` that can be chosen now, by rank."""
        chosen = [status for status in active(self.statuses.values()) if status.category in categories]
        return sorted(chosen, key=lambda status: status.rank)


def active[W: Word](words: Iterable[W]) -> list[W]:
    """Those of `words` that are not archived."""
    return [word for word in words if word.archived_at is None]


_latest: Snapshot | None = None


def at(version: int) -> Snapshot:
    """The configuration of `version`, as read with the caller's key or by `config_version()`."""
    global _latest  # noqa: PLW0603  one snapshot per process is the point
    snapshot = _latest
    if snapshot is None or snapshot.version != version:
        snapshot = _latest = _load(version)
    return snapshot


def current() -> Snapshot:
    """The configuration as it is now."""
    return at(config_version())


def _load(version: int) -> Snapshot:
    return Snapshot(
        version=version,
        severities={row.id: row for row in Severity.objects.order_by("rank")},
        statuses={row.id: row for row in IncidentStatus.objects.order_by("rank")},
        types={row.id: row for row in IncidentType.objects.order_by("id")},
        roles={row.id: row for row in IncidentRole.objects.order_by("id")},
        fields={row.id: row for row in CustomField.objects.select_related("catalog_type").order_by("id")},
        options={row.id: row for row in CustomFieldOption.objects.order_by("id")},
        timestamps={row.id: row for row in IncidentTimestamp.objects.order_by("rank")},
        metrics={row.id: row for row in DurationMetric.objects.order_by("rank")},
    )
