"""Somebody who walks through the API with every role that helps."""

from collections.abc import Callable

import pytest

from apikeys.roles import ROLES
from tests.conftest import ApiClient
from tests.contract.contract import Walk


@pytest.fixture
def walk(api: Callable[..., ApiClient]) -> Walk:
    return Walk(api(*ROLES))
