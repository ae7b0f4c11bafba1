"""Holds in a calendar file: they say nothing, they move, and they are taken back."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import vobject
from hypothesis import example, given, settings
from hypothesis import strategies as st

import people
from conftest import Ended, Run
from reintegrate_cli import keys, vault
from reintegrate_cli.core.calendar import Calendar
from reintegrate_cli.core.errors import Settings, Usage
from reintegrate_cli.core.rows import Item
from reintegrate_cli.due.agenda import named
from reintegrate_cli.kept import exports, index, session
from reintegrate_cli.mail import ics
from reintegrate_cli.mail.holds import Hold, begins, plan
from reintegrate_cli.nouns.checkin.record import CheckIn, Schedule, Terms

TODAY = "2026-10-06"
NEW_YORK = ZoneInfo("America/New_York")
EMPTY = {"SUMMARY", "CLASS", "TRANSP", "UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND"}


@dataclass(frozen=True)
class Event:
    uid: str
    starts: str
    sequence: int
    cancelled: bool


@pytest.fixture
def cast(district: Run) -> Run:
    """The people of the reference month."""
    session.begin(None, None)
    with session.writing("cast") as store:
        people.arrive(store)
    return district


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "hold.ics"


def export(run: Run, file: Path, *line: str, today: str = TODAY) -> list[Event]:
    """Export, and read the file back with a parser that did not write it."""
    ended = run("agenda", "--ics", str(file), *line, today=today)
    assert ended.code == 0, ended.err
    return read(file)


def read(file: Path) -> list[Event]:
    found = []
    for one in vobject.readOne(file.read_bytes().decode()).vevent_list:
        status = one.contents.get("status")
        found.append(
            Event(
                one.uid.value,
                one.dtstart.value.isoformat(),
                int(one.sequence.value),
                status is not None and status[0].value == "CANCELLED",
            )
        )
    return found


def rows(run: Run, *line: str, today: str = TODAY) -> Any:
    return run("agenda", *line, "--json", today=today).json["items"]


def at(events: Iterable[Event], starts: str) -> Event:
    (found,) = [event for event in events if event.starts.startswith(starts)]
    return found


def close(run: Run, ref: str, today: str = TODAY) -> None:
    ended = run("case", "close", ref, "--reason", "moved", "--no-input", today=today)
    assert ended.code == 0, ended.err


# What is in the file.


def test_without_the_option_there_is_no_file_and_no_entry(cast: Run, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    cast("agenda", "--month")
    assert sorted(tmp_path.rglob("*")) == before
    assert cast("history", "--json").json["items"][-1]["command"] == "cast"


def test_every_row_of_the_agenda_is_one_hold_and_every_hold_is_empty(cast: Run, file: Path) -> None:
    events = export(cast, file, "--month")
    shown = rows(cast, "--month")
    assert len(events) == len(shown) == 15
    assert {row["due_on"] for row in shown} >= {
        event.starts for event in events if "T" not in event.starts
    }
    calendar = vobject.readOne(file.read_bytes().decode())
    assert set(calendar.contents) == {"version", "prodid", "vevent"}
    for event in calendar.vevent_list:
        assert {name.upper() for name in event.contents} == EMPTY
        assert not list(event.components())  # no alarm
        assert (event.summary.value, event.contents["class"][0].value) == ("Hold", "PRIVATE")
        assert event.transp.value == "OPAQUE"
    assert file.stat().st_mode & 0o777 == 0o600


def test_nothing_in_the_file_tells_whose_they_are(cast: Run, file: Path) -> None:
    export(cast, file, "--month")
    text = file.read_text().lower()
    lines = text.splitlines()
    for row in rows(cast, "--month"):
        for value in (row["case"], row["id"], row["owner"], row["school"], row["who"], row["kind"]):
            assert value is None or value.lower() not in text
    for word in ("reintegrate", "new_york", "student", "okafor", "method", "tzid"):
        assert word not in text
    allowed = re.compile(
        r"(begin|end|version|prodid|summary|class|transp|uid|sequence|dtstamp"
        r"|dtstart|dtend)[:;].*"
    )
    assert all(allowed.fullmatch(line) for line in lines)
    # No order tells them apart: by time, then by the random number.
    order = [(event.starts[:10], event.uid) for event in read(file) if "T" not in event.starts]
    assert order == sorted(order)


def test_a_recurrence_is_written_out_with_random_numbers(cast: Run, file: Path) -> None:
    import uuid

    events = export(cast, file, "--days", "60", "--case", "HX4T", "--kind", "checkin")
    assert len(events) == 9
    assert len({event.uid for event in events}) == 9
    assert {uuid.UUID(event.uid).version for event in events} == {4}
    assert "RRULE" not in file.read_text()
    with session.reading() as store:
        kept = {hold.id: hold.uid for hold in store.holds.all()}
    assert set(kept.values()) == {event.uid for event in events}
    assert "HX4T/S1@2026-10-13" in kept


@pytest.mark.parametrize(
    ("typed", "starts"),
    [
        ("16:00", "2026-10-06T20:00:00+00:00"),
        ("16:14", "2026-10-06T20:00:00+00:00"),
        ("16:15", "2026-10-06T20:30:00+00:00"),
        ("16:44", "2026-10-06T20:30:00+00:00"),
        ("16:45", "2026-10-06T21:00:00+00:00"),
        ("0:05", "2026-10-06T04:00:00+00:00"),
        ("23:59", "2026-10-07T03:30:00+00:00"),
        (None, "2026-10-06"),
    ],
)
def test_times_go_to_the_half_hour_and_a_date_alone_is_the_whole_day(
    typed: str | None, starts: str
) -> None:
    assert begins(item("A", date(2026, 10, 6), typed), NEW_YORK) == starts


def test_an_hour_stays_an_hour_when_the_clocks_change() -> None:
    before, after = (item("A", day, "19:00") for day in (date(2026, 10, 31), date(2026, 11, 1)))
    assert begins(before, NEW_YORK) == "2026-10-31T23:00:00+00:00"
    assert begins(after, NEW_YORK) == "2026-11-02T00:00:00+00:00"


def test_a_closed_day_that_wants_another_date_has_no_time(cast: Run, file: Path) -> None:
    moved = cast(
        "checkin",
        "move",
        "B9RW",
        "--on",
        "2026-10-08",
        "--to",
        "2026-10-09",
        "--asked-by",
        "student",
        today=TODAY,
    )
    assert moved.code == 0
    events = export(cast, file, "--case", "B9RW", "--days", "60")
    # Thanksgiving, 26 Nov, is closed; the agenda asks for a date.
    assert at(events, "2026-11-26").starts == "2026-11-26"
    assert at(events, "2026-10-09").starts == "2026-10-09T23:00:00+00:00"


def test_when_it_was_written_is_told_to_the_half_hour() -> None:
    hold = Hold(
        id="A",
        by="okafor",
        uid=ics.new_uid(),
        due_on=date(2026, 10, 6),  # type: ignore[arg-type]
        starts="2026-10-06",
    )
    data = ics.written([hold], datetime(2026, 10, 6, 9, 47, 31, 5, timezone(-timedelta(hours=4))))
    assert b"DTSTAMP:20261006T133000Z" in data


# What a second export says.


def test_a_second_export_says_the_same_again(cast: Run, file: Path) -> None:
    first = export(cast, file, "--month")
    assert export(cast, file, "--month") == first
    other = file.with_name("other.ics")
    assert export(cast, other, "--month") == first
    assert {event.sequence for event in first} == {0}


def test_a_moved_date_keeps_its_number_and_is_raised_in_sequence(cast: Run, file: Path) -> None:
    before = at(export(cast, file), "2026-10-08T23:00")
    moved = cast(
        "checkin",
        "move",
        "B9RW",
        "--on",
        "2026-10-08",
        "--to",
        "2026-10-09",
        "--asked-by",
        "student",
        today=TODAY,
    )
    assert moved.code == 0
    after = at(export(cast, file), "2026-10-09T23:00")
    assert (after.uid, after.sequence, after.cancelled) == (before.uid, 1, False)
    assert at(export(cast, file), "2026-10-09T23:00") == after


def test_what_is_no_longer_there_is_cancelled_until_its_day_has_passed(
    cast: Run, file: Path
) -> None:
    before = export(cast, file)
    gone = at(before, "2026-10-07")
    close(cast, "P3RM")
    after = export(cast, file)
    assert at(after, "2026-10-07") == Event(gone.uid, gone.starts, 1, True)
    assert [event for event in after if event.uid != gone.uid] == [
        event for event in before if event.uid != gone.uid
    ]
    (event,) = [
        one
        for one in vobject.readOne(file.read_bytes().decode()).vevent_list
        if one.uid.value == gone.uid
    ]
    assert {name.upper() for name in event.contents} == EMPTY | {"STATUS"}
    for day in (TODAY, "2026-10-07"):
        assert at(export(cast, file, today=day), "2026-10-07") == at(after, "2026-10-07")
    assert gone.uid not in {event.uid for event in export(cast, file, today="2026-10-08")}


def test_what_comes_back_has_its_number_again(cast: Run, file: Path) -> None:
    gone = at(export(cast, file), "2026-10-07")
    close(cast, "P3RM")
    export(cast, file)
    assert cast("case", "reopen", "P3RM", today=TODAY).code == 0
    assert at(export(cast, file), "2026-10-07") == Event(gone.uid, gone.starts, 2, False)


def test_the_last_one_taken_back_is_a_file_too(cast: Run, file: Path) -> None:
    (held,) = export(cast, file, "--case", "HX4T")
    close(cast, "HX4T")
    assert export(cast, file, "--case", "HX4T") == [Event(held.uid, held.starts, 1, True)]
    assert export(cast, file, "--case", "HX4T") == [Event(held.uid, held.starts, 1, True)]
    written = file.read_bytes()
    ended = cast("agenda", "--case", "HX4T", "--ics", str(file), today="2026-10-07")
    assert ended.code == 0
    assert "no file was written" in ended.err
    assert file.read_bytes() == written


def test_what_is_merely_not_shown_is_left_alone(cast: Run, file: Path) -> None:
    month = export(cast, file, "--month")
    week = export(cast, file, "--week")
    assert 0 < len(week) < len(month)
    assert set(week) < set(month)
    assert len(export(cast, file, "--case", "HX4T")) == 1
    assert export(cast, file, "--month") == month


def test_one_that_moved_out_of_sight_is_taken_back_until_it_is_shown(cast: Run, file: Path) -> None:
    held = at(export(cast, file), "2026-10-07")
    moved = cast(
        "checkin",
        "move",
        "P3RM",
        "--on",
        "2026-10-07",
        "--to",
        "2026-10-14",
        "--asked-by",
        "student",
        today=TODAY,
    )
    assert moved.code == 0
    assert at(export(cast, file), "2026-10-07") == Event(held.uid, held.starts, 1, True)
    assert Event(held.uid, "2026-10-14", 2, False) in export(cast, file, "--month")


def test_what_lies_in_the_past_is_left_alone(cast: Run, file: Path) -> None:
    held = at(export(cast, file), "2026-10-07")
    assert cast("checkin", "done", "P3RM", today="2026-10-07").code == 0
    later = export(cast, file, today="2026-10-08")
    assert held.uid not in {event.uid for event in later}


def test_everybody_has_holds_of_their_own(
    cast: Run, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = at(export(cast, file), "2026-10-07")
    added = cast("vault", "key", "add", "--key-file", str(tmp_path / "hale"), "--for", "hale")
    assert added.code == 0, added.err
    theirs = file.with_name("theirs.ics")
    with monkeypatch.context() as patch:
        patch.setenv("REINTEGRATE_KEY_FILE", str(tmp_path / "hale"))
        held = at(export(cast, theirs), "2026-10-07")
        assert held.uid != mine.uid
        close(cast, "P3RM")
        assert at(export(cast, theirs), "2026-10-07") == Event(held.uid, held.starts, 1, True)
    # What one of them was told is still to be told to the other.
    assert at(export(cast, file), "2026-10-07") == Event(mine.uid, mine.starts, 1, True)


def item(name: str, day: date, at: str | None = None) -> Item:
    return Item(
        id=f"{name}@{day}",
        due_on=day,
        state="due",
        days_late=0,
        case=None,
        kind="task",
        with_=None,
        who=None,
        mode=None,
        at=at,
        window=0,
        chosen_by=None,
        owner="okafor",
        school=None,
        source=name,
        command="",
    )


_DAYS = st.integers(0, 5).map(lambda days: date(2026, 10, 6) + timedelta(days=days))
_STATE = st.dictionaries(st.sampled_from("ABCD"), st.tuples(_DAYS, st.sampled_from([None, "9:00"])))
_HIDDEN = st.sets(st.sampled_from("ABCD"))


_SIXTH = date(2026, 10, 6)


@example(
    [
        ({"D": (_SIXTH, "9:00")}, set(), True),
        ({"D": (_SIXTH, None)}, set(), False),
        ({"D": (_SIXTH, None)}, {"D"}, True),
    ]
)
@settings(max_examples=300)
@given(st.lists(st.tuples(_STATE, _HIDDEN, st.booleans()), min_size=1, max_size=6))
def test_whichever_exports_are_imported_the_last_one_leaves_what_stands(
    history: list[tuple[dict[str, tuple[date, str | None]], set[str], bool]],
) -> None:
    kept: dict[str, Hold] = {}
    calendar: dict[str, Hold] = {}
    numbers = count()
    for state, hidden, imported in [*history, (history[-1][0], set(), True)]:
        standing = {name: item(name, *when) for name, when in state.items()}
        shown = {name: one for name, one in standing.items() if name not in hidden}
        said = plan(
            shown,
            standing,
            kept.values(),
            by="okafor",
            today=date(2026, 10, 6),
            zone=UTC,
            new_uid=lambda: str(next(numbers)),
        )
        for hold in said:
            kept[hold.id] = hold
            if not imported:
                continue
            known = calendar.get(hold.uid)
            # A calendar takes what is newer, and what says the same again.
            assert known is None or hold.sequence > known.sequence or hold is known
            calendar[hold.uid] = hold
        for hold in calendar.values() if imported else ():
            if not hold.cancelled:
                assert begins(standing[hold.id], UTC) == hold.starts
    held = sorted(hold.starts for hold in calendar.values() if not hold.cancelled)
    assert held == sorted(begins(one, UTC) for one in standing.values())


def test_a_day_that_was_left_and_booked_again_has_two_names(cast: Run) -> None:
    eighth, ninth = date(2026, 10, 8), date(2026, 10, 9)
    booked = ((None, eighth), (eighth, ninth), (None, eighth))
    session.begin(None, None)
    with session.writing("checkin move") as store:
        store.schedules.put(
            Schedule(
                case="Q7ZC",
                id="S1",
                with_="student",
                mode="phone",
                chosen_by="student",
                terms=Terms(every="none", starts=date(2026, 10, 1)),
                chosen_on=date(2026, 10, 1),
            )
        )
        for number, (due, to) in enumerate(booked, 1):
            store.checkins.put(
                CheckIn(
                    case="Q7ZC",
                    id=f"E{number}",
                    schedule="S1",
                    outcome="moved",
                    happened_on=date(2026, 10, 1),
                    due_on=due,
                    to=to,
                )
            )
        found = named(index.world(store, Calendar()), date(2026, 10, 6), date(2026, 10, 31))
    names = {name: one.due_on for name, one in found.items() if one.case == "Q7ZC"}
    assert names == {"Q7ZC/S1@2026-10-08": eighth, "Q7ZC/S1@2026-10-08+": ninth}


# The file's place.


def refused(run: Run, file: Path) -> Ended:
    there = sorted(file.parent.iterdir())
    ended = run("agenda", "--ics", str(file), today=TODAY)
    assert ended.out == ""
    assert sorted(file.parent.iterdir()) == there
    assert run("history", "--json").json["items"][-1]["command"] != "agenda --ics"
    return ended


def test_a_file_of_somebody_else_is_left_as_it_is(cast: Run, file: Path) -> None:
    uid = ics.new_uid()
    strange = f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    for text in ("", "mine\n", strange):
        file.write_bytes(text.encode())
        ended = refused(cast, file)
        assert ended.code == 2
        assert "hint: name another file" in ended.err
        assert file.read_bytes() == text.encode()


def test_an_export_that_somebody_wrote_in_is_theirs(cast: Run, file: Path) -> None:
    export(cast, file)
    changed = file.read_bytes().decode().replace("SUMMARY:Hold", "SUMMARY:Dentist", 1)
    file.write_text(changed, newline="")
    assert cast("agenda", "--ics", str(file), today=TODAY).code == 2
    assert file.read_bytes().decode() == changed


def test_an_export_that_was_opened_to_others_is_closed_again(cast: Run, file: Path) -> None:
    export(cast, file)
    file.chmod(0o644)
    export(cast, file)
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("leads", ["to an export", "nowhere"])
def test_it_is_never_written_through_a_link(cast: Run, file: Path, leads: str) -> None:
    real = file.with_name("real.ics")
    if leads == "to an export":
        export(cast, real)
    before = real.read_bytes() if real.exists() else None
    file.symlink_to(real)
    ended = cast("agenda", "--ics", str(file), today=TODAY)
    assert ended.code == 9
    assert "it is a link" in ended.err
    assert (real.read_bytes() if real.exists() else None) == before
    assert file.is_symlink()


def test_no_other_sort_of_place_will_do(cast: Run, file: Path) -> None:
    os.mkfifo(file)
    assert refused(cast, file).code == 2
    folder = cast("agenda", "--ics", str(file.parent), today=TODAY)
    assert (folder.code, folder.err) == (
        9,
        "the file cannot be written: it is a folder\nhint: name the path of a plain file of your own\n",
    )
    absent = cast("agenda", "--ics", str(file.parent / "no" / "hold.ics"), today=TODAY)
    assert (absent.code, absent.err) == (
        9,
        "the file cannot be written: there is no such file or folder\nhint: check the path\n",
    )


@pytest.mark.parametrize("path", ["", "-", "a\0b", "~nobody-of-that-name/hold.ics"])
def test_a_path_that_is_none_is_found_before_the_vault_is_opened(run: Run, path: str) -> None:
    ended = run("agenda", "--ics", path, "--json")
    assert (ended.code, ended.error["fields"]) == (2, ["ics"])


def test_a_path_may_have_blanks_in_it(cast: Run, file: Path) -> None:
    assert export(cast, file.with_name("my own hold.ics"))


def test_a_full_disk_leaves_neither_file_nor_holds(
    cast: Run, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    def full(descriptor: int, data: bytes) -> None:
        os.write(descriptor, data[:10])
        raise OSError(errno.ENOSPC, "")

    monkeypatch.setattr(exports, "write_all", full)
    assert "the disk is full" in refused(cast, file).err
    with session.reading() as store:
        assert store.holds.all() == []


def test_while_somebody_else_writes_there_is_no_file(cast: Run, file: Path, tmp_path: Path) -> None:
    with vault.lock(tmp_path / "vault" / "caseload.vault"):
        assert refused(cast, file).code == 6


def test_a_wrong_ref_is_named_before_the_file_is_looked_at(cast: Run, file: Path) -> None:
    file.write_text("mine")
    assert cast("agenda", "--case", "ZZZZ", "--ics", str(file), today=TODAY).code == 5


def test_what_is_put_there_meanwhile_is_not_replaced(file: Path) -> None:
    with exports.drafting(file) as draft:
        draft.check_place(lambda _: True)
        draft.write(b"ours")
        assert not file.exists()
        file.write_text("theirs")
        with pytest.raises(Settings, match="meanwhile"):
            draft.put_in_place()
    assert [one.name for one in file.parent.iterdir()] == [file.name]
    assert file.read_text() == "theirs"


def test_a_disk_without_hard_links_takes_the_file_all_the_same(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    def none(*_: object) -> None:
        raise OSError(errno.EPERM, "")

    monkeypatch.setattr(os, "link", none)
    with exports.drafting(file) as draft:
        draft.check_place(lambda _: False)
        draft.write(b"ours")
        draft.put_in_place()
    assert file.read_bytes() == b"ours"
    assert [one.name for one in file.parent.iterdir()] == [file.name]


def test_a_file_too_long_to_be_an_export_is_not_one(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "LONGEST", 3)
    file.write_text("long")
    with exports.drafting(file) as draft, pytest.raises(Usage):
        draft.check_place(lambda _: True)


# What is said, and what is kept.


def test_the_rows_come_as_ever_and_a_sentence_warns_beside_them(cast: Run, file: Path) -> None:
    for line in ([], ["--month"], ["--csv"], ["--json"]):
        plain = cast("agenda", *line, today=TODAY)
        ended = cast("agenda", *line, "--ics", str(file), today=TODAY)
        assert ended.out == plain.out
        assert ("lock screen" in ended.err) is (line != ["--json"])
    assert str(file) not in ended.err


def test_an_export_is_an_entry_and_is_not_undone(cast: Run, file: Path) -> None:
    export(cast, file, "--case", "HX4T")
    entry = cast("history", "--case", "HX4T", "--json").json["items"][-1]
    assert entry["command"] == "agenda --ics"
    assert [name.partition("/")[0] for name in entry["changed"]] == ["holds"]
    assert "HX4T" in entry["refs"]
    refused = cast("undo", "--json")
    assert (refused.code, refused.error["rule"]) == (4, "history")
    export(cast, file, "--case", "HX4T")
    entry = cast("history", "--case", "HX4T", "--json").json["items"][-1]
    assert (entry["command"], entry["refs"], entry["changed"]) == ("agenda --ics", ["HX4T"], [])


def test_the_holds_are_sealed_from_cron(
    cast: Run, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = export(cast, file)[0].uid.encode()
    file.unlink()
    for one in (tmp_path / "vault").iterdir():
        assert uid not in one.read_bytes()
    made = cast(
        "remind",
        "setup",
        "--reminder-key",
        str(tmp_path / "cron"),
        "--host",
        "localhost",
        "--from-address",
        "a@b.example",
        "--to",
        "a@b.example",
    )
    assert made.code == 0, made.err
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(tmp_path / "cron"))
    assert keys.read_key_file(tmp_path / "cron")
    assert cast("agenda", "--ics", str(file)).code == 3
    assert not file.exists()
