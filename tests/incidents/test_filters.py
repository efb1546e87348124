"""Which incidents a list of V2 asks for."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from catalog.custom_fields import create_custom_field, create_option
from catalog.models import CustomField, IncidentRole, IncidentStatus, IncidentType, Severity
from incidents.models import Incident
from tests.conftest import SYSTEM, ApiClient

Declare = Callable[..., Incident]


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [incident["name"] for incident in orjson.loads(answer.content)["incidents"]]


class Cast:
    """Four incidents that differ in everything a filter can ask for."""

    def __init__(self, declare: Declare, nora: User) -> None:
        self.minor, self.major, self.critical = Severity.objects.order_by("rank")
        self.investigating = IncidentStatus.objects.get(name="Investigating")
        self.documenting = IncidentStatus.objects.get(name="Documenting")
        self.lead = IncidentRole.objects.get(role_type="lead")
        self.nora, self.kind = nora, IncidentType.objects.get(is_default=True)
        fields = {kind: create_custom_field(SYSTEM, name=kind, description="", field_type=kind) for kind in KINDS}
        self.select, self.text, self.link, self.numeric = (fields[kind] for kind in KINDS)
        self.payments = create_option(SYSTEM, self.select, value="Payments")
        self.search = create_option(SYSTEM, self.select, value="Search")
        declare(name="triage", severity_id=self.minor.id)
        declare(
            name="live",
            severity_id=self.major.id,
            incident_status_id=self.investigating.id,
            incident_role_assignments=[{"incident_role_id": self.lead.id, "assignee": {"id": nora.id}}],
            custom_field_entries=self.entries("Payments", "Ticket 4_711", "https://z.test/1", "9.5"),
        )
        declare(
            name="learning",
            severity_id=self.critical.id,
            incident_status_id=self.documenting.id,
            custom_field_entries=self.entries("Search", "50% of tickets", "https://z.test/2", "1e2"),
        )
        declare(name="bare")

    def entries(self, option: str, text: str, link: str, number: str) -> list[dict[str, Any]]:
        chosen = self.payments if option == "Payments" else self.search
        values: list[tuple[CustomField, dict[str, str]]] = [
            (self.select, {"value_option_id": chosen.id}),
            (self.text, {"value_text": text}),
            (self.link, {"value_link": link}),
            (self.numeric, {"value_numeric": number}),
        ]
        return [{"custom_field_id": field.id, "values": [value]} for field, value in values]


KINDS = ("single_select", "text", "link", "numeric")


@pytest.fixture
def cast(declare: Declare, nora: User) -> Cast:
    return Cast(declare, nora)


FOUND = [
    ("", "triage live learning bare"),
    ("status[one_of]={investigating.id}", "live"),
    ("status[one_of]={investigating.id}&status[one_of]={documenting.id}", "live learning"),
    ("status%5Bnot_in%5D={investigating.id}", "triage learning bare"),
    ("status_category[one_of]=live", "live"),
    ("status_category[one_of]=active", "live"),
    ("status_category[one_of]=post-incident", "learning"),
    ("status_category[not_in]=triage", "live learning"),
    ("severity[one_of]={major.id}", "live"),
    ("severity[not_in]={major.id}", "triage learning bare"),
    ("severity[gte]={major.id}", "live learning"),
    ("severity[lte]={major.id}", "triage live"),
    ("incident_type[one_of]={kind.id}", "triage live learning bare"),
    ("incident_type[not_in]={kind.id}", ""),
    ("incident_role[{lead.id}][one_of]={nora.id}", "live"),
    ("incident_role[{lead.id}][not_in]={nora.id}", "triage learning bare"),
    ("incident_role[{lead.id}][is_blank]=true", "triage learning bare"),
    ("incident_role[{lead.id}][is_set]=true", "live"),
    ("incident_role[{lead.id}][is_set]=false", "triage learning bare"),
    ("custom_field[{select.id}][one_of]={payments.id}", "live"),
    ("custom_field[{select.id}][one_of]={payments.id}&custom_field[{select.id}][one_of]={search.id}",
     "live learning"),
    ("custom_field[{select.id}][not_in]={payments.id}", "triage learning bare"),
    ("custom_field[{select.id}][is_blank]=true", "triage bare"),
    ("custom_field[{text.id}][contains]=TICKET", "live learning"),
    ("custom_field[{text.id}][contains]=4_7", "live"),
    ("custom_field[{text.id}][contains]=0%25 of", "learning"),
    ("custom_field[{link.id}][one_of]=https://z.test/2", "learning"),
    ("custom_field[{numeric.id}][gte]=10", "learning"),
    ("custom_field[{numeric.id}][lte]=9.50", "live"),
    ("custom_field[{numeric.id}][gte]=1&severity[gte]={critical.id}", "learning"),
    ("filter_mode=any&status_category[one_of]=live&severity[gte]={critical.id}", "live learning"),
    ("mode[one_of]=test", ""),
    ("mode[one_of]=test&mode[one_of]=standard&status_category[one_of]=live", "live"),
    ("created_at[gte]=2020-01-01", "triage live learning bare"),
    ("created_at[lte]=2020-01-01", ""),
    ("updated_at[date_range]=2020-01-01~2020-02-01", ""),
]  # fmt: skip


def test_each_filter_finds_what_it_says(cast: Cast, everyone: ApiClient) -> None:
    for query, names_found in FOUND:
        asked, found = query.format(**vars(cast)), names_found.split()
        oldest_first = everyone.get(f"/v2/incidents?sort_by=created_at_oldest_first&{asked}")
        assert names(oldest_first) == found, query
        assert names(everyone.get(f"/v2/incidents?{asked}")) == found[::-1], query
        assert orjson.loads(oldest_first.content)["pagination_meta"]["total_record_count"] == len(found), query


REFUSED = [
    "status[one_of]=nope",
    "status[like]=x",
    "status_category[one_of]=open",
    "severity[gte]=01HZZZZZZZZZZZZZZZZZZZZZZZ",
    "incident_type[one_of]=01HZZZZZZZZZZZZZZZZZZZZZZZ",
    "incident_role[01HZZZZZZZZZZZZZZZZZZZZZZZ][is_blank]=true",
    "incident_role[{lead.id}][one_of]=01HZZZZZZZZZZZZZZZZZZZZZZZ",
    "incident_role[{lead.id}][is_blank]=maybe",
    "custom_field[01HZZZZZZZZZZZZZZZZZZZZZZZ][one_of]=x",
    "custom_field[{select.id}][one_of]=01HZZZZZZZZZZZZZZZZZZZZZZZ",
    "custom_field[{select.id}][gte]=1",
    "custom_field[{text.id}][gte]=1",
    "custom_field[{numeric.id}][gte]=many",
    "custom_field[{numeric.id}][contains]=1",
    "custom_field[{numeric.id}][gte]=1&custom_field[{numeric.id}][gte]=2",
    "mode[one_of]=dream",
    "created_at[gte]=yesterday",
    "sort_by=name",
    "filter_mode=none",
    "page_size=501",
    "after=x",
]


def test_what_is_not_there_is_refused(cast: Cast, everyone: ApiClient) -> None:
    for query in REFUSED:
        answer = everyone.get(f"/v2/incidents?{query.format(**vars(cast))}")
        assert answer.status_code == 422, query
        assert orjson.loads(answer.content)["errors"][0]["source"]["pointer"], query


def test_a_date_range_is_whole_days(declare: Declare, everyone: ApiClient) -> None:
    incident = declare(name="late", actor=SYSTEM)
    moment = datetime(2024, 12, 8, 23, 59, 59, tzinfo=UTC)
    Incident.objects.filter(pk=incident.pk).update(created_at=moment, updated_at=moment)
    for column in ("created_at", "updated_at"):
        assert names(everyone.get(f"/v2/incidents?{column}[date_range]=2024-12-02~2024-12-08")) == ["late"]
        assert names(everyone.get(f"/v2/incidents?{column}[lte]=2024-12-07")) == []
        assert names(everyone.get(f"/v2/incidents?{column}[gte]=2024-12-08T23:59:59Z")) == ["late"]


def test_pages_go_either_way_to_an_empty_one(declare: Declare, everyone: ApiClient) -> None:
    for number in range(3):
        declare(name=f"n{number}")
    for order, expected in (("created_at_oldest_first", "n0 n1 n2"), ("created_at_newest_first", "n2 n1 n0")):
        seen, after = list[str](), ""
        while True:
            body = orjson.loads(everyone.get(f"/v2/incidents?page_size=2&sort_by={order}&after={after}").content)
            if not body["incidents"]:
                break
            seen += [row["name"] for row in body["incidents"]]
            assert ("after" in body["pagination_meta"]) is (len(seen) < 3)
            after = body["incidents"][-1]["id"]
        assert seen == expected.split()


def test_private_incidents_are_neither_listed_nor_counted(declare: Declare, api: Any) -> None:
    declare(visibility="private", name="secret")
    for roles, found in ((("viewer",), []), (("viewer", "global_access"), ["secret"])):
        for query in ("", "?status_category[one_of]=triage", "?filter_mode=any&status_category[not_in]=live"):
            answer = api(*roles).get(f"/v2/incidents{query}")
            assert names(answer) == found
            assert orjson.loads(answer.content)["pagination_meta"]["total_record_count"] == len(found)


def test_a_list_asks_as_many_questions_whatever_its_length(cast: Cast, declare: Declare, everyone: ApiClient) -> None:
    query = "/v2/incidents?page_size=500&severity[not_in]={major.id}&incident_role[{lead.id}][is_set]=false"
    path = f"{query}&custom_field[{{select.id}}][not_in]={{payments.id}}".format(**vars(cast))

    def questions() -> int:
        with CaptureQueriesContext(connection) as captured:
            everyone.get(path)
        return len(captured)

    questions()  # the first notes when the key was used
    few = questions()
    for _ in range(10):
        declare()
    assert questions() == few <= 8
