"""What a team wants to know of every incident, and the choices it offers."""

import pytest

from catalog.custom_fields import (
    archive_custom_field,
    archive_option,
    create_custom_field,
    create_option,
    update_custom_field,
    update_option,
)
from catalog.models import CustomField
from catalog.snapshot import current
from incidentio.core.errors import Invalid, NotFound
from tests.conftest import SYSTEM


def test_a_new_field_is_asked_of_nobody() -> None:
    note = create_custom_field(SYSTEM, name="Note", description="", field_type="text")
    assert (note.required, note.show_before_creation, note.show_in_announcement_post) == ("never", False, False)


def test_what_an_update_leaves_out_stays() -> None:
    asking = {"required": "before_resolution", "show_before_closure": True}
    note = create_custom_field(SYSTEM, name="Note", description="", field_type="text", **asking)  # type: ignore[arg-type]
    changed = update_custom_field(SYSTEM, note, name="Notes", description="All of them")
    assert (changed.name, changed.required, changed.show_before_closure) == ("Notes", "before_resolution", True)


def test_a_field_that_is_always_required_is_shown_before_creation() -> None:
    with pytest.raises(Invalid) as refusal:
        create_custom_field(SYSTEM, name="Note", description="", field_type="text", required="always")
    assert refusal.value.problems[0].pointer == "show_before_creation"
    note = create_custom_field(
        SYSTEM, name="Note", description="", field_type="text", required="always", show_before_creation=True
    )
    with pytest.raises(Invalid):
        update_custom_field(SYSTEM, note, name="Note", description="", show_before_creation=False)


@pytest.mark.parametrize(
    ("name", "code"), [("Product", "already_exists"), ("\t", "is_required"), ("x" * 51, "invalid_value")]
)
def test_a_name_that_is_taken_blank_or_too_long_is_refused(product: CustomField, name: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        create_custom_field(SYSTEM, name=name, description="", field_type="text")
    assert (refusal.value.problems[0].code, refusal.value.problems[0].pointer) == (code, "name")


def test_options_stand_by_sort_key_then_value(product: CustomField) -> None:
    for value, key in (("Search", 1000), ("Checkout", 1000), ("Other", 2000), ("Login", 0)):
        create_option(SYSTEM, product, value=value, sort_key=key)
    assert [option.value for option in current().options_of[product.id]] == ["Login", "Checkout", "Search", "Other"]


@pytest.mark.parametrize(
    "value", ["", " ", " Login", "Login ", "Log\tin", "Log\nin", "Log\u2028in", "x" * 501, "Checkout"]
)
def test_an_option_that_is_not_well_formed_or_taken_is_refused(product: CustomField, value: str) -> None:
    create_option(SYSTEM, product, value="Checkout")
    other = create_option(SYSTEM, product, value="Search")
    with pytest.raises(Invalid) as refusal:
        create_option(SYSTEM, product, value=value)
    assert refusal.value.problems[0].pointer == "value"
    with pytest.raises(Invalid):
        update_option(SYSTEM, other, value=value, sort_key=1)


def test_two_fields_may_offer_the_same_option(product: CustomField) -> None:
    region = create_custom_field(SYSTEM, name="Region", description="", field_type="multi_select")
    create_option(SYSTEM, product, value="Europe")
    assert create_option(SYSTEM, region, value="Europe").sort_key == 1000


def test_only_selects_have_options() -> None:
    note = create_custom_field(SYSTEM, name="Note", description="", field_type="text")
    with pytest.raises(Invalid) as refusal:
        create_option(SYSTEM, note, value="Checkout")
    assert refusal.value.problems[0].pointer == "custom_field_id"


def test_a_deleted_option_is_no_longer_offered_and_its_value_is_free(product: CustomField) -> None:
    archive_option(SYSTEM, create_option(SYSTEM, product, value="Checkout"))
    assert current().options_of[product.id] == []
    again = create_option(SYSTEM, product, value="Checkout")
    assert update_option(SYSTEM, again, value="Till", sort_key=-5).sort_key == -5


def test_a_deleted_field_takes_no_new_option(product: CustomField) -> None:
    stale = CustomField.objects.get(pk=product.pk)
    archive_custom_field(SYSTEM, product)
    with pytest.raises(NotFound):
        create_option(SYSTEM, stale, value="Checkout")
