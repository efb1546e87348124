"""The published contract, and walks that hold every exchange against it, both directions.

The contract itself is not part of the project. Where it lies beside it (or `CONTRACT_DOCUMENT` names it) the answers
are checked against it; everywhere they are checked against the document we serve ourselves.
"""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from jsonschema import Draft4Validator, FormatChecker

from tests.conftest import ApiClient
from web.api_document import api_document

PUBLISHED = Path(os.environ.get("CONTRACT_DOCUMENT", settings.BASE_DIR.parent / "shared/reference/openapi-core.json"))


def draft4(schema: Any) -> Any:
    """An OpenAPI 3.0 schema as JSON Schema: our documents use no keyword whose meaning differs but `nullable`."""
    if isinstance(schema, list):
        return [draft4(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: draft4(value) for key, value in schema.items() if key not in ("example", "examples", "nullable")}


class Contract:
    """An OpenAPI document that can say whether an answer or a request is as it promises."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.components = {"components": draft4(document["components"])}

    def __contains__(self, operation: tuple[str, str]) -> bool:
        path, method = operation
        return method in self.document["paths"].get(path, {})

    def operations(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                yield path, method, operation

    def problems(self, schema: dict[str, Any], value: Any) -> list[str]:
        validator = Draft4Validator(self.components | draft4(schema), format_checker=FormatChecker())
        return [f"{'.'.join(map(str, error.path))}: {error.message}" for error in validator.iter_errors(value)]

    def check_answer(self, path: str, method: str, answer: Any) -> None:
        """The status is the documented one, and the body has the documented shape."""
        ((status, described),) = [
            (code, described)
            for code, described in self.document["paths"][path][method]["responses"].items()
            if code.startswith("2")
        ]
        assert str(answer.status_code) == status, f"{method} {path}: {answer.content[:500]!r}"
        content = described.get("content")
        if not content or "IncidentsV1#OpenAPI" in path or path.endswith("openapiV3.json"):
            return
        assert "json" in answer["Content-Type"]
        body = orjson.loads(answer.content)
        assert self.problems(content["application/json"]["schema"], body) == []
        assert_no_null(body)

    def check_request(self, path: str, method: str, body: Any) -> None:
        """What we send in the walk is what the contract allows."""
        described = self.document["paths"][path][method].get("requestBody")
        if described:
            (content,) = described["content"].values()
            assert self.problems(content["schema"], body) == []


def assert_no_null(value: Any) -> None:
    """Absent, never null."""
    if isinstance(value, dict):
        assert None not in value.values(), value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        assert_no_null(inner)


@cache
def ours() -> Contract:
    return Contract(orjson.loads(api_document()))


@cache
def published() -> Contract | None:
    return Contract(orjson.loads(PUBLISHED.read_bytes())) if PUBLISHED.is_file() else None


def contracts() -> list[Contract]:
    """Ours, and the published one where it is at hand."""
    return [contract for contract in (ours(), published()) if contract is not None]


def is_under(path: str, roots: tuple[str, ...]) -> bool:
    """Whether `path` is one of `roots` or below one."""
    return any(path == root or path.startswith(f"{root}/") for root in roots)


class Walk:
    """A caller whose every exchange is checked, remembering which operations it used."""

    def __init__(self, client: ApiClient) -> None:
        self.client = client
        self.used: set[tuple[str, str]] = set()

    def __call__(self, method: str, path: str, body: Any = None, query: str = "", **ids: str) -> Any:
        self.used.add((path, method))
        answer = self.client.request(method, path.format(**ids) + query, body)
        for contract in contracts():
            if (path, method) in contract:
                contract.check_request(path, method, body)
                contract.check_answer(path, method, answer)
        return orjson.loads(answer.content) if answer.content else None

    def refuses(self, method: str, path: str, body: Any = None, query: str = "", **ids: str) -> None:
        """An operation that is there and never done: whatever is asked, 404 in the envelope the document shows."""
        self.used.add((path, method))
        answer = self.client.request(method, path.format(**ids) + query, body)
        for contract in contracts():
            if (path, method) in contract:
                contract.check_request(path, method, body)
        assert answer.status_code == 404, answer.content
        described = ours().document["paths"][path][method]["responses"]["404"]
        envelope = described["content"]["application/json"]["schema"]
        assert ours().problems(envelope, orjson.loads(answer.content)) == []

    def left_out(self, roots: tuple[str, ...]) -> set[tuple[str, str]]:
        """The operations under `roots`, of either document, that the walk has not used yet."""
        documented = {(path, method) for contract in contracts() for path, method, _ in contract.operations()}
        return {operation for operation in documented if is_under(operation[0], roots)} - self.used
