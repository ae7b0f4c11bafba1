"""The agenda holds: a row has one date, and stays with it until what settles it is done."""

import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import example, settings
from hypothesis import given as explored
from hypothesis import strategies as st

from conftest import Run
from filling import FILLED, filled
from reintegrate_cli.catalogue import ROWS
from reintegrate_cli.catalogue.seats import Model
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.rows import Dated, Item
from reintegrate_cli.core.world import World
from reintegrate_cli.due import agenda
from reintegrate_cli.kept import index, session
from reintegrate_cli.kept.store import Store
from reintegrate_cli.line import forms as inputs
from reintegrate_cli.line import typed
from reintegrate_cli.nouns.case.record import Change
from reintegrate_cli.nouns.checkin.scheduled import status_of
from reintegrate_cli.nouns.roster.record import RosterLink
from reintegrate_cli.vault import VaultShelf
from test_bounds import Kept
from test_conformance import full  # noqa: F401 - a fixture
from test_wakes import ACTS, CASES, START, District, act
from thoroughness import LONG

DAY = timedelta(days=1)
AFTER = 150
"""How many days are looked at; what ACTS makes reaches 90 of them, an MOU more."""


def made(folder: Any, steps: list[Any]) -> World:
    """Give the world that some acts lead to."""
    district = District(folder)
    with district.writing() as store:
        for step in steps:
            if step[0] not in ("days", "tidy"):
                act(district, store, step)
        store.touch("x")
    shelf = VaultShelf(district.path, district.bundle)
    world = index.world(Store(shelf, shelf.vault, "okafor", lambda: ""), district.calendar)
    shelf.close()
    return world


WORLDS = st.lists(
    ACTS.filter(lambda one: one[0] not in ("days", "tidy", "calendar")), min_size=4, max_size=14
)


def view(world: World, today: date, start: date, end: date) -> dict[str, Item]:
    found = agenda.items(world, today, start, end)
    assert len({row.id for row in found}) == len(found), "every row has an id of its own"
    return {row.id: row for row in found}


def says(row: Item) -> tuple[Any, ...]:
    """All that a row says, but for what the day makes of it."""
    told = {name: getattr(row, name) for name in row.__struct_fields__}
    return tuple(value for name, value in told.items() if name not in ("state", "days_late"))


def resting(world: World, row: Dated, day: date) -> bool:
    return any(day in span for span in agenda.rests_of(world, row))


@example(
    steps=[
        ("schedule", "HX4T", 1, 0, "3d", "student"),
        ("event", "T234", 1, 0, "done", False),
        ("pause", "T234", 0, 1),
        ("born", "HX4T", 1, False),
    ]
)
@settings(max_examples=400 if LONG else 40)
@explored(steps=WORLDS)
def test_law_3_nothing_about_a_row_changes_because_a_day_went_by(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Any]
) -> None:
    world = made(tmp_path_factory.mktemp("world"), steps)
    last = START + AFTER * DAY
    rows = {f"{one.name}@{one.due_on}": one for one in agenda.dated(world, START - 30 * DAY, last)}
    day, before = START - 30 * DAY, dict[str, Item]()
    while day < last:
        today, wide = view(world, day, day, day), view(world, day, day, last)
        week = view(world, day, day - day.weekday() * DAY, day + (6 - day.weekday()) * DAY)
        for id_, row in today.items():
            assert says(week[id_]) == says(wide[id_]) == says(row)
            assert row.state != "upcoming"
            assert (
                (row.days_late > 0)
                == (row.state == "overdue")
                == (row.days_late == (day - row.due_on).days > 0)
            )
            if ROWS[row.kind].asks:
                assert row.state == "due"
        for id_, row in before.items():
            one = rows[id_]
            if id_ in today:
                assert says(today[id_]) == says(row)
                assert (row.state, today[id_].state) != ("overdue", "due") or row.case is not None
                continue
            # What is announced stays: these are all the exceptions there are.
            assert (
                not one.first  # a later date of a schedule, on its own day alone
                or (one.until is not None and one.until < day)  # a release ends
                or resting(world, one, day)  # written before
            ), (id_, day)
        for id_, row in wide.items():
            # Nothing comes from nowhere: a row was in every range that reached its date.
            if id_ not in before and row.due_on >= day and day > START - 30 * DAY:
                former = view(world, day - DAY, day - DAY, row.due_on)
                assert id_ in former or resting(world, rows[id_], day - DAY), (id_, day)
        before, day = today, day + DAY


KINDS_OF = {
    sort: {kind for kind, row in ROWS.items() if row.sort == sort}
    for sort in ("contact", "work", "law")
}


@settings(max_examples=200 if LONG else 40)
@explored(
    steps=WORLDS,
    ref=st.sampled_from(CASES),
    ahead=st.integers(0, 60),
    reason=st.sampled_from(["moved", "died"]),
)
def test_a_pause_silences_contact_alone_and_closing_contact_and_work(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Any], ref: str, ahead: int, reason: str
) -> None:
    world = made(tmp_path_factory.mktemp("world"), [("born", ref, 40, False), *steps])
    today = START + ahead * DAY
    case = world.find("cases", ref)
    latest = max((one.on for one in case.changes), default=today)
    if latest > today or status_of(world, case, today) in ("paused", "closed"):
        return
    shown = agenda.items(world, today, today, today + 30 * DAY)
    sorts = {row.id: _sort(world, row, today) for row in shown if row.case == ref}

    def left(change: Change) -> set[str]:
        turned = world.put("cases", _changed(case, change))
        rows = agenda.items(turned, today, today, today + 30 * DAY)
        others = {row.id for row in shown if row.case != ref}
        assert {row.id for row in rows if row.case != ref} == others
        return {row.id for row in rows if row.case == ref}

    assert left(Change(on=today, kind="paused")) == {
        id_ for id_, sort in sorts.items() if sort != "contact"
    }
    closed = {id_ for id_, sort in sorts.items() if sort == "law" and reason != "died"}
    assert left(Change(on=today, kind="closed", reason=reason)) == closed


def _changed(case: Any, change: Change) -> Any:

    return replace(case, changes=(*case.changes, change))


def _sort(world: World, row: Item, today: date) -> str:
    found = {
        f"{one.name}@{one.due_on}": one for one in agenda.dated(world, today, today + 30 * DAY)
    }
    one = found[row.id]
    return one.sort or ROWS[one.kind].sort


@pytest.mark.parametrize(
    ("sort", "kinds"),
    [
        ("contact", "checkin conferral partner_checkin schedule contact"),
        (
            "work",
            "task wish need referral adjustment safety attendance credit incident placement"
            " concern mitigation separation school conference",
        ),
        ("law", "hearing mandated release funding paper birthday"),
        ("district", "mou training team protocol cover"),
    ],
)
def test_law_3_each_kind_is_of_its_sort(sort: str, kinds: str) -> None:
    """Those of nouns that are still to come are named, and are nowhere yet."""
    known = ROWS.keys() & set(kinds.split())
    assert known
    assert {ROWS[kind].sort for kind in known} == {sort}


def test_what_merely_asks_is_named() -> None:
    asks = {kind for kind, row in ROWS.items() if row.asks}
    assert asks == {"schedule", "contact", "attendance", "release"}


# What settles a row is the command that it names.

CLAUSES = (
    "purpose",
    "services",
    "referral_protocol",
    "confidentiality",
    "release_process",
    "contacts",
)
SAID: dict[str, dict[str, Any]] = {
    "adjustment accept": {},
    "attendance resolve": {"barriers_checked": True},
    "contact set": {"mode": "we_contact"},
    "mou sign": {"ends_on": "2028-01-03", **dict.fromkeys(CLAUSES, "x")},
    "mou renew": {"effective_on": "2027-07-01", "ends_on": "2028-06-30"},
    "mou review": {"review_on": "2028-01-03"},
    "protocol review": {"next": "2028-01-03"},
    "safety review": {"review_on": "2029-01-03"},
    "separation review": {"next": "2026-10-22", "ends_on": "2026-11-30"},
    "wish outcome": {"outcome": "honored"},
    "need edit": {"every": "none"},
}
# Where a row names what shows it, as a release is settled by its end; and what asks nothing.
SHOWS = {"release show", "concern purge"}


def money(ref: str) -> list[tuple[list[str], dict[str, str] | None]]:
    """Give a day to file, to appeal and to renew, an end, and mail that nobody answered for."""
    law = {"rule": "x", "citation": "x"}
    end = ["--amount", "4000.00", "--ends", "2026-11-30"]
    denied = ["--outcome", "denied", "--appeal-by", "2026-11-16"]
    mail = ["--student-agreed", "yes", "--mail-to", "student"]
    return [
        (["fund", "source", "CVC", "--tier", "state", "--file-by", "2026-11-20"], law),
        (["fund", "source", "MEDICAID", "--tier", "medicaid"], None),
        (["fund", "source", "COUNTY", "--tier", "county"], None),
        (["fund", "choose", ref, "--source", "CVC", "--student-agreed", "yes"], None),
        (["fund", "authorize", ref, "--source", "MEDICAID", "--sessions", "40", *end], None),
        (["fund", "use", ref, "--source", "MEDICAID", "--sessions", "32"], None),
        (["fund", "outcome", ref, "--source", "COUNTY", *denied], None),
        (["fund", "submit", ref, "--source", "CITY", *mail], None),
    ]


@pytest.fixture
def busy(district: Run, full: str) -> str:  # noqa: F811
    """A case with a row of every kind that there is."""
    lines: list[tuple[list[str], dict[str, Any] | None]] = [
        (["contact", "set", full], {"mode": "we_contact"}),
        (["case", "edit", full], {"birth_date": "2009-02-03"}),
        (
            ["safety", "add", full, "--with-student", "yes", "--triggers", "birthday-18"],
            {"goals": "x", "orders": [{"type": "x", "expires_on": "2026-12-10"}]},
        ),
        (["care", "add", full, "--role", "attorney", "--next-hearing", "2026-10-20"], None),
        (["care", "add", full, "--role", "caregiver"], None),
        (
            [
                "care",
                "family",
                full,
                "K3",
                "--appropriate",
                "yes",
                "--decided-by",
                "student",
                "--review",
                "2026-11-02",
            ],
            None,
        ),
        (
            ["concern", "decide", full, "C1", "--outcome", "substantiated", "--by", "lee"],
            {"reason": "x"},
        ),
        (
            ["concern", "mitigate", full, "C1", "--type", "other", "--owner", "lee"],
            {"review": "2026-10-15", "ends": "2026-12-18"},
        ),
        (["need", "add", full, "--area", "work", "--every", "1w"], None),
        (["need", "add", full, "--area", "legal", "--every", "1m", "--staff", "lee"], None),
        (["credit", "add", full, "--status", "requested", "--due", "2026-10-16"], None),
        (
            [
                "adjustment",
                "add",
                full,
                "--change",
                "incomplete",
                "--ends-on",
                "2026-10-20",
                "--agreed-by-student",
                "no",
            ],
            None,
        ),
        (["incident", "removal", full, "I1", "--days", "11"], None),
        (["incident", "removal", full, "I1", "--days", "1"], None),
        (
            [
                "checkin",
                "schedule",
                full,
                "--with",
                "staff",
                "--who",
                "lee",
                "--mode",
                "phone",
                "--every",
                "1w",
                "--day",
                "wed",
                "--starts",
                "2026-11-04",
            ],
            None,
        ),
        (
            [
                "checkin",
                "schedule",
                full,
                "--with",
                "staff",
                "--who",
                "lee",
                "--mode",
                "phone",
                "--every",
                "none",
            ],
            None,
        ),
        (["task", "add", "--due", "2026-10-09"], {"text": "x"}),
        (["case", "transfer", full, "--school", "Juniper"], {"note": "x"}),
        (
            [
                "wish",
                "outcome",
                full,
                "W1",
                "--outcome",
                "deferred",
                "--decided-by",
                "lee",
                "--told-on",
                "today",
                "--revisit-on",
                "2026-11-09",
            ],
            {"reason": "x"},
        ),
        (["mou", "draft", "HARBOR", "--target", "2026-11-16"], {"purpose": "x"}),
        *money(full),
        (["team", "set", "Juniper", "--model", "specialist"], None),
        (["training", "add", "lee", "--level", "intensive", "--completed", "2026-06-01"], None),
    ]
    for line, given in lines:
        ended = district(*line, given=given)
        assert ended.code == 0, (line, ended.err)
    session.begin(None, None)
    with session.writing("roster import") as store:  # as by a roster that lost the student
        link = RosterLink(case=full, student_number="1", linked_on=START, lost_on=START)
        store.of(RosterLink).put(link)
    return full


def test_law_3_what_settles_a_row_is_the_command_that_it_names(
    district: Run, busy: str, tmp_path: Path
) -> None:
    kept = Kept(tmp_path)
    rows = district("agenda", "--days", "400", "--json").json["items"]
    settled = set()
    for row in rows:
        noun, verb_, *words = row["command"].removeprefix("reintegrate ").split()
        name = f"{noun} {verb_}"
        if name in SHOWS:
            continue
        today = max(row["due_on"], "2026-10-01")
        one = typed.verbs_of(noun)[verb_]
        form = one.form
        assert form is not None
        line = [today if word == "DATE" else word for word in words]
        line = [re.sub(r"\bSLUG$", "lee", word) for word in line]
        line = ["no" if word == "yes|no" else word for word in line]
        if "--to" in line:
            line[line.index("--to") + 1] = "2027-12-01"
        line = ["1" if word == "N" else word for word in line]
        on_line = {item.key for item in inputs.inputs_of(form) if item.option in line}
        given = {key: value for key, value in filled(form, busy, {}).items() if key not in on_line}
        given |= {key: value for key, value in SAID.get(name, {}).items() if key not in on_line}
        given = {key: today if value == FILLED[date] else value for key, value in given.items()}
        ended = district(noun, verb_, *line, "--json", given=given, today=today)
        assert ended.code == 0, (row["command"], given, ended.err)
        left = district("agenda", "--days", "400", "--json", today=today).json["items"]
        assert row["id"] not in {other["id"] for other in left}, (row["id"], row["command"])
        settled.add(row["kind"])
        kept.put_back()
    assert settled >= {
        kind for kind, one in ROWS.items() if one.kind not in ("release", "partner_checkin")
    }


# Whose a row is, and whether it moves to a day on which they work: of every kind there is.


@pytest.mark.parametrize("model", get_args(Model))
def test_law_3_no_row_is_without_an_owner_whatever_the_model_and_who_is_away(
    district: Run, busy: str, model: str
) -> None:
    line = ("agenda", "--days", "400", "--json")
    before = {row["id"]: row["owner"] for row in district(*line).json["items"]}
    assert all(before.values())
    (case,) = district("case", "list", "--case", busy, "--json").json["items"]
    school = case["school"]
    assert district("team", "set", school, "--model", model).code == 0
    rows = district(*line).json["items"]
    seats_are_empty = {row["id"]: row["owner"] for row in rows if row["kind"] != "team"}
    assert seats_are_empty == {id_: one for id_, one in before.items() if id_ in seats_are_empty}
    dates = ("--starts", "2026-10-01", "--ends", "2028-10-01")
    assert district("staff", "add", "hale", "--role", "specialist").code == 0
    assert district("cover", "add", "okafor", "--by", "hale", *dates).code == 0
    away = [
        row for row in district(*line).json["items"] if row["id"] in {one["id"] for one in rows}
    ]
    assert {row["id"] for row in away} == {row["id"] for row in rows}
    assert {row["owner"] for row in away} <= {"hale", "lee"}


def test_law_3_a_date_on_a_day_off_moves_or_says_so_or_is_the_students(
    district: Run, busy: str
) -> None:
    line = ("agenda", "--days", "400", "--json")
    before = district(*line).json["items"]
    for slug in ("okafor", "lee"):
        assert district("staff", "edit", slug, "--days", "tue").code == 0
    rows = district(*line).json["items"]
    session.begin(None, None)
    with session.reading() as store:
        dated = [*agenda.dated(session.world(store), START, START + 400 * DAY)]
        asks = {f"{row.name}@{row.due_on}" for row in dated if row.merely_asks}
        # What comes up on its own day was known to nobody before.
        comes_up = {f"{row.name}@{row.due_on}" for row in dated if row.announced_on == row.due_on}
    assert Counter(row["source"] for row in rows) >= Counter(
        {row["source"]: 1 for row in before}
    ), "nothing is lost"
    for row in rows:
        off = date.fromisoformat(row["due_on"]).weekday() != 1
        moved = row["was_on"] is not None and row["was_on"] != row["due_on"]
        if row["id"] in asks:
            assert not moved or row["kind"] == "schedule"
        elif off and row["id"] in comes_up:
            assert not moved
        elif off and row["chosen_by"] not in ("student", "caregiver"):
            assert "before you are off" in row["label"], row["label"]
            assert not moved
        assert not (moved and row["chosen_by"] in ("student", "caregiver"))
    kinds = {row["kind"] for row in rows if row["was_on"] not in (None, row["due_on"])}
    assert kinds <= {kind for kind, one in ROWS.items() if one.reviews or one.sort == "contact"}
    assert {"conferral", "safety"} <= kinds
