"""What is to be done: actions while an incident is on, follow-ups so that it does not happen again."""

from incidentio.core.vocabulary import STRING
from incidents.actions import create_action
from incidents.follow_ups import create_follow_up
from integrations.base import Args, Doing, Param, Step
from integrations.types import FOLLOW_UP_PRIORITY, TEMPLATED_TEXT, USER
from workflows.steps.arguments import (
    INCIDENT_PARAM,
    all_needed,
    incident_id_of,
    listed,
    needed,
    text_of,
    texts_of,
)

_DESCRIPTION = Param("description", "Description", TEMPLATED_TEXT, required=True)
_TITLES = Param("title", "Title", TEMPLATED_TEXT, array=True, required=True)
_ASSIGNEE = Param("assignee", "Assignee", USER)


def _create_action(doing: Doing, args: Args) -> str:
    action = create_action(
        doing.actor,
        incident_id_of(doing, args),
        description=needed(args, _DESCRIPTION),
        assignee_id=text_of(args, "assignee") or None,
    )
    return f"Created an action: {action.description[:200]}"


def _create_follow_ups(doing: Doing, args: Args) -> str:
    made = [
        create_follow_up(
            doing.actor,
            incident_id_of(doing, args),
            title=title,
            description=text_of(args, "description"),
            labels=texts_of(args, "labels"),
            assignee_id=text_of(args, "assignee") or None,
            priority_id=text_of(args, "priority") or None,
        )
        for title in all_needed(args, _TITLES)
    ]
    noun = "a follow-up" if len(made) == 1 else f"{len(made)} follow-ups"
    return f"Created {noun}: {listed([follow_up.title for follow_up in made])}"


CREATE_ACTION = Step(
    "incident.create_action", "Create an action", (INCIDENT_PARAM, _DESCRIPTION, _ASSIGNEE), do=_create_action
)
CREATE_FOLLOW_UPS = Step(
    "incident.create_follow_ups",
    "Create follow-ups",
    (
        INCIDENT_PARAM,
        _TITLES,
        _ASSIGNEE,
        Param("labels", "Labels", STRING, array=True),
        Param("description", "Description", TEMPLATED_TEXT),
        Param("priority", "Priority", FOLLOW_UP_PRIORITY),
    ),
    do=_create_follow_ups,
)
