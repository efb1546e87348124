"""Issue trackers: what people call an issue, from its URL (the URLs' forms are the trackers' own, and public)."""

import re
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from incidents.models import IssueProvider

LONGEST_NAME = 500
P = IssueProvider
_JIRA = (r"/browse/(?P<a>[^/?#]+)|[?&]selectedIssue=(?P<b>[^&#]+)", "{name}")
_FORMS: dict[str, tuple[str, str]] = {
    P.ASANA: (r"/task/(?P<a>\d+)|^/0/[^/]+/(?P<b>\d+)", "{name}"),
    P.AZURE_DEVOPS: (r"/_workitems/edit/(?P<a>\d+)", "{name}"),
    P.LINEAR: (r"/issue/(?P<a>[^/?#]+)", "{name}"),
    P.JIRA: _JIRA,
    P.JIRA_SERVER: _JIRA,
    P.GITHUB: (r"^/(?P<project>[^/]+/[^/]+)/(?:issues|pull)/(?P<a>\d+)", "{project}#{name}"),
    P.GITLAB: (r"^/(?P<project>.+?)(?:/-)?/(?:issues|work_items)/(?P<a>\d+)", "{project}#{name}"),
    P.SERVICE_NOW: (r"number(?:=|%3D)(?P<a>[A-Za-z]+\d+)", "{name}"),
    P.SHORTCUT: (r"/story/(?P<a>\d+)", "sc-{name}"),
}
# By provider: each tells the address of the tracker that is connected, or nothing; the tools say so at the hub's start.
SITES: dict[str, Callable[[], str]] = {}


def site_of(provider: str) -> str:
    """Where the provider's tracker is, as in https://git.example.com/git; nothing if the hub does not know."""
    return SITES[provider]() if provider in SITES else ""


def issue_name(provider: str, url: str, site: str = "") -> str:
    """What people call the issue at `url`, as in `INC-1609` or `owner/project#12`: what the provider's URLs say, else
    the last part of the path, else the host. The path of the `site` the issue is at is no part of its name.
    """
    parts = urlsplit(url)
    path = parts.path.removeprefix(urlsplit(site).path) if url.startswith(f"{site}/") else parts.path
    candidates = [_named(provider, f"{path}?{parts.query}"), *reversed(path.split("/")), parts.netloc]
    return next((name for name in map(_readable, candidates) if name), provider)


def _named(provider: str, text: str) -> str:
    """What the provider's URLs say, if this is one of them."""
    pattern, form = _FORMS.get(provider, ("", ""))
    found = re.search(pattern, text) if pattern else None
    if found is None:
        return ""
    named = found.groupdict()
    return form.format(project=named.get("project"), name=named["a"] or named["b"])


def _readable(text: str) -> str:
    """`text` out of a URL without its escapes, nor what cannot be printed."""
    return "".join(char for char in unquote(text) if char.isprintable())[:LONGEST_NAME]
