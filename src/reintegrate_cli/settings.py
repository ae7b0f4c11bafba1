"""Where things are, and what the district's own file says."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reintegrate_cli.calendar import Calendar, parse_closures
from reintegrate_cli.errors import Settings

if TYPE_CHECKING:
    from reintegrate_cli.language import Changes

APP = "reintegrate"
_KNOWN = {
    "time_zone",
    "closures",
    "school_year",
    "schools",
    "mail",
    "retention",
    "state",
    "language",
}


@dataclass(frozen=True, repr=False, eq=False)
class District:
    """What ``district.toml`` says: the zone, the closed days, the schools.

    Without a file, weekends are closed, every weekday is a school day, and the zone is the
    system's.
    """

    time_zone: str | None = None
    calendar: Calendar = field(default_factory=Calendar)
    schools: tuple[str, ...] = ()
    retention: Mapping[str, str] = field(default_factory=dict)
    """How long each type of record is kept, as written; see ``retention.parse_schedule``."""
    language: "Changes | None" = None
    """What the district changes in the words that kinder ones are suggested for."""


def vault_path(given: str | None = None) -> Path:
    """Give the path of the vault: ``--vault``, else the environment, else the data folder."""
    named = given or os.environ.get("REINTEGRATE_VAULT")
    if named:
        if "://" in named:
            raise Settings(
                "a vault on a server is not supported yet", hint="give the path of a file"
            )
        return Path(named).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir(APP)) / "caseload.vault"


def config_path() -> Path:
    """Give the path of ``district.toml``."""
    named = os.environ.get("REINTEGRATE_CONFIG")
    if named:
        return Path(named).expanduser()
    import platformdirs

    return Path(platformdirs.user_config_dir(APP)) / "district.toml"


def state_path() -> Path:
    """Give the folder for crash reports, which hold no values."""
    import platformdirs

    return Path(platformdirs.user_state_dir(APP))


def check_platform() -> None:
    """Say in one sentence where the program does not run.

    Raises:
        Settings: the system is neither Linux nor macOS.
    """
    if sys.platform not in ("linux", "darwin"):
        raise Settings("reintegrate runs on Linux and macOS", hint="on Windows, use WSL")


def district() -> District:
    """Read ``district.toml``.

    Raises:
        Settings: it was named and is not there, is no TOML, or has a wrong key or value.
    """
    path = config_path()
    try:
        with path.open("rb") as file:
            text = file.read(1_000_001)
    except FileNotFoundError:
        if os.environ.get("REINTEGRATE_CONFIG"):
            raise Settings("the file that REINTEGRATE_CONFIG names is not there") from None
        return District()
    except OSError:
        raise Settings("district.toml cannot be read", hint="look at its permissions") from None
    return parse_district(text)


def parse_district(text: bytes) -> District:
    """Read the bytes of a ``district.toml``.

    Raises:
        Settings: it is no TOML, or has a wrong key or value.
    """
    if not text.strip():
        return District()
    import tomllib

    try:
        document = tomllib.loads(text.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Settings(
            "district.toml is not a TOML file", hint="a date or a text wants quotes"
        ) from None
    unknown = sorted(document.keys() - _KNOWN)
    if unknown:
        raise Settings(f"district.toml has a key that is not known: {unknown[0][:40]}",
                       hint=f"the keys are {', '.join(sorted(_KNOWN))}", fields=unknown)  # fmt: skip
    closures = document.get("closures", [])
    if not isinstance(closures, list):
        raise Settings("district.toml: closures takes a list", fields=["closures"])
    schools = document.get("schools", [])
    if not isinstance(schools, list) or not all(isinstance(name, str) for name in schools):
        raise Settings("district.toml: schools takes a list of names", fields=["schools"])
    retention = document.get("retention", {})
    if not isinstance(retention, dict):
        raise Settings("district.toml: retention takes a table of periods", fields=["retention"])
    return District(
        retention=retention,
        time_zone=_zone(document.get("time_zone")),
        calendar=Calendar(parse_closures(closures), _year(document.get("school_year"))),
        schools=tuple(schools),
        language=_language(document.get("language")),
    )


def _zone(name: Any) -> str | None:
    if name is None:
        return None
    import zoneinfo

    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise Settings("district.toml: time_zone is not a zone", fields=["time_zone"],
                       hint='for example time_zone = "America/New_York"') from None  # fmt: skip
    return str(name)


def _language(said: Any) -> "Changes | None":
    if said is None:
        return None
    from reintegrate_cli.language import parse_changes

    return parse_changes(said)


def _year(value: Any) -> tuple[date, date] | None:
    """Read the school year, given as ``{starts, ends}`` or as a range ``first..last``."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        ends = [value.get("starts"), value.get("ends")]
    else:
        ends = list(str(value).partition("..")[::2])
    try:
        first, last = (date.fromisoformat(str(end).strip()) for end in ends)
    except ValueError:
        first, last = date.max, date.min
    if first > last:
        raise Settings("district.toml: school_year is not a range", fields=["school_year"],
                       hint='for example school_year = "2026-08-24..2027-06-11"')  # fmt: skip
    return first, last
