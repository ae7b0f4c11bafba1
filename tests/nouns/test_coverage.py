"""Coverage: who could help, for sex and for labor trafficking apart, in each area, on a day (J3)."""

import itertools
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given as explored
from hypothesis import strategies as st

from conftest import Run
from reintegrate_cli.core.lean import replace
from reintegrate_cli.nouns.mou.record import Mou
from reintegrate_cli.nouns.partner import coverage
from reintegrate_cli.nouns.partner.coverage import Asked, Cell, District
from reintegrate_cli.nouns.partner.record import Partner

DAY = timedelta(days=1)
ON = date(2026, 10, 1)
AREAS = ("Ridgeline", "Juniper", "Eastgate")
SAID = {
    "purpose": "x",
    "services": "x",
    "referral_protocol": "x",
    "confidentiality": "x",
    "release_process": "x",
    "contacts": "x",
}


def partner(slug: str, kind: str = "trafficking_specialist", **more: Any) -> Partner:
    return Partner(slug=slug, kind=kind, **more)  # type: ignore[arg-type]


def mou(
    nth: int,
    slug: str,
    first: date = date(2026, 1, 1),
    last: date = date(2026, 12, 31),
    **more: Any,
) -> Mou:
    return Mou(
        id=f"M{nth}",
        partner=slug,
        owner="lee",
        known_on=first,
        signed_on=first,  # type: ignore[arg-type]
        effective_on=first,
        ends_on=last,
        **more,
    )


def cell(district: District, specialty: str, area: str, day: date = ON, **asked: Any) -> Cell:
    found = {
        (one.specialty, one.area): one for one in coverage.cells(district, day, Asked(**asked))
    }
    return found[specialty, area]  # type: ignore[index]


# Random small districts, and the plainest reading of the rules.

SUBSETS = st.lists(st.sampled_from(AREAS), max_size=2, unique=True).map(tuple)
SPECIALTIES = st.lists(st.sampled_from(["sex", "labor"]), max_size=2, unique=True).map(tuple)
DAYS = st.integers(-40, 60).map(lambda days: ON + timedelta(days=days))
PARTNERS = st.lists(
    st.builds(
        partner,
        st.sampled_from(["HARBOR", "ACCAC", "VSAS", "LCHC"]),
        st.sampled_from(
            [
                "trafficking_specialist",
                "sexual_assault_provider",
                "child_advocacy_center",
                "assessment_center",
                "health",
            ]
        ),
        specialties=SPECIALTIES,
        areas=SUBSETS,
        ages=st.sampled_from([None, "5-12", "12-21"]),
        languages=st.sampled_from([(), ("es",), ("es", "vi")]),
    ),
    max_size=4,
    unique_by=lambda one: one.slug,
)
TERMS = st.tuples(
    st.sampled_from(["HARBOR", "ACCAC", "VSAS", "LCHC"]),
    DAYS,
    st.integers(1, 60),
    SPECIALTIES,
    SUBSETS,
    st.booleans(),
    st.none() | DAYS,
    st.booleans(),
)
ASKED = st.builds(
    Asked, age=st.none() | st.integers(4, 22), language=st.sampled_from([None, "ES", "fr"])
)


@st.composite
def districts(draw: Any) -> District:
    mous = []
    for nth, (slug, first, days, specialties, areas, runs_on, ended, signed) in enumerate(
        draw(st.lists(TERMS, max_size=5)), 1
    ):
        made = mou(
            nth,
            slug,
            first,
            first + timedelta(days=days),
            specialties=specialties,
            areas=areas,
            auto_renew=runs_on,
            ended_on=ended,
        )
        mous.append(made if signed else replace(made, signed_on=None))
    return District(draw(PARTNERS), mous, AREAS)


def plainly(district: District, specialty: str, area: str, day: date, asked: Asked) -> str:
    """Look at every partner and every MOU, as a person with a list would."""
    best = "gap"
    for one, paper in itertools.product(district.partners, district.mous):
        if paper.partner != one.slug or paper.signed_on is None:
            continue
        assert paper.effective_on
        assert paper.ends_on
        if day < paper.effective_on or (day > paper.ends_on and not paper.auto_renew):
            continue
        if paper.ended_on is not None and day >= paper.ended_on:
            continue
        fallback = one.kind in (
            "sexual_assault_provider",
            "child_advocacy_center",
            "assessment_center",
        )
        specialist = one.kind == "trafficking_specialist"
        scope = paper.specialties or one.specialties
        places = paper.areas or one.areas or AREAS
        if specialty not in (scope or ("sex", "labor")) or area not in places:
            continue
        if asked.age is not None and one.ages:
            low, high = one.ages.split("-")
            if asked.age not in range(int(low), int(high) + 1):
                continue
        if asked.language and asked.language.lower() not in one.languages:
            continue
        if specialist and scope:
            return "specialist"
        if fallback:
            best = "fallback"
        elif specialist and best == "gap":
            best = "ask"
    return best


@explored(district=districts(), day=DAYS, asked=ASKED)
def test_every_cell_is_what_looking_at_everything_gives(
    district: District, day: date, asked: Asked
) -> None:
    found = coverage.cells(district, day, asked)
    assert len(found) == 2 * len(AREAS)
    for one in found:
        assert one.status == plainly(district, one.specialty, one.area, day, asked)
        assert bool(one.partners) == (one.status != "gap")


@explored(district=districts(), day=DAYS, data=st.data())
def test_without_an_mou_no_cell_is_better(district: District, day: date, data: Any) -> None:
    before = coverage.cells(district, day)
    if not district.mous:
        return
    gone = data.draw(st.sampled_from(district.mous))
    rest = District(district.partners, [one for one in district.mous if one is not gone], AREAS)
    after = coverage.cells(rest, day)
    rank = coverage.STATUSES.index
    assert all(
        rank(then.status) >= rank(now.status) for now, then in zip(before, after, strict=True)
    )


@explored(district=districts(), day=DAYS)
def test_a_cell_lapses_on_the_last_day_before_the_first_on_which_it_is_worse(
    district: District, day: date
) -> None:
    rank = coverage.STATUSES.index
    for one in coverage.cells(district, day):
        ahead = [day + timedelta(days=nth) for nth in range(200)]
        status = [plainly(district, one.specialty, one.area, on, coverage.ANYBODY) for on in ahead]
        worse = [nth for nth, then in enumerate(status) if rank(then) > rank(one.status)]  # type: ignore[arg-type]
        if one.status == "gap" or not worse:
            assert (one.lapses_on, one.opens) == (None, None)
        else:
            assert one.lapses_on == ahead[worse[0] - 1]
            assert one.opens == status[worse[0]]


@explored(district=districts(), day=DAYS)
def test_what_lapses_first_opens_exactly_the_cells_that_are_worse_the_day_after(
    district: District, day: date
) -> None:
    lapse = coverage.first_lapse(district, day)
    if lapse is None:
        return
    rank = coverage.STATUSES.index
    opens = set()
    for area, specialty in itertools.product(AREAS, ("sex", "labor")):
        now = plainly(district, specialty, area, lapse.last_day, coverage.ANYBODY)
        then = plainly(district, specialty, area, lapse.last_day + DAY, coverage.ANYBODY)
        if rank(then) > rank(now):  # type: ignore[arg-type]
            opens.add((specialty, area, then))
    assert set(lapse.opens) == opens
    assert lapse.last_day >= day


@explored(district=districts(), day=DAYS)
def test_no_other_new_mou_would_close_more_gaps(district: District, day: date) -> None:
    gaps = {
        (one.specialty, one.area) for one in coverage.cells(district, day) if one.status == "gap"
    }
    best = coverage.best_new(district, day)
    if not gaps:
        assert best is None
        return
    assert best is not None

    def closed_by(one: Partner) -> set[Any]:
        new = mou(9, one.slug, day, day + DAY)
        with_it = District(district.partners, [*district.mous, new], AREAS)
        left = {
            (one.specialty, one.area)
            for one in coverage.cells(with_it, day)
            if one.status in ("gap", "ask")
        }
        return gaps - left

    most = max((len(closed_by(one)) for one in district.partners), default=0)
    if best.partner is None:
        assert most == 0
        assert set(best.closes) <= gaps
    else:
        assert set(best.closes) == closed_by(best.partner)
        assert len(best.closes) == most


# Day by day, around an end.


def test_a_cell_falls_to_the_fallback_and_then_to_a_gap_on_the_days_after_the_ends() -> None:
    district = District(
        [partner("HARBOR", specialties=("sex",)), partner("VSAS", "sexual_assault_provider")],
        [mou(1, "HARBOR", last=date(2026, 10, 31)), mou(2, "VSAS", last=date(2026, 11, 3))],
        ("Ridgeline",),
    )
    told = []
    for nth in range(6):
        one = cell(district, "sex", "Ridgeline", date(2026, 10, 30) + nth * DAY)
        told.append((one.status, one.partners, str(one.lapses_on), one.opens))
    assert told == [
        ("specialist", ("HARBOR",), "2026-10-31", "fallback"),
        ("specialist", ("HARBOR",), "2026-10-31", "fallback"),
        ("fallback", ("VSAS",), "2026-11-03", "gap"),
        ("fallback", ("VSAS",), "2026-11-03", "gap"),
        ("fallback", ("VSAS",), "2026-11-03", "gap"),
        ("gap", (), "None", None),
    ]


def test_a_renewal_without_a_gap_moves_the_lapse_and_is_no_lapse() -> None:
    harbor = partner("HARBOR", specialties=("sex", "labor"))
    old = mou(1, "HARBOR", last=date(2026, 10, 31))
    new = mou(2, "HARBOR", date(2026, 11, 1), date(2027, 10, 31), renews="M1")
    district = District([harbor], [old, new], ("Ridgeline",))
    assert cell(district, "labor", "Ridgeline").lapses_on == date(2027, 10, 31)
    lapse = coverage.first_lapse(district, ON)
    assert lapse is not None
    assert (lapse.mou.id, lapse.last_day) == ("M2", date(2027, 10, 31))
    late = replace(new, effective_on=date(2026, 11, 2))
    district = District([harbor], [old, late], ("Ridgeline",))
    assert cell(district, "labor", "Ridgeline").lapses_on == date(2026, 10, 31)
    lapse = coverage.first_lapse(district, ON)
    assert lapse is not None
    assert len(lapse.opens) == 2


def test_a_specialist_names_in_what_and_a_fallback_that_names_nothing_is_for_both() -> None:
    silent = District([partner("HARBOR")], [mou(1, "HARBOR")], ("Ridgeline",))
    assert cell(silent, "sex", "Ridgeline").status == "ask"
    named = District([partner("HARBOR")], [mou(1, "HARBOR", specialties=("sex",))], ("Ridgeline",))
    assert cell(named, "sex", "Ridgeline").status == "specialist"
    center = District(
        [partner("ACCAC", "child_advocacy_center")], [mou(1, "ACCAC")], ("Ridgeline",)
    )
    assert {one.status for one in coverage.cells(center, ON)} == {"fallback"}


def test_a_partner_of_the_directory_is_suggested_the_specialist_first() -> None:
    known = [
        partner("VSAS", "sexual_assault_provider"),
        partner("HARBOR", specialties=("labor",)),
        partner("LCHC", "health"),
    ]
    district = District(known, [], ())
    assert district.areas == ["district"]
    assert cell(district, "labor", "district").suggested == ("HARBOR", "VSAS")
    assert cell(district, "sex", "district").suggested == ("VSAS",)


# At the keyboard.


def cover(run: Run, *more: str, **named: Any) -> Any:
    return run("partner", "coverage", *more, "--json", **named).json["items"]


@pytest.fixture
def alder(district: Run, case: str) -> Run:
    for line in (
        (
            "HARBOR",
            "--kind",
            "trafficking_specialist",
            "--specialty",
            "sex",
            "--area",
            "Ridgeline",
            "--ages",
            "12-21",
            "--language",
            "es",
        ),
        ("VSAS", "--kind", "sexual_assault_provider"),
        ("ACCAC", "--kind", "child_advocacy_center", "--area", "Juniper"),
    ):
        assert district("partner", "add", *line).code == 0
    for slug, ends in (("HARBOR", "2026-10-31"), ("VSAS", "2027-01-15")):
        line = ("mou", "add", slug, "--effective", "2026-01-01", "--ends", ends)
        assert district(*line, given=SAID).code == 0
    return district


def test_cells_carry_their_keys_for_schools_of_cases_and_areas_of_partners(alder: Run) -> None:
    found = cover(alder)
    assert [(one["area"], one["specialty"], one["status"]) for one in found] == [
        ("Juniper", "sex", "fallback"),
        ("Juniper", "labor", "fallback"),
        ("Ridgeline", "sex", "specialist"),
        ("Ridgeline", "labor", "fallback"),
    ]
    assert found[2]["partners"] == ["HARBOR"]
    assert found[2]["lapses_on"] == "2026-10-31"
    assert (found[2]["ages"], found[2]["languages"]) == (["12-21"], ["es"])


def test_it_is_asked_for_a_day_an_area_a_specialty_a_status_an_age_and_a_language(
    alder: Run, case: str
) -> None:
    line = ("--area", "ridgeline", "--specialty", "sex")
    for day, status in (
        ("2026-10-31", "specialist"),
        ("2026-11-01", "fallback"),
        ("2027-01-16", "gap"),
        ("2025-12-31", "gap"),
    ):
        assert [one["status"] for one in cover(alder, *line, "--on", day)] == [status]
    assert (
        alder("partner", "coverage", "--on", "2026-11-01", "--json").json["as_of"] == "2026-11-01"
    )
    assert {one["area"] for one in cover(alder, "--case", case)} == {"Ridgeline"}
    assert len(cover(alder, "--status", "fallback")) == 3
    assert [one["status"] for one in cover(alder, *line, "--age", "9")] == ["fallback"]
    assert [one["status"] for one in cover(alder, *line, "--language", "es")] == ["specialist"]
    assert [one["status"] for one in cover(alder, *line, "--language", "vi")] == ["gap"]
    assert alder("partner", "coverage", "--case", "ZZZZ").code == 5
    assert alder("partner", "coverage", "--status", "nonsense").code == 2


def test_a_search_that_found_nobody_says_when_to_search_again(alder: Run) -> None:
    made = alder("partner", "search", "--specialty", "labor", "--area", "Juniper", "--json")
    assert (made.json["due_on"], made.json["about"]) == ("2026-12-30", "labor/Juniper")
    kept = {(one["area"], one["specialty"]): one["search_again_on"] for one in cover(alder)}
    assert kept["Juniper", "labor"] == "2026-12-30"
    assert kept["Ridgeline", "labor"] is None
    rows = alder("agenda", "--days", "100", "--kind", "task", "--json").json["items"]
    assert [row["due_on"] for row in rows] == ["2026-12-30"]
    assert alder("task", "done", made.json["id"]).code == 0
    assert all(one["search_again_on"] is None for one in cover(alder))
    assert alder("partner", "search", "--specialty", "labor", "--again", "2026-10-01").code == 2


def test_a_closed_case_names_no_area_and_the_file_of_the_district_does(
    alder: Run, case: str, tmp_path: Any
) -> None:
    assert alder("case", "add", "--school", "Eastgate", "--setting", "home").code == 0
    assert {one["area"] for one in cover(alder)} == {"Eastgate", "Juniper", "Ridgeline"}
    ref = next(
        one["ref"]
        for one in alder("case", "list", "--json").json["items"]
        if one["school"] == "Eastgate"
    )
    alder("case", "close", ref, "--reason", "moved")
    assert {one["area"] for one in cover(alder)} == {"Juniper", "Ridgeline"}
    config = tmp_path / "district.toml"
    config.write_text(config.read_text() + 'schools = ["Evening Academy"]\n')
    assert "Evening Academy" in {one["area"] for one in cover(alder)}
    assert "Evening Academy" in alder("partner", "coverage").out


def test_the_matrix_fits_eighty_columns_and_says_what_it_means(alder: Run) -> None:
    drawn = alder("partner", "coverage")
    assert drawn.out.splitlines()[0].split() == ["area", "sex", "labor"]
    assert "[x] specialist HARBOR to 31 Oct 2026" in drawn.out
    assert "M1 (HARBOR) lapses first, after 31 Oct 2026: S in Ridgeline falls to the" in (drawn.err)
    gone = alder("partner", "coverage", "--on", "2027-02-01").err
    assert "one MOU with VSAS would close 4 gaps" in gone
    assert "L: VSAS, ACCAC" in gone or "L: ACCAC, VSAS" in gone


def test_a_specialist_whose_specialty_was_never_asked_is_to_be_asked_and_no_gap() -> None:
    unasked = District([partner("HARBOR")], [mou(1, "HARBOR")], ("Ridgeline",))
    for specialty in ("sex", "labor"):
        found = cell(unasked, specialty, "Ridgeline")
        assert (found.status, found.partners) == ("ask", ("HARBOR",))
    both = District(
        [partner("HARBOR"), partner("VSAS", "sexual_assault_provider")],
        [mou(1, "HARBOR"), mou(2, "VSAS")],
        ("Ridgeline",),
    )
    assert cell(both, "sex", "Ridgeline").status == "fallback"
    assert coverage.best_new(unasked, ON) is None


def test_the_screen_names_no_specialty_in_full_and_says_whom_to_ask(district: Run) -> None:
    kind = ("--kind", "trafficking_specialist", "--regime", "none")
    assert district("partner", "add", "NORTH", *kind).code == 0
    terms = ("--effective", "2026-09-01", "--ends", "2027-09-01")
    assert district("mou", "add", "NORTH", *terms, given=SAID).code == 0
    drawn = district("partner", "coverage")
    assert "[?] ask NORTH" in " ".join(drawn.out.split())
    assert "ask NORTH in what it specializes: reintegrate partner edit NORTH" in drawn.err
    assert "traffick" not in drawn.out + drawn.err
