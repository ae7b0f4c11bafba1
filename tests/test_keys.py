"""Keys: each opens what it should and nothing else, and none shows itself."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reintegrate_cli import keys
from reintegrate_cli.errors import Damaged, Locked, Settings, Usage
from reintegrate_cli.keys import Slot, bundles, recovery, slots

STORE = "5a" * 16
WORDS = b"five unrelated words here now"
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


class Header:
    """As much of a vault's header as keys look at."""

    def __init__(self, *found: Slot) -> None:
        self.store_id = STORE
        self.slots = list(found)


def test_the_derivation_is_hkdf_expand_as_others_implement_it() -> None:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

    key = os.urandom(32)
    assert keys.derive(key, "table/cases") == HKDFExpand(SHA256(), 32, b"table/cases").derive(key)


@pytest.mark.parametrize("kind", ["keyring", "file", "recovery", "passphrase"])
def test_every_full_slot_gives_the_same_bundle_back(kind: keys.SlotKind) -> None:
    bundle, secret = keys.new_bundle("okafor"), os.urandom(32)
    secret = WORDS if kind == "passphrase" else secret
    slot = keys.make_slot(kind, secret, bundle, STORE)
    found = keys.open_slot(slot, secret, STORE)
    assert found == keys.full_bundle(bundle.data_key, "okafor", slot.id)


def test_the_reminder_slot_holds_two_derived_keys_and_nothing_that_leads_back() -> None:
    bundle, secret = keys.new_bundle("okafor"), os.urandom(32)
    found = keys.open_slot(keys.make_slot("reminder", secret, bundle, STORE), secret, STORE)
    assert found is not None
    narrow = keys.reminder_bundle(bundle)
    assert (found.reminder_root, found.chain_key) == (narrow.reminder_root, narrow.chain_key)
    assert found.data_key == narrow.data_key == b""
    assert not found.full
    assert found.table_key("due", "reminder") == bundle.table_key("due", "reminder")
    for refused in (
        lambda: found.table_key("cases", "full"),
        lambda: found.manifest_key,
        lambda: keys.make_slot("file", secret, found, STORE),
    ):
        with pytest.raises(Locked, match="does not open"):
            refused()


def test_no_two_purposes_have_the_same_key() -> None:
    bundle = keys.new_bundle("okafor")
    derived = [bundle.table_key(name, "full") for name in ("cases", "due", "reminder")]
    derived += [bundle.table_key(name, "reminder") for name in ("cases", "due")]
    derived += [bundle.chain_key, bundle.reminder_root, bundle.manifest_key, bundle.data_key]
    assert len(set(derived)) == len(derived)


def test_a_slot_moved_to_another_place_or_changed_opens_nothing() -> None:
    secret = os.urandom(32)
    slot = keys.make_slot("file", secret, keys.new_bundle("okafor"), STORE)
    changed = [
        (slot, os.urandom(32), STORE),
        (slot, secret, "5b" * 16),
        (Slot("00" * 4, slot.kind, slot.nonce, slot.wrapped), secret, STORE),
        (Slot(slot.id, "recovery", slot.nonce, slot.wrapped), secret, STORE),
        (Slot(slot.id, slot.kind, bytes(12), slot.wrapped), secret, STORE),
        (Slot(slot.id, slot.kind, slot.nonce, slot.wrapped[:-1]), secret, STORE),
        (Slot(slot.id, slot.kind, slot.nonce, b""), secret, STORE),
    ]
    assert [keys.open_slot(*one) for one in changed] == [None] * len(changed)


def test_a_wrong_secret_is_locked_whatever_sort_it_is() -> None:
    bundle = keys.new_bundle("okafor")
    header = Header(
        keys.make_slot("file", b"f" * 32, bundle, STORE),
        keys.make_slot("passphrase", WORDS, bundle, STORE),
        keys.make_slot("recovery", b"r" * 32, bundle, STORE),
    )
    for secret in (b"x" * 32, b"f" * 31, b"", b"r" * 32):
        with pytest.raises(Locked):
            keys.open_any(header, ("file", "reminder"), secret)
    wrong = keys.format_recovery_code(b"x" * 32)
    for words in ("another passphrase", "", "\ud800", wrong, wrong[:-1]):
        with pytest.raises(Locked):
            keys.open_with_words(header, words)


def test_words_open_with_the_passphrase_and_with_the_recovery_code() -> None:
    bundle = keys.new_bundle("okafor")
    code, secret = keys.new_recovery_code()
    header = Header(
        keys.make_slot("passphrase", WORDS, bundle, STORE),
        keys.make_slot("recovery", secret, bundle, STORE),
    )
    assert keys.open_with_words(header, WORDS.decode()).data_key == bundle.data_key
    assert keys.open_with_words(header, code.lower()).data_key == bundle.data_key


def test_a_passphrase_that_looks_like_a_recovery_code_still_opens() -> None:
    words = keys.format_recovery_code(b"x" * 32)
    slot = keys.make_slot("passphrase", words.encode(), keys.new_bundle("okafor"), STORE)
    assert keys.open_with_words(Header(slot), words).user == "okafor"


def test_an_accent_typed_in_another_way_is_the_same_passphrase() -> None:
    slot = keys.make_slot("passphrase", "cinq éléments".encode(), keys.new_bundle("o"), STORE)
    assert keys.open_with_words(Header(slot), "cinq e\u0301le\u0301ments").user == "o"


def test_a_secret_of_the_wrong_size_makes_no_slot() -> None:
    bundle = keys.new_bundle("okafor")
    wrong: list[tuple[keys.SlotKind, bytes]] = [
        ("file", b""),
        ("file", b"k" * 31),
        ("reminder", b"k" * 33),
        ("passphrase", b""),
        ("passphrase", b"\xff"),
    ]
    for kind, secret in wrong:
        with pytest.raises(Usage):
            keys.make_slot(kind, secret, bundle, STORE)


@pytest.mark.parametrize(
    "change",
    [{"m": 2**31}, {"t": 17}, {"p": 17}, {"t": 0}, {"m": -1}, {"m": 8, "p": 4}, {"t": True},
     {"t": 3.0}, {"salt": "zz" * 16}, {"salt": "00"}, {"salt": None}, {"more": 1}],
)  # fmt: skip
def test_a_hostile_passphrase_cost_is_refused_before_it_is_spent(
    change: dict[str, object],
) -> None:
    slot = keys.make_slot("passphrase", WORDS, keys.new_bundle("okafor"), STORE)
    greedy = Slot(slot.id, slot.kind, slot.nonce, slot.wrapped, {**slot.kdf, **change})
    with pytest.raises(Damaged):
        keys.open_slot(greedy, WORDS, STORE)


@pytest.mark.parametrize(
    "inner",
    [b"", b"[]", b"null", b"{", b'{"user": "okafor"}', b'{"user": "o", "dek": "00"}',
     b'{"user": 1, "dek": "' + b"00" * 32 + b'"}', b'{"user": "o", "dek": 7}',
     b'{"user": "o", "dek": "' + b"zz" * 32 + b'"}', b"[" * 5000, b"\xff"],
)  # fmt: skip
def test_a_slot_sealed_over_nonsense_is_damaged(inner: bytes) -> None:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    shell = Slot("00" * 4, "file", bytes(12), b"")
    key = keys.derive(b"k" * 32, f"slot/file/{STORE}")
    wrapped = AESGCM(key).encrypt(shell.nonce, inner, slots._slot_place(shell, STORE))
    with pytest.raises(Damaged):
        keys.open_slot(Slot(shell.id, shell.kind, shell.nonce, wrapped), b"k" * 32, STORE)


def test_secrets_stay_out_of_repr_and_of_messages() -> None:
    bundle = keys.new_bundle("okafor")
    for shown in (repr(bundle), str(bundle), f"{keys.reminder_bundle(bundle)}"):
        assert "***" in shown
        for secret in (bundle.data_key, bundle.reminder_root, bundle.chain_key):
            assert secret.hex() not in shown
            assert repr(secret) not in shown


# Recovery codes.

codes = st.binary(min_size=32, max_size=32)
places = st.integers(0, 55)


def plain_code(secret: bytes) -> str:
    return keys.format_recovery_code(secret).replace("-", "")


@given(codes)
def test_a_recovery_code_survives_how_people_type(secret: bytes) -> None:
    code = keys.format_recovery_code(secret)
    assert [len(group) for group in code.split("-")] == [7] * 8
    for typed in (code, code.lower(), code.replace("-", " "), f"  {plain_code(secret)}\n"):
        assert keys.looks_like_recovery_code(typed)
        assert keys.parse_recovery_code(typed) == secret


@given(codes, places, st.sampled_from(LETTERS))
def test_any_changed_character_of_a_recovery_code_is_noticed(
    secret: bytes, at: int, other: str
) -> None:
    code = plain_code(secret)
    if code[at] != other:
        with pytest.raises(Usage):
            keys.parse_recovery_code(code[:at] + other + code[at + 1 :])


@given(codes, st.integers(0, 54))
def test_any_two_neighbours_that_changed_places_are_noticed(secret: bytes, at: int) -> None:
    code = plain_code(secret)
    if code[at] != code[at + 1]:
        with pytest.raises(Usage):
            keys.parse_recovery_code(code[:at] + code[at + 1] + code[at] + code[at + 2 :])


def test_in_one_code_every_single_slip_there_is_is_noticed() -> None:
    code = plain_code(os.urandom(32))
    slips = {code[:at] + one + code[at + 1 :] for at in range(56) for one in LETTERS}
    slips |= {code[:at] + code[at + 1] + code[at] + code[at + 2 :] for at in range(55)}
    for slip in slips - {code}:
        with pytest.raises(Usage):
            keys.parse_recovery_code(slip)


@given(st.text())
def test_any_other_text_is_no_recovery_code(text: str) -> None:
    if not keys.looks_like_recovery_code(text):
        with pytest.raises(Usage, match=r"^that is not a recovery code$"):
            keys.parse_recovery_code(text)


def test_the_alphabet_has_no_letters_that_look_like_digits() -> None:
    assert not set(recovery._ALPHABET) & set("01IO")
    assert len(set(recovery._ALPHABET)) == 32
    assert bundles.KEY_BYTES * 8 == 256


def test_a_passphrase_that_is_easily_guessed_is_refused() -> None:
    for weak in ("", "short", "a" * 40, "abababababab"):
        with pytest.raises(Usage):
            keys.check_passphrase(weak)
    keys.check_passphrase("five unrelated words")


# Files.


@pytest.mark.parametrize("reminder", [False, True])
def test_a_key_file_is_made_once_and_never_written_over(tmp_path: Path, reminder: bool) -> None:
    path = tmp_path / "new" / "key"
    secret = keys.create_key_file(path, reminder=reminder)
    before = path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert keys.create_key_file(path, reminder=reminder) == keys.read_key_file(path) == secret
    assert path.read_bytes() == before
    with pytest.raises(Settings, match="another sort"):
        keys.create_key_file(path, reminder=not reminder)


def test_of_every_mode_only_ones_own_are_taken(tmp_path: Path) -> None:
    key, words = tmp_path / "key", tmp_path / "words"
    secret = keys.create_key_file(key)
    keys.create_private(words, "five unrelated words\nand a second line\n")
    for mode in range(0o1000):
        own = not mode & 0o077 and (mode & 0o400 or os.geteuid() == 0)
        for path in (key, words):
            path.chmod(mode)
        if own:
            assert keys.read_key_file(key) == secret
            assert keys.read_passphrase_file(words) == "five unrelated words"
            continue
        for read, path in ((keys.read_key_file, key), (keys.read_passphrase_file, words)):
            with pytest.raises(Settings) as problem:
                read(path)
            assert "chmod 600" in problem.value.hint or not mode & 0o400


def test_what_the_system_guards_may_have_a_wider_mode(tmp_path: Path) -> None:
    path = tmp_path / "credential"
    secret = keys.create_key_file(path, reminder=True)
    path.chmod(0o440)
    assert keys.read_key_file(path, guarded=True) == secret


def test_a_file_of_another_person_is_refused_but_to_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "key"
    secret = keys.create_key_file(path)
    if os.geteuid() == 0:
        os.chown(path, 4321, -1)
        assert keys.read_key_file(path) == secret
    # Whoever could read another's 0600 file has a right that a test cannot take on.
    monkeypatch.setattr(os, "geteuid", lambda: 1234)
    with pytest.raises(Settings, match="somebody else"):
        keys.read_key_file(path)


def test_a_link_a_folder_and_a_pipe_are_no_key_files(tmp_path: Path) -> None:
    keys.create_key_file(tmp_path / "key")
    (tmp_path / "link").symlink_to(tmp_path / "key")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name in ("link", "folder", "pipe", "absent", "key/below", "k" * 300):
        with pytest.raises(Settings):
            keys.read_key_file(tmp_path / name)
        with pytest.raises(Settings):
            keys.read_passphrase_file(tmp_path / name)
    for name in ("link", "folder", "pipe", "key/below", "k" * 300):
        with pytest.raises(Settings):
            keys.create_key_file(tmp_path / name)


@pytest.mark.parametrize(
    "text",
    ["", "x", "reintegrate-key-1", "reintegrate-key-1 AAAA 00000000", "a b c d", "x" * 5000,
     "reintegrate-key-1 ÄÄÄÄ 00000000", "reintegrate-key-9 " + "A" * 43 + "= b2a9e00c"],
)  # fmt: skip
def test_a_file_that_holds_no_key_says_so_and_shows_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "key"
    keys.create_private(path, text)
    with pytest.raises(Settings) as problem:
        keys.read_key_file(path)
    assert len(text) < 4 or text not in problem.value.message + problem.value.hint


def test_a_key_file_with_one_letter_changed_is_noticed(tmp_path: Path) -> None:
    keys.create_key_file(tmp_path / "key")
    text = (tmp_path / "key").read_text()
    for at in range(len(text) - 1):
        path = tmp_path / f"key-{at}"
        keys.create_private(path, text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :])
        with pytest.raises(Settings):
            keys.read_key_file(path)


def test_an_empty_passphrase_file_and_one_that_is_no_text_are_refused(tmp_path: Path) -> None:
    for name, body in (("empty", b""), ("line", b"\nwords"), ("bytes", b"\xff\xfe")):
        (tmp_path / name).touch(0o600)
        (tmp_path / name).write_bytes(body)
        with pytest.raises(Settings):
            keys.read_passphrase_file(tmp_path / name)
