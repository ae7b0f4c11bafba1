"""Whoever holds a narrow key and can write to the file forges nothing that anybody believes.

Over every narrow slot, every table that it opens, and every way to forge: what a new table or a
new kind of slot brings joins by itself. The same forger is believed with a key that opens
everything, so that it is the proofs that were missing.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pyrage
import pytest

from conftest import Run
from forger import NOTE, TXN, Forger, public_of, seed_of
from narrow import NARROWED, narrow, replace_slots
from reintegrate_cli import catalogue, keys, vault
from reintegrate_cli.core.errors import Damaged
from reintegrate_cli.core.lean import replace
from reintegrate_cli.kept import session, settings
from reintegrate_cli.kept.store import Store
from reintegrate_cli.keys import Bundle, Slot
from reintegrate_cli.mail.reminders import LedgerEntry
from reintegrate_cli.vault import VaultShelf, VaultStorage, anchor
from reintegrate_cli.vault.layout import NOTED

WORDS = "four plain words hold"
READERS = ("agenda", "remind", "history", "vault verify")
FREE = str(10**6)


class Room(NamedTuple):
    """A district whose vault somebody may write to, and the keys to it."""

    run: Run
    path: Path
    whole: bytes
    full: Bundle
    secrets: dict[str, bytes]
    """What opens each narrow slot."""

    def read(self, command: str, patch: pytest.MonkeyPatch) -> int:
        """Run a command with the key that it is for; say how it ended."""
        folder = self.path.parent.parent
        patch.delenv("REINTEGRATE_PASSPHRASE_FILE", raising=False)
        patch.setenv("REINTEGRATE_KEY_FILE", str(folder / "key"))
        if command == "remind":
            patch.setenv("REINTEGRATE_KEY_FILE", str(folder / "cron-key"))
        elif command == "history":
            patch.delenv("REINTEGRATE_KEY_FILE")
            patch.setenv("REINTEGRATE_PASSPHRASE_FILE", str(folder / "words"))
        return self.run(*command.split()).code

    def put(self, data: bytes) -> None:
        """Put a file in the vault's place; nobody remembers what was acknowledged."""
        self.path.write_bytes(data)
        anchor.file_of(self.path).unlink(missing_ok=True)


@pytest.fixture
def room(district: Run, case: str, tmp_path: Path) -> Room:
    """A vault with something in every table that a narrow key opens, and work after that."""
    path = tmp_path / "vault" / "caseload.vault"
    keys.create_private(tmp_path / "words", WORDS + "\n")
    for line in (
        [
            "checkin",
            "schedule",
            case,
            "--with",
            "student",
            "--every",
            "1w",
            "--mode",
            "phone",
            "--chosen-by",
            "student",
            "--chosen-on",
            "2026-09-30",
            "--starts",
            "2026-10-06",
        ],
        [
            "remind",
            "setup",
            "--reminder-key",
            str(tmp_path / "cron-key"),
            "--host",
            "h",
            "--from-address",
            "office@alder.example",
            "--to",
            "okafor@alder.example",
        ],
        [
            "vault",
            "key",
            "add",
            "--reviewer",
            "--passphrase-file",
            str(tmp_path / "words"),
            "--for",
            "lee",
        ],
    ):
        assert district(*line).code == 0
    full = session.current.bundle
    shelf = VaultShelf(path, full)
    with vault.lock(path):
        store = Store(shelf, shelf.vault, "okafor", lambda: "2026-09-30T12:00:00+00:00")
        for day in (28, 29):
            note = LedgerEntry(
                day=session.today().replace(month=9, day=day),
                state="sent",
                at="2026-09-30T12:00:00+00:00",
                attempt=1,
                count=1,
            )
            store.append_ledger(note)
        shelf.vault.write_anew()
    shelf.close()
    district("task", "add", "--due", "2026-10-09", given={"text": "call"})
    secret = keys.read_key_file(tmp_path / "cron-key").secret
    return Room(
        district, path, path.read_bytes(), full, {"reminder": secret, "reviewer": WORDS.encode()}
    )


Forgery = Callable[[Forger, Room, keys.SlotKind], bytes]


def _first(forger: Forger) -> tuple[str, Any]:
    return next(iter(forger.documents().items()))


def _put(forger: Forger, _: Room, __: keys.SlotKind) -> bytes:
    place, document = _first(forger)
    return forger.appended({"put": {place: document}})


def _put_with_a_proof_that_was_seen(forger: Forger, _: Room, __: keys.SlotKind) -> bytes:
    place, document = _first(forger)
    seen = b"" if forger.bundle.full else forger.pieces[-1].proof
    return forger.appended({"put": {place: document}}, TXN, seen)


def _delete(forger: Forger, _: Room, __: keys.SlotKind) -> bytes:
    return forger.appended({"del": [FREE if forger.bundle.full else _first(forger)[0]]})


def _direct(forger: Forger, _: Room, __: keys.SlotKind) -> bytes:
    said = forger.directory()
    emptied = {"start": said["start"], "last": "0", "segments": [], "digests": []}
    return forger.directed(said if forger.bundle.full else emptied)


def _overwrite(forger: Forger, _: Room, __: keys.SlotKind) -> bytes:
    documents = forger.documents()
    return forger.overwritten(documents if forger.bundle.full else {_first(forger)[0]: {"x": 1}})


def _wrapped(forger: Forger, room: Room, kind: keys.SlotKind, public: bytes) -> dict[str, Any]:
    """Give a header in which a slot holds who signs, as whoever has its secret can wrap it."""
    bundle = replace(forger.bundle, public=public)
    made = keys.make_slot(kind, room.secrets[kind], bundle, forger.header["store"])
    slots = [spelled(made) if slot["kind"] == kind else slot for slot in forger.header["slots"]]
    return {**forger.header, "slots": slots}


def spelled(slot: Slot) -> dict[str, Any]:
    """Spell a slot as a header does."""
    fields = {"nonce": slot.nonce.hex(), "wrapped": slot.wrapped.hex(), "back": slot.back.hex()}
    return {"id": slot.id, "kind": slot.kind, "kdf": slot.kdf, **fields}


def _wrap_anew(forger: Forger, room: Room, kind: keys.SlotKind) -> bytes:
    public = public_of(seed_of(forger.header, forger.bundle))
    return forger.made_anew(_wrapped(forger, room, kind, public))


def _older(forger: Forger, room: Room, kind: keys.SlotKind) -> bytes:
    header = {name: value for name, value in forger.header.items() if name != "signer"}
    return forger.made_anew(header, version=2)


def _older_with_an_older_slot(forger: Forger, room: Room, kind: keys.SlotKind) -> bytes:
    parts = keys.slots._PARTS[kind]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(
            keys.slots._PARTS,
            kind,
            {name: part for name, part in parts.items() if part != "public"},
        )
        header = _wrapped(forger, room, kind, bytes(32))
    header.pop("signer")
    return forger.made_anew(header, version=2)


FORGERIES: dict[str, Forgery] = {
    "TXN put": _put,
    "TXN put with a proof that was seen": _put_with_a_proof_that_was_seen,
    "TXN delete": _delete,
    "DIRECTORY": _direct,
    "a segment replaced in place": _overwrite,
    "a slot wrapped anew with another public half": _wrap_anew,
    "a header said to be of an older format": _older,
    "a header and a slot of an older format": _older_with_an_older_slot,
}
NOT_BY_ANY_KEY: dict[str, Forgery] = {
    "a note that puts over what stands": lambda forger, *_: forger.appended(
        {"put": {_first(forger)[0]: {}}}, NOTE
    ),
    "a note that takes out": lambda forger, *_: forger.appended({"del": [FREE]}, NOTE),
    "a note that leaves places out": lambda forger, *_: forger.appended({"put": {FREE: {}}}, NOTE),
    "a type of frame that nobody knows": lambda forger, *_: forger.appended({"del": []}, 4),
}
IN_A_DATABASE = "school"
"""What this slot gives opens nothing in a file; ``server/test_school`` forges with it."""
SLOTS = [kind for kind in keys.KINDS if kind not in (*keys.FULL_KINDS, IN_A_DATABASE)]
TARGETS = [
    (kind, name)
    for kind in SLOTS
    for name, table in catalogue.TABLES.items()
    if NARROWED[kind](keys.new_bundle("x")).opens(table.group)
]


def test_every_narrow_slot_and_table_is_forged() -> None:
    school = keys.school_bundle(keys.new_bundle("x"), "Ridgeline", "slot")
    assert not any(school.opens(table.group) for table in catalogue.TABLES.values())
    assert {kind for kind, _ in TARGETS} == set(SLOTS) == set(NARROWED)
    narrow_tables = {name for name, table in catalogue.TABLES.items() if table.group != "full"}
    assert {name for _, name in TARGETS} == narrow_tables


SEES = {"remind": "reminder", "history": "reviewer"}
"""Which narrow key a command reads with; the others read with one that opens everything."""


def _is_hidden(how: str, name: str, kind: str, command: str) -> bool:
    """Say whether a forgery lies in sealed parts that a command's key does not open."""
    sealed = how == "a segment replaced in place" or ("a note" in how and name in NOTED)
    return sealed and SEES.get(command, kind) != kind


@pytest.mark.parametrize(("kind", "name"), TARGETS)
def test_what_a_narrow_key_forges_is_refused_wherever_it_is_read(
    room: Room, kind: keys.SlotKind, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    thief, number = narrow(room.path, room.full, kind), catalogue.TABLES[name].number
    believed = []
    for how, forge in {**FORGERIES, **NOT_BY_ANY_KEY}.items():
        data = forge(Forger(room.whole, thief, number), room, kind)
        for command in READERS:
            room.put(data)
            if "older format" in how:  # as on a machine that never saw another
                shutil.rmtree(settings.state_path(), ignore_errors=True)
            code = room.read(command, monkeypatch)
            if code not in ((0,) if _is_hidden(how, name, kind, command) else (7, 9)):
                believed.append((how, command, code))
            assert room.path.read_bytes() == data
        with pytest.raises(Damaged):  # wherever it is looked at, and whatever was seen there
            VaultStorage(room.path, room.full)
    assert not believed


@pytest.mark.parametrize(("kind", "name"), TARGETS)
def test_the_same_forger_with_a_key_that_opens_everything_is_believed(
    room: Room, kind: keys.SlotKind, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = catalogue.TABLES[name].number
    refused = []
    for how, forge in FORGERIES.items():
        older = "older format" in how
        if older:  # as on a machine that never saw another
            shutil.rmtree(settings.state_path(), ignore_errors=True)
        data = forge(Forger(room.whole, room.full, number), room, kind)
        for command in READERS:
            room.put(data)
            code = room.read(command, monkeypatch)
            if code not in ((7, 9) if older and command in SEES else (0,)):
                refused.append((how, command, code))
    assert not refused
    for how, forge in NOT_BY_ANY_KEY.items():
        room.put(forge(Forger(room.whole, room.full, number), room, kind))
        assert room.read("vault verify", monkeypatch) == 7, how


def test_once_it_said_here_who_wrote_it_a_vault_of_the_older_format_is_not_believed(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    forger = Forger(room.whole, room.full, catalogue.TABLES["mail"].number)
    room.put(_older(forger, room, "reminder"))
    for command in READERS:
        assert room.read(command, monkeypatch) in (7, 9)
    copy = room.path.with_name("copy.vault")
    shutil.copy(room.path, copy)  # a copy may be as old as it likes
    assert room.read(f"vault verify {copy}", monkeypatch) == 0
    assert room.read(f"vault restore {copy} --replace", monkeypatch) == 0
    assert vault.read_header(room.path).proven
    assert room.read("agenda", monkeypatch) == 0


def test_the_anchor_too_refuses_an_older_format(room: Room) -> None:
    forger = Forger(room.whole, room.full, catalogue.TABLES["mail"].number)
    older = _older(forger, room, "reminder")
    room.path.write_bytes(older)
    with pytest.raises(Damaged, match="older"):
        VaultStorage(room.path, room.full)


def test_a_thief_of_cron_s_key_can_add_to_the_ledger_and_nothing_comes_of_it_but_silence(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    thief = narrow(room.path, room.full, "reminder")
    forger = Forger(room.whole, thief, catalogue.TABLES["ledger"].number)
    sent = _first(forger)[1]
    room.put(forger.appended({"put": {"3": {**sent, "day": "2026-10-01"}}}, NOTE))
    for command in READERS:
        assert room.read(command, monkeypatch) == 0
    said = room.run("remind", "status", "--json").json["items"]
    assert said[-1]["day"] == "2026-10-01"


def test_what_a_narrow_key_signs_with_the_right_slot_opens_nothing_else(room: Room) -> None:
    """A thief who has a slot's secret says who signs; the key file does not agree."""
    thief = narrow(room.path, room.full, "reminder")
    forger = Forger(room.whole, thief, catalogue.TABLES["mail"].number)
    room.put(_wrap_anew(forger, room, "reminder"))
    opened = keys.open_any(vault.read_header(room.path), ("reminder",), room.secrets["reminder"])
    assert opened.public != thief.public
    assert VaultStorage(room.path, opened).table("mail")  # so that it is the pin that refuses


def test_verifying_looks_at_every_proof_also_at_what_a_later_one_vouches_for(room: Room) -> None:
    """A program that signed what it had not checked would be found out by it."""
    number, data = catalogue.TABLES["mail"].number, room.whole
    for holder in (narrow(room.path, room.full), room.full):
        forger = Forger(data, holder, number)
        data = _put(forger, room, "reminder")
    room.put(data)
    assert room.run("agenda").code == 0
    assert room.run("vault", "verify").code == 7
    room.put(room.whole)
    assert room.run("vault", "verify").code == 0


def test_a_reviewer_is_told_when_somebody_else_signs_than_was_first_seen(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = settings.state_path() / "signers" / vault.read_header(room.path).store_id
    assert room.read("history", monkeypatch) == 0
    for other in ("00" * 32, "nonsense", ""):
        seen.write_text(other + "\n")
        refused = room.run("history")
        assert refused.code == 9
        assert "somebody else signs" in refused.err
        assert str(seen) in refused.err.replace("\n", "")
    seen.unlink()  # as on another machine: the first one is remembered
    assert room.read("history", monkeypatch) == 0
    assert seen.stat().st_mode & 0o777 == 0o600
    assert len(seen.read_text()) == 65


def test_a_reviewer_is_told_when_another_vault_stands_there_than_was_first_seen(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert room.read("history", monkeypatch) == 0
    theirs, store_id = keys.new_bundle("okafor"), keys.new_store_id()
    room.path.unlink()
    for kind in ("reviewer", "passphrase"):  # in a vault of a thief's, under an id of its own
        shared = replace(theirs, public=bytes(32))
        slot = keys.make_slot(kind, room.secrets["reviewer"], shared, store_id)  # type: ignore[arg-type]
        vault.create(room.path, theirs, [slot], store_id=store_id)
        anchor.file_of(room.path).unlink(missing_ok=True)
        refused = room.run("history")
        assert (refused.code, "another vault than was first seen" in refused.err) == (9, True)
        room.path.unlink()
    folder = room.path.parent.parent  # a person who makes one there on purpose is told nothing
    made = room.run(
        "init",
        "--user",
        "hale",
        "--no-keyring",
        "--passphrase-file",
        str(folder / "words"),
        "--recovery-to",
        str(folder / "second"),
    )
    assert made.code == 0, made.err
    assert room.read("history", monkeypatch) == 0


def test_a_reviewer_s_first_look_that_cannot_be_remembered_is_said(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = settings.state_path() / "signers"
    shutil.rmtree(folder)
    folder.write_text("in the way")
    assert room.read("history", monkeypatch) == 0
    assert "could not be remembered" in room.run("history").err


def test_a_reviewer_s_slot_that_says_nobody_signs_opens_nothing(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        parts = dict(keys.slots._PARTS["reviewer"])
        parts.pop("public")
        patch.setitem(keys.slots._PARTS, "reviewer", parts)
        header = vault.read_header(room.path)
        made = keys.make_slot(
            "reviewer", WORDS.encode(), replace(room.full, public=bytes(32)), header.store_id
        )
    kept = [slot for slot in header.slots if slot.kind != "reviewer"]
    replace_slots(room.path, room.full, [*kept, made])
    assert room.read("history", monkeypatch) == 9
    assert "does not say who signs" in room.run("history").err


def _of_a_thief(room: Room, kind: keys.SlotKind, secret: bytes, without: str) -> bytes:
    """Make a vault of the thief's own, in which a slot opens all of it for a secret they know."""
    header, theirs = vault.read_header(room.path), keys.new_bundle("okafor")
    others = [slot for slot in header.slots if slot.kind != without]
    made = keys.make_slot(kind, secret, theirs, header.store_id)
    path = room.path.with_name("of-a-thief.vault")
    vault.create(path, theirs, [made, *others], store_id=header.store_id)
    data = path.read_bytes()
    path.unlink()
    return data


@pytest.mark.parametrize(
    ("theirs", "kind"),
    [
        (theirs, kind)
        for theirs in SLOTS
        for kind in keys.FULL_KINDS
        if (kind == "passphrase") is (theirs == "reviewer") and kind != "recipient"
    ],
)
def test_no_slot_of_another_kind_opens_a_vault_of_a_thief_s_for_the_same_secret(
    room: Room, theirs: keys.SlotKind, kind: keys.SlotKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert room.read("history", monkeypatch) == 0  # who signs was seen once
    data = _of_a_thief(room, kind, room.secrets[theirs], theirs)
    for command in READERS:
        room.put(data)
        assert room.read(command, monkeypatch) in (3, 7, 9), command


def test_whoever_has_an_identity_is_told_of_a_vault_that_a_stranger_sealed_to_them(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = pyrage.x25519.Identity.generate()
    keys.create_private(tmp_path / "identity", f"{identity}\n")
    public = str(identity.to_public())
    assert room.run("vault", "key", "add", "--recipient", public).code == 0
    shutil.rmtree(settings.state_path(), ignore_errors=True)  # on a machine of their own
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(tmp_path / "identity"))
    copy = shutil.copy(room.path, tmp_path / "copy.vault")
    assert room.run("agenda").code == 0
    room.put(_of_a_thief(room, "recipient", public.encode(), "recipient"))
    for command in ("agenda", "history", "vault verify", f"vault restore {room.path} --replace"):
        refused = room.run(*command.split())
        assert (refused.code, "somebody else signs" in refused.err) == (9, True), command
    assert room.run("vault", "restore", str(copy), "--replace").code == 0
    assert room.run("agenda").code == 0
