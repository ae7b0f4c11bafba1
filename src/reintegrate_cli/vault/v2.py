"""What differs in a vault of version 2, which did not say who wrote it; it is written no more.

::

    file     the start, as in every version | tag by the chain key | tag by the data key
             | SEGMENT* | DIRECTORY frame | TXN frame*
    frame    as today, without a signature and a proof

The tags are HMACs of the start; the chain begins with store, salt, epoch and schema. A full key
reads such a file, and writes it anew at its next change. A narrow key does not open it: nothing
in it tells what a person wrote from what another narrow key did.
"""

import hmac
import struct

from reintegrate_cli.core.errors import Settings, damaged
from reintegrate_cli.keys import Bundle, derive
from reintegrate_cli.keys.header import MAC_BYTES, Header

TAGS = 2 * MAC_BYTES
"""The bytes between the digest of the start and the segments."""


def check_start(start: bytes, tags: bytes, bundle: Bundle) -> None:
    """Require that a full key wrote the start of the file.

    Args:
        start: the file through the digest.
        tags: what follows it.
        bundle: what the key at hand opens.

    Raises:
        Damaged: a tag is not there, or somebody without a full key wrote the header; or the
            key at hand was made for a file that says who wrote it.
        Settings: it is a narrow key of that version.
    """
    if not bundle.full:
        raise damaged() if bundle.public else _not_yet()
    wanted = [
        hmac.digest(derive(key, "header"), start, "sha256")
        for key in (bundle.chain_key, bundle.data_key)
    ]
    if not hmac.compare_digest(b"".join(wanted), tags):
        raise damaged()


def _not_yet() -> Settings:
    return Settings(
        "an older version wrote this vault, and a person has to write to it first",
        hint="with a key that opens everything: reintegrate vault backup FOLDER is enough",
    )


def chain_start(header: Header, chain_key: bytes) -> bytes:
    """Return the value that the chain of such a file begins with."""
    place = bytes.fromhex(header.store_id) + bytes.fromhex(header.salt)
    basis = place + struct.pack(">II", header.epoch, header.schema)
    return hmac.digest(chain_key, b"chain" + basis, "sha256")
