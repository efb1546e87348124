"""What all words of configuration share: made, changed and archived with an event, under a name of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog.models import CustomFieldOption, Word
from events.actors import Actor
from events.models import ConfigVersion
from events.record import changed, created, record_configuration, state_of
from incidentio.core.encrypted import read_again
from incidentio.core.errors import Invalid, NotFound

Row = Word | CustomFieldOption


@contextmanager
def configuring() -> Iterator[None]:
    """One change of configuration: a transaction, serial with every other one, so that what it checks stays true."""
    with transaction.atomic():
        ConfigVersion.objects.select_for_update().get()
        yield


def renew(row: Row, subject: str) -> None:
    """Read `row` again, now that nobody else can change it, without opening its secrets.

    Raises:
        NotFound: it was archived meanwhile.
    """
    read_again(row)
    if row.archived_at is not None:
        raise NotFound(subject.replace("_", " "))


def check_text(row: Row, column: str, text: str) -> None:
    """Refuse an empty or too long `text` for `column` of `row`.

    Raises:
        Invalid: on `column`.
    """
    if not text.strip():
        raise Invalid("is_required", f"A {column} is required and cannot be blank", column)
    limit = row._meta.get_field(column).max_length  # type: ignore[union-attr]
    if limit is not None and len(text) > limit:
        raise Invalid("invalid_value", f"At most {limit} characters; this has {len(text)}", column)


def check_free(row: Row, **columns: Any) -> None:
    """Refuse what another row that is not archived already has; the first of `columns` is the one to blame.

    Raises:
        Invalid: on the first of `columns`.
    """
    if type(row).objects.active().filter(**columns).exclude(pk=row.pk).exists():
        column, value = next(iter(columns.items()))
        what = str(row._meta.verbose_name)
        article = "an" if what[0] in "aeiou" else "a"
        raise Invalid(
            "already_exists", f"There already is {article} {what} with the {column} {value!r}; choose another", column
        )


def check_name(row: Row, name: str) -> None:
    """Refuse a name that is blank, too long or taken.

    Raises:
        Invalid: on `name`.
    """
    check_text(row, "name", name)
    check_free(row, name=name)


def make[R: Row](actor: Actor, subject: str, row: R) -> R:
    """Save the new `row` and record it."""
    row.save(force_insert=True)
    record_configuration(actor, f"{subject}.created", subject, row, created(state_of(row)))
    return row


def change[R: Row](actor: Actor, subject: str, row: R, **columns: Any) -> R:
    """Set `columns` of `row` and record what changed; what is already so changes nothing."""
    return _save(actor, f"{subject}.updated", subject, row, columns)


def archive(actor: Actor, subject: str, row: Row) -> None:
    """Take `row` out of what can be chosen; whatever refers to it still shows it. Its name and rank are free again."""
    _save(actor, f"{subject}.archived", subject, row, {"archived_at": timezone.now()})


def _save[R: Row](actor: Actor, type: str, subject: str, row: R, columns: dict[str, Any]) -> R:
    before = state_of(row)
    for name, value in columns.items():
        setattr(row, name, value)
    if state_of(row) != before:
        row.save()
        record_configuration(actor, type, subject, row, changed(before, state_of(row)))
    return row
