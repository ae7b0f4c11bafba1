"""Working papers: what a report for a supervisor says first, and how it is drawn up.

Such a paper holds codes and counts, says that it is not for release, and is an entry of the
history; its file is readable by its owner alone, and never takes the place of another.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from reintegrate_cli.kept import exports, session
from reintegrate_cli.kept.settings import path_of

if TYPE_CHECKING:
    from reintegrate_cli.kept.sheets import Sheet
    from reintegrate_cli.kept.store import Store

NOT_FOR_RELEASE = "a working paper of codes and counts, not for release"


@contextmanager
def drawn_up(
    file: str | None, refs: Sequence[str] = ()
) -> "Iterator[tuple[Store, Callable[[Sequence[Sheet]], None]]]":
    """Draw up a working paper: yield the records, and what writes its workbook.

    Args:
        file: where the workbook goes; none is written if left out.
        refs: what the history says it is about, besides that it is a report.

    Raises:
        Usage: something is there already.
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
        Usage: something is there already.
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
