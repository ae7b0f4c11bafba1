"""Case conferences: a meeting widens no consent, and what was decided has an owner (A11, clause 43)."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as explored
from hypothesis import strategies as st

from conftest import Run
from reintegrate_cli import vault
from reintegrate_cli.kept import session
from reintegrate_cli.nouns.conference import record as conferences
from reintegrate_cli.nouns.conference.record import Conference, Ground
from reintegrate_cli.nouns.disclosure.record import BASES, STANDING, Basis, Disclosure
from reintegrate_cli.nouns.release.record import Facts, Release, Signer
from test_keeping import everything
from test_release import signed

AGENCIES = ("ACCAC", "JPO", "DAVW")


@pytest.fixture
def room(district: Run) -> tuple[Run, str, str]:
    """Three agencies, and two cases: the first may be spoken of before the chair alone."""
    for slug, kind in zip(
        AGENCIES, ("child_advocacy_center", "probation", "pretrial"), strict=True
    ):
        assert district("partner", "add", slug, "--kind", kind, "--regime", "ferpa").code == 0
    refs = [
        district("case", "add", "--school", "Ridgeline", "--setting", "home", "--json").json["ref"]
        for _ in range(2)
    ]
    assert signed(district, refs[0], partner="ACCAC", records=["goals"]).code == 0
    assert signed(district, refs[1], partner="JPO", records=["attendance"]).code == 0
    line = (
        "conference",
        "add",
        "--on",
        "2026-10-21",
        "--lead",
        "accac",
        "--agency",
        "JPO",
        "--agency",
        "DAVW",
        "--case",
        refs[0],
        "--case",
        refs[1],
        "--json",
    )
    made = district(*line, given={"leads": [{"function": "legal", "agency": "davw"}]})
    assert made.code == 0, made.err
    assert (made.json["id"], made.json["agency"]) == ("O1", "ACCAC")
    assert made.json["leads"] == [{"function": "legal", "agency": "DAVW"}]
    return district, refs[0], refs[1]


def packet(run: Run, *more: str, today: str = "2026-10-21") -> Any:
    made = run("conference", "packet", "O1", *more, "--json", today=today)
    assert made.code == 0, made.err
    return made.json


def test_event_70_each_agency_sees_the_cases_that_it_may_hear_of_and_no_other(
    room: tuple[Run, str, str],
) -> None:
    run, first, second = room
    whole = packet(run)
    assert whole["cases"] == [first, second]
    assert whole["steps_out"] == [
        {"case": first, "agencies": ["JPO", "DAVW"]},
        {"case": second, "agencies": ["ACCAC", "DAVW"]},
    ]
    chair = packet(run, "--agency", "ACCAC")
    assert (chair["cases"], chair["steps_out"]) == (
        [first],
        [{"case": first, "agencies": ["JPO", "DAVW"]}],
    )
    assert chair["sheets"][0]["records"] == ["goals"]
    probation = packet(run, "--agency", "jpo")
    assert (probation["agency"], probation["cases"], probation["steps_out"]) == (
        "JPO",
        [second],
        [],
    )
    assert packet(run, "--agency", "DAVW")["cases"] == []
    for slug, other in (("ACCAC", second), ("JPO", first), ("DAVW", first), ("DAVW", second)):
        for form in ([], ["--json"]):
            shown = run("conference", "packet", "O1", "--agency", slug, *form, today="2026-10-21")
            assert other not in shown.out + shown.err


def test_a11_a_release_that_ends_before_the_day_lets_nobody_hear(
    room: tuple[Run, str, str],
) -> None:
    run, first, second = room
    assert packet(run, "--agency", "ACCAC", today="2026-10-31")["cases"] == [first]
    assert packet(run, "--agency", "ACCAC", today="2026-11-01")["cases"] == []
    run("release", "revoke", second, "L1", "--by", "student")
    assert packet(run, "--agency", "JPO", today="2026-10-05")["cases"] == []
    assert packet(run)["steps_out"][1]["agencies"] == list(AGENCIES)


def test_an_agency_that_does_not_attend_has_no_packet(room: tuple[Run, str, str]) -> None:
    run, *_ = room
    run("partner", "add", "HARBOR", "--kind", "other", "--regime", "ferpa")
    assert run("conference", "packet", "O1", "--agency", "HARBOR").code == 2
    assert run("conference", "packet", "O1", "--agency", "NOBODY").code == 5
    assert run("conference", "packet", "O7").code == 5
    assert run("conference", "add", "--on", "fri", "--agency", "NOBODY", "--case", "ZZZZ").code == 5


def test_event_71_decisions_become_tasks_with_owners_and_dates(room: tuple[Run, str, str]) -> None:
    run, first, _ = room
    decisions = [
        {"text": "ask for the transcript", "owner": "lee", "due": "2026-10-23", "case": first},
        {"text": "call the registrar", "owner": "okafor", "due_on": "2026-10-26"},
        {"text": "book the next one", "owner": "lee", "due_on": "2026-11-18"},
    ]
    late = run("agenda", "--overdue", "--json", today="2026-10-22").json["items"]
    assert [(one["kind"], one["source"]) for one in late] == [("conference", "O1")]
    line = ("conference", "outcome", "O1", "--json")
    early = run(*line, given={"decisions": decisions}, today="2026-10-20")
    assert early.code == 2
    stray = [
        {
            **decisions[1],
            "case": run("case", "add", "--school", "R", "--setting", "home", "--json").json["ref"],
        }
    ]
    assert run(*line, given={"decisions": stray}, today="2026-10-21").code == 2
    assert run(*line, given={}, today="2026-10-21").code == 2
    nobody = [{**decisions[1], "owner": "nobody"}]
    assert run(*line, given={"decisions": nobody}, today="2026-10-21").code == 5
    done = run(*line, given={"decisions": decisions}, today="2026-10-21")
    assert (done.code, done.json["held_on"], done.json["tasks"]) == (
        0,
        "2026-10-21",
        ["T1", "T2", "T3"],
    )
    assert "transcript" not in done.out
    tasks = run("task", "list", "--json").json["items"]
    assert [(one["owner"], one["due_on"], one["case"]) for one in tasks] == [
        ("lee", "2026-10-23", first),
        ("okafor", "2026-10-26", None),
        ("lee", "2026-11-18", None),
    ]
    left = run("agenda", "--overdue", "--json", today="2026-10-22").json["items"]
    assert left == []


def test_its_list_knows_its_cases(room: tuple[Run, str, str]) -> None:
    run, first, _ = room
    for narrowing, found in (
        (("--case", first), 1),
        (("--status", "planned"), 1),
        (("--status", "held"), 0),
        (("--since", "2026-10-22"), 0),
    ):
        assert len(run("conference", "list", *narrowing, "--json").json["items"]) == found


@pytest.mark.both_shelves
def test_a_purge_takes_a_case_out_of_the_conferences_too(
    room: tuple[Run, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, first, second = room
    with (tmp_path / "district.toml").open("a") as file:
        file.write('retention = { case = "1y" }\n')
    run("case", "close", first, "--reason", "moved")
    # What goes for good goes by the real day, and by more than one reading of a clock.
    days = [datetime(2028, 1, day, 15, tzinfo=UTC) for day in (1, 2)]
    monkeypatch.setattr(session, "now", lambda: days[0])
    assert run("vault", "backup", str(tmp_path / "copies"), today="2028-01-01").code == 0
    monkeypatch.setattr(session, "now", lambda: days[1])
    purged = run("vault", "purge", "--yes", today="2028-01-02")
    assert purged.code == 0, purged.err
    assert run("conference", "list", "--json").json["items"][0]["cases"] == [second]
    held = everything()
    assert first.encode() not in held
    assert second.encode() in held
    assert run("vault", "verify").code == 0
    assert "conferences" in vault.TABLES


DAY = date(2026, 10, 21)
NEAR = st.integers(-3, 3)


@explored(
    ends=st.dictionaries(st.sampled_from(AGENCIES), NEAR),
    told=st.dictionaries(st.sampled_from(AGENCIES), st.sampled_from(BASES)),
    today=NEAR,
    asks=st.sampled_from([None, *AGENCIES]),
)
def test_nobody_hears_of_a_case_without_a_ground_of_their_own(
    ends: dict[str, int], told: dict[str, Basis], today: int, asks: str | None
) -> None:
    signed_on = DAY - timedelta(9)
    ground = Ground(
        releases=[
            Release(
                case="HX4T",
                id=f"L{nth}",
                partner=agency,
                records=("goals",),
                purpose="legal",
                method="phone",
                signed_on=signed_on,
                effective_on=signed_on,
                expires_on=DAY + timedelta(days),
                signers=(Signer(role="parent"),),
                discussed_on=signed_on,
                alternatives_considered="x",
                abuser_check_by="lee",
            )
            for nth, (agency, days) in enumerate(ends.items(), 1)
        ],
        log=[
            Disclosure(
                case="HX4T",
                id=f"D{nth}",
                kind="disclosure",
                at="x",
                on=DAY,
                by="lee",
                to=agency,
                basis=basis,
                log_required=True,
            )
            for nth, (agency, basis) in enumerate(told.items(), 1)
        ],
        facts=Facts(None, ()),
    )
    one = Conference(id="O1", on=DAY, lead="ACCAC", agencies=AGENCIES, cases=("HX4T",))
    day = max(0, today)
    hears = {
        agency for agency in AGENCIES if ends.get(agency, -9) >= day or told.get(agency) in STANDING
    }
    row = conferences.row(one, {"HX4T": ground}, DAY + timedelta(today), asks)
    assert bool(row.cases) == (asks is None or asks in hears)
    named = {agency for out in row.steps_out for agency in out.agencies}
    if row.cases and asks in (None, "ACCAC"):
        assert named == set(AGENCIES) - hears
    else:
        assert named == set()


# What is prepared for a conference.


@pytest.fixture
def told(room: tuple[Run, str, str]) -> tuple[Run, str, str]:
    """The same, a conference before it, and what happened on either side of that."""
    run, first, _ = room
    before = ("conference", "add", "--on", "2026-09-23", "--agency", "ACCAC", "--case", first)
    assert run(*before, today="2026-09-20").code == 0
    decided = {"decisions": [{"text": "x", "owner": "okafor", "due_on": "2026-10-30"}]}
    assert run("conference", "outcome", "O2", given=decided, today="2026-09-23").code == 0
    for day, words in (("2026-09-01", "canary-before"), ("2026-10-02", "finish algebra")):
        line = ("goal", "add", first, "--horizon", "short", "--on", day)
        made = run(*line, given={"words": words}, today="2026-10-05")
        assert made.code == 0, made.err
    for line, given in (
        (("case", "note", first), {"text": "canary-note"}),
        (("setback", "log", first), {"trigger": "canary-setback"}),
        (("attendance", "flag", first), {}),
        (("credit", "add", first, "--status", "earned", "--amount", "1"), {}),
    ):
        ended = run(*line, given=given, today="2026-10-05")
        assert ended.code == 0, ended.err
    return room


def prepared(run: Run, ref: str, *more: str, today: str = "2026-10-20", code: int = 0) -> Any:
    ended = run("conference", "prepare", ref, *more, "--json", today=today)
    assert ended.code == code, ended.err
    return ended.json if code == 0 else ended.error


def test_a_draft_holds_what_is_new_and_what_a_release_allows_and_nothing_else(
    told: tuple[Run, str, str],
) -> None:
    run, first, second = told
    made = prepared(run, first)
    assert (made["conference"], made["last"], made["since"]) == ("O1", "O2", "2026-09-23")
    assert made["steps_out"] == ["JPO", "DAVW"]
    (draft,) = made["drafts"]
    assert (draft["agency"], draft["basis"], draft["releases"]) == ("ACCAC", "consent", ["L1"])
    assert [one["records"] for one in draft["told"]] == ["goals"]
    (goal,) = draft["told"][0]["items"]
    assert "finish algebra" in goal
    for form in ((), ("--json",), ("--agency", "accac")):
        ended = run("conference", "prepare", first, *form, today="2026-10-20")
        assert ended.code == 0
        # What was told before, narrative, setbacks, credits and the other case are not in it.
        for never in ("canary", second, "absences", "earned"):
            assert never not in ended.out + ended.err


def test_who_may_hear_nothing_has_no_draft(told: tuple[Run, str, str]) -> None:
    run, first, second = told
    error = prepared(run, first, "--agency", "JPO", code=4)
    assert (error["rule"], error["fields"]) == ("A11", ["agency"])
    theirs = prepared(run, second, "--agency", "JPO")
    assert [one["records"] for one in theirs["drafts"][0]["told"]] == ["attendance"]
    run("release", "revoke", second, "L1", "--by", "student")
    assert prepared(run, second)["drafts"] == []
    assert prepared(run, second)["steps_out"] == list(AGENCIES)
    assert prepared(run, first, "--agency", "ACCAC", today="2026-11-01", code=4)["rule"] == "A11"


def test_contacts_that_took_place_are_told_where_appointments_are(
    told: tuple[Run, str, str],
) -> None:
    run, first, _ = told
    assert signed(run, first, partner="DAVW", records=["appointments", "contact"]).code == 0
    agreed = ("--with", "student", "--every", "1w", "--mode", "phone", "--chosen-by", "student")
    line = ("checkin", "schedule", first, *agreed, "--chosen-on", "2026-09-01")
    assert run(*line, "--starts", "2026-09-08", today="2026-10-05").code == 0
    for day in ("2026-09-15", "2026-09-29", "2026-10-05"):
        ended = run("checkin", "done", first, "--on", day, today="2026-10-05")
        assert ended.code == 0, ended.err
    (draft,) = prepared(run, first, "--agency", "DAVW")["drafts"]
    # How the student is reached is never read out, whatever a release says.
    assert draft["told"] == [
        {"records": "appointments", "items": ["on: 2026-09-29", "on: 2026-10-05"]}
    ]
    since = prepared(run, first, "--agency", "DAVW", "--since", "2026-10-01")
    assert since["drafts"][0]["told"][0]["items"] == ["on: 2026-10-05"]


def test_a_text_that_names_another_student_is_left_out_of_it(told: tuple[Run, str, str]) -> None:
    run, first, second = told
    line = ("goal", "add", first, "--horizon", "long", "--on", "2026-10-03")
    assert run(*line, given={"words": f"be friends with {second}"}, today="2026-10-05").code == 0
    ended = run("conference", "prepare", first, today="2026-10-20")
    assert second not in ended.out
    assert "1 text named another student" in ended.err


def test_what_the_student_wants_about_what_is_told_is_named_first(
    told: tuple[Run, str, str],
) -> None:
    run, first, _ = told
    assert prepared(run, first)["wishes"] == []
    line = ("wish", "add", first, "--about", "release", "--heard-by", "lee")
    assert run(*line, given={"words": "nothing about school"}, today="2026-10-05").code == 0
    assert prepared(run, first)["wishes"] == ["W1"]
    ended = run("conference", "prepare", first, today="2026-10-20")
    assert "their wishes W1: read first" in " ".join(ended.out.split())
    assert "nothing about school" not in ended.out


def test_where_none_is_planned_somebody_says_for_whom(district: Run, case: str) -> None:
    error = prepared(district, case, code=2)
    assert error["fields"] == ["agency"]
    assert district("partner", "add", "ACCAC", "--kind", "other", "--regime", "ferpa").code == 0
    assert signed(district, case, partner="ACCAC", records=["goals"]).code == 0
    made = prepared(district, case, "--agency", "ACCAC", today="2026-10-05")
    assert (made["conference"], made["last"]) == (None, None)
    assert made["drafts"][0]["told"] == [{"records": "goals", "items": []}]
    assert prepared(district, case, "--agency", "NOBODY", code=5)
    assert prepared(district, case, "--conference", "O7", code=2)["fields"] == ["conference"]
    assert prepared(district, "ZZZZ", code=5)
    entry = district("history", "--json", today="2026-10-05").json["items"][-1]
    assert (entry["command"], entry["refs"]) == ("conference prepare", [case])
