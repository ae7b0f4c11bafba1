"""The timeline of one case: what happened, in the order in which it happened.

Recovery does not follow a neat line; nothing here is a score, and nothing is left out
because it came late. A noun joins by its row in the catalogue: its module has a function
``events`` from one of its records to what happened.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from reintegrate_cli import catalogue
from reintegrate_cli.core.events import Event
from reintegrate_cli.core.loading import load

TELLERS = {name: catalogue.rules_of(name) for name in catalogue.TABLES if catalogue.tells(name)}
"""Each table that tells something, and the module whose ``events`` does."""
KINDS = tuple(dict.fromkeys(kind for name in TELLERS for kind in catalogue.tells(name)))
"""Every kind of event there is."""


def events(records: Mapping[str, Sequence[Any]]) -> list[Event]:
    """Bring everything that happened in a case into one order.

    Args:
        records: the records of the case, by the name of their table.
    """
    told = [
        event
        for table, rows in records.items()
        for record in rows
        for event in load(TELLERS[table]).events(record)
    ]
    return sorted(told, key=lambda event: (event.on, event.kind, event.id or ""))
