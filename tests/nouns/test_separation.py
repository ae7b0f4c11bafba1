"""``separation``: kept apart for a while; the one who moves, the other's wish, and least told."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from conftest import Run
from nouns.roster.sets import LINKED, Set
from nouns.separation.test_from_a_roster import made as made_set
from reintegrate_cli.kept import session

__all__ = ["made_set"]

NO_SUBJECT = "check suggest slip list"
DAY = "2026-10-14"
WORDS = "I want to keep my own classes"


@pytest.fixture
def two(district: Run) -> dict[str, str]:
    """Two cases, a policy, and a second person."""
    refs = {}
    for name in ("D4SX", "P3RM"):
        made = district("case", "add", "--school", "Ridgeline", "--setting", "home", "--json")
        refs[name] = made.json["ref"]
    line = ("protocol", "add", "APART", "--kind", "policy", "--topic", "schedule_separation")
    given = {"title": "x", "steps": ["x"]}
    assert district(*line, "--version", "1", "--adopted", "today", given=given).code == 0
    return refs


@pytest.fixture
def rostered(district: Run, two: dict[str, str], made: Set, tmp_path: Path) -> dict[str, str]:
    """Both are in ENG10-2 in period 4, and in no other class together."""
    for name, ref in two.items():
        linked = district("roster", "link", ref, given={"student_number": LINKED[name]}, today=DAY)
        assert linked.code == 0, linked.err
    path = made.as_folder(tmp_path / "set")
    assert district("roster", "import", str(path), today=DAY).code == 0
    return two


made = made_set


def added(run: Run, two: dict[str, str], *more: str, code: int = 0, **fields: Any) -> Any:
    """Keep the two apart; the one of the first case moves."""
    given = {
        "other": two["P3RM"],
        "who_moves": two["D4SX"],
        "policy": "apart",
        "review_on": "2026-10-28",
        "ends_on": "2026-11-24",
        "wish_words": WORDS,
        **fields,
    }
    given = {name: value for name, value in given.items() if value is not None}
    line = ("separation", "add", two["D4SX"], *more, "--json")
    ended = run(*line, given=given, today=DAY)
    assert ended.code == code, ended.err
    return ended.json if code == 0 else ended.error


def checked(run: Run, ref: str, today: str = DAY) -> list[dict[str, Any]]:
    ended = run("separation", "check", ref, "--json", today=today)
    assert ended.code == 0, ended.err
    conflicts: list[dict[str, Any]] = ended.json["conflicts"]
    return [{key: value for key, value in row.items() if key != "unsure"} for row in conflicts]


def rows(run: Run, today: str, days: str = "60") -> list[tuple[str, str, str]]:
    line = ("agenda", "--kind", "separation", "--days", days, "--json")
    return [
        (row["label"].rpartition(" ")[0], row["due_on"], row["state"])
        for row in run(*line, today=today).json["items"]
    ]


ENG10 = {"period": "4", "class": "ENG10-2", "place": "class", "term": "Fall 2026"}


def test_what_is_kept_and_shown(district: Run, two: dict[str, str]) -> None:
    kept = added(district, two, "--place", "lunch", "--place", "bus")
    assert (kept["id"], kept["case"], kept["other"]) == ("SP1", two["D4SX"], two["P3RM"])
    assert (kept["who_moves"], kept["policy"]) == (two["D4SX"], "APART")
    assert (kept["places"], kept["review_on"]) == (["lunch", "bus"], "2026-10-28")
    assert (kept["ends_on"], kept["status"]) == ("2026-11-24", "active")
    assert kept["wish_words"] == "[private]"
    for case in two.values():
        (row,) = district("separation", "list", "--case", case, "--json", today=DAY).json["items"]
        assert row["id"] == "SP1"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("wish_words", None, 2),
        ("who_moves", None, 2),
        ("policy", None, 2),
        ("ends_on", None, 2),
        ("review_on", None, 2),
        ("policy", "nosuch", 5),
        ("other", "ZZZZ", 5),
        ("who_moves", "ZZZZ", 5),
        ("review_on", "2026-11-25", 2),
        ("review_on", "2026-10-13", 2),
        ("ends_on", "2026-10-13", 2),
        ("places", ["roof"], 2),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(
    district: Run, two: dict[str, str], field: str, value: Any, code: int
) -> None:
    problem = added(district, two, code=code, **{field: value})
    assert code == 5 or problem["fields"]
    assert district("separation", "list", "--json").json["items"] == []


def test_it_takes_two_and_one_of_them_moves(district: Run, two: dict[str, str], case: str) -> None:
    assert added(district, two, code=2, other=two["D4SX"])["fields"] == ["other"]
    assert added(district, two, code=2, who_moves=case)["fields"] == ["who_moves"]
    assert added(district, two, code=2, wish_of=case)["fields"] == ["wish_of"]
    added(district, two)
    turned = {"D4SX": two["P3RM"], "P3RM": two["D4SX"]}
    again = added(district, turned, code=2)
    assert f"{two['D4SX']}/SP1" in again["message"]


def test_a_policy_that_has_ended_carries_no_separation(district: Run, two: dict[str, str]) -> None:
    assert district("protocol", "end", "APART", given={"reason": "x"}, today=DAY).code == 0
    assert added(district, two, code=4)["rule"] == "H4"


def test_a_class_of_both_is_a_conflict_and_typed_places_have_no_class(
    district: Run, rostered: dict[str, str]
) -> None:
    added(district, rostered, "--place", "lunch")
    lunch = {"period": None, "class": None, "place": "lunch", "term": None}
    assert checked(district, rostered["D4SX"]) == [ENG10, lunch]
    assert checked(district, rostered["P3RM"]) == [ENG10, lunch]
    told = district("separation", "check", rostered["D4SX"], "SP1", today=DAY)
    assert "lunch: no time is known, so that they may meet there" in told.err


def test_classes_after_its_end_do_not_count(
    district: Run, rostered: dict[str, str], made: Set, tmp_path: Path
) -> None:
    at = made.column("classes", "termSourcedIds")
    made.tables["classes"] = [
        [*row[:at], "spring" if row[0] == "c1" else row[at], *row[at + 1 :]]
        for row in made.tables["classes"]
    ]
    path = made.as_folder(tmp_path / "spring")
    assert district("roster", "import", str(path), today=DAY).code == 0
    added(district, rostered)
    assert checked(district, rostered["D4SX"]) == []
    line = ("separation", "review", rostered["D4SX"], "SP1", "--next", "2026-11-24")
    assert district(*line, "--ends", "2027-02-01", today=DAY).code == 0
    assert [row["class"] for row in checked(district, rostered["D4SX"])] == ["ENG10-2"]


def test_what_is_not_known_may_be_a_meeting_and_is_said(district: Run, two: dict[str, str]) -> None:
    added(district, two)
    unknown = {"period": None, "class": None, "place": "class", "term": None}
    assert checked(district, two["D4SX"]) == [unknown]
    told = district("separation", "check", two["D4SX"], today=DAY)
    for ref in two.values():
        assert f"nothing is known of the classes of {ref}, so that they may meet in any" in told.err


def test_a_class_without_a_period_is_a_conflict_and_is_said(
    district: Run, rostered: dict[str, str], made: Set, tmp_path: Path
) -> None:
    made.put("classes", made.line("classes", "sourcedId", "c1"), "periods", "")
    path = made.as_folder(tmp_path / "blank")
    assert district("roster", "import", str(path), today=DAY).code == 0
    added(district, rostered)
    assert checked(district, rostered["D4SX"]) == [{**ENG10, "period": None}]
    told = district("separation", "check", rostered["D4SX"], today=DAY)
    assert "ENG10-2: when it meets is not known, so that they may meet there" in told.err


def test_the_least_change_is_suggested_for_the_one_who_moves(
    district: Run, rostered: dict[str, str]
) -> None:
    added(district, rostered)
    line = ("separation", "suggest", rostered["D4SX"], "SP1", "--seconds", "60")
    told = district(*line, "--json", today=DAY).json
    first = told["items"][0]
    (change,) = first["changes"]
    assert first["remaining"] == 0
    assert (change["case"], change["course"]) == (rostered["D4SX"], "ENG10")
    assert (change["from"], change["from_period"]) == ("ENG10-2", "4")
    assert (change["to"], change["to_period"]) in {("ENG10-1", "9"), ("ENG10-3", "10")}
    assert (told["who_moves"], told["wish_words"]) == (rostered["D4SX"], WORDS)
    shown = district(*line, today=DAY)
    assert WORDS in shown.out
    assert f"{change['to']}: {change['in_it_now']} now; room to be asked" in shown.err
    (every, *_) = district("separation", "suggest", "--json", today=DAY).json["items"]
    assert every["remaining"] == 0


def test_with_nothing_to_change_none_is_suggested(
    district: Run, rostered: dict[str, str], made: Set, tmp_path: Path
) -> None:
    line = next(
        at
        for at in made.each("enrollments")
        if made.get("enrollments", at, "userSourcedId") == "u1"
        and made.get("enrollments", at, "classSourcedId") == "c1"
    )
    made.put("enrollments", line, "classSourcedId", "c2")
    path = made.as_folder(tmp_path / "apart")
    assert district("roster", "import", str(path), today=DAY).code == 0
    added(district, rostered)
    assert checked(district, rostered["D4SX"]) == []
    told = district("separation", "suggest", rostered["D4SX"], "--json", today=DAY).json
    assert told["items"] == [{"changes": [], "remaining": 0}]


def test_who_wants_to_move_says_so_and_the_words_stay_in_their_own_case(
    district: Run, two: dict[str, str]
) -> None:
    given = {"wish_words": WORDS}
    line = ("--other", two["P3RM"], "--who-moves", two["P3RM"], "--wish-of", two["P3RM"])
    days = ("--policy", "APART", "--review", "2026-10-28", "--ends", "2026-11-24")
    told = district("separation", "add", two["D4SX"], *line, *days, given=given, today=DAY)
    assert "the change falls on the student it is for" in told.err
    (kept,) = district("separation", "list", "--json", today=DAY).json["items"]
    assert (kept["who_moves"], kept["wish_of"]) == (two["P3RM"], two["P3RM"])
    for name, ref in two.items():
        (row,) = district("case", "show", ref, "--json", today=DAY).json["separations"]
        assert row["wish_words"] == (WORDS if name == "P3RM" else None)
        assert row["moves"] is (name == "P3RM")


@pytest.mark.parametrize("verb", ["suggest", "slip"])
def test_without_the_solver_it_is_said_how_to_get_it(
    district: Run, rostered: dict[str, str], monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    from reintegrate_cli.nouns.separation import slips

    added(district, rostered)
    monkeypatch.setitem(sys.modules, "highspy", None)
    monkeypatch.setattr(slips, "is_installed", lambda: False)
    ended = district("separation", verb, rostered["D4SX"], "--json", today=DAY)
    if verb == "suggest":
        assert ended.code == 9
        assert "reintegrate-cli[schedules]" in ended.error["hint"]
    else:
        assert (ended.json["changes"], ended.json["not_in"]) == ([], ["ENG10-2"])


def test_the_slip_is_for_the_one_who_moves_and_names_nobody_else(
    district: Run, rostered: dict[str, str]
) -> None:
    edited = district("case", "edit", rostered["D4SX"], "--owner", "lee", today=DAY)
    assert edited.code == 0, edited.err
    added(district, rostered, "--place", "lunch")
    for ref in rostered.values():  # of both cases it is the same paper
        slip = district("separation", "slip", ref, "--json", today=DAY)
        assert slip.code == 0, slip.err
        (move,) = slip.json["changes"]
        assert (slip.json["case"], move["from"]) == (rostered["D4SX"], "ENG10-2")
        assert (slip.json["not_in"], slip.json["other_times"]) == (["ENG10-2"], ["lunch"])
        assert (slip.json["starts_on"], slip.json["ends_on"]) == (DAY, "2026-11-24")
        assert slip.json["ask"] == "lee"
        told = district("separation", "slip", ref, today=DAY)
        for text in (slip.out, told.out):
            assert rostered["P3RM"] not in text
            assert "SP1" not in text
            assert "APART" not in text.upper().replace("PART ", "")
            assert WORDS not in text
        assert "not in" in told.out


def test_the_slip_of_a_record_of_the_other_case_does_not_name_it(
    district: Run, rostered: dict[str, str]
) -> None:
    turned = {"D4SX": rostered["P3RM"], "P3RM": rostered["D4SX"]}
    added(district, turned, who_moves=rostered["D4SX"])
    slip = district("separation", "slip", rostered["P3RM"], "SP1", "--json", today=DAY)
    assert slip.json["case"] == rostered["D4SX"]
    assert rostered["P3RM"] not in slip.out + slip.err


def test_it_is_looked_at_again_and_ends(district: Run, two: dict[str, str]) -> None:
    added(district, two)
    ref = two["D4SX"]
    assert rows(district, "2026-10-15") == [
        ("review the separation Wed 28", "2026-10-28", "upcoming"),
        ("the separation ends Tue 24", "2026-11-24", "upcoming"),
    ]
    assert rows(district, "2026-10-30", "1")[0][2] == "overdue"
    line = ("separation", "review", ref, "SP1", "--next", "2026-11-10", "--json")
    given = {"note": "lunch is calm", "wish_words": "I still want my own lunch"}
    looked = district(*line, given=given, today="2026-10-28")
    assert looked.code == 0, looked.err
    assert looked.json["review_on"] == "2026-11-10"
    assert [row[1] for row in rows(district, "2026-10-28")] == ["2026-11-10", "2026-11-24"]
    longer = district(*line[:5], "2026-11-24", "--ends", "2026-11-24", today="2026-11-10")
    assert longer.code == 0, longer.err
    assert [row[1] for row in rows(district, "2026-11-10")] == ["2026-11-24"]
    assert rows(district, "2026-12-01", "1")[0][2] == "overdue"
    lapsed = district("separation", "list", "--status", "lapsed", "--json", today="2026-12-01")
    assert [row["id"] for row in lapsed.json["items"]] == ["SP1"]
    assert district("separation", "end", ref, "SP1", today="2026-12-01").code == 0
    assert rows(district, "2026-12-01") == []
    assert district("separation", "end", ref, "SP1", today="2026-12-01").code == 2
    assert district(*line, given={"note": "x"}, today="2026-12-01").code == 2


def test_a_wish_of_either_student_is_heeded_by_each_verb(
    district: Run, two: dict[str, str]
) -> None:
    for ref in two.values():
        wish = ("wish", "add", ref, "--about", "separation", "--heard-by", "lee")
        assert district(*wish, given={"words": "x"}, today=DAY).code == 0
    refused = added(district, two, code=4)
    assert refused["rule"] == "W1"
    half = ("--honors", f"{two['D4SX']}/W1")
    assert f"{two['P3RM']}/W1" in added(district, two, *half, code=4)["message"]
    both = (*half, "--honors", f"{two['P3RM']}/W1")
    added(district, two, *both)
    for line in (["review", "--next", "2026-11-10"], ["end"]):
        typed = ("separation", line[0], two["D4SX"], "SP1", *line[1:], "--json")
        stopped = district(*typed, *half, today=DAY)
        assert (stopped.code, stopped.error["rule"]) == (4, "W1")
        assert f"{two['P3RM']}/W1" in stopped.error["message"]
        assert district(*typed, *both, today=DAY).code == 0


def test_neither_case_shows_who_the_other_is_nor_their_words(
    district: Run, two: dict[str, str]
) -> None:
    added(district, two)
    for name, ref in two.items():
        for verb in (["show"], ["timeline"], ["show", "--json"], ["timeline", "--json"]):
            told = district("case", verb[0], ref, *verb[1:], today=DAY)
            assert told.code == 0, told.err
            other = two["P3RM" if name == "D4SX" else "D4SX"]
            assert other not in told.out, (name, verb)
            assert (WORDS in told.out) == (name == "P3RM" and verb[0] == "show"), (name, verb)
    (shown,) = district("case", "show", two["P3RM"], "--json", today=DAY).json["separations"]
    assert (shown["id"], shown["moves"], shown["wish_words"]) == (None, False, WORDS)


def test_what_a_hold_keeps_does_not_go_with_the_other(district: Run, two: dict[str, str]) -> None:
    added(district, two)
    held = ("vault", "hold", "add", "--case", two["D4SX"])
    assert district(*held, given={"reason": "x"}, today=DAY).code == 0
    assert [row["case"] for row in purged(two["P3RM"])["separations"]] == [two["D4SX"]]


@pytest.mark.parametrize("name", ["D4SX", "P3RM"])
def test_a_purge_of_either_takes_it_along(district: Run, two: dict[str, str], name: str) -> None:
    added(district, two)
    ref = two[name]
    kept = purged(ref)
    assert kept["separations"] == []
    assert ref not in json.dumps(kept)
    assert WORDS not in json.dumps(kept)


def purged(ref: str) -> dict[str, list[Any]]:
    """Purge a case; return what is left of separations."""
    from reintegrate_cli.kept import purging
    from reintegrate_cli.kept.retention import Certificate, Going

    session.begin(None, DAY)
    with session.writing("vault purge") as store:
        today = session.today()
        going = Going(type="case", id=ref, case=ref, kept_from=today, kept_until=today)
        certificate = Certificate(
            id="P1", on=today, by="okafor", cases=1, notes=0, tasks=0, values=0, copies_until=today
        )
        purging.purge(store, [going], certificate, {})
    session.begin(None, DAY)
    with session.reading() as store:
        return {name: [*map(dict, store.shelf.rows(name))] for name in ("separations", "values")}
