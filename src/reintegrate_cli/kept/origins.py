"""Where a history came from that was made in another vault: how it ended, and who signed for it.

An archive says how the history in it ends, and the key that signs for its vault proves that it
said so. A vault that takes it in checks the whole chain, and keeps both as a record for good.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from reintegrate_cli.core.errors import Damaged
from reintegrate_cli.core.records import Public, Record, Ref
from reintegrate_cli.keys import is_signed

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

TABLE = "origins"


class Origin(Record, frozen=True, kw_only=True):
    """Another vault whose history and records were taken in."""

    id: Ref[str]
    on: Public[date]
    store: Public[str]
    """Its random id."""
    entries: Public[int]
    """How many entries its history had."""
    last: Public[str]
    """The chain value of the last of them."""
    public: Public[str] = ""
    """The public half of the key that signed for it; none where the archive did not say."""

    dated = "on"


class Ending(msgspec.Struct, forbid_unknown_fields=True):
    """How the history in an archive ends, and the proof of who says so."""

    last: str
    public: str
    proof: str


def ending(store: "Store", exported_at: str) -> Ending:
    """Say how the history of a vault ends, for an archive of it."""
    number = store.shelf.last_id("history")
    row = store.shelf.get("history", [f"H{number}"]) if number else None
    last, rack = row["chain"] if row else "", store.rack
    digest = _digest(store.shelf.store_id, exported_at, last)
    proof = rack.signer.prove(digest, rack.bundle)
    return Ending(last, rack.public.hex(), proof.hex())


def check(
    rows: Sequence[Mapping[str, Any]], store_id: str, exported_at: str, end: Ending | None
) -> None:
    """Require that the history in an archive is whole, and ends as its vault says.

    Args:
        rows: its entries.
        store_id: the id of the vault that it was made of.
        exported_at: when, as the archive has it.
        end: how it ends; nothing in an archive of an older version, which does not say it.

    Raises:
        Damaged: an entry was changed or left out, or somebody else says how it ends.
    """
    from reintegrate_cli.kept.history import check_chain

    try:
        check_chain(rows)
    except Damaged:
        raise Damaged(
            "the history in the archive does not hold together", hint="nothing of it was taken"
        ) from None
    if end is None:
        return
    last = rows[-1]["chain"] if rows else ""
    try:
        public, proof = bytes.fromhex(end.public), bytes.fromhex(end.proof)
    except ValueError:
        raise _forged() from None
    if end.last != last or not is_signed(_digest(store_id, exported_at, last), proof, public):
        raise _forged()


def _digest(store_id: str, exported_at: str, last: str) -> bytes:
    said = f"the history in an archive\n{store_id}\n{exported_at}\n{last}"
    return hashlib.sha256(said.encode()).digest()


def _forged() -> Damaged:
    return Damaged(
        "the history in the archive does not end as its vault says",
        hint="nothing of it was taken; export it again where it was made",
    )


def chain_of(entry: bytes) -> str:
    """Return the chain value of an entry as an archive has it."""
    chain: str = msgspec.json.decode(entry)["chain"]
    return chain


def note(store: "Store", origin: Origin) -> None:
    """Keep where a history came from, and name it in this unit of work's entry."""
    known = {(one.store, one.last) for one in store.of(Origin).all()}
    if (origin.store, origin.last) not in known:
        store.of(Origin).put(origin)
        store.touch(origin.id)
