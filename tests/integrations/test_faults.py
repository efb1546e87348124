"""The page about integrations tells what the tests show, and they leave out nothing."""

from integrations.registry import STEPS
from tests.integrations.faults import COLUMNS, PAGE, forgeries, page, rows

FEWEST_FORGERIES = 15


def test_every_step_that_calls_out_meets_faults() -> None:
    assert {name for name, step in STEPS.items() if step.make} - {row.call for row in rows()} == set()


def test_each_meets_all_of_them() -> None:
    assert {row.call: missing for row in rows() if (missing := COLUMNS.keys() - row.ends.keys())} == {}


def test_each_cell_of_the_table_is_a_case_of_its_test() -> None:
    for row in rows():
        ids = {name for names in row.marked.parametrised for name in names}
        assert {case for case in row.ends if {case, f"{row.call}: {case}"}.isdisjoint(ids)} == set(), row.call


def test_every_sender_is_forged_in_many_ways() -> None:
    assert {name: count for name, count in forgeries().items() if count < FEWEST_FORGERIES} == {}


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == page(), "run `make docs`"
