"""The catalogue: one row for each noun, from which everything else is derived."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reintegrate_cli import catalogue, vault
from reintegrate_cli.catalogue import BY_SLUG, IN_CASE, NOUNS, ONE_IN_CASE, TABLES
from reintegrate_cli.core.loading import load
from reintegrate_cli.core.records import RECORD_ID, CaseRef, Record, fields_of
from reintegrate_cli.vault.layout import NAMES

HERE = Path(catalogue.__file__).parent
ROOT = HERE.parent
RECORDS = [name for name, table in TABLES.items() if table.kind]


def kind_of(table: str) -> type:
    """Give the class of a table's records."""
    module = load(catalogue.module_of(table))
    kind: type = getattr(module, TABLES[table].kind)
    return kind


def test_the_catalogue_imports_nothing_of_ours_and_calls_nothing() -> None:
    script = (
        "import sys, reintegrate_cli.catalogue as all\n"
        "names = [name for name in sys.modules if name.startswith('reintegrate_cli.')]\n"
        "print([name for name in names if not name.startswith(all.__name__)])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["[]"]


def test_names_numbers_and_letters_are_each_given_once() -> None:
    tables = [table for noun in NOUNS for table in noun.tables]
    assert len({table.name for table in tables}) == len(tables) == len(NAMES)
    assert len({noun.name for noun in NOUNS}) == len(NOUNS)
    kinds = [row.kind for noun in NOUNS for row in noun.rows]
    assert len(set(kinds)) == len(kinds)


def test_every_noun_is_in_a_group_of_the_help() -> None:
    assert {noun.name for noun in NOUNS if noun.group not in catalogue.GROUPS} == set()


def test_the_letters_of_an_id_tell_the_noun() -> None:
    with_ids = [table for table in TABLES.values() if "id" in table.key]
    assert all(1 <= len(table.id) <= 2 and table.id.isupper() for table in with_ids)
    # An entry of the history and its values are one thing in two tables.
    letters = [table.id for table in with_ids if table.name != "values"]
    assert len(set(letters)) == len(letters)
    assert all(RECORD_ID.fullmatch(f"{one}1") for one in letters)


@pytest.mark.parametrize("table", RECORDS)
def test_every_row_names_a_record_with_the_fields_that_it_says(table: str) -> None:
    row, kind = TABLES[table], kind_of(table)
    fields = {spec.key for spec in fields_of(kind)}
    key = row.key if row.archived not in ("never", "machine") else ()  # theirs are not in the rows
    named = {
        *key,
        row.case_field,
        row.shared_by,
        row.dated_with,
        row.retained_from,
        row.names_case,
    } - {""}
    assert named <= fields
    assert catalogue.tells(table) or row.key not in (IN_CASE, ONE_IN_CASE)
    # A wish of a case that a record names is heeded by the type of the field (law 7).
    types = {spec.key: spec.type for spec in fields_of(kind)}
    assert not row.names_case or types[row.names_case] is CaseRef


def test_law_2_what_has_dates_and_what_tells_is_what_the_rows_say() -> None:
    from reintegrate_cli.core.rows import SOURCES
    from reintegrate_cli.nouns.case import timeline

    for module in SOURCES.values():
        assert callable(load(module).dates)
    for module in timeline.TELLERS.values():
        assert callable(load(module).events)
    said = {catalogue.rules_of(name) for name in RECORDS}
    dated = {module for module in said if hasattr(load(module), "dates")}
    assert dated == set(SOURCES.values())


def test_what_may_leave_something_open_without_a_date_says_what() -> None:
    leaves = {catalogue.rules_of(name) for name in RECORDS if TABLES[name].leaves}
    assert all(TABLES[name].key == IN_CASE for name in RECORDS if TABLES[name].leaves)
    said = {catalogue.rules_of(name) for name in RECORDS}
    assert leaves == {module for module in said if hasattr(load(module), "left_open")}


@pytest.mark.parametrize("noun", [noun for noun in NOUNS if noun.reads], ids=lambda one: one.name)
def test_a_place_in_case_show_has_a_section(noun: catalogue.Noun) -> None:
    assert callable(load(noun.reads_in or catalogue.verbs_of(noun.name)).section)


def test_an_id_with_the_letters_of_another_noun_has_no_place() -> None:
    """So ``release revoke REF W1`` has nothing to do with L1, whatever verb asks (law 1)."""
    for name, table in TABLES.items():
        if "id" not in table.key:
            continue
        case = ["HX4T"] if table.key == IN_CASE else []
        vault.place(name, [*case, f"{table.id}1"])
        for other in {one.id for one in TABLES.values() if one.id} - {table.id}:
            with pytest.raises(ValueError, match=r"^$"):
                vault.place(name, [*case, f"{other}1"])


def test_slugs_are_said_back_and_other_keys_are_not() -> None:
    assert {name for name, table in TABLES.items() if table.key == BY_SLUG} == {"staff", "partners"}


def test_a_record_says_no_letters_of_its_own() -> None:
    for table in RECORDS:
        assert not hasattr(kind_of(table), "letter")
    assert not hasattr(Record, "letter")


def _literals() -> Iterator[tuple[str, int, set[str]]]:
    for path in sorted(ROOT.rglob("*.py")):
        if path.parent == HERE:
            continue
        tree = ast.parse(path.read_text())
        annotations = {id(node.slice) for node in ast.walk(tree) if isinstance(node, ast.Subscript)}
        for node in ast.walk(tree):
            if id(node) in annotations:
                continue
            if isinstance(node, ast.Tuple | ast.List | ast.Set | ast.Dict):
                parts = [*node.keys, *node.values] if isinstance(node, ast.Dict) else node.elts
                words = {
                    part.value
                    for part in parts
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                }
                yield str(path.relative_to(ROOT)), node.lineno, words & set(TABLES)


def test_no_list_of_tables_is_kept_by_hand() -> None:
    found = [(path, line, sorted(names)) for path, line, names in _literals() if len(names) >= 3]
    assert found == []
