"""Templates that behave, and templates that do not: those are refused before they take long."""

import time
from typing import Any

import pytest

from workflows.rendering import TemplateFailed, refusal_of, render

GROWING = "{% assign x = 'aaaaaaaaaa' %}"
TWICE = "{% assign x = x | append: x %}"


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ name | upcase }} is down", "CHECKOUT is down"),
        ("{% if many.size > 1 %}{{ many | join: ' and ' }}{% endif %}", "a and b"),
        ("{% for one in many reversed %}{{ forloop.index }}{{ one }}{% endfor %}", "1b2a"),
        ("{% raw %}{{ name }}{% endraw %}", "{{ name }}"),
        ("{% comment %}{{ name }}{% endcomment %}", ""),
        ("{{ nothing }}{{ nothing.of.all }}{{ name.nothing }}", ""),
        ("{{ nothing | default: 'nobody' }}", "nobody"),
        ("{{ 'a.b' | replace: '.', '-' }}{{ 'ab' | replace: '', '-' }}", "a-b-a-b-"),
        ("{{ template }}", "{{ name }}"),
        ("100% {sure}", "100% {sure}"),
    ],
)
def test_a_template_takes_what_it_names(template: str, text: str) -> None:
    assert render(template, {"name": "Checkout", "many": ["a", "b"], "template": "{{ name }}"}) == text


ENDLESS: dict[str, str] = {
    "openings without an end": "{{" * 50_000,
    "braces": "{" * 100_000,
    "tags without an end": "{% if a " * 12_000,
    "verbatim without an end": "{% raw %}" * 11_000,
    "a comment of openings": "{% comment %}" + "{% ! {{ %}" * 9_000 + "{% endcomment %}",
    "one long statement": "{{ a" + " | upcase" * 9_000 + " }}",
    "a gap": "{{" + " " * 90_000 + "a }}",
    "blocks in blocks": "{% if a %}" * 9_000,
    "a template of any length": "a" * 100_001,
    "loops in loops": "{% for a in (1..300) %}{% for b in (1..300) %}{% endfor %}{% endfor %}",
    "loops after loops": "{% for a in (1..9000) %}{% assign b = a %}{% endfor %}" * 1_800,
    "a long loop over a long text": "{% for a in (1..9000) %}" + "{% assign b = 1 %}" * 5_000 + "{% endfor %}",
    "a range without an end": "{% for a in (1..99999999999999999999999) %}{% endfor %}",
    "a list of a range": "{{ (1..1000000000) | reverse }}",
    "a range put together": "{{ (1..1000000000) | join: ',' }}",
    "a text that doubles": f"{GROWING}{{% for i in (1..60) %}}{TWICE}{{% endfor %}}",
    "a text in place of each letter": f"{GROWING}{TWICE * 12}{{{{ x | replace: 'a', x }}}}",
    "a text between all letters": f"{GROWING}{TWICE * 6}{{% assign y = x | split: '' %}}{{{{ y | join: x }}}}",
    "a list that doubles": "{% assign x = 'a,b' | split: ',' %}" + "{% assign x = x | concat: x %}" * 30,
    "a number that doubles": "{% assign x = 9 %}{% for i in (1..99) %}{% assign x = x | times: x %}{% endfor %}",
    "a capture that doubles": "{% for i in (1..99) %}{% capture x %}{{ x }}{{ x }}aaaaa{% endcapture %}{% endfor %}",
    "an output without an end": "{% for i in (1..9999) %}" + "a" * 20 + "{% endfor %}",
    "names without an end": "".join(f"{{% assign a{number} = 1 %}}" for number in range(4_000)),
    "a text added up": f"{GROWING}{TWICE * 12}{{{{ x | append: x | append: x | append: x }}}}",
}


@pytest.mark.parametrize("template", ENDLESS.values(), ids=list(ENDLESS))
def test_a_template_that_takes_too_much_is_stopped_in_time(template: str) -> None:
    started = time.process_time()
    with pytest.raises(TemplateFailed) as failure:
        render(template, {})
    assert time.process_time() - started < 3
    assert 0 < len(str(failure.value)) < 400


@pytest.mark.parametrize(
    "template",
    [
        "{{ name", "{% if %}", "{% if name %}", "{% nonsense %}", "{{ name | nonsense }}", "{% include 'x' %}",
        "{% render 'x' %}", "{{ 'a' | safe }}", "{% endfor %}", "{{ name | }}", "{% for a of b %}{% endfor %}",
        "{{ a" + "[a" * 900 + "]" * 900 + " }}",
    ],
)  # fmt: skip
def test_what_is_no_template_is_refused_when_it_is_read(template: str) -> None:
    assert refusal_of(template)


def test_a_refusal_says_where() -> None:
    assert refusal_of("{{ name }}\n\n{{ name | nonsense }}") == "There is no filter 'nonsense'"
    assert (refusal_of("a\n{% nonsense %}") or "").endswith("(line 2, column 4)")


@pytest.mark.parametrize(
    "template",
    ["{{ 1 | divided_by: 0 }}", "{{ 'inf' | ceil }}", "{{ '9999999999999999999999' | date: '%Y' }}",
     "{{ 5 | modulo: 0 }}", "{{ '1e400' | plus: 1 }}", "{% if 1 < 'a' %}{% endif %}", "{{ 'a' | slice: 'b' }}"],
)  # fmt: skip
def test_what_cannot_be_worked_out_fails(template: str) -> None:
    with pytest.raises(TemplateFailed):
        render(template, {})


class Guarded:
    """Something a template must not get at."""

    secret = "told"

    def delete(self) -> str:
        return "deleted"


@pytest.mark.parametrize(
    "path",
    ["delete", "secret", "__class__", "__init__.__globals__", "__dict__", "delete.__func__", "_meta", "first", "size"],
)
@pytest.mark.parametrize("thing", [Guarded(), Guarded, "text", 5, [], Guarded().delete])
def test_there_is_no_way_to_attributes_and_methods(path: str, thing: Any) -> None:
    text = render(f"{{{{ thing.{path} }}}}{{{{ thing['{path}'] }}}}", {"thing": thing})
    assert text in ("", "44", "00")
