"""Wishes: the student's own words, and what became of them (guidance clause 22).

A wish is kept as it was said. When it cannot be honored whole, somebody says why and who
decided, the student is told, and a day is set to look at it again. While a wish is live, a
command about the same subject says whether it honors the wish or goes against it (rule W1).
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from functools import partial
from typing import Literal

from reintegrate_cli.core.errors import Refused, Usage
from reintegrate_cli.core.events import Event, event_of
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Private, Public, Record, Ref, Value
from reintegrate_cli.core.rows import Dated, Undated
from reintegrate_cli.core.world import World

About = Literal["placement", "schedule", "contact", "release", "separation", "adjustment", "other"]
Outcome = Literal["open", "honored", "partly", "deferred", "not_honored"]
OUTCOMES: tuple[Outcome, ...] = ("open", "honored", "partly", "deferred", "not_honored")
LIVE: tuple[Outcome, ...] = ("open", "partly", "deferred")
FALLING_SHORT: tuple[Outcome, ...] = ("partly", "deferred", "not_honored")


class Honored(Value, frozen=True, kw_only=True):
    """One time that a command did as a wish says: which, and who."""

    on: Public[date]
    by: Ref[str]
    command: Public[str]


class SetAside(Value, frozen=True, kw_only=True):
    """One time that a command went against a live wish: which, who, and why."""

    on: Public[date]
    by: Ref[str]
    command: Public[str]
    reason: Private[str]


class Amendment(Value, frozen=True, kw_only=True):
    """What a student said of a wish later; it stands beside what they said before."""

    on: Public[date]
    heard_by: Ref[str]
    words: Private[str]


class Wish(Record, frozen=True, kw_only=True):
    """What a student said they want, in their words; who heard it, and what became of it.

    ``told_on`` is the day the student was told of the outcome, ``revisit_on`` the day on
    which it is looked at again.
    """

    case: Ref[str]
    id: Ref[str]
    about: Public[About]
    heard_on: Public[date]
    heard_by: Ref[str]
    words: Private[str]
    amendments: Public[tuple[Amendment, ...]] = ()
    outcome: Public[Outcome] = "open"
    decided_by: Ref[str | None] = None
    decided_on: Public[date | None] = None
    told_on: Public[date | None] = None
    revisit_on: Public[date | None] = None
    reason: Private[str] = ""
    set_aside: Public[tuple[SetAside, ...]] = ()
    honored: Public[tuple[Honored, ...]] = ()

    dated = "heard_on"

    @property
    def status(self) -> str:
        """The outcome, under the name that filters use."""
        return self.outcome

    @property
    def is_live(self) -> bool:
        """Return whether commands about its subject still have to heed it."""
        return self.outcome in LIVE

    @property
    def name(self) -> str:
        """Its id with its case."""
        return f"{self.case}/{self.id}"


def settle(
    wish: Wish,
    *,
    outcome: Outcome,
    decided_by: str | None,
    decided_on: date,
    told_on: date | None,
    revisit_on: date | None,
    reason: str,
) -> Wish:
    """Record what became of a wish (guidance clause 22, rule W2).

    Raises:
        Refused: it was not honored whole, and it is not said why, by whose decision, when the
            student was told, or when it is looked at again.
        Usage: the dates do not fit.
    """
    settled = replace(
        wish,
        outcome=outcome,
        decided_by=decided_by,
        decided_on=decided_on,
        told_on=told_on,
        revisit_on=revisit_on,
        reason=reason,
    )
    check_outcome(settled)
    return settled if outcome != "honored" else replace(settled, revisit_on=None)


def check_outcome(wish: Wish) -> None:
    """Require what a wish takes that was not honored whole (W2).

    Raises:
        Refused: it is without that.
        Usage: the dates do not fit.
    """
    missing = [
        name
        for name in ("reason", "decided_by", "told_on", "revisit_on")
        if not getattr(wish, name)
    ]
    if missing and wish.outcome in FALLING_SHORT:
        raise Refused(
            "if a wish is not fully honored, say why, who decided, when the student was"
            " told, and when you will revisit it",
            rule="W2",
            fields=missing,
            hint="missing: " + ", ".join(missing),
        )
    if wish.told_on is not None and wish.told_on < wish.heard_on:
        raise Usage("--told-on must not be before the wish was heard", fields=["told_on"])


def amended(wish: Wish, amendment: Amendment) -> Wish:
    """Put what the student says now beside what they said.

    Raises:
        Usage: it was said before the wish was heard.
    """
    if amendment.on < wish.heard_on:
        raise Usage("--heard-on must not be before the wish was heard", fields=["heard_on"])
    return replace(wish, amendments=(*wish.amendments, amendment))


def check_heeded(
    live: Iterable[Wish],
    honors: Collection[str],
    despite: Collection[str],
    reason: str,
    option: str = "the key reason with --from",
) -> None:
    """Require that a command honors each live wish, or goes against it by name with a reason (W1).

    Args:
        live: the live wishes about its subject.
        honors: the wishes that it honors, as ``HX4T/W1``.
        despite: the wishes that it goes against.
        reason: why it goes against them.
        option: how the reason is given.

    Raises:
        Refused: a wish is not named, or there is no reason.
    """
    for wish in live:
        if wish.name not in (*honors, *despite):
            raise Refused(
                f"the student has a wish about this: {wish.name}",
                rule="W1",
                fields=["honors", "despite", "reason"],
                hint=f"read it with reintegrate case show {wish.case}; then give --honors "
                f"{wish.id}, or --despite {wish.id} and a reason",
            )
    if despite and not reason:
        raise Refused(
            f"going against the wish {min(despite)} takes a reason",
            rule="W1",
            fields=["reason"],
            hint=f"give {option}; it is kept beside the wish",
        )


def marked(wish: Wish, *, on: date, by: str, command: str, against: str | None) -> Wish:
    """Keep beside a wish that a command honored it, or went against it.

    Args:
        wish: the wish.
        on: the day of the command.
        by: who gave it.
        command: its noun and verb.
        against: why it went against the wish; ``None`` if it honored it.
    """
    if against is None:
        return replace(wish, honored=(*wish.honored, Honored(on=on, by=by, command=command)))
    aside = SetAside(on=on, by=by, command=command, reason=against)
    return replace(wish, set_aside=(*wish.set_aside, aside))


def dates(wish: Wish, world: World) -> Iterator[Dated]:
    """Yield the day on which a wish is looked at again."""
    if wish.revisit_on is not None:
        yield world.row(
            wish.case,
            wish.id,
            label=f"revisit wish about {wish.about}",
            command=f"reintegrate wish outcome {wish.case} {wish.id}",
            due_on=wish.revisit_on,
            kind="wish",
            chosen_by=wish.decided_by,
        )


def left_open(wish: Wish, _today: date) -> Iterator[Undated]:
    """Yield a wish of which nobody has said yet what became of it."""
    if wish.outcome == "open":
        yield Undated("wish", f"wish about {wish.about}")


def events(wish: Wish) -> Iterator[Event]:
    """Yield when a wish was heard, what became of it, what honored it and what went against it."""
    tell = partial(event_of, wish, "wish")
    yield tell(wish.heard_on, f"about {wish.about}", by=wish.heard_by, text=wish.words)
    for amendment in wish.amendments:
        yield tell(amendment.on, "said beside it", by=amendment.heard_by, text=amendment.words)
    if wish.decided_on is not None:
        outcome = label(wish.outcome)
        yield tell(wish.decided_on, outcome, by=wish.decided_by, text=wish.reason)
    for honored in wish.honored:
        yield tell(honored.on, f"honored by {honored.command}", by=honored.by)
    for aside in wish.set_aside:
        yield tell(aside.on, f"set aside by {aside.command}", by=aside.by, text=aside.reason)
