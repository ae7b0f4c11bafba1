"""Take a set and check what holds for every answer."""

import json
from collections import Counter
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

from nouns.roster import sets
from nouns.roster.sets import LINKED, Set
from reintegrate_cli.nouns.roster.oneroster import Import, read_set, rejected_rows
from reintegrate_cli.nouns.roster.snapshot import EMPTY, Roster, from_json, offerings, to_json
from reintegrate_cli.nouns.roster.standard import FILES
from reintegrate_cli.nouns.roster.timetable import Timetable

TODAY = date.fromisoformat(sets.TODAY)
VERSIONS = ("1.1", "1.2")
FOLDER, ZIP = "folder", "zip"


def take(
    made: Set, place: Path, before: Roster = EMPTY, form: str = ZIP, **options: object
) -> Import:
    """Write a set, read it, and check what holds for every answer."""
    place = place / f"{len(list(place.iterdir()))}"
    path = made.as_zip(place.with_suffix(".zip")) if form == ZIP else made.as_folder(place)
    linked = options.pop("linked", LINKED)
    answer = read_set(path, linked, today=TODAY, before=before, **options)  # type: ignore[arg-type]
    check(answer, path)
    return answer


def check(answer: Import, path: Path) -> None:
    for item in answer.items:
        assert item.read == item.kept + item.unchanged + item.other + item.bad
        assert min(item.kept, item.unchanged, item.other, item.bad, item.gone) >= 0
    assert Counter(row.file for row in answer.errors) == Counter(
        {item.file: item.bad for item in answer.items if item.bad}
    )
    told = [*map(asdict, answer.items), *map(asdict, answer.errors), to_json(answer.roster)]
    assert "anary" not in json.dumps(told, default=str)
    assert from_json(json.loads(json.dumps(to_json(answer.roster)))) == answer.roster
    rejects = list(rejected_rows(path, answer.errors))
    assert [(row.file, row.line, row.column, row.reason) for row in rejects] == [
        (row.file, row.line, row.column, row.reason) for row in answer.errors
    ]
    assert "anary" not in json.dumps([asdict(row) for row in rejects])
    for row in rejects:
        file = next(file for file in FILES[answer.version] if file.csv == row.file)
        assert set(row.values) <= set(file.reads) | {"status", "dateLastModified"}


def uncounted(roster: Roster) -> Roster:
    """Return a roster without its head counts."""
    sections = tuple(replace(section, heads=None) for section in roster.sections)
    return replace(roster, offerings=offerings(sections), counted_on=None)


def rows_of(
    answer: Import, ref: str = "D4SX", day: date = TODAY
) -> list[tuple[str | None, str | None, str | None, str | None]]:
    return [
        (row.period, row.class_, row.course, row.term)
        for row in Timetable(answer.roster).rows(ref, day)
    ]
