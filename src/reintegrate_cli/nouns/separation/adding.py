"""``separation add``, ``review``, ``end`` and ``list``: what is kept, and until when."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

from reintegrate_cli.core.hints import PAST, PROSE, TODAY, VERBATIM, Option
from reintegrate_cli.core.records import CaseRef, Form, Policy, Private, Public, Ref, Value, row_of
from reintegrate_cli.kept import session
from reintegrate_cli.line.output import Column
from reintegrate_cli.line.reviewing import review_day
from reintegrate_cli.line.shapes import Work, adds, changes, lists
from reintegrate_cli.nouns.case.sections import Section
from reintegrate_cli.nouns.separation import record as rules
from reintegrate_cli.nouns.separation.meetings import Where
from reintegrate_cli.nouns.separation.record import STATUSES, Review, Separation, Status
from reintegrate_cli.nouns.separation.whereabouts import of_case

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


class NewSeparation(Form, kw_only=True):
    """What ``separation add`` takes."""

    other: Annotated[Ref[CaseRef], "the other student's case"]
    who_moves: Annotated[Ref[CaseRef], "the student whose schedule changes, by their case"]
    policy: Annotated[Ref[Policy], "the policy that it follows, by its slug"]
    places: Annotated[
        Public[tuple[Where, ...]], Option("--place"), "a place beside classes; may repeat"
    ] = ()
    starts_on: Annotated[Public[date], TODAY, Option("--starts", "--starts-on"), "its first day"]
    review_on: Annotated[
        Public[date], Option("--review", "--review-on"), "the day to look at it again"
    ]
    ends_on: Annotated[Public[date], Option("--ends", "--ends-on"), "its last day"]
    wish_words: Annotated[
        Private[str], PROSE, VERBATIM, "what the student it is for wishes, in their words"
    ]
    wish_of: Annotated[
        Ref[CaseRef | None], "whose wish that is (default: the one who does not move)"
    ] = None


class SeparationReviewed(Form, kw_only=True):
    """What ``separation review`` takes."""

    next: Annotated[
        Public[date], Option("--next", "--review", "--review-on"), "the day to look at it again"
    ]
    ends_on: Annotated[
        Public[date | None], Option("--ends", "--ends-on"), "its last day, if that changes"
    ] = None
    on: Annotated[Public[date], PAST, TODAY, "the day it was looked at"]
    wish_words: Annotated[Private[str], PROSE, VERBATIM, "what they wish now, in their words"] = ""
    note: Annotated[Private[str], PROSE, "what was found; name nobody else"] = ""


class SeparationEnded(Form, kw_only=True):
    """What ``separation end`` takes."""

    on: Annotated[Public[date], PAST, TODAY, "the day it ended"]


class SeparationRow(Separation, frozen=True, kw_only=True):
    """A separation with its status on a day."""

    status: Public[Status]


class Apart(Value, frozen=True, kw_only=True):
    """A separation as one of the two cases shows it: the other one is not named."""

    id: Ref[str | None]
    """Absent in the other case, of which it is not a record."""
    moves: Public[bool]
    """Whether it is this student whose schedule changes."""
    places: Public[tuple[Where, ...]]
    starts_on: Public[date]
    review_on: Public[date]
    ends_on: Public[date]
    status: Public[Status]
    wish_words: Private[str]
    """Shown where they are this student's own."""


COLUMNS = (
    Column("case", lambda row: row.case),
    Column("id", lambda row: row.id),
    Column("other", lambda row: row.other),
    Column("moves", lambda row: row.who_moves),
    Column("beside classes", lambda row: ", ".join(row.places), True),
    Column("review", lambda row: row.review_on),
    Column("ends", lambda row: row.ends_on),
    Column("status", lambda row: row.status),
)
APART = (
    Column("id", lambda row: row.id),
    Column("whose schedule changes", lambda row: "this one" if row.moves else "the other", True),
    Column("beside classes", lambda row: ", ".join(row.places), True),
    Column("review", lambda row: row.review_on),
    Column("ends", lambda row: row.ends_on),
    Column("status", lambda row: row.status),
)


def row(separation: Separation, today: date) -> SeparationRow:
    """Return a separation with its status on a day."""
    return row_of(SeparationRow, separation, status=separation.status_on(today))


@adds("separation", row=row, about="separation", then=("separation check {ref} {id}",))
def add(work: Work, given: NewSeparation) -> Separation:
    """Keep two students apart for a while: under a policy, with a review and an end.

    No reason is kept. Say whose schedule changes, and what the student it is for wishes;
    the change should not fall on them, unless they want it.

    Example: reintegrate separation add D4SX --other P3RM --who-moves D4SX --policy LUNCH
    --review +2w --ends +6w --place lunch
    """
    stays = given.other if given.who_moves == work.ref else work.ref
    separation = work.new(Separation, given, wish_of=given.wish_of or stays)
    policy = work.store.table("protocols").get_named(given.policy)
    before = next(
        (
            each
            for each in of_case(work.store, work.ref)
            if each.pair == separation.pair and each.status_on(work.today) == "active"
        ),
        None,
    )
    rules.check_pair(separation, before)
    rules.check_new(separation, work.today, policy_is_over=policy.is_over)
    review_day(given.review_on, given.review_on)
    if separation.who_moves == separation.wish_of:
        work.say("the change falls on the student it is for; let their own words ask for it")
    if not any(version.was_in_force(work.today) for version in policy.versions):
        work.say(f"{policy.slug} is not adopted yet: reintegrate protocol adopt {policy.slug}")
    return separation


@changes("separation", "review", row=row, about="separation")
def review(work: Work, separation: Separation, given: SeparationReviewed) -> Separation:
    """Record that it was looked at again, with the next day, and another end if it needs one.

    Example: reintegrate separation review D4SX SP1 --next +2w
    """
    review_day(given.next, given.next)
    looked = Review(
        on=given.on,
        by=work.you,
        next_on=given.next,
        ends_on=given.ends_on or separation.ends_on,
        note=given.note,
    )
    return rules.reviewed(separation, looked, given.wish_words)


@changes("separation", "end", row=row, about="separation")
def end(work: Work, separation: Separation, given: SeparationEnded) -> Separation:
    """Record that the two are no longer kept apart.

    Example: reintegrate separation end D4SX SP1
    """
    return rules.ended(separation, given.on)


@lists("separation", COLUMNS, STATUSES, narrow={"cases": lambda row: row.pair})
def list_(work: Work, separations: list[Separation]) -> list[SeparationRow]:
    """List separations; with --case, also those that name the case.

    Example: reintegrate separation list --status active
    """
    if work.ref:
        separations = of_case(work.store, work.ref)
    return [row(each, work.today) for each in separations]


def section(store: "Store", ref: str) -> Section:
    """Return from how many students one is kept apart, and until when; it names none of them."""
    today = session.today()
    rows = [
        Apart(
            id=each.id if each.case == ref else None,
            moves=each.who_moves == ref,
            places=each.places,
            starts_on=each.starts_on,
            review_on=each.review_on,
            ends_on=each.ends_on,
            status=each.status_on(today),
            wish_words=each.wish_words if each.wish_of == ref else "",
        )
        for each in of_case(store, ref)
    ]
    words = [("their wish", each.wish_words) for each in rows if each.wish_words]
    return Section(
        {"separations": rows},
        heading="kept apart from another student",
        pairs=words,
        rows=rows,
        columns=APART,
    )
