"""PagerDuty, as the hub knows it."""

from integrations.base import Integration, Rehearsal
from integrations.pagerduty import inbound, on_call, paging, remote_incidents
from integrations.pagerduty.account import SETTINGS, TOOL, check
from integrations.pagerduty.people import id_of
from integrations.pagerduty.tidying import tidy_up
from integrations.rehearsing import WORDS

INTEGRATION = Integration(
    name=TOOL,
    label="PagerDuty",
    settings=SETTINGS,
    check=check,
    steps=(
        paging.PAGE,
        paging.ACKNOWLEDGE,
        paging.RESOLVE,
        paging.ESCALATE,
        remote_incidents.CREATE,
        on_call.ASSIGN,
    ),
    inbound=(inbound.INBOUND,),
    id_of=id_of,
    rehearsals=(Rehearsal(paging.PAGE, {"message": WORDS, "urgency": "low"}, needs="routing_key"),),
    tidy_up=tidy_up,
    docs="docs/integrations/pagerduty.md",
)
