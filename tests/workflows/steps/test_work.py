"""Actions and follow-ups that workflows make."""

import pytest

from accounts.models import User
from catalog.models import FollowUpPriority
from incidentio.core.errors import Invalid
from incidents.models import Action, FollowUp, Incident
from integrations.base import StepFailed
from tests.incidents.folding import folded, stored
from tests.workflows.steps.doing import WORKFLOW, do


def test_an_action_is_made_for_somebody(incident: Incident, nora: User) -> None:
    did = do("incident.create_action", incident, description="Call the bank", assignee=nora.pk)
    action = Action.objects.get()
    assert did == "Created an action: Call the bank"
    assert (action.assignee_id, action.creator_id) == (nora.pk, WORKFLOW.id)
    assert folded(action) == stored(action)


def test_an_action_says_what_to_do(incident: Incident) -> None:
    with pytest.raises(StepFailed, match="Description is not set"):
        do("incident.create_action", incident, description=None)


def test_each_title_is_a_follow_up(incident: Incident, nora: User) -> None:
    high = FollowUpPriority.objects.get(name="High").pk
    did = do(
        "incident.create_follow_ups",
        incident,
        title=["Hold a review", "Add an alert"],
        labels=["review"],
        description="Soon",
        priority=high,
        assignee=nora.pk,
    )
    assert did == "Created 2 follow-ups: Hold a review and Add an alert"
    for follow_up in FollowUp.objects.all():
        assert (follow_up.labels, follow_up.description, follow_up.priority_id) == (["review"], "Soon", high)
        assert follow_up.assignee_id == nora.pk
        assert folded(follow_up) == stored(follow_up)


def test_one_wrong_title_makes_none(incident: Incident) -> None:
    with pytest.raises(Invalid, match="500 characters"):
        do("incident.create_follow_ups", incident, title=["Hold a review", "x" * 501])
    assert not FollowUp.objects.exists()
