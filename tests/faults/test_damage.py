"""Damaged, forged and hostile files: each is refused, and never read as other data."""

import hashlib
import json
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forger import (
    DIRECTORY,
    SEGMENT,
    TXN,
    Piece,
    base_of,
    chain_start,
    header_of,
    header_start,
    opened,
    pieces_of,
    put_together,
    raw_start,
    sealed,
    start_of,
    unproven,
)
from narrow import narrow, reminder_bundle, replace_slots, reviewer_bundle
from reintegrate_cli import keys, vault
from reintegrate_cli.core.errors import Damaged, Problem, Settings
from reintegrate_cli.keys import Bundle
from reintegrate_cli.vault import VaultDB, VaultStorage, anchor
from reintegrate_cli.vault.format import Sealer
from thoroughness import LONG

CASES, STAFF, HISTORY, DUE, LEDGER = 1, 8, 48, 64, 66


@dataclass
class Made:
    """A vault with a base and some units of work after it, and what it was before the last."""

    path: Path
    bundle: Bundle
    older: bytes
    whole: bytes
    older_epoch: bytes


def new_vault(path: Path, bundle: Bundle, store_id: str) -> None:
    slots = [keys.make_slot("file", b"k" * 32, bundle, store_id)]
    vault.create(path, bundle, slots, store_id=store_id)


def write_case(path: Path, bundle: Bundle, ref: str) -> bytes:
    db = VaultDB(path, bundle)
    with db.transaction():
        db.table("cases").insert({"ref": ref})
        db.table("due").truncate()
        db.table("due").insert({"id": f"due-{ref}"})
        db.vault.append("history", {"ref": ref})
        db.vault.append("ledger", {"day": ref})
    db.close()
    return path.read_bytes()


def everything(path: Path, bundle: Bundle) -> dict[str, Any]:
    store = VaultStorage(path, bundle)
    try:
        return {name: store.table(name) for name in store.names()}
    finally:
        store.close()


@pytest.fixture
def made(tmp_path: Path) -> Made:
    path, bundle = tmp_path / "caseload.vault", keys.new_bundle("okafor")
    new_vault(path, bundle, keys.new_store_id())
    older_epoch = write_case(path, bundle, "HX4T")
    db = VaultDB(path, bundle)
    db.table("staff").insert({"slug": "okafor"})
    with vault.lock(path):
        db.vault.write_anew()
    db.close()
    write_case(path, bundle, "KPQ7")
    older = write_case(path, bundle, "B9RW")
    return Made(path, bundle, older, write_case(path, bundle, "ZZZZ"), older_epoch)


def write_over(path: Path, data: bytes) -> None:
    """Write in place, as damage does; quicker than a new file, and there are thousands."""
    path.write_bytes(data)


def forget_anchor(path: Path) -> None:
    """Leave the file as it is on another machine: nothing there knows what was acknowledged."""
    anchor.file_of(path).unlink()


def test_every_flipped_bit_is_damage(made: Made) -> None:
    with made.path.open("r+b", buffering=0) as file:
        for at, byte in enumerate(made.whole):
            for bit in range(8) if LONG else (at % 8,):
                file.seek(at)
                file.write(bytes([byte ^ 1 << bit]))
                with pytest.raises(Damaged):
                    everything(made.path, made.bundle)
            file.seek(at)
            file.write(bytes([byte]))
    assert len(everything(made.path, made.bundle)["cases"]) == 4


def test_without_an_anchor_a_flipped_bit_is_damage_or_costs_the_last_frame_alone(
    made: Made,
) -> None:
    states = [contents_of(made, data) for data in (made.older, made.whole)]
    forget_anchor(made.path)
    shorter = 0
    for at, byte in enumerate(made.whole):
        spoiled = made.whole[:at] + bytes([byte ^ 1 << at % 8]) + made.whole[at + 1 :]
        write_over(made.path, spoiled)
        try:
            assert everything(made.path, made.bundle) == states[0]
            shorter += 1
        except Damaged:
            assert at < len(made.whole)
        else:
            assert at >= len(made.older)
    assert shorter == len(made.whole) - len(made.older)


def contents_of(made: Made, data: bytes) -> dict[str, Any]:
    other = made.path.with_name("other.vault")
    other.write_bytes(data)
    other.chmod(0o600)
    found = everything(other, made.bundle)
    other.unlink()
    return found


def test_every_truncation_is_damage_where_the_anchor_is(made: Made) -> None:
    for end in range(len(made.whole)):
        write_over(made.path, made.whole[:end])
        with pytest.raises(Damaged):
            VaultStorage(made.path, made.bundle)


def test_without_an_anchor_a_truncation_is_damage_or_a_shorter_acknowledged_prefix(
    made: Made,
) -> None:
    forget_anchor(made.path)
    counts = set()
    for end in range(len(made.whole)):
        write_over(made.path, made.whole[:end])
        try:
            counts.add(len(everything(made.path, made.bundle)["cases"]))
        except Damaged:
            assert end < len(made.older)
    assert counts == {1, 2, 3}


@pytest.mark.parametrize("more", [b"\x00", b"\xff" * 600, os.urandom(90)])
@pytest.mark.parametrize("anchored", [True, False])
def test_a_tail_that_was_never_whole_is_set_aside_and_nothing_is_lost(
    made: Made, more: bytes, anchored: bool
) -> None:
    if not anchored:
        forget_anchor(made.path)
    write_over(made.path, made.whole + more)
    store = VaultStorage(made.path, made.bundle)
    assert store.torn == len(more)
    assert len(store.table("cases")) == 4
    assert made.path.read_bytes() == made.whole + more  # who reads changes nothing
    write_case(made.path, made.bundle, "NEXT")
    assert len(everything(made.path, made.bundle)["cases"]) == 5
    assert made.path.read_bytes().startswith(made.whole)
    assert VaultStorage(made.path, made.bundle).torn == 0
    assert made.path.with_name(f"{made.path.name}.torn").read_bytes() == more


def test_a_tail_that_holds_a_right_frame_is_damage_whether_or_not_it_is_anchored(
    made: Made,
) -> None:
    middle = len(made.older)
    spoiled = made.whole[: middle - 60] + bytes(8) + made.whole[middle - 52 :]
    write_over(made.path, spoiled)
    for _ in range(2):
        with pytest.raises(Damaged):
            VaultStorage(made.path, made.bundle)
        anchor.file_of(made.path).unlink(missing_ok=True)
    assert made.path.read_bytes() == spoiled


@pytest.mark.parametrize("which", ["older", "older_epoch"])
def test_an_older_file_put_back_whole_is_noticed_where_it_was_written(
    made: Made, which: str
) -> None:
    write_over(made.path, getattr(made, which))
    with pytest.raises(Damaged, match="older"):
        VaultStorage(made.path, made.bundle)
    with pytest.raises(Damaged, match="older"):
        write_case(made.path, made.bundle, "NEXT")
    forget_anchor(made.path)
    assert everything(made.path, made.bundle)["cases"]


def test_two_copies_that_went_on_apart_are_told_from_each_other(made: Made, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / made.path.name
    other.parent.mkdir()
    other.write_bytes(made.older)
    other.chmod(0o600)
    longer = write_case(other, made.bundle, "NEXT")
    for foreign in (longer, write_case(other, made.bundle, "MORE")):
        write_over(made.path, foreign)
        with pytest.raises(Damaged, match="older"):
            VaultStorage(made.path, made.bundle)
    db = VaultDB(other, made.bundle)
    with vault.lock(other):
        db.vault.write_anew()
    write_over(made.path, other.read_bytes())  # a later epoch, made from what was never here
    with pytest.raises(Damaged, match="older"):
        VaultStorage(made.path, made.bundle)
    db.close()


def test_one_torn_place_of_the_anchor_leaves_the_other(made: Made) -> None:
    file = anchor.file_of(made.path)
    whole = file.read_bytes()
    for at in range(len(whole)):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        known = anchor.read(made.path)
        assert known is not None
        assert known.generation in (5, 6)
        assert everything(made.path, made.bundle)["cases"]
    for spoiled in (b"", b"x" * 900, whole[:300]):
        file.write_bytes(spoiled)
        assert everything(made.path, made.bundle)["cases"]
        assert write_case(made.path, made.bundle, f"N{len(spoiled)}")
        assert anchor.read(made.path) is not None


def test_a_damaged_vault_is_never_written_over(made: Made) -> None:
    slots = vault.read_header(made.path).slots
    spoiled = made.whole[:-40] + bytes(8) + made.whole[-32:]
    write_over(made.path, spoiled)
    with pytest.raises(Damaged):
        replace_slots(made.path, made.bundle, slots)
    with pytest.raises(Damaged):
        write_case(made.path, made.bundle, "NEXT")
    assert made.path.read_bytes() == spoiled


# Forgery, with code of its own for the layout, so that it is tested against its description.


def without(piece: Piece, table: int) -> Piece:
    return replace(piece, parts={n: p for n, p in piece.parts.items() if n != table})


def having(piece: Piece, **parts: bytes) -> Piece:
    more = {int(name.lstrip("t")): part for name, part in parts.items()}
    return replace(piece, parts=dict(sorted({**piece.parts, **more}.items())))


def renumbered(pieces: list[Piece]) -> list[Piece]:
    return [replace(piece, sequence=at) for at, piece in enumerate(pieces)]


Change = Callable[[list[Piece]], list[Piece]]
FORGERIES: dict[str, Change] = {
    "the first unit dropped": lambda now: renumbered([now[0], *now[2:]]),
    "a unit in the middle dropped": lambda now: renumbered([*now[:2], *now[3:]]),
    "two units swapped": lambda now: renumbered([now[0], now[2], now[1], *now[3:]]),
    "a unit twice": lambda now: renumbered([*now, now[-1]]),
    "numbers that skip one": lambda now: [*now[:-1], replace(now[-1], sequence=9)],
    "a number twice": lambda now: [*now[:-1], replace(now[-1], sequence=now[-2].sequence)],
    "no directory": lambda now: now[1:],
    "the directory twice": lambda now: [now[0], *now],
    "a directory at the end": lambda now: [*now, now[0]],
    "a table left out of the directory": lambda now: [without(now[0], CASES), *now[1:]],
    "a full table emptied in the directory": lambda now: [
        having(now[0], t1=now[0].parts[64]),
        *now[1:],
    ],
    "a table's part under another table": lambda now: [
        *now[:-1],
        having(without(now[-1], STAFF), t8=now[-1].parts[CASES]),
    ],
    "two tables' parts swapped": lambda now: [
        *now[:-1],
        having(now[-1], t1=now[-1].parts[HISTORY], t48=now[-1].parts[CASES]),
    ],
    "a part left out of the last unit": lambda now: [*now[:-1], without(now[-1], HISTORY)],
    "a part left out of a unit in the middle": lambda now: [
        *now[:-2],
        without(now[-2], CASES),
        now[-1],
    ],
    "a part of an earlier unit": lambda now: [*now[:-1], having(now[-1], t1=now[-2].parts[CASES])],
    "a part of the directory in a unit": lambda now: [
        *now[:-1],
        having(now[-1], t1=now[0].parts[CASES]),
    ],
    "a part of a unit in the directory": lambda now: [
        having(now[0], t1=now[-1].parts[CASES]),
        *now[1:],
    ],
    "a table that has no name": lambda now: [*now[:-1], having(now[-1], t200=now[-1].parts[CASES])],
    "a part that is too short": lambda now: [*now[:-1], having(now[-1], t1=b"x" * 27)],
    "a part that is shorter than it was": lambda now: [
        *now[:-1],
        having(now[-1], t1=now[-1].parts[CASES][:-1]),
    ],
    "tables in another order": lambda now: [
        *now[:-1],
        replace(now[-1], parts=dict(sorted(now[-1].parts.items(), reverse=True))),
    ],
    "an unknown kind of frame": lambda now: [*now[:-1], replace(now[-1], kind=7)],
    "nothing at all": lambda now: [],
}


HOLDERS = {
    "cron's key": reminder_bundle,
    "a reviewer's": reviewer_bundle,
    "all of it": lambda bundle: bundle,
}
"""Who forges. With a full key every proof is right, and parts are still bound to their places."""


@pytest.mark.parametrize("holder", HOLDERS.values(), ids=HOLDERS)
@pytest.mark.parametrize("change", FORGERIES.values(), ids=FORGERIES)
def test_a_thief_of_the_reminder_key_can_cut_the_end_and_nothing_else(
    made: Made, change: Change, holder: Callable[[Bundle], Bundle]
) -> None:
    forget_anchor(made.path)
    thief = holder(made.bundle)
    forge = lambda pieces: put_together(  # noqa: E731
        header_of(made.whole),
        base_of(made.whole),
        unproven(pieces) if thief.full else pieces,
        thief,
    )
    write_over(made.path, forge(change(pieces_of(made.whole))))
    with pytest.raises(Damaged):
        everything(made.path, made.bundle)
    write_over(made.path, forge(pieces_of(made.whole)))  # so that it is not the forger's fault
    assert len(everything(made.path, made.bundle)["cases"]) == 4


@pytest.mark.parametrize("holder", HOLDERS.values(), ids=HOLDERS)
def test_a_thief_of_the_reminder_key_cannot_rewrite_the_past_of_its_own_tables(
    made: Made, holder: Callable[[Bundle], Bundle]
) -> None:
    forget_anchor(made.path)
    thief = holder(made.bundle)
    if not thief.opens("reminder"):
        thief = reminder_bundle(made.bundle)
    forge = lambda pieces: put_together(  # noqa: E731
        header_of(made.whole),
        base_of(made.whole),
        unproven(pieces) if thief.full else pieces,
        thief,
    )
    pieces = pieces_of(made.whole)
    stands = forge(pieces[:1])[-32:] + bytes(sorted(pieces[1].parts))
    sealer = Sealer(vault.read_header(made.path), thief)
    part = sealer.seal(TXN, 1, LEDGER, b'{"put":{"2":{"day":"forged"}},"del":[]}', stands)
    forged = [pieces[0], having(pieces[1], t66=part), *pieces[2:]]
    write_over(made.path, forge(forged))
    with pytest.raises(Damaged):
        everything(made.path, made.bundle)
    # Whoever cuts the end off as well still cannot prove what is new in it.
    write_over(made.path, forge(forged[:2]))
    if thief.full:
        assert {"day": "forged"} in everything(made.path, made.bundle)["ledger"].values()
    else:
        with pytest.raises(Damaged):
            everything(made.path, made.bundle)


@pytest.mark.parametrize("change", FORGERIES.values(), ids=FORGERIES)
def test_who_has_no_key_can_change_nothing_at_all(made: Made, change: Change) -> None:
    pieces = change(pieces_of(made.whole))
    header, base = header_of(made.whole), base_of(made.whole)
    nobody = reminder_bundle(keys.new_bundle("nobody"))
    forged = put_together(header, base, pieces, nobody)
    for bundle in (made.bundle, narrow(made.path, made.bundle)):
        write_over(made.path, forged)
        with pytest.raises(Damaged):
            everything(made.path, bundle)


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": 1},
        {"epoch": 7},
        {"salt": "00" * 16},
        {"store": "00" * 16},
        {"base": "0" * 15 + "1"},
        {"after": [1, 1, "00" * 32]},
        {"signer": "00" * 60},
    ],
    ids=["schema", "epoch", "salt", "store", "base", "after", "signer"],
)
def test_a_thief_of_the_reminder_key_cannot_change_what_the_header_says(
    made: Made, changes: dict[str, Any]
) -> None:
    header = {**header_of(made.whole), **changes}
    readers = [made.bundle, narrow(made.path, made.bundle)]
    forget_anchor(made.path)
    for holder in (reminder_bundle(made.bundle), reviewer_bundle(made.bundle)):
        forged = put_together(header, base_of(made.whole), pieces_of(made.whole), holder)
        for reader in readers:
            write_over(made.path, forged)
            with pytest.raises(Damaged):
                everything(made.path, reader)


def test_a_header_that_nobody_with_a_key_wrote_is_damage(made: Made) -> None:
    header = header_of(made.whole)
    header["slots"] = [{**header["slots"][0], "id": "00000000"}]
    start = raw_start(json.dumps(header).encode())
    rest = made.whole[len(start_of(made.whole)) :]
    readers = [made.bundle, narrow(made.path, made.bundle)]
    for data in (start + rest, start):
        write_over(made.path, data)
        for reader in readers:
            with pytest.raises(Damaged):
                VaultStorage(made.path, reader)
    forget_anchor(made.path)
    right = put_together(header, base_of(made.whole), [], made.bundle) + rest
    write_over(made.path, right)  # a full key writes the frames anew, or they follow from another
    with pytest.raises(Damaged):
        VaultStorage(made.path, made.bundle)


def test_a_directory_without_a_table_is_damage_whoever_wrote_it(made: Made) -> None:
    header, pieces = header_of(made.whole), pieces_of(made.whole)
    start = header_start(header, made.bundle)
    before = chain_start(header, start, made.bundle.chain_key)
    for left_out, refused in ((set(), False), ({CASES}, True), ({DUE}, True)):
        parts = {n: part for n, part in pieces[0].parts.items() if n not in left_out}
        old, new = (before + bytes(sorted(tables)) for tables in (pieces[0].parts, parts))
        parts = {
            n: sealed(
                header,
                made.bundle,
                (DIRECTORY, 0, n),
                opened(header, made.bundle, (DIRECTORY, 0, n), part, old),
                new,
            )
            for n, part in parts.items()
        }
        forget_anchor(made.path)
        write_over(
            made.path,
            put_together(header, base_of(made.whole), [Piece(DIRECTORY, 0, parts)], made.bundle),
        )
        anchor.file_of(made.path).touch(0o600)
        if refused:
            with pytest.raises(Damaged):
                VaultStorage(made.path, made.bundle)
        else:
            assert everything(made.path, made.bundle)["cases"]


def test_segments_in_each_others_place_are_damage(made: Made) -> None:
    db = VaultDB(made.path, made.bundle)
    filler = "x" * 5000
    db.table("tasks").insert_multiple({"id": n, "text": filler} for n in range(14))
    with vault.lock(made.path):
        db.vault.write_anew()
    data = made.path.read_bytes()
    base, start = base_of(data), len(start_of(data))
    found = db.vault._journal._segments("tasks")[0]
    assert len(found) == 2
    first, second = (base[s.offset - start : s.offset - start + s.length] for s in found)
    swapped = base.replace(first, b"1" * len(first)).replace(second, first)
    assert len(first) == len(second)
    write_over(made.path, data.replace(base, swapped.replace(b"1" * len(first), second)))
    assert len(everything_but(made, "tasks")) > 3  # nothing else is opened for it
    with pytest.raises(Damaged):
        everything(made.path, made.bundle)


def everything_but(made: Made, left_out: str) -> list[str]:
    store = VaultStorage(made.path, made.bundle)
    return [name for name in store.names() if name != left_out and store.table(name)]


def test_a_frame_of_another_vault_with_the_same_data_key_is_damage(
    made: Made, tmp_path: Path
) -> None:
    other = tmp_path / "other.vault"
    new_vault(other, made.bundle, keys.new_store_id())
    foreign = pieces_of(write_case(other, made.bundle, "HX4T"))
    mine = pieces_of(made.whole)
    forget_anchor(made.path)
    for table in (CASES, HISTORY, DUE, LEDGER):
        mixed = [*mine[:-1], having(mine[-1], **{f"t{table}": foreign[-1].parts[table]})]
        forged = put_together(
            header_of(made.whole), base_of(made.whole), unproven(mixed), made.bundle
        )
        write_over(made.path, forged)
        with pytest.raises(Damaged):
            everything(made.path, made.bundle)


NONSENSE = [
    b"",
    b"nonsense",
    b"[]",
    b"null",
    b"7",
    b"[" * 5000,
    b'{"a": ',
    b"\xff",
    b'{"put": {"x": {}}}',
    b'{"put": {"1": [}}',
    b'{"del": [7]}',
    b'{"segments": [["1", "1", 1, 9]]}',
    b'{"start": 0, "last": "1", "segments": 7}',
    b'{"start": 0, "last": "1", "segments": [["a", "1", 1, 9]]}',
    b'{"start": 0, "last": "1", "segments": [["1", "1", 1, 99999999]]}',
    b'{"start": 0, "last": "1", "segments": [["1", "1", 1, -9]]}',
    b'{"start": 1180591620717411303424, "last": "1", "segments": [["1", "1", 1, 1]]}',
    b'{"start": -99, "last": "1", "segments": [["1", "1", 1, 1]]}',
    b'{"put": {"1": 7}}',
    b'{"put": {"1": {"a": "\\ud800"}}}',
]


@pytest.mark.parametrize("body", NONSENSE)
@pytest.mark.parametrize("kind", [TXN, DIRECTORY])
def test_a_part_sealed_over_nonsense_is_damage(made: Made, body: bytes, kind: int) -> None:
    pieces, header = pieces_of(made.whole), header_of(made.whole)
    at = 0 if kind == DIRECTORY else len(pieces) - 1
    pieces = unproven(pieces)
    forged = put_together(header, base_of(made.whole), pieces[:at], made.bundle)
    start = header_start(header, made.bundle)
    before = forged[-32:] if at else chain_start(header, start, made.bundle.chain_key)
    sealer = Sealer(vault.read_header(made.path), made.bundle)
    part = sealer.seal(kind, at, DUE, body, before + bytes(sorted({*pieces[at].parts, DUE})))
    hostile = [*pieces[:at], having(pieces[at], t64=part)]
    forget_anchor(made.path)
    write_over(made.path, put_together(header, base_of(made.whole), hostile, made.bundle))
    try:
        found = VaultStorage(made.path, made.bundle).table("due")
    except Damaged:
        pass
    else:
        assert body in (b"{}", b"")
        assert found


def test_a_segment_sealed_over_nonsense_is_damage(made: Made) -> None:
    header = header_of(made.whole)
    sealer = Sealer(vault.read_header(made.path), made.bundle)
    first = pieces_of(made.whole)[0]
    forget_anchor(made.path)
    for body in (b"", b"[]", b'{"x": {}}', b'{"1": '):
        segment = sealer.seal(SEGMENT, 0, DUE, body)
        header["base"] = f"{len(segment):016x}"
        start = header_start(header, made.bundle)
        where = chain_start(header, start, made.bundle.chain_key) + bytes(sorted(first.parts))
        said = {
            "start": 0,
            "last": "9",
            "segments": [["1", "9", 1, len(segment)]],
            "digests": [hashlib.sha256(segment).hexdigest()],
        }
        part = sealer.seal(DIRECTORY, 0, DUE, json.dumps(said).encode(), where)
        forged = put_together(header, segment, unproven([having(first, t64=part)]), made.bundle)
        write_over(made.path, forged)
        with pytest.raises(Damaged):
            VaultStorage(made.path, made.bundle).table("due")


# Headers.


def test_a_newer_program_is_said_to_be_newer_and_nothing_is_written(made: Made) -> None:
    body = made.whole[16 : 16 + struct.unpack_from(">I", made.whole, 12)[0]]
    rest = made.whole[len(start_of(made.whole)) :]
    newer = json.dumps({"schema": vault.SCHEMA + 1, "slots": [{"kind": "recipient"}]}).encode()
    for start in (raw_start(body, 4), raw_start(b"\x00", 9), raw_start(newer)):
        write_over(made.path, start + rest)
        for attempt in (
            lambda: vault.read_header(made.path),
            lambda: VaultStorage(made.path, made.bundle),
            lambda: replace_slots(made.path, made.bundle, []),
        ):
            with pytest.raises(Settings, match="newer version") as problem:
                attempt()
            assert "upgrade" in problem.value.hint
        assert made.path.read_bytes() == start + rest


SLOT = {"id": "00" * 4, "kind": "file", "kdf": {}, "nonce": "00" * 12, "wrapped": "00" * 64}
HEADER = {
    "store": "00" * 16,
    "epoch": 1,
    "salt": "00" * 16,
    "schema": 2,
    "base": "0" * 16,
    "after": None,
    "signer": "00" * 60,
    "slots": [SLOT],
}
KDF = {"t": 3, "m": 65536, "p": 4, "salt": "00" * 16}


def slot(**changes: Any) -> dict[str, Any]:
    return {"slots": [{**SLOT, **changes}]}


@pytest.mark.parametrize(
    "changes",
    [
        {"store": 1},
        {"store": "00"},
        {"store": None},
        {"store": "zz" * 16},
        {"epoch": -1},
        {"epoch": 2**40},
        {"epoch": 1.5},
        {"epoch": True},
        {"salt": []},
        {"schema": "1"},
        {"schema": -1},
        {"base": 0},
        {"after": 7},
        {"after": [1, 2]},
        {"after": [1, 2, "00"]},
        {"signer": "00"},
        {"signer": None},
        {"base": "0"},
        {"base": None},
        {"slots": {}},
        {"slots": []},
        {"slots": [SLOT] * 65},
        {"slots": [7]},
        {"slots": "slots"},
        slot(kind="other"),
        slot(kind=[]),
        slot(kind=None),
        slot(id="00"),
        slot(kdf=None),
        slot(kdf={"t": 1}),
        slot(kdf=[]),
        slot(nonce="00"),
        slot(wrapped=1),
        slot(wrapped="0"),
        slot(kind="passphrase"),
        slot(kind="passphrase", kdf={**KDF, "m": 2**31}),
        slot(kind="passphrase", kdf={**KDF, "t": 10**9}),
    ],
    ids=str,
)
def test_a_header_of_the_wrong_shape_is_damage(tmp_path: Path, changes: dict[str, Any]) -> None:
    path = tmp_path / "v.vault"
    path.touch(0o600)
    path.write_bytes(raw_start(json.dumps(HEADER).encode()) + bytes(32))
    assert vault.read_header(path).epoch == 1
    path.write_bytes(raw_start(json.dumps({**HEADER, **changes}).encode()) + bytes(32))
    with pytest.raises(Damaged):
        vault.read_header(path)


def test_a_header_that_is_no_json_or_longer_than_the_file_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "v.vault"
    path.touch(0o600)
    hostile = [raw_start(body) for body in (b"", b"[" * 60_000, b"\xff", b"9" * 60_000, b"{}")]
    hostile += [raw_start(b"{}", length=size) for size in (0, 1, 3, 2**16, 2**32 - 1)]
    hostile += [raw_start(b" " * 70_000), b"RNTGVLT\n", b"", b"x", os.urandom(100)]
    for data in hostile:
        path.write_bytes(data)
        with pytest.raises(Damaged):
            vault.read_header(path)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
fields = {name: st.just(value) | json_values for name, value in HEADER.items()}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.fixed_dictionaries({}, optional=fields) | json_values, st.binary(max_size=80))
def test_whatever_a_file_holds_only_a_problem_comes_of_it(
    tmp_path: Path, header: Any, rest: bytes
) -> None:
    path = tmp_path / "v.vault"
    path.touch(0o600)
    path.write_bytes(raw_start(json.dumps(header).encode()) + rest)
    try:
        VaultStorage(path, keys.new_bundle("okafor"))
    except Problem as problem:
        assert isinstance(problem, Damaged | Settings)  # noqa: PT017 - either, and no other
    else:
        raise AssertionError("a file without its tag was opened")


def looks_like_a_frame(length: int, sequence: int, kind: int = TXN) -> bytes:
    return struct.pack(">IIQBB", length, length ^ 0xFFFF_FFFF, sequence, kind, 0)


@pytest.mark.parametrize("anchored", [True, False])
@pytest.mark.parametrize(
    ("tail", "is_torn"),
    [
        # Each of its 512 KB could begin a frame that reaches to the end, by its length alone.
        (b"".join(looks_like_a_frame(0x8000 + at, 2**40 + at) for at in range(29_000)), True),
        (bytes(4 * 2**20), True),
        (b"\x00\x00\x00\x00\xff\xff\xff\xff" * 65_536, True),
        (os.urandom(600_000), True),
        # By its number too: so much of it is tried, and then it is left as it is.
        (b"".join(looks_like_a_frame(0x7_0000, 5) for _ in range(29_000)), False),
    ],
    ids=["lengths", "zeros", "alternating", "random", "numbers"],
)
def test_a_tail_is_looked_through_within_a_budget(
    made: Made, monkeypatch: pytest.MonkeyPatch, tail: bytes, is_torn: bool, anchored: bool
) -> None:
    from reintegrate_cli.vault import format as form

    tried, chained = [], form._chained
    monkeypatch.setattr(
        form, "_chained", lambda whole, *keys: tried.append(len(whole)) or chained(whole, *keys)
    )
    if not anchored:
        forget_anchor(made.path)
    write_over(made.path, made.whole + tail)
    if is_torn or anchored:  # the anchor knows that nothing was acknowledged there
        assert VaultStorage(made.path, made.bundle).torn == len(tail)
    else:
        with pytest.raises(Damaged):
            VaultStorage(made.path, made.bundle)
    # Besides, the bytes right behind the last frame are read as one, and looked at as a damaged one.
    assert sum(tried) <= form.MOST_TRIED + 3 * len(made.whole) + 2 * len(tail)
    write_over(made.path, made.whole)


def test_a_unit_of_work_behind_something_that_was_put_in_is_damage_not_a_tail(made: Made) -> None:
    forget_anchor(made.path)
    last = made.whole[len(made.older) :]
    write_over(made.path, made.older + b"put in" + last)
    with pytest.raises(Damaged):
        VaultStorage(made.path, made.bundle)
