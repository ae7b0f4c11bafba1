"""Cover: rows show to who covers meanwhile, and go home by themselves (clause 42)."""

from datetime import date, timedelta

import pytest
from hypothesis import given as explored
from hypothesis import strategies as st

from conftest import Run
from reintegrate_cli.core.owning import answering
from reintegrate_cli.nouns.cover.record import Cover
from reintegrate_cli.nouns.staff.record import Staff

NO_SUBJECT = "add end list"
DAY = date(2026, 10, 5)
PEOPLE = ("okafor", "hale", "lee", "ruiz")


def cover(nth: int, staff: str, by: str, first: int, last: int, ended: int | None = None) -> Cover:
    return Cover(
        id=f"CV{nth}",
        staff=staff,  # type: ignore[arg-type]
        by=by,  # type: ignore[arg-type]
        starts_on=DAY + timedelta(days=first),
        ends_on=DAY + timedelta(days=last),
        ended_on=None if ended is None else DAY + timedelta(days=ended),
    )


def whose(covers: list[Cover], slug: str, after: int, gone: dict[str, int] | None = None) -> str:
    staff = {
        each: Staff(
            slug=each,  # type: ignore[arg-type]
            role="other",
            ended_on=DAY + timedelta(days=gone[each]) if gone and each in gone else None,
        )
        for each in PEOPLE
    }
    return answering(covers, staff.get, slug, DAY + timedelta(days=after))


def test_rows_go_to_who_covers_from_the_first_day_through_the_last_and_home_again() -> None:
    one = [cover(1, "okafor", "hale", 0, 4)]
    assert [whose(one, "okafor", after) for after in (-1, 0, 4, 5)] == [
        "okafor",
        "hale",
        "hale",
        "okafor",
    ]
    assert whose(one, "hale", 2) == "hale"
    assert whose([cover(1, "okafor", "hale", 0, 4, ended=2)], "okafor", 2) == "okafor"


def test_a_cover_inside_another_gives_back_to_it() -> None:
    both = [cover(1, "okafor", "hale", 0, 9), cover(2, "okafor", "lee", 3, 4)]
    assert [whose(both, "okafor", after) for after in (2, 3, 4, 5)] == [
        "hale",
        "lee",
        "lee",
        "hale",
    ]


def test_who_covers_may_be_covered_in_turn() -> None:
    chain = [cover(1, "okafor", "hale", 0, 9), cover(2, "hale", "lee", 3, 4)]
    assert [whose(chain, "okafor", after) for after in (2, 3, 5)] == ["hale", "lee", "hale"]


def test_back_to_back_leaves_no_day_between() -> None:
    two = [cover(1, "okafor", "hale", 0, 4), cover(2, "okafor", "lee", 5, 9)]
    assert [whose(two, "okafor", after) for after in (4, 5)] == ["hale", "lee"]


def test_where_two_cover_each_other_rows_stay_at_home() -> None:
    two = [cover(1, "okafor", "hale", 0, 4), cover(2, "hale", "okafor", 2, 6)]
    assert [whose(two, "okafor", after) for after in (1, 3, 6)] == ["hale", "okafor", "okafor"]
    assert [whose(two, "hale", after) for after in (1, 3, 6)] == ["hale", "hale", "okafor"]


def test_rows_go_home_when_who_covers_leaves() -> None:
    one = [cover(1, "okafor", "hale", 0, 4)]
    assert [whose(one, "okafor", after, {"hale": 2}) for after in (1, 2)] == ["hale", "okafor"]


slugs = st.sampled_from(PEOPLE)
patterns = st.lists(
    st.tuples(slugs, slugs, st.integers(0, 12), st.integers(0, 12)).filter(
        lambda each: each[0] != each[1]
    ),
    max_size=7,
)


@explored(patterns, slugs, st.integers(-2, 26), st.dictionaries(slugs, st.integers(0, 12)))
def test_by_any_pattern_of_covers_one_person_answers_who_is_here_or_has_the_row(
    pattern: list[tuple[str, str, int, int]], slug: str, after: int, gone: dict[str, int]
) -> None:
    covers = [
        cover(nth, staff, by, first, first + more)
        for nth, (staff, by, first, more) in enumerate(pattern, 1)
    ]
    owner = whose(covers, slug, after, gone)
    assert owner in PEOPLE
    assert owner == slug or gone.get(owner, 99) > after
    if owner != slug:  # somebody in the chain was away, and who answers is not
        assert whose(covers, owner, after, gone) == owner
    assert whose(covers, slug, 26, gone) == slug  # every cover is over: all is at home
    assert whose([*reversed(covers)], slug, after, gone) == owner


@pytest.fixture
def away(district: Run, case: str) -> str:
    """A case whose owner is away from Monday 5 to Friday 9 October; hale covers."""
    assert district("staff", "add", "hale", "--role", "specialist").code == 0
    agreed = (
        "--every",
        "1w",
        "--day",
        "tue",
        "--mode",
        "phone",
        "--chosen-by",
        "student",
        "--chosen-on",
        "today",
    )
    line = ("checkin", "schedule", case, "--with", "student", *agreed, "--starts", "2026-10-06")
    assert district(*line).code == 0
    assert (
        district("task", "add", "--due", "2026-10-08", "--case", case, given={"text": "x"}).code
        == 0
    )
    dates = ("--starts", "2026-10-05", "--ends", "2026-10-09")
    made = district("cover", "add", "OKAFOR", "--by", "Hale", *dates, "--json")
    assert made.json["staff"] == "okafor"
    assert made.json["by"] == "hale"
    assert made.json["status"] == "to_come"
    return case


def rows(run: Run, *line: str, today: str) -> dict[str, str]:
    items = run("agenda", "--days", "13", *line, "--json", today=today).json["items"]
    return {f"{row['kind']}@{row['due_on'][8:]}": row["owner"] for row in items}


def test_the_agenda_and_its_filter_follow_who_covers(district: Run, away: str) -> None:
    during = rows(district, today="2026-10-05")
    assert during["checkin@06"] == during["task@08"] == "hale"
    assert during["checkin@13"] == "okafor"  # due once okafor is back
    assert set(rows(district, "--owner", "okafor", today="2026-10-05")) == {"checkin@13"}
    hales = rows(district, "--owner", "hale", today="2026-10-05")
    assert {"checkin@06", "task@08"} <= set(hales)
    back = rows(district, today="2026-10-10")
    assert set(back.values()) == {"okafor"}
    # What is late is with whoever is there to do it.
    assert rows(district, today="2026-10-09")["checkin@06"] == "hale"


def test_nothing_is_handed_over_for_good(district: Run, away: str) -> None:
    case = district("case", "show", away, "--json", today="2026-10-06").json
    assert case["case"]["owner"] == "okafor" if "case" in case else case["owner"] == "okafor"
    for owner, day, some in (
        ("hale", "2026-10-06", True),
        ("okafor", "2026-10-06", True),
        ("hale", "2026-10-10", False),
    ):
        for noun in ("task", "case", "checkin"):
            found = district(noun, "list", "--owner", owner, "--json", today=day).json["items"]
            assert bool(found) == some, (noun, owner)
            assert {row.get("owner", "okafor") for row in found} <= {"okafor"}


def test_a_cover_is_ended_and_listed(district: Run, away: str) -> None:
    listed = district("cover", "list", "--status", "in-force", "--json", today="2026-10-06")
    assert [row["id"] for row in listed.json["items"]] == ["CV1"]
    assert district("cover", "end", "CV1", today="2026-10-07").code == 0
    assert rows(district, today="2026-10-07")["task@08"] == "okafor"
    again = district("cover", "end", "CV1", today="2026-10-07")
    assert again.code == 2
    assert district("cover", "end", "TM1").code == 5


def test_it_is_said_when_who_covers_leaves(district: Run, away: str) -> None:
    ended = district("staff", "end", "hale", "--json", today="2026-10-06")
    assert [(one["noun"], one["id"]) for one in ended.json["still_theirs"]] == [("cover", "CV1")]
    told = district("staff", "end", "hale", today="2026-10-06").err
    assert "from Tue 6 Oct on those rows are okafor's again" in told
    assert "nobody else's" not in told  # they are okafor's
    left = rows(district, today="2026-10-06")
    assert left["checkin@06"] == left["task@08"] == "okafor"
    assert left["cover@06"] == "okafor"
    assert "cover@06" in rows(district, today="2026-10-12")
    assert district("settle", "CV1", today="2026-10-12").code == 0
    assert not [name for name in rows(district, today="2026-10-12") if "cover" in name]


def test_who_covered_before_and_leaves_later_has_nothing_left(district: Run, away: str) -> None:
    ended = district("staff", "end", "hale", "--json", today="2026-10-12")
    assert ended.json["still_theirs"] == []


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("okafor --by okafor --starts 2026-10-05 --ends 2026-10-09", 2),
        ("okafor --by lee --starts 2026-10-09 --ends 2026-10-05", 2),
        ("okafor --by lee --starts 2026-10-05", 2),
        ("nobody --by lee --starts 2026-10-05 --ends 2026-10-09", 5),
        ("okafor --by nobody --starts 2026-10-05 --ends 2026-10-09", 5),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(district: Run, line: str, code: int) -> None:
    assert district("cover", "add", *line.split()).code == code
    assert district("cover", "list", "--json").json["items"] == []


def test_a_cover_that_meets_another_says_which_holds(district: Run, away: str) -> None:
    dates = ("--starts", "2026-10-07", "--ends", "2026-10-08")
    assert "the later start holds" in district("cover", "add", "okafor", "--by", "lee", *dates).err
    turned = district("cover", "add", "lee", "--by", "okafor", *dates)
    assert "okafor is away then, too" in turned.err


def test_what_names_the_owner_names_who_covers_meanwhile(district: Run, away: str) -> None:
    preferences = {"mode": "via_staff", "must_not_know": ["hale"]}
    assert district("contact", "set", away, given=preferences).code == 0
    for day, who in (("2026-10-04", "okafor"), ("2026-10-06", "hale"), ("2026-10-10", "okafor")):
        assert district("contact", "plan", away, "--json", today=day).json["via"] == who
        assert (
            "okafor coordinates; hale covers" in district("case", "show", away, today=day).out
        ) == (who == "hale")


def test_a_student_who_named_who_must_not_know_is_not_passed_over(district: Run, away: str) -> None:
    assert (
        district(
            "contact", "set", away, given={"mode": "we_contact", "must_not_know": ["lee"]}
        ).code
        == 0
    )
    dates = ("--starts", "2026-11-02", "--ends", "2026-11-03")
    told = district("cover", "add", "okafor", "--by", "lee", *dates).err
    assert f"students said that lee must not know: {away}" in told
    assert "must not know" not in district("cover", "add", "okafor", "--by", "hale", *dates).err
    team = ("team", "set", "Ridgeline", "--model", "school-team", "--seat")
    assert f"lee must not know: {away}" in district(*team, "school_counselor=lee").err
    assert "must not know" not in district(*team, "teacher=lee").err  # no rows fall to that seat
    more = {"mode": "we_contact", "may_know": ["ruiz"], "must_not_know": []}
    assert district("contact", "set", away, given=more).code == 0
    told = district("cover", "add", "okafor", "--by", "lee", *dates).err
    assert f"students have not said that lee may know: {away}" in told
