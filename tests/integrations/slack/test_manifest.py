"""The app that the set-up page has people make is the one the hub speaks as, and listens to."""

import re
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.urls import resolve

from integrations.slack import forms, hooks

HUB = "https://<your hub>"
PAGE = (settings.BASE_DIR / "docs/integrations/slack.md").read_text(encoding="utf-8")


@pytest.fixture
def manifest() -> Any:
    """What people paste."""
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    return yaml.safe_load(text)


def test_it_asks_for_the_scopes_that_the_page_explains(manifest: Any) -> None:
    table = PAGE.partition("| Scope |")[2].partition("\n\n")[0]
    explained = [scope for row in table.splitlines()[2:] for scope in re.findall(r"`([^`]+)`", row.split("|")[1])]
    assert manifest["oauth_config"]["scopes"]["bot"] == explained


def test_its_addresses_are_the_hubs(manifest: Any) -> None:
    (command,) = manifest["features"]["slash_commands"]
    told = {command["url"]: hooks.command, manifest["settings"]["interactivity"]["request_url"]: hooks.interaction}
    assert {url: resolve(url.removeprefix(HUB)).func for url in told} == told


def test_its_command_tells_people_apart_and_its_shortcut_opens_the_form(manifest: Any) -> None:
    (command,), (shortcut,) = manifest["features"]["slash_commands"], manifest["features"]["shortcuts"]
    assert (command["command"], command["should_escape"]) == ("/incident", True)
    assert (shortcut["type"], shortcut["callback_id"]) == ("message", forms.DECLARE)
