"""What import-linter does not see: the database, the versions in use, and the size of things."""

import ast
import tomllib
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.db.migrations.loader import MigrationLoader

PYPROJECT = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
ROOMS = PYPROJECT["tool"]["importlinter"]["root_packages"]
FROM_THE_TOP = [name.split(".")[-1] for name in PYPROJECT["tool"]["importlinter"]["contracts"][0]["layers"]]
SOURCES = [
    file
    for folder in [*ROOMS, "tests", "benchmarks"]
    for file in (settings.BASE_DIR / folder).rglob("*.py")
    if "migrations" not in file.parts
]


def height(app_label: str) -> int:
    """How far up a room is; apps that are not ours are the ground."""
    return len(FROM_THE_TOP) - FROM_THE_TOP.index(app_label) if app_label in FROM_THE_TOP else 0


def functions(file: Path) -> list[tuple[str, int]]:
    """Its functions, with their length in lines."""
    nodes = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef)]
    return [(f"{file}:{node.name}", (node.end_lineno or 0) - node.lineno + 1) for node in nodes]


def test_no_migration_depends_on_a_higher_room():
    upward = [
        (key, needed)
        for key, migration in MigrationLoader(None).disk_migrations.items()
        for needed in migration.dependencies
        if height(key[0]) and height(needed[0]) > height(key[0])
    ]
    assert upward == []


def test_no_row_refers_to_a_higher_room():
    models = [model for model in apps.get_models() if height(model._meta.app_label)]
    upward = [
        field
        for model in models
        for field in model._meta.get_fields()
        if field.concrete and field.is_relation
        if height(field.related_model._meta.app_label) > height(model._meta.app_label)
    ]
    assert models
    assert upward == []


def test_it_runs_on_the_django_it_was_written_for():
    assert any(line.startswith(f"django~={django.get_version()[:3]}") for line in PYPROJECT["project"]["dependencies"])


def test_every_tool_is_kept_from_the_others():
    (independent,) = [
        contract["modules"]
        for contract in PYPROJECT["tool"]["importlinter"]["contracts"]
        if contract["type"] == "independence"
    ]
    folders = {file.parent.name for file in (settings.BASE_DIR / "integrations").glob("*/tool.py")}
    assert {f"integrations.{folder}" for folder in folders} == set(independent)


def test_files_stay_readable():
    lengths = {str(file): len(file.read_text().splitlines()) for file in SOURCES}
    assert {name: lines for name, lines in lengths.items() if lines > 500} == {}


def test_functions_stay_readable():
    lengths = dict(function for file in SOURCES for function in functions(file))
    assert {name: lines for name, lines in lengths.items() if lines > 50} == {}
    assert sum(lines > 30 for lines in lengths.values()) < len(lengths) / 10


def test_every_room_is_on_the_map():
    rooms = {config.name for config in apps.get_app_configs() if Path(config.path).parent == settings.BASE_DIR}
    assert rooms == {*ROOMS}
    assert rooms - {"incidentio"} < {*FROM_THE_TOP}
