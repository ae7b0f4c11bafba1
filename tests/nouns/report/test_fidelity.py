"""Each clause of the guidance is shown by records, and is not shown where they are missing."""

from random import Random

import pytest
from whole import District, broken, whole

from reintegrate_cli.catalogue import guidance
from reintegrate_cli.line.typed import verbs_of
from reintegrate_cli.nouns.report.clauses import CLAUSES, Clause, verdicts

SEEDS = range(20)


def short(district: District) -> set[tuple[int, str | None]]:
    """Return what is not met: clauses with cases."""
    return {
        (clause.number, case)
        for clause, case, verdict in verdicts(district.facts)
        if verdict is not None and not verdict.met
    }


def test_every_clause_has_a_rule_a_command_and_a_query() -> None:
    assert [clause.number for clause in CLAUSES] == list(range(1, 47))
    assert set(guidance.CLAUSES) == set(range(1, 47)) == set(broken)
    for clause in CLAUSES:
        noun, _, verb = clause.command.partition(" ")
        assert clause.rule
        assert callable(clause.query)
        assert (verb or noun) in verbs_of(noun), clause.command


@pytest.mark.parametrize("seed", SEEDS)
def test_a_whole_district_has_nothing_that_is_not_met(seed: int) -> None:
    district = whole(seed)
    assert short(district) == set()
    applied = {clause.number for clause, _, verdict in verdicts(district.facts) if verdict}
    assert applied == set(range(1, 47))


@pytest.mark.parametrize("clause", CLAUSES, ids=lambda clause: str(clause.number))
def test_one_change_breaks_one_clause_of_one_case(clause: Clause) -> None:
    for seed in SEEDS:
        district = whole(seed)
        refs = [case.ref for case in district.facts.cases if case.ref != "D4SX"]
        ref = Random(seed).choice(refs)
        broken[clause.number](district, ref)
        where = {"case": ref, "closed": "D4SX"}.get(clause.of)
        assert short(district) == {(clause.number, where)}, seed


def test_a_query_that_always_says_met_would_be_told() -> None:
    for clause in CLAUSES:
        district = whole(1)
        ref = next(case.ref for case in district.facts.cases if case.ref != "D4SX")
        case = next(case for case in district.facts.cases if case.ref == ref)
        if clause.of == "closed":
            case = next(case for case in district.facts.cases if case.ref == "D4SX")
        before = clause.query(district.facts, case if clause.of != "district" else None)
        broken[clause.number](district, ref)
        case = next(each for each in district.facts.cases if each.ref == case.ref)
        after = clause.query(district.facts, case if clause.of != "district" else None)
        assert (before is not None and before.met, after is not None and after.met) == (True, False)
