"""The document we serve against the published contract."""

import pytest

from tests.contract.contract import ours, published


@pytest.mark.skipif(published() is None, reason="the published contract does not lie beside the project")
def test_our_document_says_of_every_published_operation_what_the_contract_says() -> None:
    served = {(path, method): operation for path, method, operation in ours().operations()}
    for path, method, operation in published().operations():  # type: ignore[union-attr]
        if (path, method) not in served:
            continue
        mine = served[path, method]
        assert mine["operationId"] == operation["operationId"]
        assert mine.get("x-rbac-scopes", []) == operation.get("x-rbac-scopes", [])
        assert mine.get("deprecated", False) == operation.get("deprecated", False)
        assert next(iter(operation["responses"])) in mine["responses"]
        names = {parameter["name"] for parameter in operation.get("parameters", [])}
        assert names <= {parameter["name"] for parameter in mine.get("parameters", [])}


@pytest.mark.skipif(published() is None, reason="the published contract does not lie beside the project")
def test_our_document_describes_every_published_property() -> None:
    mine = ours().document["components"]["schemas"]
    for name, schema in published().document["components"]["schemas"].items():  # type: ignore[union-attr]
        if name in mine and "properties" in schema:
            missing = set(schema["properties"]) - set(mine[name]["properties"]) - {"total_record_count"}
            assert not missing, f"{name} lacks {missing}"
            sure = set(mine[name].get("required", [])) | {
                key for key, own in mine[name]["properties"].items() if "default" in own
            }
            assert set(schema.get("required", [])) <= sure, name
