"""A Backstage with 2,000 entities on loopback: compared, applied, compared again, and a tenth of it changed."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import OrganisationRole
from accounts.users import create_user
from events.actors import Actor
from integrations.backstage.account import SETTINGS
from integrations.catalog_sync import apply, start, work_on
from integrations.connections import connect
from integrations.models import CatalogSync
from tests.integrations.backstage.site import TOKEN, BackstageSite, many
from tests.integrations.standing_in import standing

ENTRIES = 2_000
SYSTEM = Actor.system()


class Meter:
    """Counts statements, and tells what a round cost."""

    def __init__(self) -> None:
        self.statements = 0

    def __call__(self, execute: Callable[..., object], *args: object) -> object:
        self.statements += 1
        return execute(*args)

    @contextmanager
    def round(self, what: str) -> Iterator[None]:
        self.statements, started, cpu = 0, time.monotonic(), time.process_time()
        yield
        seconds, spent = time.monotonic() - started, time.process_time() - cpu
        print(f"| {connection.vendor} | {what} | {seconds:.1f} | {spent:.1f} | {self.statements} |", flush=True)


def worked(sync: CatalogSync) -> CatalogSync:
    while sync.is_under_way:
        work_on(sync.pk)
        sync.refresh_from_db()
    return sync


def main() -> None:
    """All rounds."""
    meter = Meter()
    with standing(BackstageSite()) as site, connection.execute_wrapper(meter):
        site.entities = many(ENTRIES)
        values = {"base_url": site.url, "token": TOKEN, "kinds": "Component"}
        there = connect(SYSTEM, "backstage", SETTINGS, name="Backstage", values=values)
        with meter.round("2,000 new entries compared"):
            sync = worked(start(SYSTEM, there))
        look(meter, sync)
        with meter.round("applied"):
            worked(apply(SYSTEM, sync))
        with meter.round("compared again: all the same"):
            worked(start(SYSTEM, there))
        for entity in site.entities[::10]:
            entity["spec"]["lifecycle"] = "deprecated"
        with meter.round("compared again: 200 changed"):
            sync = worked(start(SYSTEM, there))
        with meter.round("applied"):
            worked(apply(SYSTEM, sync))


def look(meter: Meter, sync: CatalogSync) -> None:
    """The page of the comparison, and the first rows of its type."""
    client = Client()
    client.force_login(create_user(SYSTEM, email="omar@example.com", name="Omar", role=OrganisationRole.ADMINISTRATOR))
    page = reverse("admin:integrations_catalogsync_change", args=[sync.pk])
    client.get(page)
    with meter.round("its page"):
        client.get(page)
    part = reverse("admin:integrations_catalogsync_part", args=[sync.pk])
    with meter.round("the first 50 rows"):
        client.get(part, {"type": 'Custom["BackstageComponent"]'})
