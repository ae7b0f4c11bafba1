"""Where the students of separations are: from the roster, and from what was typed."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING

from reintegrate_cli.core.errors import Missing, Usage
from reintegrate_cli.core.records import check_id
from reintegrate_cli.nouns.roster.knowing import kept, known
from reintegrate_cli.nouns.roster.timetable import Lesson, Timetable
from reintegrate_cli.nouns.separation.choices import Pair
from reintegrate_cli.nouns.separation.meetings import Conflict, Stay, Whereabouts, conflicts
from reintegrate_cli.nouns.separation.record import Separation

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


def pick(store: "Store", ref: str, id_: str | None, today: date) -> Separation:
    """Return the separation that a line names: by its id, or the only one that still holds.

    Raises:
        Missing: there is none.
        Usage: there are several.
    """
    case = store.cases.get(ref).ref
    separations = store.of(Separation)
    if id_ is not None:
        return separations.get(case, check_id(id_, case))
    live = [each for each in of_case(store, case) if each.status_on(today) != "ended"]
    if not live:
        raise Missing(
            "there is no separation of this case",
            hint=f"reintegrate separation add {case} begins one",
        )
    if len(live) > 1:
        raise Usage(
            "this case has several separations",
            hint=f"name one: {', '.join(each.name for each in live)}",
            fields=["id"],
        )
    return live[0]


def of_case(store: "Store", ref: str) -> list[Separation]:
    """Return the separations of a case: its own, and those that name it."""
    return [each for each in store.of(Separation).all() if ref in each.pair]


class Together:
    """What is known of where the students are, from a day on.

    Args:
        store: the store.
        first: the day.
        last: the last day that counts, if there is one.
    """

    def __init__(self, store: "Store", first: date, last: date | None = None) -> None:
        roster, self.read = kept(store)
        self._links = {link.case: link for link in known(store)[0]}
        self._timetable = Timetable(roster)
        self._first, self._last = first, last

    @classmethod
    def of(cls, store: "Store", separation: Separation, today: date) -> "Together":
        """Return what is known for the days on which a separation holds, from today on."""
        first = max(today, separation.starts_on)
        return cls(store, first, max(first, separation.ends_on))

    def lessons(self) -> Iterator[Lesson]:
        """Yield every section that is known."""
        return self._timetable.lessons()

    def is_known(self, ref: str) -> bool:
        """Check whether the last roster had a student."""
        return ref in self._links and self._links[ref].is_found

    def has_classes(self, separation: Separation) -> bool:
        """Check whether classes of both students are known."""
        return all(map(self.is_known, separation.pair))

    def whereabouts(self, ref: str, separations: Iterable[Separation]) -> Whereabouts:
        """Return where a student is.

        Of one that is not on the roster no class is known. A typed place has no time, so that
        both may be there at once.
        """
        places = dict.fromkeys(place for each in separations for place in each.places)
        return Whereabouts(
            classes=self._timetable.places(ref, self._first, self._last)
            if self.is_known(ref)
            else (),
            stays=tuple(Stay(where=place) for place in places if place != "class"),
        )

    def conflicts(self, separation: Separation) -> list[Conflict]:
        """List where the two of a separation may meet."""
        one, other = (
            self.whereabouts(ref, [separation]) for ref in (separation.case, separation.other)
        )
        return conflicts(one, other, separation.wheres)


def beside(separation: Separation, live: Iterable[Separation]) -> list[Separation]:
    """Return a separation with those that bear on its changes: others of the student who moves."""
    mover = separation.who_moves
    others = (each for each in live if mover in each.pair and each.name != separation.name)
    return [separation, *others]


def pairs_of(separations: Iterable[Separation]) -> list[Pair]:
    """Return the pairs that are kept apart, and who of each moves."""
    return [
        Pair(moves=each.who_moves, stays=each.stays, places=each.wheres) for each in separations
    ]
