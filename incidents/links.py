"""Links people are shown to click on."""

from urllib.parse import urlsplit

from incidentio.core.errors import Invalid


def check_web_url(url: str, longest: int, pointer: str) -> None:
    """Refuse what a browser would not open as a web page, or has more than `longest` characters.

    Raises:
        Invalid: on `pointer`.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    web = parts.scheme in ("http", "https") and parts.netloc and not any(char.isspace() for char in url)
    if not web or len(url) > longest:
        message = f"Must be a URL that starts with http:// or https://, up to {longest} characters"
        raise Invalid("invalid_value", message, pointer)
