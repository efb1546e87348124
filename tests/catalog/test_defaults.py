"""What a new installation starts with."""

from typing import Any

from catalog.defaults import seed_defaults
from catalog.models import IncidentRole, IncidentStatus, IncidentTimestamp, IncidentType, Severity
from catalog.severities import archive_severity
from events.record import config_version
from tests.conftest import SYSTEM


def test_a_new_installation_has_the_words_people_expect() -> None:
    assert list(Severity.objects.values_list("name", "rank")) == [("Minor", 0), ("Major", 1), ("Critical", 2)]
    statuses = IncidentStatus.objects.order_by("rank").values_list("name", "category", "rank")
    assert list(statuses) == [
        ("Canceled", "canceled", -3),
        ("Merged", "merged", -2),
        ("Declined", "declined", -1),
        ("Triage", "triage", 0),
        ("Investigating", "live", 1),
        ("Fixing", "live", 2),
        ("Monitoring", "live", 3),
        ("Documenting", "learning", 4),
        ("Reviewing", "learning", 5),
        ("Closed", "closed", 6),
        ("Paused", "paused", 7),
    ]


def test_a_new_installation_has_a_type_two_roles_and_twelve_timestamps() -> None:
    kind = IncidentType.objects.get()
    assert (kind.name, kind.is_default, kind.create_in_triage) == ("Default", True, "optional")
    roles = IncidentRole.objects.values_list("name", "role_type", "shortform")
    assert list(roles) == [("Incident Lead", "lead", "lead"), ("Reporter", "reporter", "")]
    stamps = list(IncidentTimestamp.objects.order_by("rank").values_list("name", "rank", "set_on"))
    assert stamps[0] == ("Reported at", 0, "reported")
    assert stamps[-1] == ("Closed at", 12, "closed")
    assert [rank for _, rank, _ in stamps] == [*range(11), 12]


def test_seeding_again_costs_one_query_and_changes_nothing(django_assert_num_queries: Any) -> None:
    version = config_version()
    with django_assert_num_queries(1):
        assert seed_defaults(SYSTEM) == 0
    assert config_version() == version


def test_a_kind_whose_words_were_all_archived_is_left_alone() -> None:
    for severity in Severity.objects.active():
        archive_severity(SYSTEM, severity)
    assert seed_defaults(SYSTEM) == 0
    assert not Severity.objects.active().exists()
