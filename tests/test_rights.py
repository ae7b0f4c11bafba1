"""Rights pass to the student at eighteen (C7); the birth date is never shown."""

from datetime import date, timedelta

from hypothesis import given as explored
from hypothesis import strategies as st

from reintegrate_cli import rights
from reintegrate_cli.cases import Identity

BORN = date(2008, 10, 21)
DAY = date(2026, 10, 21)


def test_the_29th_of_february_counts_on_the_1st_of_march() -> None:
    assert rights.rights_on(date(2008, 2, 29)) == date(2026, 3, 1)
    assert rights.rights_on(BORN) == DAY
    assert rights.rights_on(None) is None
    assert rights.rights_on(date(9990, 1, 1)) is None


@explored(born=st.dates(date(1900, 1, 1), date(2100, 1, 1)), ahead=st.integers(-100, 100))
def test_the_day_before_is_a_minors_and_the_day_itself_is_not(born: date, ahead: int) -> None:
    day = rights.rights_on(born)
    assert day is not None
    assert (day.year - born.year, day.month) in {(18, born.month), (18, 3)}
    identity = Identity(case="HX4T", birth_date=born)
    today = day + timedelta(days=ahead)
    assert rights.transferred(identity, today) == (ahead >= 0)
    left = rights.days_left(identity, today)
    assert left == (-ahead if -60 <= ahead < 0 else None)
    told = rights.state(identity, today)
    assert told == ("transferred" if ahead >= 0 else "near" if ahead >= -60 else "minor")


def test_without_a_birth_date_nothing_is_known_and_nothing_is_taken_away() -> None:
    for identity in (None, Identity(case="HX4T")):
        assert rights.state(identity, DAY) == "unknown"
        assert not rights.transferred(identity, DAY)
        assert rights.days_left(identity, DAY) is None
