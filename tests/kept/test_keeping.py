"""Legal holds, the retention schedule, and what a purge leaves of a case: nothing."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import Run, set_clock, standing
from narrow import rows
from reintegrate_cli import keys, vault
from reintegrate_cli.catalogue import TABLES
from reintegrate_cli.core.errors import Refused, Settings
from reintegrate_cli.core.records import CaseRef
from reintegrate_cli.kept import retention, session
from reintegrate_cli.kept.history import check_chain
from reintegrate_cli.kept.history import read as read_history
from reintegrate_cli.kept.retention import LegalHold
from reintegrate_cli.nouns.case.record import Case, Change, Note, new_ref
from reintegrate_cli.nouns.task.record import Task
from reintegrate_cli.vault import VaultStorage
from reintegrate_cli.vault.engine import FileEngine
from reintegrate_cli.vault.journal import Journal

CANARY = "canary quetzal"
LATER = "2034-01-15"
Clock = Callable[[str], None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Set the machine's clock: what goes for good goes by it, and not by ``--today``."""

    def put(day: str) -> None:
        at = datetime.fromisoformat(f"{day}T15:00:00+00:00")
        set_clock(monkeypatch, at)
        monkeypatch.setenv("REINTEGRATE_TODAY", day)

    return put


@pytest.fixture
def schedule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "district.toml"
    file.write_text('retention = { case = "7y", note = "24m", task = "1y", values = "3y" }\n')
    monkeypatch.setenv("REINTEGRATE_CONFIG", str(file))
    return file


@pytest.fixture
def closed(district: Run, case: str, schedule: Path) -> str:
    """A case with something in every table, closed in October 2026."""
    district("case", "note", case, given={"text": CANARY})
    district(
        "checkin",
        "schedule",
        case,
        "--with",
        "student",
        "--every",
        "1w",
        "--mode",
        "phone",
        "--chosen-by",
        "student",
        "--chosen-on",
        "2026-10-05",
        given={"words": CANARY},
    )
    district("checkin", "done", case, given={"note": CANARY})
    district("care", "add", case, "--role", "mentor", given={"name": CANARY})
    district("contact", "set", case, given={"mode": "we_contact", "if_missed": CANARY})
    district("task", "add", "--case", case, "--due", "2026-10-09", given={"text": CANARY})
    district("case", "edit", case, "--grade", "11")
    ended = district("case", "close", case, "--reason", "goals_met", given={"note": CANARY})
    assert ended.code == 0, ended.err
    return case


def everything_in(path: Path, bundle: keys.Bundle) -> bytes:
    """Open every part of a file, the units of work that were laid over too."""
    journal = Journal(path, bundle)
    found = b""
    for name in vault.TABLES:
        found += b"".join(body for _, body in journal.scan(name, 0, 1 << 256))
        found += repr(journal._open(name).overlay).encode()
    journal.close()
    return found


def everything() -> bytes:
    """Open every row of the vault, wherever it lies; of a file its layers, too."""
    engine = session.current.engine
    if isinstance(engine, FileEngine):
        return everything_in(engine.path, session.current.bundle)
    with session.reading() as store:
        return msgspec.json.encode([[*store.shelf.rows(name)] for name in TABLES])


def test_a_purged_case_is_in_no_frame_under_the_old_key_or_the_new(
    district: Run, closed: str, clock: Clock
) -> None:
    other = district("case", "add", "--school", "Ridgeline", "--setting", "home", "--json").json
    path, former = session.current.engine.path, session.current.bundle
    assert CANARY.encode() in everything_in(path, former)
    assert district("vault", "purge", "--yes", "--json", today=LATER).out == ""
    clock(LATER)
    looked = district("vault", "purge", "--dry-run", "--json", today=LATER)
    assert [
        (one["type"], one["id"]) for one in looked.json["items"] if one["type"] != "values"
    ] == [("case", closed)]
    assert CANARY not in looked.out
    made = district("vault", "purge", "--yes", "--json", today=LATER)
    assert made.code == 0, made.err
    assert (made.json["cases"], made.json["copies_until"]) == (1, "2034-04-15")
    assert closed not in made.out + made.err
    now = everything_in(path, session.current.bundle)
    assert CANARY.encode() not in now
    assert closed.encode() not in now
    assert other["ref"].encode() in now
    with pytest.raises(Exception, match="damaged"):
        VaultStorage(path, former)
    entries = district("history", "--json").json["items"]
    assert [row["command"] for row in entries][-1] == "vault purge"
    assert any(row["refs"] == ["purged"] for row in entries)
    with session.reading() as store:
        check_chain(rows(store.shelf.vault, "history"))
    assert district("vault", "verify").code == 0
    assert district("case", "show", closed).code == 5
    assert [row["cases"] for row in district("vault", "purge", "list", "--json").json["items"]] == [
        1
    ]
    refused = district("undo", "--json", today=LATER)
    assert (refused.code, refused.error["rule"]) == (4, "history")
    assert district("agenda", "--json", today=LATER).code == 0


def test_a_purged_case_leaves_no_place_behind_either(
    district: Run, case: str, closed: str, clock: Clock
) -> None:
    other = district("case", "add", "--school", "R", "--setting", "home", "--json").json["ref"]
    for ref in (closed, other):
        district("case", "reopen", ref)
        district("case", "note", ref, given={"text": "taken back"})
        district("undo")
    district("case", "close", closed, "--reason", "moved")
    clock(LATER)
    assert district("vault", "purge", "--case", closed, "--yes").code == 0
    journal = Journal(session.current.engine.path, session.current.bundle)
    gone = journal.gone("notes")
    journal.close()
    assert gone == [vault.place("notes", [other, "N1"])]
    assert district("case", "note", other, "--json", given={"text": "x"}).json["id"] == "N2"


def test_after_a_purge_work_goes_on_and_the_history_stays_whole(
    district: Run, closed: str, clock: Clock
) -> None:
    clock(LATER)
    district("vault", "purge", "--yes", today=LATER)
    assert (
        district("task", "add", "--due", "2034-02-01", given={"text": "x"}, today=LATER).code == 0
    )
    assert district("undo", today=LATER).code == 0
    with session.reading() as store:
        read_history(store.shelf)
    assert district("vault", "purge", "--yes", today=LATER).code == 0


@pytest.mark.both_shelves
def test_notes_tasks_and_former_values_go_by_themselves(
    district: Run, case: str, schedule: Path, clock: Clock
) -> None:
    district("case", "note", case, "--on", "2026-10-01", given={"text": CANARY})
    district("case", "note", case, "--on", "2026-10-01", given={"text": f"undone {CANARY}"})
    district("undo")
    district(
        "case", "note", case, "--on", "2026-10-20", given={"text": "stays"}, today="2026-10-20"
    )
    district("task", "add", "--due", "2026-10-09", given={"text": CANARY})
    district("task", "done", "T1")
    clock("2028-10-19")
    made = district("vault", "purge", "--yes", "--json")
    assert (made.json["cases"], made.json["notes"], made.json["tasks"]) == (0, 1, 1)
    shown = district("case", "show", case, "--json").json
    assert [note["text"] for note in shown["notes"]] == ["stays"]
    assert CANARY.encode() not in everything()


@pytest.mark.parametrize("line", [["--yes"], ["--dry-run"]])
def test_nothing_goes_without_a_schedule(district: Run, case: str, line: list[str]) -> None:
    refused = district("vault", "purge", *line)
    assert refused.code == 9
    assert "retention" in refused.err


def test_a_purge_off_a_terminal_is_asked_for_twice(district: Run, closed: str) -> None:
    assert district("vault", "purge", today=LATER).code == 2
    assert district("case", "list", "--status", "closed", "--json").json["items"]


def test_one_case_goes_when_its_time_has_come_and_not_before(
    district: Run, case: str, closed: str, clock: Clock
) -> None:
    still = district("case", "add", "--school", "R", "--setting", "home", "--json").json["ref"]
    for ref, day, rule in ((still, LATER, "K3"), (closed, "2030-01-01", "K3")):
        clock(day)
        refused = district("vault", "purge", "--case", ref, "--yes", "--json")
        assert (refused.code, refused.error["rule"]) == (4, rule)
    clock(LATER)
    assert district("vault", "purge", "--case", closed, "--yes", today=LATER).code == 0
    assert district("vault", "purge", "--case", closed, "--yes", today=LATER).code == 5


@pytest.mark.both_shelves
def test_a_hold_keeps_the_case_the_copies_and_the_archive(
    district: Run, closed: str, tmp_path: Path, clock: Clock
) -> None:
    held = district("vault", "hold", "add", "--case", closed, "--json", given={"reason": CANARY})
    assert held.code == 0, held.err
    assert (held.json["id"], held.json["case"], held.json["released_on"]) == ("LH1", closed, None)
    assert CANARY not in held.out
    assert CANARY in district("vault", "hold", "show", "LH1").out
    assert district("vault", "hold", "show", "H1").code == 5
    assert district("vault", "hold", "list", "some words").code == 4
    early = district("vault", "purge", "--case", closed, "--yes", "--json")
    assert (early.code, early.error["rule"]) == (4, "K4")  # that comes before any other reason
    clock(LATER)
    refused = district("vault", "purge", "--case", closed, "--yes", "--json", today=LATER)
    assert (refused.code, refused.error["rule"]) == (4, "K4")
    left = district("vault", "purge", "--yes", today=LATER)
    assert (left.code, "nothing is due to be removed" in left.err) == (0, True)
    assert {
        row["status"] if "status" in row else row["held"]
        for row in district("vault", "purge", "--dry-run", "--json", today=LATER).json["items"]
    } == {True}
    assert district("vault", "status", "--json").json["holds"] == 1
    copies = tmp_path / "copies"
    engine, bundle = session.current.engine, session.current.bundle
    engine.back_up(bundle, copies, session.now() - timedelta(days=200))
    assert "hold" in district("vault", "backup", str(copies)).err
    assert len(list(copies.iterdir())) == 2
    words = tmp_path / "words"
    words.touch(mode=0o600)
    words.write_text("lantern orchard velvet nine boats\n")
    away = district(
        "vault", "export", str(tmp_path / "a.age"), "--passphrase-file", str(words), "--json"
    )
    assert (away.code, away.error["rule"]) == (4, "K4")
    assert not (tmp_path / "a.age").exists()
    calendar = district("agenda", "--ics", str(tmp_path / "a.ics"), "--json")
    assert (calendar.code, calendar.error["rule"]) == (4, "K4")
    assert district("vault", "hold", "release", "LH2", given={"reason": "x"}).code == 5
    assert district("vault", "hold", "release", "H1", given={"reason": "x"}).code == 5
    assert district("vault", "hold", "release", "LH1").code == 2
    freed = district("vault", "hold", "release", "lh1", "--json", given={"reason": "withdrawn"})
    assert freed.json["released_by"] == "okafor"
    assert district("vault", "hold", "release", "LH1", given={"reason": "x"}).code == 5
    assert [row["id"] for row in district("vault", "hold", "--json").json["items"]] == ["LH1"]
    assert district("vault", "purge", "--case", closed, "--yes", today=LATER).code == 0
    district("vault", "backup", str(copies))
    assert len(list(copies.iterdir())) == 2


def test_a_hold_on_every_case_keeps_what_belongs_to_none(district: Run, schedule: Path) -> None:
    district("task", "add", "--due", "2026-10-09", given={"text": "x"})
    district("task", "done", "T1")
    district("vault", "hold", "add")
    assert district("vault", "hold", "add", "HX4T", "--case", "HX4T").code == 2
    assert district("vault", "purge", "--yes", "--json", today=LATER).out == ""
    assert district("vault", "hold", "add", "--case", "ZZZZ").code == 5
    assert district("vault", "hold", "keep").code == 2
    assert district("vault", "hold", "release").code == 2
    assert district("vault", "purge", "everything").code == 2


@pytest.mark.parametrize(
    "said",
    [
        "[]",
        "{ case = 7 }",
        '{ case = "7" }',
        '{ case = "0y" }',
        '{ student = "7y" }',
        '{ case = "seven years" }',
    ],
)
def test_a_schedule_that_is_none_is_said(district: Run, schedule: Path, said: str) -> None:
    schedule.write_text(f"retention = {said}\n")
    refused = district("vault", "purge", "--dry-run", "--json")
    assert refused.code == 9
    assert refused.error["fields"] == ["retention"]


def _cases(closings: list[int], today: date) -> Iterator[Case]:
    for number, years in enumerate(closings):
        change = Change(on=date(today.year - years, 6, 1), kind="closed", reason="goals_met")
        yield Case(
            ref=f"HX4{number}",
            opened_on=date(2000, 1, 1),
            school="R",
            setting="home",  # type: ignore[arg-type]
            changes=(change,) if years else (),
        )


@given(st.lists(st.integers(0, 12), max_size=6), st.sets(st.integers(0, 5)), st.booleans())
def test_what_goes_is_closed_long_enough_and_never_held(
    closings: list[int], held: set[int], all_held: bool
) -> None:
    today = date(2034, 1, 15)
    cases = list(_cases(closings, today))
    holds = [LegalHold(id=f"L{n}", case=f"HX4{n}", on=today) for n in held]
    holds += [LegalHold(id="L9", on=today)] if all_held else []
    notes = [Note(case=case.ref, id="N1", on=date(2020, 1, 1), text="x") for case in cases]
    found = retention.going(
        {"case": "7y", "note": "24m"},
        cases=cases,
        notes=notes,
        tasks=[],
        entries=[],
        holds=holds,
        today=today,
    )
    gone = {one.id for one in found if one.type == "case" and not one.held}
    assert gone == {
        case.ref
        for number, (case, years) in enumerate(zip(cases, closings, strict=True))
        if years >= 8 and number not in held and not all_held
    } | {
        case.ref
        for number, (case, years) in enumerate(zip(cases, closings, strict=True))
        if years == 7
        and date(today.year - 7, 6, 1) <= date(today.year - 7, today.month, today.day)
        and number not in held
        and not all_held
    }
    assert all(one.held == (all_held or int(str(one.case)[3]) in held) for one in found)


def test_a_period_that_ends_past_every_calendar_never_ends() -> None:
    assert retention.kept_until(date(2026, 1, 31), "1m") == date(2026, 2, 28)
    assert retention.kept_until(date(2026, 1, 31), "9999y") == date.max
    with pytest.raises(Settings):
        retention.kept_until(date(2026, 1, 31), "7")
    with pytest.raises(Refused):
        retention.check_no_hold([LegalHold(id="LH1", on=date(2026, 1, 1))], "an export")


def test_an_archive_from_before_a_purge_brings_nothing_back_in_silence(
    district: Run, closed: str, tmp_path: Path, clock: Clock
) -> None:
    words = tmp_path / "words"
    keys.create_private(words, "lantern orchard velvet nine boats\n")
    by = ["--passphrase-file", str(words)]
    old, new = str(tmp_path / "old.age"), str(tmp_path / "new.age")
    assert district("vault", "export", old, *by).code == 0
    assert district("vault", "import", old, *by).code == 0
    clock(LATER)
    assert district("vault", "purge", "--yes").code == 0
    assert district("vault", "export", new, *by).code == 0
    before = standing()
    refused = district("vault", "import", old, *by, "--replace", "--json")
    assert (refused.code, refused.error["rule"], refused.error["fields"]) == (4, "K2", ["despite"])
    assert "--despite P1" in refused.error["hint"]
    assert closed not in refused.err
    for named, code in (("P2", 5), ("H1", 5), ("some words", 4)):
        assert district("vault", "import", old, *by, "--despite", named).code == code
    assert standing() == before
    assert district("case", "show", closed).code == 5
    # One that was made after it holds its certificate, though in the same second.
    taken = district("vault", "import", new, *by, "--json")
    assert (taken.code, taken.json["added"], taken.json["replaced"]) == (0, 0, 0)
    again = district("vault", "import", old, *by, "--replace", "--despite", "p1")
    assert again.code == 0, again.err
    assert "may be back" in again.err
    assert district("case", "show", closed).code == 0
    entries = district("history", "--json").json["items"]
    taken_in = [row["refs"] for row in entries if row["command"] == "vault import"]
    assert taken_in[-2:] == [["vault"], ["vault", "P1"]]
    assert district("vault", "purge", "--case", closed, "--yes").code == 0


def _certificate(number: int, day: date, at: str = "") -> retention.Certificate:
    return retention.Certificate(
        id=f"P{number}",
        on=day,
        by="okafor",
        cases=1,
        notes=0,
        tasks=0,
        values=0,
        copies_until=day,
        entered_at=at,
    )


@pytest.mark.parametrize(
    ("made", "known", "later"),
    [
        ("2034-01-15T15:00:00+00:00", [], ["P1", "P2"]),
        ("2034-01-15T15:00:01+00:00", [], ["P2"]),
        ("2034-01-15T10:30:00-05:00", [], ["P2"]),
        ("2035-06-01T00:00:00+00:00", [], ["P2"]),
        ("2035-06-04T00:00:00+00:00", [], []),
        ("2020-01-01T00:00:00+00:00", ["P2"], ["P1"]),
        ("2020-01-01T00:00:00+00:00", ["P1", "P2"], []),
        ("", [], ["P1", "P2"]),
        ("2036-01-01T00:00:00", [], ["P1", "P2"]),
    ],
)
def test_an_archive_is_older_than_the_purges_whose_certificates_it_lacks(
    made: str, known: list[str], later: list[str]
) -> None:
    certificates = [
        _certificate(2, date(2035, 6, 1)),
        _certificate(1, date(2034, 1, 15), "2034-01-15T15:00:00+00:00"),
    ]
    found = retention.purges_after(made, known, certificates)
    assert [one.id for one in found] == later
    if later:
        with pytest.raises(Refused):
            retention.check_purges(found, later[0] if len(later) > 1 else None)
    retention.check_purges(found, later[-1] if later else None)


def test_a_backup_releases_no_hold(
    district: Run, closed: str, tmp_path: Path, clock: Clock
) -> None:
    before = district("vault", "backup", str(tmp_path / "copies"), "--json").json["file"]
    district("vault", "hold", "add", closed, given={"reason": CANARY})
    back = district("vault", "restore", before, "--replace")
    assert back.code == 0, back.err
    assert "carried over" in back.err
    assert [row["status"] for row in holds(district)] == ["standing"]
    clock(LATER)
    assert district("vault", "purge", "--case", closed, "--yes").code == 4
    after = district("vault", "backup", str(tmp_path / "copies"), "--json").json["file"]
    assert "carried over" not in district("vault", "restore", after, "--replace").err
    assert len(holds(district)) == 1


def test_a_backup_from_before_a_new_data_key_releases_no_hold_and_says_what_is_back(
    district: Run, case: str, closed: str, tmp_path: Path, clock: Clock
) -> None:
    before = district("vault", "backup", str(tmp_path / "copies"), "--json").json["file"]
    clock(LATER)
    assert district("vault", "purge", "--case", closed, "--yes").code == 0
    assert district("case", "show", closed).code == 5
    district("vault", "hold", "add", given={"reason": CANARY})
    back = district("vault", "restore", before, "--replace")
    assert back.code == 0, back.err
    assert "carried over" in back.err
    assert "what went then is back" in back.err
    assert district("case", "show", closed).code == 0
    assert [row["status"] for row in holds(district)] == ["standing"]
    again = district("vault", "restore", before, "--replace")
    assert "what went then is back" not in again.err


def test_over_a_vault_that_cannot_be_read_it_is_said_that_no_hold_is_carried(
    district: Run, case: str, tmp_path: Path
) -> None:
    copy = district("vault", "backup", str(tmp_path / "copies"), "--json").json["file"]
    path = session.current.engine.path
    data = bytearray(path.read_bytes())
    data[-400] ^= 4
    path.write_bytes(data)
    assert district("vault", "verify").code == 7
    back = district("vault", "restore", copy, "--replace")
    assert (back.code, "not carried over" in back.err) == (0, True)
    district("vault", "hold", "add", given={"reason": CANARY})
    with vault.lock(path), session.reading() as store:
        store.shelf.vault.write_anew()
        at = store.shelf.vault._journal._open("legal_holds").segments[0].offset
    data = bytearray(path.read_bytes())
    data[at + 20] ^= 4  # it opens, and its holds do not
    path.write_bytes(data)
    back = district("vault", "restore", copy, "--replace")
    assert (back.code, "not carried over" in back.err) == (0, True)
    path.write_bytes(b"no vault")
    assert district("vault", "restore", copy).code == 2
    assert "not carried over" in district("vault", "restore", copy, "--replace").err


def holds(district: Run) -> list[dict[str, str]]:
    rows = district("vault", "hold", "--json").json["items"]
    return [{**row, "status": "released" if row["released_on"] else "standing"} for row in rows]


@pytest.mark.both_shelves
def test_a_case_that_is_called_like_a_task_takes_nothing_of_that_task(
    district: Run, case: str, schedule: Path, tmp_path: Path, clock: Clock
) -> None:
    session.begin(None, "2026-10-01")
    with session.writing("case add") as store:
        store.cases.put(Case(ref="T234", opened_on=date(2026, 9, 1), school="R", setting="home"))  # type: ignore[arg-type]
        store.tasks.put(
            Task(
                owner="okafor",
                id="T234",
                case=case,
                text="call the school",
                due_on=date(2026, 10, 2),
            )
        )  # type: ignore[arg-type]
        store.tasks.put(
            Task(
                owner="okafor",
                id="T235",
                case=CaseRef("T234"),
                text=CANARY,
                due_on=date(2026, 10, 2),
            )
        )  # type: ignore[arg-type]
    district("case", "note", "T234", given={"text": CANARY})
    shown = [district("case", "show", ref).code for ref in ("T234", case)]
    assert shown == [0, 0]
    district("agenda", "--ics", str(tmp_path / "hold.ics"), today="2026-10-01")
    assert district("task", "done", "T234").code == 0
    assert district("task", "done", "T235").code == 0
    assert district("case", "close", "T234", "--reason", "moved").code == 0
    clock(LATER)
    (tmp_path / "district.toml").write_text('retention = { case = "7y" }\n')
    assert district("vault", "purge", "--case", "T234", "--yes").code == 0
    entries = district("history", "--json").json["items"]
    done = [row for row in entries if row["command"] == "task done"]
    assert [(row["refs"], row["changed"]) for row in done] == [
        (["T234"], ["tasks/T234"]),
        (["purged"], ["tasks/purged"]),
    ]
    assert [row["refs"] for row in entries if row["command"] == "case show"] == [["purged"], [case]]
    with session.reading() as store:
        assert store.tasks.get("T234").text == "call the school"
        assert store.tasks.find("T235") is None
        assert {hold.case for hold in store.holds.all()} == {case}
        at = next(int(row["id"][1:]) for row in done)
        assert (
            store.shelf.get("values", [f"H{at}"])["before"]["tasks/T234"]["text"]
            == "call the school"
        )  # type: ignore[index]
    assert CANARY.encode() not in everything()
    assert district("vault", "verify").code == 0


def test_a_list_of_the_history_of_a_case_holds_nothing_of_a_task_that_is_called_like_it(
    district: Run, case: str
) -> None:
    session.begin(None, "2026-10-01")
    with session.writing("task add") as store:
        store.tasks.put(Task(owner="okafor", id="T234", text="x", due_on=date(2026, 10, 2)))  # type: ignore[arg-type]
    with session.writing("case add") as store:
        store.cases.put(Case(ref="T234", opened_on=date(2026, 9, 1), school="R", setting="home"))  # type: ignore[arg-type]
    district("task", "done", "T234")
    district("case", "show", "T234")
    rows = district("history", "--case", "T234", "--json").json["items"]
    assert [row["command"] for row in rows] == ["case add", "case show"]


def test_no_new_case_is_called_like_a_record() -> None:
    letters = iter("T234H234T234B4C5")
    assert new_ref(lambda _: False, 3, lambda _: next(letters)) == "B4C5"


@pytest.mark.both_shelves
@pytest.mark.parametrize("of_a_case", [True, False])
def test_a_task_that_is_purged_leaves_no_hold_behind(
    district: Run, case: str, schedule: Path, tmp_path: Path, clock: Clock, of_a_case: bool
) -> None:
    mine = ["--case", case] if of_a_case else []
    district("task", "add", *mine, "--due", "2026-10-09", given={"text": CANARY})
    district("task", "add", *mine, "--due", "2026-10-08", given={"text": "stays"})
    exported = district("agenda", "--days", "20", "--ics", str(tmp_path / "hold.ics"))
    assert exported.code == 0, exported.err
    district("task", "done", "T1")
    (tmp_path / "district.toml").write_text('retention = { task = "1y" }\n')
    clock(LATER)
    made = district("vault", "purge", "--yes", "--json")
    assert (made.code, made.json["tasks"]) == (0, 1), made.err
    with session.reading() as store:
        left = [hold.id.rpartition("/")[2].partition("@")[0] for hold in store.holds.all()]
    assert left == ["T2"]
    kept = everything()
    assert b"T1@" not in kept
    assert (f"{case}/T1".encode() in kept, b'"id":"T1"' in kept) == (False, False)


def test_a_purge_leaves_no_digest_of_a_case_where_its_history_came_from(
    district: Run, closed: str, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reintegrate_cli.kept.origins import Origin

    words, file = tmp_path / "words", tmp_path / "a.age"
    keys.create_private(words, "seven quiet herons walk past the mill")
    given = ["--passphrase-file", str(words)]
    assert district("vault", "export", str(file), *given).code == 0
    place = tmp_path / "elsewhere"
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(place / "key"))
    monkeypatch.setenv("REINTEGRATE_VAULT", str(place / "caseload.vault"))
    line = ["--no-keyring", "--key-file", str(place / "key"), "--recovery-to", str(place / "r")]
    place.mkdir()
    assert district("init", "--user", "okafor", *line).code == 0
    taken = district("vault", "import", str(file), *given, "--replace")
    assert taken.code == 0, taken.err
    with session.reading() as store:
        (before,) = store.of(Origin).all()
    clock(LATER)
    assert district("vault", "purge", "--case", closed, "--yes").code == 0
    with session.reading() as store:
        (after,) = store.of(Origin).all()
    assert after.last != before.last
    assert (after.store, after.entries) == (before.store, before.entries)
