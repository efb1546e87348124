"""A catalog in a file: in the hub's own folder of catalogs, or at an address."""

import re
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings

from incidentio.core.errors import Invalid
from integrations.asking import ask
from integrations.base import Setting, StepFailed
from integrations.calling import Request
from integrations.catalog_times import SYNC_EVERY

TOOL = "catalog_file"
MOST_BYTES = 16 * 1_048_576
CHECK_SECONDS, READ_SECONDS = 2.0, 45.0
FOLDER = "catalog"  # in DATA_DIR
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)

SETTINGS = (
    Setting(
        "location",
        "File or address",
        "A file in the folder catalog of the hub's data, as in services.yaml; or an address, https://…",
    ),
    Setting("token", "Token", "Sent to the address as a bearer token", secret=True, required=False),
    SYNC_EVERY,
)


def content(values: Mapping[str, str], seconds: float) -> bytes:
    """What is in the file.

    Raises:
        StepFailed: the address does not give it.
        Invalid: there is no such file, or it is too large.
    """
    location = values.get("location", "").strip()
    if _ADDRESS.match(location):
        return _fetched(location, values.get("token", ""), seconds)
    return _read(location)


def _read(name: str) -> bytes:
    folder = (Path(settings.DATA_DIR) / FOLDER).resolve()
    try:
        file = (folder / name).resolve()
        if not file.is_relative_to(folder):
            raise Invalid("invalid_value", f"{name!r} is not in the hub's folder of catalogs", "location")
        if not file.is_file():
            raise Invalid("not_found", f"There is no file {name!r} in the hub's folder of catalogs", "location")
        with file.open("rb") as opened:
            found = opened.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise Invalid("invalid_value", f"{name!r} cannot be read: {error}", "location") from None
    return _small(found, len(found) > MOST_BYTES)


def _fetched(url: str, token: str, seconds: float) -> bytes:
    headers = {"accept": "application/yaml, application/json, text/plain, */*"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    answer = ask(TOOL, Request("GET", url, headers, most_bytes=MOST_BYTES), seconds)
    if 300 <= answer.status < 400:
        raise StepFailed(f"The address leads elsewhere ({answer.status}): enter the one it leads to")
    if answer.status != 200:
        raise StepFailed(f"The address does not give the file ({answer.status})")
    return _small(answer.body, answer.truncated)


def _small(found: bytes, too_large: bool) -> bytes:
    if too_large:
        raise Invalid("invalid_value", f"A catalog has at most {MOST_BYTES // 1_048_576} MiB", "location")
    return found
