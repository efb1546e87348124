"""What is published to a topic: an alarm of CloudWatch's, or anything else; and SNS's own questions."""

from collections.abc import Mapping, Sequence
from typing import Any

from incidentio.core.errors import Invalid, Malformed
from incidentio.core.parsing import parse_json
from incidentio.core.times import instant
from incidents.alert_events import LONGEST_DESCRIPTION, LONGEST_TITLE, AlertEvent
from incidents.models import Alert, AlertSource, AlertStatus
from integrations.base import Arrived, Inbound
from integrations.sns import messages
from integrations.sns.alarms import alarm_in
from integrations.sns.messages import NOTIFICATION, is_raw, text_in, verify
from integrations.sns.subscriptions import confirm_subscription

LONGEST_ID = 200
MESSAGE_ID = "message_id"


def parse(body: Mapping[str, Any]) -> Sequence[AlertEvent]:
    """What was published: an alarm, known by its ARN, or a message, which is an alert of its own.

    Raises:
        Invalid: it is neither an envelope of SNS's nor, posted raw, an alarm.
    """
    if body.get("Type") == NOTIFICATION:
        return [_of_notification(body)]
    alarm = alarm_in(body)
    if alarm is None:
        message = "This is neither a notification of SNS nor an alarm: raw messages may only be alarms of CloudWatch"
        raise Invalid("invalid_value", message, "Type")
    return [alarm.event({}, dict(body), None)]


def _of_notification(body: Mapping[str, Any]) -> AlertEvent:
    message_id, published = text_in(body, "MessageId"), text_in(body, "Message")
    if not 0 < len(message_id) <= LONGEST_ID:
        raise Invalid("is_required", f"1 to {LONGEST_ID} characters are required", "MessageId")
    read = _read(published)
    about = {MESSAGE_ID: message_id, "topic": text_in(body, "TopicArn")}
    sent_at = instant(body.get("Timestamp"))
    alarm = alarm_in(read)
    if alarm is not None:
        return alarm.event(about, {**body, "Message": read}, sent_at)
    return AlertEvent(
        status=AlertStatus.FIRING,
        title=_title(body, published)[:LONGEST_TITLE],
        deduplication_key=f"sns:{message_id}",
        description=published[:LONGEST_DESCRIPTION],
        metadata=about | _attributes(body.get("MessageAttributes")),
        payload={**body, "Message": read or published},
        at=sent_at,
    )


def _read(published: str) -> dict[str, Any]:
    """What was published, where that is a JSON object."""
    if "\\u0000" in published:  # which no database keeps
        return {}
    try:
        read = parse_json(published.encode())
    except Malformed:
        return {}
    return read if isinstance(read, dict) else {}


def _title(body: Mapping[str, Any], published: str) -> str:
    lines = [line.strip() for line in (text_in(body, "Subject"), *published.splitlines()) if line.strip()]
    return lines[0] if lines else f"A message of {text_in(body, 'TopicArn') or 'SNS'}"


def _attributes(said: Any) -> dict[str, Any]:
    named = said.items() if isinstance(said, dict) else ()
    values = {name: one["Value"] for name, one in named if isinstance(one, dict) and isinstance(one.get("Value"), str)}
    return {"attributes": values} if values else {}


def set_aside(source: AlertSource, arrived: Arrived, body: Mapping[str, Any]) -> str | None:
    """What is said of a message that is no news: a question of SNS's about the subscription, or one that came before.

    Raises:
        Invalid: what is asked is not what it seems.
    """
    if is_raw(arrived):
        return None
    match body.get("Type"):
        case messages.SUBSCRIPTION:
            return confirm_subscription(source, body)
        case messages.END:
            return "The subscription has ended; subscribe again if that was not meant"
    return "This message was taken before" if any(_is_known(source, event) for event in parse(body)) else None


def _is_known(source: AlertSource, event: AlertEvent) -> bool:
    """Whether what was told last of the alert is this very message, whatever people did about it since."""
    last = Alert.objects.filter(alert_source=source, deduplication_key=event.deduplication_key).first()
    return last is not None and last.metadata.get(MESSAGE_ID) == event.metadata.get(MESSAGE_ID)


HELP = "Nothing needs to be entered. With the ARN of a topic here, only what is signed and of that topic is heard"
TOPICS = Inbound("sns", parse, verify, HELP, signs_for_all=True, set_aside=set_aside)
ALARMS = Inbound("cloudwatch", parse, verify, HELP, signs_for_all=True, set_aside=set_aside)
