"""Numbers as the wire has them."""

import pytest

from catalog.decimals import check_number
from incidentio.core.errors import Invalid


@pytest.mark.parametrize("text", ["0", "-1.50", "+.5", "5.", "1e9", "1E-300", "123456789.123456789", "9" * 100])
def test_a_decimal_is_one_however_it_is_written(text: str) -> None:
    check_number(text, "here")


@pytest.mark.parametrize("text", ["", " 1", "1 ", "1,5", "1_000", "0x1", "NaN", "Infinity", ".", "1e", "٣", "9" * 101])
def test_what_is_none_is_refused_where_it_stands(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_number(text, "entries.0.rank")
    assert refused.value.problems[0].pointer == "entries.0.rank"
