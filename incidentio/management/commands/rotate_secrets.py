"""manage.py rotate_secrets: everything that is encrypted at rest, encrypted again under the first key."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.management.base import CommandError
from django.db import models, transaction
from tqdm import tqdm

from incidentio.core.commands import HubCommand
from incidentio.core.crypto import UndecryptableSecret, decrypt
from incidentio.core.encrypted import EncryptedTextField

AT_ONCE = 200


class Command(HubCommand):
    help = (
        "Encrypt every stored secret again under the first key of ENCRYPTION_KEYS, so that the other keys can be "
        "dropped. It may run beside the hub, and once more after it was interrupted."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="change nothing; say what there is, and what is lost"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Go through all encrypted columns; a bar for each shows how far it is."""
        done, lost, dry = 0, list[str](), bool(options["dry_run"])
        for model, column in encrypted_columns():
            name, total = f"{model._meta.label}.{column}", model._base_manager.count()
            with tqdm(total=total, unit="row", desc=name, disable=not sys.stderr.isatty()) as bar:
                for looked_at, rotated, unopened in rotated_batches(model, column, dry=dry):
                    bar.update(looked_at)
                    done += rotated
                    lost += [f"{name} of {pk}" for pk in unopened]
        self.stdout.write(f"{done} secrets {'would be' if dry else 'are'} encrypted under the first key")
        if lost:
            told = "\n".join(lost)
            raise CommandError(f"No key opens these {len(lost)}; they are as they were. Enter them again:\n{told}")


def encrypted_columns() -> Iterator[tuple[type[models.Model], str]]:
    """All columns of all tables that are encrypted at rest."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, EncryptedTextField):
                yield model, field.attname


def rotated_batches(model: type[models.Model], column: str, *, dry: bool) -> Iterator[tuple[int, int, list[Any]]]:
    """Encrypt a column again, some rows at a time, each time in a transaction of its own: how many rows were looked
    at, how many secrets they had, and the keys of rows whose secret no key opens.
    """
    rows = model._base_manager.order_by("pk")
    batch = rows
    while True:
        with transaction.atomic():
            held = list(batch.select_for_update().values_list("pk", column)[:AT_ONCE])
            sealed = {pk: value for pk, value in held if value}
            opened = {pk: text for pk, value in sealed.items() if (text := _opened(value)) is not None}
            for pk, text in opened.items() if not dry else ():
                model._base_manager.filter(pk=pk).update(**{column: text})
        yield len(held), len(opened), [pk for pk in sealed if pk not in opened]
        if len(held) < AT_ONCE:
            return
        batch = rows.filter(pk__gt=held[-1][0])


def _opened(sealed: str) -> str | None:
    try:
        return decrypt(sealed)
    except UndecryptableSecret:
        return None
