"""msgspec, loaded without what it would only look at.

Where ``typing_extensions`` is installed msgspec takes some names from it, and otherwise from
``typing``, which has them since Python 3.11. Loading it, and ``inspect`` with it, would cost a
short command a twelfth of its time.
"""

import sys

_kept_away = "typing_extensions" not in sys.modules
if _kept_away:
    sys.modules["typing_extensions"] = None  # type: ignore[assignment] # as if not installed
try:
    import msgspec
    import msgspec.json
    from msgspec import field
    from msgspec.structs import replace
finally:
    if _kept_away:
        del sys.modules["typing_extensions"]

__all__ = ["field", "msgspec", "replace"]
