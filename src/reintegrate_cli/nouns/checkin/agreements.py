"""What is agreed about check-ins: how often, by whose choice, and how it may change."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from reintegrate_cli.core import calendar
from reintegrate_cli.core.calendar import Cadence
from reintegrate_cli.core.errors import Refused, Usage, raise_first
from reintegrate_cli.core.lean import replace
from reintegrate_cli.nouns.checkin.record import (
    CHOSEN_BY_THEM,
    WITH_THEM,
    Anchor,
    Proposal,
    Schedule,
    Terms,
    With,
    is_theirs,
)
from reintegrate_cli.nouns.staff.record import WEEKDAYS


def make_terms(
    *,
    every: str,
    day: str | None,
    anchor: Anchor | None,
    starts: date | None,
    today: date,
    later_every: str | None = None,
    later_on: date | None = None,
    window: int | None = None,
    began_on: date | None = None,
) -> Terms:
    """Bring the terms of a schedule together.

    Without ``starts``, a calendar schedule begins today and one that counts from the last
    contact begins one interval from today.

    Raises:
        Usage: a day that does not go with the cadence.
    """
    cadence = calendar.parse_cadence(every)
    wanted = None if day is None else str(calendar.parse_day(day))
    chosen = anchor or ("calendar" if wanted is not None else "last")
    if wanted is not None:
        _check_day(wanted, cadence, chosen)
    if starts is None:
        starts = cadence.after(today, 1) if cadence and chosen == "last" else today
    return Terms(
        every=every,
        day=wanted,
        anchor=chosen,
        starts=starts,
        later_every=later_every,
        later_on=later_on,
        window=window,
        began_on=began_on,
    )


def _check_day(day: str, cadence: Cadence | None, anchor: Anchor) -> None:
    unit = "w" if day in WEEKDAYS else "m"
    raise_first(
        (
            cadence is not None and cadence.unit != unit,
            Usage(
                "--day: a weekday goes with weeks, a day of the month with months",
                fields=["day", "every"],
                hint="for example --every 1w --day tue, or --every 1m --day 30",
            ),
        ),
        (
            anchor == "last",
            Usage(
                "--anchor last counts from the contact before, so it takes no --day",
                fields=["anchor", "day"],
            ),
        ),
    )


def window_of(text: str | None) -> int | None:
    """Read ``--window``: a number of days such as ``3d``, or ``1w``.

    Raises:
        Usage: it is something else.
    """
    if text is None:
        return None
    if text in ("0", "0d"):
        return 0
    cadence = calendar.parse_cadence(text)
    if cadence is None or cadence.unit == "m":
        raise Usage("--window takes a number of days, such as 3d", fields=["window"])
    return cadence.days


def check_chooser(with_: With, chosen_by: str | None, chosen_on: date | None) -> None:
    """Require that a check-in with a student or caregiver says who chose it (E1).

    Raises:
        Refused: it does not say, or staff chose for them.
    """
    if with_ not in WITH_THEM:
        return
    if chosen_by == "staff":
        raise Refused(
            "staff do not choose how often a student or caregiver is met",
            rule="E1",
            fields=["chosen_by"],
            hint="ask them, then say --chosen-by student or caregiver",
        )
    missing = [
        name
        for name, value in (("chosen_by", chosen_by), ("chosen_on", chosen_on))
        if value is None
    ]
    if missing:
        named = " and ".join("--" + name.replace("_", "-") for name in missing)
        raise Refused(
            f"say who chose this, and when: {named}",
            rule="E1",
            fields=missing,
            hint="the student or the caregiver sets how often; "
            "for example --chosen-by student --chosen-on today",
        )


def check_asked(
    schedule: Schedule, asked_by: str | None, reason: str, what: str, rule: str
) -> None:
    """Require who asked, and why, where staff change what the student or a caregiver chose.

    Args:
        schedule: what stands.
        asked_by: who asked: the student, a caregiver, or a member of staff.
        reason: why.
        what: what is done, such as ``end``.
        rule: the rule that stands against it.

    Raises:
        Refused: it was chosen by them, they did not ask, and it is not said who did or why.
    """
    if not schedule.is_guarded or asked_by in CHOSEN_BY_THEM:
        return
    missing = [name for name, value in (("asked_by", asked_by), ("reason", reason)) if not value]
    if missing:
        raise Refused(
            f"what the student chose is theirs: to {what} it, say who asked, and why",
            rule=rule,
            fields=missing,
            hint="--asked-by student, if they did; otherwise --asked-by SLUG and the key reason"
            " with --from",
        )


def amended(
    schedule: Schedule, told: Mapping[str, Any], *, by: str, today: date, cleared: Mapping[str, Any]
) -> Schedule:
    """Change what was agreed, or hold a change by staff as a proposal (clause 31).

    What the student or a caregiver chose stays theirs: without their word, or a reason, a
    change waits as ``proposed``. With their word it is taken up, and a waiting proposal too.
    With a reason it holds, as what staff chose.

    Args:
        schedule: what was agreed.
        told: what is to change, and who chose it, when, why and in which words, by the names of
            the fields; the window in days.
        by: who changes it.
        today: the day.
        cleared: what is to be without a value, each with what stands for none.

    Raises:
        Usage: nothing is to change, or the day does not go with the cadence.
        Refused: staff were named as the choosers for a student or caregiver (E1).
    """
    chooser, reason = told.get("chosen_by"), told.get("reason", "")
    _check_stays(schedule, told.get("with_"), chooser, today)
    theirs = chooser in CHOSEN_BY_THEM
    wanted = _wanted(schedule.proposed if theirs else None, told)
    wanted |= {name: none for name, none in cleared.items() if name in _PROPOSABLE}
    if not (wanted or cleared or told.keys() & {"chosen_by", "purpose", "words"}):
        raise Usage("nothing is to change", hint="for example --every 2w --chosen-by student")
    by_staff = schedule.is_guarded and bool(wanted) and not theirs
    if by_staff and not reason:
        return _proposed(schedule, told, Proposal(on=today, by=by, **wanted), cleared)
    anew = by_staff or bool(chooser)
    chosen_by = chooser or ("staff" if by_staff else schedule.chosen_by)
    words = "" if by_staff else cleared.get("words", schedule.words)
    return replace(
        _changed(schedule, wanted, today, theirs=chosen_by in CHOSEN_BY_THEM),
        purpose=told.get("purpose", cleared.get("purpose", schedule.purpose)),
        words=told.get("words", words),
        reason=reason if anew else reason or schedule.reason,
        asked_by=told.get("asked_by", by if by_staff else None),
        chosen_by=chosen_by,
        chosen_on=told.get("chosen_on", today if anew else schedule.chosen_on),
        earlier=(*schedule.earlier, schedule.choice) if anew or wanted else schedule.earlier,
        proposed=None,
    )


def _proposed(
    schedule: Schedule, told: Mapping[str, Any], proposal: Proposal, emptied: Mapping[str, Any]
) -> Schedule:
    """Return a schedule with a change that waits for the student's word; nothing is emptied."""
    if emptied:
        raise Refused(
            "what the student chose is not emptied without their word or a reason",
            rule="E1",
            fields=sorted(emptied),
            hint="--chosen-by student, if they said so; otherwise the key reason with --from",
        )
    return replace(schedule, purpose=told.get("purpose", schedule.purpose), proposed=proposal)


def _check_stays(schedule: Schedule, with_: str | None, chosen_by: str | None, today: date) -> None:
    """Require what no edit changes: whom it is with, and that staff choose for no student (E1)."""
    if schedule.with_ in WITH_THEM and chosen_by == "staff":
        check_chooser(schedule.with_, chosen_by, today)
    if with_ not in (None, schedule.with_):
        raise Usage(
            "another schedule is with somebody else",
            fields=["with"],
            hint="end this one, and agree on another with checkin schedule",
        )


def _changed(schedule: Schedule, wanted: dict[str, Any], today: date, *, theirs: bool) -> Schedule:
    """Return a schedule with what is to change, and with the terms that held until now."""
    former = tuple(replace(terms, theirs=is_theirs(schedule, terms)) for terms in schedule.former)
    if any(name in wanted for name in _RHYTHM):
        former = (*former, _ended(schedule, wanted, today))
    return replace(
        schedule,
        who=wanted.get("who", schedule.who),
        terms=_new_terms(schedule, wanted, today, theirs=theirs),
        former=former,
        at=wanted.get("at", schedule.at),
        mode=wanted.get("mode", schedule.mode),
    )


def _wanted(waiting: Proposal | None, told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is to change; what was proposed before is taken up if nothing else is said."""
    asked = {name: getattr(waiting, name, None) for name in (*_PROPOSABLE, "starts")}
    asked |= {name: told[name] for name in _PROPOSABLE if name in told}
    asked["starts"] = told.get("starts_on", asked["starts"])
    return {name: value for name, value in asked.items() if value is not None}


_PROPOSABLE = ("who", "every", "day", "at", "mode", "anchor", "window")
_RHYTHM = ("every", "day", "anchor", "starts")


def _new_terms(schedule: Schedule, wanted: dict[str, Any], today: date, *, theirs: bool) -> Terms:
    terms = schedule.terms
    window = wanted.get("window", terms.window)
    if not any(name in wanted for name in _RHYTHM):
        return replace(terms, window=window, theirs=is_theirs(schedule, terms))
    every = wanted.get("every", terms.every)
    day = wanted.get("day", terms.day if every[-1:] == terms.every[-1:] else None)
    if wanted.get("anchor") == "last" and "day" not in wanted:
        day = None
    kept_anchor = None if day is not None or terms.day is not None else terms.anchor
    starts = wanted.get("starts")
    fresh = make_terms(
        every=every,
        day=day,
        anchor=wanted.get("anchor", kept_anchor),
        starts=starts,
        today=today,
        window=window,
        began_on=starts or today,
    )
    return replace(fresh, theirs=theirs)


def _ended(schedule: Schedule, wanted: dict[str, Any], today: date) -> Terms:
    """Return the terms that held until now, so that past dates stay what they were.

    Where the new terms begin later, the former ones hold until then.
    """
    end = wanted.get("starts") or today
    return replace(schedule.terms, ended_on=end, theirs=is_theirs(schedule, schedule.terms))


def resumed(schedule: Schedule, today: date) -> Schedule:
    """End the pause that a schedule is in, from today on.

    Raises:
        Usage: it is not paused.
    """
    if not any(rest.until is None or rest.until > today for rest in schedule.pauses):
        raise Usage("that schedule is not paused")
    ended = tuple(
        rest
        if rest.until is not None and rest.until <= today
        else replace(rest, until=max(today, rest.on))
        for rest in schedule.pauses
    )
    return replace(schedule, pauses=ended)
