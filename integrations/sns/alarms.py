"""CloudWatch's alarms as they are published to a topic: by the alarm itself, or by a rule of EventBridge.

Amazon CloudWatch, "Using Amazon CloudWatch alarms" (states, and what a notification holds) and "Alarm events and
EventBridge".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any
from urllib.parse import quote

from incidentio.core.times import instant
from incidents.alert_events import LONGEST_DESCRIPTION, LONGEST_TITLE, AlertEvent
from incidents.models import AlertStatus

OK = "OK"
# INSUFFICIENT_DATA fires: a topic hears of it only where people asked for that at the alarm.
STATES = ("ALARM", "INSUFFICIENT_DATA", OK)
OF_EVENTBRIDGE = "CloudWatch Alarm State Change"
LONGEST_KEY = 500
OF_TRIGGER = (
    "MetricName",
    "Namespace",
    "Statistic",
    "ExtendedStatistic",
    "Unit",
    "Period",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "ComparisonOperator",
    "Threshold",
    "TreatMissingData",
)
_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


@dataclass(frozen=True)
class Alarm:
    """What is said of an alarm. `arn` is empty where it is not said."""

    name: str
    arn: str
    account: str
    region: str
    state: str
    before: str
    about: str
    why: str
    at: datetime | None
    trigger: Mapping[str, Any]

    def event(self, more: Mapping[str, Any], payload: dict[str, Any], sent_at: datetime | None) -> AlertEvent:
        """The alarm as an alert of its own; `more` is what else is known of it."""
        metadata = {
            "account": self.account,
            "region": self.region,
            "state": self.state,
            "previous_state": self.before,
            **{name: self.trigger[name] for name in OF_TRIGGER if _is_plain(self.trigger.get(name))},
            "dimensions": _dimensions(self.trigger.get("Dimensions")),
        }
        return AlertEvent(
            status=AlertStatus.RESOLVED if self.state == OK else AlertStatus.FIRING,
            title=self.name[:LONGEST_TITLE],
            deduplication_key=(self.arn or f"{self.account}:{self.region}:{self.name}")[:LONGEST_KEY],
            description="\n\n".join(text for text in (self.about, self.why) if text)[:LONGEST_DESCRIPTION],
            source_url=_console(self.arn, self.name),
            metadata={name: value for name, value in metadata.items() if value} | dict(more),
            payload=payload,
            at=self.at or sent_at,
        )


def alarm_in(published: Mapping[str, Any]) -> Alarm | None:
    """The alarm that was published; None if it is something else."""
    if published.get("detail-type") == OF_EVENTBRIDGE and isinstance(published.get("detail"), dict):
        alarm = _of_eventbridge(published, published["detail"])
    else:
        alarm = _of_cloudwatch(published)
    return alarm if alarm.name and alarm.state in STATES else None


def _of_cloudwatch(said: Mapping[str, Any]) -> Alarm:
    return Alarm(
        name=_text(said, "AlarmName"),
        arn=_text(said, "AlarmArn"),
        account=_text(said, "AWSAccountId"),
        region=_text(said, "Region"),
        state=_text(said, "NewStateValue"),
        before=_text(said, "OldStateValue"),
        about=_text(said, "AlarmDescription"),
        why=_text(said, "NewStateReason"),
        at=instant(said.get("StateChangeTime")),
        trigger=_mapping(said, "Trigger"),
    )


def _of_eventbridge(said: Mapping[str, Any], detail: Mapping[str, Any]) -> Alarm:
    state, arns = _mapping(detail, "state"), said.get("resources")
    return Alarm(
        name=_text(detail, "alarmName"),
        arn=arns[0] if isinstance(arns, list) and arns and isinstance(arns[0], str) else "",
        account=_text(said, "account"),
        region=_text(said, "region"),
        state=_text(state, "value"),
        before=_text(_mapping(detail, "previousState"), "value"),
        about=_text(_mapping(detail, "configuration"), "description"),
        why=_text(state, "reason"),
        at=instant(state.get("timestamp")),
        trigger={},
    )


def _console(arn: str, name: str) -> str:
    """Where CloudWatch's console shows the alarm; nothing where the name of its region is not known."""
    parts = arn.split(":")
    if len(parts) < 7 or parts[1] not in _CONSOLES or not parts[3].replace("-", "").isalnum():
        return ""
    region = parts[3]
    address = f"https://{region}.{_CONSOLES[parts[1]]}/cloudwatch/home?region={region}"
    return f"{address}#alarmsV2:alarm/{quote(name, safe='')}"


def _dimensions(said: Any) -> dict[str, str]:
    """What the metric is of, which CloudWatch writes as a list of names and values."""
    pairs = [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []
    return {_text(one, "name"): _text(one, "value") for one in pairs}


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int) or (isinstance(value, float) and isfinite(value))


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    return value if isinstance(value, str) else ""


def _mapping(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = said.get(name)
    return value if isinstance(value, dict) else {}
