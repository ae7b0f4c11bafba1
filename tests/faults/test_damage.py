"""Damaged, forged and hostile files: each is refused, and never read as other data."""

import hashlib
import hmac
import json
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tinydb import TinyDB

from reintegrate_cli import keys, vault
from reintegrate_cli.errors import Damaged, Problem, Settings
from reintegrate_cli.keys import Bundle
from reintegrate_cli.vault import VaultStorage
from reintegrate_cli.vault.format import ROW, SNAPSHOT, Part, Sealer, decode_header, split

CASES, STAFF, HISTORY, DUE, LEDGER = 1, 8, 11, 64, 66


@dataclass
class Made:
    """A vault with some history, and what stood in it a unit of work before."""

    path: Path
    bundle: Bundle
    older: bytes
    whole: bytes


def opened(path: Path, bundle: Bundle) -> Any:
    return TinyDB(path, bundle, storage=VaultStorage)


def new_vault(path: Path, bundle: Bundle, store_id: str) -> None:
    slots = [keys.make_slot("file", b"k" * 32, bundle, store_id)]
    vault.create(path, bundle, slots, store_id=store_id)


def write_case(path: Path, bundle: Bundle, ref: str) -> bytes:
    db = opened(path, bundle)
    db.table("cases").insert({"ref": ref})
    db.table("due").truncate()
    db.table("due").insert({"id": f"due-{ref}"})
    db.storage.append("history", {"ref": ref})
    db.storage.append("ledger", {"day": ref})
    db.storage.commit()
    return path.read_bytes()


def everything(path: Path, bundle: Bundle) -> list[Any]:
    store = VaultStorage(path, bundle)
    return [store.table(name) for name in store.names()]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    path, bundle = tmp_path / "caseload.vault", keys.new_bundle("okafor")
    new_vault(path, bundle, vault.new_store_id())
    write_case(path, bundle, "HX4T")
    db = opened(path, bundle)
    db.table("staff").insert({"slug": "okafor"})
    db.storage.commit()
    older = write_case(path, bundle, "B9RW")
    return Made(path, bundle, older, write_case(path, bundle, "KPQ7"))


def write_over(path: Path, data: bytes) -> None:
    """Write in place, as damage does; quicker than a new file, and there are thousands."""
    path.write_bytes(data)


def test_every_flipped_bit_is_damage(made: Made) -> None:
    with made.path.open("r+b", buffering=0) as file:
        for at, byte in enumerate(made.whole):
            for bit in range(8):
                file.seek(at)
                file.write(bytes([byte ^ 1 << bit]))
                with pytest.raises(Damaged):
                    VaultStorage(made.path, made.bundle)
            file.seek(at)
            file.write(bytes([byte]))
    assert opened(made.path, made.bundle).table("cases").all()


def test_every_truncation_and_every_addition_is_damage(made: Made) -> None:
    for end in range(len(made.whole)):
        write_over(made.path, made.whole[:end])
        with pytest.raises(Damaged):
            VaultStorage(made.path, made.bundle)
    for more in (b"\x00", made.whole[-32:], made.whole):
        write_over(made.path, made.whole + more)
        with pytest.raises(Damaged):
            VaultStorage(made.path, made.bundle)


def test_a_damaged_vault_is_never_written_over(made: Made) -> None:
    db = opened(made.path, made.bundle)
    db.table("cases").insert({"ref": "ZZZZ"})
    slots = vault.read_header(made.path).slots
    spoiled = made.whole[:-40] + bytes(8) + made.whole[-32:]
    write_over(made.path, spoiled)
    with pytest.raises(Damaged):
        vault.replace_slots(made.path, made.bundle, slots)
    assert made.path.read_bytes() == spoiled


# Forgery, with code of its own for the layout, so that it is tested against its description.


def parts_of(data: bytes, bundle: Bundle) -> list[Part]:
    body = split(data, decode_header(data)[1], bundle.chain_key)
    return [body.manifest, *(part for parts in body.tables.values() for part in parts)]


def start_of(data: bytes) -> bytes:
    return data[: decode_header(data)[1]]


def new_start(data: bytes, **changes: Any) -> bytes:
    length = struct.unpack_from(">I", data, 12)[0]
    header = {**json.loads(data[16 : 16 + length]), **changes}
    return raw_start(json.dumps(header).encode())


def raw_start(body: bytes, version: int = 1, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    start = b"RNTGVLT\n" + struct.pack(">HHI", version, 0, size) + body
    return start + hashlib.sha256(start).digest()


def put_together(start: bytes, parts: list[Part], chain_key: bytes) -> bytes:
    frames = [struct.pack(">BBI", part.table, part.kind, len(part.sealed)) + bytes(part.sealed)
              for part in parts]  # fmt: skip
    whole = start + b"".join(frames)
    return whole + hmac.digest(chain_key, whole, "sha256")


Change = Callable[[list[Part], list[Part]], list[Part]]


def of(parts: list[Part], table: int) -> list[Part]:
    return [part for part in parts if part.table == table]


def but(parts: list[Part], table: int) -> list[Part]:
    return [part for part in parts if part.table != table]


def in_order(parts: list[Part]) -> list[Part]:
    return sorted(parts, key=lambda part: part.table)


FORGERIES: dict[str, Change] = {
    "a table dropped": lambda now, old: but(now, CASES),
    "every table dropped": lambda now, old: now[:1],
    "an older table put back": lambda now, old: in_order(but(now, CASES) + of(old, CASES)),
    "an older history put back": lambda now, old: in_order(but(now, HISTORY) + of(old, HISTORY)),
    "an older manifest put back": lambda now, old: old[:1] + now[1:],
    "a table that did not change dropped": lambda now, old: in_order(but(now, STAFF)),
    "the first row dropped": lambda now, old: in_order(but(now, HISTORY) + of(now, HISTORY)[1:]),
    "the last row dropped": lambda now, old: in_order(but(now, HISTORY) + of(now, HISTORY)[:-1]),
    "rows in another order": lambda now, old: in_order(but(now, HISTORY) + of(now, HISTORY)[::-1]),
    "a row twice": lambda now, old: in_order(now + of(now, HISTORY)[-1:]),
    "a table twice": lambda now, old: in_order(now + of(now, CASES)),
    "tables in another order": lambda now, old: (
        now[:1] + sorted(now[1:], key=lambda part: -part.table)
    ),
    "a table under another name": lambda now, old: in_order(
        [*but(now, STAFF), of(now, CASES)[0]._replace(table=STAFF)]
    ),
    "two tables swapped": lambda now, old: in_order(
        [
            *but(but(now, STAFF), CASES),
            of(now, CASES)[0]._replace(table=STAFF),
            of(now, STAFF)[0]._replace(table=CASES),
        ]
    ),
    "a row as a table": lambda now, old: in_order(
        [*but(now, CASES), of(now, HISTORY)[0]._replace(table=CASES, kind=SNAPSHOT)]
    ),
    "a table as a row": lambda now, old: in_order([*now, Part(CASES, ROW, now[1].sealed)]),
    "no manifest": lambda now, old: now[1:],
    "two manifests": lambda now, old: now[:1] + now,
    "a manifest that is not first": lambda now, old: now[1:] + now[:1],
    "a table that has no name": lambda now, old: [*now, Part(200, SNAPSHOT, now[1].sealed)],
    "a part that is too short": lambda now, old: in_order([*now, Part(2, SNAPSHOT, b"x" * 27)]),
    "a part that is shorter than it was": lambda now, old: [
        part._replace(sealed=part.sealed[:-1]) if part.table == CASES else part for part in now
    ],
    "nothing at all": lambda now, old: [],
}


@pytest.mark.parametrize("change", FORGERIES.values(), ids=FORGERIES)
def test_a_thief_of_the_reminder_key_cannot_change_what_a_full_key_opens(
    made: Made, change: Change
) -> None:
    thief = keys.reminder_bundle(made.bundle)
    parts = change(parts_of(made.whole, thief), parts_of(made.older, thief))
    write_over(made.path, put_together(start_of(made.whole), parts, thief.chain_key))
    with pytest.raises(Damaged):
        VaultStorage(made.path, made.bundle)
    write_over(made.path, made.whole)
    assert len(opened(made.path, made.bundle).table("cases")) == 3


@pytest.mark.parametrize("change", FORGERIES.values(), ids=FORGERIES)
def test_who_has_no_key_can_change_nothing_at_all(made: Made, change: Change) -> None:
    parts = change(parts_of(made.whole, made.bundle), parts_of(made.older, made.bundle))
    forged = put_together(start_of(made.whole), parts, made.bundle.chain_key)[:-32]
    for trailer in (made.whole[-32:], made.older[-32:], bytes(32)):
        write_over(made.path, forged + trailer)
        for bundle in (made.bundle, keys.reminder_bundle(made.bundle)):
            with pytest.raises(Damaged):
                VaultStorage(made.path, bundle)


@pytest.mark.parametrize(
    "changes",
    [{"schema": 0}, {"epoch": 2}, {"salt": "00" * 16}, {"store": "00" * 16}],
    ids=["schema", "epoch", "salt", "store"],
)
def test_a_thief_of_the_reminder_key_cannot_change_what_the_header_says(
    made: Made, changes: dict[str, Any]
) -> None:
    start = new_start(made.whole, **changes)
    parts = parts_of(made.whole, made.bundle)
    write_over(made.path, put_together(start, parts, made.bundle.chain_key))
    with pytest.raises(Damaged):
        VaultStorage(made.path, made.bundle)


def test_a_part_of_another_vault_with_the_same_data_key_is_damage(
    made: Made, tmp_path: Path
) -> None:
    other = tmp_path / "other.vault"
    new_vault(other, made.bundle, vault.new_store_id())
    foreign = parts_of(write_case(other, made.bundle, "HX4T"), made.bundle)
    mine = parts_of(made.whole, made.bundle)
    for table in (CASES, HISTORY, DUE, LEDGER):
        mixed = in_order(but(mine, table) + of(foreign, table))
        write_over(made.path, put_together(start_of(made.whole), mixed, made.bundle.chain_key))
        with pytest.raises(Damaged):
            everything(made.path, made.bundle)


def test_rows_of_the_ledger_in_another_place_are_damage_without_its_keys(made: Made) -> None:
    parts = parts_of(made.whole, made.bundle)
    swapped = but(parts, LEDGER) + of(parts, LEDGER)[::-1]
    write_over(made.path, put_together(start_of(made.whole), swapped, made.bundle.chain_key))
    with pytest.raises(Damaged):
        VaultStorage(made.path, made.bundle).rows("ledger")


@pytest.mark.parametrize(
    "body",
    [b"", b"nonsense", b"[]", b"null", b"7", b"[" * 5000, b'{"a": ', b"\xff", b'{"a": "\\ud800"}'],
)
def test_a_part_sealed_over_nonsense_is_damage(made: Made, body: bytes) -> None:
    sealer = Sealer(vault.read_header(made.path), made.bundle)
    parts = in_order([*but(parts_of(made.whole, made.bundle), DUE), sealer.seal(DUE, 0, 0, body)])
    write_over(made.path, put_together(start_of(made.whole), parts, made.bundle.chain_key))
    with pytest.raises(Damaged):
        VaultStorage(made.path, made.bundle).table("due")


# Headers.


def test_a_newer_program_is_said_to_be_newer_and_nothing_is_written(made: Made) -> None:
    body = made.whole[16 : 16 + struct.unpack_from(">I", made.whole, 12)[0]]
    rest = made.whole[len(start_of(made.whole)) :]
    newer = json.dumps({"schema": 2, "slots": [{"kind": "recipient"}]}).encode()
    for start in (raw_start(body, 2), raw_start(b"\x00", 9), raw_start(newer)):
        write_over(made.path, start + rest)
        for attempt in (
            lambda: vault.read_header(made.path),
            lambda: VaultStorage(made.path, made.bundle),
            lambda: vault.replace_slots(made.path, made.bundle, []),
        ):
            with pytest.raises(Settings, match="newer version") as problem:
                attempt()
            assert "upgrade" in problem.value.hint
        assert made.path.read_bytes() == start + rest


SLOT = {"id": "00" * 4, "kind": "file", "kdf": {}, "nonce": "00" * 12, "wrapped": "00" * 64}
HEADER = {"store": "00" * 16, "epoch": 1, "salt": "00" * 16, "schema": 1, "slots": [SLOT]}
KDF = {"t": 3, "m": 65536, "p": 4, "salt": "00" * 16}


def slot(**changes: Any) -> dict[str, Any]:
    return {"slots": [{**SLOT, **changes}]}


@pytest.mark.parametrize(
    "changes",
    [{"store": 1}, {"store": "00"}, {"store": None}, {"store": "zz" * 16}, {"epoch": -1},
     {"epoch": 2**40}, {"epoch": 1.5}, {"epoch": True}, {"salt": []}, {"schema": "1"},
     {"schema": -1}, {"slots": {}}, {"slots": []}, {"slots": [SLOT] * 65}, {"slots": [7]},
     {"slots": "slots"}, slot(kind="other"), slot(kind=[]), slot(kind=None), slot(id="00"),
     slot(kdf=None), slot(kdf={"t": 1}), slot(kdf=[]), slot(nonce="00"), slot(wrapped=1),
     slot(wrapped="0"), slot(kind="passphrase"), slot(kind="passphrase", kdf={**KDF, "m": 2**31}),
     slot(kind="passphrase", kdf={**KDF, "t": 10**9})],
    ids=str,
)  # fmt: skip
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
        raise AssertionError("a file without its trailer was opened")
