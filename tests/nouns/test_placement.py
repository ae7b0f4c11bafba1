"""Placements: decided on what each setting gives, with the way back; nobody leaves by another way."""

from typing import Any

import pytest

from conftest import Ended, Run

NO_SUBJECT = "list show"
WISH = "I want to stay at Ridgeline with my choir"
DECISION: dict[str, Any] = {
    "option": "alternative",
    "reasons": ["supports"],
    "review_on": "2026-11-20",
    "wish_words": WISH,
    "alternatives": [
        {"option": "home_supports", "argued_for": "lee: she sings here", "ratio": "1 to 28"},
        {"option": "alternative", "argued_for": "small groups", "ratio": "1 to 8"},
    ],
    "argued_for_staying": "lee, for the choir",
    "home_school_would_need": "a tutor in the afternoon",
    "peer_adult_plan": "choir on Thursdays, lee every week",
    "credit_plan": "two credits over the winter",
    "return_criteria": "when she says so; lee opens the way",
}


def decided(run: Run, ref: str, *options: str, today: str = "", **fields: Any) -> Ended:
    given = {key: value for key, value in (DECISION | fields).items() if value is not None}
    return run("placement", "decide", ref, *options, "--json", given=given, today=today)


def setting(run: Run, ref: str, today: str = "") -> str:
    rows = run("case", "list", "--json", today=today).json["items"]
    rows += run("case", "list", "--status", "closed", "--json", today=today).json["items"]
    return next(row["setting"] for row in rows if row["ref"] == ref)


def test_a_draft_takes_the_students_words_alone_and_those_of_a_live_wish(
    district: Run, case: str
) -> None:
    bare = district("placement", "draft", case, "--no-input", "--json")
    assert (bare.code, bare.error["fields"]) == (2, ["wish_words"])
    wish = ("wish", "add", case, "--about", "placement", "--heard-by", "lee")
    assert district(*wish, given={"words": WISH}).code == 0
    stopped = district("placement", "draft", case, "--no-input", "--json")
    assert (stopped.code, stopped.error["rule"]) == (4, "W1")
    made = district("placement", "draft", case, "--honors", "W1", "--no-input", "--json")
    assert made.code == 0, made.err
    assert (made.json["status"], made.json["wish"]) == ("draft", "W1")
    assert made.json["wish_words"] == "[private]"
    shown = district("placement", "show", case, "PL1", "--json").json
    assert shown["wish_words"] == WISH


def test_a_decision_begins_with_what_the_draft_holds(district: Run, case: str) -> None:
    given = {key: DECISION[key] for key in DECISION if key not in ("reasons", "review_on")}
    assert district("placement", "draft", case, given=given).code == 0
    short = district("placement", "decide", case, "--no-input", "--json")
    assert (short.code, short.error["fields"]) == (2, ["reasons", "review_on"])
    line = ("placement", "decide", case, "--reason", "supports", "--review", "2026-11-20")
    done = district(*line, "--starts", "today", "--json", "--no-input")
    assert done.code == 0, done.err
    assert (done.json["id"], done.json["option"]) == ("PL1", "alternative")
    assert setting(district, case) == "alternative"


@pytest.mark.parametrize(
    ("lacking", "code"),
    [
        ("option", 2),
        ("reasons", 2),
        ("review_on", 2),
        ("wish_words", 2),
        ("alternatives", 2),
        ("return_criteria", 2),
        ("home_school_would_need", 4),
        ("peer_adult_plan", 4),
    ],
)
def test_without_one_thing_it_is_refused_and_nothing_is_kept(
    district: Run, case: str, lacking: str, code: int
) -> None:
    refused = decided(district, case, **{lacking: None})
    assert refused.code == code, refused.err
    assert refused.error["fields"] == [lacking]
    assert refused.error["rule"] == ("G5" if code == 4 else None)
    assert district("placement", "list", "--json").json["items"] == []
    assert setting(district, case) == "home"


def test_the_home_school_is_compared_and_somebody_argued_for_it(district: Run, case: str) -> None:
    only = [{"option": "alternative"}, {"option": "school_of_origin"}]
    refused = decided(district, case, alternatives=only)
    assert (refused.code, refused.error["rule"]) == (4, "G5")
    bare = [{"option": "home"}]
    refused = decided(district, case, alternatives=bare, argued_for_staying=None)
    assert (refused.code, refused.error["fields"]) == (4, ["argued_for_staying"])
    assert decided(district, case, alternatives=bare).code == 0


def test_a_move_begins_after_a_week_in_which_it_can_be_taken_back(district: Run, case: str) -> None:
    done = decided(district, case)
    assert done.code == 0, done.err
    assert (done.json["status"], done.json["starts_on"]) == ("cooling_off", "2026-10-08")
    assert (done.json["made_by"], done.json["known_at_time"]) == ("school", "unknown")
    assert setting(district, case) == "home"
    assert setting(district, case, today="2026-10-08") == "alternative"
    rows = district("placement", "list", "--json", today="2026-10-08").json["items"]
    assert rows[0]["status"] == "in_place"
    line = ("placement", "review", case, "PL1", "--way-back", "taken", "--json")
    back = district(*line, given={"student_view": "I would rather stay"}, today="2026-10-05")
    assert (back.code, back.json["status"]) == (0, "ended"), back.err
    assert setting(district, case, today="2026-10-08") == "home"


def test_fear_alone_is_kept_and_not_decided_until_something_observed_stands_beside_it(
    district: Run, case: str
) -> None:
    refused = decided(district, case, reasons=["fear_of_recruitment", "behavior"])
    assert (refused.code, refused.error["rule"]) == (4, "G5")
    (kept,) = district("placement", "list", "--json").json["items"]
    assert (kept["id"], kept["status"]) == ("PL1", "fear_only")
    assert setting(district, case, today="2026-12-01") == "home"
    again = district("placement", "decide", case, "--no-input", "--json")
    assert (again.code, again.error["rule"]) == (4, "G5")
    seen = {"observed": "x", "likely_need": "escape", "response": "x", "helped": "x"}
    assert district("incident", "add", case, given=seen).code == 0
    line = ("placement", "decide", case, "--incident", "i1", "--no-input", "--json")
    assert district(*line).code == 4  # nobody has looked at it yet
    assert district("placement", "decide", case, "--incident", "I9", "--json").code == 5
    assert district("incident", "review", case, "--by", "lee", given={"finding": "x"}).code == 0
    done = district(*line)
    assert done.code == 0, done.err
    assert (done.json["incident"], done.json["status"]) == ("I1", "cooling_off")


def test_a_substantiated_concern_is_something_observed(district: Run, case: str) -> None:
    fact = {"on": "2026-09-30", "place": "hall", "observed": "x", "observed_by": "a nurse"}
    facts = {"facts": [{**fact, "first_hand": True}]}
    assert district("staff", "add", "hale", "--role", "social_worker").code == 0
    assert district("concern", "add", case, given=facts).code == 0
    fear = ["fear_of_recruitment"]
    noted = decided(district, case, reasons=fear, concern="C1")
    assert (noted.code, noted.error["rule"]) == (4, "G5")  # nobody else has looked at it yet
    line = ("concern", "decide", case, "C1", "--outcome", "substantiated", "--by", "hale")
    assert district(*line, given={"reason": "x"}).code == 0
    assert decided(district, case, reasons=fear, concern=f"{case}/c1").code == 0
    assert decided(district, case, reasons=fear, concern="C7").code == 5


def test_fear_beside_another_reason_can_be_decided(district: Run, case: str) -> None:
    assert decided(district, case, reasons=["behavior", "student_wish"]).code == 0


def test_staying_takes_no_cooling_off(district: Run, case: str) -> None:
    done = decided(
        district,
        case,
        option="home_supports",
        home_school_would_need=None,
        peer_adult_plan=None,
        argued_for_staying=None,
    )
    assert done.code == 0, done.err
    assert (done.json["status"], done.json["cooling_off_on"]) == ("in_place", None)
    assert setting(district, case) == "home_supports"
    rows = district("agenda", "--kind", "placement", "--days", "90", "--json").json["items"]
    assert [row["due_on"] for row in rows] == ["2026-11-20"]


def test_it_is_looked_at_again_after_30_60_and_90_days(district: Run, case: str) -> None:
    assert decided(district, case, starts="today", review="2026-10-31").code == 2  # twice
    assert decided(district, case, "--starts", "today").code == 0

    def due() -> list[str]:
        rows = district("agenda", "--kind", "placement", "--days", "120", "--json").json["items"]
        return [row["due_on"] for row in rows]

    assert due() == ["2026-10-31", "2026-11-20", "2026-11-30", "2026-12-30"]
    line = ("placement", "review", case, "PL1", "--way-back", "offered", "--json")
    seen = district(
        *line, "--next", "2026-11-18", given={"student_view": "it is calm"}, today="2026-10-27"
    )
    assert seen.code == 0, seen.err
    assert (seen.json["way_back"], seen.json["review_on"]) == ("offered", "2026-11-18")
    assert due() == ["2026-11-18", "2026-11-30", "2026-12-30"]
    settled = district("settle", f"{case}/PL1.3", "--no-input", "--json", today="2026-12-30")
    assert settled.code == 2  # it runs the review, which takes the student's view


def test_the_way_back_leads_home(district: Run, case: str) -> None:
    assert decided(district, case, "--starts", "today").code == 0
    view = {"student_view": "I miss the choir"}
    line = ("placement", "review", case, "PL1", "--way-back", "taken", "--json")
    refused = district(*line, "--to", "ged", given=view)
    assert (refused.code, refused.error["rule"]) == (4, "G5")
    assert district(*line, given=view).code == 0
    assert setting(district, case) == "home"
    assert district("agenda", "--kind", "placement", "--days", "90", "--json").json["items"] == []
    assert district(*line, given=view).code == 2


def test_a_move_that_others_made_is_entered_and_thought_over_if_nobody_knew(
    district: Run, case: str
) -> None:
    assert district("case", "edit", case, "--identified-on", "2026-09-20").code == 0
    line = ("placement", "record", case, "--option", "alternative", "--made-by", "school")
    made = district(*line, "--on", "2026-02-02", "--known-at-time", "no", "--json")
    assert made.code == 0, made.err
    assert (made.json["status"], made.json["came_from"]) == ("in_place", "home")
    assert setting(district, case) == "alternative"
    rows = district("agenda", "--kind", "placement", "--days", "30", "--json").json["items"]
    assert [(row["due_on"], row["label"][:10]) for row in rows] == [
        ("2026-10-08", "placement "),
        ("2026-10-15", "reconsider"),
    ]
    view = {"student_view": "nobody asked me"}
    line = ("placement", "review", case, "PL1", "--way-back", "offered", "--next", "2026-11-20")
    assert district(*line, given=view).code == 0
    rows = district("agenda", "--kind", "placement", "--days", "60", "--json").json["items"]
    assert [row["due_on"] for row in rows] == ["2026-11-20"]


def test_an_older_move_that_is_entered_later_moves_nobody(district: Run, case: str) -> None:
    assert decided(district, case, "--starts", "today").code == 0
    line = ("placement", "record", case, "--option", "online", "--made-by", "court")
    made = district(*line, "--on", "2026-02-02", "--known-at-time", "unknown", "--json")
    assert (made.json["status"], setting(district, case)) == ("ended", "alternative")


def test_a_dispute_keeps_the_student_enrolled(district: Run, case: str) -> None:
    opened = district("placement", "dispute", case, "--liaison", "lee", "--json", given={})
    assert opened.code == 0, opened.err
    assert (opened.json["status"], opened.json["enrolled"]) == ("disputed", "pending")
    assert "unenrolled" not in str(district("schema", "placement", "dispute").json)
    (task,) = district("task", "list", "--case", case, "--json").json["items"]
    assert task["due_on"] == "2026-10-02"
    settled = district("placement", "dispute", case, "PL1", "--settled", "kept", "--json")
    assert (settled.code, settled.json["status"]) == (0, "ended")
    assert decided(district, case).code == 0
    assert district("placement", "dispute", case, given={}).code == 0
    assert setting(district, case, today="2026-10-20") == "home"
    again = district("placement", "dispute", case, "--settled", "kept", today="2026-10-20")
    assert again.code == 0, again.err
    assert setting(district, case, today="2026-10-20") == "alternative"


def test_the_version_of_the_protocol_in_force_is_kept(district: Run, case: str) -> None:
    protocol = ("protocol", "add", "MOVES", "--kind", "protocol", "--topic", "placement")
    steps = {"title": "x", "steps": ["x"]}
    assert district(*protocol, "--version", "3", "--adopted", "today", given=steps).code == 0
    done = decided(district, case, protocol="moves")
    assert done.code == 0, done.err
    assert (done.json["protocol"], done.json["protocol_version"]) == ("MOVES", "3")
    assert decided(district, case, protocol="NONE").code == 5


def test_settings_stand_side_by_side_with_what_the_student_would_keep(
    district: Run, case: str
) -> None:
    for kind, place in (("peer", "school"), ("peer", "home"), ("adult", "school")):
        assert district("connection", "add", case, "--kind", kind, "--place", place).code == 0
    assert district("credit", "set", case, "--required", "24", "--gap-years", "2").code == 0
    assert decided(district, case).code == 0
    shown = district("placement", "show", case, "PL1").out
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert "alternative * home supports" in lines
    assert "ratio 1 to 8 1 to 28" in lines
    assert "peers 1 kept, 1 left 2 kept, 0 left" in lines
    assert "adults 0 kept, 1 left 1 kept, 0 left" in lines
    assert "credits 24 needed 24 needed" in lines
    assert "age gap not said 2 years" in lines
    assert all(len(line) <= 80 for line in shown.splitlines())


@pytest.mark.parametrize("ask", ["expunge", "keep"])
def test_a_review_asks_the_principal_about_the_record_of_an_incident(
    district: Run, case: str, ask: str
) -> None:
    seen = {"observed": "x", "likely_need": "escape", "response": "x", "helped": "x"}
    assert district("incident", "add", case, given=seen).code == 0
    assert (
        district("staff", "add", "ruiz", "--role", "principal", "--school", "Ridgeline").code == 0
    )
    line = ("incident", "review", case, "--by", "lee", "--ask", ask, "--json")
    for _ in range(2):  # the same question is one task
        assert district(*line, given={"finding": "x"}).code == 0
    (task,) = district("task", "list", "--case", case, "--json").json["items"]
    assert task["owner"] == "ruiz"
