"""A tool that keeps a catalog, and nothing else: whatever `feed` is at the time."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from integrations.base import Integration, Setting
from integrations.catalog_feed import Feed, FeedAttribute, FeedEntry, FeedType, Progress
from integrations.catalog_times import SYNC_EVERY

SERVICE, OWNER = 'Custom["OrchardService"]', 'Custom["OrchardOwner"]'
TIER, NEEDS, OWNED = (
    FeedAttribute("tier", "Tier"),
    FeedAttribute("needs", "Needs", SERVICE, array=True),
    FeedAttribute("owner", "Owner", OWNER),
)


@dataclass
class Orchard:
    """What grows there; `fails` is raised instead of telling it."""

    feed: Feed = field(default_factory=lambda: Feed(()))
    fails: Exception | None = None
    name: str = "orchard"

    def read(self, values: Mapping[str, str], progress: Progress) -> Feed:
        progress(1, 2)
        if self.fails is not None:
            raise self.fails
        return self.feed

    @property
    def integration(self) -> Integration:
        return Integration(self.name, self.name.title(), (Setting("token", "Token"), SYNC_EVERY), catalog=self.read)


def service(external_id: str, tier: str = "1", **said: object) -> FeedEntry:
    """A service that says its tier."""
    return replace(FeedEntry(external_id, external_id.title(), (), {"tier": (tier,)}), **said)  # type: ignore[arg-type]


def services(*entries: FeedEntry, attributes: tuple[FeedAttribute, ...] = (TIER, NEEDS)) -> FeedType:
    return FeedType(SERVICE, "Orchard service", "What grows", attributes, entries)
