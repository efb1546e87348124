"""The set-up page of each tool, read in the admin where the account is entered."""

import re
from functools import lru_cache

from django.conf import settings
from django.http import Http404
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt

from integrations.base import Integration

# What a page leads to lies beside it in docs/, where a browser does not get.
_IMAGE, _LINK = re.compile(r"!\[[^\]]*\]\([^)]*\)\s*"), re.compile(r"\[([^\]]*)\]\((?!https?://)[^)]*\)")


def setup_page(tool: Integration) -> SafeString:
    """How to set the tool up, as HTML.

    Raises:
        Http404: nobody wrote it down.
    """
    file = settings.BASE_DIR / tool.docs
    if not tool.docs.endswith(".md") or not file.is_file():
        raise Http404(f"There is no set-up page of {tool.label}")
    return _rendered(file.read_text(encoding="utf-8"))


@lru_cache
def _rendered(text: str) -> SafeString:
    """Markdown as HTML; HTML that stands in it is shown as text, not used."""
    own = _LINK.sub(r"\1", _IMAGE.sub("", text)).replace("https://<your hub>", settings.PUBLIC_URL)
    return SafeString(MarkdownIt("commonmark", {"html": False}).enable("table").render(own))
