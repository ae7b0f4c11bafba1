"""The pages that follow from the source say what the source says."""

import runpy
from pathlib import Path

import pytest

from reintegrate_cli import catalogue
from reintegrate_cli.core.loading import load
from reintegrate_cli.core.records import fields_of

SCRIPT = Path(__file__).parents[1] / "docs" / "write.py"
PAGES: dict[Path, str] = runpy.run_path(str(SCRIPT))["pages"]()
TABLES = [table for noun in catalogue.NOUNS for table in noun.tables]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_is_as_it_would_be_written_now(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == PAGES[page], "run python docs/write.py"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_and_every_field_has_its_line(table: catalogue.Table) -> None:
    records, layout = (page.read_text(encoding="utf-8") for page in PAGES)
    assert f"| {table.number} | {table.name} |" in layout
    _, heading, rest = records.partition(f"### `{table.name}`")
    assert heading
    if table.kind:
        described = rest.partition("\n##")[0]
        kind = getattr(load(catalogue.module_of(table.name)), table.kind)
        own = [one for one in fields_of(kind) if not one.key.startswith("entered_")]
        rows = {line.split("`")[1]: line for line in described.splitlines() if "| `" in line[:3]}
        classes = {one.key: one.sensitivity.name.lower() for one in own}
        assert {key: rows[key].rpartition("| ")[2][:-2] for key in classes} == classes
