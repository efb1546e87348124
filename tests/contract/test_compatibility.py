"""The page that says what we serve."""

from tests.contract.compatibility import PAGE, clients, operations, page, proven_by


def test_every_operation_is_proven_by_exactly_one_walk() -> None:
    assert {operation.route: proven_by(operation) for operation in operations() if len(proven_by(operation)) != 1} == {}


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == page(), "run `make docs`"


def test_the_client_suite_was_served_only_what_there_is() -> None:
    assert clients().keys() <= {operation.route for operation in operations()}
