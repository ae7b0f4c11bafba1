"""Keys: each opens what it should and nothing else, and none shows itself."""

import json
import os
import subprocess
from pathlib import Path

import pyrage
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from narrow import reminder_bundle, reviewer_bundle
from reintegrate_cli import keys
from reintegrate_cli.core.errors import Damaged, Locked, Settings, Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.keys import Slot, age, bundles, disk, guessing, private, recovery, slots

STORE = "5a" * 16
WORDS = b"five unrelated words here now"
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


IDENTITY = pyrage.x25519.Identity.generate()
RECIPIENT = str(IDENTITY.to_public()).encode()
IDENTITIES = str(IDENTITY).encode()
OLD_CRON = (Path(__file__).parents[1] / "vaults" / "format2.reminder-key").read_text()
"""Cron's key file as the version before wrote it, which named nobody who signs."""


def new_bundle(user: str) -> keys.Bundle:
    """Make a bundle that knows who signs for its vault."""
    return replace(keys.new_bundle(user), public=bytes(range(32)))


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
    bundle, secret = new_bundle("okafor"), os.urandom(32)
    secret = WORDS if kind == "passphrase" else secret
    slot = keys.make_slot(kind, secret, bundle, STORE)
    found = keys.open_slot(slot, secret, STORE)
    assert found == keys.full_bundle(bundle.data_key, "okafor", slot.id)


def test_every_kind_of_slot_is_full_or_narrow() -> None:
    assert set(keys.KINDS) - set(keys.FULL_KINDS) == {"reminder", "reviewer", "school"}
    for kind in keys.KINDS:
        secret = {"recipient": RECIPIENT, "passphrase": WORDS, "reviewer": WORDS}
        slot = keys.make_slot(kind, secret.get(kind, b"k" * 32), new_bundle("okafor"), STORE)
        opener = IDENTITIES if kind == "recipient" else secret.get(kind, b"k" * 32)
        found = keys.open_slot(slot, opener, STORE)
        assert found is not None
        assert found.full is (kind in keys.FULL_KINDS)


def test_the_reminder_slot_holds_two_derived_keys_and_nothing_that_leads_back() -> None:
    bundle, secret = new_bundle("okafor"), os.urandom(32)
    found = keys.open_slot(keys.make_slot("reminder", secret, bundle, STORE), secret, STORE)
    assert found is not None
    narrow = reminder_bundle(bundle)
    assert (found.reminder_root, found.chain_key) == (narrow.reminder_root, narrow.chain_key)
    assert found.data_key == narrow.data_key == b""
    assert not found.full
    assert found.table_key("due", "reminder") == bundle.table_key("due", "reminder")
    for refused in (
        lambda: found.table_key("cases", "full"),
        lambda: keys.make_slot("file", secret, found, STORE),
    ):
        with pytest.raises(Locked, match=r"does not open .*; it opens the reminders alone$"):
            refused()


def test_the_reviewer_slot_opens_the_history_and_nothing_that_leads_back() -> None:
    bundle = new_bundle("hale")
    slot = keys.make_slot("reviewer", WORDS, bundle, STORE)
    found = keys.open_slot(slot, WORDS, STORE)
    assert found is not None
    assert found == replace(reviewer_bundle(bundle), slot=slot.id)
    assert (found.history_root, found.chain_key) == (bundle.history_root, bundle.chain_key)
    assert found.data_key == found.reminder_root == b""
    assert not found.full
    assert [group for group in ("full", "history", "reminder") if found.opens(group)] == ["history"]
    assert found.table_key("history", "history") == bundle.table_key("history", "history")
    assert bundle.history_root == keys.derive(bundle.data_key, "history")
    for refused in (
        lambda: found.table_key("cases", "full"),
        lambda: found.table_key("due", "reminder"),
        lambda: keys.make_slot("file", b"k" * 32, found, STORE),
        lambda: keys.make_slot("recipient", RECIPIENT, found, STORE),
        lambda: keys.make_slot("reminder", b"k" * 32, found, STORE),
    ):
        with pytest.raises(Locked, match=r"does not open .*; it opens the history alone$"):
            refused()


def test_one_narrow_key_does_not_make_the_other() -> None:
    cron = reminder_bundle(new_bundle("okafor"))
    assert not cron.opens("history")
    for refused in (
        lambda: keys.make_slot("reviewer", WORDS, cron, STORE),
        lambda: cron.table_key("history", "history"),
    ):
        with pytest.raises(Locked, match=r"it opens the reminders alone$"):
            refused()
    with pytest.raises(Locked, match=r"it opens nothing$"):
        keys.Bundle("okafor", False).table_key("due", "reminder")


def test_no_two_purposes_have_the_same_key() -> None:
    bundle = new_bundle("okafor")
    derived = [bundle.table_key(name, "full") for name in ("cases", "due", "reminder")]
    derived += [bundle.table_key(name, "reminder") for name in ("cases", "due")]
    derived += [bundle.table_key(name, "history") for name in ("cases", "history")]
    derived += [bundle.chain_key, bundle.reminder_root, bundle.data_key]
    derived += [bundle.history_root]
    assert len(set(derived)) == len(derived)


def test_a_slot_moved_to_another_place_or_changed_opens_nothing() -> None:
    secret = os.urandom(32)
    slot = keys.make_slot("file", secret, new_bundle("okafor"), STORE)
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
    bundle = new_bundle("okafor")
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
    bundle = new_bundle("okafor")
    code, secret = keys.new_recovery_code()
    header = Header(
        keys.make_slot("passphrase", WORDS, bundle, STORE),
        keys.make_slot("recovery", secret, bundle, STORE),
    )
    assert keys.open_with_words(header, WORDS.decode()).data_key == bundle.data_key
    assert keys.open_with_words(header, code.lower()).data_key == bundle.data_key


def test_the_same_words_open_as_much_as_any_slot_they_are_for() -> None:
    bundle = new_bundle("okafor")
    reviewer = keys.make_slot("reviewer", WORDS, bundle, STORE)
    other = keys.make_slot("passphrase", b"other words altogether", bundle, STORE)
    assert keys.open_with_words(Header(reviewer, other), WORDS.decode()).slot == reviewer.id
    full = keys.make_slot("passphrase", WORDS, bundle, STORE)
    assert keys.open_with_words(Header(reviewer, full), WORDS.decode()).slot == full.id
    relabelled = Slot(reviewer.id, "passphrase", reviewer.nonce, reviewer.wrapped, reviewer.kdf)
    with pytest.raises(Locked):
        keys.open_with_words(Header(relabelled), WORDS.decode())


def test_a_passphrase_that_looks_like_a_recovery_code_still_opens() -> None:
    words = keys.format_recovery_code(b"x" * 32)
    slot = keys.make_slot("passphrase", words.encode(), new_bundle("okafor"), STORE)
    assert keys.open_with_words(Header(slot), words).user == "okafor"


def test_an_accent_typed_in_another_way_is_the_same_passphrase() -> None:
    slot = keys.make_slot("passphrase", "cinq éléments".encode(), new_bundle("o"), STORE)
    assert keys.open_with_words(Header(slot), "cinq e\u0301le\u0301ments").user == "o"


def test_a_secret_of_the_wrong_size_makes_no_slot() -> None:
    bundle = new_bundle("okafor")
    wrong: list[tuple[keys.SlotKind, bytes]] = [
        ("file", b""),
        ("file", b"k" * 31),
        ("reminder", b"k" * 33),
        ("passphrase", b""),
        ("passphrase", b"\xff"),
        ("reviewer", b""),
        ("reviewer", b"\xff"),
        ("recipient", b""),
        ("recipient", b"k" * 32),
        ("recipient", b"\xff" * 62),
    ]
    for kind, secret in wrong:
        with pytest.raises(Usage):
            keys.make_slot(kind, secret, bundle, STORE)


@pytest.mark.parametrize("kind", ["passphrase", "reviewer"])
@pytest.mark.parametrize(
    "change",
    [
        {"m": 2**31},
        {"t": 17},
        {"p": 17},
        {"t": 0},
        {"m": -1},
        {"m": 8, "p": 4},
        {"t": True},
        {"t": 3.0},
        {"salt": "zz" * 16},
        {"salt": "00"},
        {"salt": None},
        {"more": 1},
    ],
)
def test_a_hostile_passphrase_cost_is_refused_before_it_is_spent(
    kind: keys.SlotKind, change: dict[str, object]
) -> None:
    slot = keys.make_slot(kind, WORDS, new_bundle("okafor"), STORE)
    greedy = Slot(slot.id, slot.kind, slot.nonce, slot.wrapped, {**slot.kdf, **change})
    with pytest.raises(Damaged):
        keys.open_slot(greedy, WORDS, STORE)


@pytest.mark.parametrize("kind", keys.KINDS)
def test_only_words_are_worth_any_work(kind: keys.SlotKind) -> None:
    asked = dict(keys.ARGON, salt="00" * 16)
    assert keys.kdf_is_sound(kind, asked) is (kind in ("passphrase", "reviewer"))
    assert keys.kdf_is_sound(kind, {}) is (kind not in ("passphrase", "reviewer"))
    for other in (None, [], 7, [["t", 3]]):
        assert not keys.kdf_is_sound(kind, other)


def test_a_passphrase_without_the_memory_to_try_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from argon2 import low_level
    from argon2.exceptions import HashingError

    def too_little(**_: object) -> bytes:
        raise HashingError("Memory allocation error")

    slot = keys.make_slot("passphrase", WORDS, new_bundle("okafor"), STORE)
    monkeypatch.setattr(low_level, "hash_secret_raw", too_little)
    with pytest.raises(Settings, match="not enough memory"):
        keys.open_slot(slot, WORDS, STORE)


@pytest.mark.parametrize(
    "inner",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b'{"user": "okafor"}',
        b'{"user": "o", "dek": "00"}',
        b'{"user": 1, "dek": "' + b"00" * 32 + b'"}',
        b'{"user": "o", "dek": 7}',
        b'{"user": "o", "dek": "' + b"zz" * 32 + b'"}',
        b"[" * 5000,
        b"\xff",
        b'{"user": "o\\n", "dek": "' + b"00" * 32 + b'"}',
        b'{"user": "' + b"o" * 65 + b'", "dek": "' + b"00" * 32 + b'"}',
        b'{"user": "\\ud800", "dek": "' + b"00" * 32 + b'"}',
    ],
)
def test_a_slot_sealed_over_nonsense_is_damaged(inner: bytes) -> None:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    shell = Slot("00" * 4, "file", bytes(12), b"")
    key = keys.derive(b"k" * 32, f"slot/file/{STORE}")
    wrapped = AESGCM(key).encrypt(shell.nonce, inner, slots._slot_place(shell, STORE))
    with pytest.raises(Damaged):
        keys.open_slot(Slot(shell.id, shell.kind, shell.nonce, wrapped), b"k" * 32, STORE)


def test_secrets_stay_out_of_repr_and_of_messages() -> None:
    bundle = new_bundle("okafor")
    narrow = (reminder_bundle(bundle), reviewer_bundle(bundle))
    for shown in (repr(bundle), str(bundle), *map(repr, narrow)):
        assert "***" in shown
        for secret in (
            bundle.data_key,
            bundle.reminder_root,
            bundle.history_root,
            bundle.chain_key,
        ):
            assert secret.hex() not in shown
            assert repr(secret) not in shown


# Age.


def recipient_of(point: int) -> str:
    """Spell any point as an age public key, as BIP 173 says."""
    letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
    number = int.from_bytes(point.to_bytes(32, "little"), "big") << 4
    digits = [number >> 5 * place & 31 for place in reversed(range(52))]
    check = 1
    for digit in [
        *(ord(one) >> 5 for one in "age"),
        0,
        *(ord(one) & 31 for one in "age"),
        *digits,
        *[0] * 6,
    ]:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ digit
        for bit, mask in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= mask if top >> bit & 1 else 0
    digits += [(check ^ 1) >> 5 * place & 31 for place in reversed(range(6))]
    return "age1" + "".join(letters[digit] for digit in digits)


PRIME = 2**255 - 19
# The points of small order (RFC 7748, section 6): they share one secret with everybody.
SMALL = [
    0,
    1,
    PRIME - 1,
    PRIME,
    PRIME + 1,
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
]


def test_a_recipient_slot_opens_with_the_identity_and_gives_everything() -> None:
    bundle = new_bundle("counsel")
    slot = keys.make_slot("recipient", RECIPIENT, bundle, STORE)
    assert RECIPIENT not in slot.wrapped
    assert len(slot.wrapped) < age.LONGEST_SEALED / 4
    other = str(pyrage.x25519.Identity.generate()).encode()
    for secret in (IDENTITIES, other + b"\n" + IDENTITIES):
        found = keys.open_any(Header(slot), ("file", "recipient"), secret)
        assert found == keys.full_bundle(bundle.data_key, "counsel", slot.id)
    for wrong in (other, b"k" * 32, b"", b"\xff\xfe", b"AGE-SECRET-KEY-1", IDENTITIES.lower()[:-1]):
        with pytest.raises(Locked):
            keys.open_any(Header(slot), ("file", "recipient"), wrong)
        assert keys.open_slot(slot, wrong, STORE) is None
    with pytest.raises(Locked):
        keys.open_any(Header(slot), ("file",), IDENTITIES)


def test_a_recipient_slot_moved_to_another_place_opens_nothing() -> None:
    slot = keys.make_slot("recipient", RECIPIENT, new_bundle("okafor"), STORE)
    changed = [
        (slot, "5b" * 16),
        (replace(slot, id="00" * 4), STORE),
        (replace(slot, wrapped=b""), STORE),
        (replace(slot, wrapped=slot.wrapped[:-1]), STORE),
        (replace(slot, wrapped=slot.wrapped + bytes(1)), STORE),
        (replace(slot, wrapped=slot.wrapped + bytes(age.LONGEST_SEALED)), STORE),
        (replace(slot, kind="file"), STORE),
    ]
    assert [keys.open_slot(one, IDENTITIES, store) for one, store in changed] == [None] * 7


@pytest.mark.parametrize(
    "change",
    [{"store": 7}, {"store": None}, {"slot": ["00" * 4]}, {"kind": "file"}, {"kind": "reviewer"}],
)
def test_what_was_sealed_for_another_place_opens_nothing(change: dict[str, object]) -> None:
    inner = {"store": STORE, "slot": "00" * 4, "kind": "recipient", "user": "o", "dek": "00" * 32}
    sealed = age.seal(json.dumps({**inner, **change}).encode(), RECIPIENT.decode())
    assert keys.open_slot(Slot("00" * 4, "recipient", bytes(12), sealed), IDENTITIES, STORE) is None


@pytest.mark.parametrize(
    "change",
    [
        {"store": ...},
        {"slot": ...},
        {"kind": ...},
        {"user": ...},
        {"dek": ...},
        {"user": 1},
        {"user": "\x1b]52;c;AAAA\a"},
        {"dek": "00"},
        {"dek": None},
        {"dek": "zz" * 32},
    ],
)
def test_what_anybody_sealed_to_the_public_key_is_damaged_where_it_is_nonsense(
    change: dict[str, object],
) -> None:
    inner: dict[str, object] = {"store": STORE, "slot": "00" * 4, "kind": "recipient"}
    inner |= {"user": "o", "dek": "00" * 32, **change}
    plain = json.dumps({name: one for name, one in inner.items() if one is not ...}).encode()
    for body in (plain, b"[" * 1000, b"null", b"7", b"\xff", b""):
        sealed = age.seal(body, RECIPIENT.decode())
        with pytest.raises(Damaged):
            keys.open_slot(Slot("00" * 4, "recipient", bytes(12), sealed), IDENTITIES, STORE)


SEALED = keys.make_slot("recipient", RECIPIENT, new_bundle("okafor"), STORE)
stanzas = st.builds(
    lambda kind, argument, body: b"-> " + kind + b" " + argument + b"\n" + body + b"\n",
    st.sampled_from([b"X25519", b"scrypt", b"ssh-ed25519", b"mlkem768x25519", b""]),
    st.sampled_from([b"A" * 43, b"//" * 21 + b"8", b"A" * 22 + b" 63", b"", b"\xff"]),
    st.sampled_from([b"A" * 43, b"A" * 64, b"", b"=" * 9]),
)
files = st.builds(
    lambda found, mac, rest: b"age-encryption.org/v1\n" + b"".join(found) + mac + rest,
    st.lists(stanzas, max_size=40),
    st.sampled_from([b"--- " + b"A" * 43 + b"\n", b"---\n", b""]),
    st.binary(max_size=200),
)


@given(st.one_of(st.binary(max_size=400), files))
@example(b"-----BEGIN AGE ENCRYPTED FILE-----\n" + b"A" * 64)
@example(pyrage.passphrase.encrypt(b"{}", "words"))
@example(bytes(10**6))
def test_whatever_a_recipient_slot_holds_it_opens_nothing(wrapped: bytes) -> None:
    assert keys.open_slot(replace(SEALED, wrapped=wrapped), IDENTITIES, STORE) is None


@given(st.integers(0, len(SEALED.wrapped) - 1), st.integers(0, 7))
def test_a_flipped_bit_of_a_recipient_slot_opens_nothing(at: int, bit: int) -> None:
    wrapped = bytearray(SEALED.wrapped)
    wrapped[at] ^= 1 << bit
    assert keys.open_slot(replace(SEALED, wrapped=bytes(wrapped)), IDENTITIES, STORE) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not an age public key"),
        ("age1", "not an age public key"),
        (RECIPIENT.decode().upper(), "not an age public key"),
        (RECIPIENT.decode() + "\n", "not an age public key"),
        (f" {RECIPIENT.decode()}", "not an age public key"),
        (f"{RECIPIENT.decode()} hale", "not an age public key"),
        ("é" * 62, "not an age public key"),
        ("age1pq1" + "q" * 1900, "post-quantum"),
        ("age1yubikey1" + "q" * 58, "plugin"),
        ("age1tag1" + "q" * 58, "plugin"),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMnone", "ssh"),
        ("ssh-rsa AAAA", "ssh"),
        (IDENTITIES.decode(), "secret half"),
        (IDENTITIES.decode().lower(), "secret half"),
        ("AGE-SECRET-KEY-PQ-1Q", "secret half"),
        ("age1" + "q" * 58, "mistyped"),
    ],
)
def test_another_sort_of_key_is_refused_in_plain_words(text: str, said: str) -> None:
    with pytest.raises(Usage, match=said) as problem:
        keys.check_recipient(text)
    assert len(text) < 5 or text not in problem.value.message + problem.value.hint
    with pytest.raises(Usage, match=said):
        keys.make_slot("recipient", text.encode(), new_bundle("okafor"), STORE)


@given(st.integers(0, 57), st.sampled_from("qpzry9x8gf2tvdw0s3jn54khce6mua7l"))
def test_any_changed_character_of_a_public_key_is_noticed(at: int, other: str) -> None:
    text = RECIPIENT.decode()
    changed = text[: 4 + at] + other + text[5 + at :]
    if changed == text:
        assert keys.check_recipient(changed) == text
    else:
        with pytest.raises(Usage, match="mistyped"):
            keys.check_recipient(changed)


@pytest.mark.parametrize("point", [*SMALL, *(point | 1 << 255 for point in SMALL)])
def test_a_public_key_that_shares_its_secret_with_everybody_is_refused(point: int) -> None:
    assert keys.check_recipient(recipient_of(9)) == recipient_of(9)
    with pytest.raises(Usage, match="too weak to keep anything secret"):
        keys.check_recipient(recipient_of(point))


@pytest.mark.needs("age")
def test_the_program_age_opens_what_was_sealed_and_its_keys_are_taken(tmp_path: Path) -> None:
    identity = tmp_path / "identity"
    subprocess.run(["age-keygen", "-o", str(identity)], check=True, capture_output=True)
    public = subprocess.run(["age-keygen", "-y", str(identity)], check=True, capture_output=True)
    bundle = new_bundle("counsel")
    slot = keys.make_slot("recipient", public.stdout.strip(), bundle, STORE)
    opened = subprocess.run(
        ["age", "-d", "-i", str(identity)], input=slot.wrapped, capture_output=True, check=True
    )
    assert json.loads(opened.stdout)["dek"] == bundle.data_key.hex()
    secret = keys.read_key_or_identities(identity).secret
    assert keys.open_any(Header(slot), ("recipient",), secret).data_key == bundle.data_key
    sealed = subprocess.run(
        ["age", "-r", public.stdout.decode().strip()],
        input=opened.stdout,
        capture_output=True,
        check=True,
    )
    again = keys.open_slot(replace(slot, wrapped=sealed.stdout), secret, STORE)
    assert again == keys.open_slot(slot, secret, STORE)


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


@pytest.mark.parametrize(
    "weak",
    [
        "",
        "short",
        "a" * 40,
        "abababababab",
        "123456789012",
        "098765432109",
        "111122223333",
        "abcdefghijkl",
        "zyxwvutsrqpo",
        "qwertyuiop[]",
        "poiuytrewqlkj",
        "asdfghjklasdf",
        "1qaz2wsx3edc",
        "1q2w3e4r5t6y",
        "passwordpassword",
        "Password2026!",
        "P@ssw0rd1234",
        "letmein123456",
        "iloveyou12345",
        "Welcome12345!",
        "Summer2026!!",
        "October2026!",
        "abcabcabcabc",
        "kT9#kT9#kT9#kT9#",
        "student123456",
        "administrator1",
        "19870412198704",
        "555-0142-555",
        "correct horse battery staple",
        "Football1999!",
        "changeme1234",
    ],
)
def test_a_passphrase_that_is_easily_guessed_is_refused(weak: str) -> None:
    with pytest.raises(Usage):
        keys.check_passphrase(weak)


@pytest.mark.parametrize(
    "words",
    [
        "five unrelated words",
        "lantern orchard velvet nine boats",
        "kT9#vLq2!xZw",
        "Tr0ub4dor&3x!",
        "monkey ladder violin gravel",
        "bien loin du quai vert",
        "зелёный чайник у реки",
        "7391 0482 6650 1938 27",
        "hat-otter-plum-grille",
        "\u4e94\u4e2a\u4e0d\u76f8\u5173\u7684\u8bcd\u5f88\u597d\u8bb0\u54e6\u55ef",
    ],
)
def test_a_passphrase_of_unrelated_words_or_signs_is_taken(words: str) -> None:
    keys.check_passphrase(words)


@given(st.text(max_size=200))
def test_any_text_can_be_looked_at(text: str) -> None:
    assert guessing.left(text) <= len(text.lower())


# Files.


def test_a_key_file_is_made_once_and_never_written_over(tmp_path: Path) -> None:
    path, other = tmp_path / "new" / "key", tmp_path / "new" / "cron"
    secret = keys.create_key_file(path)
    made = keys.create_reminder_file(other, b"p" * 32)
    before = path.read_bytes(), other.read_bytes()
    assert {file.stat().st_mode & 0o777 for file in (path, other)} == {0o600}
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert keys.create_key_file(path) == secret
    assert keys.read_key_file(path) == ("file", secret, b"")
    assert keys.create_reminder_file(other, b"p" * 32) == keys.read_key_file(other) == made
    assert (len(made.secret), made.public) == (32, b"p" * 32)
    with pytest.raises(Settings, match="another sort"):
        keys.create_key_file(other)
    with pytest.raises(Settings, match="another sort"):
        keys.create_reminder_file(path, b"p" * 32)
    with pytest.raises(Settings, match="another vault's"):
        keys.create_reminder_file(other, b"q" * 32)
    assert (path.read_bytes(), other.read_bytes()) == before


def test_cron_s_key_file_of_an_older_version_is_told_who_signs_and_keeps_its_secret(
    tmp_path: Path,
) -> None:
    path = tmp_path / "cron"
    keys.create_private(path, OLD_CRON)
    former = keys.create_reminder_file(path, b"p" * 32)
    assert former == keys.read_key_file(path)
    assert former.public == b""
    assert path.read_text() == OLD_CRON
    keys.sign_reminder_file(path, keys.KeyFile("reminder", former.secret, b"p" * 32))
    assert keys.read_key_file(path) == ("reminder", former.secret, b"p" * 32)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["cron"]


def test_cron_s_key_file_that_cannot_be_written_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "canary-quetzal")

    path = tmp_path / "cron"
    keys.create_private(path, OLD_CRON)
    monkeypatch.setattr(private, "write_all", full)
    with pytest.raises(Settings, match="the disk is full"):
        keys.sign_reminder_file(path, keys.KeyFile("reminder", b"k" * 32, b"p" * 32))
    assert path.read_text() == OLD_CRON
    assert list(tmp_path.iterdir()) == [path]


def test_a_narrow_key_opens_only_what_its_file_names_the_signer_of() -> None:
    bundle, secret = new_bundle("okafor"), b"k" * 32
    header = Header(keys.make_slot("reminder", secret, bundle, STORE))
    opened = keys.open_with_file(header, keys.KeyFile("reminder", secret, bundle.public))
    assert (opened.full, opened.public) == (False, bundle.public)
    for public, said in ((b"", "does not say yet who signs"), (b"q" * 32, "somebody else")):
        with pytest.raises(Settings, match=said) as problem:
            keys.open_with_file(header, keys.KeyFile("reminder", secret, public))
        assert "remind setup --reminder-key" in problem.value.hint
    person = Header(keys.make_slot("file", secret, bundle, STORE))
    assert keys.open_with_file(person, keys.KeyFile("file", secret)).full
    unknown = keys.new_bundle("okafor")
    for kind in ("reminder", "reviewer"):
        with pytest.raises(Usage, match="what signs for its vault"):
            keys.make_slot(kind, secret, unknown, STORE)  # type: ignore[arg-type]


def test_a_signing_key_opens_under_its_data_key_and_in_its_vault_alone() -> None:
    bundle, signer = keys.new_bundle("okafor"), keys.Signer.new()
    sealed = signer.sealed(bundle, STORE)
    assert keys.Signer.opened(sealed, bundle, STORE).public == signer.public
    for wrong in (
        lambda: keys.Signer.opened(sealed, keys.new_bundle("okafor"), STORE),
        lambda: keys.Signer.opened(sealed, bundle, "5b" * 16),
        lambda: keys.Signer.opened(sealed[:-1] + b"x", bundle, STORE),
        lambda: keys.Signer.opened(sealed[:5], bundle, STORE),
    ):
        with pytest.raises(Damaged, match="signing key"):
            wrong()
    for refused in (signer.sealed, lambda *_: keys.Signer.opened(sealed, *_)):
        with pytest.raises(Locked, match="does not open the key that signs"):
            refused(reminder_bundle(bundle), STORE)


def test_a_proof_is_of_one_digest_under_one_data_key_and_one_signing_key() -> None:
    bundle, signer, digest = keys.new_bundle("okafor"), keys.Signer.new(), b"d" * 32
    cron = reminder_bundle(replace(bundle, public=signer.public))
    proof = signer.prove(digest, bundle)
    assert len(proof) == keys.PROOF_BYTES
    assert keys.is_proven(digest, proof, bundle)
    assert keys.is_proven(digest, proof, cron)
    assert keys.is_signed(digest, proof, signer.public)
    for at in range(len(proof)):
        spoiled = proof[:at] + bytes([proof[at] ^ 1]) + proof[at + 1 :]
        assert not keys.is_proven(digest, spoiled, bundle)  # the signature is a part of it
        assert keys.is_proven(digest, spoiled, cron) is (at >= 64)
    other = keys.Signer.new().prove(digest, keys.new_bundle("okafor"))
    for wrong in ((b"e" * 32, proof), (digest, other), (digest, b""), (digest, bytes(96))):
        assert not keys.is_proven(*wrong, bundle)
        assert not keys.is_proven(*wrong, cron)
    for public in (b"", bytes(32), b"\xff" * 32):
        assert not keys.is_signed(digest, proof, public)


@pytest.mark.parametrize("made", ["key", "cron", "old cron", "identity", "commented", "recovery"])
def test_what_opens_a_vault_is_known_by_its_content(tmp_path: Path, made: str) -> None:
    keys.create_key_file(tmp_path / "key")
    keys.create_reminder_file(tmp_path / "cron", b"p" * 32)
    texts = {
        "old cron": OLD_CRON,
        "identity": IDENTITIES.decode(),
        "commented": f"# created: 2026-10-01\n{IDENTITIES.decode()}\n",
        "recovery": f"{keys.new_recovery_code()[0].lower()}\n",
    }
    text = texts.get(made) or (tmp_path / made).read_text()
    assert keys.looks_like_key(text)
    for harmless in ("correct horse battery staple", "", "p4ss-w0rd", "reintegrate", "age1xyz"):
        assert not keys.looks_like_key(harmless)


def test_of_every_mode_only_ones_own_are_taken(tmp_path: Path) -> None:
    key, words = tmp_path / "key", tmp_path / "words"
    secret = keys.create_key_file(key)
    keys.create_private(words, "five unrelated words\nand a second line\n")
    for mode in range(0o1000):
        own = not mode & 0o077 and (mode & 0o400 or os.geteuid() == 0)
        for path in (key, words):
            path.chmod(mode)
        if own:
            assert keys.read_key_file(key).secret == secret
            assert keys.read_passphrase_file(words) == "five unrelated words"
            continue
        for read, path in ((keys.read_key_file, key), (keys.read_passphrase_file, words)):
            with pytest.raises(Settings) as problem:
                read(path)
            assert "chmod 600" in problem.value.hint or not mode & 0o400


def test_what_the_system_guards_may_have_a_wider_mode(tmp_path: Path) -> None:
    path = tmp_path / "credential"
    made = keys.create_reminder_file(path, b"p" * 32)
    path.chmod(0o440)
    assert keys.read_key_file(path, guarded=True) == made


def test_a_file_of_another_person_is_refused_but_to_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "key"
    secret = keys.create_key_file(path)
    if os.geteuid() == 0:
        os.chown(path, 4321, -1)
        assert keys.read_key_file(path).secret == secret
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
    [
        "",
        "x",
        "reintegrate-key-1",
        "reintegrate-key-1 AAAA 00000000",
        "a b c d",
        "x" * 5000,
        "reintegrate-key-1 ÄÄÄÄ 00000000",
        "reintegrate-key-9 " + "A" * 43 + "= b2a9e00c",
    ],
)
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


def identity_file(path: Path, body: str) -> Path:
    keys.create_private(path, body)
    return path


def test_a_file_with_identities_is_read_as_age_keygen_writes_it(tmp_path: Path) -> None:
    one, two = (str(pyrage.x25519.Identity.generate()) for _ in range(2))
    text = f"# created: 2026-10-01\n# public key: age1\n{one}\r\n\n  {two}\n"
    path = identity_file(tmp_path / "identities", text)
    assert keys.read_key_or_identities(path) == ("recipient", f"{one}\n{two}".encode(), b"")
    secret = keys.create_key_file(tmp_path / "key")
    assert keys.read_key_or_identities(tmp_path / "key").secret == secret
    for refused in (lambda: keys.read_key_file(path), lambda: keys.create_key_file(path)):
        with pytest.raises(Settings, match="an age identity, not a key"):
            refused()
    path.chmod(0o640)
    with pytest.raises(Settings, match="others can read"):
        keys.read_key_or_identities(path)
    assert path.read_bytes() == text.encode()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("AGE-SECRET-KEY-1", "holds no age identity"),
        (IDENTITIES.decode()[:-1] + "B", "holds no age identity"),
        (IDENTITIES.decode()[:-1] + ("Q" if IDENTITIES[-1:] != b"Q" else "P"), "no age identity"),
        (IDENTITIES.decode() + "\nand more", "holds no age identity"),
        (f"{IDENTITIES.decode()} {IDENTITIES.decode()}", "holds no age identity"),
        (IDENTITIES.decode().lower(), "holds no key"),
        ("# nothing else", "holds no key"),
        ("AGE-SECRET-KEY-PQ-1QQQ", "of a sort that opens no vault"),
        ("AGE-PLUGIN-YUBIKEY-1QQQ", "of a sort that opens no vault"),
        ("-----BEGIN AGE ENCRYPTED FILE-----\nAAAA", "locked with a passphrase"),
        ("\n".join([IDENTITIES.decode()] * 17), "too many"),
        ("\n".join([IDENTITIES.decode()] * 99), "too long"),
    ],
)
def test_a_file_without_a_sound_identity_says_so_and_shows_nothing(
    tmp_path: Path, text: str, said: str
) -> None:
    path = identity_file(tmp_path / "identities", text)
    with pytest.raises(Settings, match=said) as problem:
        keys.read_key_or_identities(path)
    assert IDENTITIES.decode()[20:40] not in str(problem.value) + problem.value.hint


@pytest.mark.parametrize("failing", ["write_all", "flush", "sync_folder"])
def test_a_disk_that_fails_leaves_no_half_a_key_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    import errno

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "canary-quetzal")

    monkeypatch.setattr(private, failing, full)
    with pytest.raises(Settings, match="the disk is full"):
        keys.create_key_file(tmp_path / "key")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("knows", [True, False])
def test_where_there_is_a_full_sync_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knows: bool
) -> None:
    asked: list[str] = []

    def control(descriptor: int, command: int) -> None:
        asked.append("full")
        if not knows:
            raise OSError

    monkeypatch.setattr(disk.fcntl, "F_FULLFSYNC", 51, raising=False)
    monkeypatch.setattr(disk.fcntl, "fcntl", control)
    monkeypatch.setattr(disk.os, "fsync", lambda _: asked.append("plain"))
    keys.create_private(tmp_path / "file", "text")
    assert asked == (["full"] * 2 if knows else ["full", "plain"] * 2)


@pytest.mark.parametrize("kind", keys.KINDS)
def test_another_data_key_is_wrapped_without_the_secret_at_hand(kind: keys.SlotKind) -> None:
    secret = {"recipient": RECIPIENT, "passphrase": WORDS, "reviewer": WORDS}.get(kind, b"k" * 32)
    opener = IDENTITIES if kind == "recipient" else secret
    former, bundle = new_bundle("okafor"), new_bundle("hale")
    slot = keys.make_slot(kind, secret, former, STORE)
    renewed = keys.renew_slot(slot, former, bundle, STORE)
    assert renewed is not None
    assert (renewed.id, renewed.kind, renewed.kdf) == (slot.id, kind, slot.kdf)
    opened = keys.open_slot(renewed, opener, STORE)
    assert opened is not None
    assert opened.chain_key == bundle.chain_key != former.chain_key
    assert opened.user == "okafor"  # whose slot it is does not change
    again = keys.renew_slot(renewed, bundle, former, STORE)
    assert again is not None
    assert keys.open_slot(again, opener, STORE) == keys.open_slot(slot, opener, STORE)
    with pytest.raises(Locked):
        keys.renew_slot(slot, reminder_bundle(former), bundle, STORE)


def test_a_slot_that_was_tampered_with_is_not_carried_over() -> None:
    former, bundle = new_bundle("okafor"), new_bundle("okafor")
    slot = keys.make_slot("file", b"k" * 32, former, STORE)
    spoiled = bytes([slot.back[20] ^ 1])
    for back in (b"", slot.back[:20], slot.back[:20] + spoiled + slot.back[21:]):
        assert keys.renew_slot(replace(slot, back=back), former, bundle, STORE) is None
    assert keys.renew_slot(slot, bundle, former, STORE) is None
    assert keys.renew_slot(replace(slot, id="00000000"), former, bundle, STORE) is None
    assert not keys.make_slot("reminder", b"k" * 32, reminder_bundle(former), STORE).back


def test_typed_words_are_tried_on_all_slots_within_what_one_may_ask_for() -> None:
    def typed(*costs: tuple[int, int]) -> list[Slot]:
        return [Slot("00", "passphrase", b"", b"", {"t": t, "m": m, "p": 4}) for t, m in costs]

    default, most = (keys.ARGON["t"], keys.ARGON["m"]), (keys.ARGON_MOST["t"], keys.ARGON_MOST["m"])
    assert keys.work_is_sound(typed(*[default] * 64))
    assert keys.work_is_sound(typed(most))
    assert not keys.work_is_sound(typed(most, default))
    assert not keys.work_is_sound(typed(*[most] * 64))


def test_a_slot_that_is_sealed_to_many_keys_is_not_even_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sealed = age.seal(b"{}", RECIPIENT.decode())
    assert age.unseal(sealed, IDENTITIES) == b"{}"
    start = b"age-encryption.org/v1\n"
    more = b"-> X25519 " + b"A" * 43 + b"\n" + b"A" * 43 + b"\n"
    monkeypatch.setattr(pyrage, "decrypt", lambda *_: pytest.fail("it was tried"))
    assert age.unseal(start + more * 8 + sealed.removeprefix(start), IDENTITIES) is None
