"""What attributes of the catalog may be, on the wire (API behaviour, section 8)."""

from collections.abc import Iterator
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from catalog.api.catalog_types import engine_resource_type
from catalog.models import CatalogType
from catalog.schemas import EXTERNALS, PRIMITIVES
from incidentio.core.views import ResourceViewSet, operation

CATEGORIES = ("primitive", "custom", "external")


class CatalogResourceV2(serializers.Serializer[Any]):
    """What an attribute may be: a primitive, a person, or a type of the catalog."""

    type = serializers.CharField()
    category = serializers.ChoiceField(choices=CATEGORIES)
    label = serializers.CharField()  # type: ignore[assignment]
    description = serializers.CharField()
    value_docstring = serializers.CharField()


class CatalogResourceV3(CatalogResourceV2):
    """What an attribute may be: a primitive, a person, or a type of the catalog."""

    engine_resource_type = serializers.CharField()


class CatalogListResourcesResultV2(serializers.Serializer[Any]):
    """Primitives first, then people, then the types there are."""

    resources = CatalogResourceV2(many=True)


class CatalogListResourcesResultV3(serializers.Serializer[Any]):
    """Primitives first, then people, then the types there are."""

    resources = CatalogResourceV3(many=True)


def resources() -> Iterator[dict[str, Any]]:
    """The resources on the wire, in V3."""
    for name, (label, docstring) in PRIMITIVES.items():
        yield {
            "type": name,
            "engine_resource_type": name,
            "category": "primitive",
            "label": label,
            "description": f"A value of its own: {label.lower()}",
            "value_docstring": docstring,
        }
    for name, (label, docstring) in EXTERNALS.items():
        yield {
            "type": name,
            "engine_resource_type": name,
            "category": "external",
            "label": label,
            "description": "Kept by the hub outside the catalog",
            "value_docstring": docstring,
        }
    for row in CatalogType.objects.active().order_by("id"):
        yield {
            "type": row.type_name,
            "engine_resource_type": engine_resource_type(row),
            "category": "custom",
            "label": row.name,
            "description": row.description,
            "value_docstring": "The ID, external ID or an alias of an entry"
            + (", or its name" if row.use_name_as_identifier else ""),
        }


class CatalogResourcesV2(ResourceViewSet):
    """What attributes may be."""

    @operation(
        "Catalog V2#ListResources", scope="catalog_types.view", answer=CatalogListResourcesResultV2, deprecated=True
    )
    def list(self, request: Request) -> dict[str, Any]:
        found = list(resources())
        for resource in found:
            del resource["engine_resource_type"]
        return {"resources": found}


class CatalogResourcesV3(ResourceViewSet):
    """What attributes may be."""

    @operation("Catalog V3#ListResources", scope="catalog_types.view", answer=CatalogListResourcesResultV3)
    def list(self, request: Request) -> dict[str, Any]:
        return {"resources": list(resources())}
