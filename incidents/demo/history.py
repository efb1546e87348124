"""What happened at the demo's company: planned as dated steps, to be taken in the order of time."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from accounts.models import User
from catalog.models import IncidentStatus, StatusCategory
from catalog.snapshot import Snapshot, active
from events.actors import Actor
from incidents.actions import ActionEdit, create_action, update_action
from incidents.attachments import Resource, attach
from incidents.declare import Report, declare
from incidents.demo.organisation import DOMAIN, Organisation
from incidents.demo.stories import EARLIER, FALSE_ALARMS, MERCHANTS, PARTNERS, REGIONS, STORIES, Story
from incidents.edit import Edit, edit_incident
from incidents.follow_ups import FollowUpEdit, create_follow_up, update_follow_up
from incidents.memberships import grant
from incidents.models import Mode, Visibility
from incidents.relating import relate

DAYS = 90
KEY_PREFIX = "seed-demo-"
BUSY_HOURS = (1, 1, 1, 1, 1, 2, 3, 5, 8, 10, 10, 9, 8, 9, 9, 8, 7, 6, 6, 7, 7, 5, 3, 2)
ENDINGS = {"worked": 84, "declined": 8, "retrospective": 5, "test": 3}
HOUR, DAY = 60.0, 1440.0
C = StatusCategory


@dataclass(frozen=True)
class Step:
    """One verb to call, as at `moment`."""

    moment: datetime
    act: Callable[[datetime], object]


def plan(rng: Random, organisation: Organisation, words: Snapshot, count: int, now: datetime) -> list[Step]:
    """The steps of `count` incidents over the 90 days before `now`, in the order of time; the same for the same
    `rng`. What would come after `now` is left out, so that the latest incidents are still going on.
    """
    tales, latest = list[Tale](), dict[str, Tale]()
    for number, start in enumerate(_starts(rng, count, now), 1):
        tale = Tale(rng, organisation, words, start, number)
        ending = rng.choices(list(ENDINGS), list(ENDINGS.values()))[0]
        tale.tell(ending)
        tales.append(tale)
        if ending == "worked" and not tale.story.private:
            if tale.story.name in latest and rng.random() < 0.5:
                tale.recall(latest[tale.story.name])
            latest[tale.story.name] = tale
    steps = [step for tale in tales for step in tale.steps if step.moment < now]
    return sorted(steps, key=lambda step: step.moment)


def _starts(rng: Random, count: int, now: datetime) -> Iterable[datetime]:
    """When incidents begin: mostly by day, and the last ones within the last hours."""
    recent = min(4, count)
    for_days = [
        now.replace(minute=0, second=0, microsecond=0)
        - timedelta(days=rng.randint(1, DAYS))
        + timedelta(hours=rng.choices(range(24), BUSY_HOURS)[0] - now.hour, seconds=rng.randint(0, 3599))
        for _ in range(count - recent)
    ]
    return sorted(
        [*for_days, *(now - timedelta(minutes=place * rng.randint(15, 60)) for place in range(1, recent + 1))]
    )


class Tale:
    """One incident from its declaration to its last follow-up."""

    def __init__(self, rng: Random, organisation: Organisation, words: Snapshot, start: datetime, number: int) -> None:
        self.rng, self.organisation, self.words = rng, organisation, words
        self.start, self.number = start, number
        self.steps: list[Step] = []
        self.incident_id = ""
        self.story: Story = rng.choice(STORIES)
        self.facts = _facts(rng)
        self.lead, self.second, self.communicator = rng.sample(list(organisation.responders), 3)
        if self.story.private:
            self.lead = rng.choice(list(organisation.guards))
        severities = active(words.severities.values())
        self.severity = severities[max(0, min(self.story.worst, len(severities) - 1) - rng.choice((0, 0, 1)))]

    def tell(self, ending: str) -> None:
        """Plan the steps up to `ending` (see `ENDINGS`)."""
        match ending:
            case "declined":
                self._dismiss()
            case "retrospective":
                self._look_back()
            case "test":
                self._rehearse()
            case _:
                self._work()

    def recall(self, earlier: "Tale") -> None:
        """Plan to notice that `earlier` was the same."""
        self._at(self.rng.uniform(30, 90), lambda moment: self._relate(earlier, moment))

    def _relate(self, earlier: "Tale", moment: datetime) -> None:
        relate(self.lead.actor, earlier.incident_id, self.incident_id, moment)

    def _at(self, minutes: float, act: Callable[[datetime], object]) -> None:
        self.steps.append(Step(self.start + timedelta(minutes=minutes), act))

    def _text(self, template: str) -> str:
        return template.format(**self.facts)

    def _status(self, category: str, place: int = 0) -> str | None:
        statuses: list[IncidentStatus] = self.words.statuses_in(category)
        return statuses[min(place, len(statuses) - 1)].id if statuses else None

    def _declare(self, actor: Actor, name: str, summary: str, *, private: bool = False, **said: Any) -> None:
        report = Report(
            idempotency_key=f"{KEY_PREFIX}{self.number}",
            visibility=Visibility.PRIVATE if private else Visibility.PUBLIC,
            name=self._text(name),
            summary=self._text(summary),
            incident_type_id=self.organisation.security.id if private else None,
            **said,
        )

        def act(moment: datetime) -> None:
            self.incident_id = declare(actor, report, self.words, moment).incident_id

        self._at(0, act)

    def _edit(self, minutes: float, actor: Actor, **changes: Any) -> None:
        edit = Edit(**changes)
        self._at(minutes, lambda moment: edit_incident(actor, self.incident_id, edit, self.words, moment))

    # ---- the endings

    def _dismiss(self) -> None:
        """Looked at, and no incident at all."""
        reporter, name, reason = self.rng.choice(FALSE_ALARMS)
        self._declare(self.organisation.keys[reporter], name, "")
        minutes = self.rng.uniform(4, 40)
        self._edit(minutes, self.lead.actor, incident_status_id=self._status(C.DECLINED), message=self._text(reason))

    def _look_back(self) -> None:
        """Written down when it was over."""
        self._declare(
            self.lead.actor,
            self.story.name,
            f"{self.story.summary} {EARLIER}",
            mode=Mode.RETROSPECTIVE,
            severity_id=self.severity.id,
            custom_field_entries=[*self._what(), *self._why()],
            private=self.story.private,
        )
        self._follow_up(self.rng.uniform(20, 120))

    def _rehearse(self) -> None:
        """An exercise."""
        name = f"Exercise: {self.story.name}"
        self._declare(self.lead.actor, name, self.story.summary, mode=Mode.TEST, private=self.story.private)
        self._edit(
            self.rng.uniform(30, 60),
            self.lead.actor,
            incident_status_id=self._status(C.CANCELED),
            message="Thank you all. We were quick to find the cause and slow to tell support.",
        )

    def _work(self) -> None:
        """The usual: found, mitigated, fixed, learned from."""
        self._report()
        minutes = self._accept()
        minutes = self._find(minutes)
        minutes = self._fix(minutes)
        if self.severity.rank == 0 and self.rng.random() < 0.5:
            self._edit(minutes, self.lead.actor, incident_status_id=self._status(C.CLOSED), message=self._fixed())
            return
        self._learn(minutes)

    # ---- the parts of the usual

    def _report(self) -> None:
        """By a system, which starts in triage; or by a person, who often knows enough to start at once."""
        said: dict[str, Any] = {"custom_field_entries": self._what()}
        if self.rng.random() < 0.5 and not self.story.private:
            name, reporter = self.rng.choice(list(self.organisation.keys.items()))
            if name == "Zendesk":
                said["custom_field_entries"].append(self._ticket())
        else:
            reporter = self.rng.choice([*self.organisation.advisers, self.second]).actor
            if self.rng.random() < 0.6:
                said |= {"severity_id": self.severity.id, "incident_status_id": self._status(C.LIVE)}
        self._declare(reporter, self.story.name, self.story.summary, private=self.story.private, **said)
        if self.story.private:
            for guard in self.organisation.guards:
                self._admit(reporter, guard)

    def _admit(self, actor: Actor, user: User) -> None:
        self._at(1, lambda moment: grant(actor, self.incident_id, user.id, moment))

    def _accept(self) -> float:
        """Somebody takes the lead; returns the minutes since the start."""
        minutes = self.rng.uniform(2, 14)
        roles = [{"incident_role_id": self._lead_role(), "assignee": {"id": self.lead.id}}]
        if self.severity.rank > 0:
            role_id = self.organisation.communications.id
            roles.append({"incident_role_id": role_id, "assignee": {"id": self.communicator.id}})
        self._edit(
            minutes,
            self.lead.actor,
            severity_id=self.severity.id,
            incident_status_id=self._status(C.LIVE),
            incident_role_assignments=[role for role in roles if role["incident_role_id"]],
            message="I take the lead. Looking into it.",
        )
        self._attach(minutes + 1, Resource("arbitrary_url", url=self._url("grafana"), title="Dashboard", emoji="chart"))
        for action in self.story.actions:
            self._act_on(minutes, self._text(action))
        return minutes

    def _find(self, minutes: float) -> float:
        minutes += self.rng.uniform(5, 70)
        self._edit(
            minutes,
            self.lead.actor,
            incident_status_id=self._status(C.LIVE, 1),
            custom_field_entries=self._why(),
            incident_timestamp_values=self._stamp("Identified at", minutes),
            message=self._text(self.story.found),
        )
        if self.story.cause in ("Deploy", "Software defect"):
            self._attach(minutes + 4, Resource("github_pull_request", url=self._url("git")))
        return minutes

    def _fix(self, minutes: float) -> float:
        """Mitigated, and watched until it is over; a few wait for somebody else meanwhile."""
        minutes += self.rng.uniform(6, 90)
        mitigated = self._text(self.story.mitigated)
        self._edit(minutes, self.second.actor, incident_status_id=self._status(C.LIVE, 2), message=mitigated)
        if self.rng.random() < 0.05:
            waiting = self._text("Waiting for {partner}; nothing to do until tomorrow.")
            minutes += HOUR
            self._edit(minutes, self.lead.actor, incident_status_id=self._status(C.PAUSED), message=waiting)
            minutes += DAY
        minutes += self.rng.uniform(15, 180)
        fixed_at = self._stamp("Fixed at", minutes)
        self._edit(minutes, self.second.actor, incident_timestamp_values=fixed_at)
        return minutes + 1

    def _learn(self, minutes: float) -> None:
        documenting = self._status(C.LEARNING)
        self._edit(minutes, self.lead.actor, incident_status_id=documenting, message=self._fixed())
        self._follow_up(minutes)
        minutes += self.rng.uniform(1, 6) * DAY
        self._edit(minutes, self.lead.actor, incident_status_id=self._status(C.LEARNING, 1))
        minutes += self.rng.uniform(0.5, 8) * DAY
        self._edit(minutes, self.lead.actor, incident_status_id=self._status(C.CLOSED))

    def _fixed(self) -> str:
        return self._text(self.story.fixed)

    # ---- what belongs to it

    def _act_on(self, minutes: float, description: str) -> None:
        """An action, usually done within the hour."""
        assignee = self.rng.choice((self.lead, self.second, self.communicator))
        made: list[str] = []

        def create(moment: datetime) -> None:
            made.append(
                create_action(
                    self.lead.actor, self.incident_id, description=description, assignee_id=assignee.id, moment=moment
                ).id
            )

        edit = ActionEdit(status="not_doing" if self.rng.random() < 0.08 else "completed")
        begun = minutes + self.rng.uniform(1, 25)
        self._at(begun, create)
        self._at(begun + self.rng.uniform(5, 60), lambda moment: update_action(assignee.actor, made[0], edit, moment))

    def _follow_up(self, minutes: float) -> None:
        """The follow-ups, most of them done within weeks."""
        for title in self.story.follow_ups:
            self._follow_up_on(minutes + self.rng.uniform(20, 240), self._text(title))

    def _follow_up_on(self, minutes: float, title: str) -> None:
        by_team, made = self.rng.random() < 0.4, list[str]()
        team = self.rng.choice(list(self.organisation.teams))
        owner: dict[str, Any] = {"assignee_team_id": team.id} if by_team else {"assignee_id": self.second.id}

        def create(moment: datetime) -> None:
            actor = self.lead.actor
            made.append(create_follow_up(actor, self.incident_id, title=title, **owner, moment=moment).id)

        self._at(minutes, create)
        if self.rng.random() < 0.75:
            edit = FollowUpEdit(status="not_doing" if self.rng.random() < 0.1 else "completed")
            done = minutes + self.rng.uniform(2, 35) * DAY
            self._at(done, lambda moment: update_follow_up(self.second.actor, made[0], edit, moment))

    def _attach(self, minutes: float, resource: Resource) -> None:
        self._at(minutes, lambda moment: attach(self.second.actor, self.incident_id, resource, moment))

    def _url(self, system: str) -> str:
        path = {"grafana": "d/overview?from=", "git": "brightcart/shop/pull/", "support": "tickets/"}[system]
        return f"https://{system}.{DOMAIN}/{path}{self.rng.randint(1000, 99999)}"

    def _lead_role(self) -> str:
        return next((role.id for role in active(self.words.roles.values()) if role.role_type == "lead"), "")

    def _stamp(self, name: str, minutes: float) -> list[dict[str, Any]]:
        """The value of the timestamp called `name`, where the installation has one."""
        known = [stamp.id for stamp in active(self.words.timestamps.values()) if stamp.name == name]
        value = self.start + timedelta(minutes=minutes)
        return [{"incident_timestamp_id": stamp_id, "value": value} for stamp_id in known]

    def _entry(self, field: str, *values: dict[str, Any]) -> dict[str, Any]:
        return {"custom_field_id": self.organisation.fields[field].id, "values": list(values)}

    def _chosen(self, field: str, *options: str) -> dict[str, Any]:
        known = self.organisation.options[field]
        return self._entry(field, *({"value_option_id": known[option]} for option in options))

    def _what(self) -> list[dict[str, Any]]:
        detected = "Monitoring" if self.rng.random() < 0.6 else self.rng.choice(("Customer", "Employee", "Partner"))
        return [self._chosen("services", *self.story.services), self._chosen("detected", detected)]

    def _why(self) -> list[dict[str, Any]]:
        affected = str(self.rng.choice((1, 3, 12, 40, 160, 700, 2400)))
        return [self._chosen("cause", self.story.cause), self._entry("merchants", {"value_numeric": affected})]

    def _ticket(self) -> dict[str, Any]:
        return self._entry("ticket", {"value_link": self._url("support")})


def _facts(rng: Random) -> dict[str, str]:
    """What fills the places in a story's words."""
    return {
        "region": rng.choice(REGIONS),
        "partner": rng.choice(PARTNERS),
        "merchant": rng.choice(MERCHANTS),
        "percent": str(rng.randint(3, 60)),
        "minutes": str(rng.randint(6, 55)),
        "number": str(rng.randint(40, 950)),
        "version": f"2026.{rng.randint(30, 48)}.{rng.randint(0, 9)}",
    }
