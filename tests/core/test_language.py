"""A kinder word is suggested, never demanded, and exact words stay as they were said (H1, H2, C10)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest
from hypothesis import given as explored
from hypothesis import strategies as st

from conftest import Run
from reintegrate_cli.core import language
from reintegrate_cli.core.errors import Settings
from reintegrate_cli.core.language import Changes, Words
from reintegrate_cli.kept.settings import parse_district

LIST = json.loads(Path(language.__file__).with_name("language.json").read_text())
WORDS = Words(LIST["kinder"], tuple(LIST["unkept"]))


@pytest.mark.parametrize(
    "text",
    [
        "She refused.",
        "REFUSED",
        "was non-compliant",
        "was noncompliant",
        "non compliant again",
        "manipulative",
        "so promiscuous",
        "a prostitute",
        "attention-seeking",
        "attention seeking",
    ],
)
def test_words_that_judge_are_found_however_they_are_spelled(text: str) -> None:
    assert len(language.suggestions(text, WORDS)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "She declined.",
        "the refuse bin",
        "a liarbird",
        "unrefused",
        "left the table shouting",
        "",
        'He said "she refused, so what"',
        "he said \u201cyou liar\u201d and left",
    ],
)
def test_other_words_and_what_stands_between_quotation_marks_are_left_alone(text: str) -> None:
    assert language.suggestions(text, WORDS) == []


@pytest.mark.parametrize(
    "text",
    [
        "the family is undocumented",
        "visa denied in May",
        '"my visa expired"',
        "A123456789",
        "A 123 456 789",
        "A#12345678",
        "a123-456-789",
        "her A-number",
    ],
)
def test_immigration_status_is_told_apart_even_in_a_quotation(text: str) -> None:
    assert language.tells_status(text, WORDS)


@pytest.mark.parametrize(
    "text",
    [
        "call 555-123-4567",
        "room A12",
        "a 2026-10-08 visit",
        "a documented visit",
        "page A1234",
        "arrives without papers; the liaison enrolls today",
    ],
)
def test_other_numbers_are_none(text: str) -> None:
    assert not language.tells_status(text, WORDS)


def test_nothing_that_is_suggested_would_be_suggested_against() -> None:
    for word, instead in WORDS.kinder.items():
        assert language.suggestions(word, WORDS)[0].word == word
        assert language.suggestions(instead, WORDS) == []
        assert not language.tells_status(instead, WORDS)


@explored(
    before=st.text(max_size=20),
    word=st.sampled_from(sorted(WORDS.kinder)),
    after=st.text(max_size=20),
)
def test_a_listed_word_that_stands_alone_is_found_and_nothing_else_is_named(
    before: str, word: str, after: str
) -> None:
    text = f"{before} ; {word.upper()} ; {after}"
    named = [one.word for one in language.suggestions(text, WORDS)]
    assert set(named) <= set(WORDS.kinder)
    if not set('"\u201c\u201d') & set(text):
        assert word in named
    assert language.suggestions(text, WORDS, verbatim=True) == []


def test_a_district_adds_takes_out_and_replaces() -> None:
    more = language.amended(WORDS, Changes({"truant": "", "frequent flyer": "comes often"}))
    assert "truant" not in more.kinder
    assert more.kinder["frequent flyer"] == "comes often"
    assert more.kinder["refused"] == WORDS.kinder["refused"]
    only = language.amended(WORDS, Changes({"frequent flyer": "comes often"}, replace=True))
    assert list(only.kinder) == ["frequent flyer"]
    assert only.unkept == WORDS.unkept
    assert language.amended(WORDS, None) is WORDS


@pytest.mark.parametrize(
    "said",
    [
        "language = 1",
        'language = { nonsense = "x" }',
        "language = { words = 1 }",
        "language = { words = { refused = 1 } }",
        'language = { replace = "yes" }',
        'language = { words = { "" = "x" } }',
        'language = { words = { "a\\u0007" = "x" } }',
        f'language = {{ words = {{ refused = "{"x" * 61}" }} }}',
    ],
)
def test_a_list_that_cannot_be_is_nine(said: str) -> None:
    with pytest.raises(Settings) as wrong:
        parse_district(said.encode())
    assert wrong.value.fields == ("language",)


def test_off_a_terminal_it_suggests_keeps_the_text_and_echoes_nothing_else(
    district: Run, case: str
) -> None:
    text = "Canary was Manipulative, and undocumented"
    noted = district("case", "note", case, given={"text": text})
    assert noted.code == 0
    assert 'instead of "manipulative", perhaps: ' in noted.err
    assert "immigration status is not kept here" in noted.err
    assert "anary" not in noted.err + noted.out
    assert district("case", "show", case, "--json").json["notes"][0]["text"] == text
    quiet = district("case", "note", case, "--json", given={"text": text})
    assert (quiet.code, quiet.err) == (0, "")


def test_the_student_s_own_words_are_never_questioned(district: Run, case: str) -> None:
    wish = district(
        "wish",
        "add",
        case,
        "--about",
        "other",
        "--heard-by",
        "lee",
        given={"words": "I refused and I would refuse again"},
    )
    assert "instead of" not in wish.err
    seen = {
        "observed": "left the table",
        "said": "you liar",
        "likely_need": "escape",
        "response": "refused to argue",
        "helped": "a quiet room",
    }
    incident = district("incident", "add", case, given=seen)
    assert "liar" not in incident.err
    assert incident.err.count("instead of") == 1


def test_a_district_s_words_are_used(district: Run, case: str, tmp_path: Path) -> None:
    with (tmp_path / "district.toml").open("a") as config:
        config.write('language = { words = { "frequent flyer" = "comes often", refused = "" } }\n')
    noted = district("case", "note", case, given={"text": "a frequent  flyer; refused"})
    assert noted.err.count("instead of") == 1
    assert 'instead of "frequent flyer", perhaps: comes often' in noted.err


def test_at_a_terminal_the_text_may_be_changed(district: Run, case: str) -> None:
    line = ["-m", "reintegrate_cli", "case", "note", case]
    child = pexpect.spawn(sys.executable, line, env=dict(os.environ), encoding="utf-8", timeout=20)
    child.expect("what was seen")
    child.sendline("he was manipulative")
    child.sendline(".")
    child.expect("instead of")
    child.expect("change it")
    child.sendline("yes")
    child.expect("what was seen")
    child.sendline("\x15he asked two adults for the same thing")
    child.sendline(".")
    child.expect("N1")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert [one["text"] for one in district("case", "show", case, "--json").json["notes"]] == [
        "he asked two adults for the same thing"
    ]
    keeping = pexpect.spawn(
        sys.executable, line, env=dict(os.environ), encoding="utf-8", timeout=20
    )
    keeping.expect("what was seen")
    keeping.sendline("he refused")
    keeping.sendline(".")
    keeping.expect("change it")
    keeping.sendline("")
    keeping.expect("N2")
    keeping.expect(pexpect.EOF)
    keeping.close()
    assert keeping.exitstatus == 0


def test_nothing_of_it_is_loaded_where_nothing_was_written(district: Run, case: str) -> None:
    script = (
        "import sys\nfrom reintegrate_cli.cli import main\nmain(sys.argv[1:])\n"
        "print([one for one in sys.modules if one.endswith(('.language', '.wording'))],"
        " file=sys.stderr)"
    )
    for line in (["agenda"], ["setback", "log", case], ["case", "edit", case, "--grade", "11"]):
        done = subprocess.run(
            [sys.executable, "-c", script, *line],
            capture_output=True,
            text=True,
            check=True,
            env=dict(os.environ),
        )
        assert done.stderr.splitlines()[-1] == "[]", line
