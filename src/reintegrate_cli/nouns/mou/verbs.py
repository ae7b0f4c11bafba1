"""``mou``: agreements with partners, from the first draft to the end."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, ClassVar, TypeVar

from reintegrate_cli.core.calendar import explain_date
from reintegrate_cli.core.extending import takes
from reintegrate_cli.core.hints import FLAG, PAST, PROSE, QUIET, TODAY, YOU, Option, Within
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import field, replace
from reintegrate_cli.core.records import (
    RECORD_ID,
    Form,
    Person,
    Private,
    Public,
    Ref,
    Slug,
    Staffer,
    Word,
    Worker,
    check_slug,
)
from reintegrate_cli.kept import session
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.plain import Argument
from reintegrate_cli.line.reviewing import review_day
from reintegrate_cli.line.shapes import Work, adds, changes, edited, lists, shows
from reintegrate_cli.line.verbs import PartnerArg, verb
from reintegrate_cli.nouns.mou import record as rules
from reintegrate_cli.nouns.mou import signing
from reintegrate_cli.nouns.mou.record import (
    CLAUSES,
    DEMANDED,
    ContactTest,
    Mou,
    MouFile,
    MouReview,
    MouRow,
    spoken,
)
from reintegrate_cli.nouns.partner.record import Regime, Specialty

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

T = TypeVar("T", MouRow, MouFile)


@takes(Mou, *CLAUSES)
class EditMou(Form, kw_only=True):
    """What ``mou edit`` reads: what is given replaces what is on record."""

    asks_when_bare: ClassVar[bool] = True

    review_on: Annotated[Public[date | None], Option("--review"), "the day of its next review"] = (
        None
    )
    notice_days: Annotated[
        Public[int | None], Within(0, 1_100), "how many days of notice end it"
    ] = None
    specialties: Annotated[
        Public[tuple[Specialty, ...]], Option("--specialty"), "sex, labor, or both"
    ] = ()
    areas: Annotated[
        Public[tuple[Word, ...]], Option("--area"), "an area or school it covers; may repeat"
    ] = ()
    auto_renew: Annotated[Public[bool | None], FLAG, "it runs on for another term by itself"] = None
    regime: Annotated[Public[Regime | None], "the confidentiality rule it names"] = None
    owner: Annotated[Ref[Worker | None], "who looks after it"] = None


class Signing(EditMou, kw_only=True):
    """What every command reads that may record a signed MOU; its days are asked for first."""

    asked_first: ClassVar[tuple[str, ...]] = ("effective_on", "ends_on", "signed_on")

    effective_on: Annotated[Public[date | None], Option("--effective"), "its first day"] = None
    ends_on: Annotated[Public[date | None], Option("--ends"), "its last day"] = None
    signed_on: Annotated[
        Public[date | None], PAST, "the day the last party signed; today if left out"
    ] = None


class SignedMou(Signing, kw_only=True):
    """What a command reads that always records a signed MOU."""

    # ``field()`` takes away the default that an edit has: these are needed.
    effective_on: Annotated[Public[date], Option("--effective"), "its first day"] = field()
    ends_on: Annotated[Public[date], Option("--ends"), "its last day"] = field()


@takes(Mou, *DEMANDED, needed=True)
class NewMou(SignedMou, kw_only=True):
    """What ``mou add`` reads."""

    asks_when_bare: ClassVar[bool] = False


class DraftMou(EditMou, kw_only=True):
    """What ``mou draft`` reads: what is known so far."""

    target_on: Annotated[
        Public[date | None], Option("--target"), "the day by which it should be signed"
    ] = None


class SignMou(SignedMou, kw_only=True):
    """What ``mou sign`` reads."""

    reason: Annotated[Private[str], PROSE, QUIET, "why no MOU is in force in between"] = ""


class RenewMou(Signing, kw_only=True):
    """What ``mou renew`` reads: a day by which it should be signed, or the term once it is."""

    target_on: Annotated[
        Public[date | None], Option("--target"), "the day by which it should be signed"
    ] = None
    reason: Annotated[Private[str], PROSE, QUIET, "why no MOU is in force in between"] = ""


class ReviewMou(Form, kw_only=True):
    """What ``mou review`` reads."""

    on: Annotated[Public[date], PAST, TODAY, "the day of the review"]
    by: Annotated[Ref[Staffer], YOU, "who reviewed it"]
    review_on: Annotated[Public[date | None], Option("--review"), "the day of the next one"] = None
    finding: Annotated[Private[str], PROSE, "what was found"]


class TestMou(Form, kw_only=True):
    """What ``mou test`` reads."""

    __test__: ClassVar[bool] = False  # no test of pytest's

    reached: Annotated[Public[bool], "whether somebody answered"]
    on: Annotated[Public[date], PAST, TODAY, "the day it was tried"]
    by: Annotated[Ref[Person], YOU, "who tried"]
    note: Annotated[Private[str], QUIET, "what was found"] = ""


class EndMou(Form, kw_only=True):
    """What ``mou end`` reads."""

    on: Annotated[Public[date], TODAY, "the day it ends"]
    notice_on: Annotated[Public[date | None], PAST, "the day notice was given"] = None
    by: Annotated[Ref[Staffer], YOU, "who ended it"]
    reason: Annotated[Private[str], PROSE, "why"] = ""


MouArg = Annotated[
    str, Argument(metavar="ID|PARTNER", help="The MOU's id, or the partner.", finds="mous")
]

COLUMNS = (
    Column("id", lambda mou: mou.id),
    Column("partner", lambda mou: mou.partner),
    Column("status", lambda mou: label(mou.status)),
    Column("ends", lambda mou: mou.ends_on or (mou.target_on and f"sign by {mou.target_on}")),
    Column("review", lambda mou: mou.review_on),
    Column("missing", lambda mou: _count(mou.missing_clauses), True),
)


def _count(names: tuple[str, ...]) -> str:
    return spoken(names) if len(names) < 2 else f"{len(names)} clauses"


def _find(store: "Store", text: str) -> Mou:
    """Return an MOU by its id, or by its partner's slug."""
    if RECORD_ID.fullmatch(text.upper()) and text[0] in "Mm":
        return store.of(Mou).get(text.upper())
    partner = store.partners.get(check_slug(text))
    return rules.pick(store.of(Mou).all(), partner.slug, session.today())


def _shown(work: Work, mou: Mou, kind: type[T]) -> T:
    former = work.store.of(Mou).find(mou.renews) if mou.renews else None
    partner = work.store.partners.find(mou.partner)
    regime = partner.regime if partner else None
    return rules.row(kind, mou, work.today, former=former, regime=regime)


def _row(work: Work, mou: Mou) -> MouRow:
    return _shown(work, mou, MouRow)


_NAMED = (MouArg, _find)


def _sign(command: str, begin: Callable[[Work], Mou], given: Signing, reason: str = "") -> None:
    """Sign an MOU in a unit of work, and join it to the MOU that it renews.

    The day of its review may be asked for, so it is settled before, once nothing else is wrong.

    Args:
        command: the noun and verb.
        begin: returns the MOU, unsigned.
        given: what was typed.
        reason: why no MOU is in force between the two, if none is.
    """
    term = signing.check_term(given.effective_on, given.ends_on)

    def signed(work: Work) -> list[Mou]:
        mou = begin(work)
        changed = edited(mou, given, **{name: getattr(mou, name) for name in given.asked_first})
        mou = signing.sign(changed, term, signed_on=given.signed_on, today=work.today)
        if mou.renews is None:
            return [mou]
        return [*signing.follow(work.store.of(Mou).get(mou.renews), mou, reason)]

    with session.reading() as store:
        signed(Work(store))
    proposed = signing.proposed_review(*term, session.today())
    review_on = review_day(given.review_on, proposed)
    with session.writing(command) as store:
        work = Work(store)
        *former, mou = signed(work)
        for changed in (*former, signing.review_next(mou, review_on, proposed)):
            mou = store.of(Mou).put(changed)
        _say_missing(work, mou)
        row = _row(work, mou)
    _show(work, row)


def _show(work: Work, row: MouRow) -> None:
    show(row)
    for message in work.messages:
        say(message)


def _say_missing(work: Work, mou: Mou) -> None:
    missing = rules.missing_clauses(mou)
    if missing:
        work.say(f"these clauses are missing: {spoken(missing)}")
        work.say(f"hint: reintegrate mou edit {mou.id} --from FILE adds what the paper says")


def _new(work: Work, slug: str) -> Mou:
    """Begin an MOU with a partner."""
    return Mou(
        id=work.store.of(Mou).next_id(),
        partner=work.store.partners.get(check_slug(slug)).slug,
        owner=Slug(work.you),
        known_on=work.today,
    )


@verb("mou", "add")
def add(partner: PartnerArg, given: NewMou) -> None:
    """Keep a signed MOU; its review, the alerts before its end and its end go on the agenda.

    Example: reintegrate mou add HARBOR --effective 2026-11-01 --ends 2027-10-31
    """

    def begin(work: Work) -> Mou:
        new = _new(work, partner)
        for other in work.store.of(Mou).all(partner=new.partner):
            how = "is in force too" if other.is_signed else "still waits for signature"
            in_force = rules.in_force(other, work.today)
            if other.renewed_by is None and (in_force or not other.is_signed):
                work.say(f"{other.id} with {other.partner} {how}")
        return new

    _sign("mou add", begin, given)


@adds("mou", "draft", view=_row, then=("mou sign {id}",))
def draft(work: Work, partner: PartnerArg, given: DraftMou) -> Mou:
    """Begin a new MOU; with --target it is in signature, and on the agenda until it is signed.

    Example: reintegrate mou draft LCHC --target 2026-10-28
    """
    return edited(_new(work, partner), given)


def _waiting(store: "Store", text: str) -> Mou:
    """Return what waits for signature: the MOU, else the latest begun with its partner."""
    named = _find(store, text)
    waiting = [other for other in store.of(Mou).all(partner=named.partner) if other.is_waiting]
    return waiting[-1] if named.is_signed and waiting else named


@verb("mou", "sign", first=lambda store, line: signing.check_waiting(_waiting(store, line["mou"])))
def sign(mou: MouArg, given: SignMou) -> None:
    """Record that a draft or a renewal in signature was signed, with its term.

    Example: reintegrate mou sign M2 --effective 2026-11-01 --ends 2027-10-31
    """
    _sign("mou sign", lambda work: _waiting(work.store, mou), given, given.reason)


@verb("mou", "renew")
def renew(mou: MouArg, given: RenewMou) -> None:
    """Renew an MOU: first with --target, then, once it is signed, with its new term.

    Example: reintegrate mou renew HARBOR --target 2026-10-23
    """

    def begin(work: Work) -> Mou:
        """Return the renewal that was begun already, or begin it."""
        former, records = _find(work.store, mou), work.store.of(Mou)
        if former.renews is not None and not former.is_signed:
            return former
        for other in records.all(renews=former.id):
            if other.is_waiting:
                return other
        begun = signing.begin_renewal(former, records.next_id(), work.today)
        return replace(begun, owner=work.store.takes_on(begun.owner, work.today))

    if given.effective_on or given.ends_on or given.signed_on or given.review_on:
        _sign("mou renew", begin, given, given.reason)
        return
    with session.writing() as store:
        work = Work(store)
        begun = store.of(Mou).put(edited(begin(work), given))
        _say_missing(work, begun)
        row = _row(work, begun)
    _show(work, row)


@changes("mou", "edit", edits=(Mou,), view=_row, named=_NAMED)
def edit(work: Work, mou: Mou, given: EditMou) -> Mou:
    """Add or change what an MOU says; the history keeps the former text.

    Example: reintegrate mou edit M1 --notice-days 30
    """
    changed = edited(mou, given)
    signing.check_clauses(mou, changed)
    if changed.review_on != mou.review_on:  # if it is cleared, the next one is to be agreed
        changed = signing.review_next(changed, changed.review_on, mou.review_on)
    _say_missing(work, changed)
    return changed


@verb("mou", "review")
def review_(mou: MouArg, given: ReviewMou) -> None:
    """Record that an MOU was looked at, and what was found; the next review follows.

    Example: reintegrate mou review M1
    """
    with session.reading() as store:
        reviewed = _find(store, mou)
    proposed = signing.following_review(reviewed, given.on)
    review_on = review_day(given.review_on, proposed)
    with session.writing() as store:
        reviewed = store.of(Mou).get(reviewed.id)
        review = MouReview(on=given.on, by=given.by, finding=given.finding)
        reviewed = replace(reviewed, reviews=(*reviewed.reviews, review))
        reviewed = store.of(Mou).put(signing.review_next(reviewed, review_on, proposed))
        row = _row(Work(store), reviewed)
    show(row)


@changes("mou", "test", view=_row, named=_NAMED)
def test(work: Work, mou: Mou, given: TestMou) -> Mou:
    """Record a try at the points of contact; every six months somebody sees whether they answer.

    Example: reintegrate mou test M1 --reached yes
    """
    tried = ContactTest(on=given.on, reached=given.reached, by=given.by, note=given.note)
    if not given.reached:
        work.say("nobody was reached: it stays on the agenda until somebody is")
    return replace(mou, tests=(*mou.tests, tried))


@changes("mou", "end", view=_row, named=_NAMED)
def end(work: Work, mou: Mou, given: EndMou) -> Mou:
    """End an MOU before its term does, on a day; you are told what notice it asks for.

    Example: reintegrate mou end M1 --on 2026-12-01
    """
    notice_on = given.notice_on or min(given.on, work.today)
    ended = signing.end(mou, on=given.on, notice_on=notice_on, by=given.by, reason=given.reason)
    records = work.store.of(Mou)
    former = signing.unrenewed(records.get(mou.renews), ended) if mou.renews else None
    if former is not None:
        records.put(former)
    if mou.notice_days:
        until = notice_on + timedelta(days=mou.notice_days)
        notice = f"{mou.notice_days} days of notice, to {explain_date(until, work.today)}"
        work.say(f"it asks for {notice}{'; this ends it sooner' if given.on < until else ''}")
    work.say("hint: reintegrate partner coverage shows what that opens")
    return ended


@lists(
    "mou",
    COLUMNS,
    rules.STATUSES,
    narrow={"slug": lambda mou: mou.partner, "owners": lambda mou: (mou.owner,), "covered": True},
)
def list_(work: Work, mous: list[Mou]) -> list[MouRow]:
    """List the MOUs, the status of each today, and which clauses are missing.

    Example: reintegrate mou list --status expiring
    """
    return [_row(work, mou) for mou in mous]


@shows("mou", named=_NAMED)
def show_(work: Work, mou: Mou) -> MouFile:
    """Show one MOU with its clauses; for a partner, the one that is in force today.

    Example: reintegrate mou show HARBOR
    """
    return _shown(work, mou, MouFile)
