"""The ledger of one case with one source: entries that are added and never changed (rule I1).

A correction is an entry of its own that names the one it corrects. Every total follows from the
entries as a set, so that the order in which they were typed makes no difference to a cent. Money
is a whole number of cents, sessions a whole number of halves.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Final, Literal, NamedTuple, get_args

from reintegrate_cli.core.errors import Refused, Usage
from reintegrate_cli.core.records import Private, Public, Ref, Secret, Slug, Told, Value

Kind = Literal[
    "chosen",
    "authorized",
    "submitted",
    "used",
    "invoiced",
    "paid",
    "refunded",
    "corrected",
    "outcome",
    "appealed",
    "confirmed",
]
Outcome = Literal["approved", "denied", "exhausted", "not_eligible", "withdrawn"]
Agreed = Literal["yes", "no", "not_yet"]
MailTo = Literal["student", "caregiver", "school", "attorney"]
Standing = Literal[
    "identified",
    "declined",
    "submitted",
    "authorized",
    "approved",
    "denied",
    "exhausted",
    "not_eligible",
    "withdrawn",
    "appealed",
]
STANDINGS: tuple[Standing, ...] = get_args(Standing)
MONEY: Final = ("authorized", "used", "invoiced", "paid", "refunded")
"""The entries with amounts, which may be corrected."""
CLOSING: Final = ("denied", "exhausted", "not_eligible", "withdrawn")
"""The outcomes that close what is left of an authorization."""
NOT_ENDED = date.max


class Entry(Value, frozen=True, kw_only=True):
    """One thing that happened to the money: its number in the ledger, its day, who entered it.

    ``of`` is the number of the entry that a correction corrects, by the ``cents`` and ``halves``
    that it adds or takes away.
    """

    number: Public[int]
    kind: Told[Public[Kind]]
    on: Told[Public[date]]
    by: Ref[str]
    cents: Told[Public[int]] = 0
    halves: Told[Public[int]] = 0
    of: Public[int | None] = None
    partner: Ref[Slug | None] = None
    ends_on: Public[date | None] = None
    outcome: Told[Public[Outcome | None]] = None
    agreed: Public[Agreed | None] = None
    mail_to: Public[MailTo | None] = None
    granted: Public[bool | None] = None
    appeal_by: Public[date | None] = None
    sent_on: Public[date | None] = None
    benefits_explained_on: Public[date | None] = None
    override: Public[bool] = False
    claim_number: Secret[str] = ""
    good_cause: Private[str] = ""
    reason: Private[str] = ""
    words: Private[str] = ""

    @property
    def key(self) -> tuple[date, int]:
        """Return its place in time; of one day, what was entered first came first."""
        return self.on, self.number


class Balance(Value, frozen=True, kw_only=True):
    """What the entries come to: cents, and halves of sessions."""

    authorized: Public[int] = 0
    used: Public[int] = 0
    invoiced: Public[int] = 0
    paid: Public[int] = 0
    refunded: Public[int] = 0
    halves_authorized: Public[int] = 0
    halves_used: Public[int] = 0

    @property
    def unpaid(self) -> int:
        """Return what was invoiced and is not paid yet."""
        return self.invoiced - self.paid


class Left(NamedTuple):
    """What of the authorizations is left: cents, and halves of sessions."""

    cents: int
    halves: int


class _Net(NamedTuple):
    entry: Entry
    cents: int
    halves: int


def _nets(entries: Iterable[Entry]) -> list[_Net]:
    """Return each entry with an amount as its corrections leave it, in the order of time."""
    cents: Counter[int] = Counter()
    halves: Counter[int] = Counter()
    originals: list[Entry] = []
    for entry in entries:
        of = entry.number if entry.of is None else entry.of
        cents[of] += entry.cents
        halves[of] += entry.halves
        if entry.kind in MONEY:
            originals.append(entry)
    originals.sort(key=lambda entry: entry.key)
    return [_Net(entry, cents[entry.number], halves[entry.number]) for entry in originals]


def amounts(entries: Iterable[Entry], number: int) -> tuple[Entry, int, int]:
    """Return an entry as its corrections leave it.

    Raises:
        Usage: there is no entry with an amount of that number.
    """
    for net in _nets(entries):
        if net.entry.number == number:
            return net
    raise Usage(
        "there is no entry with an amount of that number",
        hint="a correction is itself never corrected; reintegrate fund show shows the numbers",
        fields=["entry"],
    )


def last_amount(entries: Iterable[Entry]) -> int:
    """Return the number of the entry with an amount that was entered last.

    Raises:
        Usage: there is none.
    """
    numbers = [entry.number for entry in entries if entry.kind in MONEY]
    if not numbers:
        raise Usage("there is no amount on record to correct", fields=["source"])
    return max(numbers)


def balance(entries: Iterable[Entry]) -> Balance:
    """Return what entries come to, whatever the order in which they are given.

    A refund with sessions gives them back with the money, so that both may be used again.
    """
    nets = _nets(entries)
    sums = {kind: sum(net.cents for net in nets if net.entry.kind == kind) for kind in MONEY}
    halves = {kind: sum(net.halves for net in nets if net.entry.kind == kind) for kind in MONEY}
    back = sum(net.cents for net in nets if _gives_back(net))
    return Balance(
        authorized=sums["authorized"],
        used=sums["used"] - back,
        invoiced=sums["invoiced"],
        paid=sums["paid"],
        refunded=sums["refunded"],
        halves_authorized=halves["authorized"],
        halves_used=halves["used"] - halves["refunded"],
    )


def _gives_back(net: _Net) -> bool:
    return net.entry.kind == "refunded" and net.halves > 0


def _uses(nets: Sequence[_Net], amount: Callable[[_Net], int]) -> list[tuple[Entry, int]]:
    """Return what was used, without what refunds gave back; the latest is given back first."""
    uses = [net.entry for net in nets if net.entry.kind == "used"]
    left = {net.entry.number: amount(net) for net in nets}
    for net in nets:
        back = amount(net) if _gives_back(net) else 0
        for use in reversed(uses):
            taken = min(back, left[use.number])
            left[use.number] -= taken
            back -= taken
    return [(use, left[use.number]) for use in uses if left[use.number]]


def _outcomes(entries: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.outcome is not None]


def _is_closed(outcomes: Iterable[Entry], since: tuple[date, int], at: tuple[date, int]) -> bool:
    """Return whether the last outcome between two moments closed what was authorized."""
    between = (entry for entry in outcomes if since < entry.key < at)
    last = max(between, key=lambda entry: entry.key, default=None)
    return last is not None and last.outcome in CLOSING


def _spent(
    outcomes: Sequence[Entry], nets: Sequence[_Net], amount: Callable[[_Net], int]
) -> tuple[dict[int, int], int]:
    """Take what was used out of the authorizations; return what each has left, and what is lacking.

    Each use takes of those that run on its day, and of the one first that ends first.
    """
    given = [net.entry for net in nets if net.entry.kind == "authorized"]
    left = {net.entry.number: amount(net) for net in nets if net.entry.kind == "authorized"}
    lacking = 0
    for use, many in _uses(nets, amount):
        running = [each for each in given if _runs(outcomes, each, use.key)]
        for each in sorted(running, key=lambda each: (each.ends_on or NOT_ENDED, each.key)):
            taken = min(many, left[each.number])
            left[each.number] -= taken
            many -= taken
        lacking += many
    return left, lacking


def _runs(outcomes: Iterable[Entry], given: Entry, at: tuple[date, int]) -> bool:
    """Return whether an authorization may be used at a moment."""
    in_force = given.on <= at[0] <= (given.ends_on or NOT_ENDED)
    return in_force and not _is_closed(outcomes, given.key, at)


def left_on(entries: Sequence[Entry], day: date) -> Left:
    """Return what of the authorizations is left for a day."""
    nets, outcomes, at = _nets(entries), _outcomes(entries), (day, len(entries) + 1)
    parts = []
    for amount in _AMOUNTS:
        left, _ = _spent(outcomes, nets, amount)
        running = (net.entry for net in nets if net.entry.kind == "authorized")
        parts.append(sum(left[each.number] for each in running if _runs(outcomes, each, at)))
    return Left(*parts)


def closed(entries: Sequence[Entry]) -> Left:
    """Return what an outcome closed of what was left."""
    nets, outcomes, at = _nets(entries), _outcomes(entries), (NOT_ENDED, len(entries) + 1)
    given = [net.entry for net in nets if net.entry.kind == "authorized"]
    parts = []
    for amount in _AMOUNTS:
        left, _ = _spent(outcomes, nets, amount)
        parts.append(sum(left[each.number] for each in given if _is_closed(outcomes, each.key, at)))
    return Left(*parts)


_AMOUNTS: tuple[Callable[[_Net], int], ...] = (lambda net: net.cents, lambda net: net.halves)


def cost(entries: Sequence[Entry], halves: int, day: date) -> int:
    """Return what sessions cost, where nobody says: their share of what is left for that day.

    The last one takes all that is left, so that the parts come to the whole, to the cent.
    """
    left = left_on(entries, day)
    return left.cents * halves // left.halves if 0 < halves <= left.halves else 0


def standing(entries: Iterable[Entry]) -> Standing:
    """Return how it stands: as the last choice, submission, authorization or outcome left it."""
    now: Standing = "identified"
    for entry in sorted(entries, key=lambda entry: entry.key):
        if entry.kind == "chosen":
            now = "declined" if entry.agreed == "no" else "identified"
        elif entry.kind == "outcome" and entry.outcome is not None:
            now = entry.outcome
        elif entry.kind in ("submitted", "authorized", "appealed"):
            now = entry.kind
    return now


def check(entries: Sequence[Entry]) -> None:
    """Require that no more was used than authorized, paid than invoiced, or given back than paid.

    Raises:
        Refused: more was (I1).
    """
    nets, now, outcomes = _nets(entries), balance(entries), _outcomes(entries)
    for amount, name in zip(_AMOUNTS, ("amount", "sessions"), strict=True):
        if _spent(outcomes, nets, amount)[1]:
            what = "money" if name == "amount" else "sessions"
            raise _refused(f"that is more than was authorized for that day, in {what}", name)
    if now.used < 0 or now.halves_used < 0:
        raise _refused("more would be given back than was used", "amount")
    if now.paid > now.invoiced:
        raise _refused("more would be paid than was invoiced", "amount")
    if now.refunded > now.paid:
        raise _refused("more would be refunded than was paid", "amount")


def check_most(slug: str, cap: int | None, pool: int | None, of_case: int, of_all: int) -> None:
    """Require that no more is authorized than a source pays for one case, and for all of them.

    Raises:
        Refused: more is (I1).
    """
    if cap is not None and of_case > cap:
        raise _refused(f"that is more than {slug} pays for one case", "amount")
    if pool is not None and of_all > pool:
        raise _refused(f"that is more than {slug} has for all cases", "amount")


def _refused(message: str, field: str) -> Refused:
    return Refused(
        message, rule="I1", hint="reintegrate fund balance shows what is left", fields=[field]
    )
