"""The anchor: what this machine last saw of a vault in a database.

A server that was put back to yesterday, an old primary that came back, or a dump that was loaded
into another server gives a vault that holds together in every part. What tells it is a memory
beside it: which server, which of its histories, how far it was, and the chain value of the last
entry. A machine may be behind what it remembers by, never ahead: it is written after a commit
that was acknowledged, and read before the vault is.

It has no key, and says nothing of anybody: who can write to it could remove it as well. It is put
in its place by renaming, so that a power cut leaves the older one or the newer.
"""

import contextlib
import os
from pathlib import Path

from reintegrate_cli.core.errors import Damaged, Problem, Settings
from reintegrate_cli.core.lean import msgspec, replace
from reintegrate_cli.keys.disk import (
    opening,
    plain_reason,
    remedy,
    remove,
    sync_folder,
    write_all,
    written_beside,
)
from reintegrate_cli.server.heads import Entry, Last, Restored, digest_of
from reintegrate_cli.server.moment import Moment
from reintegrate_cli.server.sealing import HISTORY

_LONGEST = 4096


class Anchor(msgspec.Struct, frozen=True):
    """What was seen of a vault."""

    store: str
    salt: str
    epoch: int
    system: str
    """The number of the cluster, which its standbys share; empty where the server may not say."""
    timeline: str
    """One more after each promotion."""
    turn: int
    top: str
    """The digest of what was said of all heads at that turn."""
    entry: int = 0
    """The last entry of the history; nought with a key that does not open it."""
    chain: str = ""
    noted: int = 0
    """The last number in the ledger, as far as somebody asked for it."""
    heard: int = 0
    """The epoch of the last copy that was put there, as far as somebody here was told of it."""
    slip: Last = Last()
    """With a key for one school: the last that was left in its tray."""


def anchor_of(moment: Moment) -> Anchor:
    """Return what there is to remember of what a vault holds."""
    opens, put = moment.seals.opens, moment.top.restored
    entry = moment.entry() if opens(HISTORY) else Entry(0, "")
    tells = opens(HISTORY) or bool(moment.seals.bundle.school_root)  # cron has nobody to tell
    return Anchor(
        store=moment.header.store_id,
        salt=moment.header.salt,
        epoch=moment.header.epoch,
        system=moment.system or "",
        timeline=moment.timeline or "",
        turn=moment.turn,
        top=digest_of(moment.top_body),
        entry=entry.number,
        chain=entry.chain,
        noted=moment.ledger.seen,
        heard=put.epoch if put is not None and tells else 0,
        slip=moment.tray.own if moment.seals.bundle.school_root else Last(),
    )


class Watch:
    """What compares a vault with what was seen of it here, and remembers it.

    Args:
        file: where it is remembered; none for an account without a home, which remembers nothing.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._known: Anchor | None = None
        self.restored: Restored | None = None
        """That a copy was put there since the vault was last seen here, if one was."""

    def begin(self) -> None:
        """Read what was seen, before the vault is read: that may be ahead of it, never behind.

        Raises:
            Settings: it is there and cannot be read.
        """
        self._known = read(self._file) if self._file is not None else None

    def look(self, moment: Moment) -> None:
        """Compare what a vault holds with what was seen, and remember it where it is newer.

        Raises:
            Damaged: it does not follow from what was seen here.
        """
        if self._file is None:
            return
        known, now, put = self._known, anchor_of(moment), None
        if known is not None and known.store == now.store:
            self._check(known, now, moment)
            put = _put_since(known, moment)
            if put is None:
                moment.ledger.must_have(known.noted)
            now = _merged(known, now, put)
            if known.heard < now.heard:
                self.restored = moment.top.restored
        if now != known:
            self.keep(now, put)

    def keep(self, now: Anchor, put: Restored | None = None) -> None:
        """Remember what was acknowledged. It is safe by now, whatever happens here."""
        if self._file is None:
            return
        with contextlib.suppress(OSError, Problem):
            known = read(self._file)
            if known is not None and known.store == now.store:
                if known.turn > now.turn:
                    return
                now = _merged(known, now, put)
            write(self._file, now)

    def _check(self, known: Anchor, now: Anchor, moment: Moment) -> None:
        if known.system and now.system and known.system != now.system:
            raise self._another("the vault is on another server than was last seen here")
        if now.timeline and _number(now.timeline) < _number(known.timeline):
            raise self._another("an old copy of the server came back; another took its place since")
        if not _goes_on(known, now, moment):
            put = _put_since(known, moment)
            raise self._another(
                "the vault on the server is older than was last seen here"
                if put is None
                else f"{put.by} put a copy of the vault back at {put.at[:16].replace('T', ' ')}"
                " UTC, and something that was seen here was not known there",
                "who keeps the server" if put is None else put.by,
            )
        if not _is_left(known, moment):
            raise self._another("what was entered here is not on the server any more")

    def _another(self, what: str, whom: str = "who keeps the server") -> Damaged:
        from shlex import quote

        return Damaged(
            f"{what}; nothing was read or written",
            hint=f"ask {whom}; if it was put there on purpose: rm {quote(str(self._file))}",
        )


def _goes_on(known: Anchor, now: Anchor, moment: Moment) -> bool:
    """Return whether what a vault holds comes after what was seen."""
    if now.turn <= known.turn:
        return (now.turn, now.top) == (known.turn, known.top)
    if now.salt == known.salt:
        is_bound = moment.seals.opens(HISTORY) and bool(known.entry)
        return not is_bound or moment.follows(Entry(known.entry, known.chain))
    after = moment.header.after
    if now.epoch <= known.epoch or after is None:
        return False
    # It was written anew, under other keys, from what the header names; or that was, in turn.
    comes_after = after.epoch > known.epoch or (
        after.epoch == known.epoch
        and after.sequence >= known.turn
        and (after.sequence > known.turn or after.mac.hex().startswith(known.top))
    )
    return comes_after and _is_accounted_for(known, moment)


def _is_accounted_for(known: Anchor, moment: Moment) -> bool:
    """Return whether the last entry that was seen is there, or whoever put a copy there knew it."""
    entry = Entry(known.entry, known.chain)
    if not (moment.seals.opens(HISTORY) and known.entry) or known.epoch < moment.top.purged:
        return True
    restored = moment.top.restored
    return (restored is not None and entry.name in restored.undone) or moment.follows(entry)


def _is_left(known: Anchor, moment: Moment) -> bool:
    """Return whether what was left here in a school's tray is there, or was taken over.

    Who is told of a copy that was put there looks whether it is in it.
    """
    if not (moment.seals.bundle.school_root and known.slip.number):
        return True
    return _put_since(known, moment) is not None or moment.tray.follows(known.slip)


def _put_since(known: Anchor, moment: Moment) -> Restored | None:
    """Return who put a copy in the place of the vault since it was seen, if anybody did.

    A full key says so, as of all that is said of the heads.
    """
    restored = moment.top.restored
    return restored if restored is not None and restored.epoch > known.epoch else None


def _merged(known: Anchor, now: Anchor, restored: Restored | None = None) -> Anchor:
    """Keep of what was seen what the key at hand cannot see."""
    if not now.entry and known.salt == now.salt:
        now = replace(now, entry=known.entry, chain=known.chain)
    return replace(
        now,
        system=now.system or known.system,
        timeline=now.timeline or known.timeline,
        noted=now.noted if restored else max(now.noted, known.noted),
        heard=max(now.heard, known.heard),
        slip=now.slip if restored else max(now.slip, known.slip, key=lambda one: one.number),
    )


def _number(timeline: str) -> int:
    try:
        return int(timeline or "0", 16)
    except ValueError:
        return 0


def read(file: Path) -> Anchor | None:
    """Read what was seen; nothing where nothing was.

    Raises:
        Settings: it cannot be read.
    """
    try:
        with opening(file, os.O_RDONLY) as descriptor:
            return msgspec.json.decode(os.read(descriptor, _LONGEST), type=Anchor)
    except FileNotFoundError:
        return None
    except OSError as error:
        why, then = plain_reason(error), remedy(error)
    except (msgspec.DecodeError, ValueError):
        why, then = "it is something else", f"remove {file} if you know why"
    raise Settings(f"what was last seen of the vault here cannot be read: {why}", hint=then)


def write(file: Path, anchor: Anchor) -> None:
    """Remember what was seen, durably.

    Raises:
        OSError: the disk would not take it; what stood there stands.
    """
    line = msgspec.json.encode(anchor)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    written_beside(file, lambda to: write_all(to, line)).replace(file)
    sync_folder(file.parent)


def forget(file: Path | None) -> None:
    """Forget what was seen, where something else is put in its place on purpose."""
    if file is not None and os.path.lexists(file):
        remove(file)
