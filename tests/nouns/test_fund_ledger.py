"""The laws of a ledger of funding: never above what was given, and the same in every order.

What an export says is read back by hledger and by beancount, and compared with the ledger itself
for every account on every day.
"""

import csv
import io
import subprocess
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import permutations
from pathlib import Path
from random import Random
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reintegrate_cli.core.errors import Refused, Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.nouns.fund import journal, ledger, payers
from reintegrate_cli.nouns.fund import record as rules
from reintegrate_cli.nouns.fund.ledger import CLOSING, MONEY, Entry, Outcome
from reintegrate_cli.nouns.fund.record import Fund
from reintegrate_cli.nouns.fund.source import Source, eligible

FIRST = date(2026, 10, 1)
CAP, POOL = 90_000, 150_000
SLUGS = ("CITY", "city-fund", "City_Fund", "A_-B", "A-_B", "a--B", "x")
CASES = ("HX4T", "F9CK", "2222")

DAYS = st.integers(0, 20).map(lambda days: FIRST + timedelta(days=days))
CENTS = st.one_of(st.sampled_from((1, 3_333, 10_000, 33_334)), st.integers(1, 70_000))
STEPS = st.tuples(
    st.sampled_from((*MONEY, "used", "used", "corrected", "outcome", "chosen")),
    st.integers(0, 2),
    st.integers(0, 2),
    DAYS,
    CENTS,
    st.integers(0, 12),
    st.sampled_from(get_args(Outcome)),
    st.one_of(st.none(), DAYS),
    st.integers(1, 12),
)


def stepped(funds: dict[tuple[str, str], Fund], step: tuple[Any, ...]) -> None:
    """Take one step in a ledger, if its rules let it."""
    kind, source, case, on, cents, halves, outcome, ends_on, entry = step
    key = (CASES[case], SLUGS[source])
    fund = funds.get(key, Fund(case=key[0], id=f"FU{source + 1}", source=key[1]))  # type: ignore[arg-type]
    of: dict[str, Any] = {"on": on, "by": "okafor"}
    try:
        if kind == "corrected":
            fund = rules.corrected(fund, entry, cents, halves, **of)
        elif kind == "outcome":
            fund = rules.added(fund, kind=kind, outcome=outcome, **of)
        elif kind == "chosen":
            fund = rules.added(fund, kind=kind, agreed="no", **of)
        else:
            ends = max(ends_on, on) if ends_on is not None and kind == "authorized" else None
            amount = {"cents": cents, "halves": halves if kind in ("authorized", "used") else 0}
            fund = rules.added(fund, kind=kind, ends_on=ends, **amount, **of)
        check_most(funds, key, fund)
    except (Refused, Usage):
        return
    funds[key] = fund


def check_most(funds: dict[tuple[str, str], Fund], key: tuple[str, str], fund: Fund) -> None:
    of_case = ledger.balance(fund.entries).authorized
    others = (
        ledger.balance(other.entries).authorized
        for (case, slug), other in funds.items()
        if slug == key[1] and case != key[0]
    )
    ledger.check_most(key[1], CAP, POOL, of_case, of_case + sum(others))


def played(steps: Sequence[tuple[Any, ...]]) -> list[Fund]:
    funds: dict[tuple[str, str], Fund] = {}
    for step in steps:
        stepped(funds, step)
    return [*funds.values()]


@settings(max_examples=120)
@given(st.lists(STEPS, max_size=40))
def test_nothing_is_ever_above_its_cost_cap_or_pool(steps: list[tuple[Any, ...]]) -> None:
    pools: dict[str, int] = {}
    for fund in played(steps):
        for at in range(len(fund.entries) + 1):
            now = ledger.balance(fund.entries[:at])
            assert 0 <= now.used <= now.authorized <= CAP
            assert 0 <= now.halves_used <= now.halves_authorized
            assert 0 <= now.refunded <= now.paid <= now.invoiced
        left, closed = ledger.left_on(fund.entries, date.max), ledger.closed(fund.entries)
        assert 0 <= left.cents + closed.cents <= now.authorized - now.used
        pools[fund.source] = pools.get(fund.source, 0) + now.authorized
    assert all(pool <= POOL for pool in pools.values())


def shuffled(entries: Sequence[Entry], random: Random) -> list[Entry]:
    """Return entries in another order, each after the one that it refers to."""
    waiting, done = list(entries), []
    while waiting:
        numbers = {entry.number for entry in done}
        ready = [entry for entry in waiting if entry.of is None or entry.of in numbers]
        done.append(random.choice(ready))
        waiting.remove(done[-1])
    return done


@settings(max_examples=120)
@given(st.lists(STEPS, max_size=40), st.randoms(use_true_random=False))
def test_any_order_that_keeps_each_entry_after_what_it_refers_to_comes_to_the_same(
    steps: list[tuple[Any, ...]], random: Random
) -> None:
    for fund in played(steps):
        other = shuffled(fund.entries, random)
        assert sealed(ledger.balance(other)) == sealed(ledger.balance(fund.entries))
        assert ledger.closed(other) == ledger.closed(fund.entries)
        assert ledger.standing(other) == fund.standing
        again = replace(fund, entries=tuple(other))
        assert journal.transactions([again]) == journal.transactions([fund]) or [
            each.changes for each in journal.transactions([again])
        ] == [each.changes for each in journal.transactions([fund])]


def sealed(value: Any) -> tuple[Any, ...]:
    return tuple(getattr(value, name) for name in value.__struct_fields__)


def test_denials_refunds_and_corrections_come_to_the_cent_in_every_order() -> None:
    tried = 0
    for fund in [fund for seed in range(12) for fund in many(seed)]:
        uses = [entry.number for entry in fund.entries if entry.kind == "used" and entry.halves]
        now = ledger.balance(fund.entries)
        open_ = now.paid - now.refunded
        if not uses or open_ < 2 or now.halves_used < 2 or now.used < 3:
            continue
        _, used, _ = ledger.amounts(fund.entries, uses[-1])
        if used < 2:
            continue
        ends = {ended(fund, order, uses[-1], used) for order in permutations(range(4))}
        assert ends == {
            (
                *(now.authorized, now.used - 2, now.invoiced, now.paid, now.refunded + 2),
                *(now.halves_authorized, now.halves_used - 1),
                next(iter(ends))[-1],
            )
        }
        tried += 1
    assert tried > 9


def ended(fund: Fund, order: Sequence[int], use: int, used: int) -> tuple[int, ...]:
    """Return what a ledger comes to after a denial, two refunds and a correction, in an order."""
    on = max(entry.on for entry in fund.entries)
    of: dict[str, Any] = {"on": on, "by": "okafor"}
    for act in order:
        if act == 0:
            fund = rules.added(fund, kind="outcome", outcome="denied", **of)
        elif act == 3:
            fund = rules.corrected(fund, use, used - 1, None, **of)
        else:
            fund = rules.added(fund, kind="refunded", cents=1, halves=act - 1, **of)
    return (*sealed(ledger.balance(fund.entries)), ledger.closed(fund.entries).cents)


def test_what_was_entered_never_changes() -> None:
    random = Random(14)
    steps = [STEPS_OF(random) for _ in range(600)]
    funds: dict[tuple[str, str], Fund] = {}
    for step in steps:
        before = dict(funds)
        stepped(funds, step)
        for key, fund in before.items():
            assert funds[key].entries[: len(fund.entries)] == fund.entries


def STEPS_OF(random: Random) -> tuple[Any, ...]:  # noqa: N802 # the same, from a seed
    kinds = (*MONEY, "used", "used", "paid", "corrected", "outcome")
    day = FIRST + timedelta(days=random.randrange(20))
    ends = None if random.random() < 0.7 else day + timedelta(days=random.randrange(9))
    outcome = random.choice(("approved", "approved", *CLOSING))
    many = (random.randrange(1, 20_000), random.randrange(9))
    place = (random.randrange(len(SLUGS)), random.randrange(len(CASES)))
    return (random.choice(kinds), *place, day, *many, outcome, ends, random.randrange(1, 9))


def test_the_parts_of_what_is_left_come_to_the_whole() -> None:
    random = Random(14)
    for _ in range(60):
        of: dict[str, Any] = {"on": FIRST, "by": "okafor"}
        halves = random.randrange(1, 30)
        fund = Fund(case="F9CK", id="FU1", source="CITY")  # type: ignore[arg-type]
        cents = random.randrange(1, 99_999)
        fund = rules.added(fund, kind="authorized", cents=cents, halves=halves, **of)
        while left := ledger.left_on(fund.entries, FIRST).halves:
            part = random.randrange(1, left + 1)
            share = ledger.cost(fund.entries, part, FIRST)
            fund = rules.added(fund, kind="used", cents=share, halves=part, **of)
        now = ledger.balance(fund.entries)
        assert now.used == now.authorized == cents


def many(seed: int, count: int = 400) -> list[Fund]:
    random = Random(seed)
    return played([STEPS_OF(random) for _ in range(count)])


def by_day(funds: Sequence[Fund]) -> Iterator[tuple[date, dict[str, int]]]:
    """Yield what each account holds at the end of each day, out of the ledgers themselves."""
    for days in range(22):
        day = FIRST + timedelta(days=days)
        sums: dict[str, int] = {}
        for fund in funds:
            until = [entry for entry in fund.entries if entry.on <= day]
            for name, cents in journal.accounts(fund, until).items():
                sums[name] = sums.get(name, 0) + cents
        yield day, {name: cents for name, cents in sums.items() if cents}


def in_cents(amount: str) -> int:
    whole, _, part = amount.removesuffix(" USD").partition(".")
    sign = -1 if whole.startswith("-") else 1
    return sign * (int(whole.lstrip("-")) * 100 + int(part.ljust(2, "0")))


def of_hledger(file: Path, day: date) -> dict[str, int]:
    line = ["hledger", "-f", str(file), "balance", "--flat", "-O", "csv", "-e"]
    line += [(day + timedelta(days=1)).isoformat(), "--no-total"]
    said = subprocess.run(line, capture_output=True, text=True, check=True).stdout
    return {row["account"]: in_cents(row["balance"]) for row in csv.DictReader(io.StringIO(said))}


def of_beancount(file: Path) -> tuple[list[Any], list[Any]]:
    from beancount import loader

    entries, errors, _ = loader.load_file(str(file))
    return entries, errors


def on_day(entries: Sequence[Any], day: date) -> dict[str, int]:
    sums: dict[str, int] = {}
    for entry in entries:
        if hasattr(entry, "postings") and entry.date <= day:
            for posting in entry.postings:
                cents = posting.units.number * 100
                assert cents == int(cents)
                sums[posting.account] = sums.get(posting.account, 0) + int(cents)
    return {name: cents for name, cents in sums.items() if cents}


@pytest.mark.needs("hledger")
def test_hledger_and_beancount_agree_with_the_ledger_for_every_account_on_every_day(
    tmp_path: Path,
) -> None:
    funds = many(14)
    assert len(funds) > 10
    ours, theirs = tmp_path / "funding.journal", tmp_path / "funding.beancount"
    ours.write_bytes(journal.written(funds, "hledger", {}))
    theirs.write_bytes(journal.written(funds, "beancount", {}))
    subprocess.run(["hledger", "-f", str(ours), "check", "--strict"], check=True)
    entries, errors = of_beancount(theirs)
    assert errors == []
    days = list(by_day(funds))
    assert len(days[-1][1]) > 30
    for day, accounts in days:
        assert of_hledger(ours, day) == accounts
        mapped = {journal.mapped(name): cents for name, cents in accounts.items()}
        assert len(mapped) == len(accounts)
        assert on_day(entries, day) == mapped


@pytest.mark.needs("hledger")
def test_a_ledger_without_an_entry_is_a_valid_file(tmp_path: Path) -> None:
    for format_ in ("hledger", "beancount", "csv"):
        (tmp_path / format_).write_bytes(journal.written([], format_, {}))  # type: ignore[arg-type]
    assert of_hledger(tmp_path / "hledger", FIRST) == {}
    line = ["hledger", "-f", str(tmp_path / "hledger"), "check", "--strict"]
    assert subprocess.run(line, check=False).returncode == 0
    entries, errors = of_beancount(tmp_path / "beancount")
    assert (entries, errors) == ([], [])
    assert (tmp_path / "csv").read_text().startswith("on,case,")


def test_the_csv_has_every_entry_once() -> None:
    funds = many(15)
    said = journal.written(funds, "csv", {}).decode()
    rows = list(csv.DictReader(io.StringIO(said)))
    assert len(rows) == sum(len(fund.entries) for fund in funds)
    for fund in funds:
        of_fund = [row for row in rows if (row["case"], row["source"]) == (fund.case, fund.source)]
        total = sum(in_cents(row["amount"]) for row in of_fund if row["amount"])
        assert total == sum(entry.cents for entry in fund.entries)


SLUG = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,30}", fullmatch=True)


@given(SLUG, SLUG)
def test_no_two_slugs_meet_in_beancount(one: str, other: str) -> None:
    import re

    named = [journal.mapped(f"Assets:Authorized:{slug}:HX4T") for slug in (one, other)]
    assert (named[0] == named[1]) == (one.casefold() == other.casefold())
    assert all(re.fullmatch(r"(?:[A-Z0-9][A-Za-z0-9-]*:?)+", name) for name in named)


def test_who_pays_next_is_neither_who_said_no_nor_whom_the_student_declined() -> None:
    sources = [
        Source(id=f"FS{at}", slug=slug, tier="city", order=at)  # type: ignore[arg-type]
        for at, slug in enumerate(("A", "B", "C", "D"), 1)
    ]
    of: dict[str, Any] = {"on": FIRST, "by": "okafor"}
    funds = {
        slug: rules.added(Fund(case="F9CK", id="FU1", source=slug), **more, **of)  # type: ignore[arg-type]
        for slug, more in {
            "B": {"kind": "outcome", "outcome": "exhausted"},
            "C": {"kind": "chosen", "agreed": "no"},
        }.items()
    }
    assert [each.slug for each in payers.after(sources[0], sources, funds, None)] == ["D"]
    assert eligible(sources[0], None) == ("yes", "no residence rule")
