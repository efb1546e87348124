"""Endpoints that fail for days: switched off, and the administrators told."""

from datetime import timedelta
from html import escape

import structlog
from django.conf import settings
from django.db.models import QuerySet
from django.tasks import task
from django.utils import timezone

from incidentio.core import mail
from incidentio.core.engine import wake
from incidentio.core.ids import new_id
from workflows import leases
from workflows.administrators import tell_administrators
from workflows.models import WebhookEndpoint
from workflows.webhooks import disable_failing

LONGEST_FAILING = timedelta(days=5)
# No round of letters takes longer, however many administrators there are.
ROUND_SECONDS = 300.0
SUBJECT = "The webhook endpoint {name} was switched off"
TEXT = """The webhook endpoint {name} ({origin}) has answered nothing well since {since:%Y-%m-%d %H:%M} UTC, so it was
switched off. Nothing is sent to it, and nothing is kept for it, until somebody switches it on again:

{link}

What was not delivered is in its log for 30 days, and can be sent again from there.
"""

log = structlog.stdlib.get_logger(__name__)


def note(endpoint: WebhookEndpoint, *, well: bool) -> None:
    """Keep since when an endpoint has done nothing but fail, and switch it off when that is too long."""
    now = timezone.now()
    if well:
        if endpoint.failing_since is not None:
            WebhookEndpoint.objects.filter(pk=endpoint.pk, enabled=True).update(failing_since=None)
    elif endpoint.failing_since is None:
        WebhookEndpoint.objects.filter(pk=endpoint.pk, failing_since=None, enabled=True).update(failing_since=now)
    elif now - endpoint.failing_since >= LONGEST_FAILING and disable_failing(endpoint):
        log.warning("endpoint_disabled", endpoint_id=endpoint.pk)
        wake(tell, endpoint.pk)


def wake_untold() -> None:
    """Wake somebody to tell of what was not told: the sweep behind the first wake-up."""
    for endpoint_id in list(_untold().values_list("pk", flat=True)):
        wake(tell, endpoint_id)


@task
def tell(endpoint_id: str) -> None:
    """Write to every administrator that the endpoint was switched off. If one could not be reached, all are written to
    once more in the next round: better twice than never.
    """
    lease, holder = f"untold:{endpoint_id}", new_id()
    if not leases.hold(lease, holder, ROUND_SECONDS):
        return
    endpoint = _untold().filter(pk=endpoint_id).first()
    if endpoint is not None and _told_all(endpoint):
        WebhookEndpoint.objects.filter(pk=endpoint_id, enabled=False).update(failing_since=None)
    leases.give_up(lease, holder)


def _untold() -> "QuerySet[WebhookEndpoint]":
    """The endpoints that were switched off for failing and of which the administrators are still to be told."""
    off = WebhookEndpoint.objects.filter(enabled=False, archived_at=None, failing_since__isnull=False)
    return off.defer("secret", "old_secret")


def _told_all(endpoint: WebhookEndpoint) -> bool:
    return tell_administrators(lambda address: _letter(endpoint, address), f"endpoint {endpoint.pk}")


def _letter(endpoint: WebhookEndpoint, address: str) -> mail.Mail:
    """The letter, without the path of the URL, which may hold a secret."""
    assert endpoint.failing_since is not None  # noqa: S101  by that it was found
    origin = "/".join(endpoint.url.split("/")[:3])
    link = f"{settings.PUBLIC_URL}/admin/workflows/webhookendpoint/{endpoint.pk}/change/"
    text = TEXT.format(name=endpoint.name, origin=origin, since=endpoint.failing_since, link=link)
    key = f"endpoint_disabled.{endpoint.pk}.{endpoint.failing_since.timestamp():.0f}.{address}"
    html = f"<p>{escape(text).replace('\n\n', '</p><p>')}</p>"
    return mail.Mail(key, address, SUBJECT.format(name=endpoint.name), text, html)
