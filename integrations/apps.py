"""Other tools: one folder each, and the seam they fit into."""

from django.apps import AppConfig

from incidents.alert_senders import MAILBOXES, SENDERS, Sender


class IntegrationsConfig(AppConfig):
    name = "integrations"

    def ready(self) -> None:
        """Tell the alert sources which tools send in words of their own, which of those sign, what mailbox is read."""
        from integrations.mailbox.account import own_address  # noqa: PLC0415  as below
        from integrations.registry import INBOUND  # noqa: PLC0415  steps know models, which are there only now

        for name, inbound in INBOUND.items():
            SENDERS[name] = Sender(signs=inbound.verify is not None, help=inbound.signature_help)
        MAILBOXES.append(own_address)
