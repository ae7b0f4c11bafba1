"""Every list and every ``show``, at a real terminal of 80 columns, of a district that is in use.

The verbs are those of the catalogue, so that the next noun is among them.
"""

import os
import re
import sys

import pexpect
import pytest

from conftest import Run
from filling import line_of
from reintegrate_cli.catalogue import NOUNS
from reintegrate_cli.commands import cast
from reintegrate_cli.kept import session
from reintegrate_cli.line.typed import verbs_of
from reintegrate_cli.line.verbs import Verb
from test_canaries import REF, stuff

WIDE = 2000
COLORS = re.compile(r"\x1b\[[0-9;]*m")
UNREADABLE = {
    r"\d\d:\d\d:\d\d": "a time with seconds",
    r"\d\d\d\d-\d\d-\d\dT": "a moment in ISO",
    r"\bNone\b": "a Python word",
    r"\b[a-z]+(?:_[a-z0-9]+)+\b": "a word of the program",
}
READ: dict[str, Verb] = {
    verb.command: verb
    for noun in NOUNS
    if noun.tables or noun.name in ("agenda", "today")
    for verb in verbs_of(noun.name).values()
    if verb.is_read and verb.form is None and verb.name not in ("purge", "key", "lock", "doctor")
}


def shown(columns: int, *line: str) -> list[str]:
    """Return the lines that a terminal shows for a command, without those about its dates."""
    child = pexpect.spawn(
        sys.executable,
        ["-m", "reintegrate_cli", *line],
        env={**os.environ, "TERM": "xterm-256color"},
        dimensions=(24, columns),
        encoding="utf-8",
        timeout=60,
    )
    text: str = child.read()
    child.close()
    text = re.sub("[\u2500-\u257f]+", " ", COLORS.sub("", text))
    return [row.rstrip() for row in text.splitlines() if row.strip()]


def faults(lines: list[str], wide: list[str]) -> list[str]:
    """Return what is wrong with a screen, beside the same without a limit to its width."""
    own = [re.sub(r"canary[\w-]*", "", row) for row in lines]
    found = [
        f"{name}: {row}" for row in own for bad, name in UNREADABLE.items() if re.search(bad, row)
    ]
    whole = {word for row in wide for word in row.split()}
    found += [f"broken: {word}" for row in lines for word in row.split() if word not in whole]
    found += [f"too long: {row}" for row in lines if len(row) > 80]
    return found


@pytest.mark.parametrize("command", READ)
def test_a_screen_is_read_at_a_glance_whatever_is_on_record(district: Run, command: str) -> None:
    stuff()
    line = line_of(READ[command], REF)
    assert faults(shown(80, *line), shown(WIDE, *line)) == []


@pytest.mark.parametrize(
    "command", sorted({name for name in READ if READ[name].is_list} - {"history"})
)
def test_a_row_takes_two_lines_at_most(district: Run, command: str) -> None:
    # One entry of the history names all forty records of this district.
    session.begin(None, None)
    with session.writing("demo") as store:
        for table, record in cast.records(session.today()):
            store.table(table).put(record)
    line = line_of(READ[command], "V3NP")
    rows, wide = shown(80, *line), shown(WIDE, *line)
    assert faults(rows, wide) == []
    assert len(rows) <= 2 * len(wide)
