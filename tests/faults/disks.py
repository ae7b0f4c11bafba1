"""A disk whose power goes: what was asked of it is recorded, and disks are rebuilt from that.

``Recorder`` stands in front of the calls by which the program writes. ``Disk`` takes what was
recorded, up to any point, and rebuilds what a machine may find when the power comes back:
what was not flushed may be there, or not, or be something else, sector by sector.

Two things are taken for granted, as they are by every store of records: a sector that was
torn while it was written keeps the bytes in it that nobody wrote to, and what was flushed
stays.
"""

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, NamedTuple, Self

SECTOR = 512
LOST, KEPT, ZERO, GARBAGE = "lost", "kept", "zero", "garbage"


class Wrote(NamedTuple):
    """Bytes were written to a file, and not yet flushed."""

    file: int
    at: int
    data: bytes


class Sized(NamedTuple):
    """A file was cut, or made longer."""

    file: int
    size: int


class Flushed(NamedTuple):
    """A file was flushed: what was asked of it until now stays."""

    file: int


class Forgotten(NamedTuple):
    """A file could not be flushed; the system forgets that it ever should have been."""

    file: int


class Named(NamedTuple):
    """A name in the folder stands for a file now, or for none."""

    name: str
    file: int | None


class FolderFlushed(NamedTuple):
    """The folder was flushed: its names stay."""


class Placed(NamedTuple):
    """A file came to be past the program, in one go and durably."""

    name: str
    file: int
    data: bytes


class Said(NamedTuple):
    """The program said how a unit of work ended, or is about to begin one."""

    how: str
    what: str


Event = Wrote | Sized | Flushed | Forgotten | Named | FolderFlushed | Placed | Said


class Killed(BaseException):
    """The process ends here; nothing that stands in a ``finally`` reaches the disk."""


class Recorder:
    """Records all that is asked of the files in one folder while it is entered.

    Args:
        folder: the folder; what is in it stays, as if it had been flushed long ago.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.events: list[Event] = []
        self._names: dict[str, int] = {}
        self._open: dict[int, int] = {}
        self._folders: set[int] = set()
        self._next = 0
        self._left: int | None = None
        self._dead = False
        self._fails = False
        self._real: dict[str, Any] = {}
        for path in sorted(folder.iterdir()):
            self.by_hand(path.name, path.read_bytes())

    def by_hand(self, name: str, data: bytes) -> None:
        """Write a file past the program, durably."""
        (self.folder / name).write_bytes(data)
        (self.folder / name).chmod(0o600)
        if name not in self._names:
            self._names[name], self._next = self._next, self._next + 1
        self.events.append(Placed(name, self._names[name], data))

    def say(self, how: str, what: str) -> None:
        """Note how a unit of work ended, or that one begins."""
        self.events.append(Said(how, what))

    def kill_at(self, step: int) -> None:
        """Let the process end just before the call of this number from now on."""
        self._left, self._fails = step, False

    def fail_at(self, step: int) -> None:
        """Let the call of this number from now on fail, and those after it succeed."""
        self._left, self._fails = step, True

    def revive(self) -> bool:
        """Let a new process begin; say whether the former was killed, or had a call failed."""
        struck = self._left is not None and self._left < 0
        self._left, self._dead = None, False
        return struck

    # In front of the calls.

    def __enter__(self) -> Self:
        """Step in front of the calls."""
        stands_in: dict[str, Callable[..., Any]] = {
            "open": self._opened,
            "close": self._closed,
            "write": self._wrote,
            "ftruncate": self._cut,
            "fsync": lambda fd: self._flushed("fsync", fd),
            "fdatasync": lambda fd: self._flushed("fdatasync", fd),
            "replace": lambda old, new: self._renamed("replace", old, new),
            "rename": lambda old, new: self._renamed("rename", old, new),
            "link": self._linked,
            "unlink": self._unlinked,
        }
        for name, call in stands_in.items():
            self._real[name] = getattr(os, name)
            setattr(os, name, call)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Step aside."""
        for name, call in self._real.items():
            setattr(os, name, call)

    def _step(self, file: int | None = None) -> None:
        """Count a call that changes something; kill or fail where it was asked for."""
        if self._dead:
            raise Killed
        if self._left is None:
            return
        self._left -= 1
        if self._left == -1:
            if self._fails:
                if file is not None:
                    self.events.append(Forgotten(file))
                raise OSError(errno.EIO, "the disk does not answer")
            self._dead = True
            raise Killed

    def _inside(self, path: Any) -> str | None:
        found = Path(path)
        return found.name if found.parent == self.folder else None

    def _named(self, name: str) -> None:
        self._names[name] = self._next
        self._next += 1
        self.events.append(Named(name, self._names[name]))

    def _opened(self, path: Any, flags: int, mode: int = 0o777, **more: Any) -> int:
        name = None if isinstance(path, int) else self._inside(path)
        makes = name is not None and flags & os.O_CREAT and name not in self._names
        if makes or (name is not None and flags & os.O_TRUNC):
            self._step()
        descriptor: int = self._real["open"](path, flags, mode, **more)
        if not isinstance(path, int) and Path(path) == self.folder:
            self._folders.add(descriptor)
        elif name is not None:
            if makes:
                self._named(name)
            elif flags & os.O_TRUNC:
                self.events.append(Sized(self._names[name], 0))
            self._open[descriptor] = self._names[name]
        return descriptor

    def _closed(self, descriptor: int) -> None:
        self._open.pop(descriptor, None)
        self._folders.discard(descriptor)
        self._real["close"](descriptor)

    def _wrote(self, descriptor: int, data: Any) -> int:
        file = self._open.get(descriptor)
        if file is None:
            return int(self._real["write"](descriptor, data))
        self._step()
        at = os.lseek(descriptor, 0, os.SEEK_CUR)
        size: int = self._real["write"](descriptor, data)
        self.events.append(Wrote(file, at, bytes(data[:size])))
        return size

    def _cut(self, descriptor: int, size: int) -> None:
        if descriptor in self._open:
            self._step()
            self.events.append(Sized(self._open[descriptor], size))
        self._real["ftruncate"](descriptor, size)

    def _flushed(self, call: str, descriptor: int) -> None:
        if descriptor in self._open:
            self._step(self._open[descriptor])
            self.events.append(Flushed(self._open[descriptor]))
        elif descriptor in self._folders:
            self._step()
            self.events.append(FolderFlushed())
        else:
            self._real[call](descriptor)

    def _renamed(self, call: str, old: Any, new: Any) -> None:
        former, name = self._inside(old), self._inside(new)
        if former is not None and name is not None:
            self._step()
        self._real[call](old, new)
        if former is not None and name is not None:
            self._names[name] = self._names.pop(former)
            self.events += [Named(name, self._names[name]), Named(former, None)]

    def _linked(self, old: Any, new: Any, **more: Any) -> None:
        former, name = self._inside(old), self._inside(new)
        if former is not None and name is not None:
            self._step()
        self._real["link"](old, new, **more)
        if former is not None and name is not None:
            self._names[name] = self._names[former]
            self.events.append(Named(name, self._names[name]))

    def _unlinked(self, path: Any, **more: Any) -> None:
        name = self._inside(path)
        if name is not None:
            self._step()
        self._real["unlink"](path, **more)
        if name is not None and name in self._names:
            del self._names[name]
            self.events.append(Named(name, None))


class Fate(NamedTuple):
    """What becomes of that which was not flushed: of its sectors, of sizes, of names."""

    sectors: str
    sizes: str
    names: str


PLAIN_FATES = [
    Fate(KEPT, KEPT, KEPT),
    Fate(LOST, LOST, LOST),
    Fate(LOST, KEPT, KEPT),
    Fate(LOST, LOST, KEPT),
    Fate(ZERO, KEPT, KEPT),
    Fate(GARBAGE, KEPT, KEPT),
    Fate(GARBAGE, LOST, KEPT),
    Fate(KEPT, KEPT, LOST),
    Fate(KEPT, LOST, LOST),
    Fate(KEPT, LOST, KEPT),
]
MIXED = Fate("mixed", "mixed", "mixed")


class Disk:
    """What is surely on a disk, and what was asked of it since and may be there."""

    def __init__(self) -> None:
        self._sure: dict[int, bytes] = {}
        self._asked: dict[int, list[Wrote | Sized]] = {}
        self._forgotten: dict[int, list[Wrote | Sized]] = {}
        self._names: dict[str, int | None] = {}
        self._named: dict[str, list[int | None]] = {}

    def take(self, event: Event) -> None:
        """Take what was recorded next."""
        match event:
            case Wrote() | Sized():
                self._asked.setdefault(event.file, []).append(event)
            case Flushed(file):
                asked = self._asked.pop(file, [])
                self._sure[file] = _done(self._sure.get(file, b""), asked)
                self._recall(file, asked)
            case Forgotten(file):
                self._forgotten.setdefault(file, []).extend(self._asked.pop(file, []))
            case Named(name, named):
                self._named.setdefault(name, []).append(named)
            case FolderFlushed():
                self._names.update({name: all_[-1] for name, all_ in self._named.items()})
                self._named = {}
            case Placed(name, file, data):
                self._names[name], self._sure[file] = file, data
                for open_ in (self._asked, self._forgotten):
                    open_.pop(file, None)
                self._named.pop(name, None)
            case Said():
                pass

    def _recall(self, file: int, asked: list[Wrote | Sized]) -> None:
        """Let what was forgotten be, where it was written over or cut off since, durably."""
        forgotten = self._forgotten.pop(file, [])
        left: list[Wrote | Sized] = [
            one
            for one in forgotten
            if isinstance(one, Wrote)
            and not any(
                one.at >= new.size
                if isinstance(new, Sized)
                else new.at <= one.at and one.at + len(one.data) <= new.at + len(new.data)
                for new in asked
            )
        ]
        if left:
            self._forgotten[file] = left

    @property
    def settled(self) -> bool:
        """Whether nothing is open: the power cut finds one disk alone."""
        return not (any(self._asked.values()) or any(self._forgotten.values()) or self._named)

    def as_asked(self) -> dict[str, bytes]:
        """Give the files as a running machine shows them."""
        return self.rebuilt(Fate(KEPT, KEPT, KEPT), Random(0))

    def rebuilt(self, fate: Fate, random: Random) -> dict[str, bytes]:
        """Give the files, by name, as the machine may find them when the power comes back."""
        found = {}
        for name in {**self._names, **self._named}:
            states = [self._names.get(name), *self._named.get(name, [])]
            file = {KEPT: states[-1], LOST: states[0]}.get(fate.names, random.choice(states))
            if file is not None:
                found[name] = self._content(file, fate, random)
        return found

    def _content(self, file: int, fate: Fate, random: Random) -> bytes:
        asked = [*self._forgotten.get(file, []), *self._asked.get(file, [])]
        sure = self._sure.get(file, b"")
        if not asked:
            return sure
        sizes = [len(sure)]
        for one in asked:
            end = one.size if isinstance(one, Sized) else max(sizes[-1], one.at + len(one.data))
            sizes.append(end)
        size = {KEPT: sizes[-1], LOST: sizes[0]}.get(fate.sizes, random.choice(sizes))
        held = bytearray(sure.ljust(max(sizes), b"\0"))
        for at, pieces in _by_sector(asked):
            sector = fate.sectors
            if sector == "mixed":
                sector = random.choice((LOST, KEPT, KEPT, ZERO, GARBAGE))
            if sector == KEPT and fate.sectors == "mixed" and len(pieces) > 1:
                pieces = pieces[: random.randint(1, len(pieces))]
            for offset, data in pieces:
                if sector != LOST:
                    held[at + offset : at + offset + len(data)] = {
                        KEPT: data,
                        ZERO: bytes(len(data)),
                        GARBAGE: random.randbytes(len(data)),
                    }[sector]
        return bytes(held[:size])


def _done(data: bytes, asked: list[Wrote | Sized]) -> bytes:
    held = bytearray(data)
    for one in asked:
        if isinstance(one, Sized):
            del held[one.size :]
            held.extend(bytes(one.size - len(held)))
        else:
            held.extend(bytes(max(0, one.at - len(held))))
            held[one.at : one.at + len(one.data)] = one.data
    return bytes(held)


def _by_sector(asked: list[Wrote | Sized]) -> Iterator[tuple[int, list[tuple[int, bytes]]]]:
    """Cut what was written at the borders of sectors, in the order of writing in each."""
    found: dict[int, list[tuple[int, bytes]]] = {}
    for one in asked:
        if isinstance(one, Sized):
            continue
        at = one.at
        while at < one.at + len(one.data):
            border = at - at % SECTOR
            piece = one.data[at - one.at : border + SECTOR - one.at]
            found.setdefault(border, []).append((at - border, piece))
            at += len(piece)
    yield from sorted(found.items())
