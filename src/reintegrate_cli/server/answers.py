"""What the functions of a database answer, taken for no more than it is.

The people who run the server can put anything in the place of a row, or of a function: other types,
nothing at all, a thousand rows for one. All that comes from it passes here first, so that what
reads it may rely on its shape, and on nothing else.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

from reintegrate_cli.catalogue import SCHEMA
from reintegrate_cli.core.errors import newer
from reintegrate_cli.core.lean import msgspec
from reintegrate_cli.server import schema
from reintegrate_cli.server.heads import damaged

T = TypeVar("T")

Rows = Sequence[tuple[Any, ...]]


class Opening(NamedTuple):
    """What ``opening`` answers: nothing is known of who says so."""

    format: int | None
    schema: int | None
    header: bytes | None
    turn: int | None
    head: bytes | None
    system: str | None
    timeline: str | None


class HeadRow(NamedTuple):
    """The head of a scope, as the server has it."""

    scope: bytes
    turn: int
    body: bytes


def taken(kind: type[T], rows: Rows) -> list[T]:
    """Return rows of a kind.

    Args:
        kind: a named tuple, whose fields say what the columns have to be.
        rows: what the server answered.

    Raises:
        Damaged: they are something else.
    """
    try:
        return msgspec.convert(rows, list[kind], builtin_types=(bytes,))  # type: ignore[valid-type]
    except (msgspec.ValidationError, RecursionError):
        raise damaged() from None


def one(kind: type[T], rows: Rows) -> T:
    """Return the one row that was asked for.

    Raises:
        Damaged: there is another number of them, or it is something else.
    """
    found = taken(kind, rows)
    if len(found) != 1:
        raise damaged()
    return found[0]


def value(kind: type[T], rows: Rows) -> T:
    """Return the one value that was asked for.

    Raises:
        Damaged: there is another number of them, or it is something else.
    """
    return one(tuple[kind], rows)[0]  # type: ignore[valid-type]


def header_in(opening: Opening) -> bytes:
    """Return the header of a vault, which nothing seals, from what a server says of it.

    Raises:
        Settings: there is no vault, or a newer program wrote it.
    """
    if opening.format is None or opening.schema is None or opening.header is None:
        raise schema.no_vault()
    schema.check(opening.format)
    if opening.schema > SCHEMA:
        raise newer()
    return opening.header
