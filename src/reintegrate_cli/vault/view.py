"""What stands in a vault at one moment, with what a unit of work has put or taken out so far."""

from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

from reintegrate_cli.core.errors import Settings, Usage
from reintegrate_cli.core.values import decode
from reintegrate_cli.keys import Bundle
from reintegrate_cli.keys.header import Header
from reintegrate_cli.vault.journal import Journal
from reintegrate_cli.vault.layout import EVERYWHERE, TABLES, in_cases, of_case
from reintegrate_cli.vault.overlay import Overlay, laid_over


class View:
    """The tables of a vault, as the unit of work that is under way sees them.

    Every value given out is a copy of its own: what a caller does to it changes nothing
    here.

    Args:
        path: the vault's file.
        bundle: what the key at hand opens.

    Raises:
        Damaged: the file does not verify.
        Settings: there is none, or it cannot be read.
    """

    def __init__(self, path: Path, bundle: Bundle) -> None:
        self._path = Path(path)
        self._bundle = bundle
        self._staged: dict[str, Overlay] = {}
        self._journal = Journal(self._path, bundle)

    @property
    def bundle(self) -> Bundle:
        """What opens it: the one that was given, or the one that it was sealed with since."""
        return self._bundle

    @property
    def header(self) -> Header:
        """What the vault says of itself without a key."""
        return self._journal.header

    @property
    def torn(self) -> int:
        """The bytes at the end that were never acknowledged."""
        return self._journal.torn

    def moment(self) -> tuple[str, bytes]:
        """Return what tells this moment of the vault from every other."""
        return self._journal.header.salt, self._journal.mac

    def get(self, table: str, place: int) -> dict[str, Any] | None:
        """Return a copy of the document at a place, without opening the rest of the table.

        Raises:
            Locked: the key at hand does not open the table.
        """
        self._demand(table)
        body = self._body(table, place)
        return None if body is None else decode(body)

    def _body(self, table: str, place: int) -> bytes | None:
        staged = self._staged.get(table, {})
        return staged[place] if place in staged else self._journal.get(table, place)

    def between(self, table: str, first: int, last: int) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield copies of the documents between two places, both included, in their order."""
        self._demand(table)
        for place, body in self._bodies(table, first, last):
            yield place, decode(body)

    def _bodies(self, table: str, first: int, last: int) -> Iterator[tuple[int, bytes]]:
        base = self._journal.scan(table, first, last)
        staged = self._staged.get(table)
        return laid_over(base, staged, first, last) if staged else base

    def streamed(self, name: str) -> Iterator[tuple[int, bytes]]:
        """Return a table's documents with what is staged, holding a segment at a time."""
        base = self._journal.scan(name, *EVERYWHERE, keep=False)
        return laid_over(base, self._staged.get(name, {}), *EVERYWHERE)

    def everything(self, table: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """Return copies of all the documents of a table, in the order of their places."""
        if table not in TABLES:
            return iter(())
        return self.between(table, *EVERYWHERE)

    def table(self, name: str) -> dict[str, Any]:
        """Open one table; each call gives values of its own.

        Raises:
            KeyError: it holds nothing yet, which TinyDB takes for an empty table.
            Locked: the key at hand does not open it.
        """
        if name not in TABLES:
            raise KeyError(name)
        return {str(place): document for place, document in self.everything(name)}

    def last_place(self, table: str) -> int:
        """Return the last place of a table that anything stood at; nought for none."""
        self._demand(table)
        return max(self._journal.last_place(table), max(self._staged.get(table, ()), default=0))

    def last_between(self, table: str, first: int, last: int) -> int:
        """Return the last place between two that anything ever stood at; the first for none."""
        self._demand(table)
        places = [place for place, _ in self._bodies(table, first, last)]
        places += [place for place in self.gone(table) if first <= place <= last]
        return max(places, default=first)

    def gone(self, table: str) -> list[int]:
        """List the places that something was taken out of, as far as the file knows."""
        staged = self._staged.get(table, {})
        return [*self._journal.gone(table), *(at for at, body in staged.items() if body is None)]

    def _never_again(self, table: str) -> list[int]:
        """List the places of cases that were given last and are free, one for each case.

        A file that is written anew says nothing else of what was taken out; of a case that
        is gone it says nothing at all.
        """
        if not in_cases(table):
            return []
        lasts = {of_case(at): at for at in sorted(self.gone(table))}
        return [
            at
            for (first, last), at in lasts.items()
            if self._body("cases", first) is not None
            and not any(True for _ in self._bodies(table, at, last))
        ]

    def count(self, table: str) -> int:
        """Count the documents of a table, opening no more of it than was changed of late.

        Raises:
            Locked: the key at hand does not open it.
        """
        if table not in TABLES:
            return 0
        self._demand(table)
        total = self._journal.count(table)
        for place, body in self._staged.get(table, {}).items():
            there = self._journal.get(table, place) is not None
            total += (body is not None) - there
        return total

    def names(self) -> list[str]:
        """Return the tables that hold something and that the key at hand opens."""
        return [
            name
            for name, table in TABLES.items()
            if self._bundle.opens(table.group)
            and (name in self._staged or self._journal.touched(name))
        ]

    def _demand(self, name: str, *, grows: bool | None = None) -> None:
        if name not in TABLES:
            raise Settings(f"the vault has no table {name}")
        self._bundle.demand(TABLES[name].group, f"the table {name}")
        if grows is not None and TABLES[name].grows is not grows:
            can = "only grows" if TABLES[name].grows else "has no rows of its own"
            raise Usage(f"the table {name} {can}")


class Tables(MutableMapping[str, Any]):
    """The tables of a storage by name, opened one by one; changes wait for ``write``."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._given: dict[str, Any] = {}
        self._set: set[str] = set()
        self.moment = view.moment()

    def changed(self) -> dict[str, Any]:
        """Return the tables that were set, or changed in place after they were given out."""
        return {
            name: documents
            for name, documents in self._given.items()
            if name in self._set or documents != self._view.table(name)
        }

    def __getitem__(self, name: str) -> Any:
        """Open a table."""
        if name not in self._given:
            self._given[name] = self._view.table(name)
        return self._given[name]

    def __setitem__(self, name: str, documents: Any) -> None:
        """Put other content in place of a table's."""
        self._given[name] = documents
        self._set.add(name)

    def __delitem__(self, name: str) -> None:
        """Empty a table; its name is fixed."""
        self[name] = {}

    def __iter__(self) -> Iterator[str]:
        """Return an iterator over the tables."""
        return iter({**dict.fromkeys(self._view.names()), **dict.fromkeys(self._set)})

    def __len__(self) -> int:
        """Count the tables."""
        return len(list(iter(self)))
