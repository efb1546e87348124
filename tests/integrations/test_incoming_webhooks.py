"""The lines people enter for incoming webhooks."""

import pytest

from integrations.base import StepFailed
from integrations.incoming_webhooks import Channel, channel_called, channels_of

SECRET = "sig=v3rySecret"
URL = f"https://flows.example.com/invoke?api-version=1&{SECRET}"


def test_each_line_is_a_channel() -> None:
    lines = f"\n ops = {URL}\r\n\n#Leads & legal={URL}2\nДежурные = {URL}3\n"
    assert channels_of({"webhooks": lines}) == [
        Channel("ops", URL),
        Channel("Leads & legal", f"{URL}2"),
        Channel("Дежурные", f"{URL}3"),
    ]


@pytest.mark.parametrize(
    ("name", "found"),
    [("", "ops"), ("  ", "ops"), ("ops", "ops"), ("#OPS", "ops"), ("leads", "leads"), (" #Leads ", "leads")],
)
def test_a_channel_is_known_by_its_name_and_the_first_by_none(name: str, found: str) -> None:
    assert channel_called({"webhooks": f"ops = {URL}\n#leads = {URL}"}, name).name == found


@pytest.mark.parametrize(
    "line",
    [
        URL,
        f"= {URL}",
        f" = {URL}",
        f"ops {URL}",
        f"ops: {URL}",
        "ops =",
        "ops = flows.example.com",
        "ops = ftp://flows.example.com/x",
        f"ops = {URL} and more",
        f"{URL} = ops",
        f"ops = {URL} = {URL}",
        "ops = https://user:pass@flows.example.com/",
        "ops = http://169.254.169.254/latest",
        "ops = https://[::1]/x",
        "ops = https://flows.example.com:99999/",
        "ops = javascript:alert(1)",
        "x" * 61 + f" = {URL}",
    ],
)
def test_a_bad_line_is_named_and_not_shown(line: str) -> None:
    with pytest.raises(StepFailed) as failure:
        channels_of({"webhooks": f"first = {URL}\n\n{line}"})
    assert str(failure.value) == "Line 3 of the webhooks is not as it should be: name = https://…"


def test_two_channels_cannot_have_one_name() -> None:
    with pytest.raises(StepFailed, match="Line 2 of the webhooks has the name of an earlier one, 'OPS'"):
        channels_of({"webhooks": f"ops = {URL}\n#OPS = {URL}"})


@pytest.mark.parametrize("values", [{}, {"webhooks": ""}, {"webhooks": " \n "}])
def test_without_lines_it_says_where_to_enter_them(values: dict[str, str]) -> None:
    with pytest.raises(StepFailed, match="There are no webhooks: see Connections"):
        channels_of(values)


def test_addresses_are_never_shown() -> None:
    assert SECRET not in repr(channels_of({"webhooks": f"ops = {URL}"}))
    with pytest.raises(StepFailed) as failure:
        channel_called({"webhooks": f"ops = {URL}"}, "nowhere")
    assert str(failure.value) == "There is no webhook for 'nowhere'; there are ops"
