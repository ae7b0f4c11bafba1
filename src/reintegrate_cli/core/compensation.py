"""By when a claim is filed with a state: the rule, as the district wrote it down (I2).

There is no default: what the law of a state says is in ``district.toml`` with its citation and
the day on which somebody looked it up, or it is not known here.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, get_args

from reintegrate_cli.core.errors import Settings
from reintegrate_cli.core.lean import msgspec

CountedFrom = Literal["identified_on", "opened_on"]
EXAMPLE = (
    '[state.compensation] file_within = "3y", rule = "...", citation = "the section of your law"'
)
_KEYS = ("file_within", "good_cause_within", "counted_from", "rule", "citation", "verified_on")
_SPAN = re.compile(r"([1-9][0-9]?)y|([1-9][0-9]{0,2})m")


class Compensation(msgspec.Struct, frozen=True):
    """What the law of a state says on filing for compensation; months count from one day."""

    file_months: int
    good_cause_months: int | None
    counted_from: CountedFrom
    rule: str
    citation: str
    verified_on: date | None


def parse_compensation(value: Any) -> Compensation | None:
    """Read ``compensation`` of the table ``state`` of ``district.toml``.

    Raises:
        Settings: it has other keys or values, or lacks the rule or its citation.
    """
    given = value.get("compensation") if isinstance(value, Mapping) else None
    if given is None:
        return None
    if not isinstance(given, Mapping) or given.keys() - set(_KEYS):
        raise _malformed(f"takes {', '.join(_KEYS)}")
    texts = [given.get(name) for name in ("rule", "citation")]
    if not all(isinstance(text, str) and text.strip() for text in texts):
        raise _malformed("says what the rule is, and where it is written: rule, citation")
    counted_from = given.get("counted_from", "identified_on")
    if counted_from not in get_args(CountedFrom):
        raise _malformed("counts from identified_on or opened_on")
    verified_on = given.get("verified_on")
    if verified_on is not None and type(verified_on) is not date:
        raise _malformed("takes a date for verified_on, such as 2026-09-01")
    months = _months(given.get("file_within"), "file_within")
    good_cause = given.get("good_cause_within")
    opens = None if good_cause is None else _months(good_cause, "good_cause_within")
    if opens is not None and opens < months:
        raise _malformed("lets good cause open it for no shorter time than its own")
    rule, citation = (str(text).strip() for text in texts)
    return Compensation(months, opens, counted_from, rule, citation, verified_on)


def _months(value: Any, key: str) -> int:
    span = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if span is None:
        raise _malformed(f"takes years or months for {key}, such as 3y or 18m")
    return int(span[1]) * 12 if span[1] else int(span[2])


def _malformed(what: str) -> Settings:
    return Settings(
        f"district.toml: state: compensation {what}",
        fields=["state"],
        hint=f"for example {EXAMPLE}",
    )
