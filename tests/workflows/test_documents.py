"""Rich text as the plain text it stands for."""

import json
from typing import Any

import pytest

from incidentio.core.rich_text import parse_markdown
from workflows.documents import DocumentFailed, document_in, text_of

MARKDOWN = """# What happened

The **checkout** is ~~slow~~ *down*: `500` on [the page](https://example.com/).

- first
- second

2. two
3. three

> said
> twice

```
code
```

---

| a | b |
|---|---|
| 1 | 2 |

![logo](https://example.com/a.png)"""
PLAIN = """# What happened
The **checkout** is ~~slow~~ *down*: `500` on [the page](https://example.com/).
- first
- second
2. two
3. three
> said
> twice
```
code
```
---
| a | b |
| 1 | 2 |
![logo](https://example.com/a.png)"""


def told(document: Any) -> str:
    """The document as text, where every variable is its name in capitals."""
    found = document_in(json.dumps(document))
    assert found is not None
    return text_of(found, str.upper, lambda url: url)


def paragraph(*nodes: Any) -> dict[str, Any]:
    return {"type": "doc", "content": [{"type": "paragraph", "content": list(nodes)}]}


def variable(name: str, **attrs: Any) -> dict[str, Any]:
    return {"type": "varSpec", "attrs": {"name": name, "label": name, "missing": False, **attrs}}


def test_a_document_is_the_markdown_it_was_made_of() -> None:
    assert told(parse_markdown(MARKDOWN, "rich_with_images").document) == PLAIN


def test_variables_stand_for_what_they_name() -> None:
    marked = variable("who") | {"marks": [{"type": "bold"}]}
    document = paragraph(
        {"type": "text", "text": "It is "}, marked, {"type": "lineBreak"}, variable("what", truncateTo=2)
    )
    assert told(document) == "It is **WHO**\nWH…"


@pytest.mark.parametrize("literal", ["", "{", "{}", '{"type":"doc"}', '"doc"', '["doc"]', '{"type":"doc","content":5}'])
def test_other_texts_are_no_documents(literal: str) -> None:
    assert document_in(literal) is None


@pytest.mark.parametrize("odd", [None, 5, "x", [], {}, {"type": 5}, {"type": "text", "text": 5}, {"type": "varSpec"}])
def test_odd_parts_are_left_out(odd: Any) -> None:
    document = {"type": "doc", "content": [odd, {"type": "paragraph", "content": [odd], "marks": 5, "attrs": [odd]}]}
    assert told(document).strip() == ""


def test_a_document_has_an_end() -> None:
    deep: dict[str, Any] = {"type": "paragraph"}
    for _ in range(60):
        deep = {"type": "blockquote", "content": [deep]}
    for document in ({"type": "doc", "content": [deep]}, paragraph(*[variable("x" * 500)] * 300)):
        with pytest.raises(DocumentFailed):
            told(document)
