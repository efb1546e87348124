"""What is shown of headers and addresses that may hold secrets."""

import pytest

from workflows.steps.redacting import hidden_header, hidden_in_url, said_in

HEADERS = {
    "Authorization: Bearer hunter2": "Authorization: [secret]",
    "x-api-key:hunter2": "x-api-key: [secret]",
    " X-Tenant : acme": "X-Tenant: [secret]",
    "Cookie: a=b; c=d: e": "Cookie: [secret]",
    "Authorization: {{ incident.name }}": "Authorization: [secret]",
    "Authorization:": "Authorization: [secret]",
    "Content-Type: text/plain": "Content-Type: text/plain",
    "accept:text/html": "accept:text/html",
    "hunter2": "[secret]",
    "Bearer hunter2: a": "[secret]",
    ": hunter2": "[secret]",
    '{"type": "doc"}': "[secret]",
    "Пароль: hunter2 ": "Пароль: [secret]",
}


@pytest.mark.parametrize(("line", "shown"), HEADERS.items())
def test_of_a_header_the_name_is_shown(line: str, shown: str) -> None:
    assert (hidden_header(line), hidden_header(shown)) == (shown, shown)


URLS = {
    "https://example.com/in?token=hunter2&page=2": "https://example.com/in?token=[secret]&page=2",
    "https://example.com/in?api_key=&sig=a%20b#top": "https://example.com/in?api_key=[secret]&sig=[secret]#top",
    "{{ incident.url }}?key={{ incident.id }}": "{{ incident.url }}?key=[secret]",
    "HTTPS://Example.com/?": "HTTPS://Example.com/?",
    "https://example.com/token/hunter2": "https://example.com/token/hunter2",
    'https://{{ field["a"] }}/?token=hunter2': 'https://{{ field["a"] }}/?token=[secret]',
    "token": "token",
}


@pytest.mark.parametrize(("url", "shown"), URLS.items())
def test_of_an_address_all_but_what_sounds_secret_is_shown(url: str, shown: str) -> None:
    assert (hidden_in_url(url), hidden_in_url(shown)) == (shown, shown)


def test_what_is_short_is_not_looked_for_in_answers() -> None:
    said = said_in({"authorization": "Bearer hunter2-of-acme", "x-tenant": "acme", "content-type": "application/json"})
    assert said == ["Bearer hunter2-of-acme", "hunter2-of-acme"]
