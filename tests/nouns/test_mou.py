"""MOUs: how one stands follows from its dates, and its end is never met by surprise (J1, J2)."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given as explored
from hypothesis import strategies as st

from conftest import Run
from reintegrate_cli.core.calendar import Calendar
from reintegrate_cli.core.errors import Refused
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.rows import first_alert
from reintegrate_cli.core.world import World
from reintegrate_cli.due import agenda
from reintegrate_cli.line import forms as inputs
from reintegrate_cli.nouns.mou import record as mous
from reintegrate_cli.nouns.mou import signing
from reintegrate_cli.nouns.mou.record import ContactTest, Mou, MouReview
from reintegrate_cli.nouns.mou.verbs import NewMou

DAY = timedelta(days=1)
STARRED = (
    "purpose",
    "services",
    "referral_protocol",
    "confidentiality",
    "release_process",
    "contacts",
)
SAID = {name: f"canary {name}" for name in STARRED}
REST = {
    "parties": "x",
    "scope": "x",
    "after_hours_contact": "x",
    "backup_contact": "x",
    "document": "x",
}
TERM = ("--effective", "2025-11-01", "--ends", "2026-10-31")


def agreed(**more: Any) -> Mou:
    base: dict[str, Any] = {
        "id": "M1",
        "partner": "HARBOR",
        "owner": "okafor",
        "known_on": date(2025, 11, 1),
        "effective_on": date(2025, 11, 1),
        "ends_on": date(2026, 10, 31),
        "signed_on": date(2025, 10, 20),
    }
    return Mou(**{**base, **more})


def rows(mou: Mou, today: date) -> list[tuple[date, str, str]]:
    """What the agenda of a day shows of an MOU, however far ahead."""
    world = World(Calendar(), {"mous": [mou]})
    shown = agenda.items(world, today, today, today + timedelta(days=400))
    return [(row.due_on, row.command.split()[2], row.state) for row in shown]


@pytest.fixture
def harbor(district: Run) -> Run:
    made = district(
        "partner", "add", "HARBOR", "--kind", "trafficking_specialist", "--specialty", "sex"
    )
    assert made.code == 0
    return district


def add(run: Run, *more: str, **named: Any) -> Any:
    return run("mou", "add", "HARBOR", *(more or TERM), "--json", given={**SAID, **named})


# How it stands.


@pytest.mark.parametrize(
    ("today", "status"),
    [
        ("2025-10-31", "in_signature"),
        ("2025-11-01", "active"),
        ("2026-08-01", "active"),
        ("2026-08-02", "expiring"),
        ("2026-10-31", "expiring"),
        ("2026-11-01", "expired"),
    ],
)
def test_the_status_turns_on_its_very_day(today: str, status: str) -> None:
    assert mous.status(agreed(), date.fromisoformat(today)) == status


def test_nothing_signed_is_a_draft_and_a_target_makes_it_in_signature() -> None:
    bare = agreed(effective_on=None, ends_on=None, signed_on=None)
    assert mous.status(bare, date(2026, 10, 1)) == "draft"
    aimed = replace(bare, target_on=date(2026, 10, 23))
    assert mous.status(aimed, date(2026, 10, 1)) == "in_signature"
    assert rows(aimed, date(2026, 10, 1)) == [(date(2026, 10, 23), "sign", "upcoming")]
    assert rows(bare, date(2026, 10, 1)) == []


@explored(days=st.integers(-30, 500), ended=st.none() | st.integers(1, 500))
def test_it_stands_on_exactly_the_days_of_its_term(days: int, ended: int | None) -> None:
    first, last = date(2025, 11, 1), date(2026, 10, 31)
    day = first + timedelta(days=days)
    ended_on = None if ended is None else first + timedelta(days=ended)
    mou = agreed(ended_on=ended_on)
    stands = first <= day <= last and (ended_on is None or day < ended_on)
    assert mous.in_force(mou, day) is stands
    assert (mous.status(mou, day) in ("active", "expiring")) is stands
    if ended_on is not None and day >= ended_on:
        assert mous.status(mou, day) == "terminated"


@explored(
    first=st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    length=st.integers(1, 24).map(lambda months: (months, 0))
    | st.integers(2, 700).map(lambda d: (0, d)),
    after=st.integers(0, 3000),
)
def test_one_that_renews_itself_runs_on_in_terms_of_one_length_without_a_gap(
    first: date, length: tuple[int, int], after: int
) -> None:
    from dateutil.relativedelta import relativedelta

    months, days = length
    whole = {first + relativedelta(months=nth): nth for nth in range(24, 0, -1)}
    months = months or whole.get(first + timedelta(days=days), 0)  # 700 days may be 23 months
    step = relativedelta(months=months) if months else relativedelta(days=days)
    mou = agreed(effective_on=first, ends_on=first + step - DAY, auto_renew=True)
    day = first + timedelta(days=after)
    end = mous.term_end(mou, day)
    assert end is not None
    assert mous.in_force(mou, day)
    assert mous.last_day(mou) is None
    # Counted from the first day, by brute force.
    nth = 1
    while first + step * nth - DAY < day:
        nth += 1
    assert end == first + step * nth - DAY
    assert mous.status(mou, day) == ("expiring" if (end - day).days <= 90 else "active")


# What is on the agenda.


@pytest.mark.parametrize(
    ("today", "state"),
    [
        ("2026-08-01", "upcoming"),
        ("2026-08-02", "due"),
        ("2026-10-12", "due"),
        ("2026-10-31", "due"),
        ("2026-11-01", "overdue"),
    ],
)
def test_an_end_on_31_october_is_one_row_announced_from_2_august_on(today: str, state: str) -> None:
    ends = [row for row in rows(agreed(), date.fromisoformat(today)) if row[1] == "renew"]
    assert ends == [(date(2026, 10, 31), "renew", state)]


def test_one_that_renews_itself_is_looked_at_once_for_each_term_while_notice_can_be_given() -> None:
    monthly = agreed(auto_renew=True, notice_days=30)
    seen = lambda mou, day: [row for row in rows(mou, day) if row[1] == "review"]  # noqa: E731
    by = date(2026, 10, 1)
    assert seen(monthly, date(2026, 7, 2)) == [(by, "review", "upcoming")]
    assert seen(monthly, date(2026, 7, 3)) == [(by, "review", "due")]
    # Nobody looked: it renewed itself, and stays on the agenda as it was.
    assert seen(monthly, date(2027, 3, 1)) == [(by, "review", "overdue")]
    looked = MouReview(on=date(2026, 9, 1), by="lee", finding="x")
    again = agreed(auto_renew=True, notice_days=30, reviews=(looked,))
    assert seen(again, date(2027, 3, 1)) == [(date(2027, 10, 1), "review", "upcoming")]
    for years in (1, 200):
        lasting = agreed(auto_renew=True, ends_on=date(2025 + years, 10, 31))
        assert mous.term_end(lasting, date(2199, 1, 1)) is not None


def test_the_end_is_overdue_until_it_is_renewed_or_ended(harbor: Run) -> None:
    assert add(harbor).code == 0
    seen = harbor("agenda", "--json", today="2026-10-01").json["items"]
    assert [(row["id"], row["kind"], row["state"], row["who"]) for row in seen] == [
        ("M1@2026-10-31", "mou", "due", "HARBOR")
    ]
    late = harbor("agenda", "--overdue", "--json", today="2026-11-03").json["items"]
    assert ("reintegrate mou renew M1", 3) in [(row["command"], row["days_late"]) for row in late]
    assert harbor("mou", "end", "M1", given={}, today="2026-11-03").code == 0
    assert harbor("agenda", "--overdue", "--json", today="2026-11-04").json["items"] == []


def test_the_contacts_are_tried_every_six_months_and_until_somebody_answers() -> None:
    assert mous.test_due_on(agreed()) == date(2026, 5, 1)
    back_dated = agreed(known_on=date(2026, 3, 15))
    assert mous.test_due_on(back_dated) == date(2026, 9, 15)

    def tried(*said: tuple[date, bool]) -> date | None:
        tests = tuple(ContactTest(on=on, reached=reached, by="lee") for on, reached in said)
        return mous.test_due_on(agreed(tests=tests))

    assert tried((date(2025, 12, 31), True)) == date(2026, 6, 30)
    assert tried((date(2025, 12, 31), True), (date(2026, 6, 1), False)) == date(2026, 6, 1)
    assert tried((date(2026, 6, 1), False), (date(2026, 5, 1), True)) == date(2026, 6, 1)
    assert tried((date(2026, 5, 1), True)) is None  # after its end the new one asks


def test_a_try_that_reached_nobody_stays_on_the_agenda(harbor: Run) -> None:
    add(harbor, "--effective", "2026-10-01", "--ends", "2027-09-30")
    missed = harbor("mou", "test", "HARBOR", "--reached", "no", "--json", given={"note": "busy"})
    assert (missed.json["tested_on"], missed.json["test_due_on"]) == (None, "2026-10-01")
    late = harbor("agenda", "--overdue", "--json", today="2026-10-03").json["items"]
    assert [row["command"] for row in late] == ["reintegrate mou test M1"]
    reached = harbor("mou", "test", "M1", "--reached", "yes", "--json", today="2026-10-03")
    assert reached.json["test_due_on"] == "2027-04-03"
    assert harbor("mou", "test", "M1", "--reached", "yes", "--on", "2026-12-01").code == 2


def test_a_review_is_proposed_each_year_and_asked_for_on_a_closed_day(harbor: Run) -> None:
    # Its first year is over on Sunday 1 Nov 2026.
    made = add(harbor, "--effective", "2025-11-01", "--ends", "2028-10-31")
    assert made.json["review_on"] is None
    asked = harbor("agenda", "--days", "40", "--json").json["items"]
    assert [(row["due_on"], row["command"]) for row in asked] == [
        ("2026-11-01", "reintegrate mou review M1")
    ]
    line = ("mou", "review", "M1", "--json")
    assert harbor(*line, given={}).code == 2
    done = harbor(*line, "--on", "2026-09-28", given={"finding": "canary"})
    assert done.json["review_on"] == "2027-09-28"
    typed = harbor(*line, "--review", "2026-10-30", given={"finding": "x"})
    assert typed.json["review_on"] == "2026-10-30"  # a closed day that was typed is kept
    kept = harbor("mou", "show", "M1", "--json").json["reviews"]
    assert [(one["on"], one["finding"]) for one in kept] == [
        ("2026-09-28", "canary"),
        ("2026-10-01", "x"),
    ]


# What it says.


@pytest.mark.parametrize("missing", [*STARRED, "effective_on", "ends_on"])
def test_what_is_starred_is_demanded(harbor: Run, missing: str) -> None:
    whole = {**SAID, "effective_on": "2026-10-01", "ends_on": "2027-09-30"}
    del whole[missing]
    refused = harbor("mou", "add", "HARBOR", "--json", given=whole)
    assert (refused.code, refused.error["fields"]) == (2, [missing])
    assert harbor("mou", "list", "--json").json["items"] == []


def test_the_checklist_names_what_the_paper_does_not_say(harbor: Run) -> None:
    made = add(harbor)
    assert made.json["missing_clauses"] == [
        "parties",
        "scope",
        "after_hours_contact",
        "backup_contact",
        "document",
    ]
    assert "5 clauses" in harbor("mou", "list").out
    assert "after hours contact" in harbor("mou", "edit", "M1", given={"costs": "x"}).err
    for name in REST:
        assert name in harbor("mou", "show", "HARBOR", "--json").json["missing_clauses"]
        assert harbor("mou", "edit", "HARBOR", given={name: "x"}).code == 0
    assert harbor("mou", "show", "HARBOR", "--json").json["missing_clauses"] == []


def test_clauses_show_in_the_one_mou_alone(harbor: Run) -> None:
    made = add(harbor)
    listed = [harbor("mou", "list", *form) for form in ((), ("--json",), ("--csv",))]
    assert "canary" not in made.out + made.err + "".join(one.out + one.err for one in listed)
    assert harbor("mou", "show", "harbor", "--json").json["purpose"] == "canary purpose"


def test_dates_that_cannot_be_are_usage_and_nothing_is_kept(harbor: Run) -> None:
    assert add(harbor, "--effective", "2026-10-01", "--ends", "2026-09-30").code == 2
    assert add(harbor, "--effective", "2026-10-01", "--ends", "2056-09-30").code == 2
    assert add(harbor, *TERM, "--signed-on", "2026-10-02").code == 2
    assert harbor("mou", "add", "NOBODY", *TERM, given=SAID).code == 5
    assert harbor("mou", "show", "M7").code == 5
    assert harbor("mou", "show", "HARBOR").code == 5
    assert harbor("mou", "list", "--json").json["items"] == []


# Renewal, and the end.


def test_a_renewal_starts_in_signature_and_finishes_without_a_gap(harbor: Run) -> None:
    add(harbor, **REST)
    started = harbor("mou", "renew", "HARBOR", "--target", "2026-10-23", "--json")
    assert (started.json["id"], started.json["status"], started.json["renews"]) == (
        "M2",
        "in_signature",
        "M1",
    )
    # What it renews is still announced, and the paper is a new one.
    assert started.json["missing_clauses"] == ["document"]
    due = harbor("agenda", "--days", "30", "--json").json["items"]
    assert [(row["due_on"], row["command"].removeprefix("reintegrate ")) for row in due] == [
        ("2026-10-23", "mou sign M2"),
        ("2026-10-31", "mou renew M1"),
    ]
    assert harbor("mou", "show", "HARBOR", "--json").json["id"] == "M1"
    line = ("mou", "renew", "HARBOR", "--ends", "2027-10-31", "--json", "--effective")
    gap = harbor(*line, "2026-11-02", today="2026-10-23")
    assert (gap.code, gap.error["rule"]) == (4, "J1")
    done = harbor(*line, "2026-11-01", today="2026-10-23")
    assert (done.json["id"], done.json["status"]) == ("M2", "active")
    rows = harbor("mou", "list", "--json", today="2026-10-31").json["items"]
    assert [(row["id"], row["status"], row["renewed_by"]) for row in rows] == [
        ("M1", "expiring", "M2"),
        ("M2", "active", None),
    ]
    rows = harbor("mou", "list", "--json", today="2026-11-01").json["items"]
    assert [row["status"] for row in rows] == ["expired", "active"]
    assert harbor("agenda", "--overdue", "--json", today="2026-11-05").json["items"] == []
    assert harbor("mou", "show", "HARBOR", "--json", today="2026-11-01").json["id"] == "M2"
    assert harbor(*line, "2026-11-01", today="2026-10-24").code == 2  # renewed already


def test_a_gap_takes_a_reason_that_is_kept(harbor: Run) -> None:
    add(harbor)
    line = ("mou", "renew", "M1", "--effective", "2026-12-01", "--ends", "2027-11-30", "--json")
    assert harbor(*line).code == 4
    done = harbor(*line, given={"reason": "their board meets in November"})
    assert (done.code, done.json["status"]) == (0, "in_signature")
    kept = harbor("mou", "show", "M2", "--json").json
    assert kept["gap_reason"] == "their board meets in November"


def test_a_renewal_half_dated_or_too_short_is_usage(harbor: Run) -> None:
    add(harbor)
    for wrong in (
        ("--effective", "2026-11-01"),
        ("--ends", "2027-10-31"),
        ("--signed-on", "2026-10-01"),
        ("--effective", "2026-10-01", "--ends", "2026-10-30"),
    ):
        assert harbor("mou", "renew", "M1", *wrong).code == 2
    assert len(harbor("mou", "list", "--json").json["items"]) == 1


def test_what_is_signed_says_what_an_mou_that_is_added_says() -> None:
    asked = [item for item in inputs.inputs_of(NewMou) if item.required and not item.is_option]
    assert {item.name for item in asked} == set(mous.DEMANDED)


def test_a_draft_is_signed_later_and_once(harbor: Run) -> None:
    drafted = harbor("mou", "draft", "HARBOR", "--json", given={"purpose": "x"})
    assert drafted.json["status"] == "draft"
    line = ("mou", "sign", "HARBOR", "--effective", "2026-10-01", "--ends", "2027-09-30", "--json")
    refused = harbor(*line)
    assert (refused.code, refused.error["rule"]) == (4, "J2")
    assert set(refused.error["fields"]) == set(mous.DEMANDED) - {"purpose"}
    rest = {name: "x" for name in mous.DEMANDED if name not in ("purpose", "contacts")}
    assert harbor("mou", "edit", "M1", given={"contacts": "x"}).code == 0
    assert harbor(*line, given=rest).json["status"] == "active"
    assert harbor(*line).code == 2
    assert harbor("mou", "renew", "M1", "--target", "2027-09-01").code == 0


def test_an_end_says_the_notice_it_is_short_of(harbor: Run) -> None:
    add(harbor, *TERM, "--notice-days", "30")
    ended = harbor("mou", "end", "M1", "--on", "2026-10-10", given={"reason": "canary"})
    assert "30 days of notice, to Sat 31 Oct 2026" in ended.err
    assert "sooner" in ended.err
    assert "canary" not in ended.out + ended.err
    assert harbor("mou", "end", "M1", given={}).code == 2
    for day, status in (("2026-10-09", "expiring"), ("2026-10-10", "terminated")):
        assert harbor("mou", "list", "--json", today=day).json["items"][0]["status"] == status
    assert harbor("mou", "renew", "M1", "--target", "2026-10-20").code == 2


@explored(late=st.integers(-400, 400), reason=st.sampled_from(["", "why"]))
def test_no_renewal_leaves_a_day_uncovered_unless_somebody_says_why(late: int, reason: str) -> None:
    former = agreed()
    first = date(2026, 11, 1) + timedelta(days=late)
    new = agreed(id="M2", renews="M1", effective_on=first, ends_on=date(2028, 1, 1))
    between = [
        day for nth in range(1, 500) if (day := date(2026, 10, 31) + timedelta(days=nth)) < first
    ]
    if between and not reason:
        with pytest.raises(Refused):
            signing.follow(former, new, reason)
        return
    old, kept = signing.follow(former, new, reason)
    assert (old.renewed_by, kept.gap_reason) == ("M2", reason)


def test_a_second_mou_with_a_partner_names_the_first(harbor: Run) -> None:
    add(harbor)
    harbor("mou", "draft", "HARBOR", given={})
    line = ("mou", "add", "harbor", "--effective", "2026-10-01", "--ends", "2027-09-30")
    said = harbor(*line, given=SAID).err
    assert "M1 with HARBOR is in force too" in said
    assert "M2 with HARBOR still waits for signature" in said
    assert [row["status"] for row in harbor("mou", "list", "--json").json["items"]] == [
        "expiring",
        "draft",
        "active",
    ]


def test_a_renewal_that_never_begins_gives_the_old_end_back(harbor: Run) -> None:
    add(harbor)
    line = ("mou", "renew", "M1", "--effective", "2026-11-01", "--ends", "2027-10-31")
    assert harbor(*line).code == 0
    assert harbor("agenda", "--overdue", "--json", today="2026-11-03").json["items"] == []
    assert harbor("mou", "end", "M2", "--on", "2026-10-20", given={}).code == 0
    rows = harbor("mou", "list", "--json", today="2026-10-20").json["items"]
    assert [(row["status"], row["renewed_by"]) for row in rows] == [
        ("expiring", None),
        ("terminated", None),
    ]
    late = harbor("agenda", "--overdue", "--json", today="2026-11-03").json["items"]
    assert [row["command"] for row in late] == ["reintegrate mou renew M1"]
    assert harbor(*line, today="2026-10-21").code == 0


def test_undo_takes_a_renewal_back_from_both(harbor: Run) -> None:
    add(harbor)
    harbor("mou", "renew", "M1", "--effective", "2026-11-01", "--ends", "2027-10-31")
    assert harbor("undo").code == 0
    rows = harbor("mou", "list", "--json").json["items"]
    assert [(row["id"], row["renewed_by"]) for row in rows] == [("M1", None)]
    assert harbor("agenda", "--overdue", "--json", today="2026-11-05").json["items"]


# Who judged a partner trauma informed (clause 21).


def test_a_partner_carries_who_judged_it_when_and_on_what(harbor: Run) -> None:
    line = ("partner", "attest", "harbor", "--by", "lee", "--json")
    assert harbor(*line, given={}).code == 2
    assert (
        harbor("partner", "attest", "HARBOR", "--by", "nobody", given={"evidence": "x"}).code == 5
    )
    done = harbor(*line, "--on", "2026-09-20", given={"evidence": "canary visit"})
    judged = (done.json["trauma_informed"], done.json["judged_by"], done.json["judged_on"])
    assert judged == (True, "lee", "2026-09-20")
    assert "canary" not in done.out
    assert harbor("partner", "show", "HARBOR", "--json").json["evidence"] == "canary visit"
    assert "yes 2026-09-20" in harbor("partner", "list").out
    not_so = harbor(*line, "--trauma-informed", "no", given={"evidence": "x"})
    assert not_so.json["trauma_informed"] is False


# What is worked out is worked out at once, over centuries too.


def stepped(mou: Mou) -> date:
    """Go through the terms of an MOU that renews itself, one after another."""
    reviewed, day = max((one.on for one in mou.reviews), default=date.min), mou.known_on
    while True:
        end = mous.term_end(mou, day) or mou.known_on
        by = end - timedelta(days=mou.notice_days or 0)
        if first_alert(by, mous.ALERT_DAYS) > reviewed:
            return by
        day = end + DAY


@explored(
    begins=st.dates(date(2019, 1, 1), date(2026, 1, 1)),
    days=st.integers(5, 800),
    known=st.integers(0, 900),
    notice=st.none() | st.integers(0, 90),
    reviews=st.lists(st.dates(date(2019, 1, 1), date(2028, 1, 1)), max_size=3),
)
def test_the_term_that_wants_a_look_is_that_of_going_through_all_of_them(
    begins: date, days: int, known: int, notice: int | None, reviews: list[date]
) -> None:
    looked = tuple(MouReview(on=one, by="okafor", finding="") for one in sorted(reviews))  # type: ignore[arg-type]
    mou = agreed(
        effective_on=begins,
        ends_on=begins + timedelta(days=days),
        auto_renew=True,
        known_on=begins + timedelta(days=known),
        notice_days=notice,
        reviews=looked,
    )
    assert mous._looked_at_by(mou) == stepped(mou)


def test_terms_of_a_day_since_1900_cost_no_more_than_those_of_a_year(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worked_out: list[date] = []
    term_end = mous.term_end
    monkeypatch.setattr(
        mous, "term_end", lambda mou, day: worked_out.append(day) or term_end(mou, day)
    )
    old = agreed(
        effective_on=date(1900, 1, 1),
        ends_on=date(1900, 1, 1),
        known_on=date(1900, 1, 1),
        auto_renew=True,
        reviews=(MouReview(on=date(2026, 10, 1), by="okafor", finding=""),),
    )  # type: ignore[arg-type]
    assert mous._looked_at_by(old) == date(2026, 12, 31)
    assert len(worked_out) < 100
    days: list[int] = []
    months_on = signing.months_on
    monkeypatch.setattr(
        signing, "months_on", lambda start, months: days.append(months) or months_on(start, months)
    )
    for begins, ends, day in [
        (date(1900, 1, 1), date(2199, 12, 31), date(2027, 1, 1)),
        (date(1900, 1, 1), date(1950, 6, 30), date(1950, 6, 30)),
        (date(2026, 3, 5), date(2029, 3, 4), date(2027, 3, 5)),
        (date(2025, 10, 1), date(2029, 3, 4), date(2026, 10, 1)),
        (date(2025, 10, 2), date(2029, 3, 4), date(2026, 10, 2)),
        (date(2025, 9, 30), date(2029, 3, 4), date(2027, 9, 30)),
        (date(2026, 12, 5), date(2026, 12, 30), date(2026, 12, 30)),
        (date(2024, 2, 29), date(2029, 3, 4), date(2027, 2, 28)),
    ]:
        assert signing.proposed_review(begins, ends, date(2026, 10, 1)) == day, begins
    assert len(days) < 30
