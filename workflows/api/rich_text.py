"""Markdown as rich text: a hidden call that tools make before they write a step (API behaviour, section 9.2)."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from incidentio.core.fields import Body, Choice, Text
from incidentio.core.rich_text import FEATURE_SETS, parse_markdown
from incidentio.core.views import ResourceViewSet, operation

LONGEST_MARKDOWN = 50_000
SCHEMA_VERSION = "1.0.0"


class RichTextParseMarkdownPayloadV1(Body):
    """Markdown, and what the place it is meant for can hold."""

    markdown = Text(allow_blank=True, max_length=LONGEST_MARKDOWN, help_text="`{{ name }}` becomes a variable")
    feature_set = Choice(choices=list(FEATURE_SETS))


class RichTextDocumentV1(serializers.Serializer[Any]):
    """A document; `text_node` is what a field of rich text keeps, as JSON."""

    schema_version = serializers.CharField()
    feature_set = serializers.ChoiceField(choices=list(FEATURE_SETS))
    markdown = serializers.CharField()
    text_node = serializers.DictField()


class RichTextParseMarkdownResultV1(serializers.Serializer[Any]):
    """The document, and the kinds of nodes and marks it could not hold."""

    document = RichTextDocumentV1()
    dropped_content = serializers.ListField(child=serializers.CharField())


class RichTextV1(ResourceViewSet):
    """Rich text."""

    @operation("RichText V1#ParseMarkdown", body=RichTextParseMarkdownPayloadV1, answer=RichTextParseMarkdownResultV1)
    def parse_markdown(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        parsed = parse_markdown(**body)
        document = {"schema_version": SCHEMA_VERSION, **body, "text_node": parsed.document}
        return {"document": document, "dropped_content": parsed.dropped}
