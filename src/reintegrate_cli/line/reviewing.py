"""The day on which something is looked at again: typed, or proposed and never moved (E2)."""

from datetime import date

from reintegrate_cli.core.calendar import explain_date, short_date
from reintegrate_cli.kept import session
from reintegrate_cli.line import output


def review_day(typed: date | None, proposed: date, option: str = "--review") -> date | None:
    """Return the day of the next review.

    Args:
        typed: what the person said, kept as it is; a closed day is told.
        proposed: what the rule proposes where nothing was typed. On a closed day it is asked
            for at a terminal; elsewhere no day is kept, and the agenda asks for one.
        option: the option that gives the day, for the hint.
    """
    today, calendar = session.today(), session.current.district.calendar
    if typed is not None:
        if calendar.is_closed(typed):
            output.say(f"{explain_date(typed, today)} is a closed day; it was kept as you gave it")
        return typed
    if not calendar.is_closed(proposed):
        return proposed
    offered = calendar.nearest_open(proposed, after=today)
    nearest = " or ".join(short_date(day) for day in offered)
    output.say(f"{explain_date(proposed, today)}, is a closed day; ask which day suits: {nearest}")
    if not output.can_ask():
        output.say(f"no day is kept; give it with {option} DATE")
        return None
    return output.ask_day("which day", today)
