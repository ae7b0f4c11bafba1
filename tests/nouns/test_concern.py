"""Recruitment concerns: facts, a second person, what is done and its end; and who sees it."""

from typing import Any

import pytest

from conftest import Ended, Run
from reintegrate_cli.kept import session

NO_SUBJECT = "add decide look review lift support list show purge"

FACT = {
    "on": "2026-10-14",
    "place": "cafeteria",
    "observed": '"Come Friday, older guys pay."',
    "observed_by": "P3RM, to the counselor",
    "first_hand": True,
}
TODAY = "2026-10-14"


@pytest.fixture
def staffed(district: Run) -> Run:
    """The district with a second specialist, a social worker and a principal."""
    for slug, role in (("hale", "specialist"), ("ruiz", "social_worker"), ("pine", "principal")):
        given = {"name": "Marcus Hale"} if slug == "hale" else {}
        assert district("staff", "add", slug, "--role", role, given=given).code == 0
    return district


def concern(run: Run, ref: str, *line: str, today: str = TODAY, **given: Any) -> Ended:
    verb, *rest = line
    return run("concern", verb, ref, *rest, "--json", given=given or None, today=today)


def noted(run: Run, ref: str, **fact: Any) -> Ended:
    made = concern(run, ref, "add", facts=[{**FACT, **fact}])
    assert made.code == 0, made.err
    return made


def substantiated(run: Run, ref: str) -> Ended:
    noted(run, ref)
    line = ("decide", "C1", "--outcome", "substantiated", "--by", "hale")
    made = concern(run, ref, *line, reason="x")
    assert made.code == 0, made.err
    return made


def mitigation(type_: str, *more: str, owner: str = "lee") -> tuple[str, ...]:
    line = ("mitigate", "C1", "--type", type_, "--owner", owner)
    dates = () if "--review" in more else ("--review", "2026-10-28")
    ends = () if "--ends" in more else ("--ends", "2027-01-12")
    return (*line, *dates, *ends, *more)


@pytest.mark.parametrize(
    "facts",
    [
        None,
        [],
        [{}],
        [{**FACT, "first_hand": False}],
        [{**FACT, "first_hand": None}],
        [{**FACT, "place": "  "}],
        [{**FACT, "observed": ""}],
        [{**FACT, "observed_by": ""}],
        [FACT, {**FACT, "on": None}],
    ],
)
def test_event_26_rumor_is_refused_and_nothing_of_it_is_kept(
    district: Run, case: str, facts: Any
) -> None:
    before = len(district("history", "--json").json["items"])
    line = ("concern", "add", case, "--json")
    refused = district(*line, given=None if facts is None else {"facts": facts}, today=TODAY)
    assert (refused.code, refused.error["rule"]) == (4, "H3"), refused.err
    assert refused.error["fields"] == ["facts"]
    assert "training" in refused.error["hint"]
    assert district("concern", "list", "--json").json["items"] == []
    assert len(district("history", "--json").json["items"]) == before


def test_event_43_a_fact_is_kept_and_the_stance_comes_first(district: Run, case: str) -> None:
    said = district("concern", "add", case, given={"facts": [FACT]}, today=TODAY)
    assert said.code == 0
    assert said.err.startswith("students who were trafficked do not usually recruit others")
    assert "clauses 37 and 38" in said.err
    assert "mandated add" in said.err
    (row,) = district("concern", "list", "--json", today=TODAY).json["items"]
    assert (row["id"], row["status"], row["key_staff"], row["noted_by"]) == (
        "C1",
        "noted",
        "okafor",
        "okafor",
    )


@pytest.mark.parametrize(
    ("observer", "by"),
    [
        ("P3RM", "okafor"),
        ("hale", "hale"),
        ("  HALE ", "hale"),
        ("Marcus  Hale", "hale"),
        ("Mr. Hale", "hale"),
        ("mаrcus hale".replace("а", "a"), "hale"),
        ("Ｍarcus Hale", "hale"),
    ],
)
def test_the_second_person_neither_noted_it_nor_is_its_only_observer(
    staffed: Run, case: str, observer: str, by: str
) -> None:
    noted(staffed, case, observed_by=observer)
    line = ("decide", "C1", "--outcome", "substantiated", "--by", by)
    refused = concern(staffed, case, *line, reason="x")
    assert (refused.code, refused.error["rule"], refused.error["fields"]) == (4, "H3", ["by"])
    assert concern(staffed, case, *line[:-1], "ruiz", reason="x").code == 0


def test_one_of_two_observers_may_decide(staffed: Run, case: str) -> None:
    facts = [FACT, {**FACT, "observed_by": "hale"}]
    assert concern(staffed, case, "add", facts=facts).code == 0
    line = ("decide", "C1", "--outcome", "substantiated", "--by", "hale")
    assert concern(staffed, case, *line, reason="x").json["status"] == "substantiated"


@pytest.mark.parametrize("outcome", [None, "insufficient"])
def test_nothing_is_done_about_what_is_not_substantiated(
    staffed: Run, case: str, outcome: str | None
) -> None:
    noted(staffed, case)
    if outcome:
        line = ("decide", "C1", "--outcome", outcome, "--by", "hale")
        assert concern(staffed, case, *line, reason="x").code == 0
    refused = concern(staffed, case, *mitigation("schedule"))
    assert (refused.code, refused.error["rule"]) == (4, "H3")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--review", "2026-10-28", "--ends", "2027-01-12"), 0),
        (("--review", "2026-10-29"), 4),
        (("--review", "2026-10-13"), 4),
        (("--ends", "2027-01-13"), 4),
        (("--ends", "2026-10-13"), 4),
        (("--starts", "2026-10-10", "--review", "2026-10-25"), 4),
        (("--starts", "2026-10-10", "--review", "2026-10-24", "--ends", "2027-01-08"), 0),
        (("--starts", "2026-10-10", "--review", "2026-10-24", "--ends", "2027-01-09"), 4),
    ],
)
def test_a_review_within_14_days_and_an_end_within_90(
    staffed: Run, case: str, options: tuple[str, ...], code: int
) -> None:
    substantiated(staffed, case)
    made = concern(staffed, case, *mitigation("schedule", *options))
    assert made.code == code, made.err
    if code:
        assert made.error["rule"] == "H4"


def test_without_an_end_nothing_is_kept(staffed: Run, case: str) -> None:
    substantiated(staffed, case)
    line = ("mitigate", "C1", "--type", "schedule", "--owner", "lee", "--review", "2026-10-28")
    missing = concern(staffed, case, *line)
    assert (missing.code, missing.error["fields"]) == (2, ["ends_on"])


def test_event_48_social_media_needs_a_policy_in_force(staffed: Run, case: str) -> None:
    substantiated(staffed, case)
    line = mitigation("social_media")
    refused = concern(staffed, case, *line)
    assert (refused.code, refused.error["fields"]) == (4, ["policy"])
    assert concern(staffed, case, *line, "--policy", "WATCH").code == 5
    add = ("protocol", "add", "WATCH", "--kind", "policy", "--topic", "social_media_monitoring")
    assert staffed(*add, "--version", "1", given={"title": "x"}).code == 0
    for _ in ("draft", "ended"):
        refused = concern(staffed, case, *line, "--policy", "WATCH")
        assert (refused.code, refused.error["fields"]) == (4, ["policy"])
        assert staffed("protocol", "adopt", "WATCH", "--on", "2026-10-01", today=TODAY).code in (
            0,
            2,
        )
        assert staffed("protocol", "end", "WATCH", "--on", "2026-10-02", today=TODAY).code in (0, 2)


def watched(run: Run, ref: str) -> None:
    substantiated(run, ref)
    add = ("protocol", "add", "WATCH", "--kind", "policy", "--topic", "social_media_monitoring")
    line = (*add, "--version", "1", "--adopted", "2026-10-01")
    assert run(*line, given={"title": "x"}, today=TODAY).code == 0
    made = concern(run, ref, *mitigation("social_media", "--policy", "watch"))
    assert made.code == 0, made.err
    assert made.json["mitigations"][0]["policy"] == "WATCH"


def test_a_look_keeps_when_and_by_whom_and_never_what(staffed: Run, case: str) -> None:
    watched(staffed, case)
    made = concern(staffed, case, "look", "C1", "MI1", "--seen", "yes", today="2026-10-20")
    looks = made.json["mitigations"][0]["looks"]
    assert looks == [{"on": "2026-10-20", "by": "okafor", "seen": True}]
    properties = staffed("schema", "concern", "look").json["properties"]
    assert set(properties) == {"on", "by", "seen"}
    late = concern(staffed, case, "look", "C1", "1", "--seen", "no", today="2027-01-13")
    assert late.code == 2
    assert concern(staffed, case, "look", "C1", "MI7", "--seen", "no").code == 5
    assert concern(staffed, case, "look", "C1", "a b", "--seen", "no").code == 4
    assert staffed("protocol", "end", "WATCH", "--on", "2026-10-21", today="2026-10-21").code == 0
    over = concern(staffed, case, "look", "C1", "MI1", "--seen", "no", today="2026-10-22")
    assert (over.code, over.error["fields"]) == (4, ["policy"])


def test_it_is_renewed_only_by_a_review_that_reads_the_facts_again(staffed: Run, case: str) -> None:
    substantiated(staffed, case)
    assert concern(staffed, case, *mitigation("schedule", "--ends", "2026-11-30")).code == 0
    line = ("review", "C1", "--next", "2026-11-10", "--ends", "2027-01-26")
    refused = concern(staffed, case, *line, today="2026-10-28")
    assert (refused.code, refused.error["fields"]) == (4, ["facts_read"])
    read = concern(staffed, case, *line, "--facts-read", "yes", today="2026-10-28")
    assert (read.json["ends_on"], read.json["review_on"]) == ("2027-01-26", "2026-11-10")
    late = concern(
        staffed,
        case,
        "review",
        "C1",
        "--facts-read",
        "yes",
        "--ends",
        "2027-01-27",
        today="2026-10-28",
    )
    assert (late.code, late.error["rule"]) == (4, "H4")
    late = concern(staffed, case, "review", "C1", "--next", "2026-11-12", today="2026-10-28")
    assert (late.code, late.error["fields"]) == (4, ["review_on"])


def test_event_89_a_review_that_falls_on_a_closed_day_asks(staffed: Run, case: str) -> None:
    substantiated(staffed, case)
    assert concern(staffed, case, *mitigation("schedule", "--who-moves", case)).code == 0
    rows = staffed("agenda", "--json", today="2026-10-28").json["items"]
    assert [
        (row["id"], row["kind"], row["state"]) for row in rows if row["kind"] == "mitigation"
    ] == [(f"{case}/C1.1@2026-10-28", "mitigation", "due")]
    said = staffed("concern", "review", case, "C1", today="2026-10-28")
    assert said.code == 0, said.err
    assert "Wed 11 Nov 2026, in 14 days, is a closed day" in said.err
    assert "Tue 10 Nov" in said.err
    row = concern(staffed, case, "review", "C1", "--next", "2026-11-10", today="2026-10-28").json
    assert (row["status"], row["review_on"]) == ("mitigating", "2026-11-10")


def test_with_nothing_written_it_ends_and_is_in_no_ordinary_view(staffed: Run, case: str) -> None:
    substantiated(staffed, case)
    assert concern(staffed, case, *mitigation("schedule")).code == 0
    late = "2027-01-13"
    assert staffed("concern", "list", "--json", today=late).json["items"] == []
    rows = staffed("concern", "list", "--status", "expired", "--json", today=late).json["items"]
    assert [row["id"] for row in rows] == ["C1"]
    kinds = {row["kind"] for row in staffed("agenda", "--json", today=late).json["items"]}
    assert not kinds & {"concern", "mitigation"}
    shown = staffed("case", "show", case, "--json", today=late).json
    assert shown["concerns"] == []
    told = staffed("case", "timeline", case, "--json", today=late).json["items"]
    assert "concern" not in {event["kind"] for event in told}
    assert staffed("find", "--json", given={"text": "older guys"}, today=late).json["items"] == []
    assert concern(staffed, case, *mitigation("schedule"), today=late).code == 2


def test_what_was_not_substantiated_is_purged_and_that_is_a_row(staffed: Run, case: str) -> None:
    noted(staffed, case)
    line = ("decide", "C1", "--outcome", "insufficient", "--by", "hale")
    assert concern(staffed, case, *line, reason="a misunderstanding").code == 0
    for today, state in (("2027-01-12", "due"), ("2027-02-01", "overdue")):
        rows = staffed("agenda", "--json", today=today).json["items"]
        (row,) = [row for row in rows if "purge" in row["command"]]
        assert (row["due_on"], row["state"]) == ("2027-01-12", state)
        assert row["command"] == f"reintegrate concern purge {case} C1"
    gone = concern(staffed, case, "purge", "C1", "--yes", today="2027-02-01")
    assert (gone.code, gone.json["concerns"]) == (0, 1)
    assert staffed("concern", "show", case, "C1", today="2027-02-01").code == 5
    session.begin(None, None)
    with session.reading() as store:
        text = repr(list(store.shelf.rows("values")))
    assert "older guys" not in text
    assert staffed("vault", "verify").code == 0


def test_what_was_substantiated_is_not_purged_nor_what_a_hold_keeps(
    staffed: Run, case: str
) -> None:
    substantiated(staffed, case)
    refused = concern(staffed, case, "purge", "C1", "--yes")
    assert (refused.code, refused.error["rule"]) == (4, "K3")
    assert concern(staffed, case, "add", facts=[FACT]).code == 0
    assert staffed("vault", "hold", "add", "--case", case).code == 0
    refused = concern(staffed, case, "purge", "C2", "--yes")
    assert (refused.code, refused.error["rule"]) == (4, "K4")


def test_event_47_the_key_person_is_one_a_counselor_or_social_worker_with_a_backup(
    staffed: Run, case: str
) -> None:
    substantiated(staffed, case)
    for owner, more, field in (
        ("pine", ("--backup", "lee"), "owner"),
        ("hale", ("--backup", "lee"), "owner"),
        ("ruiz", (), "backup"),
        ("ruiz", ("--backup", "RUIZ"), "backup"),
    ):
        refused = concern(staffed, case, *mitigation("key_staff", *more, owner=owner))
        assert (refused.code, refused.error["fields"]) == (4, [field])
    line = mitigation("key_staff", "--backup", "lee", owner="ruiz")
    made = concern(staffed, case, *line)
    assert (made.json["key_staff"], made.json["backup"]) == ("ruiz", "lee")
    assert concern(staffed, case, *mitigation("key_staff", "--backup", "ruiz")).code == 2


def test_a_wish_about_being_kept_apart_is_heeded(staffed: Run, case: str) -> None:
    substantiated(staffed, case)
    wish = ("wish", "add", case, "--about", "separation", "--heard-by", "lee")
    assert staffed(*wish, given={"words": "I keep my lunch"}).code == 0
    refused = concern(staffed, case, *mitigation("schedule"))
    assert (refused.code, refused.error["rule"]) == (4, "W1")
    assert concern(staffed, case, *mitigation("other")).code == 0
    assert concern(staffed, case, *mitigation("schedule", "--honors", "W1")).code == 0
