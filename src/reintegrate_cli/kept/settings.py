"""Where things are, and what the district's own file says."""

import codecs
import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from reintegrate_cli.core.calendar import SCHOOL_HOURS, Calendar, parse_closures, parse_time
from reintegrate_cli.core.errors import Missing, Settings, Usage
from reintegrate_cli.core.lean import field, msgspec
from reintegrate_cli.core.records import WORD
from reintegrate_cli.startup import functions_later

if TYPE_CHECKING:
    from reintegrate_cli.core.compensation import Compensation
    from reintegrate_cli.core.crisis import Crisis
    from reintegrate_cli.core.language import Changes
    from reintegrate_cli.core.reporting import Reporting

APP = "reintegrate"
LONGEST_FILE = 256 * 1024
"""More than this is no ``district.toml``: closures for ten years are a quarter of it."""
SMALLEST_CELL = 11
"""The fewest students whom a number that is released may stand for (PRACTICE section 4)."""
STATE_SMALLEST = 10
_LARGEST_CELL = 1_000
_KNOWN = {
    "time_zone",
    "closures",
    "crisis",
    "school_year",
    "school_years",
    "schools",
    "school_hours",
    "mail",
    "retention",
    "state",
    "language",
    "reports",
    "server",
}


class District(msgspec.Struct, frozen=True):
    """What ``district.toml`` says: the zone, the closed days, the schools.

    Without a file, weekends are closed, every weekday is a school day, and the zone is the
    system's.
    """

    time_zone: str | None = None
    calendar: Calendar = field(default_factory=Calendar)
    schools: Mapping[str, str] = field(default_factory=dict)
    """The schools of the district: a slug for each, and its full name."""
    school_hours: tuple[str, str] = SCHOOL_HOURS
    """What is assumed where a student said which way is safe, and no hours."""
    retention: Mapping[str, str] = field(default_factory=dict)
    """How long each type of record is kept, as written; see ``retention.parse_schedule``."""
    server_backups: str | None = None
    server_looked: str | None = None
    """How long a database's server keeps its log and its own backups, as written."""
    crisis: "Crisis | None" = None
    """What to do first when somebody is in danger, if the district says so itself."""
    compensation: "Compensation | None" = None
    """By when a claim is filed with the state, if the district says so."""
    reporting: "Reporting | None" = None
    """By when the law of the state wants reports, if the district wrote it down."""
    language: "Changes | None" = None
    """What the district changes in the words that kinder ones are suggested for."""
    smallest_cell: int = SMALLEST_CELL
    """The fewest students whom a number that is released may stand for."""

    def school(self, slug: str) -> str:
        """Return the slug of a school as ``district.toml`` has it, if it lists any.

        Raises:
            Missing: it is none of them; the nearest is named.
        """
        slugs = {one.casefold(): one for one in self.schools}
        if not slugs or slug.casefold() in slugs:
            return slugs.get(slug.casefold(), slug)
        import difflib

        nearest = difflib.get_close_matches(slug.casefold(), slugs, 1)
        hint = f"did you mean {slugs[nearest[0]]}" if nearest else "district.toml lists the schools"
        raise Missing("there is no such school", hint=hint)


def path_of(text: str) -> Path:
    """Read the path of a file as a person types it; ``~`` is a home.

    Raises:
        Settings: it names the home of somebody who has none, or could be no path.
    """
    if "\0" in text:
        raise Settings("that is not the path of a file", hint="check the spelling")
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise Settings(
            "the path names a home that is not there", hint="write the path from / on"
        ) from None


def _own_folder(what: Literal["data", "config", "state"]) -> Path:
    """Return a folder of this account.

    Raises:
        Settings: the account has no home, as in some containers and under some schedulers.
    """
    with functions_later("tempfile"):  # it only makes a folder that nobody asks for
        import platformdirs

    try:
        folder = Path(getattr(platformdirs, f"user_{what}_dir")(APP))
    except RuntimeError:
        folder = Path()
    if folder.is_absolute():
        return folder
    raise Settings(
        "this account has no home folder", hint="set HOME, or name the vault with --vault"
    )


def folder_beside(name: str) -> Path:
    """Return a folder of another name beside this program's own for data.

    Raises:
        Settings: the account has no home.
    """
    return _own_folder("data").with_name(name)


def vault_path(given: str | None = None) -> Path:
    """Return the path of the vault: ``--vault``, else the environment, else the data folder.

    Raises:
        Settings: it could be no vault's, or none is named and this account has no home.
    """
    named = given or os.environ.get("REINTEGRATE_VAULT")
    if not named:
        return _own_folder("data") / "caseload.vault"
    path = path_of(named)
    if not path.name or path.name == "..":
        raise Settings(
            "the vault is a file, and the path names a folder",
            hint="name a file in it, such as caseload.vault",
        )
    from reintegrate_cli.keys.disk import refuse_own_name

    refuse_own_name(path.name)
    return path


def config_path() -> Path:
    """Return the path of ``district.toml``."""
    named = os.environ.get("REINTEGRATE_CONFIG")
    return path_of(named) if named else _own_folder("config") / "district.toml"


def state_path() -> Path:
    """Return the folder for crash reports, which hold no values."""
    return _own_folder("state")


def district() -> District:
    """Read ``district.toml``.

    Raises:
        Settings: it was named and is not there, is no TOML, or has a wrong key or value.
    """
    return parse_district(district_text())


def district_text() -> bytes:
    """Return the bytes of ``district.toml``; none if there is no such file.

    Raises:
        Settings: it was named and is not there, or cannot be read.
    """
    from reintegrate_cli.keys.disk import opened, plain_reason, remedy

    named = os.environ.get("REINTEGRATE_CONFIG")
    if named == os.devnull:
        return b""
    try:
        path = config_path()
        with os.fdopen(opened(path, os.O_RDONLY, follow=True), "rb") as file:
            return file.read(LONGEST_FILE + 1)
    except FileNotFoundError:
        if named:
            raise Settings("REINTEGRATE_CONFIG names no file", hint="check the path") from None
        return b""
    except OSError as error:
        raise Settings(
            f"district.toml cannot be read: {plain_reason(error)}", hint=remedy(error)
        ) from None
    except Settings:
        if named:
            raise
        return b""  # without a home there is none


def parse_district(text: bytes) -> District:
    """Read the bytes of a ``district.toml``; a byte-order mark before them is nothing.

    Raises:
        Settings: it is no TOML, or has a wrong key or value; the line is named.
    """
    text = text.removeprefix(codecs.BOM_UTF8)
    if not text.strip():
        return District()
    if len(text) > LONGEST_FILE:
        raise Settings(f"district.toml is longer than {LONGEST_FILE // 1024} kilobytes")
    document = _document(text)
    try:
        return _district(document)
    except Settings as problem:
        line = _line_of(text, problem.fields[0]) if problem.fields else 0
        message = problem.message.removeprefix("district.toml: ")
        raise Settings(
            f"district.toml, line {line}: {message}" if line else problem.message,
            hint=problem.hint,
            fields=problem.fields,
        ) from None


def _document(text: bytes) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(text.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise Settings(
            f"district.toml, line {line}: it is not UTF-8 text", hint="save it as UTF-8"
        ) from None
    except ValueError as error:
        # The words of tomllib may hold a piece of the file; the number of the line does not.
        _, _, place = str(error).rpartition("(at line ")
        number = place.partition(",")[0]
        line = int(number) if number.isdigit() else text.rstrip().count(b"\n") + 1
        raise Settings(
            f"district.toml, line {line}: it is not TOML", hint="a date or a text wants quotes"
        ) from None
    except RecursionError:
        raise Settings("district.toml is nested too deep to be read") from None


def _line_of(text: bytes, key: str) -> int:
    """Find the line on which a key of the file begins; nought where it does not show."""
    for number, line in enumerate(text.decode("utf-8").splitlines(), 1):
        begins = line.strip().lstrip("[").lstrip().lstrip("\"'")
        if begins.startswith(key) and begins[len(key) :].lstrip("\"' ")[:1] in ("=", ".", "]"):
            return number
    return 0


def _district(document: Mapping[str, Any]) -> District:
    unknown = sorted(document.keys() - _KNOWN)
    if unknown:
        raise Settings(
            f"district.toml: the key {unknown[0][:40]} is not known",
            hint=f"the keys are {', '.join(sorted(_KNOWN))}",
            fields=unknown,
        )
    closures = document.get("closures", [])
    if not isinstance(closures, list):
        raise Settings("district.toml: closures takes a list", fields=["closures"])
    return District(
        retention=_retention(document.get("retention", {})),
        time_zone=_zone(document.get("time_zone")),
        calendar=Calendar(
            parse_closures(closures),
            _year(document.get("school_year"), "school_year"),
            _years(document.get("school_years", [])),
        ),
        schools=_schools(document.get("schools", [])),
        school_hours=_hours(document.get("school_hours")),
        crisis=_crisis(document.get("crisis")),
        compensation=_compensation(document.get("state")),
        reporting=_reporting(document.get("state")),
        language=_language(document.get("language")),
        smallest_cell=_smallest_cell(document.get("reports")),
        **_on_server(document.get("server")),
    )


def _schools(value: Any) -> Mapping[str, str]:
    """Read the schools: a list of slugs, or a table of slugs with their full names."""
    if _are_texts(value):
        return dict(zip(value, value, strict=True))
    if not isinstance(value, dict) or not _are_texts([*value.values()]):
        raise Settings("district.toml: schools takes a list of slugs", fields=["schools"])
    if not all(WORD.fullmatch(slug) for slug in value):
        raise Settings(
            "district.toml: the slug of a school is one word",
            fields=["schools"],
            hint='for example schools = { R = "Riverside Middle School" }',
        )
    return value


def _are_texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def _retention(value: Any) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise Settings("district.toml: retention takes a table of periods", fields=["retention"])
    if value:
        from reintegrate_cli.kept.retention import parse_schedule

        parse_schedule(value)
    return value


def _on_server(value: Any) -> dict[str, str | None]:
    if value is None:
        return {}
    from reintegrate_cli.kept.retention import parse_server

    said = parse_server(value)
    return {"server_backups": said.backups, "server_looked": said.looked}


def _zone(name: Any) -> str | None:
    if name is None:
        return None
    import zoneinfo

    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise Settings(
            "district.toml: time_zone is not a zone",
            fields=["time_zone"],
            hint='for example time_zone = "America/New_York"',
        ) from None
    return str(name)


def _hours(value: Any) -> tuple[str, str]:
    """Read the school hours, given as ``08:00..15:30``."""
    if value is None:
        return SCHOOL_HOURS
    opens, _, closes = str(value).partition("..")
    try:
        hours = parse_time(opens), parse_time(closes)
    except Usage:
        hours = "", ""
    if hours[0] >= hours[1]:
        raise Settings(
            "district.toml: school_hours is not a span of hours",
            fields=["school_hours"],
            hint='for example school_hours = "08:00..15:30"',
        )
    return hours


def _crisis(value: Any) -> "Crisis | None":
    if value is None:
        return None
    from reintegrate_cli.core.crisis import parse_crisis

    return parse_crisis(value)


def _compensation(value: Any) -> "Compensation | None":
    if value is None:
        return None
    from reintegrate_cli.core.compensation import parse_compensation

    return parse_compensation(value)


def _reporting(value: Any) -> "Reporting | None":
    if value is None:
        return None
    from reintegrate_cli.core.reporting import parse_reporting

    return parse_reporting(value)


def _language(value: Any) -> "Changes | None":
    if value is None:
        return None
    from reintegrate_cli.core.language import parse_changes

    return parse_changes(value)


def _smallest_cell(value: Any) -> int:
    """Read the fewest students whom a number may stand for: more than usual, or a state's ten."""
    if value is None:
        return SMALLEST_CELL
    known = isinstance(value, dict) and not value.keys() - {"smallest_cell", "state_rule"}
    smallest = value.get("smallest_cell", SMALLEST_CELL) if known else None
    if not isinstance(smallest, int) or isinstance(smallest, bool) or smallest > _LARGEST_CELL:
        raise Settings(
            "district.toml: reports takes smallest_cell, a number, and state_rule, its citation",
            hint="for example reports = { smallest_cell = 15 }",
            fields=["reports"],
        )
    rule = value.get("state_rule")
    cited = isinstance(rule, str) and bool(rule.strip())
    if smallest < (STATE_SMALLEST if cited else SMALLEST_CELL):
        raise Settings(
            f"district.toml: smallest_cell is at least {SMALLEST_CELL}, or {STATE_SMALLEST} where"
            " a rule of the state is cited",
            hint='for example reports = { smallest_cell = 10, state_rule = "its citation" }',
            fields=["reports"],
        )
    return smallest


def _years(value: Any) -> tuple[tuple[date, date], ...]:
    if not isinstance(value, list):
        raise _no_year("school_years")
    years = (_year(year, "school_years") for year in value)
    return tuple(year for year in years if year is not None)


def _year(value: Any, key: str) -> tuple[date, date] | None:
    """Read a school year, given as ``{starts, ends}`` or as a range ``first..last``."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        ends = [value.get("starts"), value.get("ends")]
    else:
        ends = list(str(value).partition("..")[::2])
    try:
        first, last = (date.fromisoformat(str(end).strip()) for end in ends)
    except ValueError:
        raise _no_year(key) from None
    if first > last:
        raise _no_year(key)
    return first, last


def _no_year(key: str) -> Settings:
    example = '"2026-08-24..2027-06-11"'
    return Settings(
        f"district.toml: {key} is not a {'list of ranges' if key == 'school_years' else 'range'}",
        hint=f"for example {key} = " + (f"[{example}]" if key == "school_years" else example),
        fields=[key],
    )
