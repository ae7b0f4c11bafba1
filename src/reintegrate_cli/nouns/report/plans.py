"""Clauses about one student's plan: what is on record of a case that shows each of them."""

from datetime import timedelta
from typing import Any

from reintegrate_cli.core.records import same_slug
from reintegrate_cli.nouns.adjustment.record import status as adjustment_status
from reintegrate_cli.nouns.case.record import Case, last_change
from reintegrate_cli.nouns.report.facts import Facts, Verdict, all_of, ids

CONFERRED: tuple[str, ...] = ("social_worker", "psychologist", "school_counselor")
_CARE_AREAS = ("mental_health", "social_emotional")
_FIRST_DAYS = 5
"""School days after which a case has a schedule, or says that there is none."""
_CONFER_DAYS, _WISH_DAYS, _INCIDENT_DAYS = 45, 30, 14
_YEARS_BEHIND = 2
_MONTH_DAYS = 31


def resumed(facts: Facts, case: Case) -> Verdict | None:
    """Clause 1: an interrupted education has a route to its end, and a day to finish by."""
    schooling = facts.world.find("schooling", case.ref)
    if schooling is None or schooling.last_attended_on is None:
        return None
    planned = schooling.route not in (None, "undecided") and schooling.finish_by is not None
    return Verdict(planned, (f"{case.ref}/credit",))


def supported(facts: Facts, case: Case) -> Verdict | None:
    """Clause 2: support for mental health and social life has somebody who delivers it."""
    needs = [need for need in facts.of(case, "needs") if need.area in _CARE_AREAS]
    if any(need.ended_on is not None for need in needs):
        needs = [need for need in needs if need.ended_on is None]
        return all_of(needs, lambda need: need.through is not None)
    return all_of(needs, lambda need: need.through is not None) or Verdict(False)


def caught_up(facts: Facts, case: Case) -> Verdict | None:
    """Clause 7: a student far behind classmates of the same age has ways to catch up."""
    schooling = facts.world.find("schooling", case.ref)
    if schooling is None or (schooling.gap_years or 0) < _YEARS_BEHIND:
        return None
    return Verdict(bool(schooling.ways), (f"{case.ref}/credit",))


def not_given_up(facts: Facts, case: Case) -> Verdict | None:
    """Clause 13: no case is closed because recovery takes its time, or nobody had any."""
    closed = last_change(case, "closed", facts.today)
    if closed is None:
        return None
    return Verdict(closed.reason != "no_capacity", (case.ref,))


def looked_back(facts: Facts, case: Case) -> Verdict | None:
    """Clause 14: what happened before anybody knew of the trafficking is looked at once more."""
    known = case.identified_on
    before = [each for each in facts.of(case, "incidents") if known and each.on < known]
    return all_of(before, lambda incident: bool(incident.reviews))


def kept_by_a_school(facts: Facts, case: Case) -> Verdict | None:
    """Clause 16: some school stays responsible, with somebody to talk to there."""
    return Verdict(bool(case.school and case.school_contact), (case.ref,))


def honored(facts: Facts, case: Case) -> Verdict | None:
    """Clause 22: the student was told what became of each wish, and none is unanswered."""

    def answered(wish: Any) -> bool:
        if wish.outcome == "open":
            return bool(wish.heard_on >= facts.ago(_WISH_DAYS))
        return wish.told_on is not None

    return all_of(facts.of(case, "wishes"), answered)


def decided_themselves(facts: Facts, case: Case) -> Verdict | None:
    """Clause 23: the student set goals, and a safety plan was made with them."""
    goals = facts.of(case, "goals")
    plan = facts.world.find("safety", case.ref)
    with_them = plan is None or plan.with_student
    evidence = ids(goals) + (() if plan is None else (f"{case.ref}/safety",))
    return Verdict(bool(goals) and with_them, evidence)


def cared_for(facts: Facts, case: Case) -> Verdict | None:
    """Clause 26: care that was referred to really came, as the student says."""
    sent = [one for one in facts.of(case, "referrals") if one.student_agreed == "yes"]
    waiting = [one for one in sent if one.is_open]
    return all_of(waiting, lambda one: not one.is_stale(facts.today))


def followed_up(facts: Facts, case: Case) -> Verdict | None:
    """Clause 27: partners who care for the student are asked each week, or each month."""
    attended = [one for one in facts.of(case, "referrals") if one.status == "attending"]
    schedules = facts.schedules(case, "partner")

    def asked(referral: Any) -> bool:
        own = [one for one in schedules if one.who and same_slug(one.who, referral.partner)]
        return any(one.cadence is not None and one.cadence.days <= _MONTH_DAYS for one in own)

    return all_of(attended, asked)


def coordinated(facts: Facts, case: Case) -> Verdict | None:
    """Clause 28: of each professional around the student it is known what they may know."""
    people = [one for one in facts.of(case, "care") if one.agency and not facts.is_over(one)]
    return all_of(people, lambda one: bool(one.may_know))


def paid_for(facts: Facts, case: Case) -> Verdict | None:
    """Clause 29: where a payer said no, an appeal or the next payer follows."""
    funds = facts.of(case, "funds")
    going = any(fund.standing in ("submitted", "authorized", "approved") for fund in funds)
    return all_of(funds, lambda fund: fund.standing != "denied" or going)


def checked_in(facts: Facts, case: Case) -> Verdict | None:
    """Clause 30: check-ins with the student are agreed, or that there are none is."""
    if facts.world.calendar.school_days_after(case.opened_on, _FIRST_DAYS) >= facts.today:
        return None
    schedules = facts.schedules(case, "student")
    contact = facts.world.find("contact", case.ref)
    theirs = contact is not None and contact.mode in ("student_initiates", "none")
    evidence = ids(schedules) + ((f"{case.ref}/contact",) if theirs else ())
    return Verdict(bool(schedules) or theirs, evidence)


def chosen(facts: Facts, case: Case) -> Verdict | None:
    """Clause 31: how often is what the student or a caregiver said; else the reason is kept."""
    schedules = [*facts.schedules(case, "student"), *facts.schedules(case, "caregiver")]
    return all_of(schedules, lambda one: one.chosen_by != "staff" or bool(one.reason))


def conferred(facts: Facts, case: Case) -> Verdict | None:
    """Clause 32: a social worker, psychologist or counselor is conferred with."""
    people = [(one, facts.member(one.who)) for one in facts.schedules(case, "staff")]
    own = [one for one, person in people if person is not None and person.role in CONFERRED]
    return Verdict(bool(own), ids(own))


def monitored(facts: Facts, case: Case) -> Verdict | None:
    """Clause 33: they say, with what they saw, how it goes in class and among others."""
    since = facts.ago(_CONFER_DAYS)
    own = {one.id for one in facts.schedules(case, "staff") if one.terms.starts <= since}
    if not own:
        return None
    events = [
        one
        for one in facts.of(case, "contacts")
        if one.schedule in own and one.outcome == "done" and one.happened_on >= since
    ]
    told = [one for one in events if one.academic or one.social]
    return Verdict(bool(told), ids(told or events))


def caught(facts: Facts, case: Case) -> Verdict | None:
    """Clause 34: a setback was met with support."""
    return all_of(facts.of(case, "setbacks"), lambda setback: bool(setback.support))


def lightened(facts: Facts, case: Case) -> Verdict | None:
    """Clause 35: less work ends on its day, and the student was asked whether it helped."""

    def asked(adjustment: Any) -> bool:
        lapsed = adjustment_status(adjustment, facts.today) == "lapsed"
        return not lapsed or bool(adjustment.answers)

    return all_of(facts.of(case, "adjustments"), asked)


def understood(facts: Facts, case: Case) -> Verdict | None:
    """Clause 36: an incident was looked at for what was behind it."""
    known = case.identified_on
    later = [each for each in facts.of(case, "incidents") if not (known and each.on < known)]
    limit = facts.today - timedelta(days=_INCIDENT_DAYS)
    return all_of(later, lambda incident: bool(incident.reviews) or incident.on >= limit)
