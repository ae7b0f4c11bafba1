"""The files of a set, from a folder or a zip, with a budget for each thing that an outsider chose.

Nothing is unpacked to disk: a file of a zip is read as a stream, and a stream ends where its
budget ends. Names in a zip are never used as paths, and never echoed. A link is followed in a
folder, which somebody made on this machine, and refused in a zip.
"""

import io
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Protocol

from reintegrate_cli.core.errors import Usage
from reintegrate_cli.keys.disk import opened

MOST_ENTRIES = 64
"""Entries of a zip: twice the files of 1.2, since some systems put a shadow beside each."""
MOST_NAMES = 4_096
"""Names in a folder that are looked at."""
MOST_BYTES = 1 << 30
"""Of all files together, unpacked."""
MOST_RATIO = 100
"""Bytes out of one byte in; rosters come to 30 at most, and a bomb to 1,000."""
FREE_OF_RATIO = 1 << 16
MOST_DIRECTORY = 1 << 20
"""The longest single read of a zip's own directory."""
LOCAL_HEADER = 30
"""Bytes before an entry, and its name besides."""
ENCRYPTED = 0x1 | 0x40 | 0x2000
PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The others unpack a whole block at a time, however large."""

_SET = "give a OneRoster CSV set: a folder with its files, or a zip of them"
_AGAIN = "export the set again, and give it as it came"

_FAULTS = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    EOFError,
    struct.error,
    ValueError,
    OverflowError,
    IndexError,
    NotImplementedError,
    RuntimeError,
)
"""What the zip reader raises at bytes that are no zip."""


def refuse(message: str, *, hint: str = "", file: str = "") -> Usage:
    """Make the error with which a whole set is refused; nothing of it is taken."""
    return Usage(message, hint=hint or _AGAIN, fields=(file,) if file else ())


class Files(Protocol):
    """A set: the files in it by name in lower case, and how to read one."""

    names: frozenset[str]

    def open(self, name: str) -> io.RawIOBase:
        """Open one of the names for reading."""

    def close(self) -> None:
        """Let go of what is open."""


@contextmanager
def files_of(path: Path) -> Iterator[Files]:
    """Open a set for reading, and close it on every way out.

    Raises:
        Usage: there is no set at the path, or opening it would do harm.
    """
    try:
        kind = path.stat().st_mode
    except (OSError, ValueError) as problem:
        raise refuse("there is no file or folder at that path", hint=_SET) from problem
    files: Files
    if stat.S_ISDIR(kind):
        files = _Folder(path)
    elif stat.S_ISREG(kind):
        files = _Zip(path)
    else:
        raise refuse("a roster is a folder or a zip file", hint=_SET)
    try:
        yield files
    finally:
        files.close()


Spend = Callable[[int], None]


class _Stream(io.RawIOBase):
    """Bytes of one file, up to a budget that all files of the set share."""

    def __init__(self, name: str, inner: IO[bytes] | io.RawIOBase, spend: Spend) -> None:
        self._name, self._inner, self._spend = name, inner, spend

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._inner.read(len(buffer)) or b""
        except _FAULTS as problem:
            raise refuse(f"{self._name} in the zip is damaged", file=self._name) from problem
        except OSError as problem:
            raise refuse(f"{self._name} cannot be read", file=self._name) from problem
        self._spend(len(data))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
        super().close()


class _Budget:
    def __init__(self) -> None:
        self._left = MOST_BYTES

    def __call__(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise refuse(f"the set is larger than {MOST_BYTES >> 20} MiB")


class _Folder:
    def __init__(self, path: Path) -> None:
        self._spend = _Budget()
        here = self._files(path)
        if "manifest.csv" not in here:
            here = self._within(path)
        self._paths = here
        self.names = frozenset(here)

    def _files(self, path: Path) -> dict[str, Path]:
        files: dict[str, Path] = {}
        for entry in _entries(path):
            name = entry.name.lower()
            if name.endswith(".csv") and not name.startswith("."):
                if name in files:
                    raise refuse("two files in the folder have the same name")
                files[name] = Path(entry.path)
        return files

    def _within(self, path: Path) -> dict[str, Path]:
        """Look one folder further down, where an unpacked zip often has its files."""
        shadows = (".", "__")
        below = [entry for entry in _entries(path) if not entry.name.startswith(shadows)]
        folders = [Path(entry.path) for entry in below if entry.is_dir()]
        folders = [folder for folder in folders if "manifest.csv" in self._files(folder)]
        if len(folders) > 1:
            raise refuse("there is more than one manifest.csv", file="manifest.csv")
        return self._files(folders[0]) if folders else {}

    def open(self, name: str) -> io.RawIOBase:
        try:
            raw = io.FileIO(opened(self._paths[name], os.O_RDONLY, follow=True))
        except OSError as problem:
            raise refuse(f"{name} cannot be read", file=name) from problem
        return _Stream(name, raw, self._spend)

    def close(self) -> None:
        """There is nothing to close between files."""


def _entries(path: Path) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(path) as names:
            entries = list(islice(names, MOST_NAMES + 1))
    except OSError as problem:
        raise refuse("the folder cannot be read", hint=_SET) from problem
    if len(entries) > MOST_NAMES:
        raise refuse(f"there are more than {MOST_NAMES:,} files in the folder")
    return entries


class _Archive(io.FileIO):
    """A zip file of which no read is large: its directory is as long as an outsider says."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > MOST_DIRECTORY:
            raise zipfile.BadZipFile
        # Without a size, it asks for what follows the directory: a comment of 64 KiB at most.
        return super().read(size if size is not None and size >= 0 else MOST_DIRECTORY) or b""


class _Zip:
    def __init__(self, path: Path) -> None:
        self._spend = _Budget()
        try:
            self._raw = _Archive(opened(path, os.O_RDONLY, follow=True))
        except OSError as problem:
            raise refuse("the file cannot be read", hint=_SET) from problem
        try:
            self._zip = zipfile.ZipFile(self._raw)
            self._entries = _of_one_folder(_harmless(self._zip.infolist()))
        except Usage:
            self._raw.close()
            raise
        except (*_FAULTS, OSError) as problem:
            self._raw.close()
            raise refuse("that file is not a readable zip", hint=_SET) from problem
        self.names = frozenset(self._entries)

    def open(self, name: str) -> io.RawIOBase:
        try:
            return _Stream(name, self._zip.open(self._entries[name]), self._spend)
        except (*_FAULTS, OSError) as problem:
            raise refuse(f"{name} in the zip is damaged", file=name) from problem

    def close(self) -> None:
        self._zip.close()
        self._raw.close()


def _harmless(entries: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """Return the entries of a zip, if not one of them is made to do harm."""
    if len(entries) > MOST_ENTRIES:
        raise refuse(f"the zip has more than {MOST_ENTRIES} entries")
    names: set[str] = set()
    for entry in entries:
        name = entry.orig_filename
        if _leads_out(name):
            raise refuse("a name in the zip leads out of it, or is no name")
        if name.rstrip("/").lower() in names:
            raise refuse("two entries of the zip have the same name")
        names.add(name.rstrip("/").lower())
        _check_entry(entry)
    if sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise refuse(f"the zip holds more than {MOST_BYTES >> 20} MiB")
    _check_apart(entries)
    return entries


def _leads_out(name: str) -> bool:
    if not name.isprintable() or "\\" in name or ":" in name or name.startswith("/"):
        return True
    return any(part in ("", ".", "..") for part in name.removesuffix("/").split("/"))


def _check_entry(entry: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise refuse("the zip has a link in it, or something else that is no file")
    if entry.flag_bits & ENCRYPTED:
        raise refuse("the zip is encrypted", hint="export it again without a password")
    if entry.compress_type not in PACKINGS:
        raise refuse("the zip is packed in a way that is not read here")
    limit = max(FREE_OF_RATIO, entry.compress_size * MOST_RATIO)
    if entry.file_size > limit:
        raise refuse("an entry of the zip unpacks to far more than a roster does")


def _check_apart(entries: list[zipfile.ZipInfo]) -> None:
    """Check that no two entries share bytes, which is how a small zip holds very much."""
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            raise refuse("entries of the zip overlap")
        end = entry.header_offset + LOCAL_HEADER + entry.compress_size


def _of_one_folder(entries: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """Return the files beside the one manifest, which may lie in a folder of the zip."""
    files: dict[str, dict[str, zipfile.ZipInfo]] = {}
    for entry in entries:
        folder, _, name = entry.orig_filename.lower().rpartition("/")
        shadow = folder.split("/")[0] == "__macosx" or name.startswith(".")
        if name.endswith(".csv") and not shadow:
            files.setdefault(folder, {})[name] = entry
    folders = [names for names in files.values() if "manifest.csv" in names]
    if len(folders) > 1:
        raise refuse("there is more than one manifest.csv", file="manifest.csv")
    return folders[0] if folders else {}
