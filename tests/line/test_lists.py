"""Every list and every ``show``, at a real terminal of 80 columns, of a district that is in use.

The verbs are those of the catalogue, so that the next noun is among them.
"""

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pexpect
import pytest

from conftest import Run
from filling import line_of
from reintegrate_cli.catalogue import NOUNS, module_of
from reintegrate_cli.commands import cast
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.loading import load
from reintegrate_cli.core.records import Sensitivity, Value, fields_of, is_form
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.line.forms import bare
from reintegrate_cli.line.typed import verbs_of
from test_canaries import REF, filled, stuff

Wide = Callable[..., list[str]]
COLORS = re.compile(r"\x1b\[[0-9;]*m")
UNREADABLE = {
    r"\d\d:\d\d:\d\d": "a time with seconds",
    r"\d\d\d\d-\d\d-\d\dT": "a moment in ISO",
    r"\bNone\b": "a Python word",
    r"\b[a-z]+(?:_[a-z0-9]+)+\b": "a word of the program",
}
NO_SCREEN = {"demo", "closure add", "closure remove"}
"""Lists that write."""
READ = {
    verb.command: verb
    for noun in NOUNS
    for verb in verbs_of(noun.name).values()
    if verb.is_read and verb.command not in NO_SCREEN
}
AS_TYPED = {"vault key": ["list"], "vault purge": ["list"], "find": ["--from", "{file}"]}
"""What stands in the place of what is demanded, where that would be no question."""
MORE = (
    *("agenda --month", "agenda --next-week", "agenda --overdue", "agenda --school Ridgeline"),
    *(
        "about",
        "guide",
        "guide wish",
        "crisis",
        "remind preview",
        "vault status",
        "case rights {ref} --no-input",
    ),
    *(
        "contact plan {ref} --no-input",
        "adjustment slip {ref} A1 --no-input",
        "disclosure verify",
        "help",
        "help dates",
    ),
    *("help environment", "help exit-codes", "case --help", "doctor --help"),
    # what is not there, what was refused, and what was mistyped
    *("case show ZZZZ", "wish list --status nothing", "agenda --school Nowhere", "nothing"),
    *(
        "case close {ref} --no-input",
        "disclose {ref} --to HARBOR --no-input",
        "wish list --since 2199-01-01",
    ),
    *(
        "case note {ref} some-words --no-input",
        "task done T999 --no-input",
        "training gaps --school Nowhere",
    ),
)


def shown(*line: str) -> list[str]:
    """Return the lines that a terminal of 80 columns shows for a command."""
    child = pexpect.spawn(
        sys.executable,
        ["-m", "reintegrate_cli", *line],
        env={**os.environ, "TERM": "xterm-256color"},
        dimensions=(24, 80),
        encoding="utf-8",
        timeout=60,
    )
    text: str = child.read()
    child.close()
    return _rows(text)


@pytest.fixture
def wide(run: Run, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Return what shows the same on a terminal so wide that nothing is broken."""

    def shown_wide(*line: str) -> list[str]:
        monkeypatch.setenv("COLUMNS", "2000")
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
        ended = run(*line)
        monkeypatch.delenv("COLUMNS")
        return _rows(ended.out + ended.err)

    return shown_wide


def _rows(text: str) -> list[str]:
    text = re.sub("[\u2500-\u257f]+", " ", COLORS.sub("", text))
    return [row.rstrip() for row in text.splitlines() if row.strip()]


def faults(lines: list[str], whole: list[str]) -> list[str]:
    """Return what is wrong with a screen, beside the same without a limit to its width."""
    own = [re.sub(r"canary[\w-]*", "", row) for row in lines]
    found = [
        f"{name}: {row}"
        for row in own
        for bad, name in UNREADABLE.items()
        if re.search(bad, row) and "takes one of:" not in row
    ]
    words = {word.rstrip(",;:.") for row in whole for word in row.split()}
    told = {word.rstrip(",;:….") for row in lines for word in row.split()}
    found += [f"broken: {word}" for word in told - words if not word.isdigit()]
    # What is to be copied stays on its line.
    found += [
        f"too long: {row}" for row in lines if len(row) > 80 and not row.startswith("hint: rein")
    ]
    return found


def typed(command: str, ref: str, folder: Path) -> list[str]:
    """Return the line of a command that reads, with what it demands."""
    if command not in READ:
        return command.format(ref=ref).split()
    verb = READ[command]
    if command in AS_TYPED:
        file = folder / "given.json"
        file.write_text('{"text": "canary"}')
        return [*command.split(), *(one.format(file=file) for one in AS_TYPED[command])]
    return [*line_of(verb, ref), *(["--no-input"] if verb.form else [])]


@pytest.mark.parametrize("command", [*READ, *MORE])
def test_a_screen_is_read_at_a_glance_whatever_is_on_record(
    district: Run, wide: Wide, command: str, tmp_path: Path
) -> None:
    stuff()
    line = typed(command, REF, tmp_path)
    rows, whole = shown(*line), wide(*line)
    if command == "help environment":
        # How a moment is typed.
        rows, whole = ([row.replace("T15:30", "") for row in each] for each in (rows, whole))
    assert faults(rows, whole) == []


@pytest.mark.parametrize("command", sorted(set(READ) - {"doctor"}))
def test_a_screen_of_the_demo_is_as_plain(
    district: Run, wide: Wide, command: str, tmp_path: Path
) -> None:
    session.begin(None, None)
    with session.writing("demo") as store:
        for table, record in cast.records(session.today()):
            store.table(table).put(record)
    line = typed(command, "V3NP", tmp_path)
    rows, whole = shown(*line), wide(*line)
    assert faults(rows, whole) == []
    if READ[command].is_list:
        assert len(rows) <= 2 * len(whole)


@pytest.mark.parametrize("command", sorted(name for name in READ if READ[name].is_list))
def test_a_list_of_nothing_says_so_in_a_sentence(
    district: Run, wide: Wide, command: str, tmp_path: Path
) -> None:
    line = typed(command, "ZZZZ", tmp_path)
    rows = shown(*line)
    assert rows
    assert faults(rows, wide(*line)) == []


def example(kind: type) -> Any:
    """Return a record of a class, its listed values those of several words."""
    return _wordy(filled(kind, "cases"))


def _wordy(value: Any) -> Any:
    more: dict[str, Any] = {}
    for spec in fields_of(type(value)):
        held, listed = getattr(value, spec.name), bare(spec.type)
        if get_origin(listed) is tuple:
            listed = get_args(listed)[0]
        if get_origin(listed) is Literal:
            word = next((one for one in get_args(listed) if "_" in str(one)), held)
            more[spec.name] = (word,) if isinstance(held, tuple) else word
        elif is_form(type(held)):
            more[spec.name] = _wordy(held)
        elif isinstance(held, tuple) and is_form(type(held[0])):
            more[spec.name] = tuple(map(_wordy, held))
    return replace(value, **more)


def _kinds() -> dict[str, type]:
    """Return every class of what is shown: records, and the rows made of them."""
    for noun in NOUNS:
        verbs_of(noun.name)
        for table in noun.tables:
            if table.kind:
                load(module_of(table.name))
    found: list[type] = [Value]
    for kind in found:
        found += kind.__subclasses__()
    unseen = ("Record", "Dated", "MailSettings")
    return {
        f"{kind.__module__}.{kind.__name__}": kind
        for kind in found[1:]
        if kind.__name__ not in unseen
    }


@pytest.mark.parametrize("name", sorted(_kinds()))
def test_a_record_is_drawn_in_words(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kind = _kinds()[name]
    output.reset()  # a command before this one may have asked for JSON
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    output.show(example(kind), upto=Sensitivity.REF)
    drawn = capsys.readouterr().out.splitlines()
    assert [
        row for row in drawn if re.search(r"[{}\[\]]", re.sub(r"\[(private|secret)\]", "", row))
    ] == []
    own = [re.sub(r"canary[\w-]*", "", row) for row in drawn]
    assert faults(own, own) == []
