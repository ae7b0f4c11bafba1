"""The safety plan: made with the student, looked at again, and on paper only where that is safe."""

import os
import sys
from typing import Any

import pexpect

from conftest import Ended, Run
from reintegrate_cli.core import migrations

GOALS = "finish eleventh grade; sleep"
WHOLE: dict[str, Any] = {
    "how": "over two meetings, she wrote the first page",
    "goals": GOALS,
    "unsafe": ["the back exit", "Fridays after practice", "the man in the grey car"],
    "warning_signs": "my hands go cold",
    "coping": "walk the track, call Ines",
    "trusted_adults": ["Ms. Lee", "Coach Amaro", "my aunt"],
    "safe_places": ["room 12", "the library"],
    "on_the_way": "front door, bus 4, lunch in room 12",
    "online": "a new account that only I know",
    "pick_up": [{"name": "canary-aunt", "proof": "her licence"}],
    "if_missing": "canary-staff call the aunt, then 911",
    "if_unsafe_person": "canary-lockdown of the front office",
    "who_is_told": "canary-told the front desk",
    "orders": [
        {
            "type": "no-contact",
            "number": "canary-number",
            "expires_on": "2026-11-10",
            "copy_at": "canary-safe",
        }
    ],
}


def added(run: Run, ref: str, *more: str, today: str = "2026-10-01", **keys: Any) -> Ended:
    return run(
        "safety",
        "add",
        ref,
        "--with-student",
        "yes",
        *more,
        "--json",
        given={**WHOLE, **keys},
        today=today,
    )


def rows(run: Run, today: str, *more: str) -> list[tuple[str, str, str]]:
    found = run("agenda", "--kind", "safety", *(more or ("--days", "60")), "--json", today=today)
    return [(one["due_on"], one["state"], one["source"][5:]) for one in found.json["items"]]


def test_a_plan_shows_in_its_case_and_its_codes_everywhere_else(district: Run, case: str) -> None:
    made = added(district, case, "--given-to", "student,LEE")
    assert made.code == 0, made.err
    assert (made.json["case"], made.json["given_to"]) == (case, ["student", "lee"])
    assert made.json["goals"] == "[private]"
    assert "canary" not in made.out
    whole = district("safety", "show", case, "--json").json
    assert (whole["goals"], whole["pick_up"][0]["name"]) == (GOALS, "canary-aunt")
    assert whole["orders"][0]["number"] == "canary-number"
    last = district("history", "--json").json["items"][-1]
    assert (last["command"], last["refs"]) == ("safety show", [case])
    assert GOALS in district("case", "show", case).out
    assert district("case", "show", case, "--json").json["safety"]["trusted_adults"]
    told = district("case", "timeline", case, "--status", "safety", "--json").json["items"]
    assert [(one["what"], one["text"]) for one in told] == [("made with the student", GOALS)]


def test_what_it_needs_and_what_it_may_not_have(district: Run, case: str) -> None:
    line = ("safety", "add", case, "--json")
    assert district(*line).error["fields"] == ["with_student", "goals"]
    assert district(*line, "--with-student", "yes", given={"goals": " "}).code == 2
    assert district(*line, given={**WHOLE, "with_student": True, "abuser": "x"}).code == 2
    assert added(district, case, given_to=["nobody"]).code == 5
    alone = district(*line, "--with-student", "no", given={"goals": "x"})
    assert (alone.code, alone.error["fields"]) == (4, ["how"])
    assert (
        district(*line, "--with-student", "no", given={"goals": "x", "how": "she was away"}).code
        == 0
    )
    assert district(*line, "--with-student", "yes", given={"goals": "x"}).code == 2  # there is one
    assert district("safety", "show", "ZZZZ").code == 5


def test_without_a_plan_there_is_nothing_to_show_or_review(district: Run, case: str) -> None:
    for verb in ("show", "review"):
        assert district("safety", verb, case, "--no-input").code == 5


def test_fewer_than_three_adults_is_said_and_saved(district: Run, case: str) -> None:
    few = district(
        "safety",
        "add",
        case,
        "--with-student",
        "yes",
        given={"goals": "x", "trusted_adults": ["Ms. Lee"]},
    )
    assert few.code == 0
    assert "ask the student which other adults they trust" in few.err


def test_seven_days_after_an_event_and_thirty_otherwise(district: Run, case: str) -> None:
    """Events 50 and 72: a Thursday's event is looked at on the next; then a Saturday is asked for."""
    assert added(district, case).json["review_on"] is None  # Sat 31 Oct
    assert rows(district, "2026-10-01") == [
        ("2026-10-31", "upcoming", "safety"),
        ("2026-11-10", "upcoming", "safety/order1"),
    ]
    line = ("safety", "review", case, "--json")
    after = district(
        *line,
        "--trigger",
        "incident",
        today="2026-10-15",
        given={"on_the_way": "the side exit now", "pick_up": [{"name": "canary-cousin"}]},
    )
    assert after.json["review_on"] == "2026-10-22"
    whole = district("safety", "show", case, "--json").json
    assert (whole["on_the_way"], whole["coping"]) == ("the side exit now", WHOLE["coping"])
    assert [one["trigger"] for one in whole["reviews"]] == ["incident"]
    asked = district(*line[:-1], today="2026-10-22")
    assert "ask which day suits: Fri 20 Nov or Mon 23 Nov" in asked.err
    assert ("2026-11-21", "upcoming", "safety") in rows(district, "2026-10-22")
    typed = district(*line, "--review", "2026-11-20", today="2026-10-22")
    assert typed.json["review_on"] == "2026-11-20"
    assert ("2026-11-20", "overdue", "safety") in rows(district, "2026-11-23", "--overdue")
    assert district(*line, "--on", "2026-10-21", today="2026-10-22").code == 2


def test_an_order_that_ends_is_announced_until_the_plan_is_looked_at(
    district: Run, case: str
) -> None:
    added(district, case, "--review", "2026-12-01")

    def orders(today: str) -> list[tuple[str, str]]:
        return [one[:2] for one in rows(district, today, "--days", "60") if "order" in one[2]]

    assert orders("2026-10-01") == [("2026-11-10", "upcoming")]
    assert orders("2026-10-11") == orders("2026-11-10") == [("2026-11-10", "due")]
    assert orders("2026-11-12") == [("2026-11-10", "overdue")]
    district("safety", "review", case, "--review", "2026-12-01", today="2026-11-12")
    assert orders("2026-11-12") == []


def test_what_the_student_named_as_a_trigger_asks_for_a_review_on_its_day(
    district: Run, case: str
) -> None:
    district("case", "edit", case, given={"birth_date": "2008-10-21"})
    district("care", "add", case, "--role", "attorney", "--next-hearing", "2026-10-20")
    added(
        district, case, "--review", "2026-12-01", "--triggers", "court-date,birthday-18", orders=[]
    )

    def asked(today: str) -> list[tuple[str, str]]:
        return [(one[0], one[2]) for one in rows(district, today)]

    review = ("2026-12-01", "safety")
    # The plan was made in the month of her birthday; of that day nothing is told.
    of_age = ("2026-10-01", "safety/of-age")
    assert asked("2026-10-02") == [of_age, ("2026-10-20", "safety/hearing"), review]
    # The hearing took place, the next is set, and the plan was still not looked at; she is of age.
    district("care", "hearing", case, "K1", "--on", "2026-11-30", today="2026-10-21")
    assert asked("2026-10-21") == [
        of_age,
        ("2026-10-20", "safety/hearing"),
        ("2026-11-30", "safety/hearing"),
        review,
    ]
    district(
        "safety",
        "review",
        case,
        "--trigger",
        "court-date",
        "--review",
        "2026-12-01",
        today="2026-10-22",
    )
    assert asked("2026-10-22") == [("2026-11-30", "safety/hearing"), review]


def test_a_pause_hides_no_review_and_a_closed_case_asks_for_none(district: Run, case: str) -> None:
    added(district, case, orders=[])
    district("case", "pause", case)
    assert rows(district, "2026-11-20") == [("2026-10-31", "overdue", "safety")]
    district("case", "close", case, "--reason", "moved")
    assert rows(district, "2026-11-20") == []


def test_the_students_copy_asks_first_whether_paper_is_safe(district: Run, case: str) -> None:
    added(district, case)
    words = {"safe_word": "canary-bluebird", "unsafe_word": "canary-kite", "unsafe_word_means": "x"}
    district("contact", "set", case, given={"mode": "we_contact", **words})
    line = ("safety", "show", case, "--print")
    entries = len(district("history", "--json").json["items"])
    unasked = district(*line, "--json")
    assert (unasked.code, unasked.error["fields"]) == (2, ["paper_safe"])
    unsafe = district(*line, "--paper-safe", "no", "--json")
    assert (unsafe.code, unsafe.out) == (4, "")
    assert len(district("history", "--json").json["items"]) == entries
    copy = district(*line, "--paper-safe", "yes")
    assert copy.code == 0
    for said in (GOALS, *WHOLE["unsafe"], *WHOLE["trusted_adults"], "988", "my hands go cold"):
        assert said in copy.out
    for never in ("canary", case, "no-contact", "okafor", "review"):
        assert never not in copy.out
    kept = district("safety", "show", case, "--json").json
    assert (kept["given_to"], kept["copied_on"]) == (["student"], "2026-10-01")
    script = district(*line, "--paper-safe", "yes", "--json")
    assert GOALS not in script.out


def test_at_a_terminal_it_is_asked(district: Run, case: str) -> None:
    added(district, case)
    for answer, code in (("", 4), ("no", 4), ("yes", 0)):
        child = pexpect.spawn(
            sys.executable,
            ["-m", "reintegrate_cli", "safety", "show", case, "--print"],
            env=dict(os.environ),
            encoding="utf-8",
            timeout=20,
        )
        child.expect("paper is safe")
        child.sendline(answer)
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == code
        assert ("finish eleventh grade" in child.before) == (code == 0)


def test_whoever_gets_it_is_somebody_the_student_named(district: Run, case: str) -> None:
    district("contact", "set", case, given={"mode": "we_contact", "may_know": ["okafor"]})
    shared = district(
        "safety", "add", case, "--with-student", "yes", "--given-to", "lee", given=WHOLE
    )
    assert "lee may know" in shared.err


def test_a_plan_of_an_older_vault_names_nobody_by_what_they_did() -> None:
    step = migrations._MIGRATIONS[4, "safety"]
    reviews = [{"on": "2026-09-01", "trigger": "release_of_offender"}, {"on": "2026-09-02"}]
    former = {"case": "HX4T", "triggers": ["move", "release_of_offender"], "reviews": reviews}
    carried = step(former)
    assert carried["triggers"] == ["move", "release_from_custody"]
    assert [each["trigger"] for each in carried["reviews"]] == ["release_from_custody", None]
    assert step({"case": "HX4T"}) == {"case": "HX4T"}
