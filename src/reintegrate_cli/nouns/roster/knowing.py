"""What the vault knows of the roster: the links, and the sections beside them."""

from typing import TYPE_CHECKING

from reintegrate_cli.core.errors import Damaged
from reintegrate_cli.nouns.roster.record import Offerings, RosterLink, roster_of
from reintegrate_cli.nouns.roster.snapshot import Roster

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


def known(store: "Store") -> tuple[list[RosterLink], Offerings | None]:
    """Return the links of the cases that are open, in order, and what was read last."""
    closed = {case.ref for case in store.cases.all() if case.is_over}
    links = [link for link in store.of(RosterLink).all() if link.is_linked]
    offerings = next(iter(store.of(Offerings).all()), None)
    return sorted(
        (link for link in links if link.case not in closed), key=lambda link: link.case
    ), offerings


def kept(store: "Store") -> tuple[Roster, Offerings | None]:
    """Return the roster as it was kept, with the linked students of open cases.

    Raises:
        Damaged: what is kept of it cannot be read.
    """
    links, offerings = known(store)
    try:
        return roster_of(links, offerings), offerings
    except ValueError:
        raise Damaged("what is kept of the roster cannot be read") from None
