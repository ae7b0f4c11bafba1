"""Releases: one agency, item by item, with an end; withdrawn by a word (rules A1 to A12, C7)."""

import os
import sys
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pexpect
import pytest
from hypothesis import given as explored
from hypothesis import strategies as st

from conftest import Ended, Run
from reintegrate_cli.core.errors import Refused
from reintegrate_cli.nouns.care.record import CareMember
from reintegrate_cli.nouns.release import record as releases
from reintegrate_cli.nouns.release import signing
from reintegrate_cli.nouns.release.record import Facts, Release, Signer

MOTHER = {"role": "parent", "name": "Ana Reyes"}
STUDENT = {"role": "student", "name": "Maya Reyes"}
WHOLE: dict[str, Any] = {
    "partner": "MERID",
    "records": ["attendance"],
    "purpose": "treatment_referral",
    "method": "phone",
    "signed_on": "2026-10-01",
    "signers": [STUDENT, MOTHER],
    "assent": "yes",
    "discussed_on": "2026-10-01",
    "alternatives_considered": "telling them nothing",
    "language": "English",
    "abuser_check_by": "lee",
    "recipient": "the intake counselor",
    "kept_where": "locked drawer 2",
    "copy_offered": True,
}


def signed(run: Run, ref: str, today: str = "", **other: Any) -> Ended:
    given = {key: value for key, value in {**WHOLE, **other}.items() if value is not None}
    return run("release", "add", ref, "--json", given=given, today=today)


@pytest.fixture
def agencies(district: Run) -> Run:
    for slug, kind, regime in (
        ("MERID", "mental_health", "hipaa"),
        ("VSAS", "sexual_assault_provider", "vawa_voca"),
        ("JPO", "probation", "none"),
    ):
        made = district("partner", "add", slug, "--kind", kind, "--regime", regime)
        assert made.code == 0, made.err
    return district


def born(run: Run, ref: str, day: str) -> None:
    assert run("case", "edit", ref, given={"birth_date": day}).code == 0


def test_event_4_a_release_holds_for_thirty_days_with_both_signers(
    agencies: Run, case: str
) -> None:
    made = signed(agencies, case)
    assert made.code == 0, made.err
    kept = made.json
    assert (kept["id"], kept["case"], kept["partner"]) == ("L1", case, "MERID")
    assert (kept["status"], kept["expires_on"], kept["records"]) == (
        "live",
        "2026-10-31",
        ["attendance"],
    )
    assert [one["role"] for one in kept["signers"]] == ["student", "parent"]
    assert "Reyes" not in made.out
    shown = agencies("release", "show", case, "--json").json
    assert shown["alternatives_considered"] == "telling them nothing"
    assert shown["status"] == "live"


STARRED = (
    "partner",
    "records",
    "purpose",
    "method",
    "signed_on",
    "signers",
    "assent",
    "discussed_on",
    "alternatives_considered",
    "abuser_check_by",
)


@pytest.mark.parametrize("missing", STARRED)
def test_a1_and_a8_each_field_is_needed_and_nothing_is_written(
    agencies: Run, case: str, missing: str
) -> None:
    refused = signed(agencies, case, **{missing: None})
    assert (refused.code, refused.error["fields"]) == (2, [missing])
    assert agencies("release", "list", "--json").json["items"] == []


@pytest.mark.parametrize("named", ["MDT", "task-force", "all", "VSAS,MERID"])
def test_a4_a_release_is_for_one_agency(agencies: Run, case: str, named: str) -> None:
    given = {key: value for key, value in WHOLE.items() if key != "partner"}
    refused = agencies("release", "add", case, "--partner", named, "--json", given=given)
    assert (refused.code, refused.error["rule"]) == (4, "A4")
    twice = agencies(
        "release", "add", case, "--partner", "VSAS", "--partner", "JPO", "--json", given=given
    )
    assert (twice.code, twice.error["rule"]) == (4, "A4")


def test_event_5_free_text_for_an_agency_is_refused_and_an_unknown_one_is_five(
    agencies: Run, case: str
) -> None:
    given = {key: value for key, value in WHOLE.items() if key != "partner"}
    refused = agencies("release", "add", case, "--partner", "task force", "--json", given=given)
    assert (refused.code, refused.error["rule"]) == (4, "argv")
    assert "task force" not in refused.err
    assert signed(agencies, case, partner="NOBODY").code == 5
    assert signed(agencies, case, abuser_check_by="nobody").code == 5


def test_a9_the_whole_file_is_never_the_scope(agencies: Run, case: str) -> None:
    refused = signed(agencies, case, records=["all"])
    assert (refused.code, refused.error["rule"]) == (4, "A9")
    assert signed(agencies, case, records=["grades"]).code == 2
    assert (
        "all"
        not in agencies("schema", "release", "add").json["properties"]["records"]["items"]["enum"]
    )


def test_a5_a_release_ends_is_warned_about_and_is_never_longer_than_a_year(
    agencies: Run, case: str
) -> None:
    def until(day: str) -> Ended:
        given = {**WHOLE, "expires_on": day}
        return agencies("release", "add", case, given=given)

    assert "more than 90 days" not in until("2026-12-30").err
    assert "more than 90 days" in until("2026-12-31").err
    assert until("2027-10-01").code == 0
    refused = signed(agencies, case, expires_on="2027-10-02")
    assert (refused.code, refused.error["rule"]) == (4, "A5")
    assert signed(agencies, case, expires_on="2026-09-30").code == 2
    assert signed(agencies, case, signed_on="2026-10-02").code == 2


def test_a_parents_release_holds_through_the_eve_of_18(agencies: Run, case: str) -> None:
    agencies("case", "edit", case, given={"birth_date": "2008-10-16"})
    spoken = agencies("release", "add", case, given=WHOLE).err
    assert "it is valid through Thu 15 Oct 2026" in spoken
    assert f"reintegrate case rights {case} says why" in spoken
    assert "31 Oct" not in spoken
    agencies("checkin", "schedule", case, "--with", "partner", "--who", "merid", "--mode", "phone")
    told = agencies("checkin", "done", case, "--on", "2026-10-01", today="2026-10-01").err
    assert "through Thu 15 Oct" in told
    # Of her age no list and no row tells the day.
    rows = agencies("agenda", "--days", "60", "--kind", "release", "--json").json["items"]
    assert [row["due_on"] for row in rows] == ["2026-10-31"]
    assert agencies("agenda", "--kind", "release", "--json", today="2026-10-16").json["items"] == []


def test_a2_on_the_eighteenth_birthday_a_parent_signs_no_more(agencies: Run, case: str) -> None:
    born(agencies, case, "2008-10-21")
    before = signed(agencies, case, signers=[MOTHER], signed_on="2026-10-20", today="2026-10-21")
    assert (before.code, before.json["status"]) == (0, "suspended")
    refused = signed(agencies, case, signers=[MOTHER], signed_on="2026-10-21", today="2026-10-21")
    assert (refused.code, refused.error["rule"]) == (4, "A2")
    assert "2008" not in refused.err
    own = signed(
        agencies,
        case,
        signers=[{"role": "eligible_student"}],
        signed_on="2026-10-21",
        today="2026-10-21",
    )
    assert (own.code, own.json["status"]) == (0, "live")
    late = signed(
        agencies,
        case,
        signers=[{"role": "eligible_student"}],
        signed_on="2026-10-01",
        today="2026-10-21",
    )
    assert (late.code, late.error["rule"]) == (4, "A2")


def test_a2_under_eighteen_the_student_alone_is_not_enough(agencies: Run, case: str) -> None:
    refused = signed(agencies, case, signers=[STUDENT])
    assert (refused.code, refused.error["rule"]) == (4, "A2")
    paper = signed(agencies, case, signers=[{"role": "surrogate"}])
    assert (paper.code, paper.error["rule"]) == (4, "A2")
    given = [{"role": "surrogate", "authority_document": "order 7 of 3 Sep"}]
    assert signed(agencies, case, signers=given).code == 0


@pytest.mark.parametrize("signers", [[MOTHER], [STUDENT]])
def test_a3_a_vawa_partner_needs_the_student_and_a_parent(
    agencies: Run, case: str, signers: list[Any]
) -> None:
    refused = signed(agencies, case, partner="VSAS", signers=signers)
    assert (refused.code, refused.error["rule"]) == (4, "A3")
    assert signed(agencies, case, partner="VSAS").code == 0


def test_a3_a_barred_father_never_signs(agencies: Run, case: str) -> None:
    agencies("care", "add", case, "--role", "caregiver", given={"name": "Tom Reed"})
    agencies(
        "care", "family", case, "K1", "--appropriate", "no", "--decided-by", "okafor", "--barred"
    )
    for father in (
        {"role": "parent", "name": " tom  REED "},
        {"role": "guardian", "name": "Reed"},
        {"role": "parent", "name": "somebody else", "care": "K1"},
        {"role": "parent"},
    ):
        refused = signed(agencies, case, signers=[STUDENT, father])
        assert (refused.code, refused.error["rule"]) == (4, "A3"), father
        assert "reed" not in refused.err.lower()
    assert signed(agencies, case, signers=[STUDENT, MOTHER]).code == 0
    assert signed(agencies, case, signers=[STUDENT, {**MOTHER, "care": "K9"}]).code == 5
    agencies("care", "add", case, "--role", "caregiver")
    agencies(
        "care", "family", case, "K2", "--appropriate", "no", "--decided-by", "okafor", "--barred"
    )
    unsure = signed(agencies, case, signers=[STUDENT, MOTHER])
    assert (unsure.code, unsure.error["fields"]) == (4, ["care"])
    agencies("care", "add", case, "--role", "caregiver")
    assert signed(agencies, case, signers=[STUDENT, {**MOTHER, "care": "K3"}]).code == 0


def test_a10_the_students_no_stands_over_a_signature(agencies: Run, case: str) -> None:
    refused = signed(agencies, case, assent="no")
    assert (refused.code, refused.error["rule"]) == (4, "A10")
    assert agencies("release", "list", "--json").json["items"] == []
    limits = signed(agencies, case, assent="nothing about my mother")
    assert (limits.code, limits.json["assent"]) == (0, "limits")
    assert "mother" not in limits.out
    assert "nothing about my mother" in agencies("case", "show", case).out


def test_a1_an_electronic_signature_takes_how_the_person_was_known(
    agencies: Run, case: str
) -> None:
    refused = signed(agencies, case, signature="electronic")
    assert (refused.code, refused.error["fields"]) == (4, ["identity_check"])
    assert signed(agencies, case, signature="electronic", identity_check="seen in person").code == 0


def test_a6_a_spoken_word_withdraws_it_at_once_and_is_to_be_had_in_writing(
    agencies: Run, case: str
) -> None:
    signed(agencies, case)
    done = agencies("release", "revoke", case, "L1", "--by", "student", "--json")
    assert (done.code, done.json["status"], done.json["revoked_how"]) == (0, "revoked", "oral")
    tasks = agencies("task", "list", "--json").json["items"]
    assert [(one["case"], one["due_on"]) for one in tasks] == [(case, "2026-10-08")]
    assert agencies("release", "revoke", case, "L1", "--by", "student").code == 2
    line = ("release", "revoke", case, f"{case}/L1", "--by", "student", "--how", "written")
    again = agencies(*line, "--on", "2026-10-05", "--json", today="2026-10-06")
    assert (again.json["revoked_on"], again.json["written_on"]) == ("2026-10-01", "2026-10-05")
    assert agencies("undo").code == 4
    assert agencies("release", "revoke", case, "L1", "--by", "student").code == 2


def test_a6_what_was_withdrawn_in_writing_leaves_no_task_and_no_agenda_row(
    agencies: Run, case: str
) -> None:
    signed(agencies, case)
    agencies("release", "revoke", case, "L1", "--by", "caregiver", "--how", "written")
    assert agencies("task", "list", "--json").json["items"] == []
    assert agencies("agenda", "--days", "60", "--json").json["items"] == []


def test_a7_nothing_else_depends_on_a_release(agencies: Run, case: str) -> None:
    """A case without one does everything else; sharing alone waits for it."""
    agencies("staff", "add", "hale", "--role", "social_worker")
    for line, given in (
        (("case", "note", case), {"text": "x"}),
        (("case", "edit", case, "--grade", "10"), None),
        (("wish", "add", case, "--about", "release", "--heard-by", "lee"), {"words": "x"}),
        (("wish", "outcome", case, "W1", "--outcome", "honored"), None),
        (("contact", "set", case), {"mode": "we_contact"}),
        (("care", "add", case, "--role", "therapist", "--agency", "MERID"), None),
        (("care", "family", case, "K1", "--appropriate", "yes", "--decided-by", "student"), None),
        (("task", "add", "--due", "fri", "--case", case), {"text": "x"}),
        (
            ("checkin", "schedule", case, "--with", "partner", "--who", "MERID", "--mode", "phone"),
            None,
        ),
        (("checkin", "done", case), None),
        (("case", "pause", case, "--until", "2026-10-09"), None),
        (("case", "resume", case), None),
        (("case", "step-down", case), None),
        (("case", "show", case), None),
        (("case", "timeline", case), None),
        (("case", "close", case, "--reason", "goals_met"), None),
        (("case", "reopen", case), None),
    ):
        ended = agencies(*line, given=given)
        assert ended.code == 0, (line, ended.err)


def test_e3_a_contact_with_a_partner_says_what_may_be_told(agencies: Run, case: str) -> None:
    agencies("checkin", "schedule", case, "--with", "partner", "--who", "merid", "--mode", "phone")
    assert "nothing about this student may be told" in agencies("checkin", "done", case).err
    signed(agencies, case, records=["attendance", "goals"])
    told = agencies("checkin", "done", case).err
    assert "attendance, goals" in told
    assert "nothing about" not in told
    late = agencies("checkin", "done", case, today="2026-11-01").err
    assert "nothing about this student may be told" in late


def test_w1_a_live_wish_about_a_release_is_heeded(agencies: Run, case: str) -> None:
    agencies("wish", "add", case, "--about", "release", "--heard-by", "lee", given={"words": "no"})
    refused = signed(agencies, case)
    assert (refused.code, refused.error["rule"]) == (4, "W1")
    assert signed(agencies, case, despite=["W1"], reason="she changed her mind").code == 0


def test_closing_names_what_still_holds(agencies: Run, case: str) -> None:
    signed(agencies, case)
    signed(agencies, case, partner="JPO")
    agencies("release", "revoke", case, "L2", "--by", "student", "--how", "written")
    assert "1 unexpired release" in agencies("case", "close", case, "--reason", "moved").err


def test_the_agenda_announces_the_end_and_is_never_late(agencies: Run, case: str) -> None:
    signed(agencies, case)

    def rows(today: str) -> list[tuple[str, str]]:
        found = agencies("agenda", "--days", "40", "--json", today=today).json["items"]
        return [(one["due_on"], one["state"]) for one in found if one["kind"] == "release"]

    assert rows("2026-10-01") == rows("2026-10-23") == [("2026-10-31", "upcoming")]
    assert rows("2026-10-24") == rows("2026-10-31") == [("2026-10-31", "due")]
    assert rows("2026-11-01") == []


def test_its_own_list_filters_by_status(agencies: Run, case: str) -> None:
    signed(agencies, case)
    signed(agencies, case, partner="JPO", effective_on="2026-10-10")
    for status, today, expected in (
        ("live", "2026-10-01", ["L1"]),
        ("future", "2026-10-01", ["L2"]),
        ("expiring", "2026-10-24", ["L1", "L2"]),
        ("expired", "2026-11-01", ["L1", "L2"]),
    ):
        found = agencies("release", "list", "--status", status, "--json", today=today)
        assert [one["id"] for one in found.json["items"]] == expected


# The rules, without a vault.

SIGNED = date(2026, 10, 1)
ROLES = st.sampled_from(["student", "parent", "guardian", "eligible_student"])


def release(signers: tuple[Signer, ...], **other: Any) -> Release:
    more = {"signed_on": SIGNED, "effective_on": SIGNED, "expires_on": SIGNED + timedelta(30)}
    return Release(
        case="HX4T",
        id="L1",
        partner="MERID",
        records=("attendance",),
        method="phone",
        purpose="coordination",
        signers=signers,
        discussed_on=SIGNED,
        alternatives_considered="x",
        abuser_check_by="lee",
        **{**more, **other},
    )


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-10-31T23:59:59-04:00", "expiring"),
        ("2026-11-01T00:00:00-04:00", "expired"),
        ("2026-11-01T03:59:59+00:00", "expiring"),
        ("2026-11-01T04:00:00+00:00", "expired"),
    ],
)
def test_a5_it_holds_to_the_last_second_of_its_last_day_in_the_districts_zone(
    moment: str, expected: str
) -> None:
    today = datetime.fromisoformat(moment).astimezone(ZoneInfo("America/New_York")).date()
    assert releases.status(release((Signer(role="parent"),)), today, Facts(None, ())) == expected


def test_the_boundary_is_the_same_on_the_line(agencies: Run, case: str) -> None:
    signed(agencies, case)
    for moment, expected in (("2026-10-31T23:59", "expiring"), ("2026-11-01T00:00", "expired")):
        found = agencies("release", "list", "--json", today=moment).json["items"]
        assert found[0]["status"] == expected


@explored(
    roles=st.sets(ROLES, min_size=1),
    came=st.none() | st.integers(-40, 40),
    revoked=st.none() | st.integers(0, 40),
    begins=st.integers(0, 30),
    day=st.integers(-5, 45),
)
def test_a_release_lets_tell_on_no_day_on_which_any_fact_ends_it(
    roles: set[Any], came: int | None, revoked: int | None, begins: int, day: int
) -> None:
    on = lambda days: None if days is None else SIGNED + timedelta(days)  # noqa: E731
    signers = tuple(Signer(role=role) for role in sorted(roles))
    one = release(signers, revoked_on=on(revoked), effective_on=on(begins))
    today, rights = SIGNED + timedelta(day), on(came)
    holds = (
        begins <= day <= 30
        and not (revoked is not None and revoked <= day)
        and not (came is not None and 0 < came <= day and roles & {"parent", "guardian"})
    )
    facts = Facts(rights, ())
    assert (releases.status(one, today, facts) in releases.LIVE) == holds
    assert bool(releases.standing([one], "MERID", today, facts)) == holds
    assert releases.standing([one], "JPO", today, facts) == []


@explored(
    roles=st.lists(ROLES, min_size=1, max_size=4),
    regime=st.sampled_from(["none", "vawa_voca", "ferpa", "hipaa"]),
    came=st.none() | st.integers(-40, 40),
)
def test_whoever_may_sign_follows_from_age_and_regime(
    roles: list[Any], regime: Any, came: int | None
) -> None:
    rights = None if came is None else SIGNED + timedelta(came)
    named = set(roles)
    if came is not None and came <= 0:
        may = not named & {"parent", "guardian"}
    elif "eligible_student" in named:
        may = came is None
    elif regime == "vawa_voca":
        may = "student" in named and bool(named & {"parent", "guardian"})
    else:
        may = bool(named & {"parent", "guardian"})
    signers = [Signer(role=role) for role in roles]
    if may:
        signing.check_signers(signers, regime, SIGNED, rights)
        return
    with pytest.raises(Refused) as refused:
        signing.check_signers(signers, regime, SIGNED, rights)
    assert refused.value.rule in ("A2", "A3")


def test_nobody_barred_by_name_signs_however_it_is_written() -> None:
    father = CareMember(case="HX4T", id="K1", role="caregiver", barred=True, name="Tom Reed")
    for name in ("tom reed", "REED tom", "Reed", "Tom A Reed"):
        with pytest.raises(Refused):
            signing.check_not_barred(Signer(role="parent", name=name), [father])
    signing.check_not_barred(Signer(role="parent", name="Ann Reed"), [father])
    signing.check_not_barred(Signer(role="student", name="Reed"), [father])


# Who is barred after signing, and whose rule nobody knows.


@pytest.mark.parametrize("partner", ["VSAS", "MERID"])
def test_a3_a_signer_who_is_barred_later_blocks_the_release(
    agencies: Run, case: str, partner: str
) -> None:
    agencies("care", "add", case, "--role", "caregiver", given={"name": "Ana Reyes"})
    assert signed(agencies, case, partner=partner).code == 0
    family = ("care", "family", case, "K1", "--decided-by", "okafor")
    assert agencies(*family, "--appropriate", "no", "--barred").code == 0
    row = agencies("release", "list", "--json").json["items"][0]
    assert row["status"] == "suspended"
    told = agencies("disclose", case, "--to", partner, "--json")
    assert (told.code, told.error["rule"]) == (4, "A3")
    assert "somebody who signed it is barred" in told.error["message"]
    shown = agencies("case", "show", case).out
    assert "suspended: somebody who signed it is barred now, or may be" in " ".join(shown.split())
    assert agencies("agenda", "--days", "60", "--kind", "release", "--json").json["items"] == []
    found = {one["check"]: one for one in agencies("doctor", "--json").json["items"]}
    assert found["releases"]["state"] == "look"
    assert f"{case}/L1" in found["releases"]["found"]
    packet = ("conference", "add", "--on", "fri", "--agency", partner, "--case", case, "--json")
    assert agencies(*packet).json["steps_out"] == [{"case": case, "agencies": [partner]}]
    # Once the bar is lifted it holds again.
    assert agencies(*family, "--appropriate", "ask", "--no-barred").code == 0
    assert agencies("release", "list", "--json").json["items"][0]["status"] == "live"
    assert agencies("disclose", case, "--to", partner).code == 0


def test_a_partner_of_whom_no_rule_is_known_is_taken_for_the_strictest(
    district: Run, case: str
) -> None:
    added = district("partner", "add", "ANCHOR", "--kind", "legal")
    assert "the strictest one is assumed" in added.err
    assert district("partner", "list", "--json").json["items"][0]["regime"] is None
    found = {one["check"]: one for one in district("doctor", "--json").json["items"]}
    assert (found["partners"]["state"], "ANCHOR" in found["partners"]["found"]) == ("look", True)
    alone = signed(district, case, partner="ANCHOR", signers=[MOTHER])
    assert (alone.code, alone.error["rule"]) == (4, "A3")
    assert "--regime" in alone.error["hint"]
    assert signed(district, case, partner="ANCHOR").code == 0
    assert district("partner", "edit", "ANCHOR", "--regime", "none").code == 0
    assert signed(district, case, partner="ANCHOR", signers=[MOTHER]).code == 0
    found = {one["check"]: one for one in district("doctor", "--json").json["items"]}
    assert found["partners"]["state"] == "fine"


def test_at_a_terminal_the_rule_of_a_partner_is_asked_for(district: Run) -> None:
    line = ["-m", "reintegrate_cli", "partner", "add", "ANCHOR", "--kind", "legal"]
    child = pexpect.spawn(sys.executable, line, env=dict(os.environ), encoding="utf-8", timeout=20)
    child.expect("confidentiality rule")
    child.sendline("hipaa")
    for _ in range(2):
        child.sendline("")
    child.expect("regime +HIPAA")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
