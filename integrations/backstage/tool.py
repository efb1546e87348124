"""Backstage as the hub knows it."""

from collections.abc import Mapping

from integrations.backstage.account import SETTINGS, TOOL, Backstage, check
from integrations.base import Integration
from integrations.catalog_entities import feed_of
from integrations.catalog_feed import Feed, Progress


def read(values: Mapping[str, str], progress: Progress) -> Feed:
    """The catalog, as the account may read it.

    Raises:
        StepFailed: there is no answer.
        Invalid: it is none of a catalog's.
    """
    there = Backstage(values)
    return feed_of(there.entities(progress), there.kinds, there.annotations)


INTEGRATION = Integration(
    name=TOOL,
    label="Backstage",
    settings=SETTINGS,
    check=check,
    catalog=read,
    docs="docs/integrations/backstage.md",
)
