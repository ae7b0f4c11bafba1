"""The one cleaner: what stored text passes on every way out, so that it steers nothing.

A terminal, a spreadsheet, a mail, a calendar and an agency's reader of a packet all take some
characters for commands. What is typed is kept as it was typed; here it is made safe to show.
Every way out calls this module, and ``tests/core/test_cleaning.py`` tries each of them.
"""

import re
from collections.abc import Mapping
from typing import Any

# C0 and C1 controls, bidirectional marks, zero-width and other invisible format
# characters, line and paragraph separators, and halves of surrogate pairs. None of them is
# printable, so that text which is needs no look at them, nor their patterns to be made.
UNSAFE = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_ESCAPES = (
    # OSC, DCS, SOS, PM and APC strings with their content, then CSI and two-byte escapes.
    "(?s:(?:\x1b[\\]PX^_]|[\x9d\x90\x98\x9e\x9f]).*?(?:\x07|\x1b\\\\|\x9c)"
    "|(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"
    "|\x1b[ -/]*[0-~])"
)
_BREAKS = "\r\n?|[\x0b\x0c\x85\u2028\u2029]"
# Arabic, Syriac, N'Ko and their like; the scripts of India and of what lies east of it. Marks
# that go themselves are left out of it.
_JOINING = (
    "\u0600-\u061b\u061d-\u0dff\u0f00-\u109f\u1700-\u180d\u180f-\u18af\u1900-\u1cff"
    "\ua800-\ua8ff\ua980-\uaaff\uabc0-\uabff\ufb50-\ufdff\ufe70-\ufefc"
    "\U00010a00-\U00011fff\U0001e900-\U0001eeff"
)
_PICTURES = "\u00a9\u00ae\u2190-\u2bff\u3030\u303d\u3297\u3299\ufe0f\U0001f000-\U0001faff"
# Two characters that show nothing of themselves and are a part of the word all the same: they
# say whether letters join in Persian and in the scripts of India, and put one picture together
# of several. Beside anything else they only hide.
_JOINERS = (
    f"(?:(?<=[{_JOINING}])[\u200c\u200d]|[\u200c\u200d](?=[{_JOINING}])"
    f"|(?<=[{_PICTURES}])\u200d(?=[{_PICTURES}]))"
)

FORMULA_SIGNS = tuple("=+-@\t＝＋－＠")
"""What begins a formula; spreadsheets also take the full-width forms of these signs."""


def clean(value: object) -> str:
    """Make stored text safe to show: no escapes, no controls, no direction marks."""
    text = str(value)
    if text.isprintable():
        return text
    parted = re.sub(_BREAKS, "\n", re.sub(_ESCAPES, "", text))
    return re.sub(f"({_JOINERS})|{UNSAFE}", r"\1", parted)


def line(value: object) -> str:
    """Make stored text safe and keep it on one line."""
    return " ".join(clean(value).split())


def inert(value: object) -> str:
    """Make a cell that a spreadsheet will not take for a formula."""
    text = clean(value)
    return "'" + text if text.lstrip(" \u3000\n").startswith(FORMULA_SIGNS) else text


def document(value: Any) -> Any:
    """Make every text inside a document safe, keys and all."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {clean(key): document(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [document(item) for item in value]
    return value


def as_json(value: Any, indent: int | None = None) -> str:
    """Write JSON for a script, which reads what was kept: what would steer is spelled out."""

    def spelled(found: re.Match[str]) -> str:
        if found[1]:
            return found[1]
        units = found[0].encode("utf-16-be", "surrogatepass").hex()
        return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))

    import json  # a terminal does without

    text = json.dumps(value, indent=indent, ensure_ascii=False)
    return text if text.isprintable() else re.sub(f"({_JOINERS})|{UNSAFE}", spelled, text)
