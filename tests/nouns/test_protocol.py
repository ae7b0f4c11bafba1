"""Protocols: one version in force, reviews that say who was consulted, and what a case follows."""

from datetime import date

import pytest
from hypothesis import given as explored
from hypothesis import strategies as st

from conftest import Run
from reintegrate_cli.core.errors import Problem
from reintegrate_cli.core.records import Slug, Word
from reintegrate_cli.kept import session
from reintegrate_cli.nouns.protocol import record as protocols
from reintegrate_cli.nouns.protocol.pinning import in_force, pinned
from reintegrate_cli.nouns.protocol.record import Protocol, Version
from test_lists import shown

NO_SUBJECT = "add adopt review list show end follow step"
SEPARATE = ("--kind", "procedure", "--topic", "schedule_separation")
STEPS = ["The registrar compares the schedules", "The student says which lunch", "Look again"]
CHECKED = ("--trauma-informed", "yes", "--student-led", "yes")


def add(run: Run, version: str, *more: str, **fields: object) -> None:
    line = ("protocol", "add", "LUNCH", *SEPARATE, "--version", version, *more)
    made = run(*line, given={"title": "Keeping apart at lunch", "steps": STEPS, **fields})
    assert made.code == 0, made.err


def rows(run: Run, *more: str, **options: str) -> dict[str, tuple[object, ...]]:
    items = run("protocol", "list", *more, "--json", **options).json["items"]
    return {row["version"]: (row["status"], row["adopted_on"], row["review_on"]) for row in items}


def due(run: Run, today: str = "2026-10-01", days: str = "800") -> list[tuple[object, ...]]:
    line = ("agenda", "--days", days, "--kind", "protocol", "--json")
    items = run(*line, today=today).json["items"]
    return [(row["due_on"], row["state"], row["owner"], row["case"]) for row in items]


def test_adopting_a_version_supersedes_the_one_before(district: Run) -> None:
    add(district, "1", "--adopted", "2025-09-01", "--review", "2026-11-02")
    add(district, "2", steps=STEPS[:1])
    assert rows(district)["2"] == ("draft", None, None)
    adopted = district("protocol", "adopt", "lunch", "--on", "2026-09-30", "--json")
    assert adopted.code == 0, adopted.err
    assert (adopted.json["version"], adopted.json["status"]) == ("2", "adopted")
    assert rows(district) == {
        "1": ("superseded", "2025-09-01", "2026-11-02"),
        "2": ("adopted", "2026-09-30", "2027-09-30"),
    }
    assert rows(district, "--status", "adopted").keys() == {"2"}
    assert due(district) == [("2027-09-30", "upcoming", "okafor", None)]
    assert district("undo").code == 0
    assert rows(district)["1"][0] == "adopted"


def test_an_overdue_review_stays_on_the_agenda_until_somebody_reviews(district: Run) -> None:
    add(district, "1", "--adopted", "2025-09-01", "--review", "2026-10-05", "--owner", "lee")
    assert due(district, "2026-10-20") == [("2026-10-05", "overdue", "lee", None)]
    (row,) = district("agenda", "--overdue", "--json", today="2026-10-20").json["items"]
    assert row["command"] == "reintegrate protocol review LUNCH"
    line = ("protocol", "review", "LUNCH", "--next", "2027-10-04", *CHECKED)
    bare = district(*line, "--json", today="2026-10-20")
    assert bare.code == 2
    assert bare.error["fields"] == ["consulted"]
    asked = {"consulted": "Four students of the advisory, in two talks"}
    done = district(*line, "--json", given=asked, today="2026-10-20")
    assert done.code == 0, done.err
    assert (done.json["student_led"], done.json["review_on"]) == (True, "2027-10-04")
    assert due(district, "2026-10-20") == [("2027-10-04", "upcoming", "lee", None)]
    shown = district("protocol", "show", "LUNCH", today="2026-10-20")
    assert "Four students" in shown.out
    assert "Four students" not in district("protocol", "list", "--json", today="2026-10-20").out


def test_what_was_found_wanting_is_another_version(district: Run) -> None:
    add(district, "1", "--adopted", "2026-09-01")
    line = ("protocol", "review", "LUNCH", "--next", "2027-10-04")
    found = {"consulted": "Two students", "changes": "The student chooses the table"}
    said = district(*line, "--trauma-informed", "yes", "--student-led", "no", given=found)
    assert said.code == 0
    assert "reintegrate protocol add LUNCH" in said.err
    assert rows(district)["1"][0] == "adopted"


def test_what_changed_is_shown_against_another_version(district: Run) -> None:
    add(district, "1", "--adopted", "2025-09-01")
    steps = [STEPS[0], "The student says which lunch, and where", STEPS[2], "Tell both"]
    add(district, "2", title="Apart at lunch", steps=steps)
    line = ("protocol", "show", "LUNCH", "--version", "2", "--against", "1")
    differences = district(*line, "--json").json["differences"]
    assert [tuple(each.values()) for each in differences] == [
        ("title", "Keeping apart at lunch", "Apart at lunch"),
        ("step", STEPS[1], steps[1]),
        ("step", None, "Tell both"),
    ]
    shown = district("protocol", "show", "LUNCH", "--json").json
    assert (shown["version"], shown["differences"]) == ("1", [])
    assert district(*line[:-1], "9").code == 5
    assert district("protocol", "show", "NOWHERE").code == 5


def test_a_case_keeps_the_steps_of_the_version_that_it_follows(district: Run, case: str) -> None:
    add(district, "1", "--adopted", "2026-09-01")
    follow = district("protocol", "follow", case, "lunch", "--json")
    assert follow.code == 0, follow.err
    assert (follow.json["id"], follow.json["protocol"]) == ("FP1", "LUNCH")
    assert len(follow.json["open_steps"]) == 3
    (listed,) = district("protocol", "list", "--case", case, "--json").json["items"]
    assert (listed["version"], listed["cases"]) == ("1", [case])
    add(district, "2", steps=["Another way"])
    assert district("protocol", "adopt", "LUNCH").code == 0
    taken = district("protocol", "step", case, "FP1", "--step", "1", "--json", today="2026-10-06")
    assert [each["step"] for each in taken.json["open_steps"]] == [2, 3]
    shown = district("case", "show", case)
    assert STEPS[1] in shown.out
    assert STEPS[0] not in shown.out
    assert "Another way" not in shown.out
    line = ("protocol", "step", case, "FP1", "--step")
    assert district(*line, "1", today="2026-10-06").code == 2
    assert district(*line, "4", today="2026-10-06").code == 5
    for number in ("2", "3"):
        assert district(*line, number, "--outcome", "not-needed", today="2026-10-06").code == 0
    (row,) = district("case", "show", case, "--json", today="2026-10-06").json["protocols"]
    assert (row["version"], row["status"], row["open_steps"]) == ("1", "done", [])
    told = district("case", "timeline", case, "--json", today="2026-10-06").json["items"]
    kinds = [row["what"] for row in told if row["kind"] == "protocol"]
    assert kinds[:2] == ["follows LUNCH 1", "step 1 of LUNCH 1: done"]


def test_a_case_follows_the_version_that_was_in_force_on_the_day(district: Run, case: str) -> None:
    add(district, "1", "--adopted", "2026-09-01")
    add(district, "2", "--adopted", "2026-09-20")
    add(district, "3")
    line = ("protocol", "follow", case, "LUNCH", "--json")
    assert district(*line, "--on", "2026-09-19").json["version"] == "1"
    assert district(*line, "--on", "2026-09-20").json["version"] == "2"
    assert district(*line, "--on", "2026-08-31").code == 2
    assert district(*line, "--version", "3").code == 2
    assert district("protocol", "end", "LUNCH", "--on", "2026-10-01").code == 0
    assert district(*line).code == 2


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (("add", "LUNCH", *SEPARATE, "--version", "1"), "version"),
        (("add", "LUNCH", "--kind", "policy", "--topic", "mou", "--version", "3"), "topic"),
        (("adopt", "LUNCH", "--version", "1"), None),
        (("adopt", "LUNCH", "--on", "2026-08-01"), "on"),
        (("adopt", "LUNCH", "--review", "2026-10-01"), "review_on"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_changes(
    district: Run, line: tuple[str, ...], field: str | None
) -> None:
    add(district, "1", "--adopted", "2026-09-01")
    add(district, "2")
    before = rows(district)
    given = {"title": "Apart"} if line[0] == "add" else None
    refused = district("protocol", *line, "--json", given=given)
    assert refused.code == 2
    assert refused.error["fields"] == ([field] if field else [])
    assert rows(district) == before


def test_who_leaves_is_told_what_they_look_after_and_another_takes_it(district: Run) -> None:
    add(district, "1", "--adopted", "2026-09-01", "--owner", "lee")
    assert "LUNCH" in district("staff", "end", "lee").out
    line = ("protocol", "review", "LUNCH", "--next", "2027-10-04", *CHECKED, "--json")
    done = district(*line, given={"consulted": "Two students"}, today="2026-10-05")
    assert done.json["owner"] == "okafor"


days = st.dates(min_value=date(2020, 1, 1), max_value=date(2026, 10, 1))


@explored(st.lists(days, min_size=1, max_size=6), days)
def test_in_whatever_order_they_are_entered_one_version_is_in_force(
    adopted: list[date], day: date
) -> None:
    me = Slug("okafor")
    protocol = Protocol(id="PR1", slug=Slug("LUNCH"), topic="placement", owner=me)
    for number, on in enumerate(adopted):
        name = Word(str(number))
        version = Version(version=name, kind="policy", title="x", adopted_on=on)
        protocol = protocols.add_version(protocol, version, "placement")
    statuses = [version.status for version in protocol.versions]
    assert statuses.count("adopted") == 1
    assert protocols.pick(protocol, None).adopted_on == max(adopted)
    in_force = [version for version in protocol.versions if version.was_in_force(day)]
    assert len(in_force) == (1 if day >= min(adopted) else 0)
    if in_force:
        assert in_force[0].adopted_on == max(on for on in adopted if on <= day)
    with pytest.raises(Problem):
        protocols.adopt(
            protocol, protocol.versions[0], on=day, by="okafor", review_on=date(2027, 1, 1)
        )


def test_a_decision_pins_the_version_of_its_day_and_its_open_steps(
    district: Run, case: str
) -> None:
    add(district, "1", "--adopted", "2026-09-01")
    session.begin(None, "2026-10-01")
    with session.writing("placement decide") as store:
        made = pinned(store, case, "lunch", on=date(2026, 10, 1), by="okafor")
        assert (made.id, made.protocol, made.version) == ("FP1", "LUNCH", "1")
    add(district, "2", steps=["Another way"])
    assert district("protocol", "adopt", "LUNCH", today="2026-10-05").code == 0
    session.begin(None, "2026-10-06")
    with session.writing("placement decide") as store:
        # An earlier decision that is entered late goes on with what the case follows already.
        again = pinned(store, case, "LUNCH", on=date(2026, 10, 2), by="lee")
        assert (again.id, again.by) == ("FP1", "okafor")
        assert in_force(store, "lunch", date(2026, 10, 5))[1].version == "2"
        later = pinned(store, case, "LUNCH", on=date(2026, 10, 6), by="lee")
        assert (later.id, later.version) == ("FP2", "2")
        with pytest.raises(Problem, match="in force"):
            in_force(store, "lunch", date(2026, 8, 31))
    followed = district("case", "show", case, "--json").json["protocols"]
    assert [(one["version"], len(one["open_steps"])) for one in followed] == [("1", 3), ("2", 1)]


def test_what_changed_is_drawn_line_by_line(district: Run) -> None:
    add(district, "1", "--adopted", "2025-09-01")
    steps = [STEPS[0], "The student says which lunch, and where", "Tell both"]
    add(district, "2", title="Apart at lunch", steps=steps)
    lines = shown("protocol", "show", "LUNCH", "--version", "2", "--against", "1")
    at = lines.index("what changed since 1")
    assert [" ".join(line.split()) for line in lines[at + 1 :]] == [
        "title - Keeping apart at lunch",
        "+ Apart at lunch",
        "step - The student says which lunch",
        "+ The student says which lunch, and where",
        "step - Look again",
        "+ Tell both",
    ]
    assert not any("differences" in line for line in lines)
    same = shown("protocol", "show", "LUNCH", "--version", "2", "--against", "2")
    assert same[-2:] == ["what changed since 2", "  nothing"]
