"""What the replayed flows share: reading answers as strictly as their clients do, and both their ways of paging."""

from typing import Any

import httpx


def decoded(answer: httpx.Response, code: int = 200) -> dict[str, Any]:
    """The body, as a Go client reads it: anything but the documented code and JSON would crash it."""
    assert answer.status_code == code, f"{answer.status_code}: {answer.text}"
    assert "json" in answer.headers["content-type"]
    body: dict[str, Any] = answer.json()
    return body


def until_empty(http: httpx.Client, path: str, key: str, **asked: Any) -> list[Any]:
    """All rows of a list, by clients that take `after` from the last row they saw and stop at an empty page."""
    seen: list[Any] = []
    while True:
        page = decoded(http.get(path, params=asked | ({"after": seen[-1]["id"]} if seen else {})))[key]
        if not page:
            return seen
        seen += page


def until_told(http: httpx.Client, path: str, key: str, **asked: Any) -> list[Any]:
    """All rows of a list, by clients that follow `pagination_meta.after` and stop where there is none."""
    seen: list[Any] = []
    after: dict[str, str] = {}
    while True:
        body = decoded(http.get(path, params=asked | after))
        seen += body[key]
        if "after" not in body["pagination_meta"]:
            return seen
        after = {"after": body["pagination_meta"]["after"]}
