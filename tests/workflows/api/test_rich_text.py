"""Markdown as rich text, over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import ApiClient

PATH = "/v1/rich_text/actions/parse_markdown"


@pytest.fixture
def client(api: Callable[..., ApiClient]) -> ApiClient:
    return api("workflows_editor")


def test_a_tool_gets_the_document_for_its_step(client: ApiClient) -> None:
    answer: Any = client.post(PATH, {"markdown": "# {{ incident.name }}", "feature_set": "mrkdwn"})
    named = {"type": "varSpec", "attrs": {"name": "incident.name"}}
    assert answer.status_code == 200
    assert answer.json()["document"]["text_node"] == {
        "type": "doc",
        "content": [{"type": "paragraph", "content": [named]}],
    }
    assert answer.json()["dropped_content"] == ["heading"]


@pytest.mark.parametrize(
    "body",
    [
        {"markdown": "x", "feature_set": "braille"},
        {"markdown": "{{x", "feature_set": "rich"},
        {"markdown": "x\0", "feature_set": "rich"},
        {"markdown": "x" * 60_000, "feature_set": "rich"},
        {"markdown": None, "feature_set": "rich"},
        {},
    ],
)
def test_rubbish_is_refused(client: ApiClient, body: dict[str, Any]) -> None:
    assert client.post(PATH, body).status_code == 422
