"""``settle``: a row of the agenda, by its id; runs the command that the row names."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated

from reintegrate_cli.core.errors import Missing, Usage
from reintegrate_cli.core.records import CASE_REF, RECORD_ID, check_case_ref, free_text
from reintegrate_cli.core.rows import Item
from reintegrate_cli.due import agenda
from reintegrate_cli.kept import session
from reintegrate_cli.line.output import say
from reintegrate_cli.line.plain import Argument
from reintegrate_cli.line.verbs import verb

_ROW = re.compile(rf"(?:({CASE_REF.pattern})/)?({RECORD_ID.pattern}|[a-z]+)(\.[0-9]+)?(@.*)?")
_PLACEHOLDER = re.compile(r"[A-Z][A-Z|]*")
"""What stands for a value in the command of a row: ``--to DATE``."""


def row_ids() -> list[str]:
    """Offer the rows that are on this week's agenda."""
    with session.reading() as store:
        rows = agenda.items(session.world(store), session.today(), session.today(), _last())
    return list(dict.fromkeys(row.id.partition("@")[0] for row in rows))


def line_of(words: Sequence[str]) -> list[str]:
    """Return the line that settles a row, with the options that were typed after its id.

    Raises:
        Missing: there is no such row.
        Usage: the record has several, and it is not said which.
    """
    if not words or words[0].startswith("-"):
        raise Usage("missing: ROW", hint="reintegrate agenda lists them, such as HX4T/S1")
    command = _without_placeholders(_row(words[0]).command.split()[1:], words[1:])
    say(f"this runs: reintegrate {' '.join(command)}")
    return [*command, *words[1:]]


@verb("settle", "settle", stands_for=line_of)
def settle(
    row: Annotated[
        str, Argument(metavar="ROW", help="A row of the agenda, such as HX4T/S1.", complete=row_ids)
    ],
) -> None:
    """Run the command that settles a row of the agenda, with any option of that command.

    Example: reintegrate settle HX4T/S1
    """
    raise NotImplementedError  # ``line_of`` has put another line in the place of this one


def _row(text: str) -> Item:
    if _ROW.fullmatch(text.upper()) is None and _ROW.fullmatch(text) is None:
        raise free_text()
    ref, slash, id_ = text.rpartition("/")
    wanted = f"{check_case_ref(ref)}/{id_}" if slash else id_
    with session.reading() as store:
        if slash:
            store.cases.get(ref.upper())
        world = session.world(store, ref.upper() if slash else None)
        rows = agenda.items(world, session.today(), session.today(), _last())
    folded = wanted.casefold()
    rows = [row for row in rows if folded in _names(row)]
    names = dict.fromkeys(row.id.partition("@")[0] for row in rows)
    if not rows:
        hint = (
            f"reintegrate agenda --case {ref.upper()} --days 60" if slash else "reintegrate agenda"
        )
        raise Missing("there is no such row on the agenda", hint=hint)
    if len(names) > 1:
        raise Usage("that is several rows", hint=f"give {' or '.join(names)}", fields=["row"])
    return rows[0]


def _names(row: Item) -> tuple[str, str, str]:
    """Return what a row answers to: its id, the same without the date, and its record."""
    name = row.id.partition("@")[0]
    return row.id.casefold(), name.casefold(), row.source.casefold()


def _last() -> date:
    return session.today() + timedelta(days=agenda.HORIZON_DAYS)


def _without_placeholders(command: Sequence[str], given: Sequence[str]) -> list[str]:
    """Leave out the options of a row's command that wait for a value, or that are given anew."""
    kept: list[str] = []
    for word in command:
        if kept and kept[-1].startswith("--") and _PLACEHOLDER.fullmatch(word):
            kept.pop()
        else:
            kept.append(word)
    for at in range(len(kept) - 2, -1, -1):
        if kept[at].startswith("--") and kept[at] in given:
            del kept[at : at + 2]
    return kept
