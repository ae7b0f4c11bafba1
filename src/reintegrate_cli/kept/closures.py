"""Closed days in ``district.toml``: added and removed in place, with every comment kept."""

import os
from datetime import date
from pathlib import Path
from typing import Any

from reintegrate_cli.core.dates import parse_closures, read_date
from reintegrate_cli.core.errors import Missing, Settings, Usage
from reintegrate_cli.kept.settings import config_path, parse_district


def parse_span(text: str, today: date) -> tuple[date, date]:
    """Read a day, or the first and the last of several: ``2026-11-25..2026-11-27``.

    Raises:
        Usage: it is neither, or ends before it starts.
    """
    first, mark, last = text.partition("..")
    start = read_date(first, today)
    end = read_date(last, today) if mark else start
    if end < start:
        raise Usage("the range ends before it starts", hint="give FIRST..LAST", fields=["days"])
    return start, end


def spans(text: bytes) -> list[tuple[date, date]]:
    """List the closed spans as the file has them, in the order of their days."""
    parse_district(text)
    return sorted(_span(entry) for entry in _document(text).get("closures", []))


def with_span(text: bytes, start: date, end: date) -> bytes:
    """Return the file with another closed span.

    Raises:
        Usage: those days are closed already.
        Settings: the file is malformed, or would list too many days.
    """
    if parse_closures([_entry(start, end)]) <= parse_district(text).calendar.closures:
        raise Usage("that is closed already", hint="reintegrate closure list", fields=["days"])
    document = _document(text)
    document.setdefault("closures", []).append(_entry(start, end))
    return _checked(document)


def without_span(text: bytes, start: date, end: date) -> bytes:
    """Return the file without a closed span.

    Raises:
        Missing: the file has no such entry.
        Settings: the file is malformed.
    """
    parse_district(text)
    document = _document(text)
    entries = document.get("closures", [])
    places = [place for place, entry in enumerate(entries) if _span(entry) == (start, end)]
    if not places:
        raise Missing(
            "district.toml has no such closure",
            hint="reintegrate closure list; give a range as it is listed",
        )
    for place in reversed(places):
        del entries[place]
    return _checked(document)


def save(text: bytes) -> None:
    """Write ``district.toml`` in one step, so that a reader sees the former file or this one.

    Raises:
        Settings: the disk does not take it, or REINTEGRATE_CONFIG names no file.
    """
    from reintegrate_cli.keys.disk import (
        plain_reason,
        remedy,
        sync_folder,
        write_all,
        written_beside,
    )

    path = config_path()
    if str(path) == os.devnull:
        raise Settings("REINTEGRATE_CONFIG names no file", hint="name a district.toml there")
    # A link to a shared file stays a link.
    path = Path(os.path.realpath(path))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = written_beside(path, lambda descriptor: write_all(descriptor, text))
        if path.exists():
            new.chmod(path.stat().st_mode & 0o777)
        new.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise Settings(
            f"district.toml cannot be written: {plain_reason(error)}", hint=remedy(error)
        ) from None


def _entry(start: date, end: date) -> str:
    return start.isoformat() if start == end else f"{start.isoformat()}..{end.isoformat()}"


def _span(entry: object) -> tuple[date, date]:
    days = parse_closures([entry])  # type: ignore[list-item]
    return min(days), max(days)


def _document(text: bytes) -> Any:
    import tomlkit

    return tomlkit.parse(text.decode("utf-8-sig"))


def _checked(document: Any) -> bytes:
    import tomlkit

    text = tomlkit.dumps(document).encode()
    parse_district(text)
    return text
