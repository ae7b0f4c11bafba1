"""The chain of a log: each entry bound to the one before it, so that none is changed or lost."""

from collections.abc import Mapping
from typing import Any


def chain_value(previous: str, entry: Mapping[str, Any]) -> str:
    """Bind an entry, as it is kept, to the one before it.

    Values are not bound, since a purge takes them out; the vault's own chain covers them.
    """
    import hashlib
    import json

    said = {name: value for name, value in entry.items() if name != "chain"}
    body = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(previous.encode() + body.encode()).hexdigest()
