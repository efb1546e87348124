"""Words made of what an alert says."""

from typing import Any

import pytest

from incidents.alert_templates import find, render

ALERT = {
    "alert": {
        "title": "Disk is {{ alert.description }}",
        "description": "",
        "metadata": {"team": {"name": "Payments"}, "hosts": ["db-1", "db-2"], "load": 0.5, "paged": True, "gone": None},
    }
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("Down", "Down"),
        ("{{alert.metadata.team.name}}: {{ alert.metadata.hosts[1] }}!", "Payments: db-2!"),
        ("{{ alert.metadata.load }} {{ alert.metadata.paged }}", "0.5 true"),
        ("{{ alert.metadata.hosts }}", '["db-1", "db-2"]'),
        ("a{{ alert.metadata.gone }}{{ alert.nothing.at.all }}{{ alert.metadata.hosts[9] }}b", "ab"),
        ("{{ alert.title }}", "Disk is {{ alert.description }}"),
        ("{{ }} {{ two words }} {{ alert.__class__ }}", "{{ }} {{ two words }} "),
    ],
)
def test_places_are_filled_with_what_they_name(template: str, text: str) -> None:
    assert render(template, ALERT, 100) == text


def test_a_text_is_cut_where_it_gets_too_long() -> None:
    assert render("{{ alert.metadata.hosts }}" * 1_000, {"alert": {"metadata": {"hosts": "x" * 9_000}}}, 9) == "x" * 9


@pytest.mark.parametrize(
    ("path", "value"), [("$.a.b", 1), ("a.b", 1), ("$", {"a": {"b": 1}}), ("a.b.c", None), ("", {"a": {"b": 1}})]
)
def test_a_path_names_a_part_of_a_document(path: str, value: Any) -> None:
    assert find({"a": {"b": 1}}, path) == value
