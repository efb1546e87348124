"""A service catalog that is kept elsewhere, as the hub could have it: types, their attributes, and entries."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from catalog.entry_writing import LONGEST
from catalog.schemas import MOST_ATTRIBUTES, NO_ENTRIES, check_attribute_words
from catalog.types import check_type_name
from incidentio.core.errors import Gather, Invalid, within

MOST_TYPES = 100
MOST_ENTRIES = 50_000  # of a type
MOST_PROBLEMS = 20
LONGEST_EXTERNAL_ID = 300
LONGEST_NAME = 200  # of a type


@dataclass(frozen=True)
class FeedAttribute:
    """What entries of a type say. `type` is a primitive, `User`, or the type name of what this leads to."""

    id: str
    name: str
    type: str = "String"
    array: bool = False


@dataclass(frozen=True)
class FeedEntry:
    """One thing. `values` are literals by attribute; what says nothing is left out."""

    external_id: str
    name: str
    aliases: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class FeedType:
    """A kind of thing."""

    type_name: str
    name: str
    description: str = ""
    attributes: tuple[FeedAttribute, ...] = ()
    entries: tuple[FeedEntry, ...] = ()


@dataclass(frozen=True)
class Feed:
    """All of a catalog. `notes` tell people what was left out, or not found here."""

    types: tuple[FeedType, ...]
    notes: tuple[str, ...] = ()


Progress = Callable[[int, int], None]  # how many things were read, of how many; 0: nobody knows
# Reads the catalog of an account (its settings by name). Raises StepFailed if there is no answer, Invalid for rubbish.
CatalogFeed = Callable[[Mapping[str, str], Progress], Feed]


def check_feed(feed: Feed, known_types: Collection[str]) -> None:
    """Refuse what cannot be a catalog here. `known_types`: the names of the types the hub has.

    Raises:
        Invalid: the first mistakes: a type, attribute or external id that stands twice, an unknown type.
    """
    if len(feed.types) > MOST_TYPES:
        raise Invalid("invalid_value", f"At most {MOST_TYPES} types; this has {len(feed.types)}", "types")
    problems, names = Gather(), {*NO_ENTRIES, *known_types, *(kind.type_name for kind in feed.types)}
    for type_name in _twice(kind.type_name for kind in feed.types):
        with problems:
            raise Invalid("already_exists", f"The type {type_name[:100]} stands there twice", "types")
    for kind in feed.types:
        with problems, within(kind.type_name):
            check_type_name(kind.type_name)
            if not 0 < len(kind.name.strip()) <= LONGEST_NAME:
                raise Invalid("invalid_value", f"A type's name has 1 to {LONGEST_NAME} characters", "name")
        _check_attributes(kind, names, problems)
        _check_entries(kind, problems)
    del problems.problems[MOST_PROBLEMS:]
    problems.raise_if_any()


def _check_attributes(kind: FeedType, names: Collection[str], problems: Gather) -> None:
    pointer = f"{kind.type_name}.attributes"
    for attribute_id in _twice(attribute.id for attribute in kind.attributes):
        with problems:
            raise Invalid("already_exists", f"{kind.name!r} has the attribute {attribute_id[:100]!r} twice", pointer)
    if len(kind.attributes) > MOST_ATTRIBUTES:
        with problems:
            message = f"{kind.name!r} has {len(kind.attributes)} attributes; at most {MOST_ATTRIBUTES} are possible"
            raise Invalid("invalid_value", message, pointer)
    for attribute in kind.attributes:
        with problems:
            check_attribute_words(attribute.id, attribute.name, f"{pointer}.{attribute.id[:100]}")
            if attribute.type not in names:
                message = f"{kind.name!r}, attribute {attribute.id[:100]!r}: there is no type {attribute.type[:100]!r}"
                raise Invalid("not_found", message, f"{pointer}.{attribute.id[:100]}.type")


def _check_entries(kind: FeedType, problems: Gather) -> None:
    pointer = f"{kind.type_name}.entries"
    with problems:
        if len(kind.entries) > MOST_ENTRIES:
            message = f"{kind.name!r} has {len(kind.entries):,} entries; at most {MOST_ENTRIES:,} fit in a type"
            raise Invalid("invalid_value", message, pointer)
    for external_id in _twice(entry.external_id for entry in kind.entries):
        with problems:
            message = f"{kind.name!r} has two entries with the external ID {external_id[:100]!r}"
            raise Invalid("already_exists", message, f"{pointer}.external_id")
    for entry in kind.entries:
        with problems:
            if not 0 < len(entry.external_id) <= LONGEST_EXTERNAL_ID:
                what = f"{kind.name!r}, {entry.name[:100]!r}"
                message = f"{what}: an external ID has 1 to {LONGEST_EXTERNAL_ID} characters"
                raise Invalid("invalid_value", message, f"{pointer}.external_id")
            if not 0 < len(entry.name.strip()) <= LONGEST:
                message = f"{kind.name!r}, {entry.external_id!r}: a name has 1 to {LONGEST} characters"
                raise Invalid("invalid_value", message, f"{pointer}.name")


def _twice(texts: Iterable[str]) -> list[str]:
    return [text for text, count in Counter(texts).items() if count > 1]
