"""No student is labeled: some words are in no output, schema, key, help or file name (clause 37).

They are looked for as words, in the source, in what is written from it, and in what commands say
of a vault with a record of every kind.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest

import reintegrate_cli
from conftest import Run
from reintegrate_cli.catalogue import BY_NAME
from reintegrate_cli.core.records import fields_of, is_form
from reintegrate_cli.kept import session
from reintegrate_cli.kept.records import KINDS
from reintegrate_cli.line import schemas, typed
from reintegrate_cli.line.plain import Argument
from test_canaries import LISTED, load, stuff
from test_cleaning import shows

WORDS = ("recruiter", "perpetrator", "offender", "accused", "suspect")
LABEL = re.compile(
    rf"(?<![a-z])(?:{'|'.join(WORDS)})s?(?![a-z])".replace("suspect", "suspect(?!ed)"),
    re.IGNORECASE,
)
"""``suspected_at`` of a report and ``disability suspected`` are promised, and are other words."""
ROOT = Path(reintegrate_cli.__file__).parent
HOUSE = ROOT.parents[1]
WRITTEN = ("README.md", "CHANGELOG.md", "docs/*.md", "docs/*.1", "docs/decisions/*.md")


def test_the_pattern_knows_the_words_and_no_others() -> None:
    for word in WORDS:
        for text in (word, word.upper(), f"{word}s", f"the_{word}_of", f"is-{word}", f"{word}:"):
            assert LABEL.search(text), text
    for text in ("suspected_at", "disability suspected", "recruitment", "offend", "accuse"):
        assert not LABEL.search(text), text


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: path.stem)
def test_no_word_of_the_source_labels_a_student(path: Path) -> None:
    assert LABEL.findall(path.read_text(encoding="utf-8")) == []
    assert not LABEL.search(str(path.relative_to(ROOT)))


def test_no_page_and_no_help_labels_a_student() -> None:
    pages = [page for name in WRITTEN for page in HOUSE.glob(name)]
    assert len(pages) > 20
    texts = [page.read_text(encoding="utf-8") for page in pages]
    assert [text for text in texts if LABEL.search(text)] == []


def said() -> Iterator[tuple[str, ...]]:
    """Give every line that reads, of each noun: of the case that has a record of every kind."""
    for noun in BY_NAME:
        for name, verb in typed.verbs_of(noun).items():
            places = [one.said for one in verb.parameters() if isinstance(one.said, Argument)]
            if verb.is_read and all(place.finds in ("cases", "") for place in places):
                yield (noun, *([] if name == noun else [name]), *("HX4T" for _ in places[:1]))


def test_no_output_and_no_schema_labels_a_student(district: Run) -> None:
    stuff()
    outputs = []
    for line in said():
        for form in ([], ["--json"]):
            ended = district(*line, *form)
            outputs.append(ended.out + ended.err)
    assert len(outputs) > 80
    for noun in BY_NAME:
        for verb in typed.verbs_of(noun).values():
            if verb.form is not None:
                outputs.append(json.dumps(schemas.json_schema(verb.form, "x", session.today())))
            outputs += verb.told
    assert [text for text in outputs if LABEL.search(text)] == []


def several_words(kind: Any) -> Iterator[str]:
    """Give the listed values of a record, and of what is inside of it, that are several words."""
    if is_form(kind):
        for spec in fields_of(kind):
            yield from several_words(spec.type)
    elif get_origin(kind) is Literal:
        yield from (one for one in get_args(kind) if "_" in str(one))
    else:
        for part in get_args(kind):
            yield from several_words(part)


@pytest.mark.parametrize("nth", range(4))
def test_no_screen_shows_a_listed_value_as_it_is_typed(
    district: Run, nth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = {one for kind in KINDS.values() for one in several_words(load(kind))}
    assert len(listed) > 100
    typed_so = re.compile(rf"(?<![\w/-])(?:{'|'.join(sorted(listed))})(?!\w)")
    pick = LISTED.set(nth)
    try:
        stuff()
    finally:
        LISTED.reset(pick)
    lines = [*said(), *shows()]
    piped = " ".join(district(*line).out for line in lines)
    monkeypatch.setenv("COLUMNS", "4000")  # nothing is parted between two lines
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("reintegrate_cli.line.paging.hold", lambda: None)
    screens = {line: district(*line).out for line in lines}
    assert {line: raw for line, text in screens.items() if (raw := typed_so.findall(text))} == {}
    assert typed_so.search(piped)  # a script reads what it may type


def test_what_somebody_typed_is_not_said_back(district: Run, case: str) -> None:
    for word in WORDS:
        text = {"text": f"they call her a {word}"}
        noted = district("case", "note", case, given=text)
        assert noted.code == 0
        assert not LABEL.search(noted.out + noted.err)
    told = district("case", "note", case, given={"text": "a recruiter"}).err
    assert "instead of a word that judges, perhaps: say what was seen or heard" in told
