"""The rows that were not taken, written so that they can be mended: one file for each of the set.

Only the columns that this program reads are in them: never a name, an address or a password.
"""

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import groupby
from pathlib import Path

from reintegrate_cli.core.errors import Settings
from reintegrate_cli.kept import exports, tables
from reintegrate_cli.keys.disk import plain_reason, remedy
from reintegrate_cli.nouns.roster.oneroster import RejectedRow, rejected_rows
from reintegrate_cli.nouns.roster.rows import SENTENCES, BadRow

_PIECE = 64 * 1024


@contextmanager
def drafted(
    folder: Path | None, path: Path, errors: Iterable[BadRow]
) -> Iterator[Callable[[], int]]:
    """Write the rows beside the places of their files; yield what puts them there.

    Args:
        folder: where they go; None if nobody wants them.
        path: the set.
        errors: the rows that were not taken, in order.

    Raises:
        Settings: the folder cannot be made, or the disk would not take a file.
        Usage: somebody else's file is in the way, or the set was changed since it was read.
    """
    errors = list(errors) if folder is not None else []
    if folder is None or not errors:
        yield lambda: 0
        return
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Settings(
            f"the folder for rejected rows cannot be made: {plain_reason(error)}",
            hint=remedy(error),
        ) from None
    with ExitStack() as stack:
        drafts: list[exports.Draft] = []
        for file, rows in groupby(rejected_rows(path, errors), key=lambda row: row.file):
            draft = stack.enter_context(exports.drafting(folder / file))
            draft.check_place(tables.is_ours)
            draft.write_pieces(_pieces(rows))
            drafts.append(draft)

        def put() -> int:
            for draft in drafts:
                draft.put_in_place()
            return len(drafts)

        yield put


def _pieces(rows: Iterator[RejectedRow]) -> Iterator[bytes]:
    """Yield a file in pieces: a heading, then each row with its line and the reason."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    text.write(codecs.BOM_UTF8.decode("utf-8"))
    for number, row in enumerate(rows):
        if number == 0:
            writer.writerow([tables.REASON, "line", *row.values])
        where = f"{row.column}: " if row.column else ""
        cells = (f"{where}{SENTENCES[row.reason]}", str(row.line), *row.values.values())
        writer.writerow([tables.inert(cell) for cell in cells])
        if text.tell() > _PIECE:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()
