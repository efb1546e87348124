"""Telling the administrators of a fire drill that nobody watched, if it found something broken."""

from html import escape

from django.conf import settings
from django.tasks import task

from incidentio.core import mail
from incidentio.core.engine import wake
from incidentio.core.ids import new_id
from workflows import leases
from workflows.administrators import tell_administrators
from workflows.drills import How, Link, links_of
from workflows.models import DrillState, FireDrill

LEASE_SECONDS = 300.0
SUBJECT = "The fire drill found {count} broken"
TEXT = """The fire drill that {who} started found what would not have worked in an incident:

{broken}

All of it: {link}
"""


def wake_untold() -> None:
    """Wake somebody to tell of the drills that were not told of."""
    for pk in FireDrill.objects.filter(untold=True, state=DrillState.DONE).values_list("pk", flat=True):
        wake(tell_of_drill, pk)


@task
def tell_of_drill(drill_id: str) -> None:
    """Write to every administrator. If one could not be reached, all are written to again: better twice than never."""
    lease, holder = f"drill:{drill_id}", new_id()
    if not leases.hold(lease, holder, LEASE_SECONDS):
        return
    drill = FireDrill.objects.filter(pk=drill_id, untold=True).first()
    if drill is not None and tell_administrators(lambda address: _letter(drill, address), f"fire drill {drill.pk}"):
        FireDrill.objects.filter(pk=drill_id).update(untold=False)
    leases.give_up(lease, holder)


def _letter(drill: FireDrill, address: str) -> mail.Mail:
    broken = [link for link in links_of(drill) if link.how == How.BROKEN]
    count = f"{len(broken)} link{'s' if len(broken) != 1 else ''}"
    text = TEXT.format(
        who=drill.actor_label,
        broken="\n\n".join(map(_line, broken)),
        link=f"{settings.PUBLIC_URL}/admin/workflows/firedrill/{drill.pk}/change/",
    )
    html = f"<p>{escape(text).replace('\n\n', '</p><p>')}</p>"
    return mail.Mail(f"fire_drill.{drill.pk}.{address}", address, SUBJECT.format(count=count), text, html)


def _line(link: Link) -> str:
    return f"- {link.where}, {link.what}: {link.said}"
