"""How soon a student was moved after identification, or how late they were identified after it."""

from conftest import Run
from test_placement import decided


def test_moves_are_told_with_days_reasons_and_the_way_back(district: Run, case: str) -> None:
    assert district("report", "moves", "--json").json["items"] == []
    assert district("case", "edit", case, "--identified-on", "2026-09-20").code == 0
    assert decided(district, case, "--starts", "today").code == 0
    other = district("case", "add", "--school", "Juniper", "--setting", "home", "--json")
    ref = other.json["ref"]
    assert district("case", "edit", ref, "--identified-on", "2026-09-20").code == 0
    line = ("placement", "record", ref, "--option", "online", "--on", "2026-03-04")
    more = ("--made-by", "family", "--known-at-time", "no", "--reason", "behavior")
    assert district(*line, *more, "--reason", "distance").code == 0
    third = district("case", "add", "--school", "Juniper", "--setting", "ged", "--json")
    assert third.code == 0  # where a case opened is no move
    shown = district("report", "moves", "--json").json
    first, second = shown["items"]
    assert (first["case"], first["from"], first["to"]) == (ref, "home", "online")
    assert (first["lag_days"], first["days_since_identified"]) == (200, None)
    assert (first["reasons"], first["made_by"]) == (["behavior", "distance"], "family")
    assert (second["case"], second["days_since_identified"], second["lag_days"]) == (case, 11, None)
    assert (second["way_back"], second["looks_done"]) == (None, 0)
    assert shown["total"]["soon"] == shown["total"]["before_identification"] == 1
    view = {"student_view": "x"}
    look = ("placement", "review", case, "PL1", "--way-back", "offered", "--next", "2026-12-01")
    assert district(*look, given=view, today="2026-11-02").code == 0
    only = district("report", "moves", "--since", "2026-09-01", "--json", today="2026-11-02")
    (row,) = only.json["items"]
    assert (row["way_back"], row["looks_done"]) == ("offered", 1)
    assert district("report", "moves", "--school", "Juniper", "--csv").out.count(ref) == 1


def test_staying_is_no_move(district: Run, case: str) -> None:
    assert decided(district, case, option="home_supports").code == 0
    assert district("report", "moves", "--json").json["items"] == []
    assert "no move is on record" in district("report", "moves").err
