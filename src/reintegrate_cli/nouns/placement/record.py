"""Placements: where a student learns, who decided that and why, and the way back.

Another setting can be right for a student; it is chosen for what it gives, beside what the home
school could give (guidance clauses 3 to 12, rule G5). What a decision takes is held in
``deciding``; when somebody looks at it again, in ``looking``. A move that others made is kept as it
was (clauses 14 and 15, rule G6). A dispute leaves the student enrolled where they are (G1).
"""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from typing import Annotated, Final, Literal, get_args

from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.events import Event, event_of
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Private, Public, Record, Ref, Slug, Value
from reintegrate_cli.nouns.case.moving import STAYING
from reintegrate_cli.nouns.case.record import Setting

Reason = Literal[
    "student_wish",
    "safety",
    "credits",
    "supports",
    "distance",
    "fear_of_recruitment",
    "behavior",
    "age_gap",
    "other",
]
NEED_FACTS: Final[tuple[Reason, ...]] = ("fear_of_recruitment", "behavior")
"""Reasons on which alone nobody is moved: something that was observed has to be beside them."""
Status = Literal["draft", "fear_only", "cooling_off", "in_place", "disputed", "ended"]
STATUSES: tuple[Status, ...] = get_args(Status)
OPEN: tuple[Status, ...] = ("draft", "fear_only")
"""Not decided yet."""
MadeBy = Literal["school", "district", "court", "family", "other"]
Known = Literal["yes", "no", "unknown"]
WayBack = Literal["not_yet", "offered", "taken", "declined_by_student"]
Serves = Literal["serves", "needs_change", "ended"]
Settled = Literal["kept", "withdrawn"]


class Alternative(Value, frozen=True, kw_only=True):
    """One setting that was compared: what it gives, who argued for it, and what speaks against."""

    option: Annotated[Public[Setting], "the setting that is compared"]
    argued_for: Annotated[Private[str], "who argued for it, and with what"] = ""
    against: Annotated[Private[str], "what speaks against it"] = ""
    ratio: Annotated[Private[str], "how many students there are to a teacher: 1 to 12"] = ""
    trained_staff: Annotated[Private[str], "how many of its staff are trained"] = ""
    partners_on_site: Annotated[
        Private[tuple[str, ...]], "partners who work there, with commas between them"
    ] = ()
    peers: Annotated[Private[str], "peers of their own there"] = ""
    adults: Annotated[Private[str], "adults they can turn to there"] = ""
    credits: Annotated[Private[str], "the credits that can be earned there"] = ""
    supports: Annotated[Private[str], "the support that is given there"] = ""
    safety: Annotated[Private[str], "how safe the student is there"] = ""
    transport: Annotated[Private[str], "how the student gets there"] = ""
    restrictions: Annotated[Private[str], "what the student may not do there"] = ""


class Look(Value, frozen=True, kw_only=True):
    """One look at how it goes, in the student's view, and whether the way back was offered."""

    on: Public[date]
    by: Ref[str]
    student_view: Private[str]
    way_back: Public[WayBack]
    outcome: Public[Serves | None] = None


class Dispute(Value, frozen=True, kw_only=True):
    """A dispute: the student stays enrolled until it is settled (G1)."""

    on: Public[date]
    by: Ref[str]
    liaison: Ref[str | None] = None
    reason: Private[str] = ""
    settled_on: Public[date | None] = None
    outcome: Public[Settled | None] = None


class Placement(Record, frozen=True, kw_only=True):
    """Where a student learns from a day on: drafted, decided here, or recorded as others made it.

    ``wish_words`` are the student's own, of the wish ``wish`` if they were taken from one.
    ``came_from`` is the setting before. ``backed`` says that a substantiated concern or a reviewed
    incident stands beside its reasons. ``cooling_off_on`` is the day until which it can be taken
    back with a word. One without an ``option`` that is disputed is about the setting of its case.
    """

    case: Ref[str]
    id: Ref[str]
    option: Public[Setting | None] = None
    came_from: Public[Setting | None] = None
    reasons: Public[tuple[Reason, ...]] = ()
    wish_words: Private[str] = ""
    wish: Ref[str | None] = None
    caregiver_view: Private[str] = ""
    alternatives: Public[tuple[Alternative, ...]] = ()
    argued_for_staying: Private[str] = ""
    dissent: Private[str] = ""
    facts: Private[str] = ""
    home_school_would_need: Private[str] = ""
    peer_adult_plan: Private[str] = ""
    credit_plan: Private[str] = ""
    return_criteria: Private[str] = ""
    protocol: Ref[Slug | None] = None
    protocol_version: Public[str | None] = None
    concern: Ref[str | None] = None
    incident: Ref[str | None] = None
    backed: Public[bool] = False
    drafted_on: Public[date]
    decided_on: Public[date | None] = None
    decided_by: Ref[str] = ""
    made_by: Public[MadeBy | None] = None
    known_at_time: Public[Known | None] = None
    recorded_on: Public[date | None] = None
    """The day on which a move that others made was entered; ``None`` if it was decided here."""
    starts_on: Public[date | None] = None
    cooling_off_on: Public[date | None] = None
    review_on: Public[date | None] = None
    looks: Public[tuple[Look, ...]] = ()
    disputes: Public[tuple[Dispute, ...]] = ()
    ended_on: Public[date | None] = None

    dated = "drafted_on"

    @property
    def is_made(self) -> bool:
        """Return whether it was decided or recorded; a draft leads nowhere."""
        return self.decided_on is not None or self.recorded_on is not None

    @property
    def leads_out(self) -> bool:
        """Return whether it leads to a setting other than those of the home school."""
        return self.option is not None and self.option not in STAYING

    @property
    def is_disputed(self) -> bool:
        """Return whether a dispute about it is not settled."""
        return any(dispute.settled_on is None for dispute in self.disputes)

    @property
    def way_back(self) -> WayBack | None:
        """Return what became of the way back, as it was last looked at."""
        return self.looks[-1].way_back if self.looks else None

    @property
    def needs_facts(self) -> bool:
        """Return whether fear or behavior is all that speaks for it, and nothing observed."""
        return bool(self.reasons) and set(self.reasons) <= set(NEED_FACTS) and not self.backed

    def leads_to(self, setting: str) -> bool:
        """Return whether a student moves to a setting by it (G5)."""
        return self.is_made and self.option == setting and self.ended_on is None


class PlacementRow(Value, frozen=True, kw_only=True):
    """A placement as lists and writes show it; ``enrolled`` says how a dispute leaves a student."""

    id: Ref[str]
    case: Ref[str]
    status: Public[Status]
    option: Public[Setting | None]
    came_from: Public[Setting | None]
    reasons: Public[tuple[Reason, ...]]
    starts_on: Public[date | None]
    cooling_off_on: Public[date | None]
    review_on: Public[date | None]
    way_back: Public[WayBack | None]
    made_by: Public[MadeBy | None]
    known_at_time: Public[Known | None]
    enrolled: Public[Literal["pending"] | None]
    decided_on: Public[date | None]
    decided_by: Ref[str]
    protocol: Ref[str | None]
    protocol_version: Public[str | None]
    concern: Ref[str | None]
    incident: Ref[str | None]
    wish: Ref[str | None]
    wish_words: Private[str]
    alternatives: Public[tuple[Alternative, ...]]
    looks_done: Public[int]
    drafted_on: Public[date]
    ended_on: Public[date | None]

    dated = "day"

    @property
    def day(self) -> date:
        """The day from which it holds; of a draft, the day on which it was begun."""
        return self.starts_on or self.drafted_on


def status(placement: Placement, today: date) -> Status:
    """Work out how a placement stands on a day."""
    if placement.ended_on is not None:
        return "ended"
    if placement.is_disputed:
        return "disputed"
    if not placement.is_made:
        return "fear_only" if placement.needs_facts else "draft"
    begins = [day for day in (placement.starts_on, placement.cooling_off_on) if day is not None]
    return "cooling_off" if any(today < day for day in begins) else "in_place"


def ended(placement: Placement, on: date) -> Placement:
    """Return a placement that is over; one that is drafted or over already stays as it is."""
    if not placement.is_made or placement.ended_on is not None:
        return placement
    return replace(placement, ended_on=on)


def check_open(placement: Placement) -> None:
    """Require a placement that was decided or recorded, and is not over.

    Raises:
        Usage: it is a draft, or over.
    """
    name = f"{placement.case}/{placement.id}"
    if placement.ended_on is not None:
        raise Usage(f"placement {name} has ended", hint="a new one is a new decision")
    if not placement.is_made and not placement.disputes:
        raise Usage(
            f"placement {name} is a draft",
            hint=f"reintegrate placement decide {placement.case} decides it",
        )


def latest(placements: Sequence[Placement], *, made: bool) -> Placement | None:
    """Return the last placement of a case that is not over: drafted, or decided or recorded."""
    fitting = [each for each in placements if each.is_made == made and each.ended_on is None]
    open_ = [each for each in fitting if made or not each.disputes]
    return open_[-1] if open_ else None


def reviewed(placement: Placement, look: Look, next_on: date | None) -> Placement:
    """Return a placement that was looked at; where the way back was taken, it is over.

    Raises:
        Usage: the day lies before it began, or a way back is taken from where nobody left.
    """
    check_open(placement)
    if placement.starts_on is not None and look.on < min(placement.starts_on, placement.drafted_on):
        raise Usage("that is before the placement was decided", fields=["on"])
    if look.way_back == "taken" and not placement.leads_out:
        raise Usage(
            "the student did not leave the home school by this placement", fields=["way_back"]
        )
    over = look.way_back == "taken" or look.outcome == "ended"
    return replace(
        placement,
        looks=(*placement.looks, look),
        review_on=None if over else next_on,
        ended_on=look.on if over else None,
    )


def disputed(placement: Placement, dispute: Dispute) -> Placement:
    """Return a placement with a dispute about it.

    Raises:
        Usage: one is open already.
    """
    if placement.is_disputed:
        raise Usage(
            f"a dispute about {placement.case}/{placement.id} is open already",
            fields=["settled"],
            hint="give --settled kept or --settled withdrawn when it is settled",
        )
    return replace(placement, disputes=(*placement.disputes, dispute))


def settled(placement: Placement, on: date, outcome: Settled) -> Placement:
    """Return a placement whose dispute is settled; it is kept, or withdrawn.

    Raises:
        Usage: no dispute is open, or it was opened later.
    """
    if not placement.is_disputed:
        raise Usage(f"no dispute about {placement.case}/{placement.id} is open", fields=["settled"])
    last = placement.disputes[-1]
    if on < last.on:
        raise Usage("that is before the dispute", fields=["on"])
    disputes = (*placement.disputes[:-1], replace(last, settled_on=on, outcome=outcome))
    over = outcome == "withdrawn" or not placement.is_made
    return replace(placement, disputes=disputes, ended_on=on if over else None)


def events(placement: Placement) -> Iterator[Event]:
    """Yield when a placement was drafted, decided, looked at, disputed, and when it ended."""
    event = partial(event_of, placement, "placement")
    to = label(placement.option or "where the student is")
    if placement.wish_words:
        yield event(placement.drafted_on, "the student's wish", text=placement.wish_words)
    if placement.decided_on is not None:
        yield event(placement.decided_on, f"decided: {to}", by=placement.decided_by)
    if placement.starts_on is not None and placement.is_made:
        what = "began" if placement.decided_on else f"moved by {placement.made_by}"
        yield event(placement.starts_on, f"{what}: {to}")
    for look in placement.looks:
        back = label(look.way_back)
        yield event(look.on, f"looked at; way back: {back}", by=look.by, text=look.student_view)
    for dispute in placement.disputes:
        yield event(dispute.on, "disputed", by=dispute.by, text=dispute.reason)
        if dispute.settled_on is not None:
            yield event(dispute.settled_on, f"dispute settled: {dispute.outcome}")
    if placement.ended_on is not None:
        yield event(placement.ended_on, "ended")
