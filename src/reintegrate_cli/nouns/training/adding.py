"""``training add`` and ``set``: who completed which training, and how many hold a role."""

from datetime import date
from typing import Annotated

from reintegrate_cli.core.hints import ASK, PAST, QUIET, Option, Within
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Form, Hundredths, Private, Public, Slug, Word
from reintegrate_cli.kept import session
from reintegrate_cli.line import offers, output
from reintegrate_cli.line.plain import Argument
from reintegrate_cli.line.shapes import Work, adds
from reintegrate_cli.line.verbs import StaffArg, verb
from reintegrate_cli.nouns.staff.record import StaffRole
from reintegrate_cli.nouns.training.counting import gaps, rows
from reintegrate_cli.nouns.training.record import (
    Level,
    Topic,
    Training,
    TrainingRow,
    done_of,
    judged,
    last_day,
    linked,
)
from reintegrate_cli.nouns.training.rolls import Post, Roll

_MOST_PEOPLE = 9_999
SchoolArg = Annotated[
    str, Argument(metavar="SCHOOL", help="The slug of a school.", complete=offers.schools)
]


class NewTraining(Form, kw_only=True):
    """What ``training add`` takes."""

    level: Annotated[Public[Level], "basic or intensive"]
    completed_on: Annotated[Public[date], Option("--completed"), PAST, "the day it was completed"]
    expires_on: Annotated[
        Public[date | None],
        Option("--expires"),
        "its last day; a year later if left out, two for basic",
    ] = None
    hours: Annotated[Public[Hundredths | None], ASK, "how many hours it took: 4.5"] = None
    topics: Annotated[
        Public[tuple[Topic, ...]], Option("--topic"), "what it was about; may repeat"
    ] = ()
    survivor_led: Annotated[Public[bool | None], QUIET, "whether survivors led it"] = None
    corrects: Annotated[
        Public[Word | None],
        QUIET,
        "the day on record that this corrects, or none if both took place",
    ] = None
    course: Annotated[Private[str], QUIET, "the course, and who gave it"] = ""
    certificate: Annotated[Private[str], QUIET, "where the certificate is"] = ""


class Holding(Form, kw_only=True):
    """What ``training set`` takes."""

    role: Annotated[Public[StaffRole], "the role"]
    people: Annotated[Public[int], Within(0, _MOST_PEOPLE), "how many people hold it there"]


def _seen(work: Work, training: Training) -> TrainingRow:
    """Return a training with the role and the school that its person has today."""
    return next(row for row in rows(work.store, work.today) if row.id == training.id)


@adds("training", view=_seen)
def add(work: Work, staff: StaffArg, given: NewTraining) -> Training:
    """Record a training that a member of staff completed; entering it twice keeps one.

    Example: reintegrate training add lee --level intensive --completed yesterday
    """
    person = work.store.staff.get(work.store.staffer(staff, given.completed_on, "completed_on"))
    kept = work.store.of(Training)
    former = [one for one in kept.all() if one.staff == person.slug]
    new = work.new(
        Training,
        given,
        staff=Slug(person.slug),
        hundredths=given.hours,
        expires_on=last_day(given.completed_on, given.level, given.expires_on),
    )
    _, dones = judged([done_of(one) for one in former], done_of(new), given.corrects or "")
    ranks = {done.rank for done in dones} - {done_of(new).rank}
    # What is said again, or corrected, takes the place of what was said before.
    before = next((one for one in former if done_of(one).rank not in ranks), None)
    if before is not None:
        told = {name: getattr(new, name) for name in new.__struct_fields__ if name != "id"}
        new = replace(before, **{name: value for name, value in told.items() if value})
    others = [one for one in former if one.id != new.id]
    in_order = {one.id: one for one in linked([*others, new])}
    for one in others:
        if one.renewed_by != in_order[one.id].renewed_by:
            kept.put(in_order[one.id])
    return in_order[new.id]


@verb("training", "set")
def set_(school: SchoolArg, given: Holding) -> None:
    """Say how many people hold a role at a school, so that what is missing is a number.

    Example: reintegrate training set Ridgeline --role front_desk --people 4
    """
    with session.writing() as store:
        named = session.current.district.school(school)
        kept = store.of(Roll)
        roll = next((one for one in kept.all() if one.school.casefold() == named.casefold()), None)
        post = Post(role=given.role, people=given.people, on=session.today())
        roll = roll or Roll(id=kept.next_id(), school=Word(named))
        posts = (*(one for one in roll.posts if one.role != given.role), post)
        roll = kept.put(replace(roll, posts=posts))
        (gap,) = gaps(store, "intensive", session.today(), schools=(roll.school,), role=given.role)
    output.show(gap)
