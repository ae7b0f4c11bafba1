"""``settle``: a row of the agenda, by its id; runs the command that the row names."""

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from reintegrate_cli.core.errors import Missing, Usage
from reintegrate_cli.core.records import CASE_REF, RECORD_ID, WORD, check_case_ref, free_text
from reintegrate_cli.core.rows import Item
from reintegrate_cli.due import agenda
from reintegrate_cli.kept import session
from reintegrate_cli.line.output import say
from reintegrate_cli.line.plain import Argument
from reintegrate_cli.line.verbs import verb

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

_ROW = re.compile(rf"(?:({CASE_REF.pattern})/)?({RECORD_ID.pattern}|[a-z]+)(\.[0-9]+)?(@.*)?")
_PLACEHOLDER = re.compile(r"[A-Z][A-Z|]*")
"""What stands for a value in the command of a row: ``--to DATE``."""


def row_ids() -> list[str]:
    """Offer the rows that are on the agenda."""
    with session.reading() as store:
        return _named(_items(store))


@verb("settle", "settle", stands_for=True)
def settle(
    row: Annotated[
        str, Argument(metavar="ROW", help="A row of the agenda, such as HX4T/S1.", complete=row_ids)
    ],
    *more: str,
) -> list[str]:
    """Run the command that settles a row of the agenda, with any option of that command.

    Example: reintegrate settle HX4T/S1
    """
    command = _without_placeholders(_row(row).command.split()[1:], more)
    say(f"this runs: reintegrate {' '.join(command)}")
    return [*command, *more]


def _row(text: str) -> Item:
    """Return the row of the agenda that is named.

    Raises:
        Missing: there is no such row.
        Usage: the record has several, and it is not said which.
    """
    if _ROW.fullmatch(text.upper()) is None and _ROW.fullmatch(text) is None:
        raise _no_row() if WORD.fullmatch(text) else free_text()
    ref, slash, id_ = text.rpartition("/")
    ref = check_case_ref(ref) if slash else ""
    wanted = f"{ref}{slash}{id_}".casefold()
    with session.reading() as store:
        if ref:
            store.cases.get(ref)
        there = _items(store, ref or None)
    # By its own id first: a row also answers to the day on which it was before it was moved.
    rows = [row for row in there if wanted in _answers_to(row)]
    rows = rows or [row for row in there if wanted == _former(row)]
    names = _named(rows)
    if not rows:
        raise _no_row(ref)
    if len(names) > 1:
        raise Usage("that is several rows", hint=f"give {' or '.join(names)}", fields=["row"])
    return rows[0]


def _no_row(ref: str = "") -> Missing:
    hint = f"reintegrate agenda --case {ref} --days 60" if ref else "reintegrate agenda"
    return Missing("there is no such row on the agenda", hint=hint)


def _items(store: "Store", ref: str | None = None) -> list[Item]:
    today = session.today()
    last = today + timedelta(days=agenda.HORIZON_DAYS)
    return agenda.items(session.world(store, ref), today, today, last)


def _named(rows: Iterable[Item]) -> list[str]:
    """Return the ids of rows without their dates, each once."""
    return list(dict.fromkeys(row.id.partition("@")[0] for row in rows))


def _answers_to(row: Item) -> tuple[str, str, str]:
    """Return what a row answers to: its id, the same without the date, and its record."""
    return row.id.casefold(), row.id.partition("@")[0].casefold(), row.source.casefold()


def _former(row: Item) -> str | None:
    """Return the id that a row had on the day on which it was due first."""
    name = row.id.partition("@")[0]
    return f"{name}@{row.was_on.isoformat()}".casefold() if row.was_on else None


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
