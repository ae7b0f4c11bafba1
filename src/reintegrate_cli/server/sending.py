"""Sending what was worked out: the rows and heads of a unit of work, or a whole vault anew."""

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from reintegrate_cli.catalogue import SCHEMA
from reintegrate_cli.core.lean import replace
from reintegrate_cli.keys import Bundle, Signer
from reintegrate_cli.keys.header import Header, Place, encode_header
from reintegrate_cli.server import ledger
from reintegrate_cli.server.heads import Head, Last, Restored, seal_top
from reintegrate_cli.server.sealing import HISTORY, Folded, Seals, number_of
from reintegrate_cli.server.sheets import Query, schools_of, scopes_of
from reintegrate_cli.server.working_out import Emptied, Sent, Staged, Work

LONG = 300.0
"""Seconds for a statement that goes over every entry of who looked at what."""
_BATCH = 2000
"""Rows that go in one statement."""


class Whole(NamedTuple):
    """All that a vault is to hold, and nothing else: the last numbers that were given, too."""

    rows: Staged
    last: Mapping[bytes, Mapping[str, int]]
    """By scope, and by the number of a table whose numbers are not given by cases."""
    given: Mapping[str, Mapping[str, int]]
    """By case, and by the number of a table whose numbers are."""
    taken: Mapping[bytes, Last] = {}
    """By school, the last slip of its tray that was taken over."""


class Past(NamedTuple):
    """Where a vault that is written anew comes from."""

    after: Place | None
    """What was there, if that is known."""
    restored: Restored | None
    """The last time that a copy was put in its place."""
    purged: int = 0
    """The epoch of the last vault that a purge made."""


class Written(NamedTuple):
    """A vault that was written anew: its header, and what is said of all and of the history."""

    header: Header
    top: bytes
    history: Head


def call(query: Query, function: str, *params: object) -> None:
    """Call a function of the schema; what it is given is named with its type."""
    query("SELECT reintegrate." + function, params)


def rename_looks(query: Query, former: Bundle, present: Bundle, cases: Iterable[Folded]) -> None:
    """Let who looked at a case be known by the name that it has under another data key.

    Args:
        query: asks the server, before the vault is written anew.
        former: what it was written with.
        present: what it is to be written with.
        cases: the keys of those that stay; of the others no name is left.
    """
    refs = [key[0] for key in cases]
    names = [[Seals(of, "", "").case(ref) for ref in refs] for of in (former, present)]
    query("SELECT reintegrate.renamed(%s::bytea[], %s::bytea[])", names, seconds=LONG)


def send(query: Query, sent: Sent, turn: int) -> None:
    """Send the rows and the heads of a unit of work; the turn is not said to be over."""
    for at in range(0, len(sent.gone), _BATCH):
        gone = sent.gone[at : at + _BATCH]
        tabs, keys = [row.tab for row in gone], [row.key for row in gone]
        call(query, "gone(%s::smallint[], %s::bytea[])", tabs, keys)
    for at in range(0, len(sent.put), _BATCH):
        columns = [[*column] for column in zip(*sent.put[at : at + _BATCH], strict=True)]
        tab, key, scope, part, ats, _, bodies = columns
        call(
            query,
            "rows_of(%s::smallint[], %s::bytea[], %s::bytea[], %s::bytea[], %s::bigint[],"
            " %s::bytea[], %s)",
            *(tab, key, scope, part, ats, bodies, turn),
        )
    if sent.heads:
        columns = [[*column] for column in zip(*sent.heads, strict=True)]
        call(query, "heads_of(%s::bytea[], %s::bigint[], %s::bytea[])", *columns)


def write_anew(
    query: Query,
    former: Header,
    bundle: Bundle,
    signer: Signer,
    turn: int,
    whole: Whole,
    *,
    past: Past,
    aside: str | None = None,
) -> Written:
    """Put a whole vault in the place of what is there, in new files of the server.

    Args:
        query: asks the server, in the transaction that holds the vault.
        former: what the header is made from: its id, its epoch, and the slots to come.
        bundle: a full bundle; everything is sealed with it, and ``signer`` signs.
        turn: the turn of the vault; nought if there is none.
        whole: what it is to hold.
        past: what it is made from, for the machines that remember that.
        aside: what is there is kept under this name; else it is forgotten.

    Returns:
        How it stands then.
    """
    header = replace(
        former,
        epoch=former.epoch + 1,
        salt=os.urandom(16).hex(),
        schema=SCHEMA,
        base=0,
        after=past.after,
        signer=signer.sealed(bundle, former.store_id),
    )
    start, seals = encode_header(header), Seals(bundle, header.store_id, header.salt)
    schools = schools_of(header.slots, bundle, header.store_id)
    emptied = _emptied(seals, turn, scopes_of(schools), whole)
    emptied.top.restored, emptied.top.purged = past.restored, past.purged
    sent = Work(emptied, whole.rows).worked_out()
    top = sent.top or replace(emptied.top, turn=turn + 1)
    top.header = hashlib.sha256(start).hexdigest()
    sealed = seal_top(seals, top, signer)
    call(query, "written_anew(%s, %s, %s, %s, %s)", SCHEMA, start, turn + 1, sealed, aside)
    send(query, sent, turn + 1)
    return Written(header, sealed, emptied.sums(HISTORY).head)


def _emptied(seals: Seals, turn: int, sheets: Sequence[bytes], whole: Whole) -> Emptied:
    """Return what is known of a vault of which nothing was sent yet."""
    emptied = Emptied(seals, turn, sheets, whole.last, whole.given)
    emptied.top.taken = {scope.hex(): last for scope, last in whole.taken.items()}
    rows = whole.rows.get(ledger.NAME, {})
    begun = max((number_of(ledger.NAME, key) or 0 for key in rows), default=emptied.noted())
    while (str(begun),) in rows:  # back to the first of those that follow on each other
        begun -= 1
    emptied.begun = begun
    return emptied
