"""References to choose from, many times on a page: written out here, at a tenth of what a template's loops cost."""

from collections.abc import Iterable

from django import template
from django.utils.html import escape, format_html_join
from django.utils.safestring import SafeString, mark_safe

from workflows.offering import Subject

register = template.Library()


@register.simple_tag
def reference_options(groups: Iterable[tuple[str, list[Subject]]], chosen: str = "") -> SafeString:
    """The options of a select, by groups, the chosen one selected."""
    told = ((group, mark_safe("".join(_option(one, chosen) for one in rows))) for group, rows in groups)  # noqa: S308
    return format_html_join("", '<optgroup label="{}">{}</optgroup>', told)


def _option(one: Subject, chosen: str) -> str:
    selected = " selected" if one.reference == chosen else ""
    return f'<option value="{escape(one.reference)}"{selected}>{escape(one.label)}</option>'
