"""Keys: what opens a vault, and how much of it.

::

    data key (32 random bytes, in memory alone)
     |- HKDF "table/NAME"        -> the key of one table that only a full key opens
     |- HKDF "history"           -> the history root
     |    '- HKDF "table/NAME"   -> the key of a table that a reviewer may open
     |- HKDF "reminder"          -> the reminder root
     |    '- HKDF "table/NAME"   -> the key of a table that cron may open
     '- HKDF "chain"             -> the key of the file's trailer

HKDF goes one way: the reminder root gives neither the data key nor another table's. A slot
in the vault's header wraps a bundle: the data key, or the chain key with the reminder root or
the history root; and, sealed with it, the staff slug of the person whose slot it is.
"""

from reintegrate_cli.keys.age import (
    check_recipient,
    is_sealed,
    open_archive,
    open_archive_with_words,
    seal_archive,
)
from reintegrate_cli.keys.bundles import (
    KEY_BYTES,
    Bundle,
    Group,
    derive,
    full_bundle,
    new_bundle,
    new_data_key,
    reminder_bundle,
    reviewer_bundle,
)
from reintegrate_cli.keys.private import (
    create_key_file,
    create_private,
    read_identity_file,
    read_key_file,
    read_key_or_identities,
    read_new_passphrase,
    read_passphrase_file,
    read_private,
)
from reintegrate_cli.keys.recovery import (
    SHORTEST_PASSPHRASE,
    check_passphrase,
    format_recovery_code,
    looks_like_recovery_code,
    new_recovery_code,
    parse_recovery_code,
)
from reintegrate_cli.keys.slots import (
    ARGON,
    ARGON_MOST,
    FULL_KINDS,
    KINDS,
    NONCE_BYTES,
    HeaderLike,
    Slot,
    SlotKind,
    kdf_is_sound,
    make_slot,
    open_any,
    open_slot,
    open_with_words,
    renew_slot,
    secret_of,
    user_of,
)

__all__ = [
    "ARGON",
    "ARGON_MOST",
    "FULL_KINDS",
    "KEY_BYTES",
    "KINDS",
    "NONCE_BYTES",
    "SHORTEST_PASSPHRASE",
    "Bundle",
    "Group",
    "HeaderLike",
    "Slot",
    "SlotKind",
    "check_passphrase",
    "check_recipient",
    "create_key_file",
    "create_private",
    "derive",
    "format_recovery_code",
    "full_bundle",
    "is_sealed",
    "kdf_is_sound",
    "looks_like_recovery_code",
    "make_slot",
    "new_bundle",
    "new_data_key",
    "new_recovery_code",
    "open_any",
    "open_archive",
    "open_archive_with_words",
    "open_slot",
    "open_with_words",
    "parse_recovery_code",
    "read_identity_file",
    "read_key_file",
    "read_key_or_identities",
    "read_new_passphrase",
    "read_passphrase_file",
    "read_private",
    "reminder_bundle",
    "renew_slot",
    "reviewer_bundle",
    "seal_archive",
    "secret_of",
    "user_of",
]
