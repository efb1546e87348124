"""A secret on its way from the request that made it to the one page that shows it: never in plain text at rest."""

from django.http import HttpRequest

from incidentio.core.crypto import decrypt, encrypt

_PREFIX = "shown_once:"


def keep(request: HttpRequest, pk: str, secret: str) -> None:
    """Keep `secret`, which belongs to the row `pk`, in the session (encrypted) until it is taken."""
    request.session[_PREFIX + pk] = encrypt(secret)


def take(request: HttpRequest, pk: str) -> str | None:
    """The secret kept for the row `pk`, gone with this call; None if there is none or it was taken before."""
    sealed: str | None = request.session.pop(_PREFIX + pk, None)
    return decrypt(sealed) if sealed is not None else None
