"""Keys: what opens a vault, and how much of it.

::

    data key (32 random bytes, in memory alone)
     |- HKDF "table/NAME"        -> the key of one table that only a full key opens
     |- HKDF "history"           -> the history root
     |    '- HKDF "table/NAME"   -> the key of a table that a reviewer may open
     |- HKDF "reminder"          -> the reminder root
     |    '- HKDF "table/NAME"   -> the key of a table that cron may open
     |- HKDF "school/SCOPE"      -> in a database, the root of one school's cases, or of what
     |    |                         everybody needs; nobody but a full key has more than these two
     |    '- HKDF "table/NAME"   -> the key of a table there
     |- HKDF "chain"             -> the key of the chain of frames
     |- HKDF "proof"             -> the key of the HMAC that says a full key wrote a frame
     |- HKDF "signer"            -> the key that seals the signing key in the header
     '- HKDF "slots"             -> the key that seals beside a slot what wraps a data key in it

HKDF goes one way: the reminder root gives neither the data key nor another table's. A slot
in the vault's header wraps a bundle: the data key, or the chain key with the reminder root or
the history root and the public half of the signing key; and, sealed with it, the staff slug of
the person whose slot it is. The signing key is random and none of these: it stays when the data
key is changed, since cron's key file names its public half.
"""

from reintegrate_cli.keys.age import check_recipient, is_sealed
from reintegrate_cli.keys.bundles import (
    APPENDING,
    COMMON,
    KEY_BYTES,
    NONCE_BYTES,
    Bundle,
    Group,
    derive,
    full_bundle,
    new_bundle,
    new_data_key,
    new_store_id,
    school_bundle,
    school_name,
    scope_of,
    scope_root,
    tray_key,
    unwrap,
    wrap,
)
from reintegrate_cli.keys.private import (
    KeyFile,
    create_key_file,
    create_private,
    create_reminder_file,
    create_school_file,
    looks_like_key,
    read_identity_file,
    read_key_file,
    read_key_or_identities,
    read_new_passphrase,
    read_passphrase_file,
    read_private,
    recovery_file_taken,
    sign_reminder_file,
    write_recovery_code,
)
from reintegrate_cli.keys.recovery import (
    SHORTEST_PASSPHRASE,
    check_passphrase,
    format_recovery_code,
    looks_like_recovery_code,
    new_recovery_code,
    parse_recovery_code,
)
from reintegrate_cli.keys.signing import PROOF_BYTES, Signer, is_proven, is_signed
from reintegrate_cli.keys.slots import (
    ARGON,
    ARGON_MOST,
    FULL_KINDS,
    KINDS,
    SHARED_KINDS,
    HeaderLike,
    Slot,
    SlotKind,
    carry_over,
    kdf_is_sound,
    make_slot,
    open_any,
    open_slot,
    open_with_file,
    open_with_words,
    renew_slot,
    school_of,
    secret_of,
    user_of,
    work_is_sound,
)

__all__ = [
    "APPENDING",
    "ARGON",
    "ARGON_MOST",
    "COMMON",
    "FULL_KINDS",
    "KEY_BYTES",
    "KINDS",
    "NONCE_BYTES",
    "PROOF_BYTES",
    "SHARED_KINDS",
    "SHORTEST_PASSPHRASE",
    "Bundle",
    "Group",
    "HeaderLike",
    "KeyFile",
    "Signer",
    "Slot",
    "SlotKind",
    "carry_over",
    "check_passphrase",
    "check_recipient",
    "create_key_file",
    "create_private",
    "create_reminder_file",
    "create_school_file",
    "derive",
    "format_recovery_code",
    "full_bundle",
    "is_proven",
    "is_sealed",
    "is_signed",
    "kdf_is_sound",
    "looks_like_key",
    "looks_like_recovery_code",
    "make_slot",
    "new_bundle",
    "new_data_key",
    "new_recovery_code",
    "new_store_id",
    "open_any",
    "open_slot",
    "open_with_file",
    "open_with_words",
    "parse_recovery_code",
    "read_identity_file",
    "read_key_file",
    "read_key_or_identities",
    "read_new_passphrase",
    "read_passphrase_file",
    "read_private",
    "recovery_file_taken",
    "renew_slot",
    "school_bundle",
    "school_name",
    "school_of",
    "scope_of",
    "scope_root",
    "secret_of",
    "sign_reminder_file",
    "tray_key",
    "unwrap",
    "user_of",
    "work_is_sound",
    "wrap",
    "write_recovery_code",
]
