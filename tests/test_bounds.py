"""No date and no number that anybody types takes the agenda down, or lies outside of its bounds.

All verbs are tried, and of each every date and number of its form, so that what is added joins.
"""

import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from conftest import Run
from filling import DEMANDED, filled, line_of
from reintegrate_cli.catalogue import NOUN_OF, NOUNS, TABLES
from reintegrate_cli.core import bounds, records
from reintegrate_cli.kept import session
from reintegrate_cli.line import forms as inputs
from reintegrate_cli.line import schemas, typed
from reintegrate_cli.line.forms import Input
from reintegrate_cli.line.verbs import Verb
from test_conformance import full  # noqa: F401 - a fixture

TODAY = date(2026, 10, 1)
DATES = ("0001-01-01", "0206-10-06", "1899-12-31", "9999-12-31")
NUMBERS = (0, 800_000, 10**9)
AS_WORDS = {"next", "window", "every", "day"}
"""Typed as a word, and read as a date or a length of time all the same."""


def verbs() -> list[Verb]:
    return [
        one
        for noun in NOUNS
        for one in typed.verbs_of(noun.name).values()
        if one.noun not in ("init", "demo", "lock", "unlock") and _fields(one)
    ]


def is_bounded(item: Input) -> bool:
    return item.type is date or item.type in bounds.MOST


def _fields(one: Verb) -> list[tuple[str, Input]]:
    return [
        (name, item)
        for name, form in one.forms.items()
        for item in inputs.inputs_of(form)
        if is_bounded(item) or item.key in AS_WORDS
    ]


def test_law_9_every_date_and_every_number_has_bounds_in_its_schema() -> None:
    def look(properties: dict[str, Any]) -> int:
        seen = 0
        for said in properties.values():
            one = said.get("items", said)
            if one.get("format") == "date":
                assert "1900-01-01" <= one["formatMinimum"] < one["formatMaximum"] <= "2199-12-31"
                seen += 1
            elif "integer" in one.get("type", ()) or "number" in one.get("type", ()):
                # An amount of money has a pattern: two digits after the point.
                assert 0 <= one["minimum"] < one["maximum"]
                assert one["maximum"] < (100_000_000 if "pattern" in one else 100_000)
                seen += 1
            seen += look(one.get("properties", {}))
        return seen

    forms = [one for noun in NOUNS for one in typed.verbs_of(noun.name).values() if one.form]
    found = [look(schemas.json_schema(one.form, "x", TODAY)["properties"]) for one in forms]  # type: ignore[arg-type]
    assert sum(found) > 100


# What does not get as far with what everybody else has; its dates are tried all the same.
NOT_KEPT = {
    "adjustment accept",
    "conference outcome",
    "vault purge",
    "case resume",
    "case handover",
    "case reopen",
    "concern look",
    "concern mitigate",
    "concern review",
    "contact confirm",
    "credit done",
    "fund appeal",
    "fund confirm",
    "fund invoice",
    "fund pay",
    "fund refund",
    "mandated notify",
    "mou sign",
    "referral agree",
    "safety review",
    "separation add",
    "team check",
}


class Kept:
    """A district as it stood, put back after each verb."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.copy = folder, folder / "kept"
        self.parts = [one for one in folder.iterdir() if one.is_dir()]
        for one in self.parts:
            shutil.copytree(one, self.copy / one.name)

    def put_back(self) -> None:
        for one in self.parts:
            shutil.rmtree(one)
            shutil.copytree(self.copy / one.name, one)


def agenda(run: Run, of: str) -> list[Any]:
    """Give what the agenda of everything says of one case."""
    shown = run("agenda", "--days", "400", "--json")
    assert shown.code == 0, shown.err
    return [row for row in shown.json["items"] if row["case"] == of]


def check_kept(run: Run) -> None:
    """Demand that every record lies within the bounds: all are looked at, whatever wrote them."""
    session.begin(None, None)
    with session.reading() as store:
        for name, table in TABLES.items():
            if table.kind and table.archived == "record":
                for record in store.table(name).all():
                    records.check_days(record)


@pytest.mark.parametrize("noun", sorted({one.noun for one in verbs()}))
def test_law_9_no_date_and_no_number_takes_anything_down(
    district: Run,
    full: str,  # noqa: F811
    tmp_path: Path,
    noun: str,
) -> None:
    with (tmp_path / "district.toml").open("a") as config:
        config.write('retention = { case = "7y" }\n')
    other = district("case", "add", "--school", "R", "--setting", "home", "--json").json["ref"]
    met = ("--with", "staff", "--who", "lee", "--mode", "phone", "--every", "1w", "--day", "thu")
    assert district("checkin", "schedule", other, *met).code == 0
    assert district("need", "add", other, "--area", "work", "--every", "1w").code == 0
    before = agenda(district, other)
    assert len(before) > 20
    kept = Kept(tmp_path)
    for one in (one for one in verbs() if one.noun == noun):
        line, keys = line_of(one, full), DEMANDED.get(one.command, {})
        base = filled(one.form, full, keys) if one.form else None
        plain = district(*line, "--json", given=base)
        assert (plain.code == 0) == (one.command not in NOT_KEPT), (line, plain.err)
        kept.put_back()
        for name, item in _fields(one):
            for wrong in (*DATES, *NUMBERS):
                value = [wrong] if item.repeated else wrong
                if name == "given" and base is not None:
                    ended = district(*line, "--json", given={**base, item.key: value})
                else:
                    ended = district(*line, item.option, str(wrong), "--json", given=base)
                tried = (*line, item.key, wrong)
                assert ended.code in (0, 2, 4) or one.command in NOT_KEPT, (tried, ended.err)
                assert ended.code not in (1, 7), (tried, ended.err)
                if ended.code == 0 and not one.is_list:
                    check_kept(district)
                    assert agenda(district, other) == before, tried
                    kept.put_back()


# What stands in a vault all the same, from before there were bounds.


def days_in(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the place of each date in a record as it is kept."""
    parts = (
        document.items()
        if isinstance(document, dict)
        else (enumerate(document) if isinstance(document, list) else ())
    )
    for key, value in parts:
        yield from days_in(value, (*path, key))
    if isinstance(document, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", document):
        yield path


def changed(document: Any, path: tuple[Any, ...], value: str) -> Any:
    if not path:
        return value
    made = dict(document) if isinstance(document, dict) else list(document)
    made[path[0]] = changed(document[path[0]], path[1:], value)
    return made


@pytest.mark.parametrize("table", [*(t.name for t in TABLES.values() if t.dated), "contacts"])
def test_law_4_a_bad_record_is_a_row_that_says_so_and_no_other_is_lost(
    district: Run,
    full: str,  # noqa: F811
    table: str,
) -> None:
    for line, given in (
        (["contact", "set", full], {"mode": "we_contact"}),
        (["case", "edit", full], {"birth_date": "2009-02-03"}),
        (["safety", "add", full, "--with-student", "yes"], {"goals": "x"}),
        (["checkin", "done", full, "--schedule", "S1"], None),
        (["roster", "link", full], {"student_number": "7"}),
        (["training", "set", "Ridgeline", "--role", "front_desk", "--people", "4"], None),
    ):
        assert district(*line, given=given).code == 0
    if table == "transfers":  # what it asks is worked out from the case, too
        note = {"note": "what they agreed to"}
        assert district("case", "transfer", full, "--school", "Juniper", given=note).code == 0
    before = district("agenda", "--days", "60", "--json").json["items"]
    session.begin(None, None)
    with session.reading() as store:
        at, whole = next(iter(store.shelf.vault.everything(table)))
    of = f"{full}/{whole['schedule']}" if table == "contacts" else ""
    for path in days_in(whole):
        for wrong in DATES[::3]:
            with session.writing("seed") as store:
                store.shelf.vault.put(table, at, changed(whole, path, wrong))
                store.touch("x")
            found = district("agenda", "--days", "60", "--json")
            assert found.code == 0, (path, wrong)
            rows = found.json["items"]
            said = [row for row in rows if "cannot be worked out" in row["label"]]
            assert [(row["state"], row["days_late"]) for row in said] == [("due", 0)], (path, wrong)
            bad = (of or said[0]["source"]).split("/")[:2]
            kept = {row["id"] for row in before if row["source"].split("/")[:2] != bad}
            assert kept <= {row["id"] for row in rows}, (path, wrong)
            for line in (["case", "show", full], ["case", "list"], [NOUN_OF[table], "list"]):
                assert district(*line, "--json").code in (0, 2), (line, path, wrong)
