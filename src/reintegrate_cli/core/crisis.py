"""What to do first when somebody is in danger: the district's own steps and numbers (rule F8).

They have to be at hand whatever else is wrong: where the rest of ``district.toml`` cannot be read,
its ``[crisis]`` is still looked for.
"""

import re
from collections.abc import Mapping
from typing import Any

from reintegrate_cli.core.errors import Settings
from reintegrate_cli.core.lean import field, msgspec

MOST_STEPS, LONGEST_STEP = 6, 150
MOST_NUMBERS, LONGEST_NUMBER = 8, 60
"""Together they fit on a screen of 24 lines, each step on two of them."""
_SECTION = re.compile(r"^\[crisis[\].].*?(?=^\[(?!crisis[\].])|\Z)", re.MULTILINE | re.DOTALL)


class Crisis(msgspec.Struct, frozen=True):
    """The steps to take, in their order, and who answers at which number."""

    steps: tuple[str, ...] = ()
    numbers: Mapping[str, str] = field(default_factory=dict)


DEFAULT = Crisis(
    ("Call 911 if anybody may be hurt. Stay with the student; write nothing down yet.",),
    {"911": "emergency", "988": "crisis line, by call or text"},
)


def parse_crisis(value: Any) -> Crisis:
    """Read the table ``crisis`` of ``district.toml``.

    Raises:
        Settings: it has other keys, or is longer than a screen.
    """
    if not isinstance(value, Mapping) or value.keys() - {"steps", "numbers"}:
        raise _malformed("takes steps and numbers")
    steps, numbers = value.get("steps", []), value.get("numbers", {})
    if not isinstance(steps, list) or not isinstance(numbers, Mapping):
        raise _malformed("takes a list of steps, and a table of numbers")
    texts = [*steps, *numbers.values()]
    if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
        raise _malformed("takes texts")
    if len(steps) > MOST_STEPS or any(len(step) > LONGEST_STEP for step in steps):
        raise _malformed(f"takes at most {MOST_STEPS} steps of {LONGEST_STEP} characters")
    lengths = [len(part) for pair in numbers.items() for part in pair]
    if len(numbers) > MOST_NUMBERS or max(lengths, default=0) > LONGEST_NUMBER:
        raise _malformed(f"takes at most {MOST_NUMBERS} numbers, each with a short name")
    return Crisis(tuple(steps), dict(numbers))


def rescued(text: str) -> Crisis | None:
    """Return what ``[crisis]`` says in a file of which the rest cannot be read, if that can be."""
    import tomllib

    section = _SECTION.search(text)
    try:
        return parse_crisis(tomllib.loads(section[0])["crisis"]) if section else None
    except (ValueError, KeyError, RecursionError, Settings):
        return None


def _malformed(what: str) -> Settings:
    return Settings(
        f"district.toml: crisis {what}",
        fields=["crisis"],
        hint='for example [crisis] steps = ["Call the counselor."] numbers = { "911" = "police" }',
    )
