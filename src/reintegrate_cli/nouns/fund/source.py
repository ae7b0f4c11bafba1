"""Sources of funding: who pays, in which order, for whom, how much, and by when to file.

What a state's law says of a source is data that a district enters, with its citation and the day
on which somebody looked it up; nothing of it is in the program (rule I2).
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Literal, NamedTuple, get_args

from reintegrate_cli.core.calendar import months_after
from reintegrate_cli.core.comparing import folded
from reintegrate_cli.core.compensation import CountedFrom
from reintegrate_cli.core.errors import Refused, Usage
from reintegrate_cli.core.records import Private, Public, Record, Ref, Slug, Value, Word

Tier = Literal[
    "state", "county", "city", "medicaid", "insurance", "voca", "school", "donor", "other"
]
Answer = Literal["yes", "no", "ask"]
Status = Literal["open", "ended"]
STATUSES: tuple[Status, ...] = get_args(Status)
LAST = 10_000
"""The place of a source without an order: after all that have one."""
PLACES = ("city", "county", "state")
"""What a rule of residence may name, from near to far."""


class Filing(Value, frozen=True, kw_only=True):
    """By when to file: a day for everybody, or months from a day of each case."""

    file_by: Public[date | None] = None
    file_months: Public[int | None] = None
    counted_from: Public[CountedFrom] = "identified_on"
    good_cause_months: Public[int | None] = None


class Source(Record, frozen=True, kw_only=True):
    """A source of funding; ``cap_cents`` is the most for one case, ``pool_cents`` for all."""

    id: Ref[str]
    slug: Ref[Slug]
    tier: Public[Tier]
    order: Public[int | None] = None
    cap_cents: Public[int | None] = None
    pool_cents: Public[int | None] = None
    last_resort: Public[bool] = False
    city: Public[Word | None] = None
    county: Public[Word | None] = None
    state: Public[Word | None] = None
    filing: Public[Filing] = Filing()
    rule: Private[str] = ""
    citation: Private[str] = ""
    verified_on: Public[date | None] = None
    ended_on: Public[date | None] = None

    @property
    def status(self) -> Status:
        """Return whether it may still pay."""
        return "open" if self.ended_on is None else "ended"

    @property
    def place(self) -> int:
        """Return its place among those who pay; the lower, the sooner."""
        return LAST if self.order is None else self.order

    @property
    def has_clock(self) -> bool:
        """Return whether there is a day by which to file."""
        return self.filing.file_by is not None or self.filing.file_months is not None


class Eligible(NamedTuple):
    """Whether a source may pay for a student, and by which rule."""

    answer: Answer
    rule: str


def eligible(source: Source, lives_in: Any) -> Eligible:
    """Return whether a student lives where a source pays; what is not known is asked.

    Args:
        source: the source.
        lives_in: the city, county and state of the student, if they are on record.
    """
    known = {name: _place(getattr(lives_in, name, "")) for name in PLACES}
    named = {name: _place(getattr(source, name) or "") for name in PLACES}
    wanted = [name for name in PLACES if named[name]]
    for name in wanted:
        if known[name] and known[name] != named[name]:
            return Eligible("no", name)
    for name in wanted:
        if not known[name]:
            return Eligible("ask", name)
    return Eligible("yes", wanted[0] if wanted else "no residence rule")


def _place(text: str) -> str:
    """Return a place as it is compared: an option is one word, so a hyphen stands for a blank."""
    return folded(text.replace("-", " ").replace("_", " "))


def deadlines(filing: Filing, case: Any) -> tuple[date | None, date | None]:
    """Return the day by which to file for a case, and the day to which good cause may open it.

    Args:
        filing: the clock of the source.
        case: the case; of it the day is read from which the months are counted.
    """
    first: date | None = getattr(case, filing.counted_from, None)
    last = filing.file_by
    if last is None and filing.file_months is not None and first is not None:
        last = months_after(first, filing.file_months)
    if last is None or filing.good_cause_months is None:
        return last, None
    if filing.file_by is not None or first is None:
        return last, months_after(last, filing.good_cause_months)
    return last, months_after(first, filing.good_cause_months)


def checked(source: Source) -> Source:
    """Return a source whose clock holds together, and is cited.

    Raises:
        Usage: it has a clock without a rule text and a citation, two clocks, or ends of good
            cause without one or before it.
    """
    filing = source.filing
    if filing.file_by is not None and filing.file_months is not None:
        raise Usage("give one of --file-by and --file-months", fields=["file_by", "file_months"])
    if filing.good_cause_months is not None and not source.has_clock:
        raise Usage(
            "--good-cause-months goes with --file-by or --file-months", fields=["good_cause_months"]
        )
    if (filing.file_months or 0) > (filing.good_cause_months or 10_000):
        raise Usage(
            "good cause opens a source for longer than its own time to file",
            fields=["good_cause_months"],
        )
    missing = [name for name in ("rule", "citation") if not getattr(source, name)]
    if source.has_clock and missing:
        raise Usage(
            f"a day by which to file needs {' and '.join(missing)}",
            hint="say what the rule is and where it is found, with --from FILE",
            fields=missing,
        )
    return source


def check_provider(source: Source, partner: str | None, claim_number: str) -> None:
    """Require who gives the sessions, where money from VOCA pays a provider and no claim (I5).

    Raises:
        Refused: nobody is named, or a claim is.
    """
    if source.tier == "voca" and (partner is None or claim_number):
        raise Refused(
            f"{source.slug} pays a provider, and there is no claim: name who gives the sessions",
            rule="I5",
            hint="give --partner, and no claim_number",
            fields=["partner", "claim_number"],
        )


def check_claim(source: Source) -> None:
    """Require a source to which a claim can be sent (I5).

    Raises:
        Refused: it pays a provider.
    """
    if source.tier == "voca":
        raise Refused(
            f"{source.slug} pays a provider, and no claim is sent to it",
            rule="I5",
            hint="refer the student to the provider, then record what it gives with fund authorize",
            fields=["source"],
        )


def before(source: Source, sources: Sequence[Source], lives_in: Any) -> Iterator[Source]:
    """Yield the open sources that pay before another, in their order, where they may pay at all."""
    for other in in_order(sources):
        pays_before = other.place < source.place and other.ended_on is None
        if pays_before and eligible(other, lives_in).answer != "no":
            yield other


def in_order(sources: Sequence[Source]) -> list[Source]:
    """Return sources in the order in which they pay."""
    return sorted(sources, key=lambda source: (source.place, source.slug.casefold()))
