"""Numbers as the wire has them: text that holds a decimal (API behaviour, section 4)."""

import re

from incidentio.core.errors import Invalid

LONGEST = 100
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")


def check_number(text: str, pointer: str) -> None:
    """Refuse what is no decimal.

    Raises:
        Invalid: at `pointer`.
    """
    if len(text) > LONGEST or not _DECIMAL.fullmatch(text):
        message = f'{text[:100]!r} is not a number; send a decimal of at most {LONGEST} characters, as "123.45"'
        raise Invalid("invalid_value", message, pointer)
