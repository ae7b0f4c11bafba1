"""Proving what was worked out from the records, for a full key."""

from reintegrate_cli.core.errors import Problem
from reintegrate_cli.kept import index as dates
from reintegrate_cli.kept import session
from reintegrate_cli.line import output


def index(command: str, *, copy: bool = False) -> dates.Doubt | None:
    """Prove the index of dates against the records, and make it anew where it differs from them.

    Args:
        command: the noun and verb, for the history.
        copy: whether the file is a copy, in which nothing is changed.

    Returns:
        What was wrong with it, as the person is told here; ``None`` where it was right.
    """
    calendar = session.current.district.calendar
    with session.reading() as store:
        doubt = dates.doubt(store, calendar)
    if doubt == "older":
        output.say(
            "the index of dates was made from another calendar, or by another version;"
            " the next change rebuilds it"
        )
    elif doubt == "different":
        done = "restoring the copy rebuilds it" if copy else "it was rebuilt"
        try:
            if not copy:
                _make_index_anew(command)
        except Problem as problem:
            done = f"it could not be rebuilt: {problem.message}"
        output.say(f"the index of dates did not follow from the records; {done}")
    return doubt


def _make_index_anew(command: str) -> None:
    with session.writing(command) as store:
        store.touch("vault")
        dates.make_anew(store, session.current.district.calendar, session.current.today)
