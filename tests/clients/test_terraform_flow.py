"""What the Terraform provider does, request by request (API behaviour, section 13): it is no Python package.

Of each resource: create, read, plan without a difference, update, read, delete, and a read that finds nothing. The
provider decodes only the documented code, compares what it reads with what it wrote, and sends null for what is unset.
"""

from typing import Any

import httpx
import pytest

from accounts.models import User
from tests.clients.replaying import decoded, until_empty

pytestmark = pytest.mark.django_db(transaction=True)
VERSION = {"incident.io/terraform/version": "5.1.0"}
NOTE = '{"content":[{"content":[{"text":"Look ","type":"text"}],"type":"paragraph"}],"type":"doc"}'


def differs(written: Any, read: Any, at: str = "") -> list[str]:
    """Where a plan would show a difference. What was sent as null is unset: absent, or empty."""
    if written is None:
        return [] if read in (None, "", [], {}) else [at]
    if isinstance(written, dict) and isinstance(read, dict):
        return [problem for key in written for problem in differs(written[key], read.get(key), f"{at}.{key}")]
    if isinstance(written, list) and isinstance(read, list) and len(written) == len(read):
        return [problem for i, value in enumerate(written) for problem in differs(value, read[i], f"{at}[{i}]")]
    return [] if written == read else [f"{at}: {written!r} became {read!r}"]


class Resource:
    """A resource of the provider, and the codes of its operations."""

    def __init__(self, http: httpx.Client, path: str, key: str, created: int = 201, deleted: int = 204) -> None:
        http.headers["User-Agent"] = "terraform-provider-incident/5.1.0"
        self.http, self.path, self.key, self.created, self.deleted = http, path, key, created, deleted

    def create(self, said: dict[str, Any]) -> Any:
        made = decoded(self.http.post(self.path, json=said), self.created)[self.key]
        assert differs(said, self.as_written(made)) == []
        self.plan(made["id"], said)
        return made

    def read(self, pk: str) -> Any:
        return decoded(self.http.get(f"{self.path}/{pk}"), 200)[self.key]

    def plan(self, pk: str, said: dict[str, Any]) -> None:
        assert differs(said, self.as_written(self.read(pk))) == []

    def update(self, pk: str, said: dict[str, Any]) -> Any:
        changed = decoded(self.http.put(f"{self.path}/{pk}", json=said), 200)[self.key]
        assert differs(said, self.as_written(changed)) == []
        self.plan(pk, said)
        return changed

    def destroy(self, pk: str) -> None:
        """Delete, and see that a later read drops it from the state."""
        assert self.http.delete(f"{self.path}/{pk}").status_code == self.deleted
        assert self.http.get(f"{self.path}/{pk}").status_code == 404

    def as_written(self, read: Any) -> Any:
        """What was read in the words in which it was written."""
        return read


class Workflows(Resource):
    """Workflows are read without upgrades of their steps, and say more than was written."""

    def read(self, pk: str) -> Any:
        return decoded(self.http.get(f"{self.path}/{pk}?skip_step_upgrades=true"), 200)[self.key]

    def as_written(self, read: Any) -> Any:
        said = {key: value for key, value in read.items() if key != "management_meta"}
        said |= {"trigger": read["trigger"]["name"], "once_for": [once["key"] for once in read["once_for"]]}
        said["condition_groups"] = [
            {
                "conditions": [
                    row | {"subject": row["subject"]["reference"], "operation": row["operation"]["value"]}
                    for row in group["conditions"]
                ]
            }
            for group in read["condition_groups"]
        ]
        return said


def test_a_severity(http: httpx.Client) -> None:
    severities = Resource(http, "/v1/severities", "severity", deleted=202)
    said = {"name": "Trivial", "description": "It can *wait* \n"}
    made = severities.create(said)
    assert made["rank"] == 3
    severities.update(made["id"], said | {"name": "Slight", "rank": 0})
    severities.destroy(made["id"])


def test_a_role(http: httpx.Client) -> None:
    roles = Resource(http, "/v2/incident_roles", "incident_role")
    said = {"name": "Scribe", "description": " Writes\tdown ", "instructions": "", "shortform": "scribe"}
    made = roles.create(said)
    roles.update(made["id"], said | {"instructions": "* write\n* more\n"})
    roles.destroy(made["id"])


def test_a_status(http: httpx.Client) -> None:
    statuses = Resource(http, "/v1/incident_statuses", "incident_status", deleted=202)
    made = statuses.create({"name": "Watching", "description": " ", "category": "live"})
    statuses.update(made["id"], {"name": "Waiting", "description": "For **them**"})
    assert statuses.read(made["id"])["category"] == "live"
    statuses.destroy(made["id"])


def test_a_custom_field_and_its_options(http: httpx.Client) -> None:
    fields = Resource(http, "/v2/custom_fields", "custom_field")
    unset = dict.fromkeys(("filter_by", "group_by_catalog_attribute_id", "helptext_catalog_attribute_id"))
    said = {"name": "Product", "description": "", "field_type": "single_select", "catalog_type_id": None} | unset
    made = fields.create(said)
    fields.update(made["id"], {"name": "Products", "description": "Ours"} | unset)
    options = Resource(http, "/v1/custom_field_options", "custom_field_option")
    option = options.create({"custom_field_id": made["id"], "value": "Checkout", "sort_key": 0})
    options.update(option["id"], {"value": "Tills & more", "sort_key": 0})
    listed = decoded(http.get("/v1/custom_field_options", params={"custom_field_id": made["id"]}), 200)
    assert [row["value"] for row in listed["custom_field_options"]] == ["Tills & more"]
    options.destroy(option["id"])
    fields.destroy(made["id"])


def test_a_field_backed_by_the_catalog(http: httpx.Client) -> None:
    kinds = Resource(http, "/v3/catalog_types", "catalog_type")
    kind = kinds.create({"name": "Service", "description": "", "type_name": 'Custom["Service"]'})
    fields = Resource(http, "/v2/custom_fields", "custom_field")
    said = {"name": "Service", "description": "Which", "field_type": "multi_select", "catalog_type_id": kind["id"]}
    made = fields.create(said)
    fields.destroy(made["id"])
    kinds.destroy(kind["id"])


def workflow(severity_id: str) -> dict[str, Any]:
    """A workflow as the provider says it: empty and unset parameters included."""
    condition = {
        "subject": "incident.severity",
        "operation": "gte",
        "param_bindings": [{"value": {"literal": severity_id}}],
    }
    branch = {
        "label": "Channel",
        "reference": "channel",
        "root_reference": "incident.severity",
        "operations": [{"operation_type": "navigate", "navigate": {"reference": "name"}}],
    }
    step = {
        "id": "01HY0QG9WHNBKCBBXH3WFNYCVZ",
        "name": "slack.post_message",
        "for_each": None,
        "param_bindings": [{"value": {"reference": "incident.slack_channel"}}, {"value": {"literal": NOTE}}, {}],
    }
    return {
        "name": "Tell the desk",
        "trigger": "incident.updated",
        "folder": None,
        "shortform": None,
        "delay": {"for_seconds": 0, "conditions_apply_over_delay": False},
        "once_for": ["incident"],
        "condition_groups": [{"conditions": [condition]}],
        "expressions": [branch],
        "steps": [step],
        "include_private_incidents": False,
        "runs_on_incidents": "newly_created",
        "runs_on_incident_modes": ["standard", "test"],
        "continue_on_step_error": False,
        "state": "draft",
    }


def test_a_workflow(http: httpx.Client) -> None:
    workflows = Workflows(http, "/v2/workflows", "workflow")
    severity = decoded(http.get("/v1/severities"), 200)["severities"][1]["id"]
    said, annotated = workflow(severity), {"annotations": VERSION}
    made = decoded(http.post("/v2/workflows", json=said | annotated), 201)
    assert made["management_meta"]["managed_by"] == "terraform"
    pk = made["workflow"]["id"]
    workflows.plan(pk, said)
    changed = {key: value for key, value in said.items() if key != "trigger"} | {"name": "Tell", "state": "active"}
    changed |= {"steps": [], "folder": "Desk", "condition_groups": []}
    answer = decoded(http.put(f"/v2/workflows/{pk}", json=changed | annotated | {"skip_step_upgrades": True}), 200)
    assert answer["workflow"]["version"] == 2
    workflows.plan(pk, changed)
    workflows.destroy(pk)


def test_a_workflow_that_was_there_is_imported(http: httpx.Client) -> None:
    severity = decoded(http.get("/v1/severities"), 200)["severities"][1]["id"]
    made = decoded(http.post("/v2/workflows", json=workflow(severity)), 201)
    assert made["management_meta"] == {"managed_by": "dashboard", "annotations": {}}
    claim = {"resource_type": "workflow", "resource_id": made["workflow"]["id"], "annotations": VERSION}
    claimed = decoded(http.post("/v2/managed_resources", json=claim), 200)["managed_resource"]
    assert claimed == claim | {"managed_by": "terraform"}
    read = decoded(http.get(f"/v2/workflows/{claim['resource_id']}?skip_step_upgrades=true"), 200)
    assert read["management_meta"] == {"managed_by": "terraform", "annotations": VERSION}


def test_markdown_of_a_step_is_parsed(http: httpx.Client) -> None:
    said = {"markdown": "Look **here** {{incident.name}}", "feature_set": "slack_rich_text"}
    answer = decoded(http.post("/v1/rich_text/actions/parse_markdown", json=said), 200)
    assert answer["document"]["text_node"]


def test_a_catalog_type_and_its_attributes(http: httpx.Client) -> None:
    kinds = Resource(http, "/v3/catalog_types", "catalog_type")
    said = {"name": "Service", "description": "What we run", "type_name": 'Custom["Service"]', "annotations": VERSION}
    said |= {"categories": [], "source_repo_url": "https://github.com/acme/infra", "use_name_as_identifier": False}
    kind = kinds.create(said)
    attributes: list[dict[str, Any]] = []
    for name, of, array in (("Tier", "String", False), ("Needs", 'Custom["Service"]', True), ("Lead", "User", False)):
        before = kinds.read(kind["id"])["schema"]
        attributes = [*before["attributes"], {"name": name, "type": of, "array": array}]
        schema = {"version": before["version"], "attributes": attributes}
        answer = http.post(f"/v3/catalog_types/{kind['id']}/actions/update_schema", json=schema)
        after = decoded(answer, 200)["catalog_type"]["schema"]
        assert differs(attributes, after["attributes"]) == []
        assert after["version"] == before["version"] + 1
    kinds.update(kind["id"], {key: value for key, value in said.items() if key != "type_name"} | {"name": "Services"})
    kinds.destroy(kind["id"])


def test_a_catalog_entry(http: httpx.Client) -> None:
    kind = Resource(http, "/v3/catalog_types", "catalog_type").create({"name": "Team", "description": ""})
    attribute = {"name": "Channel", "type": "String", "array": False}
    schema = {"version": 1, "attributes": [attribute, attribute | {"name": "Tags", "array": True}]}
    answer = http.post(f"/v3/catalog_types/{kind['id']}/actions/update_schema", json=schema)
    channel, tags = (row["id"] for row in decoded(answer, 200)["catalog_type"]["schema"]["attributes"])
    entries = Resource(http, "/v3/catalog_entries", "catalog_entry")
    values = {channel: {"value": {"literal": "C0 "}}, tags: {"array_value": [{"literal": "b"}, {"literal": "a"}]}}
    said = {"catalog_type_id": kind["id"], "name": "Shop", "external_id": None, "aliases": None, "rank": 0}
    made = entries.create(said | {"attribute_values": values})
    assert made["aliases"] == []
    changed = {"name": "Shops", "external_id": "shop", "aliases": ["z", "a"], "rank": 2}
    entries.update(made["id"], changed | {"attribute_values": {channel: {"value": {"literal": ""}}}})
    entries.destroy(made["id"])


@pytest.mark.parametrize("literal", ["Nora@Example.com", "stranger@example.com"])
def test_a_person_of_an_entry_stays_as_it_was_written(http: httpx.Client, nora: User, literal: str) -> None:
    kind = Resource(http, "/v3/catalog_types", "catalog_type").create({"name": "Team", "description": ""})
    schema = {"version": 1, "attributes": [{"name": "Lead", "type": "User", "array": False}]}
    answer = http.post(f"/v3/catalog_types/{kind['id']}/actions/update_schema", json=schema)
    (lead,) = (row["id"] for row in decoded(answer, 200)["catalog_type"]["schema"]["attributes"])
    entries = Resource(http, "/v3/catalog_entries", "catalog_entry")
    said = {"catalog_type_id": kind["id"], "name": "Shop", "external_id": None, "aliases": None, "rank": 0}
    made = entries.create(said | {"attribute_values": {lead: {"value": {"literal": literal}}}})
    label = nora.name if literal.lower() == nora.email else literal
    assert made["attribute_values"] == {lead: {"value": {"literal": literal, "label": label}}}


def test_all_entries_of_a_type(http: httpx.Client) -> None:
    kind = Resource(http, "/v3/catalog_types", "catalog_type").create({"name": "Team", "description": ""})
    entries = Resource(http, "/v3/catalog_entries", "catalog_entry")
    for name in ("shop", "stock", "desk"):
        said = {"catalog_type_id": kind["id"], "name": name, "external_id": name, "aliases": None}
        entries.create(said | {"attribute_values": {}})
    asked = {"catalog_type_id": kind["id"], "page_size": 250}
    seen = until_empty(http, "/v3/catalog_entries", "catalog_entries", **asked)
    assert sorted(row["external_id"] for row in seen) == ["desk", "shop", "stock"]
    found = decoded(http.get("/v3/catalog_entries", params=asked | {"identifier": "stock"}), 200)
    assert [row["name"] for row in found["catalog_entries"]] == ["stock"]


def test_an_alert_source(http: httpx.Client) -> None:
    sources = Resource(http, "/v2/alert_sources", "alert_source", created=200)
    template = {
        "title": {"literal": NOTE},
        "description": {"literal": NOTE},
        "attributes": [],
        "expressions": [],
        "is_private": False,
    }
    said = {"name": "Nagios", "source_type": "http", "template": template}
    asked = {"source_type": "http", "template": template}
    assert http.post("/v2/alert_sources/actions/validate", json=asked).status_code == 204
    wrong = {"source_type": "http", "template": template | {"title": {"literal": 7}}}
    assert http.post("/v2/alert_sources/actions/validate", json=wrong).status_code == 422
    made = sources.create(said)
    assert made["secret_token"]
    sources.update(made["id"], {"name": "Icinga", "template": template})
    sources.destroy(made["id"])


def test_what_it_only_looks_up(http: httpx.Client, nora: Any) -> None:
    asked = {"email": nora.email, "include_inactive": "true"}
    (found,) = decoded(http.get("/v2/users", params=asked), 200)["users"]
    assert (found["id"], found["is_active"]) == (nora.id, True)
    assert decoded(http.get(f"/v2/users/{nora.id}"), 200)["user"] == found
    (default,) = decoded(http.get("/v1/incident_types"), 200)["incident_types"]
    assert default["is_default"]


def test_deleting_twice_is_an_error_it_shows(http: httpx.Client) -> None:
    severities = Resource(http, "/v1/severities", "severity", deleted=202)
    made = severities.create({"name": "Trivial", "description": ""})
    severities.destroy(made["id"])
    refusal = decoded(http.delete(f"/v1/severities/{made['id']}"), 404)
    assert refusal["errors"][0]["message"]
