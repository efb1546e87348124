"""manage.py fire_drill prints the report, and ends badly if anything is broken."""

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.workflows.asking import NOTE, on
from tests.workflows.writing import step
from workflows.drilling import advance
from workflows.management.commands import fire_drill
from workflows.models import FireDrill

NAMELESS = step("incident.rename", {}, {"value": {"literal": ""}})


@pytest.fixture(autouse=True)
def working(monkeypatch: pytest.MonkeyPatch, drain: Callable[[], None]) -> None:
    """While the command waits, the background works, and the drill's next look comes."""

    def rest(seconds: float) -> None:
        drain()
        advance.func(FireDrill.objects.get().pk)

    monkeypatch.setattr(fire_drill, "sleep", rest)


def report(*args: str) -> str:
    out = StringIO()
    call_command("fire_drill", *args, stdout=out)
    return out.getvalue()


def test_all_is_well() -> None:
    on("incident.created", name="Note it", steps=[NOTE])
    assert report().splitlines()[-2:] == [
        "      ok  Note it: Create an action: Created an action: Look",
        "Nothing is broken: 1 work",
    ]


def test_something_is_broken() -> None:
    on("incident.created", name="Rename it", steps=[NAMELESS])
    out = StringIO()
    with pytest.raises(CommandError, match="1 of 1 links are broken"):
        call_command("fire_drill", stdout=out)
    assert "BROKEN  Rename it: " in out.getvalue()


def test_it_may_be_left_to_the_background() -> None:
    said = report("--no-wait")
    assert f"/firedrill/{FireDrill.objects.get().pk}/change/" in said


def test_a_second_one_is_refused() -> None:
    report("--no-wait")
    with pytest.raises(CommandError, match="A fire drill is under way"):
        report()


def test_it_says_that_nobody_works(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 1e6])
    monkeypatch.setattr(fire_drill, "monotonic", lambda: next(clock))
    with pytest.raises(CommandError, match=r"manage[.]py worker"):
        report()
