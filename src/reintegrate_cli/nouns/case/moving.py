"""Where a student learns: the one way in which the setting of a case changes (rule G5).

A case leaves its home school by a placement that was decided, or by a move that others made and
somebody recorded; by nothing else. ``moved`` is what every command calls. What a unit of work is
about to keep is looked at once more by ``leaving`` (see ``kept.store``), so that a command that
forgets to call it is refused as well, and so is an archive.

A placement that begins on a later day stands beside the case as ``coming``. Nothing has to happen
on that day: ``as_of`` says how the case stands then.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from reintegrate_cli.core.errors import Refused
from reintegrate_cli.core.lean import replace
from reintegrate_cli.nouns.case.record import Case, Coming, Setting

STAYING: tuple[Setting, ...] = ("home", "home_supports", "school_of_origin")
"""The settings of the home school, out of which only a placement leads."""


def as_of(case: Case, day: date) -> Case:
    """Return a case as it stands on a day: a placement that began by then is in force."""
    coming = case.coming
    if coming is None or coming.on > day:
        return case
    return replace(
        case, setting=coming.setting, moved_on=coming.on, moved_by=coming.placement, coming=None
    )


def moved(
    case: Case, setting: Setting, *, today: date, on: date | None = None, placement: str = ""
) -> Case:
    """Return a case whose student learns in another setting; what was to come is dropped.

    Args:
        case: the case.
        setting: the setting.
        today: the day of the command.
        on: the day from which it is so, if that is known.
        placement: the id of the placement that leads there; a return needs none.

    Raises:
        Refused: it leads out of the home school, or on from there, without a placement.
    """
    now = as_of(case, today)
    if setting not in STAYING and setting != now.setting and not placement:
        raise not_decided(case.ref)
    if setting == now.setting:
        return replace(now, moved_by=placement or now.moved_by, coming=None)
    if on is not None and on > today:
        return replace(now, coming=Coming(setting=setting, on=on, placement=placement))
    return replace(
        now, setting=setting, moved_on=on or now.moved_on, moved_by=placement or None, coming=None
    )


def stayed(case: Case, today: date) -> Case:
    """Return a case without the move that was to come."""
    return replace(as_of(case, today), coming=None)


def not_decided(ref: str) -> Refused:
    """Return the refusal of a move that nobody decided, and nobody recorded."""
    return Refused(
        "a student moves to that setting by a placement decision alone",
        rule="G5",
        fields=["setting"],
        hint=f"reintegrate placement draft {ref} begins one; reintegrate placement record {ref} "
        "enters a move that others made",
    )


def leaving(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[tuple[Setting, str | None]]:
    """Yield each setting that a change of a case leads to, with the placement that says so.

    Those of the home school are left out: nothing has to lead there. The placement is ``None`` if
    the case names none, or the one that it named before, which is spent by then.

    Args:
        before: the case as it was kept.
        after: the case as it is about to be kept.
    """
    was_coming = before.get("coming")
    known = {before.get("moved_by"), None} - {""}
    if after["setting"] not in (before["setting"], *STAYING):
        by = after.get("moved_by")
        yield after["setting"], None if by in known else by
    coming = after.get("coming")
    if coming is not None and coming != was_coming and coming["setting"] not in STAYING:
        by = coming["placement"]
        yield coming["setting"], None if by in known else by
