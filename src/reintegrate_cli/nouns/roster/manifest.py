"""The manifest of a set: which version it is, and how each of its files is to be read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast, get_args

from reintegrate_cli.nouns.roster.rows import records
from reintegrate_cli.nouns.roster.source import Files, refuse
from reintegrate_cli.nouns.roster.standard import FILES, FileName, Mode, Version

MANIFEST = "manifest.csv"
MOST_PROPERTIES = 500


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a set says about itself: its version, and the mode of each file that is read here."""

    version: Version
    modes: Mapping[FileName, Mode]


def read_manifest(files: Files) -> Manifest:
    """Read the manifest, and check that every file that it promises is there.

    Raises:
        Usage: there is no manifest, or it promises what is not there or not known.
    """
    if MANIFEST not in files.names:
        hint = "a OneRoster set is a folder or a zip with manifest.csv in it"
        raise refuse("there is no manifest.csv", hint=hint, file=MANIFEST)
    properties = _properties(files)
    if properties.get("manifest.version") not in ("1.0", "1"):  # a spreadsheet saves 1.0 as 1
        raise refuse("manifest.csv does not say manifest.version 1.0", file=MANIFEST)
    number = properties.get("oneroster.version")
    if number not in get_args(Version):
        hint = "export it as OneRoster 1.1 or 1.2 CSV"
        raise refuse("manifest.csv names no version that is read here", hint=hint, file=MANIFEST)
    version = cast(Version, number)
    modes = {
        name.removeprefix("file."): _mode(value)
        for name, value in properties.items()
        if name.startswith("file.")
    }
    _check_promises(files, version, modes)
    known = {file.name: modes.get(file.name.casefold(), "absent") for file in FILES[version]}
    return Manifest(version, known)


def _properties(files: Files) -> dict[str, str]:
    with files.open(MANIFEST) as raw:
        rows = records(MANIFEST, raw)
        _, header = next(rows, (1, None))
        names = [name.strip().casefold() for name in header or ()]
        for column in ("propertyName", "value"):
            if names.count(column.casefold()) != 1:
                many = "twice" if column.casefold() in names else ""
                message = f"the column {column} {many}" if many else f"no column {column}"
                raise refuse(f"{MANIFEST} has {message}", file=MANIFEST)
        name, value = names.index("propertyname"), names.index("value")
        properties: dict[str, str] = {}
        for line, row in rows:
            if row is None or len(row) != len(names) or len(properties) >= MOST_PROPERTIES:
                raise refuse(f"{MANIFEST} cannot be read in line {line}", file=MANIFEST)
            key, setting = row[name].strip().casefold(), row[value].strip()
            if properties.setdefault(key, setting) != setting:
                raise refuse(f"{MANIFEST} contradicts itself in line {line}", file=MANIFEST)
    return properties


def _mode(value: str) -> Mode:
    mode = value.casefold()
    if mode not in get_args(Mode):
        hint = "a file is bulk, delta or absent"
        raise refuse("manifest.csv has a mode that is not known", hint=hint, file=MANIFEST)
    return cast(Mode, mode)


def _check_promises(files: Files, version: Version, modes: Mapping[str, Mode]) -> None:
    names = {file.name.casefold(): file.name for file in FILES[version]}
    for name, mode in modes.items():
        if mode != "absent" and f"{name}.csv" not in files.names:
            # A plain word is safe to repeat; nothing else in a manifest is.
            plain = name.isascii() and name.isalpha() and len(name) <= 40
            file = f"{names.get(name, name)}.csv" if plain else "a file"
            raise refuse(f"the manifest promises {file}, and it is not there", file=file)
