"""How many statements an answer costs."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.conftest import ApiClient


def statements(client: ApiClient, path: str) -> int:
    """The number of statements of one GET, after a first one that noted the key's use and warmed the caches."""
    assert client.get(path).status_code == 200
    with CaptureQueriesContext(connection) as context:
        client.get(path)
    return len(context)
