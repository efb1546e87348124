"""The endpoints outgoing webhooks go to: set up, changed, their secrets rotated, switched off."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from catalog.words import configuring
from events.actors import Actor
from events.record import changed, created, record_configuration
from incidentio.core import http
from incidentio.core.crypto import UndecryptableSecret
from incidentio.core.errors import Conflict, Gather, Invalid, NotFound
from workflows.models import EventType, WebhookEndpoint

SUBJECT = "webhook_endpoint"
SECRET_BYTES = 24
LONGEST_NAME = 200
LONGEST_GRACE = timedelta(days=31)
# Nobody's to read, or how it fares, which is no configuration.
SECRETS = ("secret", "old_secret")
UNTOLD = (*SECRETS, "failing_since")
# A secret that cannot be read any more keeps nobody from changing the rest.
READ_AGAIN = [field.name for field in WebhookEndpoint._meta.concrete_fields if field.name not in SECRETS]


@dataclass(frozen=True)
class NewEndpoint:
    """An endpoint and its signing secret, which is shown this once."""

    endpoint: WebhookEndpoint
    secret: str = field(repr=False)


def create_endpoint(actor: Actor, *, name: str, url: str, event_types: list[str], enabled: bool = True) -> NewEndpoint:
    """Set up an endpoint, with a signing secret of its own.

    Raises:
        Invalid: a blank name, a URL the hub does not call, or an unknown event type; all mistakes at once.
    """
    _check(name, url, event_types)
    secret = _new_secret()
    endpoint = WebhookEndpoint(name=name, url=url, secret=secret, event_types=event_types, enabled=enabled)
    with configuring():
        endpoint.save(force_insert=True)
        record_configuration(actor, f"{SUBJECT}.created", SUBJECT, endpoint, created(_state(endpoint)))
    return NewEndpoint(endpoint, secret)


def update_endpoint(
    actor: Actor, endpoint: WebhookEndpoint, *, name: str, url: str, event_types: list[str], enabled: bool
) -> WebhookEndpoint:
    """Change an endpoint. What waits for it goes to the new URL; switched off, what is due is not sent. Switched on
    or sent elsewhere, it starts afresh: how it failed before is forgotten.

    Raises:
        Invalid: as `create_endpoint`.
        NotFound: it was archived meanwhile.
    """
    _check(name, url, event_types)
    columns = {"name": name, "url": url, "event_types": event_types, "enabled": enabled}
    with configuring():
        return _change(actor, endpoint, "updated", columns, afresh=("url", "enabled"))


def archive_endpoint(actor: Actor, endpoint: WebhookEndpoint) -> None:
    """Take an endpoint out of use; its log of deliveries stays.

    Raises:
        NotFound: it was archived meanwhile.
    """
    with configuring():
        _change(actor, endpoint, "archived", {"archived_at": timezone.now()})


def rotate_endpoint_secret(actor: Actor, endpoint: WebhookEndpoint, grace: timedelta) -> NewEndpoint:
    """Give an endpoint a new signing secret; the one it had signs beside it until `grace` is over, and then is
    forgotten. One before that, whose grace is not over yet, ends now.

    Raises:
        Invalid: a grace that is negative, or longer than a month.
        NotFound: it was archived meanwhile.
        Conflict: the secret it has cannot be read any more, and is to go on signing.
    """
    if not timedelta(0) <= grace <= LONGEST_GRACE:
        raise Invalid("invalid_value", f"A grace period of up to {LONGEST_GRACE.days} days is possible", "grace")
    secret = _new_secret()
    with configuring():
        old = _readable_secret(WebhookEndpoint.objects.get(pk=endpoint.pk)) if grace else ""
        columns = {"secret": secret, "old_secret": old, "old_secret_until": timezone.now() + grace}
        return NewEndpoint(_change(actor, endpoint, "secret_rotated", columns), secret)


def disable_failing(endpoint: WebhookEndpoint) -> bool:
    """Switch an endpoint off that has failed for too long; False if it was changed meanwhile, so that it is not to be.

    It keeps `failing_since`, by which it is known that the administrators are still to be told.
    """
    with configuring():
        endpoint.refresh_from_db(fields=READ_AGAIN)
        if endpoint.archived_at is not None or not endpoint.enabled or endpoint.failing_since is None:
            return False
        _change(Actor.system(), endpoint, "disabled", {"enabled": False})
    return True


def forget_old_secrets() -> None:
    """Delete the secrets that do not sign any more."""
    over = WebhookEndpoint.objects.filter(old_secret_until__lte=timezone.now())
    over.update(old_secret="", old_secret_until=None)


def _check(name: str, url: str, event_types: list[str]) -> None:
    problems = Gather()
    with problems:
        if not name.strip() or len(name) > LONGEST_NAME:
            raise Invalid("invalid_value", f"A name of 1 to {LONGEST_NAME} characters is required", "name")
    with problems:
        try:
            http.check_url(url)
        except http.Refused as refusal:
            raise Invalid("invalid_value", f"The hub does not call this URL: {refusal.reason}", "url") from None
    with problems:
        unknown = sorted(set(event_types) - set(EventType.values))
        if unknown or not event_types:
            known = ", ".join(EventType.values)
            raise Invalid("invalid_value", f"Choose one or more of the event types {known}", "event_types")
    problems.raise_if_any()


def _readable_secret(endpoint: WebhookEndpoint) -> str:
    try:
        return str(endpoint.secret)
    except UndecryptableSecret as failure:
        message = f"{failure}. Rotate it without a grace period"
        raise Conflict("secret_lost", message) from failure


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _change(
    actor: Actor, endpoint: WebhookEndpoint, verb: str, columns: dict[str, Any], afresh: Sequence[str] = ()
) -> WebhookEndpoint:
    """Set `columns`; if one of `afresh` is another then, how the endpoint failed is forgotten. Within `configuring`."""
    endpoint.refresh_from_db(fields=READ_AGAIN)
    if endpoint.archived_at is not None:
        raise NotFound("webhook endpoint")
    before = _state(endpoint)
    for column, value in columns.items():
        setattr(endpoint, column, value)
    changes = changed(before, _state(endpoint))
    if changes:
        if any(name in changes for name in afresh):
            endpoint.failing_since = None
        endpoint.save(update_fields=[*columns, "failing_since", "updated_at"])
        record_configuration(actor, f"{SUBJECT}.{verb}", SUBJECT, endpoint, changes)
    return endpoint


def _state(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """The endpoint as its events tell it: the secrets are nobody's to read."""
    fields = [field for field in endpoint._meta.concrete_fields if field.name not in UNTOLD]
    return {field.attname: field.value_from_object(endpoint) for field in fields}
