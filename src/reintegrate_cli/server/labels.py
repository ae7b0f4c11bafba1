"""Labels: what is said of some rows together, so that they are checked without all the others.

The rows of a case have one label, and are read with it and with each other. The rows of no case
are labeled by shares: 64 numbers together, or by their names where they have no number. Such a row
is read alone: the label of its share has a mark of each row in it, and so says which of them
there are, and which version of each is the last. Labels are the office's for all shares, whoever
opens the rows. They are summed in the head of their scope, by bins, and never go.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

from reintegrate_cli.catalogue import TABLES
from reintegrate_cli.core.lean import msgspec
from reintegrate_cli.keys import Bundle
from reintegrate_cli.server.answers import taken
from reintegrate_cli.server.heads import (
    Head,
    Mark,
    Sum,
    Sums,
    Top,
    damaged,
    label_bin,
    mark_of,
    number_in,
)
from reintegrate_cli.server.said import Said, Summed
from reintegrate_cli.server.sealing import LABEL, OFFICE, Folded, Sealed, Seals, bin_at, is_shared
from reintegrate_cli.server.sheets import Query

Pair = tuple[Sealed | None, Sealed | None]
"""What goes, and what comes in its place."""


class Label(msgspec.Struct):
    """What is said of a case, or of a share."""

    sum: Sum
    """What the rows of a case come to."""
    last: dict[str, int] = {}
    """By the number of a table, the last number that was given in a case."""
    rows: dict[str, str] = {}
    """By the key of each row of a share, its mark."""


class Marks:
    """What makes the marks of rows in the labels of shares."""

    def __init__(self, seals: Seals) -> None:
        self._sums = Sums(seals, OFFICE, Head())

    def of(self, rows: Mapping[Folded, Sealed]) -> dict[str, str]:
        """Return the marks of rows, as a label has them."""
        return {_said(key): self._sums.told(mark_of(row)) for key, row in rows.items()}


def _said(key: Folded) -> str:
    return "/".join(key)


def label_row(
    seals: Seals, part: bytes, scope: bytes, turn: int, key: Folded, label: Label
) -> Sealed:
    """Seal the label of a case, or of a share."""
    place = Sealed(LABEL, seals.label(part), scope, part, bin_at(part), turn, b"")
    return seals.seal("", place, key, msgspec.json.encode(label))


def bins_of(parts: Mapping[bytes, bytes | None]) -> set[Summed]:
    """Return where the labels of some parts are summed; nothing if one could be of any scope."""
    if None in parts.values():
        return set()
    return {(scope, label_bin(part)) for part, scope in parts.items() if scope is not None}


def as_asked(bins: Collection[Summed]) -> list[Any]:
    """Return some bins as the server is asked for them: their scopes, and their numbers."""
    return [[scope for scope, _ in bins], [number_in(name) for _, name in bins]]


def is_mark(row: Sealed) -> bool:
    """Return whether it is no row but the mark of a label, which was asked for with rows."""
    return row.tab == LABEL and row.at is None


class Labels(Said):
    """What labels say of what is read, as one transaction sees it.

    Args:
        query: asks the server, in one transaction.
        bundle: what the key at hand opens.
    """

    def __init__(self, query: Query, bundle: Bundle) -> None:
        super().__init__(query, bundle)
        self._labels: dict[bytes, tuple[Sealed, Label]] = {}

    @cached_property
    def _marks(self) -> Marks:
        return Marks(self.seals)

    def label(self, part: bytes) -> tuple[Sealed, Label] | None:
        """Return the label of a case or of a share, if it was read."""
        return self._labels.get(part)

    def given_in(self, case: str) -> dict[str, int]:
        """Return by the number of a table the last number that was given in a case."""
        label = self._labels.get(self.seals.case(case))
        return {**label[1].last} if label else {}

    def _take_label(self, row: Sealed) -> None:
        opened = self.seals.open("", row)
        if opened is None:
            raise damaged()
        self._labels[row.part] = (row, msgspec.json.decode(opened[1], type=Label))

    def _check_part(self, part: bytes, rows: Sequence[Sealed]) -> None:
        """Require that these are the rows of a case, and none is another."""
        label = self._labels.get(part)
        if label is None:
            if rows:
                raise damaged()
            return
        sealed, said = label
        sums = Sums(self.seals, sealed.scope, Head(sums={"": said.sum}))
        scopes = {row.scope for row in rows}
        if scopes - {sealed.scope} or not sums.agree("", map(mark_of, rows)):
            raise damaged()

    def _check_share(self, part: bytes, rows: Mapping[Folded, Sealed | None]) -> None:
        """Require that what there is of some rows of a share is what its label says of them."""
        said = self._said_of(part)
        there = self._marks.of({key: row for key, row in rows.items() if row is not None})
        wanted = {name: said[name] for name in map(_said, rows) if name in said}
        if there != wanted:
            raise damaged()

    def _check_whole_share(self, part: bytes, rows: Mapping[Folded, Sealed]) -> None:
        """Require that these are the rows of a share, and none is another."""
        if self._marks.of(rows) != self._said_of(part):
            raise damaged()

    def _said_of(self, share: bytes) -> Mapping[str, str]:
        label = self._labels.get(share)
        return label[1].rows if label else {}

    def _check_labels(
        self, parts: Mapping[bytes, bytes | None], marks: Sequence[Mark] | None = None
    ) -> None:
        """Require that the labels of some parts are the last there were, and that none is gone.

        One that is there has its place in its scope; one that is not has none in any.

        Args:
            parts: the parts, each with the scope that its label has to be of, if there is but one.
            marks: the marks of all labels in their bins, if they were read with the labels.
        """
        read = {part: mark_of(self._labels[part][0]) for part in parts if part in self._labels}
        if any(parts[part] not in (None, mark.scope) for part, mark in read.items()):
            raise damaged()
        places = {(mark.scope, label_bin(part)) for part, mark in read.items()}
        places |= {(scope, label_bin(part)) for part, scope in parts.items() if scope is not None}
        bins = {
            label_bin(part) for part, scope in parts.items() if scope is None and part not in read
        }
        places |= {one for one in self._names_of(LABEL) if one[1] in bins}
        if marks is None:
            ask = "SELECT * FROM reintegrate.labels(%s::bytea[], %s::bigint[])"
            marks = taken(Mark, self._ask(ask, as_asked(places)))
        if read != {mark.part: mark for mark in marks if mark.part in parts}:
            raise damaged()
        self._agree_marks([(label_bin(mark.part), mark) for mark in marks], places)

    def _agree_marks(self, marks: Iterable[tuple[str, Mark]], wanted: Iterable[Summed]) -> None:
        """Require that rows are all there are under some names, whatever else they are under.

        Args:
            marks: what each row adds, with the name under which it is summed.
            wanted: the scopes and names that were asked for.
        """
        found: dict[Summed, list[Mark]] = {one: [] for one in wanted}
        for name, mark in marks:
            found.setdefault((mark.scope, name), []).append(mark)
        for (scope, name), own in found.items():
            if not (self.seals.opens(scope) and self.sums(scope).agree(name, own)):
                raise damaged()


class Known(Protocol):
    """What has to be known to label shares."""

    seals: Seals
    turn: int
    top: Top

    def label(self, part: bytes) -> tuple[Sealed, Label] | None:
        """Return the label of a case or of a share."""

    def sealed(self, table: str) -> Mapping[Folded, Sealed]:
        """Return a table as the server has it."""


def relabeled(
    known: Known, staged: Mapping[str, Collection[Folded]], put: Iterable[Sealed]
) -> list[Pair]:
    """Return the labels of every share that changes, with those that they take the place of.

    Where an older program wrote the vault, each row of no case is labeled, once and for all.

    Args:
        known: what the vault holds.
        staged: by table, the keys of all that changes.
        put: the rows that come.
    """
    seals = known.seals
    came = {(row.tab, row.key): row for row in put}
    shares: dict[bytes, dict[Folded, Sealed | None]] = {}
    if not known.top.shares:
        for table in filter(is_shared, TABLES):
            for key, row in known.sealed(table).items():
                if (share := seals.share(table, key)) is not None:
                    shares.setdefault(share, {})[key] = row
    for table, keys in staged.items():
        for key in keys:
            if (share := seals.share(table, key)) is not None:
                name = (TABLES[table].number, seals.key_of(table, key))
                shares.setdefault(share, {})[key] = came.get(name)
    marks = Marks(seals)
    return [
        pair
        for share, rows in shares.items()
        if (pair := _pair(known, share, rows, marks)) is not None
    ]


def _pair(
    known: Known, share: bytes, rows: Mapping[Folded, Sealed | None], marks: Marks
) -> Pair | None:
    former, label = known.label(share) or (None, Label(Sum()))
    gone = {_said(key) for key, row in rows.items() if row is None}
    come = marks.of({key: row for key, row in rows.items() if row is not None})
    now = {name: mark for name, mark in {**label.rows, **come}.items() if name not in gone}
    if now == label.rows:
        return None
    said = Label(Sum(), rows=now)
    return former, label_row(known.seals, share, OFFICE, known.turn + 1, (share.hex(),), said)
