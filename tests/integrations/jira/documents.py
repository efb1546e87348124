"""What the Atlassian Document Format lets stand where, of the nodes that Markdown has
(https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/, one page for each node and mark).
"""

from typing import Any

INLINE = {"text", "hardBreak"}
PARTS = {"paragraph", "codeBlock", "bulletList", "orderedList"}
CONTENT = {
    "doc": PARTS | {"heading", "blockquote", "rule"},
    "blockquote": PARTS,
    "listItem": PARTS,
    "bulletList": {"listItem"},
    "orderedList": {"listItem"},
    "paragraph": INLINE,
    "heading": INLINE,
    "codeBlock": {"text"},
}
NEVER_EMPTY = {"blockquote", "listItem", "bulletList", "orderedList"}
ATTRS = {"heading": {"level"}, "orderedList": {"order"}, "codeBlock": {"language"}}
MARKS = {"strong": set(), "em": set(), "strike": set(), "code": set(), "link": {"href"}}


def is_valid(document: Any) -> bool:
    """Whether Jira takes it as a document."""
    if not isinstance(document, dict) or (document.get("type"), document.get("version")) != ("doc", 1):
        return False
    return _fits({name: value for name, value in document.items() if name != "version"})


def _fits(node: dict[str, Any], within: str = "") -> bool:
    kind = node["type"]
    if kind == "text":
        return set(node) <= {"type", "text", "marks"} and bool(node["text"]) and _marked(node.get("marks", []), within)
    if kind in ("hardBreak", "rule"):
        return set(node) == {"type"}
    content, attrs = node["content"], set(node.get("attrs", {}))
    kinds = [one["type"] for one in content]
    if not set(kinds) <= CONTENT[kind] or not attrs <= ATTRS.get(kind, set()):
        return False
    if (kind in NEVER_EMPTY and not kinds) or (kind == "listItem" and kinds[0] not in ("paragraph", "codeBlock")):
        return False
    if kind == "heading" and node["attrs"]["level"] not in range(1, 7):
        return False
    return all(_fits(one, kind) for one in content)


def _marked(marks: list[dict[str, Any]], within: str) -> bool:
    kinds = [mark["type"] for mark in marks]
    if within == "codeBlock":
        return not marks
    if len(set(kinds)) < len(kinds) or ("code" in kinds and not set(kinds) <= {"code", "link"}):
        return False
    return all(set(mark.get("attrs", {})) == MARKS[mark["type"]] for mark in marks)
