"""A column that is encrypted at rest."""

from typing import Any

from django.db import models
from django.db.models.query_utils import DeferredAttribute

from incidentio.core.crypto import decrypt, encrypt


class _Ciphertext(str):
    """The column's value as the database holds it."""

    __slots__ = ()


class _DecryptOnRead(DeferredAttribute):
    # Lists and saves of a row never open its secret, so one lost key does not take whole pages down.
    def __get__(self, instance: Any, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        return decrypt(value) if isinstance(value, _Ciphertext) else value

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


def still_sealed(row: models.Model, column: str) -> str:
    """A secret as `row` came with it from the database: unopened, and fit to be given to another row."""
    sealed: str = vars(row)[column]
    return sealed


def read_again(row: models.Model) -> None:
    """Read `row` again without opening its secrets, as `refresh_from_db` does: those that no key opens stay closed."""
    vars(row).update(vars(type(row)._base_manager.get(pk=row.pk)), _prefetched_objects_cache={})


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # not subscriptable at run time
    """Text that stands in the database as ciphertext only (see `crypto`).

    Reading the attribute decrypts (raises UndecryptableSecret); an assigned text is encrypted on save, under
    the ring's first key. Empty text and null stay as they are. It can be filtered by `isnull` only.
    """

    descriptor_class = _DecryptOnRead

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return _Ciphertext(value) if value else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        return DeferredAttribute(self).__get__(model_instance, type(model_instance))

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, _Ciphertext):
            return str(value)
        text = super().get_prep_value(value)
        return encrypt(text) if text else text

    def get_lookup(self, lookup_name: str) -> type[models.Lookup[Any]] | None:
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None
