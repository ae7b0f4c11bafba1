"""Help, and the way to it: what fits one screen, and what was meant by a mistyped name."""

import re
import shlex
import sys
from functools import partial
from pathlib import Path

import pytest

import reintegrate_cli
from conftest import Run
from reintegrate_cli.catalogue import BY_NAME, GROUPS, NOUNS
from reintegrate_cli.commands.help import ENVIRONMENT, TOPICS
from reintegrate_cli.core.dates import UNDERSTOOD
from reintegrate_cli.core.errors import Problem
from reintegrate_cli.core.hints import CHANGE
from reintegrate_cli.core.records import Word
from reintegrate_cli.line import speech
from reintegrate_cli.line.forms import inputs_of
from reintegrate_cli.line.help import _briefly
from reintegrate_cli.line.plain import HELP, ROOT
from reintegrate_cli.line.typed import verbs_of
from reintegrate_cli.nouns.disclosure.record import BASES

PAGE = Path(__file__).parents[2] / "docs" / "scripts.md"


@pytest.mark.parametrize("noun", [noun.name for noun in NOUNS])
def test_the_screen_of_a_noun_has_a_line_for_each_verb(run: Run, noun: str) -> None:
    rows = run(noun, "--help").out.splitlines()
    verbs = set(verbs_of(noun)) - {noun}
    if len(verbs) < 2:
        return
    told = [row for row in rows if row.startswith("  ") and row.split()[0] in verbs]
    assert {row.split()[0] for row in told} == verbs
    assert all(len(row) <= 80 and row.endswith(".") for row in told), told
    assert len(rows) <= 25 or noun in verbs_of(noun)


def test_the_first_screen_has_every_noun_in_24_lines_of_80_columns(run: Run) -> None:
    shown = run("--help").out
    rows = shown.splitlines()
    assert len(rows) <= 24
    assert max(map(len, rows)) <= 80
    assert shown == run("-h").out == run("help").out == run("--vault", "x", "--help").out
    at = max(map(len, GROUPS.values())) + 3
    named = re.findall("[a-z]+", " ".join(row[at:] for row in rows[4 : 4 + len(GROUPS) + 2]))
    assert set(BY_NAME) <= set(named)
    assert all(title in shown for title in GROUPS.values())
    assert "traffick" not in shown
    for one in (*ROOT, HELP):
        assert one is HELP or one.names[0] in shown


def test_every_noun_is_in_one_group() -> None:
    assert {noun.name: noun.group for noun in NOUNS if noun.group not in GROUPS} == {}
    assert {noun.group for noun in NOUNS} == set(GROUPS)


@pytest.mark.parametrize("noun", sorted(BY_NAME))
def test_the_help_of_a_noun_has_every_verb_and_fits_the_screen(
    run: Run, noun: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = run(noun, "--help").out
    for name, verb in verbs_of(noun).items():
        if name != noun:
            assert re.search(rf"^  {name} ", shown, re.MULTILINE), name
        line = [noun] if name == noun and len(verbs_of(noun)) == 1 else [noun, name]
        if name == noun and len(line) == 2:
            continue
        own = run(*line, "--help").out
        assert own == run(*line, "x", "-h").out == run("help", *line).out
        missing = [one.name for one in verb.parameters() if one.names and one.names[0] not in own]
        assert missing == []
        for row in own.splitlines():
            assert len(row) <= 80 or row.startswith(("Usage: ", "Example: ")), row


@pytest.mark.parametrize("noun", sorted(BY_NAME))
def test_help_says_what_is_needed_and_which_statuses_there_are(district: Run, noun: str) -> None:
    for name, verb in verbs_of(noun).items():
        shown = " ".join(district("help", noun, *([] if name == noun else [name])).out.split())
        needed = [one for form in verb.forms.values() for one in inputs_of(form) if one.required]
        said = shown.partition("Needed: ")[2].partition(". ")[0].split(", ")
        named = [one.option if one.is_option else one.key for one in needed]
        assert sorted(said) == sorted(named or [""]), verb.command
        takes = [one for form in verb.forms.values() for one in inputs_of(form) if one.type is Word]
        if not any(one.name == "status" for one in takes):
            assert not verb.statuses
            continue
        assert all(re.search(rf"\b{status}\b", shown) for status in verb.statuses), verb.command
        line = [noun, *([] if name == noun else [name]), *(["HX4T"] * ("REF" in shown[:60]))]
        wrong = district(*line, *(["--dry-run"] if name == "purge" else []), "--status", "xyzzy")
        if wrong.code == 2:
            which = ", ".join(verb.statuses)
            assert wrong.err.endswith(f"takes one of: {which}\n" if which else "these have none\n")
        else:
            assert wrong.code in (5, 9), verb.command  # no such case, no schedule of retention


def test_what_an_edit_leaves_out_stays_as_it_is_and_its_help_says_nothing_else() -> None:
    edits = [verb for noun in BY_NAME for verb in verbs_of(noun).values() if verb.edits]
    kept = [one for verb in edits for one in inputs_of(verb.forms["given"])]
    assert len(kept) > 50
    wrong = [one.option for one in kept if CHANGE not in one.hints and "if left out" in one.help]
    assert wrong == []


def test_an_unknown_key_is_answered_with_the_command_that_lists_them(district: Run) -> None:
    for line in (("case", "add"), ("wish", "add", "HX4T"), ("disclose", "HX4T", "--to", "x")):
        ended = district(*line, given={"settng": "x"})
        command = " ".join(word for word in line[:2] if word != "HX4T")
        assert ended.code == 2
        assert f"hint: reintegrate schema {command} lists the keys" in ended.err
        assert district(*["schema", *command.split()]).code == 0


def test_the_help_of_disclose_names_every_ground(run: Run) -> None:
    assert {one for one in BASES if one not in run("disclose", "--help").out} == set()


def test_a_hint_breaks_between_words_and_its_command_stays_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "40")
    broken = partial(speech._wrapped, stream=sys.stderr)
    command = "hint: reintegrate release add HX4T --partner VSAS --records attendance"
    assert broken(f"{command}; or look for another way around").splitlines() == [
        f"{command};",
        "or look for another way around",
    ]
    assert broken(command) == command
    for others in ("hint: they run: PGOPTIONS='-c a=b' psql -1 -v ON_ERROR_STOP=1 -d creek",):
        assert broken(others) == others
    assert max(map(len, broken("word " * 40).splitlines())) <= 40


HERE_ALONE = {"completion", "demo", "init", "lock", "unlock", "remind", "vault"}
"""What makes, opens or mails something of this machine's; their examples name files of it."""


@pytest.mark.parametrize("noun", sorted(set(BY_NAME) - HERE_ALONE))
def test_every_example_is_read_as_it_is_typed(
    district: Run, noun: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # some of them write a file
    for verb in verbs_of(noun).values():
        mark, _, line = verb.told[1].partition("Example: reintegrate ")
        assert mark == ""
        ended = district(*shlex.split(line), "--no-input", "--json", today="2026-10-06")
        if ended.code == 2:
            said = ended.error["message"]  # what is missing is asked for at a terminal
            assert said.startswith("missing: ") or said in ONLY_HERE, (line, said)


ONLY_HERE = {
    "there is somebody with the slug okafor already",
    "names are shown at a terminal alone",
    "there is no file or folder at that path",
    "the file cannot be read: there is no such file or folder",
}


def test_a_list_that_does_not_fit_ends_at_its_first_comma() -> None:
    assert _briefly("Copy the vault, as ciphertext, read it whole, and go", 44) == "Copy the vault."
    assert (
        _briefly("Change it: this, or that; no more than that", 30) == "Change it: this, or that."
    )
    assert _briefly("Short, and whole.", 44) == "Short, and whole."


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("csae", "did you mean case or care"),
        ("wihs", "did you mean wish"),
        ("weather", "reintegrate --help lists them"),
        ("appointment", "did you mean checkin"),
        ("consent", "did you mean concern or release"),
        ("phone", "did you mean contact"),
        ("backup", "did you mean vault"),
        ("agreement", "did you mean mou"),
        ("absences", "did you mean attendance"),
        ("overdue", "did you mean agenda or today or remind"),
        ("the", "reintegrate --help lists them"),
    ],
)
def test_a_mistyped_noun_is_answered_by_its_letters_and_by_what_it_means(
    run: Run, typed: str, hint: str
) -> None:
    ended = run(typed, "--json")
    assert ended.code == 2
    assert (ended.error["message"], ended.error["hint"]) == ("there is no such noun", hint)


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        (["case", "creat"], "there is no such verb", "did you mean add"),
        (["case", "shwo"], "there is no such verb", "did you mean show"),
        (["case", "view"], "there is no such verb", "did you mean show or list"),
        (["checkin", "postpone"], "there is no such verb", "did you mean move"),
        (["add"], "a noun comes first", "reintegrate NOUN add; reintegrate --help lists the nouns"),
        (["case", "xyzzy"], "there is no such verb", "reintegrate case --help lists them"),
        (["remind", "xyzzy"], "there is no such verb", "reintegrate remind --help lists them"),
        (["case", "--jsn"], "no such option", "reintegrate case --help lists them"),
        (["--valut", "x"], "no such option", "did you mean --vault"),
        (["case", "add", "--schol", "x"], "no such option", "did you mean --school"),
        (["help", "exitcodes"], "there is no such topic", "did you mean exit-codes"),
    ],
)
def test_a_mistyped_verb_or_option_is_answered_with_the_nearest(
    run: Run, line: list[str], message: str, hint: str
) -> None:
    ended = run(*line)
    assert (ended.code, ended.err) == (2, f"{message}\nhint: {hint}\n")


def test_free_text_in_the_place_of_a_name_is_refused_and_not_echoed(run: Run) -> None:
    for line in (["Maria Lopez"], ["case", "Maria Lopez"], ["help", "Maria Lopez"], [""]):
        ended = run(*line)
        assert (ended.code, "rule: argv" in ended.err, "Maria" in ended.err) == (4, True, False)


def test_the_topics_tell_what_the_program_does(run: Run) -> None:
    told = {topic: run("help", topic).out for topic in TOPICS}
    assert set(told) == {"environment", "exit-codes", "dates", "json"}
    for kind in (Problem, *Problem.__subclasses__()):
        assert re.search(rf"^{kind.code} +{kind.kind}: ", told["exit-codes"], re.MULTILINE)
    assert " ".join(UNDERSTOOD.split()[3:]) in " ".join(told["dates"].split())
    for text in told.values():
        assert len(text.splitlines()) <= 24
        assert max(map(len, text.splitlines())) <= 80


def test_every_variable_of_the_environment_that_is_read_is_told() -> None:
    sources = Path(reintegrate_cli.__file__).parent.rglob("*.py")
    read = {
        name
        for path in sources
        for name in re.findall(
            r"environ(?:\.get\(|\[)\"(REINTEGRATE_\w+|NO_COLOR|COLUMNS|PAGER)\"", path.read_text()
        )
    }
    assert {name for name in read if not name.startswith("_")} <= set(ENVIRONMENT)


def test_the_exit_codes_of_the_page_on_scripts_are_those_of_the_program() -> None:
    rows = dict(re.findall(r"^\| (\d+) \| (.+) \|$", PAGE.read_text(), re.MULTILINE))
    assert set(rows) == {"0", *(str(one.code) for one in (Problem, *Problem.__subclasses__()))}
