"""Which literals name entries of other types."""

from catalog.links import LONGEST, links_of, literals_of
from catalog.models import CatalogLink, CatalogType
from tests.catalog.service import OWNER, SERVICE, a_type, an_entry, attribute, backlink, bindings

ROW = CatalogType(
    type_name=SERVICE,
    attributes=[
        attribute("tier"),
        attribute("owner", OWNER, mode=""),
        attribute("needs", SERVICE, array=True, mode=""),
        backlink("needed", SERVICE, "needs"),
    ],
)


def links(only: list[str] | None = None, **values: object) -> list[tuple[str, str, str]]:
    rows = links_of("E1", ROW, bindings(**values), only)
    return [(row["attribute_id"], row["target_type_name"], row["literal"]) for row in rows]


def test_literals_come_in_their_order() -> None:
    assert literals_of(bindings(tier="a")["tier"]) == ["a"]
    assert literals_of(bindings(tags=["b", "a", "b"])["tags"]) == ["b", "a", "b"]


def test_links_are_what_a_type_is_said_of() -> None:
    found = links(tier="1", owner="shop", needs=["a", "b", "a"])
    assert found == [("owner", OWNER, "shop"), ("needs", SERVICE, "a"), ("needs", SERVICE, "b")]
    assert links(["needs"], owner="shop", needs=["a"]) == [("needs", SERVICE, "a")]


def test_what_identifies_nothing_is_no_link() -> None:
    assert links(owner="", needs=["x" * (LONGEST + 1), "x" * LONGEST]) == [("needs", SERVICE, "x" * LONGEST)]


def wide(count: int) -> str:
    """As many different characters, of four bytes each."""
    return "".join(map(chr, range(0x10000, 0x10000 + count)))


def test_the_longest_link_there_may_be_fits_its_index() -> None:
    type_name, pk, literal = f'Custom["{wide(47)}"]', wide(50), wide(LONGEST)
    row = a_type(attribute(pk, type_name), type_name=type_name)
    an_entry(row, values={pk: literal})
    assert CatalogLink.objects.filter(target_type_name=type_name, literal=literal, attribute_id=pk).exists()
