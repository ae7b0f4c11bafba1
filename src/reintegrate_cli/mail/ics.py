"""The calendar file: holds as iCalendar (RFC 5545), every one of them empty alike.

What the standard does not demand is left out: no place, no words, no people, no alarm, no
zone. ``PRODID`` is demanded, and names no product.
"""

import re
from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from reintegrate_cli.core.cleaning import line
from reintegrate_cli.mail.holds import HALF_HOUR, Hold

if TYPE_CHECKING:
    from icalendar import Event

_MAKER = "-//Office//Hold//EN"
_SUMMARY = "Hold"

# Every line that an export can hold, and no other.
_LINE = re.compile(
    r"(?:BEGIN|END):(?:VCALENDAR|VEVENT)|VERSION:2\.0"
    r"|CLASS:PRIVATE|TRANSP:OPAQUE|STATUS:CANCELLED"
    rf"|PRODID:{re.escape(_MAKER)}|SUMMARY:{_SUMMARY}"
    r"|SEQUENCE:[0-9]+|DTSTAMP:[0-9]{8}T[0-9]{6}Z"
    r"|DT(?:START|END)(?:;VALUE=DATE:[0-9]{8}|:[0-9]{8}T[0-9]{6}Z)|UID:(?P<uid>[0-9a-f-]{36})"
)


def new_uid() -> str:
    """Make the number of a hold: random, and derived from nothing."""
    import uuid

    return str(uuid.uuid4())


def written(holds: Iterable[Hold], now: datetime) -> bytes:
    """Write holds as a calendar file.

    Args:
        holds: what it says, in this order.
        now: when it is written, which the standard wants to know; the half hour will do.
    """
    from icalendar import Calendar

    stamp = now.astimezone(UTC).replace(second=0, microsecond=0)
    stamp -= timedelta(minutes=stamp.minute % HALF_HOUR)
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", _MAKER)
    for hold in holds:
        calendar.add_component(_event(hold, stamp))
    return bytes(calendar.to_ical())


def _event(hold: Hold, stamp: datetime) -> "Event":
    from icalendar import Event

    event = Event()
    event.add("uid", line(hold.uid))
    event.add("summary", _SUMMARY)
    event.add("class", "PRIVATE")
    event.add("transp", "OPAQUE")
    event.add("sequence", hold.sequence)
    event.add("dtstamp", stamp)
    start: date
    end: date
    if "T" in hold.starts:
        start = datetime.fromisoformat(hold.starts)
        end = start + timedelta(minutes=HALF_HOUR)
    else:
        start = date.fromisoformat(hold.starts)
        end = start + timedelta(days=1)
    event.add("dtstart", start)
    event.add("dtend", end)
    if hold.cancelled:
        event.add("status", "CANCELLED")
    return event


def is_export(data: bytes, known: Collection[str]) -> bool:
    """Return whether a file is an earlier export, as it was written.

    Every line of it is one that an export writes, and every number in it is known. What
    somebody added to it makes it their file.

    Args:
        data: the file.
        known: the numbers of all the holds that were ever exported.
    """
    lines = [_LINE.fullmatch(line) for line in data.decode("utf-8", "replace").splitlines()]
    uids = {matched["uid"] for matched in lines if matched and matched["uid"]}
    return bool(uids) and all(lines) and uids <= set(known)
