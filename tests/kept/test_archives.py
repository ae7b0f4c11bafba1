"""Archives: everything in one sealed file, and taken back whole, once or twice."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from conftest import Run, standing
from reintegrate_cli import keys
from reintegrate_cli.core.errors import Damaged, Locked, Settings
from reintegrate_cli.kept import archives, session
from reintegrate_cli.kept.history import read as read_history
from reintegrate_cli.keys import agefile

CANARY = "canary quetzal"
WORDS = "lantern orchard velvet nine boats"
IDENTITY = pyrage.x25519.Identity.generate()


@pytest.fixture
def words(tmp_path: Path) -> Path:
    file = tmp_path / "words"
    file.touch(mode=0o600)
    file.write_text(WORDS + "\n")
    return file


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    file = tmp_path / "identity"
    file.touch(mode=0o600)
    file.write_text(f"# counsel\n{IDENTITY}\n")
    return file


@pytest.fixture
def full(district: Run, case: str) -> str:
    district("case", "note", case, given={"text": CANARY})
    district("task", "add", "--case", case, "--due", "2026-10-06", given={"text": CANARY})
    district("case", "edit", case, "--grade", "11")
    district("vault", "hold", "add", given={"reason": CANARY})
    district("vault", "hold", "release", "LH1", given={"reason": "withdrawn"})
    return case


def another(district: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a second, empty vault with keys of its own, and go on in it."""
    place = tmp_path / "elsewhere"
    place.mkdir()
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(place / "key"))
    monkeypatch.setenv("REINTEGRATE_VAULT", str(place / "caseload.vault"))
    made = district(
        "init",
        "--user",
        "okafor",
        "--no-keyring",
        "--key-file",
        str(place / "key"),
        "--recovery-to",
        str(place / "recovery"),
    )
    assert made.code == 0, made.err
    return place


@pytest.mark.both_shelves
def test_an_archive_comes_back_whole_in_another_vault_and_twice_changes_nothing(
    district: Run, full: str, tmp_path: Path, words: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.age"
    out = district("vault", "export", str(file), "--passphrase-file", str(words), "--json")
    assert out.code == 0, out.err
    assert file.stat().st_mode & 0o777 == 0o600
    assert CANARY.encode() not in file.read_bytes()
    shown = district("case", "show", full, "--json").json
    agenda = district("agenda", "--json").json
    before = [row["command"] for row in district("history", "--json").json["items"]]
    later = session.now() + timedelta(minutes=1)  # the staff record of each vault has its own time
    monkeypatch.setattr(session, "now", lambda: later)
    another(district, tmp_path, monkeypatch)
    own = len(district("history", "--json").json["items"])
    line = ["vault", "import", str(file), "--passphrase-file", str(words), "--json"]
    taken = district(*line)
    assert taken.code == 0, taken.err
    assert (taken.json["replaced"], taken.json["records"]) == (1, out.json["records"])
    assert district("agenda", "--json").json == agenda
    history = [row["command"] for row in district("history", "--json").json["items"]]
    assert history[own:-1] == before[: before.index("vault export")]
    with session.reading() as store:
        read_history(store.shelf)
    again = district(*line)
    assert (again.code, again.json["added"], again.json["replaced"]) == (0, 0, 0)
    assert district("case", "show", full, "--json").json["notes"] == shown["notes"]
    assert district("undo", "--json").error["rule"] == "history"
    assert district("vault", "verify").code == 0


def test_another_program_opens_it(district: Run, full: str, tmp_path: Path, identity: Path) -> None:
    file = tmp_path / "a.age"
    public = str(IDENTITY.to_public())
    assert district("vault", "export", str(file), "--recipient", public).code == 0
    if shutil.which("age"):
        plain = subprocess.run(
            ["age", "-d", "-i", str(identity), str(file)], check=True, capture_output=True
        ).stdout
    else:
        plain = pyrage.decrypt(file.read_bytes(), [IDENTITY])
    document = json.loads(plain)
    assert document["format"] == "reintegrate-archive"
    assert [row["ref"] for row in document["tables"]["cases"]] == [full]
    assert document["tables"]["notes"][0]["text"] == CANARY
    assert not {"wakes", "units", "due"} & document["tables"].keys()
    assert district("vault", "import", str(file), "--identity-file", str(identity)).code == 0


def test_a_record_that_differs_is_not_written_over_unless_asked(
    district: Run, full: str, tmp_path: Path, words: Path
) -> None:
    file = tmp_path / "a.age"
    district("vault", "export", str(file), "--passphrase-file", str(words))
    district("case", "edit", full, "--grade", "12")
    line = ["vault", "import", str(file), "--passphrase-file", str(words)]
    busy = district(*line)
    assert busy.code == 6
    assert full in busy.err
    assert district("case", "list", "--json").json["items"][0]["grade"] == "12"
    assert district(*line, "--replace").code == 0
    assert district("case", "list", "--json").json["items"][0]["grade"] == "11"


def test_what_is_no_archive_or_another_s_is_said_and_nothing_is_taken(
    district: Run, full: str, tmp_path: Path, words: Path, identity: Path
) -> None:
    file, other = tmp_path / "a.age", tmp_path / "other"
    district("vault", "export", str(file), "--recipient", str(IDENTITY.to_public()))
    assert (
        district("vault", "export", str(file), "--recipient", str(IDENTITY.to_public())).code == 2
    )
    other.touch(mode=0o600)
    other.write_text(f"{pyrage.x25519.Identity.generate()}\n")
    before = standing()
    spoiled = tmp_path / "spoiled"
    spoiled.write_bytes(file.read_bytes()[:-3])
    link = tmp_path / "folder"
    link.mkdir()
    for code, line in (
        (3, [str(file), "--identity-file", str(other)]),
        (3, [str(file), "--passphrase-file", str(words)]),
        (7, [str(spoiled), "--identity-file", str(identity)]),
        (7, [str(words), "--identity-file", str(identity)]),
        (9, [str(tmp_path / "absent"), "--identity-file", str(identity)]),
        (9, [str(link), "--identity-file", str(identity)]),
        (9, [str(file), "--identity-file", str(words)]),
        (2, [str(file)]),
        (2, [str(file), "--identity-file", str(identity), "--passphrase-file", str(words)]),
    ):
        assert district("vault", "import", *line).code == code, line
    assert district("vault", "export", str(tmp_path / "b.age")).code == 2
    assert standing() == before


@pytest.fixture(scope="module")
def small() -> bytes:
    """An archive of a few hundred bytes, sealed to the identity."""
    return agefile.seal_archive(b"{}" * 50, str(IDENTITY.to_public()), None)


def test_an_archive_that_was_cut_off_anywhere_is_damage_and_never_a_wrong_key(small: bytes) -> None:
    for size in range(len(small)):
        with pytest.raises(Damaged) as problem:
            agefile.open_archive(small[:size], str(IDENTITY).encode())
        assert problem.value.hint
    other = str(pyrage.x25519.Identity.generate()).encode()
    with pytest.raises(Locked):
        agefile.open_archive(small, other)
    with pytest.raises(Damaged):
        agefile.open_archive(small[:60], other)
    assert agefile.open_archive(small, str(IDENTITY).encode()) == b"{}" * 50


def test_a_changed_byte_behind_what_the_key_opens_is_damage(small: bytes) -> None:
    ends = small.index(b"\n--- ")
    for at in range(len(small)):
        changed = bytearray(small)
        changed[at] ^= 4
        # What is sealed to the key itself cannot be told from what is sealed to another.
        allowed = (Damaged, Locked) if at < ends else Damaged
        with pytest.raises(allowed):
            agefile.open_archive(bytes(changed), str(IDENTITY).encode())


def test_an_archive_with_a_passphrase_is_damaged_cut_off_or_locked_each_for_its_reason() -> None:
    sealed = agefile.seal_archive(b"{}", None, WORDS)
    assert agefile.open_archive_with_words(sealed, WORDS) == b"{}"
    for cut in (30, 60, len(sealed) - 1):
        with pytest.raises(Damaged, match="cut off"):
            agefile.open_archive_with_words(sealed[:cut], WORDS)
    with pytest.raises(Locked, match="does not open with this"):
        agefile.open_archive_with_words(sealed, WORDS + "!")
    with pytest.raises(Locked, match="no identity opens it") as problem:
        agefile.open_archive(sealed, str(IDENTITY).encode())
    assert "--passphrase-file" in problem.value.hint


def test_what_is_sealed_to_a_public_key_says_which_option_opens_it(small: bytes) -> None:
    with pytest.raises(Locked, match="no passphrase opens it") as problem:
        agefile.open_archive_with_words(small, WORDS)
    assert "--identity-file" in problem.value.hint


def test_another_sort_of_file_is_named_for_what_it_is(
    district: Run, full: str, tmp_path: Path, words: Path, identity: Path
) -> None:
    archive, armored, text = tmp_path / "a.age", tmp_path / "armored", tmp_path / "text"
    district("vault", "export", str(archive), "--passphrase-file", str(words))
    archive.chmod(0o600)
    copy = district("vault", "backup", str(tmp_path / "copies"), "--json").json["file"]
    armored.write_text("-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n")
    for code, said, line in (
        (2, "vault restore", ["import", copy, "--identity-file", str(identity)]),
        (2, "--armor", ["import", str(armored), "--identity-file", str(identity)]),
        (2, "vault import", ["verify", str(archive)]),
        (2, "vault import", ["restore", str(archive), "--replace"]),
        (2, "one of the files", ["verify", str(tmp_path / "copies")]),
        (7, "copy that is whole", ["verify", str(identity)]),
        (7, "copy that is whole", ["restore", str(text), "--replace"]),
        (7, "vault export", ["import", str(text), "--identity-file", str(identity)]),
    ):
        keys.create_private(text, "a list of groceries")
        ended = district("vault", *line, "--json")
        assert (ended.code, said in (ended.error["hint"] or "")) == (code, True), (line, ended.err)
    assert district("vault", "verify").code == 0


def document(**changes: Any) -> bytes:
    whole = {
        "format": "reintegrate-archive",
        "version": 1,
        "schema": 2,
        "store": "00",
        "exported_at": "",
        "tables": {},
    }
    return json.dumps({**whole, **changes}).encode()


HOSTILE = [
    b"",
    b"[]",
    b"[" * 100_000,
    b"\xff",
    document(format="zip"),
    document(version=0),
    document(schema=0),
    document(tables=[]),
    document(tables={"wakes": []}),
    document(tables={"elsewhere": []}),
    document(tables={"cases": [7]}),
    document(tables={"cases": [{}]}),
    document(tables={"cases": [{"ref": 7}]}),
    document(tables={"cases": [{"ref": "../x"}]}),
    document(more=1),
    document(tables={"staff": [{"slug": "a"}, {"slug": "A"}]}),
    document(tables={"tasks": [{"id": "T0"}]}),
    document(tables={"tasks": [{"id": "T-1"}]}),
    document(tables={"tasks": [{"id": "T1e9"}]}),
    document(schema=1, tables={"cases": [{}]}),
    document(schema=3, tables={"legal_holds": [{"id": 7}]}),
]


@pytest.mark.parametrize("plain", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_archive_is_damage_and_nothing_else(plain: bytes) -> None:
    with pytest.raises(Damaged):
        archives.parse(plain)


@pytest.mark.parametrize("changes", [{"version": 3}, {"schema": 99}])
def test_a_newer_archive_says_so(changes: dict[str, Any]) -> None:
    with pytest.raises(Settings, match="newer"):
        archives.parse(document(**changes))


ENTRY = {
    "id": "H1",
    "at": "2026-10-01T10:00:00+00:00",
    "by": "okafor",
    "command": "task add",
    "refs": ["T1"],
    "changed": ["tasks/T1"],
    "chain": "00",
    "origin": "",
}
TASK = {
    "id": "T9",
    "case": None,
    "due_on": "2026-10-09",
    "owner": "okafor",
    "text": "x",
    "done_on": None,
    "done_by": "",
    "entered_at": "",
    "entered_by": "",
}
AGREED = {
    "case": "HX4T",
    "id": "S1",
    "with": "student",
    "mode": "phone",
    "chosen_by": "student",
    "chosen_on": "2026-10-01",
    "terms": {"every": "1w", "starts": "2026-10-01"},
}
ROWS = [
    {"cases": [{"ref": "HX4T"}]},
    {"cases": [{"ref": "HX4T", "school": 7}]},
    {"history": [{"id": "H1"}]},
    {"history": [ENTRY | {"at": "nope"}]},
    {"history": [ENTRY | {"chain": ""}]},
    {"history": [ENTRY], "values": [{"id": "H1", "before": {}, "after": {"nosuch/x": {}}}]},
    {
        "history": [ENTRY],
        "values": [{"id": "H1", "before": {"tasks/T1": {}}, "after": {"tasks/T1": {}}}],
    },
    {"tasks": [TASK | {"case": "Maria was here"}]},
    {"tasks": [TASK | {"due_on": "zz"}]},
    {"tasks": [TASK | {"due_on": "0001-01-01"}]},
    {"tasks": [TASK | {"done_on": "2200-01-01"}]},
    {"schedules": [AGREED | {"terms": {"every": "5000d", "starts": "2026-10-01"}}]},
    {"schedules": [AGREED | {"terms": {"every": "1w", "starts": "0206-10-06"}}]},
    {"schedules": [AGREED | {"case": "ZZZZ"}]},
    {"tasks": [{"id": "T1", "due_on": "soon", "owner": "okafor", "text": "x"}]},
]


@pytest.mark.parametrize("tables", ROWS, ids=str)
def test_a_record_of_the_wrong_shape_is_never_taken(
    district: Run, full: str, tmp_path: Path, words: Path, tables: dict[str, Any]
) -> None:
    file = tmp_path / "hostile.age"
    file.write_bytes(agefile.seal_archive(document(tables=tables), None, WORDS))
    before = standing()
    refused = district("vault", "import", str(file), "--passphrase-file", str(words))
    assert refused.code == 7, refused.err
    assert standing() == before


@given(
    st.dictionaries(
        st.sampled_from(["cases", "tasks", "staff", "history"]),
        st.lists(
            st.dictionaries(
                st.sampled_from(["ref", "id", "slug"]), st.text(max_size=9) | st.integers()
            ),
            max_size=3,
        ),
        max_size=3,
    )
)
def test_whatever_an_archive_holds_it_is_read_or_is_damage(tables: dict[str, Any]) -> None:
    try:
        found = archives.parse(document(tables=tables))
    except Damaged:
        return
    assert found.records <= sum(len(rows) for rows in tables.values())


def test_an_archive_is_never_read_through_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(Settings, match="plain file"):
        archives.read(pipe)


def test_where_mail_goes_is_never_taken_and_a_hold_never_released(
    district: Run, case: str, tmp_path: Path, words: Path
) -> None:
    district("vault", "hold", "add", case)
    hold = {
        "id": "L1",
        "case": case,
        "on": "2026-10-01",
        "reason": "",
        "released_on": "2026-10-01",
        "released_by": "okafor",
        "release_reason": "",
        "entered_at": "",
        "entered_by": "",
    }
    tables = {"mail": [{"host": "x"}], "ledger": [{"day": "x"}], "legal_holds": [hold]}
    file = tmp_path / "hostile.age"
    file.write_bytes(agefile.seal_archive(document(tables=tables), None, WORDS))
    line = ["vault", "import", str(file), "--passphrase-file", str(words), "--replace"]
    assert district(*line).code == 0
    with session.reading() as store:
        assert store.mail() is None
        assert store.ledger() == []
        assert store.legal_holds.get("LH1").released_on is None


def test_what_an_archive_replaces_stays_in_the_history(
    district: Run, full: str, tmp_path: Path, words: Path
) -> None:
    file = tmp_path / "a.age"
    district("vault", "export", str(file), "--passphrase-file", str(words))
    district("case", "edit", full, "--grade", "12")
    district("vault", "import", str(file), "--passphrase-file", str(words), "--replace")
    entry = district("history", "--json").json["items"][-1]
    assert entry["changed"] == [f"cases/{full}"]
    with session.reading() as store:
        values = store.shelf.get("values", [entry["id"]])
    assert values is not None
    assert values["before"][f"cases/{full}"]["grade"] == "12"


# What somebody else's file may cost.


def padded(text: bytes) -> bytes:
    return base64.b64encode(text).rstrip(b"=")


def with_stanzas(count: int, sealed: bytes) -> bytes:
    """Put stanzas for other keys before those of an age file."""
    share = X25519PrivateKey.generate().public_key().public_bytes_raw()
    more = b"-> X25519 " + padded(share) + b"\n" + padded(bytes(32)) + b"\n"
    start = b"age-encryption.org/v1\n"
    return start + more * count + sealed.removeprefix(start)


def test_an_archive_for_a_thousand_keys_is_refused_before_one_is_tried(
    small: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agefile, "_unwrapped", lambda *_: pytest.fail("it was tried"))
    for count in (agefile.MOST_STANZAS, 1000):
        with pytest.raises(Settings, match="sealed to more than"):
            agefile.open_archive(with_stanzas(count, small), str(IDENTITY).encode())


def test_a_passphrase_that_asks_for_too_much_work_is_refused_before_any_is_spent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sealed = agefile.seal_archive(b"{}", None, WORDS)
    spent: list[int] = []
    monkeypatch.setattr(hashlib, "scrypt", lambda *_, n, **__: spent.append(n) or bytes(32))
    for work, problem in (
        (b"21", Settings),
        (b"30", Settings),
        (b"63", Settings),
        (b"4294967296", Settings),
        (b"0", Damaged),
        (b"-1", Damaged),
        (b"018", Damaged),
        (b"1e1", Damaged),
        (b"", Damaged),
    ):
        with pytest.raises(problem):
            agefile.open_archive_with_words(sealed.replace(b" 18\n", b" " + work + b"\n", 1), WORDS)
    assert spent == []
    with pytest.raises(Locked):
        agefile.open_archive_with_words(sealed.replace(b" 18\n", b" 20\n", 1), WORDS)
    assert spent == [2**20]


def test_where_there_is_no_room_for_the_work_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = agefile.seal_archive(b"{}", None, WORDS)

    def full(*_: object, **__: object) -> bytes:
        raise MemoryError

    monkeypatch.setattr(hashlib, "scrypt", full)
    with pytest.raises(Settings, match="not enough memory"):
        agefile.open_archive_with_words(sealed, WORDS)


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000])
def test_what_age_seals_opens_here_and_what_is_sealed_here_opens_with_age(size: int) -> None:
    plain = os.urandom(size)
    sealed = agefile.seal_archive(plain, None, WORDS)
    assert pyrage.passphrase.decrypt(sealed, WORDS) == plain
    assert agefile.open_archive_with_words(sealed, WORDS) == plain
    other = pyrage.x25519.Identity.generate()
    shared = pyrage.encrypt(plain, [other.to_public(), IDENTITY.to_public()])
    assert agefile.open_archive(shared, str(IDENTITY).encode()) == plain
    assert (
        agefile.open_archive(shared, f"{pyrage.x25519.Identity.generate()}\n{other}".encode())
        == plain
    )
    for at in (len(shared) - 1, shared.index(b"\n--- ") + 60):
        changed = bytearray(shared)
        changed[at] ^= 1
        with pytest.raises(Damaged):
            agefile.open_archive(bytes(changed), str(IDENTITY).encode())
    if size > 65_536:  # a whole piece that is missing at the end
        with pytest.raises(Damaged):
            agefile.open_archive_with_words(sealed[: -(size % 65_536 or 65_536) - 16], WORDS)


@given(st.binary(max_size=300))
def test_whatever_stands_in_a_header_is_damage_or_another_key(header: bytes) -> None:
    sealed = b"age-encryption.org/v1\n" + header + b"\n--- " + b"A" * 43 + b"\n" + bytes(60)
    for act in (
        lambda: agefile.open_archive(sealed, str(IDENTITY).encode()),
        lambda: agefile.open_archive_with_words(sealed, WORDS),
    ):
        with pytest.raises((Damaged, Locked, Settings)):
            act()


LIMIT = 400 * 1024**2
BOUNDED = """
import resource, sys
from pathlib import Path
import msgspec.json
from reintegrate_cli.kept import archives; from reintegrate_cli.core import errors
plain = Path(sys.argv[1]).read_bytes()
before = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (before + int(sys.argv[2]),) * 2)
try:
    print("read", archives.parse(plain).records)
except errors.Damaged:
    print("damaged")
"""
TINY = {
    "empty": b"{}",
    "nested": b'{"id":"T%d","a":[' + b"[]," * 100_000 + b"[]]}",
    "deep": b'{"a":' * 50_000,
    "task": json.dumps(TASK).replace('"T9"', '"T%d"').encode(),
}


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="this system has no /proc")
@pytest.mark.parametrize("sort", TINY)
def test_thirty_megabytes_take_no_gigabyte(tmp_path: Path, sort: str) -> None:
    row, size = TINY[sort], 30 * 1024**2
    count = size // len(row)
    if b"%d" in row:
        rows = b",".join(row.replace(b"%d", b"%d" % n) for n in range(1, count))
    else:
        rows = (row + b",") * count + row
    file = tmp_path / "plain"
    file.write_bytes(document().replace(b'"tables": {}', b'"tables": {"tasks": [' + rows + b"]}"))
    line = [sys.executable, "-c", BOUNDED, str(file), str(LIMIT)]
    ended = subprocess.run(line, capture_output=True, text=True, check=False)
    assert ended.stdout.split()[:1] == ["read" if sort == "task" else "damaged"], ended.stderr
