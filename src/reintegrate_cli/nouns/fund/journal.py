"""Ledgers as files: CSV, and the journals of hledger and of beancount.

A transaction is what an entry changes in five accounts, and the accounts follow from the ledger
as it stood after each entry: the two journals and the program cannot disagree. Neither of the two
programs reads the other's journal; beancount takes no underscore in the name of an account.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Literal, NamedTuple

from reintegrate_cli.core.bounds import money
from reintegrate_cli.core.cleaning import inert
from reintegrate_cli.nouns.fund import ledger
from reintegrate_cli.nouns.fund.ledger import Entry
from reintegrate_cli.nouns.fund.record import Fund, sessions

Format = Literal["csv", "hledger", "beancount"]
Accounts = dict[str, int]
"""Of each account, in cents."""
HEADER = "not for release: funding by source and case"
COLUMNS = (
    *("on", "case", "id", "source", "tier", "entry", "kind", "corrects", "amount", "sessions"),
    *("outcome", "partner", "ends_on", "entered_by"),
)


class Transaction(NamedTuple):
    """What one entry changes."""

    fund: Fund
    entry: Entry
    changes: Accounts


def accounts(fund: Fund, entries: Sequence[Entry]) -> Accounts:
    """Return the accounts of a case and a source, by the slug as it is, after some entries."""
    now, closed = ledger.balance(entries), ledger.closed(entries).cents
    of = f"{fund.source}:{fund.case}"
    sums = {
        f"Assets:Authorized:{of}": now.authorized - now.used - closed,
        f"Expenses:Used:{of}": now.used,
        f"Liabilities:Invoiced:{of}": now.paid - now.invoiced,
        f"Income:Paid:{of}": now.refunded - now.paid,
    }
    return {**sums, f"Equity:Sources:{fund.source}": -sum(sums.values())}


def transactions(funds: Iterable[Fund]) -> list[Transaction]:
    """Return what each entry with an effect on an account changes, in the order of time."""
    made: list[Transaction] = []
    for fund in funds:
        ordered = sorted(fund.entries, key=lambda entry: entry.key)
        before = accounts(fund, ())
        for at, entry in enumerate(ordered, 1):
            after = accounts(fund, ordered[:at])
            changes = {name: after[name] - before[name] for name in after}
            changes = {name: cents for name, cents in changes.items() if cents}
            if changes:
                made.append(Transaction(fund, entry, changes))
            before = after
    return sorted(made, key=lambda each: (each.entry.on, each.fund.case, each.fund.id))


def written(funds: Sequence[Fund], format_: Format, tiers: Mapping[str, str]) -> bytes:
    """Write ledgers in a format; without a ledger the file is valid too, and says nothing.

    Args:
        funds: the ledgers.
        format_: the format.
        tiers: the tier of each source, by its slug.
    """
    if format_ == "csv":
        return _csv(funds, tiers).encode()
    made = transactions(funds)
    lines = _hledger(made) if format_ == "hledger" else _beancount(made)
    return ("\n".join(lines) + "\n").encode()


def _hledger(made: Sequence[Transaction]) -> Iterator[str]:
    yield f"; {HEADER}"
    yield "commodity 1000.00 USD"
    for name in _named(made):
        yield f"account {name}"
    for fund, entry, changes in made:
        yield ""
        yield f"{entry.on} {entry.kind}  ; {fund.case}/{fund.id}.{entry.number}"
        for name, cents in changes.items():
            yield f"    {name}  {money(cents)} USD"


def _beancount(made: Sequence[Transaction]) -> Iterator[str]:
    yield f"; {HEADER}"
    yield 'option "operating_currency" "USD"'
    opened: dict[str, date] = {}
    for each in made:
        for name in each.changes:
            opened.setdefault(name, each.entry.on)
    for name, day in sorted(opened.items()):
        yield f"{day} open {mapped(name)} USD"
    for fund, entry, changes in made:
        yield ""
        yield f'{entry.on} * "{fund.case}/{fund.id}.{entry.number}" "{entry.kind}"'
        for name, cents in changes.items():
            yield f"  {mapped(name)}  {money(cents)} USD"


def _named(made: Iterable[Transaction]) -> list[str]:
    return sorted({name for each in made for name in each.changes})


def mapped(account: str) -> str:
    """Return an account as beancount takes it; no two slugs become the same.

    Slugs match in any case, so that capitals alone lose nothing; a small letter is then left to
    stand for the underscore.
    """
    kind, of, *rest = account.split(":")
    return ":".join([kind, of, *(part.upper().replace("_", "-u-") for part in rest)])


def _csv(funds: Iterable[Fund], tiers: Mapping[str, str]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    rows = [(entry, fund) for fund in funds for entry in fund.entries]
    for entry, fund in sorted(rows, key=lambda row: (row[0].on, row[1].case, row[1].id)):
        cells = (
            *(entry.on.isoformat(), fund.case, fund.id, fund.source, tiers.get(fund.source, "")),
            *(str(entry.number), entry.kind, str(entry.of or "")),
            money(entry.cents) if entry.cents else "",
            f"{sessions(entry.halves):g}" if entry.halves else "",
            *(entry.outcome or "", entry.partner or "", str(entry.ends_on or ""), entry.by),
        )
        # A number is no formula, though it may begin with the sign of one.
        writer.writerow(
            cell if name in ("amount", "sessions") else inert(cell)
            for name, cell in zip(COLUMNS, cells, strict=True)
        )
    return buffer.getvalue()
