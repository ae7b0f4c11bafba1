"""A throw-away fictional district: Alder Creek Unified, twelve cases and nine partners.

Everybody here is invented. Dates are laid out around the day it is made, so that its week
always has something overdue, something due, and a closed day to ask about.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from reintegrate_cli.nouns.care.record import CareMember
from reintegrate_cli.nouns.case.record import Case, Change, Identity
from reintegrate_cli.nouns.checkin.record import CheckIn, Schedule, Terms
from reintegrate_cli.nouns.contact.record import Method, SafeContact
from reintegrate_cli.nouns.mou.record import Mou
from reintegrate_cli.nouns.partner.record import Partner
from reintegrate_cli.nouns.referral.record import Referral
from reintegrate_cli.nouns.staff.record import WEEKDAYS, Staff
from reintegrate_cli.nouns.task.record import Task

_STAFF = (
    ("okafor", "specialist", "Renata Okafor"),
    ("hale", "specialist", "Marcus Hale"),
    ("lee", "school_counselor", "Dana Lee"),
)
_PARTNERS = (
    ("HARBOR", "trafficking_specialist", ("sex", "labor"), "none"),
    ("ACCAC", "child_advocacy_center", (), "none"),
    ("VSAS", "sexual_assault_provider", (), "vawa_voca"),
    ("CCFS", "child_welfare", (), "none"),
    ("JPO", "probation", (), "none"),
    ("DAVW", "pretrial", (), "none"),
    ("MERID", "mental_health", (), "hipaa"),
    ("NSTAR", "legal", (), "none"),
    ("LCHC", "health", (), "hipaa"),
)
# partner, days until its MOU ends
_MOUS = (("HARBOR", 30), ("ACCAC", 272), ("VSAS", 106))
# ref, school, grade, setting, days since it opened
_CASES = (
    ("HX4T", "Ridgeline", "11", "home", 120),
    ("B9RW", "Evening-Academy", "12", "alternative", 200),
    ("M2KD", "Ridgeline", "10", "home", 150),
    ("Q7ZC", "Juniper", "9", "home", 90),
    ("V3NP", "Ridgeline", "12", "home", 100),
    ("J8KF", "Ridgeline", "11", "home_supports", 80),
    ("T5XG", "Ridgeline", "12", "home", 300),
    ("D4SX", "Ridgeline", "11", "home", 60),
    ("P3RM", "Ridgeline", "9", "home", 70),
    ("F9CK", "Eastgate", "12", "alternative", 250),
    ("N2VF", "Ridgeline", "11", "independent", 180),
    ("W6HB", "Ridgeline", "10", "school_of_origin", 10),
)


def records(today: date) -> Iterator[tuple[str, Any]]:
    """Yield every record of the district with the name of the table it belongs to."""
    for slug, role, name in _STAFF:
        yield "staff", Staff(slug=slug, role=role, name=name)  # type: ignore[arg-type]
    for slug, kind, specialties, regime in _PARTNERS:
        yield (
            "partners",
            Partner(
                slug=slug,  # type: ignore[arg-type]
                kind=kind,  # type: ignore[arg-type]
                specialties=specialties,  # type: ignore[arg-type]
                regime=regime,  # type: ignore[arg-type]
            ),
        )
    for nth, (slug, left) in enumerate(_MOUS, 1):
        yield "mous", _mou(f"M{nth}", slug, today + timedelta(days=left), today)
    for ref, school, grade, setting, age in _CASES:
        yield "cases", _case(ref, school, grade, setting, today - timedelta(days=age), today)
        yield "identities", Identity(case=ref, safe_name=f"Student {ref}")
    yield from _schedules(today)
    yield from _plan(today)
    yield from _around(today)
    yield from _money(today)


def _money(today: date) -> Iterator[tuple[str, Any]]:
    """Who pays for F9CK's sessions, with 31 of 40 used; and who would pay next."""
    from reintegrate_cli.nouns.fund.ledger import Entry
    from reintegrate_cli.nouns.fund.record import Fund
    from reintegrate_cli.nouns.fund.source import Source

    payers = (("MEDICAID", "medicaid", 1, None), ("CITY", "city", 2, 60_000))
    for nth, (slug, tier, order, cap) in enumerate(payers, 1):
        source = Source(
            id=f"FS{nth}",
            slug=slug,  # type: ignore[arg-type]
            tier=tier,  # type: ignore[arg-type]
            order=order,
            cap_cents=cap,
        )
        yield "sources", source
    # kind, days ago, cents, halves of sessions
    entries = (("authorized", 150, 400_000, 80), ("used", 12, 310_000, 62))
    ledger = (
        Entry(
            number=number,
            kind=kind,  # type: ignore[arg-type]
            on=today - timedelta(days=ago),
            by="okafor",
            cents=cents,
            halves=halves,
        )
        for number, (kind, ago, cents, halves) in enumerate(entries, 1)
    )
    payer: Any = payers[0][0]
    yield "funds", Fund(case="F9CK", id="FU1", source=payer, entries=tuple(ledger))


def _around(today: date) -> Iterator[tuple[str, Any]]:
    """How students are reached, and who else is there for them."""
    yield "contact", SafeContact(case="N2VF", mode="student_initiates", set_on=today)
    yield (
        "contact",
        SafeContact(
            case="HX4T",
            mode="we_contact",
            set_on=today,
            methods=(Method(kind="phone", value="555-0142", opens="15:30", closes="16:15"),),
            if_missed="my counselor finds me in period 3; never call home",
        ),
    )
    yield (
        "referrals",
        Referral(
            case="HX4T",
            id="R1",
            partner="MERID",  # type: ignore[arg-type]
            service="counseling",  # type: ignore[arg-type]
            referred_on=today - timedelta(days=10),
            student_agreed="yes",
        ),
    )
    yield "care", CareMember(case="M2KD", id="K1", role="child_welfare_worker", agency="CCFS")
    yield (
        "tasks",
        Task(
            id="T1",
            case="W6HB",
            due_on=today + timedelta(days=2),
            owner="okafor",  # type: ignore[arg-type]
            text="Ask the former school for the credits earned so far.",
        ),
    )


def _mou(id_: str, slug: str, ends_on: date, today: date) -> Mou:
    started = ends_on - timedelta(days=364)
    return Mou(
        id=id_,
        partner=slug,  # type: ignore[arg-type]
        owner="okafor",  # type: ignore[arg-type]
        known_on=today,
        effective_on=started,
        ends_on=ends_on,
        signed_on=started,
        review_on=ends_on,
        purpose="Refer students, and hear from each other that they have care.",
        services="Counseling and advocacy by the partner; a room and time by the school.",
        referral_protocol="The specialist calls first; the student meets somebody by name.",
        confidentiality="Nothing about a student without a release.",
        release_process="One release for each agency and purpose.",
        contacts="The intake desk, on weekdays.",
    )


def _case(ref: str, school: str, grade: str, setting: str, opened: date, today: date) -> Case:
    paused = Change(
        on=today - timedelta(days=20), kind="paused", reason="student_wish", by="okafor"
    )
    return Case(
        ref=ref,
        school=school,  # type: ignore[arg-type]
        grade=grade,
        setting=setting,  # type: ignore[arg-type]
        opened_on=opened,
        identified_on=opened - timedelta(days=14),
        owner="okafor",
        changes=(paused,) if ref == "N2VF" else (),
    )


def _weekday_before(day: date) -> date:
    """Return the last weekday before a day: what was due then is overdue, on a Sunday too."""
    before = day - timedelta(days=1)
    return before - timedelta(days=max(0, before.weekday() - 4))


def _schedules(today: date) -> Iterator[tuple[str, Any]]:
    yesterday = _weekday_before(today)
    soon = today + timedelta(days=2)
    weekly = (
        ("HX4T", today + timedelta(days=1), "in_person", None, "1w"),
        ("B9RW", soon, "phone", "19:00", "1w"),
        ("P3RM", soon, "in_person", None, "2w"),
    )
    for ref, day, mode, at, every in weekly:
        terms = Terms(every=every, day=WEEKDAYS[day.weekday()], anchor="calendar", starts=day)
        yield "schedules", _schedule(ref, terms, mode, at, today)
    for ref, day, mode, at in (
        ("M2KD", yesterday, "in_person", None),
        ("T5XG", today, "phone", "16:00"),
    ):
        terms = Terms(every="1m", day=str(day.day), anchor="calendar", starts=day)
        yield "schedules", _schedule(ref, terms, mode, at, today)
    yield "schedules", _schedule("W6HB", Terms(every="3d", starts=today), "in_person", None, today)
    yield from _conferrals(today - timedelta(days=11))


def _conferrals(met: date) -> Iterator[tuple[str, Any]]:
    """What staff say of how V3NP does, the last time on the day they met."""
    yield (
        "schedules",
        Schedule(
            case="V3NP",
            id="S1",
            with_="staff",
            who="lee",
            terms=Terms(every="2w", starts=met - timedelta(days=14)),
            mode="in_person",
            chosen_by="staff",
            chosen_on=met,
        ),
    )
    for number, day, academic, social in (
        (1, met - timedelta(days=14), "there 7 days of 10", "sits with two friends at lunch"),
        (2, met, "handed in all of the English work", "still with the two at lunch"),
    ):
        yield (
            "contacts",
            CheckIn(
                case="V3NP",
                id=f"E{number}",
                schedule="S1",
                outcome="done",
                happened_on=day,
                by="lee",
                academic=academic,
                social=social,
            ),
        )


def _plan(today: date) -> Iterator[tuple[str, Any]]:
    """What V3NP wants, what is needed for it, and what holds her."""
    from reintegrate_cli.nouns.goal.record import Goal, Step

    named, ref = today - timedelta(days=40), "V3NP"
    steps = ("ask which evenings there are", "go to the first one")
    yield (
        "goals",
        Goal(
            case=ref,
            id="G1",
            horizon="long",
            set_on=named,
            heard_by="lee",
            words="I want to finish with my own year.",
            offered=("a GED by spring", "credit recovery after school"),
            chosen="credit recovery after school",
            steps=tuple(
                Step(
                    number=nth,
                    text=text,
                    on=named,
                    by="lee",
                    done_on=today - timedelta(days=20) if nth == 1 else None,
                )
                for nth, text in enumerate(steps, 1)
            ),
        ),
    )
    yield from _around_school(ref, named, today)


def _around_school(ref: str, named: date, today: date) -> Iterator[tuple[str, Any]]:
    """What a case brings back to school, what is needed for it, and who is there."""
    from reintegrate_cli.nouns.connection.record import Connection
    from reintegrate_cli.nouns.credit.record import Credit, Schooling
    from reintegrate_cli.nouns.need.record import Need

    yield (
        "schooling",
        Schooling(
            case=ref,
            last_attended_on=today - timedelta(days=230),
            returned_on=today - timedelta(days=95),
            required=2400,
            gap_years=1,
            ways=("class_of_own_age_with_tutoring",),
            route="diploma",
        ),
    )
    yield "credits", Credit(case=ref, id="Q1", state="earned", hundredths=1450, on=named)
    yield (
        "credits",
        Credit(
            case=ref,
            id="Q2",
            state="in_recovery",
            hundredths=50,
            course="English-2",  # type: ignore[arg-type]
            on=named,
        ),
    )
    yield "needs", Need(case=ref, id="U1", area="transport", on=named, what="a way home at six")
    yield (
        "connections",
        Connection(
            case=ref,
            id="X1",
            kind="adult",
            place="school",
            school="Ridgeline",  # type: ignore[arg-type]
            who="lee",
            on=named,
            name="Mr. Lee",
        ),
    )


def _schedule(ref: str, terms: Terms, mode: str, at: str | None, today: date) -> Schedule:
    return Schedule(
        case=ref,
        id="S1",
        with_="student",
        terms=terms,
        at=at,
        mode=mode,  # type: ignore[arg-type]
        chosen_by="student",
        chosen_on=today - timedelta(days=9),
    )
