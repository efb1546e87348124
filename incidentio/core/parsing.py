"""Reading JSON bodies: strict about JSON itself (RFC 8259), indifferent to the Content-Type header."""

import json
from typing import IO, Any

from django.conf import settings
from rest_framework.parsers import BaseParser

from incidentio.core.errors import BodyTooLarge, Malformed

MAX_DEPTH_MESSAGE = "The JSON in the request body is nested too deeply"


def _no_constant(name: str) -> Any:
    raise Malformed("invalid_json", f"The request body is not JSON: {name} is not a JSON number")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    parsed = dict(pairs)
    if len(parsed) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Malformed("invalid_json", f"The key {twice!r} stands twice in one object; send it once", twice)
    return parsed


def parse_json(body: bytes) -> Any:
    """`body` as Python values.

    Raises:
        Malformed: not UTF-8, not JSON, a duplicate key, NaN or Infinity, or nested too deeply.
    """
    try:
        parsed = json.loads(body.decode(), object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
        if b"\\ud" in body.lower():
            json.dumps(parsed, ensure_ascii=False).encode()
        return parsed
    except UnicodeEncodeError as error:
        raise Malformed("invalid_json", "The request body has half of a surrogate pair (\\ud800-\\udfff)") from error
    except UnicodeDecodeError as error:
        raise Malformed("invalid_json", f"The request body is not UTF-8 (byte {error.start})") from error
    except RecursionError as error:
        raise Malformed("invalid_json", MAX_DEPTH_MESSAGE) from error
    except ValueError as error:
        raise Malformed("invalid_json", f"The request body is not JSON: {error}") from error


class StrictJSONParser(BaseParser):
    """Parses every body as JSON, whatever its Content-Type: senders in trouble forget the header."""

    media_type = "*/*"
    least_limit = 0  # what is read at least, whatever `MAX_BODY_BYTES` is

    def parse(self, stream: IO[Any], media_type: Any = None, parser_context: Any = None) -> Any:
        """The parsed body.

        Raises:
            BodyTooLarge: above `MAX_BODY_BYTES`.
            Malformed: see `parse_json`.
        """
        limit = max(settings.DATA_UPLOAD_MAX_MEMORY_SIZE, self.least_limit)
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise BodyTooLarge("payload_too_large", f"The request body is larger than {limit} bytes")
        return parse_json(body)
