"""Who wrote it: what a full key proves of all that a narrow key reads.

A narrow key opens its tables with the very keys that seal them, so that anyone who holds it could
write there as well. Two proofs of one digest say who did: an HMAC under a key that follows from
the data key, which is quick and for full keys; and a signature for the narrow ones. The key that
signs is random and sealed under the data key in the vault's header, so that it outlives every
other key; narrow keys know its public half, and never from the vault alone.

Ed25519 is loaded where something is signed, or read with a narrow key: never by a person who
only looks.
"""

import hmac
import os
from functools import cached_property
from typing import TYPE_CHECKING

from reintegrate_cli.core.errors import Damaged
from reintegrate_cli.keys.bundles import KEY_BYTES, Bundle, derive, unwrap, wrap

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SIGNATURE_BYTES = 64
PROOF_BYTES = SIGNATURE_BYTES + 32
"""The signature, then the HMAC over it and what it signs."""

_MARK = b"reintegrate frame 3\n"
_PLACE = b"reintegrate signing key "


class Signer:
    """The key that signs for a vault.

    Args:
        seed: its 32 random bytes.
    """

    def __init__(self, seed: bytes) -> None:
        self._seed = seed

    @classmethod
    def new(cls) -> "Signer":
        """Make the signing key of a new vault."""
        return cls(os.urandom(KEY_BYTES))

    @classmethod
    def opened(cls, sealed: bytes, bundle: Bundle, store_id: str) -> "Signer":
        """Open the signing key that a header holds.

        Raises:
            Damaged: it was not sealed for this vault under this data key.
            Locked: the bundle is a narrow one.
        """
        seed = unwrap(_sealing_key(bundle), sealed, _PLACE + store_id.encode())
        if seed is None or len(seed) != KEY_BYTES:
            raise Damaged(
                "the vault's signing key is damaged",
                hint="keep the file, and restore the last backup beside it",
            )
        return cls(seed)

    def sealed(self, bundle: Bundle, store_id: str) -> bytes:
        """Seal it under a data key, as a header holds it."""
        return wrap(_sealing_key(bundle), self._seed, _PLACE + store_id.encode())

    @cached_property
    def _key(self) -> "Ed25519PrivateKey":
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self._seed)

    @cached_property
    def public(self) -> bytes:
        """Its public half."""
        return self._key.public_key().public_bytes_raw()

    def prove(self, digest: bytes, bundle: Bundle) -> bytes:
        """Prove to every key that a full one wrote what has this digest."""
        signature = self._key.sign(_MARK + digest)
        return signature + _tag(bundle, digest, signature)


def is_proven(digest: bytes, proof: bytes, bundle: Bundle) -> bool:
    """Return whether a full key wrote what has this digest, as far as a key can know.

    Args:
        digest: of what was written, and of where it stands.
        proof: what ``Signer.prove`` gave.
        bundle: a full bundle; or a narrow one, with the public half that its reader relies on.
    """
    signature, tag = proof[:SIGNATURE_BYTES], proof[SIGNATURE_BYTES:]
    if bundle.full:
        return hmac.compare_digest(_tag(bundle, digest, signature), tag)
    return is_signed(digest, proof, bundle.public)


def is_signed(digest: bytes, proof: bytes, public: bytes) -> bool:
    """Return whether a proof holds the signature that a public half belongs to."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(public)
        key.verify(proof[:SIGNATURE_BYTES], _MARK + digest)
    except (InvalidSignature, ValueError):
        return False
    return True


def _sealing_key(bundle: Bundle) -> bytes:
    bundle.demand_full("the key that signs")
    return derive(bundle.data_key, "signer")


def _tag(bundle: Bundle, digest: bytes, signature: bytes) -> bytes:
    return hmac.digest(derive(bundle.data_key, "proof"), digest + signature, "sha256")
