"""The service catalog: types with a schema of their own, their entries, and what links them."""

from typing import Any

from django.db import models

from catalog.models.base import ACTIVE, Word
from incidentio.core.ids import ULIDModel


class CatalogType(Word):
    """A kind of thing a team has: services, customers, teams. Its schema is the list of its attributes, as on the
    wire; `schema_version` is the token by which conflicting changes of it are found.
    """

    type_name = models.CharField(max_length=200, editable=False, help_text='As in `Custom["Service"]`')
    description = models.TextField(blank=True, default="")
    annotations: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField(default=dict, blank=True)
    categories: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list, blank=True)
    color = models.CharField(max_length=20, default="yellow")
    icon = models.CharField(max_length=40, default="tag")
    ranked = models.BooleanField(default=False)
    source_repo_url = models.TextField(blank=True, default="")
    use_name_as_identifier = models.BooleanField(default=False)
    owning_team_ids: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list, blank=True)
    is_editable = models.BooleanField(default=True, editable=False, help_text="No for types the hub keeps itself")
    schema_version = models.BigIntegerField(default=1, editable=False)
    attributes: "models.JSONField[list[Any], list[Any]]" = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["type_name"], condition=ACTIVE, name="catalog_type_name"),
        ]


class CatalogEntry(Word):
    """One thing of a type. `attribute_values` maps attribute ids to bindings, byte for byte as they were written."""

    name = models.CharField(max_length=500)
    catalog_type = models.ForeignKey(CatalogType, on_delete=models.PROTECT, related_name="entries", db_index=False)
    external_id = models.CharField(max_length=500, null=True, blank=True)
    rank = models.IntegerField(default=0)
    attribute_values: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name_plural = "catalog entries"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["catalog_type", "external_id"], condition=ACTIVE, name="catalog_entry_external_id"
            ),
        ]
        indexes = [
            models.Index(fields=["catalog_type", "id"], name="catalog_entry_of_type", condition=ACTIVE),
            models.Index(fields=["catalog_type", "name"], name="catalog_entry_by_name", condition=ACTIVE),
            models.Index(fields=["catalog_type", "external_id"], name="catalog_entry_any_external_id"),
        ]


class CatalogAlias(ULIDModel):
    """Another name an entry that is not archived goes by; `place` keeps the order they were sent in."""

    catalog_type = models.ForeignKey(CatalogType, on_delete=models.PROTECT, related_name="+", db_index=False)
    entry = models.ForeignKey(CatalogEntry, on_delete=models.CASCADE, related_name="aliases", db_index=False)
    place = models.PositiveIntegerField()
    value = models.CharField(max_length=500)

    class Meta:
        ordering = ["entry", "place"]
        constraints = [
            models.UniqueConstraint(fields=["entry", "place"], name="alias_place"),
            models.UniqueConstraint(fields=["catalog_type", "value"], name="alias_once_per_type"),
        ]

    def __str__(self) -> str:
        return self.value


class CatalogLink(ULIDModel):
    """A literal of an entry that names an entry of another type, by whatever identifies one; found at read time, since
    what it names may come later. Written for entries that are not archived, so that backlinks are one index away.
    """

    entry = models.ForeignKey(CatalogEntry, on_delete=models.CASCADE, related_name="links")
    attribute_id = models.CharField(max_length=200)
    target_type_name = models.CharField(max_length=200)
    literal = models.CharField(max_length=500)

    class Meta:
        indexes = [
            models.Index(fields=["target_type_name", "literal", "attribute_id"], name="catalog_link_target"),
        ]

    def __str__(self) -> str:
        return f"{self.attribute_id}: {self.literal}"
