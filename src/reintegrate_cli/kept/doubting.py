"""What is not believed of a unit of work that somebody left whose key writes no history.

Their program could be any. What it may touch is asked for here, and that it has the form of what
this program would have left: the rules of single verbs are that program's, as far as they are
about its own students. The rules for every record (``Store.check``) are asked for besides.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, get_args

from reintegrate_cli.catalogue import BY_NAME, OF_A_CASE, TABLES
from reintegrate_cli.core.errors import Refused, Usage
from reintegrate_cli.core.filing import folded
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import RECORD_ID, CaseRef, Record, Value, fields_of, split_id
from reintegrate_cli.core.slips import Put, Slip, is_of_cases
from reintegrate_cli.kept.store import Store

CANNOT = (
    Usage,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What something raises that has no form that anything expects."""

_COMMAND = re.compile(r"([a-z]{2,16})( [a-z-]{2,24}){0,2}( --[a-z]{2,16}){0,2}")
_NOT_THEIRS = ("start", "vault")
"""Groups of nouns: what they do is never a unit of work on the cases of a school."""
_GAP = 50
"""Numbers that may be left out before a new one: by work that was put aside, at most."""


def no(why: str) -> Refused:
    """Return the refusal of a unit of work."""
    return Refused(why, rule="history")


def no_form() -> Refused:
    """Return the refusal of what no program of ours would have left."""
    return no("it does not have the form of a record")


def check_command(slip: Slip) -> None:
    """Require that a unit of work changes something, by a command that may do so at a school.

    What the history says of other commands is relied on: that a copy was made, or what was undone.

    Raises:
        Refused: it does not.
    """
    words = _COMMAND.fullmatch(slip.command)
    noun = BY_NAME.get(words[1]) if words else None
    if not slip.puts or noun is None or noun.group in _NOT_THEIRS:
        raise no("nobody can say what it is")
    if noun.tables and not any(table.archived == "record" for table in noun.tables):
        raise no("nobody can say what it is")


def refs_of(slip: Slip, is_own: Callable[[str], bool]) -> Iterator[str]:
    """Yield what a unit of work is about, as far as it is a case of the school's, or in one."""
    for ref in dict.fromkeys(slip.refs):
        case, slash, id_ = ref.partition("/")
        if is_own(case) and (not slash or RECORD_ID.fullmatch(id_)):
            yield ref


def time_of(text: str) -> datetime:
    """Read the time at which something was entered.

    Raises:
        Refused: that is no time.
    """
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise no_form() from None


class Doubts:
    """What is asked of each change of one unit of work.

    Args:
        store: the records, as they are before it and as it leaves them.
        slip: the unit of work.
        is_own: whether a case is one of the school's.
        aside: gives the numbers that were set aside for the school, by the name of a table.
    """

    def __init__(
        self,
        store: Store,
        slip: Slip,
        is_own: Callable[[str], bool],
        aside: Callable[[str], "set[int]"],
    ) -> None:
        self._store, self._by, self._is_own, self._aside = store, slip.by, is_own, aside
        self._most = len(slip.puts) + _GAP
        self._before: dict[tuple[str, str], int] = {}

    def check(self, put: Put, former: Any) -> None:
        """Require that a change is of the school's own cases, and in the name of who made it.

        Raises:
            Refused: it is not.
        """
        if not is_of_cases(put, former, self._is_own):
            raise no("it changes what is not of that school")
        own = {self._by.casefold(), str((former or {}).get("entered_by", self._by)).casefold()}
        if put.row is not None and str(put.row.get("entered_by", self._by)).casefold() not in own:
            raise no("it names somebody else as who entered it")
        if former is None:
            self._check_number(put)

    def believed(self, record: Any, former: Any) -> Any:
        """Return a record as it is kept: no clock at a school is ahead of the history.

        Raises:
            Refused: it names a case of another school, or when it was entered is no time.
        """
        _check_worked_out(record)
        known = _cases_in(type(record), former or {})
        if not all(map(self._is_own, _cases_in(type(record), record) - known)):
            raise no("it names a case that is not of that school")
        if not isinstance(record, Record) or not record.entered_at:
            return record
        if record.entered_at == (former or {}).get("entered_at"):
            return record
        if time_of(record.entered_at) > time_of(self._store.now()):
            return replace(record, entered_at=self._store.now())
        return record

    def _check_number(self, put: Put) -> None:
        """Require that a new number is the school's to give: no jump uses up all there are.

        Raises:
            Refused: it is not.
        """
        table = TABLES[put.table]
        if table.key[-1] != "id":
            return
        (_, number), case = split_id(put.key[-1]), put.key[0]
        if put.table not in OF_A_CASE:
            fits = number in self._aside(put.table)
        else:
            place = put.table, case
            if place not in self._before:
                self._before[place] = self._store.shelf.last_id(put.table, case)
            fits = 0 < number - self._before[place] <= self._most
        if not fits:
            raise no("it gives a number that is not the school's to give")


def key_is_right(put: Put) -> bool:
    """Return whether a change says where its record lies as it has to be said.

    Raises:
        Refused: that is no place for any record.
    """
    try:
        return folded(put.table, put.key) == put.key
    except (KeyError, ValueError):
        raise no_form() from None


def _check_worked_out(record: Any) -> None:
    """Require that all can be worked out that a record says of itself: lists and dates need it.

    Raises:
        Refused: it cannot.
    """
    try:
        _work_out(record)
    except CANNOT:
        raise no_form() from None


def _work_out(value: Any) -> None:
    if isinstance(value, tuple):
        for each in value:
            _work_out(each)
    elif isinstance(value, Value):
        kind = type(value)
        for name in dir(kind):
            if isinstance(getattr(kind, name), property):
                getattr(value, name)
        for spec in fields_of(kind):
            _work_out(getattr(value, spec.name))


def _cases_in(kind: type, state: Any) -> set[str]:
    """Return the other cases that a record names, in whatever field."""
    named: set[str] = set()
    for spec in fields_of(kind):
        if spec.type is CaseRef or CaseRef in get_args(spec.type):
            is_row = isinstance(state, dict)
            value = state.get(spec.key) if is_row else getattr(state, spec.name)
            named |= {value} if isinstance(value, str) else {*(value or ())}
    return {name for name in named if name}
