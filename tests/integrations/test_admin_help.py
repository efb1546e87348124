"""Set-up pages are read as text: nothing in them is run."""

from pathlib import Path
from typing import Any

import pytest

from integrations.admin_help import setup_page
from integrations.base import Integration


@pytest.fixture
def page(settings: Any, tmp_path: Path) -> Any:
    """`page(text)`: what a browser gets of it."""
    settings.BASE_DIR, settings.PUBLIC_URL = tmp_path, "https://hub.acme.example"

    def read(text: str) -> str:
        (tmp_path / "vine.md").write_text(text)
        return setup_page(Integration("vine", "Vine", docs="vine.md"))

    return read


def test_headings_tables_and_lists_are_shown(page: Any) -> None:
    html = page("# Vine\n\n1. Go\n\n| a | b |\n|---|---|\n| c | d |\n")
    for part in ("<h1>Vine</h1>", "<li>Go</li>", "<td>c</td>"):
        assert part in html


def test_html_is_text(page: Any) -> None:
    assert "<script>" not in page("<script>alert(1)</script>\n\nand <img src=x onerror=alert(1)>")


def test_what_lies_beside_it_is_no_link(page: Any) -> None:
    html = page("![A picture](../images/vine.png)\n\n[The alerts](../alerts.md), [Vine](https://vine.example)")
    assert "img" not in html
    assert "The alerts, <a href" in html


def test_addresses_are_those_of_this_hub(page: Any) -> None:
    assert "https://hub.acme.example/hooks/vine" in page("`https://<your hub>/hooks/vine`")
