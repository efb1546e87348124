"""Secrets an installation needs before its first request, made once and kept for their owner only."""

import base64
import os
import secrets
from pathlib import Path

NAMES = ("SECRET_KEY", "TOKEN_HMAC_KEY", "ENCRYPTION_KEYS")


def _generate(name: str) -> str:
    if name == "ENCRYPTION_KEYS":
        return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_urlsafe(48)


def ensure_secrets(path: Path) -> None:
    """Write the file of generated secrets at `path` (mode 0600) unless it is already there.

    Processes that start at the same moment agree: the first link wins, the others read what it wrote.
    """
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # the embedded database will lie there too
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.writelines(f"{name}={_generate(name)}\n" for name in NAMES)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
