"""The index of dates: a cache, and never anything but what follows from the records."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec.structs
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reintegrate_cli import keys, vault
from reintegrate_cli.catalogue import TABLES
from reintegrate_cli.core.calendar import Calendar
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import fields_of
from reintegrate_cli.core.world import World
from reintegrate_cli.due import agenda
from reintegrate_cli.due.agenda import HORIZON_DAYS
from reintegrate_cli.kept import index as wakes
from reintegrate_cli.kept.records import KINDS
from reintegrate_cli.kept.store import Store
from reintegrate_cli.line.forms import bare
from reintegrate_cli.mail.reminders import past_due
from reintegrate_cli.nouns.adjustment.record import Adjustment
from reintegrate_cli.nouns.attendance.record import Flag
from reintegrate_cli.nouns.care.hearings import Hearing
from reintegrate_cli.nouns.care.record import CareMember
from reintegrate_cli.nouns.case.record import Case, Change, Identity
from reintegrate_cli.nouns.case.rights import rights_day
from reintegrate_cli.nouns.checkin.record import CheckIn, Pause, Schedule, Terms
from reintegrate_cli.nouns.conference.record import Conference
from reintegrate_cli.nouns.contact.record import SafeContact
from reintegrate_cli.nouns.cover.record import Cover
from reintegrate_cli.nouns.credit.record import Credit
from reintegrate_cli.nouns.incident.record import Incident, Removal, Review
from reintegrate_cli.nouns.mou.record import ContactTest, Mou
from reintegrate_cli.nouns.need.record import Delivery, Need
from reintegrate_cli.nouns.referral.record import Referral, Step
from reintegrate_cli.nouns.release.record import Release, Signer
from reintegrate_cli.nouns.safety.record import LegalOrder, SafetyPlan
from reintegrate_cli.nouns.staff.record import Staff
from reintegrate_cli.nouns.task.record import Task
from reintegrate_cli.nouns.team.record import Chosen, Seat, Team
from reintegrate_cli.nouns.wish.record import Wish
from reintegrate_cli.vault import VaultShelf
from test_canaries import filled, load
from thoroughness import LONG

START = date(2026, 10, 1)
CASES = ("HX4T", "T234", "T567")  # two that could be the id of a task
OPEN = Calendar()
ENDING = Calendar(school_year=(date(2026, 8, 24), date(2026, 10, 9)))
"""With too few school days left to say when a determination is due."""
SHUT = Calendar(frozenset({date(2026, 10, 12), date(2026, 10, 13)}))


class District:
    """A vault that is written to as commands do, on days that go by."""

    def __init__(self, folder: Path) -> None:
        self.path, self.bundle = folder / "caseload.vault", keys.new_bundle("okafor")
        slot = keys.make_slot("file", b"k" * 32, self.bundle, "5a" * 16)
        vault.create(self.path, self.bundle, [slot], store_id="5a" * 16)
        self.day, self.calendar = START, OPEN

    @contextmanager
    def writing(self) -> Iterator[Store]:
        shelf = VaultShelf(self.path, self.bundle)
        with vault.lock(self.path):
            store = Store(shelf, shelf.vault, "okafor", lambda: "2026-10-01T12:00:00+00:00")
            store.shelf.begin()
            yield store
            store.commit("test", lambda: wakes.renew(store, self.calendar, self.day))
        shelf.close()

    def check(self) -> None:
        """Compare the index with what follows from all the records."""
        shelf = VaultShelf(self.path, self.bundle)
        store = Store(shelf, shelf.vault, "okafor", lambda: f"{self.day}T12:00:00+00:00")
        everything = wakes.world(store, self.calendar, whole=True)
        whole = wakes.world(store, self.calendar)  # of what is with somebody alone, what is theirs
        assert wakes.doubt(store, self.calendar) is None
        expected = wakes.units_of(everything, self.day)
        for name, unit in expected.items():
            kept = store.shelf.get("units", [name]) or {"on": [], "tasks": []}
            assert set(kept["on"]) >= {day for day in unit.on if day}, name
            assert kept["tasks"] == sorted(unit.tasks)
        known = sorted((row.due_on, row.overdue_on, row.rests) for row in store.due())
        assert known == sorted(due for unit in expected.values() for due in unit.due)
        for later in (0, 1, 9, 40, 60, 75):
            day = self.day + timedelta(days=later)
            if later <= HORIZON_DAYS:
                self.check_count(store, everything, day)
            for last in (day, day + timedelta(days=7), day + timedelta(days=40)):
                seen = wakes.world_upto(store, self.calendar, day, last)
                found = [
                    msgspec.structs.asdict(item) for item in agenda.items(seen, day, day, last)
                ]
                wanted = [
                    msgspec.structs.asdict(item) for item in agenda.items(whole, day, day, last)
                ]
                assert found == wanted
        shelf.close()

    def check_count(self, store: Store, whole: World, day: date) -> None:
        """Compare what cron counts on a day to come with what is late then, left out what must be.

        Cases in which a birthday comes meanwhile are stepped over: cron is not told of it.
        """
        turning = {ref for ref in CASES if self.day < birthday(whole, ref) <= day}
        units = [store.shelf.get("units", [ref]) or {"due": []} for ref in turning]
        untold = {id_ for unit in units for id_ in unit["due"]}
        known = [row for row in store.due() if row.id not in untold]
        late = [
            row
            for row, _, late_on in agenda.standing(whole, day, day)
            if late_on is not None
            and late_on <= day
            and row.case not in turning
            and not wakes._left_out(whole, row)
        ]
        assert past_due(known, day)[0] == len(late), day


def birthday(whole: World, ref: str) -> date:
    """Return the day on which rights pass to a student."""
    return rights_day(whole.find("identities", ref)) or date.min


OTHERS = [table.name for table in TABLES.values() if table.dated and not table.grounds]
"""Tables of which records are made from their annotations alone, so that none is forgotten."""
OF_NO_CASE = (
    *("task", "staff", "days", "calendar", "tidy", "mou", "mou_is", "conference"),
    *("part_time", "cover", "team"),
)
DAYS = st.integers(-20, 90)
REFS = st.sampled_from(CASES)
ACTS = st.one_of(
    st.tuples(
        st.just("schedule"),
        REFS,
        st.integers(1, 2),
        DAYS,
        st.sampled_from(["3d", "1w", "1m", "none"]),
        st.sampled_from(["student", "staff", "caregiver"]),
    ),
    st.tuples(
        st.just("event"),
        REFS,
        st.integers(1, 2),
        DAYS,
        st.sampled_from(["done", "missed", "declined", "cancelled"]),
        st.booleans(),
    ),
    st.tuples(st.just("move"), REFS, st.integers(1, 2), DAYS, DAYS),
    st.tuples(st.just("pause"), REFS, DAYS, st.none() | st.integers(0, 90)),
    st.tuples(st.just("rest"), REFS, st.integers(1, 2), DAYS, st.none() | st.integers(0, 90)),
    st.tuples(st.just("end"), REFS, st.integers(1, 2), DAYS),
    st.tuples(st.just("turn"), REFS, st.sampled_from(["closed", "resumed", "reopened"]), DAYS),
    st.tuples(
        st.just("contact"),
        REFS,
        st.sampled_from(["student_initiates", "we_contact"]),
        DAYS,
        st.none() | DAYS,
    ),
    st.tuples(st.just("care"), REFS, st.none() | DAYS, st.none() | DAYS),
    st.tuples(st.just("born"), REFS, DAYS, st.booleans()),
    st.tuples(st.just("safety"), REFS, DAYS, st.none() | DAYS, st.none() | DAYS),
    st.tuples(st.just("task"), st.none() | REFS, st.integers(1, 3), DAYS, st.booleans()),
    st.tuples(
        st.just("wish"), REFS, st.integers(1, 2), st.sampled_from(["open", "deferred"]), DAYS
    ),
    st.tuples(
        st.just("need"),
        REFS,
        st.integers(1, 2),
        DAYS,
        st.sampled_from(["3d", "1m", "none"]),
        st.sampled_from(["", "staff", "care"]),
        st.none() | st.integers(0, 90),
        st.booleans(),
    ),
    st.tuples(
        st.just("credit"), REFS, st.integers(1, 2), st.sampled_from(["requested", "earned"]), DAYS
    ),
    st.tuples(
        st.just("adjustment"),
        REFS,
        st.integers(1, 2),
        DAYS,
        st.integers(0, 40),
        st.none() | st.integers(0, 40),
        st.booleans(),
    ),
    st.tuples(
        st.just("incident"),
        REFS,
        st.integers(1, 2),
        st.integers(-20, 5),
        st.sampled_from([1, 9, 22]),
        st.booleans(),
        st.none() | st.booleans(),
        st.sampled_from([None, "none"]),
    ),
    st.tuples(st.just("attendance"), REFS, st.integers(1, 2), DAYS, st.booleans()),
    st.tuples(
        st.just("mou"),
        st.integers(1, 2),
        DAYS,
        st.integers(5, 200),
        st.booleans(),
        st.none() | DAYS,
    ),
    st.tuples(
        st.just("mou_is"),
        st.integers(1, 2),
        DAYS,
        st.sampled_from(["draft", "renewed", "ended", "reached", "missed"]),
    ),
    st.tuples(
        st.just("referral"),
        REFS,
        st.integers(1, 2),
        DAYS,
        st.sampled_from(["", "accepted", "declined", "visited", "confirmed", "ended"]),
    ),
    st.tuples(st.just("release"), REFS, st.integers(1, 2), DAYS, st.none() | DAYS),
    st.tuples(st.just("conference"), st.integers(1, 2), DAYS, st.booleans()),
    st.tuples(
        st.just("record"),
        REFS,
        st.sampled_from(OTHERS),
        st.integers(1, 2),
        st.lists(st.none() | DAYS, min_size=4, max_size=4),
    ),
    st.tuples(st.just("staff"), st.sampled_from([(), ("mon",), ("tue", "thu")])),
    st.tuples(st.just("days"), st.sampled_from([-3, 0, 1, 7, 25, 55])),
    st.tuples(st.just("days"), st.sampled_from([1, 30, 60])),
    st.tuples(st.just("calendar"), st.sampled_from([OPEN, SHUT, ENDING])),
    st.tuples(st.just("tidy")),
)


def made(table: str, ref: str, number: int, days: list[int | None]) -> Any:
    """Return a record with something in every field, and some days in those that are dates."""
    row = TABLES[table]
    record = filled(load(KINDS[table]), table)
    given: dict[str, Any] = {"id": f"{row.id}{number}", "case": ref}
    for at, spec in enumerate(fields_of(type(record))):
        day = days[at % len(days)]
        if bare(spec.type) is date and (day is not None or spec.type is not date):
            given[spec.name] = None if day is None else START + timedelta(days=day)
    return replace(
        record, **{name: given[name] for name in given.keys() & record.__struct_fields__}
    )


def act(district: District, store: Store, step: tuple) -> None:  # type: ignore[type-arg]
    what, *rest = step
    on = lambda days: START + timedelta(days=days)  # noqa: E731
    if what not in OF_NO_CASE:
        ref = rest[0]
        if not store.cases.has(ref):
            store.cases.put(
                Case(
                    ref=ref,
                    opened_on=START,
                    school="R",
                    setting="home",  # type: ignore[arg-type]
                    owner="lee",
                )
            )
        case = store.cases.get(ref)
    if what == "end":
        _, number, day = rest
        found = store.schedules.find(ref, f"S{number}")
        if found is not None:
            store.schedules.put(replace(found, ended_on=on(day)))
    elif what == "record":
        _, table, number, days = rest
        store.table(table).put(made(table, ref, number, days))
    elif what == "schedule":
        _, number, day, every, with_ = rest
        who = {"staff": "lee", "caregiver": "K1"}.get(with_)
        store.schedules.put(
            Schedule(
                case=ref,
                id=f"S{number}",
                with_=with_,
                who=who,
                mode="phone",
                terms=Terms(every=every, anchor="calendar", starts=on(day)),
                chosen_by="student" if with_ == "student" else with_,
                chosen_on=START,
            )
        )
        store.care.put(CareMember(case=ref, id="K1", role="caregiver", appropriate="yes"))
    elif what == "event":
        _, number, day, outcome, safe = rest
        store.checkins.put(
            CheckIn(
                case=ref,
                id=store.checkins.next_id(ref),
                schedule=f"S{number}",
                outcome=outcome,
                happened_on=on(day),
                by="okafor",
                still_safe=safe,
            )
        )
    elif what == "move":
        _, number, day, to = rest
        store.checkins.put(
            CheckIn(
                case=ref,
                id=store.checkins.next_id(ref),
                schedule=f"S{number}",
                outcome="moved",
                happened_on=START,
                by="okafor",
                due_on=on(day),
                to=on(to),
            )
        )
    elif what == "pause":
        _, day, length = rest
        until = None if length is None else on(day + length)
        change = Change(on=on(day), kind="paused", until=until, by="okafor")
        store.cases.put(replace(case, changes=(*case.changes, change)))
    elif what == "turn":
        _, kind, day = rest
        change = Change(on=on(day), kind=kind, by="okafor")
        store.cases.put(replace(case, changes=(*case.changes, change)))
    elif what == "rest":
        _, number, day, length = rest
        found = store.schedules.find(ref, f"S{number}")
        if found is not None:
            pause = Pause(on=on(day), until=None if length is None else on(day + length))
            store.schedules.put(replace(found, pauses=(*found.pauses, pause)))
    elif what == "contact":
        _, mode, day, until = rest
        store.contact.put(
            SafeContact(
                case=ref,
                mode=mode,
                set_on=on(day),
                methods=(),
                pause_until=None if until is None else on(until),
            )
        )
    elif what == "care":
        _, hearing, review = rest
        store.care.put(
            CareMember(
                case=ref,
                id="K2",
                role="attorney",
                hearings=() if hearing is None else (Hearing(id=1, on=on(hearing)),),
                review_on=None if review is None else on(review),
            )
        )
    elif what == "born":
        _, day, told = rest
        of_age = on(day)
        store.identities.put(
            Identity(
                case=ref,
                birth_date=of_age.replace(year=of_age.year - 18),
                rights_told_on=START if told else None,
            )
        )
    elif what == "safety":
        _, day, review, ends = rest
        order = LegalOrder(type="custody", expires_on=None if ends is None else on(ends))
        store.of(SafetyPlan).put(
            SafetyPlan(
                case=ref,
                made_on=on(day),
                with_student=True,
                goals="x",
                orders=(order,),
                triggers=("court_date", "birthday_18"),
                proposed_on=on(day + 30),
                review_on=None if review is None else on(review),
            )
        )
    elif what == "wish":
        _, number, outcome, day = rest
        store.of(Wish).put(
            Wish(
                case=ref,
                id=f"W{number}",
                about="other",
                heard_on=START,
                heard_by="lee",
                words="x",
                outcome=outcome,
                revisit_on=on(day) if outcome != "open" else None,
            )
        )
    elif what == "need":
        _, number, day, every, through, delivered, over = rest
        deliveries = (
            ()
            if delivered is None
            else (Delivery(on=on(day + delivered), by=None, entered_by="okafor"),)
        )
        store.care.put(
            CareMember(
                case=ref,
                id="K1",
                role="mentor",
                appropriate="yes",
                ended_on=START if over else None,
            )
        )
        store.of(Need).put(
            Need(
                case=ref,
                id=f"U{number}",
                area="transport",
                on=on(day),
                every=every,
                through=through or None,
                who={"staff": "lee", "care": "K1"}.get(through),
                deliveries=deliveries,
                ended_on=on(day) if over and not through else None,
            )
        )
    elif what == "credit":
        _, number, state, day = rest
        store.of(Credit).put(
            Credit(
                case=ref,
                id=f"Q{number}",
                state=state,
                on=START,
                due_on=on(day) if state == "requested" else None,
            )
        )
    elif what == "adjustment":
        _, number, day, length, review, ended = rest
        store.of(Adjustment).put(
            Adjustment(
                case=ref,
                id=f"A{number}",
                change="quiet_exit",
                agreed_by_student=True,
                starts_on=on(day),
                ends_on=on(day + length),
                ended_on=on(day) if ended else None,
                review_on=None if review is None else on(day + review),
            )
        )
    elif what == "incident":
        _, number, day, halves, reviewed, determined, disability = rest
        store.cases.put(replace(case, disability=disability))
        review = Review(on=on(day), by="lee", finding="x", manifestation=determined)
        store.of(Incident).put(
            Incident(
                case=ref,
                id=f"I{number}",
                on=on(day),
                reviews=(review,) if reviewed else (),
                removals=(Removal(decided_on=on(day), half_days=halves),),
            )
        )
    elif what == "attendance":
        _, number, day, answered = rest
        store.of(Flag).put(
            Flag(
                case=ref,
                id=f"F{number}",
                on=on(day),
                noticed_by="lee",
                resolved_on=on(day) if answered else None,
            )
        )
    elif what == "mou":
        number, day, term, runs_on, review = rest
        store.of(Mou).put(
            Mou(
                id=f"M{number}",
                partner="HARBOR",
                owner="lee",
                known_on=START,  # type: ignore[arg-type]
                effective_on=on(day - 60),
                ends_on=on(day - 60 + term),
                signed_on=START,
                auto_renew=runs_on,
                review_on=None if review is None else on(review),
            )
        )
    elif what == "mou_is":
        number, day, turn = rest
        mou = store.of(Mou).find(f"M{number}")
        if mou is not None:
            changes = {
                "draft": {"signed_on": None, "target_on": on(day)},
                "renewed": {"renewed_by": "M9"},
                "ended": {"ended_on": on(day)},
            }
            tried = ContactTest(on=on(day), reached=turn == "reached", by="lee")
            tests = {"tests": (*mou.tests, tried)}
            store.of(Mou).put(replace(mou, **changes.get(turn, tests)))
    elif what == "referral":
        _, number, day, kind = rest
        known = store.of(Referral).find(ref, f"R{number}")
        referral = known or Referral(
            case=ref,
            id=f"R{number}",
            partner="HARBOR",
            service="x",
            referred_on=on(day),  # type: ignore[arg-type]
            student_agreed="not_yet" if day < 0 else "yes",
        )
        if kind:
            step = Step(on=on(day), kind=kind, by="lee")
            referral = replace(referral, steps=(*referral.steps, step))
        store.of(Referral).put(referral)
    elif what == "release":
        _, number, day, revoked = rest
        store.of(Release).put(
            Release(
                case=ref,
                id=f"L{number}",
                partner="MERID",
                records=("attendance",),
                purpose="coordination",
                method="phone",
                signed_on=START,
                effective_on=START,
                expires_on=on(day),
                signers=(Signer(role="parent"),),
                discussed_on=START,
                alternatives_considered="x",
                abuser_check_by="lee",
                revoked_on=None if revoked is None else on(revoked),
            )
        )
    elif what == "conference":
        number, day, done = rest
        store.of(Conference).put(
            Conference(
                id=f"O{number}",
                on=on(day),
                agencies=("MERID",),
                cases=("HX4T",),
                held_on=on(day) if done else None,
            )
        )
    elif what == "task":
        of, number, day, done = rest
        if of is None or store.cases.has(of):
            store.tasks.put(
                Task(
                    id=f"T{number}",
                    case=of,
                    due_on=on(day),
                    owner="lee",  # type: ignore[arg-type]
                    text="x",
                    done_on=START if done else None,
                )
            )
    elif what == "staff":
        store.staff.put(Staff(slug="lee", role="school_counselor", days=rest[0]))
    elif what == "part_time":
        slug, left = rest
        ended_on = None if left is None else on(left)
        store.staff.put(Staff(slug=slug, role="other", days=("wed",), ended_on=ended_on))
    elif what == "cover":
        number, (staff, by), day, length = rest
        store.of(Cover).put(
            Cover(id=f"CV{number}", staff=staff, by=by, starts_on=on(day), ends_on=on(day + length))
        )
    elif what == "team":
        chosen = (Chosen(on=START, model=rest[0]),)
        seats = (Seat(role="school_counselor", staff="hale"),)  # type: ignore[arg-type]
        store.of(Team).put(Team(id="TM1", school="R", models=chosen, seats=seats))  # type: ignore[arg-type]


BY_DAY = st.one_of(
    ACTS,
    st.tuples(
        st.just("cover"),
        st.integers(1, 2),
        st.sampled_from([("lee", "okafor"), ("okafor", "lee"), ("lee", "hale")]),
        DAYS,
        st.integers(0, 30),
    ),
    st.tuples(st.just("team"), st.sampled_from(["school_team", "specialist"])),
    st.tuples(st.just("part_time"), st.sampled_from(["okafor", "hale"]), st.none() | DAYS),
)
"""These, and what makes whose a row is depend on the day."""


@pytest.mark.parametrize("_", [1])
@settings(
    max_examples=600 if LONG else 50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(BY_DAY, min_size=8, max_size=16))
@example(steps=[("record", "HX4T", "concerns", 1, [0, None, 9, 30]), ("days", 30)])
def test_law_2_what_the_index_shows_is_what_follows_from_all_the_records(
    tmp_path_factory: pytest.TempPathFactory,
    _: int,
    steps: list[tuple],  # type: ignore[type-arg]
) -> None:
    district = District(tmp_path_factory.mktemp("district"))
    with district.writing() as store:
        store.staff.put(Staff(slug="lee", role="school_counselor"))
    for step in steps:
        if step[0] == "days":
            district.day += timedelta(days=step[1])
        elif step[0] == "calendar":
            district.calendar = step[1]
        elif step[0] == "tidy":
            with vault.lock(district.path):
                VaultShelf(district.path, district.bundle).vault.write_anew()
        with district.writing() as store:
            act(district, store, step)
            store.touch("x")
            store.note_change("notes", ("HX4T", "N1"), None, {"any": "change"})
        district.check()


def _without(store: Store, table: str) -> None:
    places = [place for place, _ in store.shelf.vault.everything(table) if place]
    store.shelf.vault.delete(table, places[-1])


def _another(store: Store, table: str, **changes: object) -> None:
    place, row = [*store.shelf.vault.everything(table)][-1]
    assert row.keys() >= changes.keys()
    store.shelf.vault.put(table, place, {**row, **changes})


SPOILED: dict[str, Callable[[Store], None]] = {
    "a row of due is missing": lambda store: _without(store, "due"),
    "a row of wakes is missing": lambda store: _without(store, "wakes"),
    "a row of units is missing": lambda store: _without(store, "units"),
    "a row of due says another day": lambda store: _another(store, "due", overdue_on="2036-10-07"),
    "a row of due is nobody's": lambda store: store.shelf.vault.put(
        "due", 7, {"id": "7", "due_on": "2026-10-06", "overdue_on": "2026-10-07", "kind": "item"}
    ),
    "a row of wakes is nobody's": lambda store: store.shelf.vault.put("wakes", 7, {"of": "HX4T"}),
    "a unit wakes on no day": lambda store: _another(store, "units", on=[]),
    "a unit has no row of due": lambda store: _another(store, "units", due=[]),
    "a unit has another task": lambda store: _another(store, "units", tasks=["T9"]),
    "a unit is another": lambda store: _another(store, "units", of="T567"),
    "a record was put past the index": lambda store: store.shelf.vault.put(
        "tasks", 5, {**(store.shelf.vault.get("tasks", 1) or {}), "id": "T5"}
    ),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_an_index_that_does_not_follow_is_found_and_made_anew(
    tmp_path: Path, spoil: Callable[[Store], None]
) -> None:
    district = District(tmp_path)
    with district.writing() as store:
        store.staff.put(Staff(slug="lee", role="school_counselor"))
        store.cases.put(
            Case(
                ref="HX4T",
                school="Ridgeline",
                setting="home",
                opened_on=START,  # type: ignore[arg-type]
                owner="lee",
            )
        )
        for number, case in ((1, "HX4T"), (2, None)):
            store.tasks.put(
                Task(
                    id=f"T{number}",
                    case=case,
                    due_on=START + timedelta(days=9),  # type: ignore[arg-type]
                    owner="lee",
                    text="x",
                )
            )
    district.check()
    shelf = VaultShelf(district.path, district.bundle)
    with shelf.vault.unit():
        spoil(Store(shelf, shelf.vault, "okafor", lambda: ""))
    store = Store(shelf, shelf.vault, "okafor", lambda: "2026-10-01T12:00:00+00:00")
    assert wakes.doubt(store, OPEN) == "different"
    with shelf.vault.unit():
        wakes.make_anew(store, OPEN, START)
    shelf.close()
    district.check()


def test_an_index_of_another_calendar_is_older_and_not_wrong(tmp_path: Path) -> None:
    district = District(tmp_path)
    shelf = VaultShelf(district.path, district.bundle)
    assert wakes.doubt(Store(shelf, shelf.vault, "okafor", lambda: ""), OPEN) == "older"
    shelf.close()
    with district.writing() as store:
        store.staff.put(Staff(slug="lee", role="school_counselor"))
    shelf = VaultShelf(district.path, district.bundle)
    assert wakes.doubt(Store(shelf, shelf.vault, "okafor", lambda: ""), OPEN) is None
    assert wakes.doubt(Store(shelf, shelf.vault, "okafor", lambda: ""), SHUT) == "older"
    shelf.close()


def test_the_date_after_one_on_a_closed_day_is_known_before_it_comes_near(tmp_path: Path) -> None:
    # Sun 29 Nov asks for another day; what is promised is the 2nd of December, 62 days ahead.
    district = District(tmp_path)
    with district.writing() as store:
        act(district, store, ("schedule", "T234", 1, 59, "3d", "student"))
    for _ in range(3):
        district.check()
        district.day += timedelta(days=1)
        with district.writing() as store:
            act(district, store, ("wish", "HX4T", 1, "open", 0))
