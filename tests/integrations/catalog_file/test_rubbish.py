"""What is no catalog is refused in words that say where, and changes nothing."""

import pytest

from catalog.models import CatalogType
from integrations.models import SyncState
from tests.integrations.catalog_file.test_tool import File
from tests.integrations.syncing import compared

BOMB = b"a: &a [x,x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (letter + 1, letter + 1, b",".join([b"*%c" % letter] * 10)) for letter in range(97, 106)
)
TYPE = "types:\n- name: Service\n  attributes: [{id: tier, type: Number}, {id: needs, array: true}]\n  entries:\n  - "


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty"),
        (b"---\n---\n", "The file is empty"),
        (b"# nothing\n", "The file is empty"),
        (b"\xff\xfe\x00", "It is not UTF-8: byte 0"),
        (b"<html>", "looks like a web page"),
        (b"  <!doctype html>", "looks like a web page"),
        (b"a: b: c", "It is no YAML: mapping values are not allowed in this context, line 1, column 5"),
        (b"\x00\x01", "It is no YAML: it has a character that may not be in it"),
        (b"{", "It is no JSON"),
        (b'{"types": [}', "It is no JSON"),
        (b'{"a":' * 200_000, "It is nested too deep"),
        (b"[" * 200_000, "It is nested too deep"),
        (b"a: " + b"[" * 200_000, "It is nested deeper than 50"),
        (b"\n".join(b" " * place + b"a:" for place in range(100)), "It is nested deeper than 50"),
        (BOMB, "Its aliases make it grow beyond measure"),
        (b"a: &a [*a]", "stands for nothing, or for itself"),
        (b"a: *b", "The alias *b stands for nothing"),
        (b"a: 1\na: 2", "The key 'a' stands twice"),
        (b"? [a]\n: b", "A key is a text"),
        (b"!!python/object/apply:os.system ['touch /tmp/pwned']", "A catalog is a mapping with the key `types`"),
        (b"hello", "A catalog is a mapping"),
        (b"- 1\n- 2", "A catalog is a mapping"),
        (b"types: 1", "types is a list"),
        (b"types: []\nmore: 1", "A catalog is a mapping"),
        (b"types: [1]", "types.0 is a mapping with the keys name"),
        (b"types: [{}]", "types.0 needs 'name'"),
        (b"types: [{name: ''}]", "types.0 needs 'name'"),
        (b"types: [{name: [a]}]", "types.0.name: a value is a text"),
        (b"types: [{name: A, colour: red}]", "types.0 has an unknown key 'colour'"),
        (b"types: [{name: A, type_name: Service}]", "A type name looks like"),
        (b"types: [{name: '!!!'}]", "A type name looks like"),
        (b"types: [{name: A}, {name: A}]", "stands there twice"),
        (b"types: [{name: A, attributes: {}}]", "types.0.attributes is a list"),
        (b"types: [{name: A, attributes: [{name: B}]}]", "types.0.attributes.0 needs 'id'"),
        (b"types: [{name: A, attributes: [{id: b, array: often}]}]", "types.0.attributes.0.array is true or false"),
        (b"types: [{name: A, attributes: [{id: b, type: Colour}]}]", "there is no type 'Colour'"),
        (b"types: [{name: A, attributes: [{id: b}, {id: b}]}]", "has the attribute 'b' twice"),
        (b'{"types": [{"name": "\\ud800"}]}', "types.0.name: a value is a text"),
        (b'{"types": [{"name": "a\\u0000"}]}', "types.0.name: a value is a text"),
        (b'types: [{name: "\\ud800"}]', "It is no YAML"),
        (b'{"types": [{"\\ud800": 1}]}', "unknown key"),
        (f"{TYPE}7", "types.0.entries.0 is a mapping"),
        (f"{TYPE}{{name: a}}", "types.0.entries.0 needs 'external_id'"),
        (f"{TYPE}{{external_id: a, aliases: b}}", "types.0.entries.0.aliases is a list"),
        (f"{TYPE}{{external_id: a, values: [1]}}", "types.0.entries.0.values is a mapping"),
        (f"{TYPE}{{external_id: a, values: {{moon: 1}}}}", "the type has no attribute 'moon'"),
        (f"{TYPE}{{external_id: a, values: {{tier: [1]}}}}", "types.0.entries.0.values.tier takes one value"),
        (f"{TYPE}{{external_id: a, values: {{tier: {{a: 1}}}}}}", "a value is a text"),
        (f"{TYPE}{{external_id: a, values: {{tier: many}}}}", "number"),
        (f"{TYPE}{{external_id: a}}\n  - {{external_id: a}}", "two entries with the external ID 'a'"),
        (f"{TYPE}{{external_id: {'x' * 301}}}", "an external ID has 1 to 300 characters"),
    ],
)
def test_it_is_said_what_is_wrong(file: File, content: str | bytes, said: str) -> None:
    sync = compared(file(content if isinstance(content, bytes) else content.encode()))
    assert (sync.state, said.lower() in sync.error.lower()) == (SyncState.FAILED, True), sync.error
    assert not CatalogType.objects.filter(type_name__startswith="Custom").exists()


def test_all_mistakes_are_said_at_once_but_not_thousands(file: File) -> None:
    entries = "\n".join("  - {values: {}}" for _ in range(500))
    error = compared(file(f"types:\n- name: A\n  entries:\n{entries}\n")).error
    assert len(error.splitlines()) == 20
    assert "types.0.entries.19 needs 'external_id'" in error


def test_a_file_of_fifty_megabytes_is_not_read(file: File) -> None:
    assert "at most 16 MiB" in compared(file(b"#" * 50_000_000)).error
