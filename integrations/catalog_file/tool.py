"""A file with a catalog, as the hub knows it."""

from collections.abc import Mapping

from incidentio.core.errors import DomainError
from integrations.base import CheckFailed, Integration, StepFailed
from integrations.catalog_feed import Feed, Progress
from integrations.catalog_file.account import CHECK_SECONDS, READ_SECONDS, SETTINGS, TOOL, content
from integrations.catalog_file.documents import read_documents, walk
from integrations.catalog_file.feed import feed_in


def read(values: Mapping[str, str], progress: Progress) -> Feed:
    """The catalog in the file.

    Raises:
        StepFailed: the address does not give it.
        Invalid: there is no such file, or it is no catalog.
    """
    found = content(values, READ_SECONDS)
    progress(0, 0)
    feed = feed_in(list(walk(read_documents(found))))
    count = sum(len(kind.entries) for kind in feed.types)
    progress(count, count)
    return feed


def check(values: Mapping[str, str]) -> str:
    """See whether the file is there; what is in it is looked at when catalogs are compared.

    Raises:
        CheckFailed: it is not.
    """
    try:
        found = content(values, CHECK_SECONDS)
    except (StepFailed, DomainError) as failure:
        raise CheckFailed(str(failure)) from failure
    return f"The file is there; it has {len(found):,} bytes"


INTEGRATION = Integration(
    name=TOOL,
    label="Catalog in a file",
    settings=SETTINGS,
    check=check,
    catalog=read,
    docs="docs/integrations/catalog_file.md",
)
