"""Finding the row an id in a path names."""

from django.db import models

from incidentio.core.errors import NotFound
from incidentio.core.ids import is_id


def get_or_404[Row: models.Model](rows: "models.QuerySet[Row]", pk: str, what: str, pointer: str | None = None) -> Row:
    """The row of `rows` with the id `pk`.

    Raises:
        NotFound: there is none, or `pk` is not an id at all (never asked of the database).
    """
    row = rows.filter(pk=pk).first() if is_id(pk) else None
    if row is None:
        raise NotFound(what, pointer)
    return row
