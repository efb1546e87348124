"""Amazon SNS, as the hub knows it."""

from integrations.base import Integration
from integrations.sns import certificates, subscriptions
from integrations.sns.inbound import ALARMS, TOPICS


def wake_forgotten() -> None:
    """Have the calls to Amazon made that somebody was stopped at."""
    certificates.wake_forgotten()
    subscriptions.wake_forgotten()


INTEGRATION = Integration(
    name="sns",
    label="Amazon SNS",
    inbound=(TOPICS, ALARMS),
    wake_forgotten=wake_forgotten,
    docs="docs/integrations/sns.md",
)
