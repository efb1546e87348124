"""Keyset pages: `page_size` and `after` in, `pagination_meta` out (API behaviour, section 4)."""

from collections.abc import Callable, Sequence
from typing import Any

from rest_framework import serializers

from incidentio.core.ids import is_id

DEFAULT_PAGE_SIZE = 25


class CursorField(serializers.CharField):
    """The id of the last row of the page before; a row deleted meanwhile still works, since ids compare."""

    def to_internal_value(self, data: Any) -> str:
        if not is_id(data):
            raise serializers.ValidationError("This is not a cursor; send `pagination_meta.after` of the page before")
        return str(data)


def page_query(maximum: int) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
    """The two query parameters of a paginated list whose pages hold at most `maximum` rows."""
    return {
        "page_size": serializers.IntegerField(
            min_value=1, max_value=maximum, default=DEFAULT_PAGE_SIZE, help_text="Rows on a page"
        ),
        "after": CursorField(required=False, help_text="The last ID of the page before"),
    }


def pagination_meta(rows: Sequence[Any], page_size: int, id_of: Callable[[Any], str]) -> dict[str, Any]:
    """The meta of a page read with a limit of `page_size` + 1: `after` is there only when more rows follow."""
    meta: dict[str, Any] = {"page_size": page_size}
    if len(rows) > page_size:
        meta["after"] = id_of(rows[page_size - 1])
    return meta


class PaginationMeta(serializers.Serializer[Any]):
    """How to get the next page."""

    after = serializers.CharField(required=False, help_text="Pass as `after` to get the next page")
    page_size = serializers.IntegerField(default=DEFAULT_PAGE_SIZE)

    class Meta:
        ref_name = "PaginationMetaResultV1"
