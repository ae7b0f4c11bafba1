"""Working papers: what a report for a supervisor says first, and how it is drawn up.

Such a paper holds codes and counts, says that it is not for release, and is an entry of the
history; its file is readable by its owner alone, and never takes the place of another.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from typing import TYPE_CHECKING, Protocol

from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.records import School, Slug, Word
from reintegrate_cli.core.world import World
from reintegrate_cli.kept import exports, session
from reintegrate_cli.kept.settings import path_of
from reintegrate_cli.line.verbs import Filters, narrowed
from reintegrate_cli.nouns.case.listing import case_rows
from reintegrate_cli.nouns.case.record import CaseRow

if TYPE_CHECKING:
    from reintegrate_cli.kept.sheets import Sheet
    from reintegrate_cli.kept.store import Store

NOT_FOR_RELEASE = "a working paper of codes and counts, not for release"
_DAYS_BACK = timedelta(days=30)


class Narrowing(Protocol):
    """What narrows the cases of a paper."""

    owner: Slug | None
    school: School | None
    status: Word | None


def period(since: date | None, until: date | None, today: date, what: str) -> tuple[date, date]:
    """Return the first and last day that a paper is about: the last 30 days, if left out.

    Args:
        since: the first day that is asked for.
        until: the last one.
        today: the day of the paper.
        what: what is counted in them, for the message.

    Raises:
        Usage: it ends before it begins, or in the future.
    """
    last = until or today
    if last > today:
        raise Usage(f"{what} is counted up to today at most", fields=["until"])
    first = since or last - _DAYS_BACK
    if first > last:
        raise Usage("it ends before it begins", fields=["since", "until"])
    return first, last


def cases_of(store: "Store", world: World, filters: Narrowing) -> list[CaseRow]:
    """Return the cases that a paper is about, as they are today."""
    kept = Filters(owner=filters.owner, school=filters.school, status=filters.status)
    return narrowed(case_rows(world, session.today()), kept, store)


@contextmanager
def drawn_up(
    file: str | None, refs: Sequence[str] = ()
) -> "Iterator[tuple[Store, Callable[[Sequence[Sheet]], None]]]":
    """Draw up a working paper: yield the records, and what writes its workbook.

    Args:
        file: where the workbook goes; none is written if left out.
        refs: what the history says it is about, besides that it is a report.

    Raises:
        Usage: a file of that name exists.
    """
    with drafted(file, refs) as (store, write):

        def sheets(some: "Sequence[Sheet]") -> None:
            if file is not None:
                from reintegrate_cli.kept.sheets import workbook

                write(workbook(NOT_FOR_RELEASE, some))

        yield store, sheets


@contextmanager
def drafted(
    file: str | None, refs: Sequence[str] = ()
) -> "Iterator[tuple[Store, Callable[[bytes], None]]]":
    """Draw up a working paper: yield the records, and what writes its file.

    Args:
        file: where it goes; nothing is written if left out.
        refs: what the history says it is about, besides that it is a report.

    Raises:
        Usage: a file of that name exists.
    """
    with ExitStack() as stack:
        draft = None
        if file is not None:
            draft = stack.enter_context(exports.drafting(path_of(file)))
            draft.check_place(lambda _: False)

        def write(data: bytes) -> None:
            if draft is not None:
                draft.write(data)

        with session.writing() as store:
            for ref in ("report", *refs):
                store.touch(ref)
            yield store, write
        if draft is not None:
            draft.put_in_place()
