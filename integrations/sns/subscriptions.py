"""Subscriptions: a topic asks whether the hub wants to hear of it, and is told so once, by a visit to SubscribeURL.

Amazon SNS, "Subscribing an HTTP/S endpoint to a topic".
"""

from collections.abc import Mapping
from typing import Any

from django.tasks import task

from incidentio.core import http
from incidentio.core.errors import Invalid
from incidents.models import AlertSource
from integrations.base import Attempt
from integrations.calling import done, refused
from integrations.sns import errands
from integrations.sns.addresses import is_confirmation
from integrations.sns.messages import text_in

CONFIRMATION = "confirmation"


def confirm_subscription(source: AlertSource, message: Mapping[str, Any]) -> str:
    """Have the subscription confirmed that the message, which is proven to be Amazon's, asks about; each once.

    Raises:
        Invalid: a visit to its SubscribeURL would do something else.
    """
    url, topic, token = (text_in(message, name) for name in ("SubscribeURL", "TopicArn", "Token"))
    if not is_confirmation(url, topic, token):
        raise Invalid("invalid_value", "It is no address at Amazon SNS that confirms this subscription", "SubscribeURL")
    subject = f"{source.pk}:{topic}:{token}"
    errands.begin(visit, CONFIRMATION, subject, url, is_secret=True, source_id=source.pk, topic=topic)
    return "The subscription is being confirmed"


@task
def visit(pk: int) -> None:
    """Confirm a subscription."""
    errands.run(visit, pk, _judged)


def wake_forgotten() -> None:
    """Have the subscriptions confirmed that somebody was stopped at."""
    errands.wake_forgotten(visit, CONFIRMATION)


def _judged(answer: http.Answer) -> Attempt:
    if answer.status != 200:
        return refused(answer, "SNS does not confirm the subscription")
    return done(answer, "Confirmed the subscription")
