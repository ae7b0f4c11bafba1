"""By when a mandated report is made: the clocks of the state, as the district wrote them down (F1).

There is no default: what the law of a state says stands in ``district.toml`` with its citation, or
it is not known here. Hours are hours, also over a night in which the clocks change.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Literal, get_args

from reintegrate_cli.core.errors import Settings
from reintegrate_cli.core.lean import msgspec

From = Literal["oral", "suspected"]
EXAMPLE = (
    "[state.reporting]",
    'oral = "at once"',
    'written = "48h"',
    'citation = "the section of your law"',
)
"""What may stand in ``district.toml``, line by line."""
HHS_HOURS = 24
"""A minor from abroad: HHS is told within 24 hours (F5), a federal clock."""
_HOURS = re.compile(r"([1-9][0-9]{0,3})h")


class Reporting(msgspec.Struct, frozen=True):
    """What the law of a state says of reports; ``None`` of a leg that it does not ask for."""

    oral_hours: int
    written_hours: int | None
    written_from: From
    """What the hours of the written report count from."""
    citation: str


def parse_reporting(value: Any) -> Reporting | None:
    """Read ``reporting`` of the table ``state`` of ``district.toml``.

    Raises:
        Settings: it has other keys or values, or no citation.
    """
    if not isinstance(value, Mapping):
        raise _malformed("takes a table")
    given = value.get("reporting")
    if given is None:
        return None
    if not isinstance(given, Mapping) or given.keys() - {
        "oral",
        "written",
        "written_from",
        "citation",
    }:
        raise _malformed("reporting takes oral, written, written_from and citation")
    citation = given.get("citation")
    if not isinstance(citation, str) or not citation.strip():
        raise _malformed("reporting says where the law is written: citation")
    written_from = given.get("written_from", "oral")
    if written_from not in get_args(From):
        raise _malformed("written_from takes oral or suspected")
    oral = _hours(given.get("oral", "at once"))
    if oral is None:
        raise _malformed("oral takes hours, such as 24h, or at once")
    return Reporting(oral, _hours(given.get("written", "none")), written_from, citation.strip())


def _hours(value: Any) -> int | None:
    """Read ``48h``, ``at once`` or ``none``."""
    if value in ("at once", "at_once"):
        return 0
    if value == "none":
        return None
    match = _HOURS.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise _malformed("reporting takes hours, such as 48h")
    return int(match[1])


def _malformed(what: str) -> Settings:
    return Settings(
        f"district.toml: state: {what}", fields=["state"], hint=f"for example {' '.join(EXAMPLE)}"
    )


def moment(text: str, zone: tzinfo | None) -> datetime:
    """Return the moment of a local time; of an hour that comes twice, the first.

    Args:
        text: a moment as it was typed, ``2026-10-14T13:10``, or as it is kept, with its offset.
        zone: the district's; ``None`` is the system's.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        at = at.replace(tzinfo=zone) if zone is not None else at.astimezone()
    return at.astimezone(UTC).astimezone(zone)


def kept(at: datetime) -> str:
    """Write a moment as it is kept: local time with its offset."""
    return at.isoformat(timespec="minutes")


def after(at: datetime, hours: int, zone: tzinfo | None) -> datetime:
    """Return the moment so many hours later."""
    return (at.astimezone(UTC) + timedelta(hours=hours)).astimezone(zone)
