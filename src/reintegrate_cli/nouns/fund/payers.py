"""Who pays before whom: the payer of last resort (I3), and the one that comes next."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from reintegrate_cli.core.errors import Refused
from reintegrate_cli.nouns.fund import ledger
from reintegrate_cli.nouns.fund.ledger import CLOSING
from reintegrate_cli.nouns.fund.record import Fund
from reintegrate_cli.nouns.fund.source import Source, before, eligible, in_order

Funds = Mapping[str, Fund]
"""The funding of one case, by the slug of its source."""


def check_settled(
    case: str, source: Source, sources: Sequence[Source], funds: Funds, lives_in: Any
) -> None:
    """Require that those who pay before a payer of last resort have answered (I3).

    Raises:
        Refused: one of lower order has neither an authorization nor an outcome.
    """
    if not source.last_resort:
        return
    for other in before(source, sources, lives_in):
        fund = funds.get(other.slug)
        kinds = {entry.kind for entry in fund.entries} if fund else set()
        if kinds.isdisjoint(("authorized", "outcome")):
            raise _refused(
                f"{source.slug} pays last, and {other.slug} has not answered yet",
                f"reintegrate fund outcome {case} --source {other.slug}",
            )


def check_used_up(
    case: str, source: Source, sources: Sequence[Source], funds: Funds, lives_in: Any, day: date
) -> None:
    """Require that nothing is left of those who pay before a payer of last resort (I3).

    Raises:
        Refused: one of lower order has sessions and money left for that day.
    """
    if not source.last_resort:
        return
    for other in before(source, sources, lives_in):
        fund = funds.get(other.slug)
        if fund is not None and _has_left(fund, day):
            raise _refused(
                f"{source.slug} pays last, and {other.slug} has sessions and money left",
                f"reintegrate fund use {case} --source {other.slug}",
            )


def _has_left(fund: Fund, day: date) -> bool:
    left, now = ledger.left_on(fund.entries, day), ledger.balance(fund.entries)
    parts = [(left.cents, now.authorized), (left.halves, now.halves_authorized)]
    counted = [left_ for left_, authorized in parts if authorized]
    return bool(counted) and all(counted)


def _refused(message: str, first: str) -> Refused:
    return Refused(
        message,
        rule="I3",
        hint=f"{first}; or go on with --override and a reason, which is kept",
        fields=["override", "reason"],
    )


def after(
    source: Source | None, sources: Sequence[Source], funds: Funds, lives_in: Any
) -> Iterator[Source]:
    """Yield who may pay next, in their order: not who answered no, nor whom the student declined.

    Args:
        source: the one that does not pay; from the first on if left out.
        sources: all there are.
        funds: the funding of the case.
        lives_in: where the student lives.
    """
    for other in in_order(sources):
        fund = funds.get(other.slug)
        is_over = fund is not None and fund.standing in (*CLOSING, "declined", "appealed")
        if other.ended_on is not None or is_over or other is source:
            continue
        if source is not None and other.place < source.place:
            continue
        if eligible(other, lives_in).answer != "no":
            yield other
