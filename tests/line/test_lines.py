"""A plain line is read without the parser, and comes to the same as with it."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reintegrate_cli.catalogue import BY_NAME as NOUNS
from reintegrate_cli.core.errors import Problem, Usage
from reintegrate_cli.line import parser
from reintegrate_cli.line.nearest import refusal
from reintegrate_cli.line.plain import Argument, Fault, Parameter, fill
from reintegrate_cli.line.typed import asks_for_help, before_noun, verb_of, verbs_of
from reintegrate_cli.line.verbs import Verb

VERBS = [verb for noun in NOUNS for verb in verbs_of(noun).values()]
IDS = [f"{verb.noun} {verb.name}" for verb in VERBS]


def start(verb: Verb) -> list[str]:
    return [verb.noun] if verb.name == verb.noun else [verb.noun, verb.name]


def spelled(one: Parameter, value: str) -> list[str]:
    if isinstance(one.said, Argument):
        return [value]
    return [one.said.name] if one.type in (bool, bool | None) else [one.said.name, value]


def parted(line: list[str]) -> tuple[Verb, list[str]]:
    verb, words = verb_of(line[0], line[1:])
    assert verb is not None
    return verb, words


def plainly(line: list[str]) -> Any:
    """Read a line plainly; nothing if it asks for help, or is for the parser."""
    try:
        verb, words = verb_of(line[0], line[1:]) if line[0] in NOUNS else (None, [])
    except Problem:
        return None
    if verb is None or asks_for_help(words):
        return None
    said = fill(verb.parameters(), words)
    if isinstance(said, Fault):
        assert (problem := _problem(refusal(verb, said))) == read(line), problem
    return said if isinstance(said, dict) else None


def read(line: list[str]) -> Any:
    """Read a line with the parser: its values, or how it ended."""
    try:
        return _given(parser.parse(*parted(line)))
    except Problem as problem:
        return _problem(problem)


def _problem(problem: Problem) -> Any:
    return type(problem), problem.message, problem.hint, problem.fields


def _given(values: dict[str, Any]) -> dict[str, Any]:
    # Nothing said and an empty list are one and the same to every form.
    return {name: value for name, value in values.items() if value not in (None, [])}


def agree(line: list[str]) -> bool:
    """Demand that a line that is read plainly says the same to the parser."""
    plain = plainly(line)
    if plain is not None:
        assert _given(plain) == read(line)
    return plain is not None


@pytest.mark.parametrize("verb", VERBS, ids=IDS)
def test_law_12_a_line_with_all_that_a_verb_takes_is_plain(verb: Verb) -> None:
    line = start(verb)
    for one in verb.parameters():
        line += spelled(one, "word")
    assert agree(line)
    for one in verb.parameters():
        if not isinstance(one.said, Argument) and one.said.no is not None:
            assert agree([*line[: line.index(one.said.name)], one.said.no])


@pytest.mark.parametrize("verb", VERBS, ids=IDS)
def test_a_line_with_the_least_is_plain_and_one_with_less_is_not(verb: Verb) -> None:
    needed = [one for one in verb.parameters() if one.required]
    line = start(verb) + ["word"] * len(needed)
    assert agree(line)
    if needed:
        assert plainly(line[:-1]) is None
    assert plainly([*line, *["word"] * 9]) is None


@pytest.mark.parametrize("verb", VERBS, ids=IDS)
@pytest.mark.parametrize("word", ["--help", "-h", "--nothing", "--", "-", "", "--json=yes", "-j"])
def test_what_is_not_plain_is_left_to_the_parser(verb: Verb, word: str) -> None:
    needed = [one for one in verb.parameters() if one.required]
    assert plainly([*start(verb), *["word"] * len(needed), word]) is None


@pytest.mark.parametrize(
    ("line", "values", "words"),
    [
        ([], {}, []),
        (["agenda", "--today", "x"], {}, ["agenda", "--today", "x"]),
        (["--vault", "v", "agenda"], {"vault": "v"}, ["agenda"]),
        (
            ["--vault=v", "--today=2026-10-05", "case", "list"],
            {"vault": "v", "today": "2026-10-05"},
            ["case", "list"],
        ),
        (["--vault", "v", "--vault", "w", "agenda"], {"vault": "w"}, ["agenda"]),
        (["--version"], {"version": True}, []),
        (["-h", "case"], {"help": True}, ["case"]),
        (["--vault", "-", "agenda"], {"vault": "-"}, ["agenda"]),
    ],
)
def test_what_comes_before_the_noun_is_parted_from_the_rest(
    line: list[str], values: dict[str, Any], words: list[str]
) -> None:
    assert before_noun(line) == (values, words)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (["--vault"], "--vault takes a value"),
        (["--vault="], "--vault takes a value"),
        (["--vault", "--today", "2026-10-05", "agenda"], "--vault takes a value"),
        (["--version=1"], "--version takes none"),
        (["--valt", "v"], "no such option"),
        (["-x"], "no such option"),
        (["--", "agenda"], "no such option"),
    ],
)
def test_what_cannot_stand_before_the_noun_is_said(line: list[str], message: str) -> None:
    with pytest.raises(Usage, match=message):
        before_noun(line)


def test_another_name_of_an_option_is_plain_and_one_that_is_named_alone_is_not() -> None:
    start_ = ["adjustment", "add", "HX4T", "--agreed-by-student"]
    assert agree([*start_, "no", "--ends", "word", "--starts-on", "word"])
    for rest in ([], ["--json"], ["--ends", "word"]):
        assert plainly([*start_, *rest]) is None
        said = read([*start_, *rest])
        assert said["given__agreed_by_student"] == "yes"


@st.composite
def lines(draw: st.DrawFn) -> list[str]:
    """Lines of a verb's own words, in any order and number, with some strange ones."""
    verb = draw(st.sampled_from(VERBS))
    names = [
        name
        for one in verb.parameters()
        if not isinstance(one.said, Argument)
        for name in (one.said.name, *one.said.also, one.said.no or "--no-such")
    ]
    words = st.sampled_from(
        [
            "word",
            "HX4T",
            "-",
            "--",
            "---",
            "",
            "-x",
            "-1",
            "two words",
            "--json",
            "--help",
            "-h",
            "\udc80",
            "--no-input",
            "--from",
            verb.noun,
            verb.name,
            "ä",
            "0",
            "a=b",
            "=",
            "yes",
            "@x",
            "--json=",
            "\n",
            "\t",
            "\x00",
            "\u200d",
            *names,
            *(f"{name}=word" for name in names),
        ]
    )
    line = start(verb)
    for one in draw(st.lists(st.sampled_from(verb.parameters()), max_size=6)):
        line += spelled(one, draw(words))
    for word in draw(st.lists(words, max_size=2)):
        line.insert(draw(st.integers(0, len(line))), word)
    return line


@settings(max_examples=500)
@given(lines())
@example(["incident", "review", "HX4T", "I1", "--manifestation", "-"])
def test_law_12_a_line_that_is_read_plainly_says_the_same_to_the_parser(line: list[str]) -> None:
    agree(line)
