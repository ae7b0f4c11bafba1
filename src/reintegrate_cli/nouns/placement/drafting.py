"""What the verbs of ``placement`` do with the records around a placement.

The student's live wish, the protocol in force, the concern or incident beside the reasons; and the
case itself, whose setting changes through ``moving`` alone.
"""

from datetime import date
from typing import Any

from reintegrate_cli import catalogue
from reintegrate_cli.core.calendar import explain_date
from reintegrate_cli.core.dates import days_after
from reintegrate_cli.core.errors import Missing, Refused
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.loading import load
from reintegrate_cli.core.records import check_id
from reintegrate_cli.kept import session
from reintegrate_cli.line import forms
from reintegrate_cli.line.reviewing import review_day
from reintegrate_cli.line.shapes import Work, said
from reintegrate_cli.nouns.case import moving
from reintegrate_cli.nouns.case.record import Case
from reintegrate_cli.nouns.incident.discipline import school_day
from reintegrate_cli.nouns.placement import comparing, deciding, looking
from reintegrate_cli.nouns.placement import record as rules
from reintegrate_cli.nouns.placement.forms import DecidePlacement, DraftPlacement, ReviewPlacement
from reintegrate_cli.nouns.placement.record import Placement
from reintegrate_cli.nouns.task import making
from reintegrate_cli.nouns.wish.record import Wish

_STANDS = ("substantiated", "mitigating", "review_due")
"""How a concern stands that somebody else than who noted it substantiated."""


def drafted(work: Work, given: DraftPlacement) -> Placement:
    """Return the open draft of a case with what is given now, or a new one.

    Raises:
        Missing: there is no such protocol, concern or incident.
    """
    base = rules.latest(work.store.of(Placement).all(case=work.ref), made=False)
    if base is None:
        base = work.new(Placement, given, drafted_on=work.today)
    draft = replace(base, **said(given, Placement))
    draft = replace(
        draft, concern=_own_id(work, draft.concern), incident=_own_id(work, draft.incident)
    )
    now = moving.as_of(work.store.cases.get(work.ref), work.today)
    moves = draft.option not in (None, now.setting)
    draft = replace(draft, came_from=now.setting if moves else None)
    if not draft.wish_words:
        wish = _live_wish(work)
        if wish is not None:
            words = "\n".join((wish.words, *(each.words for each in wish.amendments)))
            draft = replace(draft, wish_words=words, wish=wish.id)
    if given.protocol is not None:
        draft = _following(work, draft, given.protocol)
    return replace(draft, backed=_is_backed(work, draft))


def _live_wish(work: Work) -> Wish | None:
    """Return the latest live wish about placement, if there is one."""
    if not work.store.keeps("wishes", work.ref):
        return None
    wishes = work.store.of(Wish).all(case=work.ref)
    live = [wish for wish in wishes if wish.is_live and wish.about == "placement"]
    return max(live, key=lambda wish: wish.heard_on, default=None)


def _following(work: Work, draft: Placement, slug: str) -> Placement:
    """Return a draft with the version of a protocol that is in force; the case follows it."""
    from reintegrate_cli.nouns.protocol.pinning import pinned

    followed = pinned(work.store, work.ref, slug, on=work.today, by=work.you)
    return replace(draft, protocol=followed.protocol, protocol_version=followed.version)


def _is_backed(work: Work, draft: Placement) -> bool:
    """Return whether something observed stands beside the reasons: looked at anew each time.

    Raises:
        Missing: there is no such concern or incident.
    """
    backed = False
    if draft.concern is not None:
        backed |= _status(work, "concern", draft.concern) in _STANDS
    if draft.incident is not None:
        backed |= bool(_find(work, "incident", draft.incident)[0].reviews)
    return backed


def _own_id(work: Work, id_: str | None) -> str | None:
    """Return an id as it is inside of the case, however it was typed."""
    return None if id_ is None else check_id(id_, work.ref)


def _find(work: Work, noun: str, id_: str) -> tuple[Any, Any]:
    """Return a record of the case that another noun keeps, and its module."""
    if noun not in catalogue.BY_NAME:
        raise Missing(f"there is no such {noun} in this case")
    (table, *_) = catalogue.with_ids(noun, in_case=True)
    record = work.store.table(table.name).get(work.ref, check_id(id_, work.ref))
    return record, load(catalogue.module_of(table.name))


def _status(work: Work, noun: str, id_: str) -> str:
    record, module = _find(work, noun, id_)
    status: str = module.status(record, work.today)
    return status


def check_wish(draft: Placement) -> None:
    """Require the student's own words, of which a draft takes at least as many.

    Raises:
        Usage: there are none, and no live wish has any.
    """
    if not draft.wish_words:
        raise forms.missing(DraftPlacement, "wish_words")


def check_complete(draft: Placement) -> None:
    """Require what every decision says, in its draft or on the line.

    Raises:
        Usage: something is missing, all of which is named.
    """
    names = deciding.missing(draft)
    if names:
        raise forms.missing(DecidePlacement, *names)


def remark(work: Work, placement: Placement) -> None:
    """Say what a person should know about a decision, or a draft of one."""
    known = comparing.known(work.store, work.ref)
    for line in deciding.remarks(
        placement,
        needed=known.credits_needed not in (None, "0"),
        gap_wide=known.lacks_ways,
        disability=work.store.cases.get(work.ref).disability,
    ):
        work.say(line)


def in_force(work: Work, placement: Placement) -> Placement:
    """Let a placement take effect: its case moves, and the placement before it ends.

    One that others made, and after which the student moved on, stays history.
    """
    placements = work.store.of(Placement)
    others = [
        each
        for each in placements.all(case=work.ref)
        if each.id != placement.id and each.is_made and each.ended_on is None
    ]
    case = work.store.cases.get(work.ref)
    starts = placement.starts_on or work.today
    later = [each.starts_on for each in others if each.starts_on and each.starts_on > starts]
    later += [case.moved_on] if case.moved_on is not None and case.moved_on > starts else []
    if placement.recorded_on is not None and later:
        work.say("the student moved on since; it is kept as it was, and nothing moves now")
        return replace(placement, ended_on=min(later), review_on=None)
    for each in others:
        placements.put(rules.ended(each, work.today))
    option = placement.option or case.setting
    work.store.cases.put(
        moving.moved(case, option, today=work.today, on=starts, placement=placement.id)
    )
    if starts > work.today:
        work.say(f"it begins {explain_date(starts, work.today)}; until then nothing moves")
    return placement


def returned(work: Work, case: Case) -> None:
    """End the placements of a case that is back in its home school by a change of its setting."""
    placements = work.store.of(Placement)
    for each in placements.all(case=case.ref):
        if each.is_made and each.ended_on is None and case.moved_by != each.id:
            work.say(f"{case.ref}/{placements.put(rules.ended(each, work.today)).id} has ended")


def first_review(on: date, today: date) -> date:
    """Return the day on which a move that others made is looked at first."""
    return max(days_after(on, looking.REVIEW_DAYS), days_after(today, looking.EARLY_DAYS))


def next_review(placement: Placement, on: date, typed: date | None) -> date | None:
    """Return the day of the next review: typed, or proposed and never moved (E2)."""
    days = looking.GRADING_DAYS if placement.looks else looking.REVIEW_DAYS
    return review_day(typed, days_after(on, days), "--next")


def go_back(work: Work, placement: Placement, given: ReviewPlacement) -> None:
    """Let the case follow a placement that ended: back, or no further.

    Raises:
        Refused: the way back leads to no setting of the home school.
    """
    case = work.store.cases.get(work.ref)
    now = moving.as_of(case, work.today)
    if now.coming is not None and now.coming.placement == placement.id:
        work.store.cases.put(moving.stayed(case, work.today))
        return
    if given.way_back != "taken" or now.setting != placement.option:
        return
    came_from = placement.came_from if placement.came_from in moving.STAYING else None
    to = given.to or came_from or "home"
    if to not in moving.STAYING:
        raise Refused(
            "the way back leads to the home school; another setting is another decision",
            rule="G5",
            fields=["to"],
        )
    work.store.cases.put(moving.moved(case, to, today=work.today, on=given.on))
    work.say(f"the student is back: {label(to)}")


def disputable(work: Work, id_: str | None) -> Placement:
    """Return the placement that a dispute is about: named, the latest, or where the student is."""
    placements = work.store.of(Placement)
    if id_ is not None:
        placement = placements.get(work.ref, check_id(id_, work.ref))
        rules.check_open(placement)
        return placement
    there = placements.all(case=work.ref)
    open_ = [each for each in there if each.is_disputed]
    latest = open_[-1] if open_ else rules.latest(there, made=True)
    if latest is not None:
        return latest
    now = moving.as_of(work.store.cases.get(work.ref), work.today)
    return Placement(
        case=work.ref, id=placements.next_id(work.ref), option=now.setting, drafted_on=work.today
    )


def stay_enrolled(work: Work, placement: Placement, on: date) -> None:
    """Leave the student where they are while a dispute is open, and ask for the explanation (G1).

    A move that was to come waits until it is settled.
    """
    case = work.store.cases.get(work.ref)
    coming = case.coming
    if coming is not None and coming.placement == placement.id and coming.on > work.today:
        work.store.cases.put(moving.stayed(case, work.today))
    work.say("the student stays enrolled where they are until the dispute is settled (G1)")
    due_on = school_day(on, session.current.district.calendar, 1) or on
    making.make(
        work,
        f"explanation/{placement.id}.{len(placement.disputes)}",
        "give the family the reasons in writing, and how to appeal",
        due_on,
    )


def go_on(work: Work, placement: Placement, on: date) -> None:
    """Let a placement that stands after its dispute take effect, where it did not before."""
    now = moving.as_of(work.store.cases.get(work.ref), work.today)
    if not placement.leads_to(placement.option or "") or now.setting == placement.option:
        return
    starts = max(placement.starts_on or on, on)
    in_force(work, replace(placement, starts_on=starts))
