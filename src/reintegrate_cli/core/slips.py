"""A slip: a whole unit of work that is left for a full key to take over."""

from collections.abc import Callable
from typing import Any, NamedTuple

from reintegrate_cli.catalogue import OF_A_CASE, TABLES
from reintegrate_cli.core.lean import msgspec


class Put(msgspec.Struct, frozen=True, array_like=True):
    """What a unit of work makes of one record: its new state, or nothing if it goes."""

    table: str
    key: tuple[str, ...]
    row: dict[str, Any] | None


class Slip(msgspec.Struct, frozen=True):
    """A unit of work as somebody left it whose key writes no history."""

    by: str
    """The staff slug of who did it."""
    at: str
    """The real time, in UTC, as ISO text."""
    command: str
    """The noun and verb, without values."""
    refs: tuple[str, ...]
    """What it was about, as in an entry of the history."""
    puts: tuple[Put, ...]


class Left(NamedTuple):
    """What was left in the tray, and who the server says that it was."""

    number: int
    school: str
    """The code of the school; empty where there is no key for it any more."""
    login: str
    at: str
    slip: Slip | None
    """What it says; nothing where it was not written with a key for that school."""


def is_of_cases(put: Put, former: dict[str, Any] | None, is_own: Callable[[str], bool]) -> bool:
    """Return whether a change stays within the cases that somebody may write to.

    Args:
        put: the change.
        former: the record that it replaces, if there is one.
        is_own: whether a case is one of theirs.
    """
    table = TABLES.get(put.table)
    if table is None or table.group != "full" or table.grows or table.archived != "record":
        return False
    states = [state for state in (former, put.row) if state is not None]
    if put.table == "cases":
        # A case begins, goes, and goes to another school with somebody who sees all schools.
        return len(states) == 2 and is_own(put.key[0]) and _school(states[0]) == _school(states[1])
    if not states:  # a number that is not to be given: what was there is gone, or never was
        return put.table in OF_A_CASE and is_own(put.key[0])
    return all(_is_within(put, state, is_own) for state in states)


def _is_within(put: Put, state: dict[str, Any], is_own: Callable[[str], bool]) -> bool:
    if put.table in OF_A_CASE:
        return is_own(put.key[0])
    case = state.get(TABLES[put.table].case_field)
    return isinstance(case, str) and is_own(case)


def _school(case: dict[str, Any]) -> Any:
    return case.get("school")
