import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import connection
from pytest_django import Settings

from incidentio.core.crypto import UndecryptableSecret, decrypt, encrypt, rotate
from workflows.models import WebhookEndpoint

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
SECRET = "whsec_Grüße"


@pytest.fixture(autouse=True)
def ring(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [OLD]


@pytest.fixture
def endpoint(db: None) -> WebhookEndpoint:
    return WebhookEndpoint.objects.create(name="Pager", url="https://hooks.example", secret=SECRET)


def stored(endpoint: WebhookEndpoint) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM workflows_webhookendpoint WHERE id = %s", [endpoint.pk])
        return str(cursor.fetchone()[0])


def test_what_is_encrypted_comes_back_and_never_looks_the_same() -> None:
    first, second = encrypt(SECRET), encrypt(SECRET)
    assert decrypt(first) == decrypt(second) == SECRET
    assert first != second
    assert "whsec" not in first


def test_a_new_first_key_still_opens_old_secrets(settings: Settings) -> None:
    token = encrypt(SECRET)
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    assert decrypt(token) == SECRET


def test_a_rotated_secret_needs_the_old_key_no_more(settings: Settings) -> None:
    token = encrypt(SECRET)
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    rotated = rotate(token)
    settings.ENCRYPTION_KEYS = [NEW]
    assert decrypt(rotated) == SECRET


@pytest.mark.parametrize("open_it", [decrypt, rotate])
def test_a_secret_without_its_key_says_what_to_do(settings: Settings, open_it: type) -> None:
    token = encrypt(SECRET)
    settings.ENCRYPTION_KEYS = [NEW]
    with pytest.raises(UndecryptableSecret, match="Add the old key at the end of ENCRYPTION_KEYS"):
        open_it(token)


@pytest.mark.parametrize("place", [0, 12, 40, -2])
def test_a_changed_secret_is_noticed(place: int) -> None:
    token = list(encrypt(SECRET))
    token[place] = "A" if token[place] != "A" else "B"
    with pytest.raises(UndecryptableSecret):
        decrypt("".join(token))


@pytest.mark.parametrize("token", ["", "never encrypted", "é"])
def test_what_never_was_a_secret_is_noticed(token: str) -> None:
    with pytest.raises(UndecryptableSecret):
        decrypt(token)


def test_an_empty_ring_is_refused(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = []
    with pytest.raises(ImproperlyConfigured, match="ENCRYPTION_KEYS is empty"):
        encrypt(SECRET)


@pytest.mark.parametrize("key", ["", "short", "é" * 44, OLD[:-4]], ids=["empty", "short", "not ASCII", "cut off"])
def test_an_unusable_key_is_named_by_its_place_and_not_shown(settings: Settings, key: str) -> None:
    settings.ENCRYPTION_KEYS = [OLD, key]
    with pytest.raises(ImproperlyConfigured, match="key 2 is not 32 bytes") as raised:
        encrypt(SECRET)
    assert not key or key not in str(raised.value)


def test_the_database_holds_ciphertext_only(endpoint: WebhookEndpoint) -> None:
    assert decrypt(stored(endpoint)) == SECRET
    assert WebhookEndpoint.objects.get().secret == SECRET


def test_deferred_and_refreshed_rows_read_the_secret(endpoint: WebhookEndpoint) -> None:
    assert WebhookEndpoint.objects.defer("secret").get().secret == SECRET
    endpoint.secret = "something else"
    endpoint.refresh_from_db()
    assert endpoint.secret == SECRET


def test_a_saved_row_keeps_its_ciphertext_until_the_secret_is_set(endpoint: WebhookEndpoint) -> None:
    before, loaded = stored(endpoint), WebhookEndpoint.objects.get()
    loaded.save()
    assert stored(endpoint) == before
    loaded.secret = "new"
    loaded.save()
    assert decrypt(stored(endpoint)) == "new"


def test_a_bulk_update_encrypts(endpoint: WebhookEndpoint) -> None:
    WebhookEndpoint.objects.update(secret="new")
    assert decrypt(stored(endpoint)) == "new"


def test_setting_a_secret_to_itself_moves_it_to_the_first_key(endpoint: WebhookEndpoint, settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    loaded = WebhookEndpoint.objects.get()
    loaded.secret = loaded.secret
    loaded.save()
    settings.ENCRYPTION_KEYS = [NEW]
    assert WebhookEndpoint.objects.get().secret == SECRET


def test_a_row_whose_key_is_lost_still_lists_saves_and_takes_a_new_secret(
    endpoint: WebhookEndpoint, settings: Settings
) -> None:
    settings.ENCRYPTION_KEYS = [NEW]
    (row,) = WebhookEndpoint.objects.all()
    with pytest.raises(UndecryptableSecret):
        _ = row.secret
    row.name = "Renamed"
    row.save()
    row.secret = "new"
    row.save()
    assert WebhookEndpoint.objects.get(name="Renamed").secret == "new"


def test_an_empty_secret_stays_empty(endpoint: WebhookEndpoint) -> None:
    WebhookEndpoint.objects.update(secret="")
    assert stored(endpoint) == ""
    assert WebhookEndpoint.objects.get().secret == ""


def test_secrets_cannot_be_searched() -> None:
    with pytest.raises(FieldError):
        WebhookEndpoint.objects.filter(secret=SECRET)
    with pytest.raises(FieldError):
        WebhookEndpoint.objects.filter(secret__contains="whsec")
