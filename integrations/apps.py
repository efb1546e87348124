"""Other tools: one folder each, and the seam they fit into."""

from functools import partial

from django.apps import AppConfig
from django.urls import reverse

from incidents.alert_senders import MAILBOXES, SENDERS, SETUP_PAGES, Sender


class IntegrationsConfig(AppConfig):
    name = "integrations"

    def ready(self) -> None:
        """Tell the alert sources which tools send in words of their own, which of those sign, how they are set up, and
        what mailbox is read; and the names of issues where trackers are that are served under a path.
        """
        from incidents.alert_sources import EMAIL  # noqa: PLC0415  as below
        from incidents.models import IssueProvider  # noqa: PLC0415  as below
        from incidents.trackers import SITES  # noqa: PLC0415  as below
        from integrations.gitlab.account import own_site  # noqa: PLC0415  as below
        from integrations.mailbox.account import own_address  # noqa: PLC0415  as below
        from integrations.registry import INBOUND, SENDING, TOOLS  # noqa: PLC0415  steps know models, there only now

        for name, inbound in INBOUND.items():
            SENDERS[name] = Sender(signs=inbound.verify is not None, help=inbound.signature_help)
        setting_up = {name: name for name in SENDING} | {EMAIL: "mailbox"}
        tools = (*TOOLS.values(), *SENDING.values())
        setting_up |= {inbound.source_type: tool.name for tool in tools for inbound in tool.inbound}
        for source_type, name in setting_up.items():
            SETUP_PAGES[source_type] = partial(reverse, "admin:integrations_connection_help", args=[name])
        MAILBOXES.append(own_address)
        SITES[IssueProvider.GITLAB] = own_site
