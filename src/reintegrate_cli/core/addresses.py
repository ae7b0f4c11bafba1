"""Whether a text tells where somebody lives: a street with a number, or a place with its ZIP code.

Of a student whom an address confidentiality program protects, no such text is kept (rule C9); the
program gives a substitute, which is a post office box.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

_PLAIN: Final = r"(?i:street|avenue|boulevard|road|highway|apartment|apt\.?|parkway|ave\.?|blvd\.?)"
_KINDS: Final = "St|Rd|Dr|Drive|Ln|Lane|Ct|Court|Pl|Place|Way|Ter|Terrace|Cir|Circle|Loop|Trail"
_NUMBER: Final = r"\b\d{1,6}[A-Za-z]?,?\s+"
_LOOSE: Final = rf"(?:[\w.'-]+\s+){{0,3}}{_PLAIN}\b"
_NAMED: Final = rf"(?:[NSEW]\.?\s+)?(?:[A-Z][\w'-]+\s+){{1,2}}(?:{_KINDS})\b"
_ZIP: Final = r"\b[A-Z]{2},?\s+\d{5}(?:-\d{4})?\b"
_ADDRESS: Final = re.compile(f"{_NUMBER}(?:{_LOOSE}|{_NAMED})|{_ZIP}")


def tells_address(text: str) -> bool:
    """Return whether a text tells where somebody lives."""
    return _ADDRESS.search(text) is not None


def texts(value: Any) -> Iterator[str]:
    """Yield every text of a document, whatever it stands in."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from texts(part)
