"""Every clause of the guidance with its rule, the command that mends it, and what shows it.

A test fails if a clause of the guidance has no row here.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from reintegrate_cli.nouns.report import districts, moves, plans
from reintegrate_cli.nouns.report.facts import Facts, Verdict


class Clause(NamedTuple):
    """One clause: the rule of practice that stands for it, and how it is shown to be followed."""

    number: int
    rule: str
    command: str
    """What is typed to put on record what is missing."""
    query: Callable[[Facts, Any], Verdict | None]
    of: str = "case"
    """Of what it is asked: each open ``case``, each ``closed`` one, or the ``district``."""


CLAUSES: Final = (
    Clause(1, "G4", "credit set", plans.resumed),
    Clause(2, "E5", "need add", plans.supported),
    Clause(3, "G5", "placement decide", moves.unhurried),
    Clause(4, "G5", "placement decide", moves.reasoned),
    Clause(5, "G5", "placement decide", moves.offered_at_home),
    Clause(6, "H3", "placement decide", moves.not_out_of_fear),
    Clause(7, "G4", "credit set", plans.caught_up),
    Clause(8, "G5", "placement decide", moves.argued),
    Clause(9, "G5", "placement decide", moves.way_back),
    Clause(10, "G5", "placement decide", moves.compared),
    Clause(11, "G5", "placement review", moves.looked_at),
    Clause(12, "G5", "placement decide", moves.connected),
    Clause(13, "E7", "case reopen", plans.not_given_up, "closed"),
    Clause(14, "G6", "incident review", plans.looked_back),
    Clause(15, "G6", "placement review", moves.reconsidered),
    Clause(16, "G1", "case edit", plans.kept_by_a_school),
    Clause(17, "J7", "report fidelity", districts.shown, "district"),
    Clause(18, "J5", "training add", districts.trained, "district"),
    Clause(19, "J5", "training set", districts.counted, "district"),
    Clause(20, "J7", "protocol adopt", districts.governed, "district"),
    Clause(21, "J7", "protocol review", districts.student_led, "district"),
    Clause(22, "W1", "wish outcome", plans.honored),
    Clause(23, "S1", "goal add", plans.decided_themselves),
    Clause(24, "J3", "mou add", districts.agreed, "district"),
    Clause(25, "J3", "mou add", districts.fallen_back, "district"),
    Clause(26, "E3", "referral confirm", plans.cared_for),
    Clause(27, "E3", "checkin schedule", plans.followed_up),
    Clause(28, "E5", "care edit", plans.coordinated),
    Clause(29, "I1", "fund appeal", plans.paid_for),
    Clause(30, "E1", "checkin schedule", plans.checked_in),
    Clause(31, "E1", "checkin edit", plans.chosen),
    Clause(32, "E4", "checkin schedule", plans.conferred),
    Clause(33, "E4", "checkin done", plans.monitored),
    Clause(34, "E7", "setback recover", plans.caught),
    Clause(35, "E7", "adjustment end", plans.lightened),
    Clause(36, "H1", "incident review", plans.understood),
    Clause(37, "H6", "concern show", moves.supported_too),
    Clause(38, "H3", "concern decide", moves.founded),
    Clause(39, "H5", "concern mitigate", moves.by_a_policy),
    Clause(40, "H4", "concern mitigate", moves.with_a_key_person),
    Clause(41, "H7", "separation review", moves.kept_apart),
    Clause(42, "J4", "staff add", districts.coordinated, "district"),
    Clause(43, "J4", "team set", districts.shared, "district"),
    Clause(44, "J4", "team set", districts.managed, "district"),
    Clause(45, "E8", "team set", districts.attended, "district"),
    Clause(46, "J7", "about", districts.sourced, "district"),
)


def verdicts(facts: Facts) -> Iterator[tuple[Clause, str | None, Verdict | None]]:
    """Yield each clause with each case that it is asked of, or once for the district.

    ``None`` stands for a clause that does not apply.
    """
    cases = {
        "case": [case for case in facts.cases if facts.is_open(case)],
        "closed": [case for case in facts.cases if not facts.is_open(case)],
    }
    for clause in CLAUSES:
        if clause.of == "district":
            yield clause, None, clause.query(facts, None)
        for case in cases.get(clause.of, ()):
            yield clause, case.ref, clause.query(facts, case)
