"""ULIDs: 26 characters, made by us, sorting by creation, rising within a process (the ULID specification)."""

import re
import time
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

from django.db import models
from ulid import ULIDGenerator

LENGTH = 26
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PATTERN = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
_clock_lock = Lock()
_latest_ms = 0


def _steady_clock() -> int:
    """Milliseconds since 1970 that never step back, so that ids keep rising when the machine's clock is set."""
    global _latest_ms  # noqa: PLW0603  one clock per process is the point
    with _clock_lock:
        _latest_ms = max(_latest_ms, time.time_ns() // 1_000_000)
        return _latest_ms


_generator = ULIDGenerator(clock=_steady_clock)


def new_id() -> str:
    """A new ULID, larger than every one this process made before."""
    return str(_generator.generate())


def first_id_of(moment: datetime) -> str:
    """The smallest ULID of the millisecond of `moment`: rows made before it have smaller keys."""
    milliseconds = int(moment.timestamp() * 1000)
    return "".join(_DIGITS[milliseconds >> shift & 31] for shift in range(45, -1, -5)) + _DIGITS[0] * 16


def is_id(text: object) -> bool:
    """Whether `text` is a ULID as we write them (upper case, 26 characters)."""
    return isinstance(text, str) and _PATTERN.fullmatch(text) is not None


if TYPE_CHECKING:
    _CharField = models.CharField
else:

    class _CharField(models.CharField):
        # Only the stubs' fields take type parameters: what may be set, and what is read.
        __class_getitem__ = classmethod(lambda cls, types: cls)


class ULIDField[Set, Get](_CharField[Set, Get]):
    """A text column of 26 characters. PostgreSQL gives a plain CharField key, and every foreign key to it, a second
    index for `LIKE`; spelling the type out avoids that. It is not `char(26)`, which pads what is empty with spaces.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = LENGTH
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs

    def db_type(self, connection: Any) -> str:
        return f"character varying({LENGTH})"


class ULIDModel(models.Model):
    """A row with a ULID for its key."""

    id = ULIDField(primary_key=True, default=new_id, editable=False)

    class Meta:
        abstract = True


class TimedModel(ULIDModel):
    """A row that knows when it was made and last changed (microseconds, UTC)."""

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
