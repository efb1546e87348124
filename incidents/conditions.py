"""Conditions on incidents, as SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from incidentio.core import sql


@dataclass(frozen=True)
class Where:
    """A condition on incidents aliased `i`, with its parameters."""

    sql: str
    params: tuple[Any, ...] = ()


EVERYWHERE = Where("TRUE")


def column_among(column: str, values: Sequence[str], *, negated: bool = False) -> Where:
    """Incidents whose `column` is one of `values`; negated, also those that have none."""
    one_of, given = sql.among(values)
    condition = f"i.{column} {one_of}"
    return Where(f"({condition}) IS NOT TRUE" if negated else condition, (given,))


def joined(wheres: Sequence[Where], operator: str = " AND ") -> Where:
    """`wheres` as one; without any, every incident."""
    if not wheres:
        return EVERYWHERE
    inner = operator.join(f"({one.sql})" for one in wheres)
    return Where(f"({inner})", tuple(param for one in wheres for param in one.params))
