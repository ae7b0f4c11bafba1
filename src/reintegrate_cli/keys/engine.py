"""The engine: what the place of a vault is to everything above.

A vault is made, locked, opened, copied and looked after by its engine; what lies in it is read and
written by way of a shelf (``core.shelf``), and its keys by way of a rack (``keys.rack``). The
vault's file is one (``vault.engine``). No command asks which one it has: what an engine cannot do,
it refuses in one sentence.

What is said here is for the reader and the type checker: no everyday command loads it.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, NamedTuple, Protocol, Self

from reintegrate_cli.core.shelf import Shelf
from reintegrate_cli.keys.bundles import Bundle
from reintegrate_cli.keys.disk import LOCK_SECONDS
from reintegrate_cli.keys.rack import KeyRack
from reintegrate_cli.keys.slots import HeaderLike, Slot


class Lock(Protocol):
    """The right to write, that one program at a time has."""

    def acquire(self) -> None:
        """Take it.

        Raises:
            Busy: somebody else held it the whole time.
            Settings: it cannot be taken at all.
        """

    def release(self) -> None:
        """Let it go, if it is held."""

    def __enter__(self) -> Self:
        """Take it."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let it go."""


KEPT_DAYS = 90
"""A purged record is gone for good once the last copy that holds it is this old (K2)."""


class Contents(NamedTuple):
    """What a vault holds, counted; nothing that says whose it is."""

    store_id: str
    size: int
    records: int
    entries: int
    torn: int = 0
    """Bytes at the end that were never acknowledged; they are nobody's loss."""


class Replaced(NamedTuple):
    """That a copy took the place of the vault: who put it there, when, and what it lacks."""

    by: str
    at: datetime
    entries: int
    """How many entries of the history were there before, and are not now."""


class Notice(NamedTuple):
    """What ``doctor`` says of the place of a vault: what was looked at, and how it stands."""

    check: str
    state: Literal["fine", "look", "wrong"]
    found: str
    remedy: str | None = None


class Engine(Protocol):
    """The place of one vault, or of a copy of one."""

    @property
    def name(self) -> str:
        """How a line names it, wherever the line is run: a path or an address, without a secret."""

    def name_for(self, login: str) -> str:
        """Return how a line names it that is run with another login of the place.

        Raises:
            Usage: the place has no logins.
        """

    @property
    def place(self) -> str | None:
        """A name for the place that does not tell where it is; none for a copy.

        This machine remembers by it which vault was there; a copy may be anywhere.
        """

    is_served: bool
    """Whether a server holds it, which has logins, and makes copies of its own."""

    # Before it is opened.

    def exists(self) -> bool:
        """Return whether something is there, be it a vault or not."""

    def header(self) -> HeaderLike:
        """Read what the vault says of itself without a key.

        Raises:
            Settings: there is none, it cannot be read, or a newer program wrote it.
            Damaged: it does not verify.
        """

    def renewed(self) -> bool:
        """Bring what a vault lies in to the present format; return whether it was of another.

        Raises:
            Settings: somebody else has to, or nobody may now.
        """

    def check_place(self) -> None:
        """Check, before anything is made, that a new vault could be made here.

        Raises:
            Settings: there is one already, or none may be made.
        """

    def create(self, bundle: Bundle, slots: Sequence[Slot], *, store_id: str) -> None:
        """Make a new, empty vault.

        Args:
            bundle: a full bundle.
            slots: the ways to open it.
            store_id: the random id that the slots are bound to.

        Raises:
            Settings: there is one already, or it could not be made.
            Locked: the bundle is not a full one.
        """

    # A unit of work.

    def lock(self, wait: float = LOCK_SECONDS) -> Lock:
        """Return the lock of the one writer; what is opened while it is held may be written to.

        Args:
            wait: seconds to wait for another writer.
        """

    def remind_lock(self) -> Lock:
        """Return the lock of the one run of ``remind``, which waits for nobody."""

    def noting_lock(self) -> Lock:
        """Return what has to be held to note a step of a mail, by the one run of ``remind``."""

    def open(self, bundle: Bundle) -> tuple[Shelf, KeyRack]:
        """Open what lies in the vault, and the keys to it.

        Raises:
            Damaged: it does not verify.
            Settings: there is none, or it cannot be read.
        """

    # Whether it is whole, and copies of it.

    def verify(self, bundle: Bundle) -> Contents:
        """Read every part of it.

        Raises:
            Damaged: a part of it does not verify, or a copy was cut off.
            Settings: it cannot be read.
        """

    def back_up(self, bundle: Bundle, folder: Path, now: datetime) -> tuple[Path, Contents]:
        """Copy it, sealed as it is, into a folder, and read the copy whole.

        Args:
            bundle: what opens it, to read the copy.
            folder: where copies are kept; made if it is not there.
            now: the real time, which names the copy.

        Raises:
            Damaged: it, or the copy, does not verify; the copy is not kept.
            Settings: it could not be written.
        """

    def copies_in(self, folder: Path) -> list[tuple[datetime, Path]]:
        """List the copies of this very vault whose names this program gave, the oldest first."""

    def expire(self, folder: Path, now: datetime) -> list[Path]:
        """Remove its copies that are older than they may be, never the newest (K2).

        Args:
            folder: where they are.
            now: the moment by which ages are judged; see ``clocks.believed``.
        """

    def restore(
        self, copy: Path, bundle: Bundle, now: datetime, standing: Bundle | None = None
    ) -> str | None:
        """Put a copy in the place of the vault; what was there is kept.

        The lock is taken here. The caller has asked.

        Args:
            copy: the file.
            bundle: what opens the copy.
            now: the real time, which names what is set aside.
            standing: what opens the vault that is there, if it can be read.

        Returns:
            What was there is called so now; ``None`` if there was nothing.

        Raises:
            Damaged: the copy does not verify; nothing was touched.
            Settings: it could not be written; the vault is as it was.
        """

    def forget_asides(self) -> int:
        """Remove what ``restore`` set aside here and may hold what was purged; count it."""

    def replaced(self) -> Replaced | None:
        """Return what took the place of the vault since it was last seen here; once."""

    # How it is looked after.

    def let_go(self) -> None:
        """Let go of what is kept open from one unit of work to the next."""

    def disk(self) -> Path | None:
        """Return a path on the disk of this machine that holds it; none if another machine does."""

    def notices(self) -> list[Notice]:
        """List what ``doctor`` has to say of the place."""
