"""A new noun with dates is a folder of two files, one row and one test: made here, in a copy.

What stands in ``examples/noun`` is put into its places, and the docs are written anew. Nothing else
changes; a vault that was made before opens, and every verb and view knows the noun.
"""

import ast
import filecmp
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reintegrate_cli import catalogue
from reintegrate_cli.catalogue import SCHEMA, TABLES

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "noun"
FOLDER = Path("src/reintegrate_cli/nouns/permit")
CATALOGUE = Path("src/reintegrate_cli/catalogue/cases.py")
ADDED = {
    str(FOLDER / "__init__.py"),
    str(FOLDER / "record.py"),
    str(FOLDER / "verbs.py"),
    "tests/nouns/test_permit.py",
}
CHANGED = {str(CATALOGUE), "docs/records.md", "docs/reintegrate.1", "docs/vault-format.md"}
LONGEST = 160
"""Lines that a noun may take, without its test."""

Tool = Callable[..., subprocess.CompletedProcess[str]]


def row() -> str:
    """Return the row of the example, as it stands in the catalogue.

    Its table has the next free number, and a schema one more than the last, whatever came since
    the example was written.
    """
    source = (EXAMPLE / "row.py").read_text(encoding="utf-8")
    (value,) = (node.value for node in ast.parse(source).body if isinstance(node, ast.Assign))
    text = re.sub(r"since=\d+", f"since={SCHEMA + 1}", str(ast.get_source_segment(source, value)))
    taken = {table.number for table in TABLES.values()}
    free = next(number for number in range(1, 64) if number not in taken)
    return textwrap.indent(text.replace('"permits", 34', f'"permits", {free}'), "    ") + ",\n"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole tree, with the noun in it."""
    house = tmp_path_factory.mktemp("house")
    for name in ("src", "docs", "tests"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, house / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", house)
    (house / FOLDER).mkdir()
    (house / FOLDER / "__init__.py").touch()
    for name in ("record.py", "verbs.py"):
        shutil.copy(EXAMPLE / name, house / FOLDER)
    shutil.copy(EXAMPLE / "test_permit.py", house / "tests" / "nouns")
    text = (house / CATALOGUE).read_text(encoding="utf-8")
    assert text.endswith("\n)\n")
    (house / CATALOGUE).write_text(text.removesuffix(")\n") + row() + ")\n", encoding="utf-8")
    in_the_copy(house, [str(house / "docs" / "write.py")])
    return house


def in_the_copy(house: Path, line: list[str], given: str = "") -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, *line],
        env={**os.environ, "PYTHONPATH": str(house / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
        input=given,
        cwd=house,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def files(house: Path) -> set[str]:
    return {
        str(file.relative_to(house))
        for name in ("src", "docs", "tests")
        for file in (house / name).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }


def test_a_noun_is_two_files_a_row_and_a_test_and_nothing_else(copy: Path) -> None:
    was, now = files(ROOT), files(copy)
    assert now - was == ADDED
    assert was - now == set()
    changed = {name for name in was if not filecmp.cmp(ROOT / name, copy / name, shallow=False)}
    assert changed == CHANGED
    assert (EXAMPLE / "record.py").read_text().count("\n") + (
        EXAMPLE / "verbs.py"
    ).read_text().count("\n") + row().count("\n") < LONGEST


def test_its_own_tests_and_those_of_the_catalogue_pass(copy: Path) -> None:
    tests = ("nouns/test_permit.py", "test_catalogue.py", "test_docs.py", "test_circles.py")
    line = ["-m", "pytest", "-n", "0", "-q", "-p", "no:cacheprovider"]
    done = in_the_copy(copy, [*line, *(f"tests/{name}" for name in tests)])
    assert done.returncode == 0, done.stdout


@pytest.fixture
def tool(copy: Path, tmp_path: Path) -> Tool:
    """Run a command of the copy; ``before`` runs the program as it is without the noun."""
    (tmp_path / "district.toml").write_text('retention = { case = "7y" }\n', encoding="utf-8")

    def run(
        *line: str,
        given: dict[str, Any] | None = None,
        today: str = "2026-10-01",
        before: bool = False,
        code: int = 0,
    ) -> subprocess.CompletedProcess[str]:
        words = ["-m", "reintegrate_cli", "--today", today, *line]
        more = ["--from", "-"] if given is not None else []
        house = ROOT if before else copy
        done = in_the_copy(house, [*words, *more], json.dumps(given) if more else "")
        assert done.returncode == code, (line, done.stdout, done.stderr)
        return done

    return run


@pytest.fixture
def case(tool: Tool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A case in a vault that was made before there was the noun; its ref."""
    monkeypatch.setenv("REINTEGRATE_CONFIG", str(tmp_path / "district.toml"))
    keys = ("--key-file", str(tmp_path / "key"), "--recovery-to", str(tmp_path / "recovery"))
    tool("init", "--user", "okafor", "--no-keyring", *keys, before=True)
    added = tool("case", "add", "--school", "R", "--setting", "home", "--json", before=True)
    return str(json.loads(added.stdout)["ref"])


def items(tool: Tool, *line: str, **more: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(tool(*line, "--json", **more).stdout)["items"]
    return found


@pytest.fixture
def permit(tool: Tool, case: str) -> Iterator[str]:
    """A permit that was asked for, in that vault; its case."""
    assert items(tool, "permit", "list") == []
    assert items(tool, "case", "list")[0]["ref"] == case
    tool("permit", "add", case, "--sort", "bus-pass", given={"note": "at the Harlow depot"})
    yield case
    assert tool("vault", "verify").returncode == 0


def test_an_older_program_says_that_the_vault_is_newer_and_changes_nothing(
    tool: Tool, permit: str
) -> None:
    refused = tool("case", "list", before=True, code=9)
    assert "newer" in refused.stderr
    assert items(tool, "permit", "list")[0]["id"] == "PM1"


def test_it_is_listed_narrowed_and_shown_in_every_form(tool: Tool, permit: str) -> None:
    (row_,) = items(tool, "permit", "list", "--status", "asked", "--case", permit)
    assert (row_["id"], row_["sort"], row_["note"]) == ("PM1", "bus_pass", "[private]")
    assert "bus pass" in tool("permit", "list").stdout
    assert ",sort,asked_on," in tool("permit", "list", "--csv").stdout
    assert tool("permit", "list", "--status", "held").stderr == "no permit matches\n"
    shown = tool("case", "show", permit)
    assert "at the Harlow depot" in shown.stdout
    assert json.loads(tool("case", "show", permit, "--json").stdout)["permits"][0]["id"] == "PM1"


def test_it_is_on_the_agenda_until_it_is_settled(tool: Tool, permit: str, tmp_path: Path) -> None:
    (row_,) = items(tool, "agenda", "--days", "30", "--kind", "permit")
    assert (row_["due_on"], row_["source"]) == ("2026-10-15", f"{permit}/PM1")
    assert items(tool, "today", today="2026-10-20")[0]["state"] == "overdue"
    tool("permit", "receive", permit, "PM1", "--expires-on", "2026-11-20", today="2026-10-05")
    (row_,) = items(tool, "agenda", "--days", "60", today="2026-10-05")
    assert (row_["due_on"], row_["label"]) == ("2026-11-20", "the bus pass ends Fri 20 Nov")
    tool("agenda", "--days", "60", "--ics", str(tmp_path / "holds.ics"), today="2026-10-05")
    timeline = items(tool, "case", "timeline", permit, today="2026-10-05")
    told = [(row_["on"], row_["what"]) for row_ in timeline if row_["kind"] == "permit"]
    assert told == [("2026-10-01", "asked for"), ("2026-10-05", "came")]


def test_bad_input_is_one_sentence_and_changes_nothing(tool: Tool, permit: str) -> None:
    assert tool("permit", "receive", permit, "W1", code=5).stderr
    assert tool("permit", "receive", permit, "PM1", "--on", "2026-09-01", code=2).stderr
    assert tool("permit", "add", "ZZZZ", "--sort", "other", code=5).stderr
    assert tool("permit", "add", permit, "--sort", "nonsense", code=2).stderr
    (row_,) = items(tool, "permit", "list")
    assert row_["received_on"] is None


def test_it_is_found_undone_and_in_the_history(tool: Tool, permit: str) -> None:
    found = json.loads(tool("find", "--json", given={"text": "harlow"}).stdout)["items"]
    assert [(one["case"], one["id"], one["field"]) for one in found] == [(permit, "PM1", "note")]
    tool("permit", "receive", permit, "PM1")
    assert items(tool, "history")[-1]["command"] == "permit receive"
    tool("undo")
    assert items(tool, "permit", "list")[0]["received_on"] is None
    tool("undo")
    assert items(tool, "permit", "list") == []


def test_it_travels_in_an_archive(
    tool: Tool, permit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = tmp_path / "words"
    words.write_text("osprey lantern quartz meadow ferry\n")
    words.chmod(0o600)
    archive = (str(tmp_path / "archive.age"), "--passphrase-file", str(words))
    tool("vault", "export", *archive)
    monkeypatch.setenv("REINTEGRATE_VAULT", str(tmp_path / "other" / "caseload.vault"))
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(tmp_path / "key2"))
    keys = ("--key-file", str(tmp_path / "key2"), "--recovery-to", str(tmp_path / "recovery2"))
    tool("init", "--user", "okafor", "--no-keyring", *keys)
    tool("vault", "import", *archive)
    assert items(tool, "permit", "list")[0]["id"] == "PM1"
    assert "at the Harlow depot" in tool("case", "show", permit).stdout


YEARS_LATER = """
import sys
from datetime import UTC, datetime, timedelta
from reintegrate_cli.cli import main
from reintegrate_cli.kept import session
at = datetime(2034, 1, 15, 15, tzinfo=UTC)
session.now = lambda: at - timedelta(days=1)  # somebody wrote the day before, too
session.begin(None, "2034-01-14")
with session.writing("remind setup") as store:
    store.touch("vault")
session.now = lambda: at
sys.exit(main(["--today", "2034-01-15", *sys.argv[1:]]))
"""


def test_it_is_purged_with_its_case(tool: Tool, copy: Path, permit: str) -> None:
    tool("case", "close", permit, "--reason", "goals_met")
    done = in_the_copy(copy, ["-c", YEARS_LATER, "vault", "purge", "--case", permit, "--yes"])
    assert done.returncode == 0, done.stderr
    assert items(tool, "permit", "list", today="2034-01-16") == []
    tool("case", "show", permit, today="2034-01-16", code=5)
    tool("case", "add", "--school", "R", "--setting", "home", today="2034-01-16")


def test_help_schema_and_completion_know_it(tool: Tool, case: str) -> None:
    assert "permit" in tool("--help").stdout
    assert "Passes and papers" in tool("permit", "--help").stdout
    for name in ("add", "receive", "list"):
        assert name in tool("permit", "--help").stdout
        assert "Example: reintegrate permit" in tool("permit", name, "--help").stdout
        assert name == "list" or json.loads(tool("schema", "permit", name).stdout)["properties"]
    assert "permit" not in catalogue.BY_NAME, "the example is a noun of its own by now"
