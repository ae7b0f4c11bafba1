"""Teams: who answers for rows where nobody is named, and the seat that each team has (E8)."""

from datetime import date, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given as explored
from hypothesis import strategies as st

from conftest import Run
from reintegrate_cli import catalogue
from reintegrate_cli.catalogue.seats import LED, REQUIRED, SEATS, Model, relied_on
from reintegrate_cli.core.calendar import Calendar
from reintegrate_cli.core.owning import owned
from reintegrate_cli.core.rows import Dated
from reintegrate_cli.core.world import World
from reintegrate_cli.nouns.case.record import Case
from reintegrate_cli.nouns.staff.record import Staff, StaffRole
from reintegrate_cli.nouns.team.record import Chosen, Seat, Team, with_model

NO_SUBJECT = "set show check"
DAY = date(2026, 10, 5)
MODELS = get_args(Model)
SEATED = {"school_counselor": "lee", "attendance_officer": "reyes", "social_worker": "ruiz"}
# The table of the issue, with the seats as their people; what is not here is the case's owner's.
EXPECTED = {
    "school_team": {
        **dict.fromkeys(("checkin", "conferral", "adjustment", "placement"), "lee"),
        "attendance": "reyes",
        **dict.fromkeys(("safety", "incident"), "ruiz"),
    },
    "task_force": {"attendance": "reyes"},
    "specialist": {},
}


def team(*chosen: tuple[date, str], seats: dict[str, str] = SEATED) -> Team:
    return Team(
        id="TM1",
        school="Ridgeline",  # type: ignore[arg-type]
        models=tuple(Chosen(on=on, model=model) for on, model in chosen),  # type: ignore[arg-type]
        seats=tuple(Seat(role=role, staff=slug) for role, slug in seats.items()),  # type: ignore[arg-type]
        lead="HARBOR",  # type: ignore[arg-type]
        entered_by="okafor",
    )


def world(one: Team, gone: dict[str, date] | None = None) -> World:
    case = Case(ref="HX4T", school="ridgeline", setting="home", opened_on=DAY, owner="okafor")  # type: ignore[arg-type]
    people = [
        Staff(slug=slug, role="other", ended_on=(gone or {}).get(slug))  # type: ignore[arg-type]
        for slug in ("okafor", "hale", *SEATED.values())
    ]
    return World(Calendar(), {"cases": [case], "staff": people, "teams": [one]})


def whose(world: World, kind: str, due_on: date = DAY, **more: Any) -> tuple[str, str | None]:
    row = Dated(source="HX4T/S1", command="", due_on=due_on, kind=kind, school="Ridgeline", **more)
    return owned(world, row, row.owner or "okafor", due_on)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("kind", catalogue.KINDS)
def test_each_kind_is_whose_the_table_says(model: str, kind: str) -> None:
    owner, lead = whose(world(team((DAY, model))), kind)
    assert owner == EXPECTED[model].get(kind, "okafor")
    assert lead == ("HARBOR" if model == "task_force" and kind in LED else None)


def test_the_table_names_kinds_and_roles_that_there_are() -> None:
    assert set(SEATS) == set(MODELS)
    kinds = {kind for seats in SEATS.values() for kind in seats} | set(LED)
    assert kinds <= set(catalogue.KINDS)
    roles = {role for seats in SEATS.values() for role in seats.values()}
    assert roles | {REQUIRED} <= set(get_args(StaffRole))
    assert all(REQUIRED in relied_on(model) for model in MODELS)


@explored(
    st.lists(st.tuples(st.integers(0, 40), st.sampled_from(MODELS)), min_size=1, max_size=6),
    st.sampled_from(catalogue.KINDS),
    st.integers(-5, 45),
    st.sets(st.sampled_from([*SEATED])),
    st.dictionaries(st.sampled_from([*SEATED.values()]), st.integers(0, 40)),
)
def test_switching_changes_nothing_that_somebody_set_and_no_row_is_without_an_owner(
    switches: list[tuple[int, Any]], kind: str, due: int, filled: set[str], left: dict[str, int]
) -> None:
    one = team(seats={role: SEATED[role] for role in filled})
    gone = {slug: DAY + timedelta(days=after) for slug, after in left.items()}
    due_on = DAY + timedelta(days=due)
    for after, model in switches:
        day = DAY + timedelta(days=after)
        before = one
        one = with_model(one, model, day)
        assert one.model == model
        assert whose(world(one, gone), kind, due_on, owner="hale")[0] == "hale"
        owner, _ = whose(world(one, gone), kind, due_on)
        assert owner
        assert owner == "okafor" or gone.get(owner, date.max) > due_on  # an empty seat has no rows
        assert one.seats == before.seats
        if due_on < day:  # rows to come change hands, and no others
            assert one.model_on(due_on) == before.model_on(due_on)
    assert [each.on for each in one.models] == sorted({each.on for each in one.models})


@pytest.fixture
def staffed(district: Run, case: str) -> str:
    """A case with a check-in on Tuesday and a signal, and people for each seat."""
    for slug, role in (("reyes", "attendance_officer"), ("ruiz", "social_worker")):
        assert district("staff", "add", slug, "--role", role).code == 0
    agreed = ("--every", "1w", "--mode", "phone", "--chosen-by", "student", "--chosen-on", "today")
    line = ("checkin", "schedule", case, "--with", "student", *agreed, "--starts", "2026-10-06")
    assert district(*line).code == 0
    assert district("attendance", "flag", case).code == 0
    assert district("task", "add", "--due", "fri", "--case", case, given={"text": "x"}).code == 0
    return case


def owners(run: Run, *line: str, today: str = "2026-10-01") -> dict[str, str]:
    rows = run("agenda", "--days", "9", *line, "--json", today=today).json["items"]
    return {row["kind"]: row["owner"] for row in rows}


def test_a_team_takes_over_what_comes_and_gives_it_back(district: Run, staffed: str) -> None:
    alone = {"checkin": "okafor", "attendance": "okafor", "task": "okafor"}
    assert owners(district) == alone
    seats = ("--seat", "attendance_officer=reyes", "--seat", "school_counselor=LEE")
    made = district("team", "set", "ridgeline", "--model", "school-team", *seats, "--json")
    assert made.json["seats"] == [
        {"role": "attendance_officer", "staff": "reyes"},
        {"role": "school_counselor", "staff": "lee"},
    ]
    assert made.json["missing_seats"] == ["social_worker"]
    shown = district("team", "show", "Ridgeline")
    assert "no social worker on its team" in shown.err
    assert "safety, incident rows are the case owner's" in shown.err
    shared = {"checkin": "lee", "attendance": "reyes", "task": "okafor", "team": "okafor"}
    assert owners(district) == shared
    assert set(owners(district, "--owner", "lee")) == {"checkin"}
    assert district("team", "set", "Ridgeline", "--model", "specialist").code == 0
    assert owners(district) == alone


def test_what_was_due_before_stays_with_those_who_had_it(district: Run, staffed: str) -> None:
    line = (
        "team",
        "set",
        "Ridgeline",
        "--model",
        "task_force",
        "--seat",
        "attendance_officer=reyes",
    )
    assert district(*line, today="2026-10-05").code == 0
    assert owners(district, today="2026-10-05")["attendance"] == "okafor"
    assert district(*line, "--on", "2026-10-01", today="2026-10-05").code == 0
    assert owners(district, today="2026-10-05")["attendance"] == "reyes"


def test_the_check_names_a_school_with_cases_and_no_team(district: Run, staffed: str) -> None:
    alone = district("team", "check", "--json")
    assert (alone.code, alone.error["rule"]) == (4, "E8")
    (row,) = alone.json["items"]
    assert (row["school"], row["id"], row["model"]) == ("Ridgeline", None, None)
    assert row["missing_seats"] == ["attendance_officer"]
    assert (
        "has cases and no team; every row there is the case owner's"
        in district("team", "check").err
    )
    assert district("case", "close", staffed, "--reason", "moved").code == 0
    empty = district("team", "check")
    assert (empty.code, "no school has a case or a team" in empty.err) == (0, True)


def test_the_check_fails_while_a_seat_is_missing(district: Run, staffed: str) -> None:
    bare = district("team", "set", "Ridgeline", "--model", "specialist")
    assert bare.code == 0
    assert "attendance officer" in bare.err
    assert "E8" in bare.err
    failed = district("team", "check", "--json")
    assert (failed.code, failed.error["rule"]) == (4, "E8")
    assert failed.json["items"][0]["missing_seats"] == ["attendance_officer"]
    shared = ("team", "set", "Ridgeline", "--model", "school-team")
    assert district(*shared).code == 0
    told = district("team", "check").err
    assert "no school counselor on its team; until then checkin, conferral" in told
    assert district("team", "set", "Ridgeline", "--model", "specialist").code == 0
    assert owners(district, "--kind", "team") == {"team": "okafor"}
    given = {"model": "specialist", "seats": ["attendance_officer=reyes"]}
    assert district("team", "set", "Ridgeline", given=given).code == 0
    assert district("team", "check").code == 0
    assert owners(district, "--kind", "team") == {}
    ended = district("staff", "end", "reyes", "--json")
    (theirs,) = ended.json["still_theirs"]
    assert (theirs["noun"], theirs["id"]) == ("team", "TM1")
    assert district("team", "check").code == 4


def test_a_seat_is_emptied_where_nobody_is_named_for_it(district: Run, staffed: str) -> None:
    line = ("team", "set", "Ridgeline", "--model", "task_force", "--json")
    full = district(*line, "--seat", "attendance_officer=reyes", "--seat", "teacher=lee")
    assert len(full.json["seats"]) == 2
    emptied = district(*line, "--seat", "attendance_officer=").json
    assert emptied["seats"] == [{"role": "teacher", "staff": "lee"}]
    assert owners(district)["attendance"] == "okafor"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("--model nonsense", 2),
        ("--model specialist --lead lee", 2),
        ("--model task_force --lead student", 2),
        ("--model task_force --lead nobody", 5),
        ("--model specialist --seat lee", 2),
        ("--model specialist --seat nonsense=lee", 2),
        ("--model specialist --seat teacher=nobody", 5),
        ("--model specialist --seat teacher=lee --seat teacher=okafor", 2),
        ("--model specialist --on 2026-10-02", 2),
    ],
)
def test_what_is_wrong_changes_nothing(district: Run, line: str, code: int) -> None:
    ended = district("team", "set", "Ridgeline", *line.split(), "--json")
    assert ended.code == code, ended.err
    assert district("team", "show", "Ridgeline").code == 5
    assert district("team", "check", "--json").json["items"] == []


def test_free_text_is_refused_where_a_school_or_a_seat_is_meant(district: Run) -> None:
    for line in (["Ridge canary"], ["Ridgeline", "--seat", "a canary=lee"]):
        ended = district("team", "set", *line, "--model", "specialist", "--json")
        assert (ended.code, ended.error["rule"]) == (4, "argv")
        assert "canary" not in ended.err


def test_a_task_force_shows_who_leads_it(district: Run, staffed: str) -> None:
    assert district("partner", "add", "HARBOR", "--kind", "other", "--regime", "none").code == 0
    line = ("referral", "add", staffed, "--partner", "HARBOR", "--service", "counseling")
    assert district(*line, "--student-agreed", "yes").code == 0
    set_ = ("team", "set", "Ridgeline", "--model", "task_force")
    assert "nobody leads" in district(*set_, "--seat", "attendance_officer=reyes").err
    assert district(*set_, "--lead", "harbor", "--json").json["lead"] == "HARBOR"
    rows = district("agenda", "--days", "60", "--json").json["items"]
    leads = {row["kind"]: (row["owner"], row["lead"]) for row in rows}
    assert leads["referral"] == ("okafor", "HARBOR")
    assert leads["checkin"] == ("okafor", None)
