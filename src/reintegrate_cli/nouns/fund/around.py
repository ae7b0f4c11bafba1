"""What the verbs of funding read around a ledger: sources, cases, where a student lives."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from reintegrate_cli.core.lean import replace
from reintegrate_cli.line.shapes import Work
from reintegrate_cli.nouns.fund import ledger, payers, record
from reintegrate_cli.nouns.fund.record import Fund, FundFile, FundRow
from reintegrate_cli.nouns.fund.source import Source, eligible

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


class Around:
    """The records around the funding of cases, each read once."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._store: Store = work.store
        self._lives_in: dict[str, Any] = {}
        self._funds: dict[str, dict[str, Fund]] = {}
        self._cases: dict[str, Any] = {}

    @cached_property
    def sources(self) -> list[Source]:
        """The sources there are."""
        return self._store.of(Source).all()

    def source(self, slug: str) -> Source | None:
        """Return the source with a slug."""
        return next((source for source in self.sources if source.slug == slug), None)

    def case(self, ref: str) -> Any:
        """Return a case."""
        if ref not in self._cases:
            self._cases[ref] = self._store.cases.get(ref)
        return self._cases[ref]

    def lives_in(self, ref: str) -> Any:
        """Return where the student of a case lives, if that is on record."""
        if ref not in self._lives_in:
            identity = self._store.identities.find(ref)
            self._lives_in[ref] = identity and identity.lives_in
        return self._lives_in[ref]

    def funds(self, ref: str) -> dict[str, Fund]:
        """Return the funding of a case, by the slug of its source."""
        if ref not in self._funds:
            self._funds[ref] = {fund.source: fund for fund in self._store.of(Fund).all(case=ref)}
        return self._funds[ref]

    def row(self, fund: Fund, kind: type[FundRow] = FundRow) -> FundRow:
        """Return a case and a source as lists show them."""
        source, lives_in = self.source(fund.source), self.lives_in(fund.case)
        answer = eligible(source, lives_in) if source else ("ask", "no such source")
        now = {**self.funds(fund.case), fund.source: fund}
        next_ = next(payers.after(source, self.sources, now, lives_in), None)
        is_over = fund.standing in (*ledger.CLOSING, "declined", "appealed")
        more: dict[str, Any] = {"entries": fund.entries} if kind is FundFile else {}
        return record.row(
            fund,
            source,
            self.case(fund.case),
            self._work.today,
            kind=kind,
            eligible=answer[0],
            eligible_by=answer[1],
            next_source=next_.slug if next_ and is_over else None,
            **more,
        )

    def fund(self, source: Source) -> Fund:
        """Return the funding of the case of this work from a source, begun if it is the first."""
        ref = self._work.ref
        found = self.funds(ref).get(source.slug)
        if found is None:
            id_ = self._store.of(Fund).next_id(ref)
            found = Fund(case=ref, id=id_, source=source.slug)
        return replace(found, filing=source.filing)

    def check_most(self, fund: Fund, source: Source) -> None:
        """Require that no more is authorized than a source pays for a case, and for all (I1)."""
        of_case = ledger.balance(fund.entries).authorized
        others = (
            ledger.balance(other.entries).authorized
            for other in self._store.of(Fund).all(source=source.slug)
            if other.case != fund.case
        )
        ledger.check_most(
            source.slug, source.cap_cents, source.pool_cents, of_case, of_case + sum(others)
        )


def row(work: Work, fund: Fund) -> FundRow:
    """Return what is shown of funding that was written."""
    return Around(work).row(fund)
