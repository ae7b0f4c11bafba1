"""No path leads a student out of the home school but a decision or a recorded move (rule G5)."""

import json
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as explored
from hypothesis import strategies as st

from conftest import Run
from reintegrate_cli.core.errors import Refused
from reintegrate_cli.core.lean import replace
from reintegrate_cli.kept import archives, session
from reintegrate_cli.kept import store as kept
from reintegrate_cli.nouns.case import moving
from reintegrate_cli.nouns.case.record import Coming
from test_placement import DECISION, decided, setting

AWAY = ("alternative", "independent", "online", "ged", "out_of_district", "out_of_school")
HOME = moving.STAYING
TODAY, LATER = "2026-10-01", "2026-12-15"
Act = Callable[[Run, str], None]


def edit(to: str) -> Act:
    def act(run: Run, ref: str) -> None:
        now = setting(run, ref)
        ended = run("case", "edit", ref, "--setting", to, "--json")
        if to in HOME or to == now:
            assert ended.code == 0, ended.err
        else:
            assert (ended.code, ended.error["rule"]) == (4, "G5"), ended.err

    return act


def decide(to: str, *options: str) -> Act:
    def act(run: Run, ref: str) -> None:
        ended = decided(run, ref, *options, option=to)
        assert ended.code == 0, ended.err
        assert setting(run, ref, today=LATER) == to

    return act


def decide_wrongly(to: str, key: str, value: object) -> Act:
    def act(run: Run, ref: str) -> None:
        before = setting(run, ref, LATER)
        ended = decided(run, ref, **{"option": to, key: value})
        assert (ended.code, ended.error["rule"]) == (4, "G5"), ended.err
        assert setting(run, ref, LATER) == before

    return act


def record(to: str) -> Act:
    def act(run: Run, ref: str) -> None:
        line = ("placement", "record", ref, "--option", to, "--made-by", "family", "--on", "today")
        assert run(*line, "--known-at-time", "no").code == 0

    return act


def typed(*line: str, **given: object) -> Act:
    """Return a line of which it does not matter whether it is refused."""

    def act(run: Run, ref: str) -> None:
        ended = run(*(ref if word == "REF" else word for word in line), given=given or None)
        assert ended.code != 1, ended.err

    return act


FEAR = ["fear_of_recruitment"]
VIEW = {"student_view": "x"}
ACTS = st.one_of(
    st.sampled_from(AWAY + HOME).map(edit),
    st.sampled_from(AWAY + HOME).map(decide),
    st.sampled_from(AWAY).map(lambda to: decide(to, "--starts", "today")),
    st.sampled_from(AWAY).map(lambda to: decide_wrongly(to, "reasons", FEAR)),
    st.sampled_from(AWAY).map(
        lambda to: decide_wrongly(to, "alternatives", [{"option": "school_of_origin"}])
    ),
    st.sampled_from(AWAY + HOME).map(record),
    st.sampled_from(
        [
            typed("undo"),
            typed("placement", "draft", "REF", **DECISION),
            typed("placement", "dispute", "REF", reason="x"),
            typed("placement", "dispute", "REF", "--settled", "kept"),
            typed("placement", "dispute", "REF", "--settled", "withdrawn"),
            typed("placement", "review", "REF", "PL1", "--way-back", "taken", **VIEW),
            typed("placement", "review", "REF", "PL2", "--way-back", "taken", **VIEW),
            typed(
                "placement", "review", "REF", "PL1", "--way-back", "taken", "--to", "ged", **VIEW
            ),
            typed("placement", "review", "REF", "PL1", "--way-back", "offered", **VIEW),
            typed("case", "edit", "REF", setting="online", school="Juniper"),
            typed("case", "edit", "REF", "--moved-on", "2026-09-01"),
            typed("case", "transfer", "REF", "--school", "Eastgate"),
            typed("case", "close", "REF", "--reason", "other"),
            typed("case", "reopen", "REF"),
            typed("credit", "set", "REF", "--route", "ged"),
        ]
    ),
)


@explored(acts=st.lists(ACTS, min_size=1, max_size=6))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_sequence_of_commands_moves_a_student_without_a_decision_or_a_recorded_move(
    district: Run, acts: list[Act]
) -> None:
    opened = district("case", "add", "--school", "Ridgeline", "--setting", "home", "--json")
    ref = opened.json["ref"]
    for act in acts:
        act(district, ref)
        if district("placement", "list", "--case", ref).code == 5:
            return  # the opening of the case was undone
        rows = district("placement", "list", "--case", ref, "--json").json["items"]
        made = {row["option"] for row in rows if row["status"] not in ("draft", "fear_only")}
        for day in (TODAY, LATER):
            assert setting(district, ref, day) in made | set(HOME)


def test_a_case_that_opened_elsewhere_was_not_moved_and_may_come_home(district: Run) -> None:
    opened = district("case", "add", "--school", "Ridgeline", "--setting", "ged", "--json")
    ref = opened.json["ref"]
    for to in ("alternative", "online"):
        refused = district("case", "edit", ref, "--setting", to, "--json")
        assert (refused.code, refused.error["rule"]) == (4, "G5")
    assert district("case", "edit", ref, "--setting", "home").code == 0
    assert district("case", "edit", ref, "--setting", "ged").code == 4
    assert district("undo").code == 0  # as it was before
    assert setting(district, ref) == "ged"


@pytest.mark.parametrize("by", [None, "PL1", "PL9"])
def test_a_command_that_forgets_the_rule_is_refused_where_records_are_kept(
    district: Run, case: str, by: str | None
) -> None:
    assert decided(district, case, reasons=FEAR).code == 4  # PL1, which leads nowhere
    for forgotten in (
        {"setting": "ged", "moved_by": by},
        {"setting": "alternative", "moved_by": by},
        {"coming": Coming(setting="alternative", on=session.today(), placement=by or "PL1")},
    ):
        session.begin(None, None)
        with pytest.raises(Refused) as refused, session.writing("some command") as store:
            store.cases.put(replace(store.cases.get(case), **forgotten))
        assert refused.value.rule == "G5"
    assert setting(district, case) == "home"


def test_a_placement_leads_out_once(district: Run, case: str) -> None:
    assert decided(district, case, "--starts", "today").code == 0
    session.begin(None, None)
    with session.writing("some command") as store:
        store.cases.put(replace(store.cases.get(case), setting="home"))
    session.begin(None, None)
    with pytest.raises(Refused), session.writing("some command") as store:
        store.cases.put(replace(store.cases.get(case), setting="alternative"))


def _taken(store: "kept.Store", document: dict[str, object]) -> None:
    archive = archives.parse(json.dumps(document).encode())
    archives.take(store, archive, lambda: None, set, replace=True)


def test_an_archive_moves_nobody_unless_it_holds_the_decision(district: Run, case: str) -> None:
    session.begin(None, None)
    with session.reading() as store:
        before = json.loads(archives.written(store, "2026-10-01T12:00:00+00:00")[0])
    moved = json.loads(json.dumps(before))
    moved["tables"]["cases"][0]["setting"] = "ged"
    session.begin(None, None)
    with pytest.raises(Refused) as refused, session.writing("vault import") as store:
        _taken(store, moved)
    assert refused.value.rule == "G5"
    assert decided(district, case, "--starts", "today").code == 0
    session.begin(None, None)
    with session.reading() as store:
        after = json.loads(archives.written(store, "2026-10-02T12:00:00+00:00")[0])
    assert district("undo").code == 0
    assert setting(district, case) == "home"
    session.begin(None, None)
    with session.writing("vault import") as store:
        _taken(store, after)
    assert setting(district, case) == "alternative"
