"""Entities as Backstage describes them, from its API or from descriptor files, as types and entries of the hub.

https://backstage.io/docs/features/software-catalog/descriptor-format and …/well-known-relations
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import Team, User
from catalog.schemas import USER
from catalog.teams import TYPE_NAME as TEAM_TYPE
from integrations.catalog_feed import LONGEST_EXTERNAL_ID, Feed, FeedAttribute, FeedEntry, FeedType

KINDS = ("Component", "System", "Domain", "API", "Resource", "Group", "User")
DEFAULT_NAMESPACE = "default"
MOST_NAMED = 20  # in a note
# What descriptor files say of relations: the field of the spec, the relation, and the kind that is usually meant.
SPOKEN = (
    ("owner", "ownedBy", "Group"),
    ("system", "partOf", "System"),
    ("domain", "partOf", "Domain"),
    ("subdomainOf", "partOf", "Domain"),
    ("subcomponentOf", "partOf", "Component"),
    ("dependsOn", "dependsOn", "Component"),
    ("providesApis", "providesApi", "API"),
    ("consumesApis", "consumesApi", "API"),
    ("parent", "childOf", "Group"),
    ("memberOf", "memberOf", "Group"),
)

Entity = Mapping[str, Any]


@dataclass(frozen=True)
class Reference:
    """An attribute that leads along a relation to entities of one kind."""

    id: str
    name: str
    relation: str
    to: str
    of: tuple[str, ...]
    array: bool = False


_OWNED = ("Component", "API", "Resource", "System", "Domain")
REFERENCES = (
    Reference("owner", "Owner", "ownedBy", "Group", _OWNED),
    Reference("owner_user", "Owner (person)", "ownedBy", "User", _OWNED),
    Reference("system", "System", "partOf", "System", ("Component", "API", "Resource")),
    Reference("domain", "Domain", "partOf", "Domain", ("System", "Domain")),
    Reference("subcomponent_of", "Subcomponent of", "partOf", "Component", ("Component",)),
    Reference("depends_on", "Depends on", "dependsOn", "Component", ("Component", "Resource"), array=True),
    Reference("depends_on_resources", "Uses", "dependsOn", "Resource", ("Component", "Resource"), array=True),
    Reference("provides_apis", "Provides APIs", "providesApi", "API", ("Component",), array=True),
    Reference("consumes_apis", "Consumes APIs", "consumesApi", "API", ("Component",), array=True),
    Reference("parent", "Parent", "childOf", "Group", ("Group",)),
    Reference("member_of", "Member of", "memberOf", "Group", ("User",), array=True),
)


@dataclass(frozen=True)
class Ref:
    """The name of an entity. Case says nothing in it."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.namespace}/{self.name}".lower()


def parse_ref(said: Any, kind: str, namespace: str) -> Ref | None:
    """A reference as people write it, `[kind:][namespace/]name` or its parts; what is left out is `kind` and
    `namespace`. None if it is none.
    """
    if isinstance(said, Mapping):
        parts = [_text(said.get(part)) for part in ("kind", "namespace", "name")]
        return Ref(parts[0] or kind, parts[1] or namespace, parts[2]) if parts[2] else None
    if not isinstance(said, str) or not said.strip():
        return None
    before, colon, rest = said.strip().partition(":")
    said_kind, rest = (before, rest) if colon else (kind, before)
    before, slash, name = rest.partition("/")
    said_namespace, name = (before, name) if slash else (namespace, before)
    return Ref(said_kind, said_namespace, name) if said_kind and said_namespace and name else None


def is_entity(document: Any) -> bool:
    """Whether a document is an entity's."""
    return isinstance(document, Mapping) and "apiVersion" in document and "kind" in document


def type_name_of(kind: str) -> str:
    return f'Custom["Backstage{kind}"]'


def feed_of(entities: Iterable[Any], kinds: Sequence[str], annotations: Sequence[str] = ()) -> Feed:
    """The entities of these kinds, a type for each. `annotations` become attributes; groups lead to the hub's teams of
    the same name, users to its people with the same e-mail address. What has no name, or stands there twice, is left
    out and told of.
    """
    gathering = _Gathering(kinds, annotations)
    for entity in entities:
        gathering.add(entity)
    return gathering.feed()


def unmatched(what: str, names: Sequence[str]) -> Iterator[str]:
    """A note that names some of what was not found here."""
    if names:
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        yield f"{what}: {', '.join(sorted(names)[:MOST_NAMED])}{more}"


class _Gathering:
    """Takes one entity after the other."""

    def __init__(self, kinds: Sequence[str], annotations: Sequence[str]) -> None:
        self.kinds = {kind.lower(): kind for kind in kinds}
        self.annotations = annotations
        self.entries: dict[str, dict[str, FeedEntry]] = {kind: {} for kind in kinds}
        self.teams = {name.casefold(): pk for pk, name in Team.objects.values_list("pk", "name")}
        self.emails = {email.lower() for email in User.objects.values_list("email", flat=True)}
        self.attributes = {kind: self._attributes(kind) for kind in kinds}
        self.nameless = 0
        self.twice: list[str] = []
        self.strangers: list[str] = []
        self.teamless: list[str] = []

    def add(self, entity: Any) -> None:
        kind = self.kinds.get(_text(entity.get("kind")).lower()) if isinstance(entity, Mapping) else None
        ref = self._ref(entity, kind) if kind is not None else None
        if kind is None:
            return
        if ref is None:
            self.nameless += 1
        elif str(ref) in self.entries[kind]:
            self.twice.append(str(ref))
        else:
            self.entries[kind][str(ref)] = self._entry(kind, ref, entity)

    def feed(self) -> Feed:
        types = tuple(
            FeedType(
                type_name_of(kind),
                f"Backstage {kind}",
                f"Entities of the kind {kind}, as Backstage has them",
                tuple(self.attributes[kind]),
                tuple(entries.values()),
            )
            for kind, entries in self.entries.items()
        )
        notes = [f"{self.nameless} entities without a name were left out"] if self.nameless else []
        notes += unmatched("Stood there twice, and were taken once", self.twice)
        notes += unmatched("Groups without a team of the same name here", self.teamless)
        notes += unmatched("People without an account here (none is made)", self.strangers)
        return Feed(types, tuple(notes))

    def _attributes(self, kind: str) -> list[FeedAttribute]:
        found = [
            FeedAttribute("description", "Description", "Text"),
            FeedAttribute("type", "Type"),
            FeedAttribute("lifecycle", "Lifecycle"),
            FeedAttribute("tags", "Tags", array=True),
            FeedAttribute("links", "Links", array=True),
        ]
        found += [
            FeedAttribute(reference.id, reference.name, type_name_of(reference.to), reference.array)
            for reference in REFERENCES
            if kind in reference.of and reference.to in self.kinds.values()
        ]
        if kind == "Group":
            found.append(FeedAttribute("team", "Team", TEAM_TYPE))
        if kind == "User":
            found += [FeedAttribute("email", "E-mail"), FeedAttribute("person", "Person", USER)]
        return [*found, *(FeedAttribute(f"annotation:{name}", name) for name in self.annotations)]

    def _ref(self, entity: Entity, kind: str) -> Ref | None:
        metadata = _mapping(entity.get("metadata"))
        name = _text(metadata.get("name"))
        ref = Ref(kind, _text(metadata.get("namespace")) or DEFAULT_NAMESPACE, name)
        return ref if name and len(str(ref)) <= LONGEST_EXTERNAL_ID else None

    def _entry(self, kind: str, ref: Ref, entity: Entity) -> FeedEntry:
        metadata, spec = _mapping(entity.get("metadata")), _mapping(entity.get("spec"))
        profile = _mapping(spec.get("profile"))
        name = _text(metadata.get("title")) or _text(profile.get("displayName")) or ref.name
        values = {
            "description": [_text(metadata.get("description"))],
            "type": [_text(spec.get("type"))],
            "lifecycle": [_text(spec.get("lifecycle"))],
            "tags": [_text(tag) for tag in _list(metadata.get("tags"))],
            "links": [_text(_mapping(link).get("url")) for link in _list(metadata.get("links"))],
            **self._references(kind, ref, entity),
        }
        if kind == "Group":
            values["team"] = [self._team(ref, name)]
        if kind == "User":
            email = _text(profile.get("email"))
            values |= {"email": [email], "person": [self._person(ref, email)]}
        said = _mapping(metadata.get("annotations"))
        values |= {f"annotation:{annotation}": [_text(said.get(annotation))] for annotation in self.annotations}
        known = {attribute.id: attribute for attribute in self.attributes[kind]}
        return FeedEntry(str(ref), name[:500], _aliases(ref), _said(values, known))

    def _references(self, kind: str, ref: Ref, entity: Entity) -> dict[str, list[str]]:
        """Where the entity leads, by attribute."""
        ends: dict[tuple[str, str], list[str]] = defaultdict(list)
        for relation, end in _relations(entity, ref.namespace):
            ends[relation, end.kind.lower()].append(str(end))
        return {
            reference.id: ends[reference.relation, reference.to.lower()]
            for reference in REFERENCES
            if kind in reference.of
        }

    def _team(self, ref: Ref, name: str) -> str:
        """The hub's team of the same name."""
        team = self.teams.get(name.casefold()) or self.teams.get(ref.name.casefold())
        if team is None:
            self.teamless.append(name)
        return team or ""

    def _person(self, ref: Ref, email: str) -> str:
        """The e-mail address, if somebody here has it."""
        if email.lower() in self.emails:
            return email
        self.strangers.append(email or ref.name)
        return ""


def _relations(entity: Entity, namespace: str) -> Iterator[tuple[str, Ref]]:
    """The relations Backstage worked out; of an entity in a file, those its spec speaks of."""
    spec = _mapping(entity.get("spec"))
    if not isinstance(entity.get("relations"), list):
        for name, relation, kind in SPOKEN:
            said = spec.get(name)
            for one in said if isinstance(said, list) else [said]:
                if end := parse_ref(one, kind, namespace):
                    yield relation, end
        return
    for relation in _list(entity.get("relations")):
        said = _mapping(relation)
        if end := parse_ref(said.get("targetRef") or said.get("target"), "", DEFAULT_NAMESPACE):
            yield _text(said.get("type")), end


def _aliases(ref: Ref) -> tuple[str, ...]:
    """What else it goes by: plugins of Backstage send its namespace and name; a name alone is in the default one."""
    full = f"{ref.namespace}/{ref.name}".lower()
    return (full, ref.name.lower()) if ref.namespace.lower() == DEFAULT_NAMESPACE else (full,)


def _said(values: Mapping[str, Sequence[str]], known: Mapping[str, FeedAttribute]) -> dict[str, tuple[str, ...]]:
    """The values that say something, each once, of attributes there are; of what takes one, the first."""
    said = {pk: tuple(dict.fromkeys(filter(None, literals))) for pk, literals in values.items() if pk in known}
    return {pk: literals if known[pk].array else literals[:1] for pk, literals in said.items() if literals}


def _text(value: Any) -> str:
    """A text that can be kept: without null characters, and without halves of characters, which JSON can write."""
    return value.replace("\0", "").encode(errors="replace").decode().strip() if isinstance(value, str) else ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
