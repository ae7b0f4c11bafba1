"""What a key for one school writes: it is there at once, and a full key takes it over."""

import os
import shutil
from pathlib import Path

import psycopg2
import pytest
from msgspec.structs import replace

from conftest import Run
from leaving import AT, leave, note_of, opened, put, row_of
from reintegrate_cli import keys
from reintegrate_cli.core.slips import Put, Slip
from reintegrate_cli.keys import Bundle
from ridgeline import Place, made
from servers import Server

pytestmark = [
    pytest.mark.needs("postgres"),
    pytest.mark.parametrize("shelf", ["server"], indirect=True),
]


@pytest.fixture
def place(
    district: Run, postgres: Server, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Place:
    return made(district, postgres, database, tmp_path, monkeypatch)


def waiting(place: Place) -> int:
    ((many,),) = place.truth("SELECT count(*) FROM reintegrate.tray")
    return int(many)


def test_what_a_school_enters_is_there_at_once_and_is_taken_over(place: Place) -> None:
    noted = place.school("case", "note", place.mine, "--json", given={"text": "came on Monday"})
    assert noted.code == 0, noted.err
    done = place.school("checkin", "done", place.mine, "--on", "2026-10-01", "--json")
    assert done.code == 0, done.err
    added = place.school(
        *("task", "add", "--case", place.mine, "--due", "2026-10-05", "--json"),
        given={"text": "call home"},
    )
    assert added.code == 0, added.err
    assert waiting(place) == 3
    for who in (place.school, place.office):
        agenda = who("agenda", "--month", "--json").json["items"]
        assert f"{place.mine}/{added.json['id']}" in {row["source"] for row in agenda}
    assert waiting(place) == 3
    assert place.office("case", "note", place.other, given={"text": "a note"}).code == 0
    assert waiting(place) == 0
    entries = place.office("history", "--json").json["items"]
    assert [(row["by"], row["command"]) for row in entries[-4:]] == [
        ("lee", "case note"),
        ("lee", "checkin done"),
        ("lee", "task add"),
        ("okafor", "case note"),
    ]
    assert "came on Monday" in place.school("case", "show", place.mine, "--json").out
    assert place.office("vault", "verify").code == 0


def forged(place: Place) -> dict[str, tuple[Slip, Bundle | None]]:
    """Return slips that must not be taken over, by what is wrong with them."""
    bundle, _ = place.opened()
    case = row_of(place, "cases", place.mine)
    staff = next(row for (table, _), row in opened(place).items() if table == "staff")
    theirs = {**case, "ref": place.other}
    key = (place.mine,)
    task = {"id": "T1", "text": "call", "due_on": "2026-10-05", "owner": "lee"}
    task |= {"entered_at": AT, "entered_by": "lee"}
    good = note_of(place)
    by_key = replace(bundle, tray_key=os.urandom(32))
    other_slot = replace(bundle, slot="00000000")

    def of(*puts: Put) -> tuple[Slip, None]:
        return replace(good, puts=(*good.puts, *puts)), None

    return {
        "another key": (good, by_key),
        "another slot": (good, other_slot),
        "another name": (replace(good, by="okafor"), None),
        "entered by another": (note_of(place, entered_by="okafor"), None),
        "another school's case": of(put("cases", place.other, row=theirs)),
        "a note on another school's case": of(
            put("notes", place.other, "N1", row={**good.puts[0].row, "case": place.other})
        ),
        "a case of its own that is in another": (note_of(place, case=place.other), None),
        "a new case": of(put("cases", "ZZZZ", row={**case, "ref": "ZZZZ"})),
        "a case goes": of(put("cases", *key, row=None)),
        "a case goes to another school": of(put("cases", *key, row={**case, "school": "Cascade"})),
        "staff": of(put("staff", staff["slug"], row={**staff, "role": "administrator"})),
        "a task of no case": of(put("tasks", "T1", row={**task, "case": None})),
        "a task of another case": of(put("tasks", "T1", row={**task, "case": place.other})),
        "what is due": of(put("due", "", row={"day": "2026-10-01", "real_day": "2026-10-01"})),
        "the index": of(put("units", place.mine, row={"of": place.mine})),
        "a hold": of(put("legal_holds", "G1", row={"id": "G1", "case": place.mine})),
        "the history": of(put("history", "H1", row={"id": "H1"})),
        "no table": of(put("no_table", "H1", row={"id": "H1"})),
        "no key": of(put("notes", "?", row={"id": "H1"})),
        "no record": of(put("notes", place.mine, "N2", row={"id": "N2", "case": place.mine})),
        "more than a record has": (note_of(place, score=5), None),
        "a year that is not kept": (note_of(place, on="0206-10-01"), None),
        "no time": (replace(good, at="yesterday"), None),
        "a sentence for a command": (replace(good, command="Rosa was seen at the lake"), None),
    }


KINDS = """another key|another slot|another name|entered by another|another school's case
a note on another school's case|a case of its own that is in another|a new case|a case goes
a case goes to another school|staff|a task of no case|a task of another case|what is due|the index
a hold|the history|no table|no key|no record|more than a record has|a year that is not kept|no time
a sentence for a command""".replace("\n", "|").split("|")


def test_every_forged_slip_is_tried(place: Place) -> None:
    assert list(forged(place)) == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_a_forged_slip_changes_nothing_and_stops_nobody(place: Place, kind: str) -> None:
    slip, bundle = forged(place)[kind]
    leave(place, slip, bundle)
    before = place.office("case", "list")
    assert before.code == 0, before.err
    assert "1 change left for Ridgeline by the login r_5d20 cannot be taken over" in before.err
    rows = opened(place)
    assert place.office("task", "add", "--due", "2026-10-05", given={"text": "x"}).code == 0
    assert waiting(place) == 0
    assert opened(place) == rows
    entries = place.office("history", "--json").json["items"]
    assert [row["command"] for row in entries[-2:]] == ["vault refuse", "task add"]
    assert entries[-2]["refs"] == []
    again = place.office("case", "list")
    assert again.code == 0
    assert "taken over" not in again.err
    told = [row for row in place.office("doctor", "--json").json["items"] if row["check"] == "tray"]
    assert [row["state"] for row in told] == ["look"]
    # What is entered with the key goes on.
    assert place.school("case", "note", place.mine, given={"text": "came on Monday"}).code == 0
    assert place.office("task", "add", "--due", "2026-10-05", given={"text": "x"}).code == 0
    assert place.office("vault", "verify").code == 0
    assert "came on Monday" in place.office("case", "show", place.mine, "--json").out


def test_a_slip_that_is_right_is_taken_over_with_all_it_says(place: Place) -> None:
    leave(place, replace(note_of(place), at="2999-01-01T00:00:00+00:00"))
    assert place.office("task", "add", "--due", "2026-10-05", given={"text": "x"}).code == 0
    assert row_of(place, "notes", place.mine, "N1")["text"] == "a note"
    *_, entry, last = place.office("history", "--json").json["items"]
    assert (entry["by"], entry["command"], entry["refs"]) == (
        "lee",
        "case note",
        [place.mine, f"{place.mine}/N1"],
    )
    assert entry["at"] <= last["at"], "a clock that is ahead does not take the history along"


def test_a_login_without_a_key_spoils_nothing(place: Place) -> None:
    (number,) = (1,)
    connection = psycopg2.connect(place.url.replace("postgres@", "r_5d20@"))
    with connection, connection.cursor() as cursor:
        scope = keys.scope_of(place.opened()[0].school)
        cursor.execute("SELECT reintegrate.left_in_tray(%s, %s, %s)", (scope, number, b"x" * 999))
    connection.close()
    assert place.school("case", "note", place.mine, given={"text": "came on Monday"}).code == 0
    shown = place.office("case", "show", place.mine, "--json")
    assert shown.code == 0
    assert "came on Monday" in shown.out
    assert waiting(place) == 0


def test_what_the_server_hides_from_the_office_the_school_notices(place: Place) -> None:
    assert place.school("case", "note", place.mine, given={"text": "came on Monday"}).code == 0
    place.truth("CREATE TABLE hidden AS SELECT * FROM reintegrate.tray")
    place.truth("DELETE FROM reintegrate.tray")
    gone = place.school("case", "list")
    assert gone.code == 7
    assert "entered here" in gone.err
    assert place.office("task", "add", "--due", "2026-10-05", given={"text": "x"}).code == 0
    place.truth("INSERT INTO reintegrate.tray SELECT * FROM hidden")
    assert place.school("case", "list").code == 7
    shutil.rmtree(place.key.parent / "state", ignore_errors=True)
    assert place.school("case", "list").code == 7, "without a memory, too: it is of another turn"


@pytest.mark.parametrize("change", ["first", "swapped", "again"])
def test_a_tray_that_was_tampered_with_is_noticed(place: Place, change: str) -> None:
    for text in ("one", "two", "three"):
        assert place.school("case", "note", place.mine, given={"text": text}).code == 0
    if change == "first":
        place.truth("DELETE FROM reintegrate.tray WHERE number = 1")
    elif change == "swapped":
        place.truth(
            "UPDATE reintegrate.tray t SET body = o.body FROM reintegrate.tray o"
            " WHERE t.number + o.number = 3"
        )
    else:
        place.truth("CREATE TABLE taken AS SELECT * FROM reintegrate.tray")
        assert place.office("task", "add", "--due", "2026-10-05", given={"text": "x"}).code == 0
        place.truth("INSERT INTO reintegrate.tray SELECT * FROM taken")
    office, school = place.office("case", "list"), place.school("case", "list")
    if change == "swapped":
        assert "cannot be taken over" in office.err
    else:
        assert office.code == 7
    assert school.code == 7


def test_who_answers_by_what_changed_since_is_told(place: Place) -> None:
    assert place.school("case", "note", place.mine, given={"text": "one"}).code == 0
    # The office sees it at once, and numbers go on from it, in whatever order they write.
    added = place.office("case", "note", place.mine, "--json", given={"text": "two"})
    assert added.json["id"] == "N2"
    added = place.school("case", "note", place.mine, "--json", given={"text": "three"})
    assert added.json["id"] == "N3"
    added = place.school("case", "note", place.mine, "--json", given={"text": "four"})
    assert added.json["id"] == "N4"


def test_tasks_are_numbered_apart_and_never_twice(place: Place) -> None:
    ids: list[str] = []
    for round_ in range(3):
        for who in (place.school, place.office) if round_ else (place.school,):
            for _ in range(20):
                case = ("--case", place.mine) if who == place.school else ()
                line = ("task", "add", "--due", "2026-10-05", *case, "--json")
                ids.append(who(*line, given={"text": "call"}).json["id"])
    assert len(ids) == len({*ids})
    shown = place.office("task", "list", "--json").json["items"]
    assert {row["id"] for row in shown} == {*ids}
    assert place.office("vault", "verify").code == 0


def test_numbers_that_are_used_up_are_said_so(place: Place) -> None:
    line = ("task", "add", "--due", "2026-10-05", "--case", place.mine)
    codes = [place.school(*line, given={"text": "call"}).code for _ in range(51)]
    assert codes == [0] * 50 + [6]
    assert place.office("task", "add", "--due", "2026-10-05", given={"text": "x"}).code == 0
    assert place.school(*line, given={"text": "call"}).code == 0


@pytest.mark.parametrize(
    "line",
    [
        ("vault", "key", "rotate"),
        ("vault", "backup", "BACKUP"),
        ("vault", "seat", "take", "r_9a11"),
    ],
    ids=lambda line: line[1] + line[-1],
)
def test_what_waits_is_in_whatever_is_done_with_the_vault(
    place: Place, tmp_path: Path, line: tuple[str, ...]
) -> None:
    assert place.school("case", "note", place.mine, given={"text": "came on Monday"}).code == 0
    done = place.office(*(str(tmp_path / "copies") if word == "BACKUP" else word for word in line))
    assert done.code == 0, done.err
    assert waiting(place) == 0
    assert place.school("case", "note", place.mine, given={"text": "and Tuesday"}).code == 0
    shown = place.office("case", "show", place.mine, "--json").out
    assert "came on Monday" in shown
    assert "and Tuesday" in shown
    assert place.office("vault", "verify").code == 0


def test_somebody_who_only_reads_sees_what_waits(place: Place) -> None:
    assert place.school("case", "note", place.mine, given={"text": "came on Monday"}).code == 0
    shown = place.office("case", "show", place.mine, "--json", login="r_9a11")
    assert "came on Monday" in shown.out, shown.err
    assert (
        place.office("task", "add", "--due", "2026-10-05", login="r_9a11", given={"text": "x"}).code
        == 3
    )
    assert waiting(place) == 1


def test_a_key_that_was_revoked_leaves_nothing_any_more(place: Place) -> None:
    assert place.school("case", "note", place.mine, given={"text": "came on Monday"}).code == 0
    (slot,) = (
        row["id"]
        for row in place.office("vault", "key", "list", "--json").json["items"]
        if row["kind"] == "school"
    )
    assert place.office("vault", "key", "revoke", slot).code == 0
    assert waiting(place) == 0
    assert "came on Monday" in place.office("case", "show", place.mine, "--json").out
    assert place.school("case", "note", place.mine, given={"text": "again"}).code == 3


def test_what_belongs_to_the_district_is_not_changed_with_it(place: Place) -> None:
    for line in (
        ("case", "add", "--school", "Ridgeline", "--setting", "home"),
        ("staff", "add", "soto", "--role", "school_counselor"),
        ("task", "add", "--due", "2026-10-05"),
        ("case", "transfer", place.mine, "--school", "Cascade", "--on", "2026-10-01"),
        ("case", "edit", place.mine, "--school", "Cascade"),
    ):
        ended = place.school(*line, "--json", given={"text": "x"} if line[0] == "task" else None)
        assert ended.code == 3, (line, ended.err)
        assert "takes a key that opens everything" in ended.error["message"]
    assert waiting(place) == 0


def test_nothing_that_was_typed_is_with_the_server(place: Place) -> None:
    typed = "came with a green scarf"
    assert place.school("case", "note", place.mine, given={"text": typed}).code == 0
    for (row,) in place.truth("SELECT t::text FROM reintegrate.tray t"):
        assert typed.encode().hex() not in row
        assert b"case note".hex() not in row


def test_a_copy_that_is_put_back_is_told_at_the_school_and_it_goes_on(
    place: Place, tmp_path: Path
) -> None:
    assert place.school("case", "note", place.mine, given={"text": "before it"}).code == 0
    made_ = place.office("vault", "backup", str(tmp_path / "copies"), "--json")
    assert place.school("case", "note", place.mine, given={"text": "after it"}).code == 0
    put_back = place.office("vault", "restore", made_.json["file"], "--replace")
    assert put_back.code == 0, put_back.err
    told = place.school("case", "list")
    assert told.code == 0, told.err
    assert "put a copy of the vault back" in told.err
    again = place.school("case", "note", place.mine, given={"text": "and on"})
    assert (again.code, "put a copy" in again.err) == (0, False), again.err
    shown = place.office("case", "show", place.mine, "--json").out
    assert "before it" in shown
    assert "and on" in shown
    assert "after it" not in shown
    # What was put aside whole is with it.
    assert place.truth("SELECT count(*) FROM reintegrate.aside_tray") == [(1,)]


def test_a_tray_that_is_full_is_told_and_emptied(place: Place) -> None:
    scope = keys.scope_of(place.opened()[0].school)
    connection = psycopg2.connect(place.url.replace("postgres@", "r_5d20@"))
    with connection, connection.cursor() as cursor:
        for number in range(1, 1001):
            cursor.execute("SELECT reintegrate.left_in_tray(%s, %s, %s)", (scope, number, b"x"))
    connection.close()
    note = ("case", "note", place.mine)
    full = place.school(*note, "--json", given={"text": "came on Monday"})
    assert (full.code, full.error["message"]) == (
        6,
        "too much from your school waits to be taken over",
    )
    told = place.office("case", "list").err
    assert told.count("cannot be taken over") == 1
    assert "1000 changes left for Ridgeline" in told
    assert place.office("task", "add", "--due", "2026-10-05", given={"text": "x"}).code == 0
    assert place.school(*note, given={"text": "came on Monday"}).code == 0
