"""Links people are shown to click on."""

from urllib.parse import urlsplit

from django.conf import settings

from incidentio.core.errors import Invalid


def is_web_url(url: str) -> bool:
    """Whether a browser opens it as a web page."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not any(char.isspace() for char in url)


def permalink(incident_id: str) -> str:
    """Where people find the incident."""
    return f"{settings.PUBLIC_URL}/incidents/{incident_id}"


def check_web_url(url: str, longest: int, pointer: str) -> None:
    """Refuse what a browser would not open as a web page, or has more than `longest` characters.

    Raises:
        Invalid: on `pointer`.
    """
    if not is_web_url(url) or len(url) > longest:
        message = f"Must be a URL that starts with http:// or https://, up to {longest} characters"
        raise Invalid("invalid_value", message, pointer)
