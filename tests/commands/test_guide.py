"""``guide`` and ``about``: every noun has its clauses, or is silent on purpose."""

import json
import re

import pytest

from conftest import Run
from reintegrate_cli import catalogue
from reintegrate_cli.catalogue import guidance
from reintegrate_cli.line import typed


def test_every_noun_has_its_guidance_or_is_silent_on_purpose() -> None:
    told, silent = set(guidance.ASKS), set(guidance.SILENT)
    assert told & silent == set()
    assert told | silent == set(catalogue.BY_NAME)
    assert all(guidance.ASKS.values())


def test_every_clause_is_asked_at_some_noun_or_waits_for_one() -> None:
    asked = {number for clauses in guidance.ASKS.values() for number in clauses}
    assert asked == set(guidance.CLAUSES)
    assert set(guidance.BEFORE_A_MOVE) <= set(guidance.ASKS)


def test_the_support_names_commands_that_there_are() -> None:
    for command in guidance.SUPPORT.values():
        noun, verb = command.split()
        assert verb in typed.verbs_of(noun)


@pytest.mark.parametrize("noun", sorted(guidance.ASKS))
def test_a_noun_is_told_with_clause_source_and_date(run: Run, noun: str) -> None:
    told = run("guide", noun, "--json").json
    assert tuple(each["clause"] for each in told["asks"]) == guidance.ASKS[noun]
    assert (told["edition"], told["retrieved_by"], told["endorsed"]) == (
        "2024",
        guidance.RETRIEVED_BY,
        False,
    )
    assert bool(told["support"]) == (noun in guidance.BEFORE_A_MOVE)
    shown = run("guide", noun.upper())
    assert shown.code == 0
    assert f"clause {guidance.ASKS[noun][0]}" in shown.out
    assert max(map(len, shown.out.splitlines())) <= 80
    if len(typed.verbs_of(noun)) > 1:
        assert f"reintegrate guide {noun}" in run(noun, "--help").out


def test_without_a_noun_all_of_it_is_told(run: Run) -> None:
    told = run("guide", "--json").json
    assert {each["clause"] for each in told["asks"]} == set(guidance.CLAUSES)
    assert len(told["support"]) == len(guidance.SUPPORT)


def test_what_is_no_noun_is_refused(run: Run) -> None:
    assert "nothing to say" in run("guide", "lock").out
    assert run("guide", "mous").code == 2
    assert run("guide", "a b").code == 4


def test_about_cites_the_guidance_and_says_that_nobody_endorsed_this(run: Run) -> None:
    cited = json.loads(run("about", "--source", "--json").out)
    assert cited["address"].startswith("https://safesupportivelearning.ed.gov/")
    assert (cited["edition"], cited["endorsed"]) == ("2024", False)
    for line in (("about",), ("about", "--source")):
        shown = run(*line)
        assert shown.code == 0
        assert "endorsed" in " ".join(shown.out.split())
    assert guidance.RETRIEVED_BY in run("about", "--source").out


@pytest.mark.parametrize("command", guidance.SAID_AT)
def test_where_it_matters_a_verb_says_one_line_with_its_clause(command: str) -> None:
    noun, verb = command.split()
    assert verb in typed.verbs_of(noun)
    line = f"guidance: {guidance.SAID_AT[command]}"
    assert len(line) <= 80
    (clause,) = re.findall(r"\(clause (\d+)\)$", line)
    assert int(clause) in guidance.ASKS[noun]


def test_the_line_comes_after_what_was_kept_and_scripts_read_none(district: Run, case: str) -> None:
    line = ("placement", "draft", case)
    told = district(*line, given={"wish_words": "x"})
    assert told.code == 0, told.err
    assert told.err.splitlines()[-1] == f"guidance: {guidance.SAID_AT['placement draft']}"
    assert "guidance" not in district(*line, "--json", given={"wish_words": "x"}).err
