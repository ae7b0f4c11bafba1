"""``fund``: who pays, what is left, and by when to act; whether to apply is the student's choice."""

from pathlib import Path
from typing import Any

import pytest

from conftest import Ended, Run
from reintegrate_cli.kept import session

NO_SUBJECT = (
    "source sources authorize submit choose use invoice pay refund correct outcome appeal confirm"
    " list balance show export"
)
LAW = {"rule": "within three years of the day it became known", "citation": "Jefferson Stat. 12"}


@pytest.fixture
def payers(district: Run, case: str) -> Run:
    """Alder Creek's payers, in their order, and where the student lives."""
    lives_in = {"lives_in": {"city": "Alder Creek", "state": "Jefferson"}}
    assert district("case", "edit", case, "--identified-on", "2024-02-01", given=lives_in).code == 0
    ok(district, "source", "MEDICAID", "--tier", "medicaid", "--order", "1")
    cvc = ("--order", "3", "--last-resort", "--state", "Jefferson", "--file-months", "36")
    months = ("--good-cause-months", "60", "--verified", "2026-09-01")
    ok(district, "source", "CVC", "--tier", "state", *cvc, *months, given=LAW)
    city = ("--tier", "city", "--order", "4", "--cap", "600.00", "--pool", "1000.00")
    ok(district, "source", "CITY", *city, "--city", "alder-creek")
    return district


def ok(run: Run, *line: str, **more: Any) -> dict[str, Any]:
    ended = run("fund", *line, "--json", **more)
    assert ended.code == 0, ended.err
    made: dict[str, Any] = ended.json
    return made


def refused(run: Run, rule: str, *line: str, **more: Any) -> Ended:
    ended = run("fund", *line, "--json", **more)
    assert ended.code == 4, ended.err
    assert ended.error["rule"] == rule
    assert ended.error["fields"]
    return ended


def balances(run: Run, *narrowing: str, today: str = "") -> dict[str, dict[str, Any]]:
    items = ok(run, "balance", *narrowing, today=today)["items"]
    return {item["source"]: item for item in items}


def rows(run: Run, today: str, days: str = "400") -> list[tuple[str, str, str]]:
    found = run("agenda", "--kind", "funding", "--days", days, "--json", today=today).json["items"]
    return [(row["label"], row["due_on"], row["state"]) for row in found]


def test_money_is_whole_cents_and_the_rest_follows(payers: Run, case: str) -> None:
    ok(payers, "authorize", case, "--source", "CITY", "--sessions", "4", "--amount", "600.00")
    used = ok(payers, "use", case, "--source", "city", "--sessions", "1.5")
    assert (used["used_cents"], used["remaining_cents"]) == (22_500, 37_500)
    assert (used["sessions_authorized"], used["sessions_used"]) == (4, 1.5)
    ok(payers, "invoice", case, "--source", "CITY")
    paid = ok(payers, "pay", case, "--source", "CITY", "--amount", "200.10")
    assert (paid["invoiced_cents"], paid["paid_cents"]) == (22_500, 20_010)
    back = ok(payers, "refund", case, "--source", "CITY", "--amount", "0.10", given={"reason": "x"})
    assert (back["refunded_cents"], back["used_cents"]) == (10, 22_500)


def test_what_is_not_open_is_neither_invoiced_nor_paid(payers: Run, case: str) -> None:
    ok(payers, "authorize", case, "--source", "CITY", "--amount", "600.00")
    for verb in ("invoice", "pay"):
        ended = payers("fund", verb, case, "--source", "CITY", "--json")
        assert (ended.code, ended.error["fields"]) == (2, ["amount"])
        assert ended.error["message"] == f"there is nothing to {verb}"
    ok(payers, "use", case, "--source", "CITY", "--amount", "100.05")
    assert ok(payers, "invoice", case, "--source", "CITY")["invoiced_cents"] == 10_005
    assert ok(payers, "pay", case, "--source", "CITY")["paid_cents"] == 10_005


def test_sessions_that_cannot_be_parted_evenly_come_to_the_cent(payers: Run, case: str) -> None:
    ok(payers, "authorize", case, "--source", "CITY", "--sessions", "3", "--amount", "100.00")
    used = [ok(payers, "use", case, "--source", "CITY", "--sessions", "0.5") for _ in range(6)]
    assert used[0]["used_cents"] == 1_666
    assert (used[-1]["used_cents"], used[-1]["remaining_cents"]) == (10_000, 0)


@pytest.mark.parametrize(
    "amount", ["1,000.00", "1e2", "-5.00", "600.001", "$600", "six", "1_000", ".50", "600.00.0"]
)
def test_an_amount_that_is_not_exact_is_refused(payers: Run, case: str, amount: str) -> None:
    ended = payers("fund", "authorize", case, "--source", "CITY", f"--amount={amount}", "--json")
    assert ended.code in (2, 4)
    assert ended.code == 2 or ended.error["rule"] == "argv"
    assert balances(payers) == {}


def test_more_than_was_authorized_is_refused(payers: Run, case: str) -> None:
    source = ("--source", "CITY")
    refused(payers, "I1", "use", case, *source, "--sessions", "1")
    ok(payers, "authorize", case, *source, "--sessions", "2", "--amount", "300.00")
    refused(payers, "I1", "use", case, *source, "--sessions", "2.5")
    refused(payers, "I1", "use", case, *source, "--amount", "300.01")
    ok(payers, "use", case, *source, "--sessions", "2", "--amount", "300.00")
    refused(payers, "I1", "use", case, *source, "--amount", "0.01")
    refused(payers, "I1", "pay", case, *source, "--amount", "0.01")
    ok(payers, "invoice", case, *source, "--amount", "100.00")
    refused(payers, "I1", "pay", case, *source, "--amount", "100.01")
    given = {"reason": "x"}
    refused(payers, "I1", "refund", case, *source, "--amount", "0.01", given=given)


def test_no_case_gets_more_than_its_cap_and_all_no_more_than_the_pool(
    payers: Run, case: str
) -> None:
    refused(payers, "I1", "authorize", case, "--source", "CITY", "--amount", "600.01")
    ok(payers, "authorize", case, "--source", "CITY", "--amount", "600.00")
    refused(payers, "I1", "authorize", case, "--source", "CITY", "--amount", "0.01")
    add = ("case", "add", "--school", "Juniper", "--setting", "home", "--json")
    other = payers(*add).json["ref"]
    refused(payers, "I1", "authorize", other, "--source", "CITY", "--amount", "400.01")
    ok(payers, "authorize", other, "--source", "CITY", "--amount", "400.00")
    refused(payers, "I1", "source", "CITY", "--tier", "city", "--pool", "999.99")
    refused(payers, "I1", "source", "CITY", "--tier", "city", "--cap", "599.99")
    (city,) = [row for row in ok(payers, "sources")["items"] if row["slug"] == "CITY"]
    assert (city["pool_cents"], city["pool_left_cents"]) == (100_000, 0)


def test_what_is_used_counts_on_the_day_of_its_authorization_alone(payers: Run, case: str) -> None:
    first = ("--source", "CITY", "--sessions", "2", "--amount", "200.00")
    ok(payers, "authorize", case, *first, "--on", "2026-09-01", "--ends", "2026-09-15")
    refused(payers, "I1", "use", case, "--source", "CITY", "--sessions", "1", "--on", "2026-09-16")
    refused(payers, "I1", "use", case, "--source", "CITY", "--sessions", "1", "--on", "2026-08-31")
    ok(payers, "use", case, "--source", "CITY", "--sessions", "1", "--on", "2026-09-15")
    ok(payers, "authorize", case, *first, "--on", "2026-09-10", "--ends", "2026-10-30")
    refused(payers, "I1", "use", case, "--source", "CITY", "--sessions", "3")
    ok(payers, "use", case, "--source", "CITY", "--sessions", "1", "--on", "2026-09-12")
    used = ok(payers, "use", case, "--source", "CITY", "--sessions", "2")
    assert (used["used_cents"], used["sessions_used"]) == (40_000, 4)


def test_a_correction_is_an_entry_and_what_was_entered_stays(payers: Run, case: str) -> None:
    source = ("--source", "CITY")
    ok(payers, "authorize", case, *source, "--sessions", "4", "--amount", "400.00")
    ok(payers, "use", case, *source, "--sessions", "2")
    right = {"reason": "one of them was of a group"}
    line = ("correct", case, *source, "--amount", "150.00", "--sessions", "1.5")
    now = ok(payers, *line, given=right)
    assert (now["used_cents"], now["sessions_used"], now["entry"]) == (15_000, 1.5, 3)
    again = payers("fund", *line, "--json", given=right)
    assert (again.code, again.error["fields"]) == (2, ["amount"])
    entries = ok(payers, "show", case, "FU1")["entries"]
    assert [(each["kind"], each["cents"]) for each in entries] == [
        ("authorized", 40_000),
        ("used", 20_000),
        ("corrected", -5_000),
    ]
    assert (entries[2]["of"], entries[2]["halves"]) == (2, -1)
    lower = ("correct", case, *source, "--amount", "149.99", "--entry", "1")
    refused(payers, "I1", *lower, given=right)
    raised = ("correct", case, *source, "--amount", "600.01", "--entry", "1")
    refused(payers, "I1", *raised, given=right)
    assert payers("fund", *line, "--entry", "3", given=right).code == 2
    early = payers("fund", *line, "--entry", "2", "--on", "2026-09-01", "--json", given=right)
    assert (early.code, early.error["fields"]) == (2, ["on"])


def test_a_refund_with_sessions_gives_them_back(payers: Run, case: str) -> None:
    source, why = ("--source", "CITY"), {"reason": "the therapist was ill"}
    ok(payers, "authorize", case, *source, "--sessions", "4", "--amount", "400.00")
    ok(payers, "use", case, *source, "--sessions", "4")
    ok(payers, "invoice", case, *source)
    ok(payers, "pay", case, *source)
    refused(payers, "I1", "use", case, *source, "--sessions", "1")
    line = ("refund", case, *source, "--amount", "100.00", "--sessions", "1")
    back = ok(payers, *line, given=why)
    assert (back["remaining_cents"], back["sessions_used"]) == (10_000, 3)
    again = ok(payers, "use", case, *source, "--sessions", "1")
    assert (again["remaining_cents"], again["used_cents"]) == (0, 40_000)


def test_the_student_chooses_whether_to_apply_and_a_no_is_final(payers: Run, case: str) -> None:
    given = ("--source", "CITY", "--student-agreed")
    for answer in ("no", "not-yet"):
        refused(payers, "S1", "submit", case, *given, answer)
        assert balances(payers) == {}
    ok(payers, "choose", case, "--source", "CVC", "--student-agreed", "not-yet")
    due = "2027-02-01"
    assert [row[1:] for row in rows(payers, "2026-12-01")] == [(due, "due")]
    words = {"words": "I do not want them to know"}
    said = ok(payers, "choose", case, "--source", "CVC", "--student-agreed", "no", given=words)
    assert (said["status"], said["deadline_on"]) == ("declined", None)
    assert rows(payers, "2026-12-01") == rows(payers, "2027-03-01") == []
    assert "I do not want them to know" in payers("case", "show", case).out
    line = ("submit", case, "--source", "CVC", "--student-agreed", "yes")
    assert ok(payers, *line, "--override", given={"reason": "x"})["status"] == "submitted"


def test_a_payer_of_last_resort_waits_for_those_before_it(payers: Run, case: str) -> None:
    line = ("submit", case, "--source", "CVC", "--student-agreed", "yes")
    ended = refused(payers, "I3", *line)
    assert f"fund outcome {case} --source MEDICAID" in ended.error["hint"]
    refused(payers, "I3", "authorize", case, "--source", "CVC", "--sessions", "10")
    ok(payers, "submit", case, "--source", "CITY", "--student-agreed", "yes")
    alone = payers("fund", *line, "--override", "--no-input", "--json")
    assert (alone.code, alone.error["fields"]) == (2, ["reason"])
    ok(payers, "outcome", case, "--source", "MEDICAID", "--outcome", "not-eligible")
    assert ok(payers, *line)["status"] == "submitted"


def test_an_override_goes_on_and_its_reason_is_kept(payers: Run, case: str) -> None:
    line = ("submit", case, "--source", "CVC", "--student-agreed", "yes", "--override")
    ok(payers, *line, given={"reason": "no letter may go to the house"})
    (entry,) = ok(payers, "show", case, "FU1")["entries"]
    assert (entry["override"], entry["reason"]) == (True, "no letter may go to the house")
    done = [row["command"] for row in payers("history", "--json").json["items"]]
    assert "fund submit --override" in done


def test_sessions_of_the_last_resort_are_used_last(payers: Run, case: str) -> None:
    whole = ("--sessions", "2", "--amount", "200.00")
    ok(payers, "authorize", case, "--source", "MEDICAID", *whole, "--ends", "2026-10-05")
    ok(payers, "authorize", case, "--source", "CVC", *whole)
    line = ("use", case, "--source", "CVC", "--sessions", "1")
    refused(payers, "I3", *line)
    ok(payers, *line, today="2026-10-06")
    ok(payers, "use", case, "--source", "MEDICAID", "--sessions", "2")
    ok(payers, *line)


def test_who_does_not_live_there_is_no_reason_to_wait(payers: Run, case: str) -> None:
    ok(payers, "source", "COUNTY", "--tier", "county", "--order", "2", "--county", "Elm")
    ok(payers, "outcome", case, "--source", "MEDICAID", "--outcome", "denied")
    line = ("submit", case, "--source", "CVC", "--student-agreed", "yes")
    refused(payers, "I3", *line)
    elsewhere = {"city": "Alder Creek", "county": "Oak", "state": "Jefferson"}
    assert payers("case", "edit", case, given={"lives_in": elsewhere}).code == 0
    ok(payers, *line)


def test_eligibility_says_by_which_rule(payers: Run, case: str) -> None:
    ok(payers, "source", "COUNTY", "--tier", "county", "--order", "2", "--county", "Elm")
    ok(payers, "source", "OTHER", "--tier", "city", "--city", "Bend", "--state", "Jefferson")
    items = ok(payers, "sources", "--case", case)["items"]
    assert [(row["slug"], row["eligible"], row["eligible_by"]) for row in items] == [
        ("MEDICAID", "yes", "no residence rule"),
        ("COUNTY", "ask", "county"),
        ("CVC", "yes", "state"),
        ("CITY", "yes", "city"),
        ("OTHER", "no", "city"),
    ]


def test_a_provider_who_is_paid_has_no_claim(payers: Run, case: str) -> None:
    line = ("authorize", case, "--source", "VSAS-FUND", "--sessions", "10")
    assert payers("partner", "add", "VSAS", "--kind", "other", "--regime", "vawa_voca").code == 0
    ok(payers, "source", "VSAS-FUND", "--tier", "voca")
    refused(payers, "I5", *line)
    refused(payers, "I5", *line, "--partner", "VSAS", given={"claim_number": "7"})
    agreed = ("--student-agreed", "yes")
    refused(payers, "I5", "submit", case, "--source", "VSAS-FUND", *agreed)
    made = payers("fund", *line, "--partner", "vsas")
    assert (made.code, "VSAS is bound by VAWA and VOCA" in made.err) == (0, True)


def test_a_source_of_another_place_says_so_and_an_unknown_one_is_asked_for(
    payers: Run, case: str
) -> None:
    ok(payers, "source", "BEND", "--tier", "city", "--city", "Bend")
    said = payers("fund", "authorize", case, "--source", "BEND", "--amount", "1.00")
    assert (said.code, "BEND pays for another city" in said.err) == (0, True)
    assert "case edit" not in payers("fund", "sources", "--case", case).err
    assert payers("case", "edit", case, given={"lives_in": None}).code == 0
    assert f"reintegrate case edit {case} asks" in payers("fund", "sources", "--case", case).err


def test_after_its_day_a_source_is_neither_closed_nor_offered_as_open(
    payers: Run, case: str
) -> None:
    ok(payers, "choose", case, "--source", "CVC", "--student-agreed", "yes")
    ok(payers, "outcome", case, "--source", "MEDICAID", "--outcome", "denied")
    line = ("submit", case, "--source", "CVC", "--student-agreed", "yes")
    late = "2027-02-02"
    ended = payers("fund", *line, today=late)
    assert (ended.code, "rule: I2" in ended.err) == (4, True)
    shown = ended.err + payers("fund", "list", today=late).out
    shown += payers("fund", "sources", "--case", case, today=late).out
    shown += payers("agenda", "--kind", "funding", today=late).out
    assert "has passed; good cause may open it" in " ".join(shown.split())
    assert "ask counsel" in shown
    for word in ("too late", "expired", "missed"):
        assert word not in shown
    (row,) = [row for row in ok(payers, "list", today=late)["items"] if row["source"] == "CVC"]
    assert (row["filing"], row["file_by"]) == ("passed", "2027-02-01")
    assert row["good_cause_by"] == "2029-02-01"
    ok(payers, *line, today="2027-02-01")
    payers("undo")
    ok(payers, *line, today=late, given={"good_cause": "she was in care in another state"})


def test_the_day_to_file_is_announced_and_never_walks(payers: Run, case: str) -> None:
    ok(payers, "choose", case, "--source", "CVC", "--student-agreed", "yes")
    label = "funding FU1: the day to file Mon 1 Feb"
    assert rows(payers, "2026-11-02") == [(label, "2027-02-01", "upcoming")]
    for today, state in (("2026-11-03", "due"), ("2027-02-01", "due"), ("2027-02-02", "overdue")):
        assert rows(payers, today, "0") == [(label, "2027-02-01", state)]
    assert payers("case", "edit", case, "--identified-on", "2024-03-01").code == 0
    assert [row[1] for row in rows(payers, "2026-12-01")] == ["2027-03-01"]
    line = ("--tier", "state", "--file-months", "24")
    ok(payers, "source", "CVC", *line)
    assert [row[1] for row in rows(payers, "2026-12-01")] == ["2026-03-01"]


def test_renewal_papers_are_asked_for_eight_sessions_before_the_limit(
    payers: Run, case: str
) -> None:
    source = ("--source", "MEDICAID")
    ok(payers, "authorize", case, *source, "--sessions", "40", "--amount", "4000.00")
    ok(payers, "use", case, *source, "--sessions", "31.5")
    assert rows(payers, "2026-10-01") == []
    ok(payers, "use", case, *source, "--sessions", "0.5", today="2026-10-02")
    row = ("funding FU1: renewal papers now Fri 2 Oct", "2026-10-02", "due")
    assert rows(payers, "2026-10-02") == rows(payers, "2026-12-02") == [row]
    ok(payers, "authorize", case, *source, "--sessions", "20", today="2026-12-02")
    assert rows(payers, "2026-12-02") == []


def test_an_authorization_that_ends_is_spoken_of_a_month_before(payers: Run, case: str) -> None:
    source = ("--source", "MEDICAID", "--sessions", "40", "--amount", "4000.00")
    ok(payers, "authorize", case, *source, "--ends", "2026-12-31")
    label = "funding FU1: authorization ends Thu 31 Dec"
    assert rows(payers, "2026-11-30", "40")[0][2] == "upcoming"
    assert rows(payers, "2026-12-01", "0") == [(label, "2026-12-31", "due")]
    assert rows(payers, "2027-01-02", "0") == [(label, "2026-12-31", "due")]
    ok(payers, "outcome", case, "--source", "MEDICAID", "--outcome", "exhausted")
    assert rows(payers, "2027-01-02", "0") == []


def test_a_denial_closes_what_is_left_names_who_is_next_and_can_be_appealed(
    payers: Run, case: str
) -> None:
    source = ("--source", "MEDICAID")
    ok(payers, "authorize", case, *source, "--sessions", "10", "--amount", "1000.00")
    ok(payers, "use", case, *source, "--sessions", "4")
    line = ("outcome", case, *source, "--outcome", "denied", "--appeal-by", "2026-11-16")
    now = ok(payers, *line)
    assert (now["status"], now["closed_cents"], now["next_source"]) == ("denied", 60_000, "CVC")
    refused(payers, "I1", "use", case, *source, "--sessions", "1")
    label = "funding FU1: the day to appeal Mon 16 Nov"
    assert rows(payers, "2026-10-16") == [(label, "2026-11-16", "upcoming")]
    assert rows(payers, "2026-11-17") == [(label, "2026-11-16", "overdue")]
    asked = ok(payers, "appeal", case, *source, "--by", "2026-11-18")
    assert (asked["status"], asked["appeal_by"]) == ("appealed", "2026-11-18")
    sent = ok(payers, "appeal", case, *source, "--by", "2026-11-18", "--sent", "today")
    assert (sent["status"], sent["appeal_by"]) == ("appealed", None)
    assert rows(payers, "2026-11-17") == []
    won = ok(payers, "outcome", case, *source, "--outcome", "approved")
    assert (won["status"], won["closed_cents"], won["remaining_cents"]) == ("approved", 0, 60_000)
    ok(payers, "use", case, *source, "--sessions", "1")


def test_what_nobody_answered_cannot_be_appealed(payers: Run, case: str) -> None:
    line = ("appeal", case, "--source", "CVC", "--by", "2026-11-16")
    assert payers("fund", *line).code == 2
    ok(payers, "outcome", case, "--source", "CVC", "--outcome", "approved")
    assert payers("fund", *line).code == 2


def test_mail_is_asked_about_until_it_is_answered(payers: Run, case: str) -> None:
    line = ("--source", "CITY", "--student-agreed", "yes", "--mail-to", "student")
    assert payers("fund", "confirm", case, "--source", "CITY", "--granted", "yes").code == 2
    ok(payers, "submit", case, *line)
    row = ("funding FU1: confidential mail, asked Thu 1 Oct", "2026-10-01", "due")
    assert rows(payers, "2026-10-01") == rows(payers, "2026-12-01") == [row]
    now = ok(payers, "confirm", case, "--source", "CITY", "--granted", "no")
    assert (now["mail_to"], now["mail_granted"]) == ("student", False)
    assert rows(payers, "2026-12-01") == []


def test_a_clock_needs_its_rule_and_where_it_stands(payers: Run) -> None:
    line = ("fund", "source", "NEW", "--tier", "state", "--file-months", "36", "--json")
    bare = payers(*line, "--no-input")
    assert (bare.code, bare.error["fields"]) == (2, ["rule", "citation"])
    assert payers(*line, "--file-by", "2027-01-01", given=LAW).code == 2
    assert payers(*line, "--good-cause-months", "35", given=LAW).code == 2
    made = payers(*line[:-1], given=LAW)
    assert made.code == 0
    assert "nobody has said when its rule was looked up" in made.err


WHOLE = {
    "order": 2,
    "cap": "100.00",
    "pool": "200.00",
    "last_resort": True,
    "city": "Bend",
    "county": "Elm",
    "state": "Jefferson",
    "file_by": "2027-01-01",
    "good_cause_months": 6,
    "verified_on": "2026-09-01",
    "ended_on": "2026-09-30",
    **LAW,
}
KEPT = {"cap": "cap_cents", "pool": "pool_cents"}


@pytest.mark.parametrize("key", [*WHOLE, "file_months", "counted_from"])
def test_what_a_source_may_do_without_is_cleared(district: Run, key: str) -> None:
    line = ("source", "NEW", "--tier", "state")
    clock = {"file_by", "file_months", "good_cause_months", "rule", "citation", "counted_from"}
    given = {name: value for name, value in WHOLE.items() if not (key in clock and name in clock)}
    given[key] = {"file_months": 36, "counted_from": "opened_on"}.get(key, WHOLE.get(key))
    given |= {"file_by": "2027-01-01"} if key == "good_cause_months" else {}
    ok(district, *line, given=given | (LAW if key in clock else {}))
    more = ["--clear", "file_by"] if key == "good_cause_months" else []
    ok(district, *line, "--clear", key, *more)
    with session.reading() as store:
        (source,) = store.table("sources").all()
    kept = getattr(source, KEPT.get(key, key), None) or getattr(source.filing, key, None)
    assert kept in (None, "", False, "identified_on" if key == "counted_from" else None)


def test_a_source_that_ended_is_listed_as_that(payers: Run) -> None:
    ok(payers, "source", "CITY", "--tier", "city", "--ended", "today")
    names = [row["slug"] for row in ok(payers, "sources", "--status", "open")["items"]]
    assert names == ["MEDICAID", "CVC"]


def test_a_claim_number_and_reasons_are_in_no_list(payers: Run, case: str) -> None:
    line = ("authorize", case, "--source", "CITY", "--amount", "1.00")
    ok(payers, *line, given={"claim_number": "canary-7"})
    for verb in ("list", "balance"):
        for form in ("--json", "--csv"):
            assert "canary" not in payers("fund", verb, form).out
    assert "canary" not in payers("case", "show", case, "--json").out


def test_nothing_clinical_can_be_kept(payers: Run) -> None:
    for verb in NO_SUBJECT.split():
        shown = payers("schema", "fund", verb)
        if shown.code == 0:
            for key in shown.json["properties"]:
                for word in ("diagnosis", "therapy", "ssn", "note", "birth"):
                    assert word not in key


@pytest.mark.parametrize("format_", ["csv", "hledger", "beancount"])
def test_an_export_is_a_new_file_of_ones_own_and_an_entry_of_the_history(
    payers: Run, case: str, tmp_path: Path, format_: str
) -> None:
    ok(payers, "authorize", case, "--source", "CITY", "--amount", "1.00")
    out = tmp_path / "out"
    made = ok(payers, "export", "--format", format_, "--out", str(out))
    assert (made["cases"], made["entries"]) == (1, 1)
    assert out.stat().st_mode & 0o777 == 0o600
    again = payers("fund", "export", "--format", format_, "--out", str(out))
    assert again.code == 2
    last = payers("history", "--json").json["items"][-1]
    assert (last["command"], case in last["refs"]) == ("fund export", True)
    other = tmp_path / "other"
    nobodys = ("--out", str(other), "--case", "ZZZZ")
    assert payers("fund", "export", "--format", format_, *nobodys).code == 5
    assert not other.exists()


STATE = """
[state.compensation]
file_within = "3y"
rule = "three years"
citation = "Jefferson Stat. 12"
verified_on = 2026-09-14
"""


def config(tmp_path: Path, text: str) -> None:
    file = tmp_path / "district.toml"
    file.write_text(file.read_text() + text)


def test_a_source_of_the_state_takes_over_what_district_toml_says(
    district: Run, case: str, tmp_path: Path
) -> None:
    config(tmp_path, STATE)
    assert district("case", "edit", case, "--identified-on", "2026-02-16").code == 0
    made = district("fund", "source", "CVC", "--tier", "state", "--order", "3")
    assert "follows from district.toml" in made.err
    ok(district, "source", "OWN", "--tier", "state", "--file-months", "12", given=LAW)
    ok(district, "source", "CITY", "--tier", "city")
    items = ok(district, "sources", "--case", case)["items"]
    days = {row["slug"]: (row["file_by"], row["verified_on"]) for row in items}
    assert days == {
        "CVC": ("2029-02-16", "2026-09-14"),
        "OWN": ("2027-02-16", None),
        "CITY": (None, None),
    }


@pytest.mark.parametrize(
    "wrong",
    [
        ("3y", "3"),
        ("3y", "0y"),
        ("rule =", "rules ="),
        ('"three years"', '" "'),
        ("2026-09-14", '"soon"'),
        ('"3y"', '"3y"\ncounted_from = "birth"'),
        ('"3y"', '"3y"\ngood_cause_within = "35m"'),
    ],
    ids=lambda wrong: wrong[1].split("\n")[-1],
)
def test_what_district_toml_says_wrong_is_named_by_its_line(
    district: Run, tmp_path: Path, wrong: tuple[str, str]
) -> None:
    config(tmp_path, STATE.replace(*wrong))
    ended = district("fund", "sources", "--json")
    assert (ended.code, ended.error["fields"]) == (9, ["state"])
    assert "line 4" in ended.error["message"]
