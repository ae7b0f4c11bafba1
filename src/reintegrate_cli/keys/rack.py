"""The rack: the seam between the commands and the keys that open a vault.

It holds the slots, what is readable of a vault without a key, and their renewal. The vault's
file is one; another engine that keeps a header has these methods, too.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from reintegrate_cli.keys.bundles import Bundle
from reintegrate_cli.keys.signing import Signer
from reintegrate_cli.keys.slots import HeaderLike, Slot


class Seat(NamedTuple):
    """What a login of a server may do there, whatever key it has."""

    login: str
    seat: str
    """``specialist``, ``school``, ``reader``, ``auditor`` or ``cron``."""
    school: str | None
    """Whose cases it reads; none if it is for no school, or there is no key for that school."""


class Look(NamedTuple):
    """What a server noted of what a login looked at, within a minute."""

    at: str
    login: str
    cases: tuple[str, ...]
    """Those that the key at hand can name."""
    tables: tuple[str, ...]
    """The tables that were looked at whole, or for rows of no case."""


class Seats(Protocol):
    """Who may do what on the server that holds a vault."""

    def all(self) -> Sequence[Seat]:
        """List who has a seat."""

    def give(self, login: str, seat: str, school: str | None) -> None:
        """Give a login a seat, in this unit of work, in place of the one that it has.

        Raises:
            Missing: the server has no such login.
            Usage: it is one's own.
        """

    def looked(self, cases: Sequence[str]) -> Sequence[Look]:
        """List who looked at what, oldest first.

        Args:
            cases: the cases there are, as far as the key at hand opens them.
        """

    def forget_looks(self, before: datetime) -> int:
        """Remove, in this unit of work, who looked at what before a moment; count what went.

        Nothing goes that is younger than a year.
        """

    def take(self, login: str) -> None:
        """Take a seat away, in this unit of work.

        Raises:
            Missing: that login has none.
            Usage: it is one's own.
        """


class KeyRack(Protocol):
    """The keys to one vault, as a unit of work sees them."""

    @property
    def bundle(self) -> Bundle:
        """What opens the vault now: the key at hand, or the one that took its place."""

    @property
    def header(self) -> HeaderLike:
        """What the vault says of itself without a key, its slots included."""

    @property
    def signer(self) -> Signer:
        """The key that signs for the vault."""

    @property
    def public(self) -> bytes:
        """The public half of the key that signs."""

    @property
    def seats(self) -> Seats | None:
        """Who may do what on the server that holds it; none if it is a file."""

    def sign_with(self, signer: Signer) -> None:
        """Go on with a key that signs, if an older version wrote the vault, which has none."""

    def to_share(self, user: str) -> Bundle:
        """Return what a new slot of somebody's is made from, a narrow one too.

        Raises:
            Locked: the key at hand is a narrow one.
        """

    def renew(self, *, slots: Sequence[Slot] | None = None, reseal: bool = False) -> None:
        """Change the keys at the end of the unit of work.

        Args:
            slots: the key slots; those that are there if left out.
            reseal: whether under a new data key; every slot opens it as before.

        Raises:
            Locked: the key at hand is a narrow one.
            Settings: an older version made a slot, which cannot wrap another data key.
        """
