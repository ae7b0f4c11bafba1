"""What a program of somebody's own could leave with a school's key, and what stops nobody by it."""

from itertools import takewhile
from pathlib import Path
from typing import Any

import msgspec
import psycopg2
import pytest
from msgspec.structs import replace

from conftest import Run
from leaving import AT, leave, note_of, opened, put, row_of
from reintegrate_cli import keys
from reintegrate_cli.core.slips import Put, Slip
from ridgeline import Place, made
from servers import Server

pytestmark = [
    pytest.mark.needs("postgres"),
    pytest.mark.parametrize("shelf", ["server"], indirect=True),
]
LAST = (1 << 32) - 1
"""The highest number that an id can have."""
NOT_TAKEN = "left for Ridgeline by the login r_5d20 cannot be taken over"


@pytest.fixture
def place(
    district: Run, postgres: Server, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Place:
    return made(district, postgres, database, tmp_path, monkeypatch)


def deep(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


def task(place: Place, id_: str) -> Put:
    row = {"id": id_, "case": place.mine, "text": "call", "due_on": "2026-10-05", "owner": "lee"}
    return put("tasks", id_, row={**row, "entered_at": AT, "entered_by": "lee"})


def separation(place: Place, other: str) -> Put:
    row = {"case": place.mine, "id": "SP1", "other": other, "who_moves": other, "wish_of": other}
    row |= {"policy": "", "starts_on": AT[:10], "review_on": "2026-11-02", "ends_on": "2026-12-18"}
    row |= {"wish_words": "", "entered_at": AT, "entered_by": "lee"}
    return put("separations", place.mine, "SP1", row=row)


def scheduled(place: Place, **other: str) -> Put:
    row = row_of(place, "schedules", place.mine, "S1")
    terms = {**row["terms"], **other}
    return put("schedules", place.mine, "S1", row={**row, "terms": terms, "entered_by": "lee"})


def need(place: Place, every: str) -> Put:
    row = {"case": place.mine, "id": "U1", "area": "tutoring", "on": "2026-10-01", "every": every}
    return put("needs", place.mine, "U1", row={**row, "entered_at": AT, "entered_by": "lee"})


def wrong(place: Place) -> dict[str, Slip]:
    """Return slips that must not be taken over, by what is wrong with them."""
    good = note_of(place)
    (note,) = good.puts

    def of(*puts: Put) -> Slip:
        return replace(good, puts=puts)

    def numbered(number: int) -> Put:
        id_ = f"N{number}"
        return put("notes", place.mine, id_, row={**(note.row or {}), "id": id_})

    return {
        "the last number of a case": of(numbered(LAST)),
        "a number far ahead": of(numbered(1000)),
        "many numbers, each a little ahead": of(*(numbered(n * 50) for n in range(1, 4))),
        "no note with the last number": of(put("notes", place.mine, f"N{LAST}", row=None)),
        "none of another school": of(put("notes", place.other, f"N{LAST}", row=None)),
        "no task with the last number": of(put("tasks", f"T{LAST}", row=None)),
        "nobody on the staff goes": of(put("staff", "soto", row=None)),
        "the last number of all tasks": of(task(place, f"T{LAST}")),
        "a number of the office": of(task(place, "T51")),
        "nothing is changed": of(),
        "an undoing of nothing": replace(good, puts=(), refs=(), command="undo"),
        "an undoing": replace(good, command="undo"),
        "a copy that was never made": replace(good, command="vault backup"),
        "a report that was never made": replace(good, command="report fidelity"),
        "no noun": replace(good, command="seen at the lake"),
        "a value in a command": replace(good, command="case note --text seen at the lake"),
        "very deep": note_of(place, text=msgspec.Raw(b"[" * 9000 + b"]" * 9000)),
        "deep": note_of(place, text=deep(700)),
        "deep, and who entered it": note_of(place, entered_by=deep(900)),
        "entered at no time": note_of(place, entered_at="soon"),
        "another school's case within": of(separation(place, place.other)),
        "a day that no month has": of(scheduled(place, every="1m", day="99")),
        "a cadence that is none": of(scheduled(place, every="often")),
        "a need of no cadence": of(need(place, "often")),
    }


KINDS = """the last number of a case|a number far ahead|many numbers, each a little ahead
no note with the last number|none of another school|no task with the last number
nobody on the staff goes|the last number of all tasks|a number of the office|nothing is changed
an undoing of nothing|an undoing|a copy that was never made|a report that was never made|no noun
a value in a command|very deep|deep|deep, and who entered it|entered at no time
another school's case within
a day that no month has|a cadence that is none|a need of no cadence""".replace("\n", "|").split("|")


def test_every_kind_is_tried(place: Place) -> None:
    assert list(wrong(place)) == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_wrong_changes_nothing_and_stops_nobody(place: Place, kind: str) -> None:
    leave(place, wrong(place)[kind])
    rows = opened(place)
    before = place.office("agenda", "--month")
    assert (before.code, NOT_TAKEN in before.err) == (0, True), before.err
    for ref in (place.mine, place.other):
        noted = place.office("case", "note", ref, "--json", given={"text": "came on Monday"})
        assert (noted.code, noted.json.get("id")) == (0, "N1"), noted.err
    added = place.office("task", "add", "--due", "2026-10-05", "--json", given={"text": "x"})
    assert (added.code, added.json.get("id")) == (0, "T51"), added.err
    assert rows.items() <= opened(place).items()
    assert place.office("case", "list").code == 0
    for _ in range(3):
        assert place.office("undo").code == 0
    noted = place.school("case", "note", place.mine, given={"text": "came on Monday"})
    assert noted.code == 0, noted.err
    assert place.office("vault", "verify").code == 0


def test_what_is_like_it_and_right_is_taken_over(place: Place) -> None:
    good = note_of(place, entered_at="2999-01-01T00:00:00+00:00")
    sheet = (
        replace(good, puts=(scheduled(place, every="1m", day="31"),), command="checkin schedule"),
        replace(good, puts=(need(place, "2w"),), command="need add"),
        good,
        replace(good, puts=(separation(place, place.mine),), command="separation add"),
    )
    for slip in sheet:
        leave(place, slip)
    assert "taken over" not in place.office("agenda", "--month").err
    assert place.office("task", "add", "--due", "2026-10-05", given={"text": "x"}).code == 0
    entries = place.office("history", "--json").json["items"]
    assert [row["command"] for row in entries[-3:]] == ["case note", "separation add", "task add"]
    # A clock that is ahead does not take a record along.
    assert row_of(place, "notes", place.mine, "N1")["entered_at"] <= entries[-1]["at"]


def test_what_comes_after_something_that_was_put_aside_is_taken_over(place: Place) -> None:
    (note,) = note_of(place).puts
    leave(place, replace(note_of(place), command="vault backup"))
    second = put("notes", place.mine, "N2", row={**(note.row or {}), "id": "N2"})
    leave(place, replace(note_of(place), puts=(second,)))
    told = place.office("case", "note", place.mine, given={"text": "came on Monday"})
    assert row_of(place, "notes", place.mine, "N3")["text"] == "came on Monday"
    assert told.err.count("cannot be taken over") == 1
    assert row_of(place, "notes", place.mine, "N2")["text"] == "a note"


def test_a_login_alone_does_not_fill_the_memory_of_who_reads(place: Place) -> None:
    scope = keys.scope_of(place.opened()[0].school)
    connection = psycopg2.connect(place.url.replace("postgres@", "r_5d20@"))

    def fits(number: int) -> bool:
        what = (scope, number, b"x" * (1 << 20))
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute("SELECT reintegrate.left_in_tray(%s, %s, %s)", what)
        except psycopg2.DatabaseError:
            return False
        return True

    left = sum(1 for _ in takewhile(fits, range(1, 100)))
    connection.close()
    assert left == 8
    full = place.school("case", "note", place.mine, "--json", given={"text": "came on Monday"})
    assert (full.code, "makes room" in full.error["hint"]) == (6, True)
    assert place.office("task", "add", "--due", "2026-10-05", given={"text": "x"}).code == 0
    assert place.school("case", "note", place.mine, given={"text": "came on Monday"}).code == 0
