"""What workflows do at every issue tracker: make issues of incidents and of follow-ups, and move them with these."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from incidents.models import WorkStatus
from integrations import issue_statuses, tracking
from integrations.asking import Clock
from integrations.base import Args, Attempt, Call, Doing, Outcome, Param, Remains, Repeat, Sent, Step, StepFailed
from integrations.issue_statuses import Statuses
from integrations.models import RemoteObject
from integrations.told import INCIDENT_PARAM
from integrations.tracking import DESCRIPTION, FOLLOW_UP_PARAM, LABELS, PRIVATE_TOO, TITLE, Tracker


@dataclass(frozen=True)
class TrackerSteps:
    """The steps of one tracker. `places` are the parameters that say where issues are made, which `where` reads: what
    the step says, else what the account says (raises StepFailed). `repeats`: HANDLE, if the tracker knows an issue by
    an id of the hub's.
    """

    tracker: Tracker
    statuses: Statuses
    places: tuple[Param, ...]
    where: Callable[[Args], Mapping[str, str]]
    repeats: Repeat = Repeat.LOOKUP

    def tidy_up(self, remains: Remains) -> str:
        """Close the issues that stand for the incident and its follow-ups, as what is not going to be done.

        Raises:
            StepFailed: the tracker does not close one; all of them were tried.
        """
        subjects = [remains.incident.pk, *remains.incident.follow_ups.values_list("pk", flat=True)]
        rows = RemoteObject.objects.filter(tool=self.tracker.tool, kind=tracking.ISSUE, subject_id__in=subjects)
        clock, issues = Clock(remains.seconds), {str(row.state.get("name") or row.remote_id): row for row in rows}
        problems = {name: self._why_open(row, clock.left) for name, row in issues.items()}
        left = [f"{name} may still be open: {why}" for name, why in problems.items() if why]
        if left:
            raise StepFailed("; ".join(left))
        return f"Closed {', '.join(issues)}" if issues else ""

    def _why_open(self, issue: RemoteObject, seconds: float) -> str:
        """Close an issue; why that was not done, empty if it was."""
        try:
            attempt = self.statuses.move(issue.state, WorkStatus.NOT_DOING, seconds)
        except StepFailed as failure:
            return str(failure)
        return "" if attempt.outcome is Outcome.DONE else attempt.error

    @property
    def all(self) -> tuple[Step, ...]:
        """The steps, as workflows name them."""
        tool, label = self.tracker.tool, self.tracker.label
        create = Step(
            f"{tool}.create_issue",
            f"Create an issue in {label}",
            (INCIDENT_PARAM, TITLE, DESCRIPTION, *self.places, LABELS, PRIVATE_TOO),
            plan=self._plan_issue,
            make=self._make,
            find=self._find,
            repeats=self.repeats,
        )
        export = Step(
            f"{tool}.export_follow_ups",
            f"Export follow-ups to {label}",
            (INCIDENT_PARAM, FOLLOW_UP_PARAM, *self.places, LABELS, PRIVATE_TOO),
            plan=self._plan_follow_ups,
            make=self._make,
            find=self._find,
            repeats=self.repeats,
        )
        sync = Step(
            f"{tool}.sync_status",
            f"Move follow-ups' issues in {label} to where the follow-ups are",
            (INCIDENT_PARAM, FOLLOW_UP_PARAM),
            plan=self._plan_status,
            make=self._move,
            repeats=Repeat.HANDLE,
        )
        return create, export, sync

    def _plan_issue(self, doing: Doing, args: Args) -> list[Call]:
        return [tracking.order_for_incident(doing, args, self.where(args)).call(self.tracker.tool)]

    def _plan_follow_ups(self, doing: Doing, args: Args) -> list[Call]:
        orders = tracking.orders_for_follow_ups(doing, args, self.where(args))
        return [order.call(self.tracker.tool) for order in orders]

    def _make(self, sent: Sent) -> Attempt:
        return tracking.make(self.tracker, sent)

    def _find(self, sent: Sent) -> Attempt | None:
        return tracking.find(self.tracker, sent)

    def _plan_status(self, doing: Doing, args: Args) -> list[Call]:
        return issue_statuses.plan(self.statuses, doing, args)

    def _move(self, sent: Sent) -> Attempt:
        return issue_statuses.make(self.statuses, sent)
