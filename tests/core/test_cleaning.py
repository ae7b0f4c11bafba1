"""Every way out passes one cleaner: what steers a reader goes, what joins a word stays."""

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conftest import Run
from reintegrate_cli import catalogue, cli
from reintegrate_cli.core import cleaning
from reintegrate_cli.core.cleaning import clean
from reintegrate_cli.line import typed
from reintegrate_cli.line.plain import Argument
from test_canaries import MORE, REF, lists, stuff
from test_disclosure import Agency, agencies, merid, release

__all__ = ["agencies", "merid"]

PERSIAN, HINDI, BENGALI, FAMILY, FLAME = (
    "می\u200cخواهم",
    "क्\u200dष",
    "র\u200d্যাব",
    "👩\u200d👩\u200d👦",
    "❤\ufe0f\u200d🔥",
)
"""Words in which the two characters that join, or keep apart, are letters like any other."""
JOINED = (PERSIAN, HINDI, BENGALI, FAMILY, FLAME)
STEERING = (
    "\x1b]52;c;QUFBQQ==\x07",
    "\x1b]8;;http://x.example\x1b\\",
    "\x1b[31m",
    "\x1bc",
    "\x9b2J",
    "\x9d0;t\x9c",
    "\u202e",
    "\u2066",
    "\u200f",
    "\u061c",
    "\x07",
    "\x08",
    "\x7f",
    "\x90x\x1b\\",
)
HOSTILE = " ".join((*JOINED, *STEERING, "jo\u200dhn", "end"))
LEFT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def steers(text: str) -> str | None:
    """Give what of a text would steer its reader, if anything."""
    found = LEFT.search(text) or re.search("n\u200d|o\u200d", text)
    return found and repr(text[max(0, found.start() - 40) : found.end() + 10])


def demand_joined(text: str) -> None:
    for word in JOINED:
        assert word in text, word


@pytest.fixture
def hostile(district: Run) -> Iterator[Run]:
    """The district with a record of every kind, in every narrative field what would steer."""
    token = MORE.set(f" {HOSTILE}")
    stuff()
    yield district
    MORE.reset(token)


def test_no_list_prints_what_steers(hostile: Run) -> None:
    for line in lists():
        if line[0] not in ("find", "demo"):  # every process of this machine shares the demo
            for form in ([], ["--json"], ["--csv"]):
                ended = hostile(*line, *form)
                assert steers(ended.out + ended.err) is None, line


def shows() -> Iterator[tuple[str, ...]]:
    """Give every verb that shows one thing, with what it takes."""
    named = {"REF": REF, "SLUG": "okafor", "PARTNER": "okafor", "STAFF": "okafor"}
    for noun in catalogue.BY_NAME:
        for name, verb in typed.verbs_of(noun).items():
            places = [one.said for one in verb.parameters() if isinstance(one.said, Argument)]
            if name in ("show", "timeline", "rights", "slip", "prepare", "packet"):
                letters = {table.id for table in catalogue.BY_NAME[noun].tables if table.id}
                id_ = f"{min(letters, default='X')}1"
                yield (noun, name, *(named.get(one.metavar, id_) for one in places))


def test_nothing_that_is_shown_steers_and_words_stay_whole(hostile: Run) -> None:
    whole = set()
    for line in shows():
        for form in ([], ["--json"]):
            ended = hostile(*line, *form)
            assert steers(ended.out + ended.err) is None, line
            if all(word in ended.out for word in JOINED):
                whole.add(line[:2])
    assert {("case", "show"), ("case", "timeline"), ("safety", "show")} <= whole


def test_on_a_terminal_only_what_the_program_says_steers(hostile: Run) -> None:
    for line in (("case", "show", REF), ("case", "timeline", REF), ("safety", "show", REF)):
        child = pexpect.spawn(
            sys.executable,
            ["-m", "reintegrate_cli", *line],
            encoding="utf-8",
            env={**os.environ, "COLUMNS": "200"},
            timeout=60,
            dimensions=(2_000, 200),  # so high that no pager is wanted
        )
        child.expect(pexpect.EOF)
        child.close()
        shown = re.sub(r"\x1b\[[0-9;]*m|\r\n", "", child.before or "")  # weight and colour
        assert steers(shown) is None, line
        assert "canary" in shown
        # A column may part a word between two lines; the characters are there all the same.
        assert shown.count("\u200c") >= 1
        assert shown.count("\u200d") >= 3


def test_a_name_that_is_revealed_steers_nothing(district: Run, tmp_path: Path) -> None:
    ref = district(
        "case", "add", "--school", "R", "--setting", "home", "--json", given={"safe_name": HOSTILE}
    ).json["ref"]
    child = pexpect.spawn(
        sys.executable,
        ["-m", "reintegrate_cli", "case", "reveal", ref],
        env={**os.environ, "COLUMNS": "200"},
        encoding="utf-8",
        timeout=30,
        dimensions=(30, 200),
    )
    child.expect("passphrase or recovery code")
    child.sendline((tmp_path / "recovery").read_text().strip())
    child.expect("safe name ([^\r]*)\r")
    shown = child.match[1]
    child.sendline("")
    child.expect(pexpect.EOF)
    assert steers(shown) is None
    demand_joined(shown)


@pytest.mark.parametrize("format_", ["md", "json", "pdf"])
def test_a_packet_steers_nothing_once_the_agency_opens_it(
    agencies: Run, case: str, merid: Agency, format_: str
) -> None:
    told = HOSTILE if format_ != "pdf" else " ".join((*STEERING, "jo\u200dhn end"))
    assert agencies("case", "edit", case, given={"safe_name": told}).code == 0
    goal = ("goal", "add", case, "--horizon", "short")
    assert agencies(*goal, given={"words": f"I {told} want\r\nto\u2028read"}).code == 0
    release(agencies, case, "goals")
    done = agencies(
        "disclose", case, "--to", "merid", *merid.line("--format", format_), "--name", "safe"
    )
    assert done.code == 0, done.err
    opened = merid.opened()
    assert steers(opened) is None
    assert "john end" in opened
    if format_ != "pdf":
        demand_joined(opened)
    if format_ == "json":
        demand_joined(json.loads(opened)["student"])


def test_a_packet_in_pdf_has_no_character_that_steers_on_its_pages(
    agencies: Run, case: str, merid: Agency
) -> None:
    import io

    import pyrage
    from pypdf import PdfReader

    told = " ".join((*STEERING, "jo\u200dhn end"))
    goal = ("goal", "add", case, "--horizon", "short")
    assert agencies(*goal, given={"words": told}).code == 0
    release(agencies, case, "goals")
    assert agencies("disclose", case, "--to", "merid", *merid.line("--format", "pdf")).code == 0
    (sealed,) = merid.packets()
    inside = pyrage.decrypt(sealed.read_bytes(), [merid.identity])
    assert not re.search(rb"[\x00-\x08\x0b-\x1f\x7f-\x9f]", inside)
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(inside)).pages)
    assert "john end" in text
    assert "52;c" not in text


def test_a_crash_report_and_a_calendar_have_none(
    hostile: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "agenda.ics"
    assert hostile("agenda", "--month", "--ics", str(file)).code == 0
    assert steers(file.read_text(encoding="utf-8").replace("\r\n", "\n")) is None
    monkeypatch.setattr("reintegrate_cli.due.agenda.items", lambda *_, **__: 1 / 0)
    monkeypatch.setattr(cli, "PROGRAM", f"reintegrate{HOSTILE}")
    assert hostile("agenda").code == 1
    (report,) = tmp_path.rglob("crash.txt")
    assert steers(report.read_text(encoding="utf-8")) is None


SOURCES = sorted(Path(cleaning.__file__).parents[1].rglob("*.py"))
OUT = re.compile(
    r"sys\.(?:stdout|stderr)\.(?:write|buffer)|Console\(|typer\.echo|\.write_text\(|\bprint\("
)
"""What puts text out."""
DOORS = {"output", "paging", "speech", "drawing", "terminal", "cli", "remind"}
"""The modules that may, each through the cleaner or with words of the program's own alone."""


def test_law_10_nothing_is_put_out_but_through_the_doors_that_clean() -> None:
    found = {path.stem for path in SOURCES if OUT.search(path.read_text(encoding="utf-8"))}
    assert found == DOORS - {"terminal"}


WORDS = st.one_of(
    st.sampled_from([*JOINED, *STEERING, "\u200d", "\u200c", "\x1b", "plain", "é"]),
    st.characters(),
    st.text(max_size=3),
)


@given(st.lists(WORDS, max_size=12).map("".join))
@example("\x1b\u200b]52;c;x\x07")
@example("\x1b\x1b[31m]0;t\x07")
@example("\u061c\u200d")
@example("\u180e\u200c")
def test_what_is_cleaned_once_is_clean(text: str) -> None:
    cleaned = clean(text)
    assert LEFT.search(cleaned) is None
    assert clean(cleaned) == cleaned
    assert json.loads(cleaning.as_json(text)) == text
    assert LEFT.search(cleaning.as_json(text)) is None


@given(st.lists(st.sampled_from([*JOINED, "Leyla", "क", "123", "\n", "é", "漢"]), max_size=8))
def test_words_that_people_write_stay_whole(words: list[str]) -> None:
    text = " ".join(words)
    assert clean(text) == text
    assert "\\u" not in cleaning.as_json(text)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("jo\u200dhn \u200c\u200d", "john "),
        ("\u200d\u200d👦\u200d", "👦"),
        ("PDF\u200cها", "PDF\u200cها"),
        ("ه\u200d.", "ه\u200d."),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("\x1b]52;c;never ended, and the words go on", "52;c;never ended, and the words go on"),
    ],
)
def test_a_joiner_stays_where_it_joins_and_no_word_is_lost(typed: str, shown: str) -> None:
    assert clean(typed) == shown


def test_no_mark_that_goes_holds_a_joiner_in_its_place() -> None:
    beside = re.compile(f"[{cleaning._JOINING}{cleaning._PICTURES}]")
    goes = re.findall(cleaning.UNSAFE, "".join(map(chr, range(0x110000))))
    assert not [char for char in goes if beside.match(char)]
