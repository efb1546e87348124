"""An account at Backstage, and the API of its catalog.

https://backstage.io/docs/features/software-catalog/software-catalog-api
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from incidentio.core.errors import Invalid
from integrations.asking import Clock, ask
from integrations.base import CheckFailed, Entered, Setting, StepFailed
from integrations.calling import Request, json_of
from integrations.catalog_entities import KINDS
from integrations.catalog_feed import Progress
from integrations.catalog_times import SYNC_EVERY

TOOL = "backstage"
PAGE = 100
MOST_BYTES = 8 * 1_048_576  # of a page
MOST_PAGES = 1_000
PAGE_SECONDS, CHECK_SECONDS = 15.0, 2.0
STRANGE = "What is at this address does not answer as the catalog of Backstage does"
BY_QUERY, ENTITIES = "entities/by-query", "entities"
# Without `spec.definition`: the text of an API may be megabytes.
FIELDS = (
    "apiVersion,kind,metadata.name,metadata.namespace,metadata.title,metadata.description,metadata.annotations,"
    "metadata.tags,metadata.links,relations,spec.type,spec.lifecycle,spec.profile"
)

SETTINGS = (
    Setting("base_url", "Address", "Of the backend, as in https://backstage.example.com"),
    Setting(
        "token",
        "Token",
        "A static token for external access; none where anybody may read the catalog",
        secret=True,
        required=False,
    ),
    Setting(
        "kinds",
        "Kinds",
        "Which entities, with commas between; left empty, the usual seven",
        required=False,
        default=", ".join(KINDS),
    ),
    Setting(
        "annotations",
        "Annotations",
        "Those to keep, with commas between, as in github.com/project-slug",
        required=False,
    ),
    SYNC_EVERY,
)


@dataclass(frozen=True)
class Backstage(Entered):
    """A Backstage, as its account sees it."""

    @property
    def kinds(self) -> list[str]:
        """The kinds that are wanted, in the words of Backstage."""
        usual = {kind.lower(): kind for kind in KINDS}
        return [usual.get(kind.lower(), kind) for kind in self.listed("kinds") or KINDS]

    @property
    def annotations(self) -> list[str]:
        return self.listed("annotations")

    def page(self, path: str, seconds: float, **query: str) -> Any:
        """What the catalog answers, as JSON; None if it does not know the path.

        Raises:
            StepFailed: there is no answer.
            Invalid: it is none of a catalog's.
        """
        said = [(name, value) for name, value in query.items() if value]
        if "cursor" not in query:
            said += [("filter", f"kind={kind.lower()}") for kind in self.kinds]
        root = self["base_url"].rstrip("/").removesuffix("/api/catalog")
        headers = {"accept": "application/json"}
        if self["token"]:
            headers["authorization"] = f"Bearer {self['token']}"
        request = Request("GET", f"{root}/api/catalog/{path}?{urlencode(said)}", headers, most_bytes=MOST_BYTES)
        answer = ask(TOOL, request, seconds)
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise StepFailed(f"Backstage refused it ({answer.status}): {_complaint(json_of(answer))}")
        if answer.truncated:
            raise Invalid("invalid_value", f"A page of the catalog has more than {MOST_BYTES // 1_048_576} MiB")
        body = json_of(answer)
        if body is None:
            raise Invalid("invalid_value", f"{STRANGE}: no JSON")
        return body

    def entities(self, progress: Progress) -> Iterator[Any]:
        """All entities of the wanted kinds. Before version 1.8 of its catalog, Backstage had one way of paging only.

        Raises:
            StepFailed, Invalid: as `page`.
        """
        first = self.page(BY_QUERY, PAGE_SECONDS, limit=str(PAGE), fields=FIELDS)
        yield from self._by_offset(progress) if first is None else self._by_cursor(first, progress)

    def _by_cursor(self, page: Any, progress: Progress) -> Iterator[Any]:
        done, seen = 0, set[str]()
        while True:
            items = _items(page)
            yield from items
            done += len(items)
            total = page.get("totalItems")
            progress(done, total if isinstance(total, int) and not isinstance(total, bool) else 0)
            info = page.get("pageInfo")
            cursor = info.get("nextCursor") if isinstance(info, dict) else None
            if not isinstance(cursor, str) or not cursor:
                return
            if cursor in seen or len(seen) >= MOST_PAGES:
                raise Invalid("invalid_value", "The pages of the catalog lead in a circle, or there is no end to them")
            seen.add(cursor)
            page = self.page(BY_QUERY, PAGE_SECONDS, limit=str(PAGE), fields=FIELDS, cursor=cursor)

    def _by_offset(self, progress: Progress) -> Iterator[Any]:
        done = 0
        for _ in range(MOST_PAGES):
            page = self.page(ENTITIES, PAGE_SECONDS, limit=str(PAGE), offset=str(done), fields=FIELDS)
            if page is None:
                raise StepFailed("There is no catalog at this address (404)")
            items = _items({"items": page})
            yield from items
            done += len(items)
            progress(done, 0)
            if not items or len(items) > PAGE:  # the oldest give all of it, whatever the limit
                return
        raise Invalid("invalid_value", "There is no end to the pages of the catalog")


def check(values: Mapping[str, str]) -> str:
    """Ask for one entity.

    Raises:
        CheckFailed: Backstage does not give it.
    """
    there, clock = Backstage(values), Clock(CHECK_SECONDS)
    try:
        page = there.page(BY_QUERY, clock.left, limit="1", fields="kind")
        if page is None and there.page(ENTITIES, clock.left, limit="1", fields="kind") is not None:
            return "Connected; an older Backstage, which does not say how many entities it has"
        if page is None:
            raise CheckFailed("There is no catalog at this address (404)")
        _items(page)
    except (StepFailed, Invalid) as failure:
        raise CheckFailed(f"{failure}. Check the address and the token") from failure
    return f"Connected; the catalog has {page.get('totalItems', 'some')} entities of these kinds"


def _items(page: Any) -> list[Any]:
    items = page.get("items") if isinstance(page, dict) else None
    if not isinstance(items, list):
        raise Invalid("invalid_value", f"{STRANGE}: no items")
    return items


def _complaint(said: Any) -> str:
    """What Backstage says is wrong: `error.name` and `error.message`."""
    error = said.get("error") if isinstance(said, dict) else None
    if not isinstance(error, dict):
        return "it did not say why"
    told = f"{error.get('name', '')}: {error.get('message', '')}"[:1_000]
    return told.replace("\0", "").encode(errors="replace").decode()
