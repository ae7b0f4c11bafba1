"""``mou``: agreements with partners, from the first draft to the end."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from reintegrate_cli.core.calendar import explain_date, months_after
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import RECORD_ID, Sensitivity, check_slug
from reintegrate_cli.kept import session
from reintegrate_cli.line.clearing import cleared, is_cleared
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.plain import Argument
from reintegrate_cli.line.reviewing import review_day
from reintegrate_cli.line.verbs import Filters, PartnerArg, narrowed, verb
from reintegrate_cli.nouns.mou import record as mous
from reintegrate_cli.nouns.mou.forms import (
    DraftMou,
    EditMou,
    EndMou,
    NewMou,
    RenewMou,
    ReviewMou,
    Signing,
    SignMou,
    TestMou,
)
from reintegrate_cli.nouns.mou.record import ContactTest, Mou, MouReview, MouRow

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

MouArg = Annotated[
    str, Argument(metavar="ID|PARTNER", help="The MOU's id, or the partner.", finds="mous")
]

COLUMNS = (
    Column("id", lambda row: row.id),
    Column("partner", lambda row: row.partner),
    Column("status", lambda row: row.status.replace("_", " ")),
    Column("ends", lambda row: row.ends_on or (row.target_on and f"sign by {row.target_on}")),
    Column("review", lambda row: row.review_on),
    Column("missing", lambda row: _count(row.missing_clauses), True),
)


def _count(names: tuple[str, ...]) -> str:
    if len(names) < 2:
        return "".join(_said(names))
    return f"{len(names)} clauses"


def _said(names: tuple[str, ...]) -> list[str]:
    return [name.replace("_", " ") for name in names]


def _find(store: "Store", text: str) -> Mou:
    """Find an MOU by its id, or by its partner's slug."""
    if RECORD_ID.fullmatch(text.upper()) and text[0] in "Mm":
        return store.of(Mou).get(text.upper())
    partner = store.partners.get(check_slug(text))
    return mous.pick(store.of(Mou).all(), partner.slug, session.today())


def _row(store: "Store", mou: Mou, *, whole: bool = False) -> MouRow:
    former = store.of(Mou).find(mou.renews) if mou.renews else None
    partner = store.partners.find(mou.partner)
    regime = mou.regime or (partner.regime if partner else None)
    return mous.row(mou, regime, former, session.today(), whole=whole)


def _owner(store: "Store", given: EditMou) -> str | None:
    return store.staff.get(given.owner).slug if given.owner else None


def _signed(store: "Store", mou: Mou, given: Any, review: tuple[date | None, date]) -> list[Mou]:
    """Sign an MOU, and join it to what it renews; gives all that changes, the MOU last."""
    mou = mous.sign(mous.change(mou, given, _owner(store, given)), given, review, session.today())
    if mou.renews is None:
        return [mou]
    return [*mous.follow(store.of(Mou).get(mou.renews), mou, given.reason)]


def _sign(command: str, find: "Callable[[Store], Mou]", given: Signing) -> MouRow:
    """Sign an MOU in a unit of work.

    The day of its review may be asked for, so it is settled before, once nothing else is wrong.

    Args:
        command: the noun and verb.
        find: gives the MOU, unsigned.
        given: what was typed.
    """
    assert given.effective_on is not None  # noqa: S101 - both are known by now
    assert given.ends_on is not None  # noqa: S101
    mous.check_term(given.effective_on, given.ends_on)
    proposed = mous.proposed_review(given.effective_on, given.ends_on, session.today())
    with session.reading() as store:
        _signed(store, find(store), given, (None, proposed))
    review = review_day(given.review_on, proposed), proposed
    with session.writing(command) as store:
        kept = [store.of(Mou).put(one) for one in _signed(store, find(store), given, review)]
        row = _row(store, kept[-1])
    _say_missing(row)
    return row


def _say_missing(row: MouRow) -> None:
    if row.missing_clauses:
        say(f"it does not say: {', '.join(_said(row.missing_clauses))}")
        say(f"hint: reintegrate mou edit {row.id} --from FILE adds what the paper says")


def _new(store: "Store", slug: str) -> Mou:
    """Begin an MOU with a partner."""
    return Mou(
        id=store.of(Mou).next_id(),
        partner=store.partners.get(slug).slug,
        owner=store.by,  # type: ignore[arg-type]
        known_on=session.today(),
    )


@verb("mou", "add")
def add(partner: PartnerArg, given: NewMou) -> None:
    """Keep a signed MOU; its review, the alerts before its end and its end go on the agenda.

    Example: reintegrate mou add HARBOR --effective 2026-11-01 --ends 2027-10-31
    """
    slug = check_slug(partner)
    row = _sign("mou add", lambda store: _new(store, slug), given)
    with session.reading() as store:
        others = [
            one
            for one in store.of(Mou).all(partner=row.partner)
            if one.id != row.id
            and one.renewed_by is None
            and (mous.in_force(one, session.today()) or not one.is_signed)
        ]
    for one in others:
        say(
            f"{one.id} with {row.partner} "
            + ("stands too" if one.is_signed else "still waits for signature")
        )
    show(row)


@verb("mou", "draft")
def draft(partner: PartnerArg, given: DraftMou) -> None:
    """Begin a new MOU; with --target it is in signature, and on the agenda until it is signed.

    Example: reintegrate mou draft LCHC --target 2026-10-28
    """
    slug = check_slug(partner)
    with session.writing("mou draft") as store:
        mou = mous.change(_new(store, slug), given, _owner(store, given))
        mou = replace(mou, target_on=given.target_on, review_on=given.review_on)
        row = _row(store, store.of(Mou).put(mou))
    show(row)


@verb("mou", "sign")
def sign(mou: MouArg, given: SignMou) -> None:
    """Record that a draft, or a renewal in signature, was signed, with its term.

    Example: reintegrate mou sign M2 --effective 2026-11-01 --ends 2027-10-31
    """
    row = _sign("mou sign", lambda store: _begun(store, _find(store, mou)), given)
    show(row)


def _begun(store: "Store", mou: Mou) -> Mou:
    """Give what waits for signature: the MOU itself, else what was begun with its partner."""
    if not mou.is_signed:
        return mou
    waiting = [
        one
        for one in store.of(Mou).all(partner=mou.partner)
        if not one.is_signed and one.ended_on is None
    ]
    return waiting[-1] if waiting else mou


@verb("mou", "renew")
def renew(mou: MouArg, given: RenewMou) -> None:
    """Renew an MOU: first with --target, then, once it is signed, with its new term.

    Example: reintegrate mou renew HARBOR --target 2026-10-23
    """
    dated = [given.effective_on, given.ends_on]
    if any(dated) and not all(dated):
        raise Usage(
            "a term has a first and a last day",
            fields=["effective_on", "ends_on"],
            hint="give both --effective and --ends",
        )
    if all(dated):
        show(_sign("mou renew", lambda store: _renewal(store, _find(store, mou)), given))
        return
    if given.signed_on or given.review_on:
        raise Usage(
            "what is signed has a term",
            fields=["effective_on", "ends_on"],
            hint="give --effective and --ends",
        )
    with session.writing("mou renew") as store:
        begun = mous.change(_renewal(store, _find(store, mou)), given, _owner(store, given))
        begun = replace(begun, target_on=given.target_on or begun.target_on)
        row = _row(store, store.of(Mou).put(begun))
    _say_missing(row)
    show(row)


def _renewal(store: "Store", mou: Mou) -> Mou:
    """Give the renewal of an MOU that was begun already, or begin it."""
    if mou.renews is not None and not mou.is_signed:
        return mou
    kept = store.of(Mou)
    waiting = [one for one in kept.all(renews=mou.id) if not one.is_signed and one.ended_on is None]
    if waiting:
        return waiting[0]
    today = session.today()
    begun = mous.begin_renewal(mou, kept.next_id(), today)
    return replace(begun, owner=store.takes_on(begun.owner, today))


@verb("mou", "edit", edits=(Mou,))
def edit(mou: MouArg, given: EditMou) -> None:
    """Add or change what an MOU says; the history keeps the former text.

    Example: reintegrate mou edit M1 --notice-days 30
    """
    with session.writing("mou edit") as store:
        found = _find(store, mou)
        changed = mous.change(cleared(found, given), given, _owner(store, given))
        mous.check_clauses(found, changed)
        if is_cleared(given, "review_on"):  # the next one is still to be agreed
            changed = replace(changed, review_proposed_on=found.review_on)
        if given.review_on is not None:
            changed = replace(changed, review_on=given.review_on, review_proposed_on=None)
        row = _row(store, store.of(Mou).put(changed))
    _say_missing(row)
    show(row)


@verb("mou", "review")
def review_(mou: MouArg, given: ReviewMou) -> None:
    """Record that an MOU was looked at, and what was found; the next review follows.

    Example: reintegrate mou review M1
    """
    on = given.on or session.today()
    with session.reading() as store:
        found = _find(store, mou)
    proposed = months_after(on, mous.REVIEW_MONTHS)
    last = mous.last_day(found)
    if last is not None and on < last:
        proposed = min(proposed, last)
    following = review_day(given.review_on, proposed)
    with session.writing("mou review") as store:
        found = store.of(Mou).get(found.id)
        by = store.staff.get(given.by).slug if given.by else store.by
        found = replace(
            found,
            reviews=(*found.reviews, MouReview(on=on, by=by, finding=given.finding)),
            review_on=following,
            review_proposed_on=proposed if following is None else None,
        )
        row = _row(store, store.of(Mou).put(found))
    show(row)


@verb("mou", "test")
def test(mou: MouArg, given: TestMou) -> None:
    """Record a try at the points of contact; every six months somebody sees whether they answer.

    Example: reintegrate mou test M1 --reached yes
    """
    with session.writing("mou test") as store:
        found = _find(store, mou)
        tried = ContactTest(
            on=given.on or session.today(),
            reached=given.reached,
            by=store.person(given.by) if given.by else store.by,
            note=given.note,
        )
        found = replace(found, tests=(*found.tests, tried))
        row = _row(store, store.of(Mou).put(found))
    if not given.reached:
        say("nobody was reached: it stays on the agenda until somebody is")
    show(row)


@verb("mou", "end")
def end(mou: MouArg, given: EndMou) -> None:
    """End an MOU before its term does, from a day on; the notice it asks for is said.

    Example: reintegrate mou end M1 --on 2026-12-01
    """
    today = session.today()
    with session.writing("mou end") as store:
        found = _find(store, mou)
        by = store.staff.get(given.by).slug if given.by else store.by
        notice_on = given.notice_on or min(given.on or today, today)
        found = mous.end(
            found, on=given.on or today, notice_on=notice_on, by=by, reason=given.reason
        )
        if found.renews is not None:
            former = mous.renewed_no_more(store.of(Mou).get(found.renews), found)
            if former is not None:
                store.of(Mou).put(former)
        row = _row(store, store.of(Mou).put(found))
    until = mous.notice_until(found, notice_on)
    if until is not None:
        said = f"it asks for {found.notice_days} days of notice, to {explain_date(until, today)}"
        short = found.ended_on is not None and found.ended_on < until
        say(said + ("; this ends it sooner" if short else ""))
    say("hint: reintegrate partner coverage shows what that opens")
    show(row)


@verb("mou", "list", is_list=True)
def list_(filters: Filters) -> None:
    """List the MOUs, how each stands today, and which clauses are missing.

    Example: reintegrate mou list --status expiring
    """
    with session.reading() as store:
        found = [_row(store, mou) for mou in store.of(Mou).all()]
        found = narrowed(
            found,
            filters,
            store,
            statuses=mous.STATUSES,
            slug=lambda row: row.partner,
            owners=lambda row: (row.owner,),
        )
    show(found, COLUMNS, empty="no MOU is on record", kind=MouRow)


@verb("mou", "show")
def show_(mou: MouArg) -> None:
    """Show one MOU with its clauses; for a partner, the one that stands today.

    Example: reintegrate mou show HARBOR
    """
    with session.reading() as store:
        row = _row(store, _find(store, mou), whole=True)
    show(row, upto=Sensitivity.PRIVATE)
