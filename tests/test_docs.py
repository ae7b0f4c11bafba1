"""The pages that follow from the source say what the source says."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from man_page import EVERYWHERE
from reintegrate_cli import catalogue
from reintegrate_cli.core.loading import load
from reintegrate_cli.core.records import fields_of
from reintegrate_cli.line import typed
from write import DOCS, pages

PAGES: dict[Path, str] = pages()
MAN = DOCS / "reintegrate.1"
TABLES = [table for noun in catalogue.NOUNS for table in noun.tables]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_is_as_it_would_be_written_now(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == PAGES[page], "run python docs/write.py"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_and_every_field_has_its_line(table: catalogue.Table) -> None:
    records, layout = ((DOCS / name).read_text() for name in ("records.md", "vault-format.md"))
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


@pytest.mark.needs("mandoc", "groff")
@pytest.mark.parametrize(
    "line",
    [
        ["mandoc", "-T", "lint", "-W", "style"],
        ["groff", "-man", "-ww", "-Tutf8", "-z", "-rCHECKSTYLE=3"],
    ],
    ids=lambda line: line[0],
)
def test_the_man_page_renders_without_a_warning(line: list[str]) -> None:
    done = subprocess.run([*line, MAN], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.needs("mandoc")
def test_the_man_page_has_every_command_with_its_options() -> None:
    line = ["mandoc", "-T", "ascii", "-O", "width=400", MAN]
    shown = subprocess.run(line, capture_output=True, text=True, check=True).stdout
    plain = re.sub(".\x08", "", shown)
    told = {
        re.split(r" {2,}|\n", rest.strip())[0]: " ".join(rest.split())
        for rest in re.split(r"\n {14}(?=\S)", plain)
    }
    for noun in catalogue.NOUNS:
        assert noun.help in " ".join(plain.split()), noun.name
        for verb in typed.verbs_of(noun.name).values():
            places = [one.said.metavar for one in verb.parameters() if not one.names]
            head = next(name for name in told if f"{name} ".startswith(f"{verb.command} "))
            assert all(place.strip("[]") in head for place in places if place), head
            for one in verb.parameters():
                assert set(one.names) & set(EVERYWHERE) or all(
                    name in told[head] for name in one.names
                ), (head, one.names)


def test_the_same_values_stand_in_the_same_order_wherever_they_are_listed() -> None:
    """``typing`` takes two such lists for one, so that pages would follow what was loaded first."""
    orders: dict[frozenset[str], set[tuple[str, ...]]] = {}
    for path in sorted((Path(__file__).parent.parent / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal"
            if named and isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
                values = tuple(ast.unparse(each) for each in node.slice.elts)
                orders.setdefault(frozenset(values), set()).add(values)
    assert [found for found in orders.values() if len(found) > 1] == []
