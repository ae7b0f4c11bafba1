"""The shapes that most verbs have: they add a record, change one, show one, or list them.

A shape reads the ref and the id, opens the unit of work under the verb's own name, and keeps
and shows what its function returns; the function holds the practice alone::

    @changes("wish", "outcome")
    def outcome(work: Work, wish: Wish, given: Outcome) -> Wish:
        \"\"\"Record what became of a wish. ...\"\"\"

Which table it is about follows from the class of the record, and what stands on the line from
the key of that table. A verb that has none of these shapes is a plain ``verb``.
"""

import sys
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args

from reintegrate_cli import catalogue
from reintegrate_cli.catalogue import BY_NAME, Table
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Form, Record, Sensitivity, check_id, check_slug
from reintegrate_cli.core.unasked import UNASKED
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.line.narrowing import Filters, case_of, narrowed
from reintegrate_cli.line.plain import Argument, arguments
from reintegrate_cli.line.verbs import IdArg, RefArg, verb

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

R = TypeVar("R", bound=Record)
F = TypeVar("F", bound=Callable[..., Any])
Row = Callable[[Any, date], Any]
"""Returns what is shown of a record on a day."""
_ABSENT = (None, "", ())
_BY_CASE = {"case": ("ref", RefArg), "ref": ("ref", RefArg), "id": ("id_", IdArg)}


class Work:
    """One run of a verb: the case that it is about, the day, and the records around it."""

    def __init__(self, store: "Store", ref: str = "") -> None:
        self.store = store
        self.ref = ref
        """The case, if its records belong to one."""
        self.today = session.today()
        self.you = store.by
        """The slug of who is at the keyboard."""
        self.messages: list[str] = []
        self.part: str | None = None
        """Which part of the record the verb was about, if it has parts by name."""

    def say(self, message: str) -> None:
        """Tell the person something, once the work is kept."""
        self.messages.append(message)

    def new(self, kind: type[R], given: Form, /, **more: Any) -> R:
        """Return a new record of the case, with the next id and what the form says of it.

        Args:
            kind: its class.
            given: the form; of its fields those are taken that the record has, too.
            more: what the form does not say, or says otherwise.
        """
        key = {"id": self.store.of(kind).next_id(self.ref or None)}
        if self.ref:
            key["case"] = self.ref
        return kind(**{**key, **said(given, kind), **more})


def said(given: Form, kind: type, absent: tuple[Any, ...] = _ABSENT) -> dict[str, Any]:
    """Return what a form says of a record: the fields that both have, if they are filled in.

    Args:
        given: the form.
        kind: the class of the record.
        absent: the values of a field that is not filled in; ``(None,)`` if it may be emptied.
    """
    values = {
        name: getattr(given, name)
        for name in given.__struct_fields__
        if name in kind.__struct_fields__  # type: ignore[attr-defined]
    }
    return {
        name: value for name, value in values.items() if value is UNASKED or value not in absent
    }


def edited(record: R, given: Form, **more: Any) -> R:
    """Return a record as an edit leaves it: emptied where that is asked, then filled in.

    Args:
        record: the record.
        given: the form of the edit.
        more: what the form does not say, or says otherwise.
    """
    from reintegrate_cli.line.clearing import cleared

    return replace(cleared(record, given), **{**said(given, type(record)), **more})


View = Callable[[Work, Any], Any]
"""Returns what is shown of a record, as the records around it have it."""
Named = tuple[Any, Callable[["Store", str], Any]]
"""How else than by its key a line names a record: the argument, and what finds the record."""


def adds(
    noun: str, name: str = "add", *, row: Row | None = None, view: View | None = None, **more: Any
) -> Callable[[F], F]:
    """Declare a verb that adds a record: its function takes the work and the form.

    What else it takes from the line, such as a slug, it says in its annotations.

    Args:
        noun: the noun.
        name: what is typed after it.
        row: returns what is shown of the record on a day; the record itself if left out.
        view: the same, if other records have to be read for it.
        more: what else ``verb`` takes.
    """

    def register(function: F) -> F:
        kind = function.__annotations__["return"]
        table = _table(noun, kind)
        where = [_BY_CASE[field] for field in table.key if field == "case"]
        where += _own(function)

        def run(ref: str = "", **called: Any) -> None:
            with session.writing() as store:
                if ref:
                    store.cases.get(ref)
                work = Work(store, ref)
                record = store.of(kind).put(function(work, **called))
                value = _seen(work, record, row, view)
            _show(work, value)

        _declare(noun, name, function, run, where, **more)
        return function

    return register


def changes(
    noun: str,
    name: str,
    *,
    row: Row | None = None,
    view: View | None = None,
    named: Named | None = None,
    ended: bool = False,
    anybody: bool = False,
    **more: Any,
) -> Callable[[F], F]:
    """Declare a verb that changes a record: its function takes the work, the record and the form.

    If ``record.py`` has a ``check_open``, the record has to pass it, which is looked at before the
    first question too: nobody types a text for what was over already.

    Args:
        noun: the noun.
        name: what is typed after it.
        row: returns what is shown of the record on a day; the record itself if left out.
        view: the same, if other records have to be read for it.
        named: how a line names the record, if not by its key.
        ended: whether it takes one that ended, too.
        anybody: whether it takes one that is with somebody else alone, too.
        more: what else ``verb`` takes.
    """

    def register(function: F) -> F:
        kind = function.__annotations__["return"]
        table = _table(noun, kind)
        check = None if ended else getattr(sys.modules[kind.__module__], "check_open", None)
        find = partial(_find, table, named, check, anybody=anybody)

        def run(**called: Any) -> None:
            with session.writing() as store:
                work, record = find(store, called)
                record = store.of(kind).put(function(work, record, **called))
                value = _seen(work, record, row, view)
            _show(work, value)

        run.first, run.anybody = find, anybody  # type: ignore[attr-defined]
        _declare(noun, name, function, run, [*_key(table, named), *_own(function)], **more)
        return function

    return register


def shows(
    noun: str,
    name: str = "show",
    *,
    named: Named | None = None,
    drawn: Callable[[Any], None] | None = None,
    **more: Any,
) -> Callable[[F], F]:
    """Declare a verb that shows one record, and what is private in it.

    Its function takes the work and the record.

    Args:
        noun: the noun.
        name: what is typed after it.
        named: how a line names the record, if not by its key.
        drawn: draws it on a terminal.
        more: what else ``verb`` takes.
    """

    def register(function: F) -> F:
        _, kind = _annotated(function)[:2]
        table = _table(noun, kind)

        def run(**called: Any) -> None:
            with session.reading() as store:
                work, record = _find(table, named, None, store, called)
                value = function(work, record, **called)
            draws = drawn if output.draws() else None
            _show(work, value, upto=Sensitivity.PRIVATE, drawn=draws)

        _declare(noun, name, function, run, _key(table, named), **more)
        return function

    return register


_FILTERED = [("filters", Filters)]


def lists(
    noun: str,
    columns: "tuple[output.Column, ...]",
    statuses: tuple[str, ...] = (),
    *,
    name: str = "list",
    hides: str = "",
    empty: str = "",
    narrow: Mapping[str, Any] | None = None,
    **more: Any,
) -> Callable[[F], F]:
    """Declare a verb that lists records: its function takes the work and the records.

    It returns the rows; they are filtered here. If the filters name a case, so does the work.

    Args:
        noun: the noun.
        columns: the columns of the table.
        statuses: every status that a row can have.
        name: what is typed after it.
        hides: the status of rows that are left out unless it is asked for.
        empty: what is said if there are no rows; that none is on record, if left out.
        narrow: what else ``narrowed`` takes: how rows belong to cases and people.
        more: what else ``verb`` takes.
    """

    def register(function: F) -> F:
        (kind,) = get_args(_annotated(function)[1])
        (row_kind,) = get_args(function.__annotations__["return"])
        table = _table(noun, kind)
        none = empty or f"no {catalogue.called(table.name)} is on record"

        def run(filters: Filters) -> None:
            ref = case_of(filters) if "case" in table.key else None
            with session.reading() as store:
                records = store.of(kind).all(**({} if ref is None else {"case": ref}))
                work = Work(store, ref or "")
                rows = function(work, records)
                rows = narrowed(rows, filters, store, hides=hides, **(narrow or {}))
            _show(work, rows, columns, empty=none, kind=row_kind)

        _declare(noun, name, function, run, _FILTERED, is_list=True, statuses=statuses, **more)
        return function

    return register


def _own(function: Callable[..., Any]) -> list[tuple[str, Any]]:
    """Return what a function takes from the line besides."""
    return [(each, function.__annotations__[each]) for each, _ in arguments(function)]


def _annotated(function: Callable[..., Any]) -> list[Any]:
    return [kind for name, kind in function.__annotations__.items() if name != "return"]


def _table(noun: str, kind: type) -> Table:
    return next(table for table in BY_NAME[noun].tables if table.kind == kind.__name__)


def _key(table: Table, by: Named | None) -> list[tuple[str, Any]]:
    """Return the arguments that name a record of a table."""
    if by is not None:
        return [("named", by[0])]
    if table.key != catalogue.BY_SLUG and not table.named:
        return [_BY_CASE[field] for field in table.key]
    named = Argument(
        metavar="SLUG", help=f"The slug of a {catalogue.called(table.name)}.", finds=table.name
    )
    return [("slug", Annotated[str, named])]


def _find(
    table: Table,
    named: Named | None,
    check: Callable[[Any], object] | None,
    store: "Store",
    called: dict[str, Any],
    *,
    anybody: bool = False,
) -> tuple[Work, Any]:
    """Return the work and the record that a line names, and take its key from the line."""
    ref, key = called.pop("ref", ""), []
    if named is not None:
        record = named[1](store, called.pop("named"))
    else:
        if ref:
            key.append(store.cases.get(ref).ref)
        if "id_" in called:
            key.append(check_id(called.pop("id_"), ref or None))
        records = store.table(table.name)
        slug = called.pop("slug", None)
        record = (
            records.get(*key, anybody=anybody)
            if slug is None
            else records.get_named(check_slug(slug))
        )
    if check is not None:
        check(record)
    return Work(store, ref), record


def _declare(
    noun: str,
    name: str,
    function: Callable[..., Any],
    run: Any,
    parameters: list[tuple[str, Any]],
    **more: Any,
) -> None:
    """Register what a shape made of a function; its form comes after its other parameters."""
    given = [("given", kind) for kind in [function.__annotations__.get("given")] if kind]
    run.parameters = [(each, kind, None, True) for each, kind in (*parameters, *given)]
    run.__annotations__ = dict((*parameters, *given))
    run.__doc__, run.__module__ = function.__doc__, function.__module__
    verb(noun, name, **more)(run)


def _seen(work: Work, record: Any, row: Row | None, view: View | None) -> Any:
    if view is not None:
        return view(work, record)
    return record if row is None else row(record, work.today)


def _show(
    work: Work,
    value: Any,
    *columns: "tuple[output.Column, ...]",
    drawn: Callable[[Any], None] | None = None,
    **more: Any,
) -> None:
    if drawn is not None:
        drawn(value)
    else:
        output.show(value, *columns, **more)
    for message in work.messages:
        output.say(message)
