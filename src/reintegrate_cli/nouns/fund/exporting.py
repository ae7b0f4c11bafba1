"""``fund export``: the ledgers as a file that a bookkeeper's program reads."""

from typing import TYPE_CHECKING, Annotated

from reintegrate_cli.core.records import CaseRef, Form, Path, Public, Ref, Value
from reintegrate_cli.kept import session
from reintegrate_cli.kept.settings import path_of
from reintegrate_cli.line import output
from reintegrate_cli.line.verbs import verb
from reintegrate_cli.nouns.fund import journal
from reintegrate_cli.nouns.fund.journal import Format
from reintegrate_cli.nouns.fund.record import Fund
from reintegrate_cli.nouns.fund.source import Source

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


class Exporting(Form, kw_only=True):
    """What ``fund export`` takes."""

    format: Annotated[Public[Format], "a table, or the journal of hledger or of beancount"]
    out: Annotated[Public[Path], "the file; it is made, and nothing is written over"]
    case: Annotated[Ref[CaseRef | None], "only this case"] = None


class Exported(Value, frozen=True, kw_only=True):
    """What was written."""

    format: Public[Format]
    out: Public[str]
    cases: Public[int]
    entries: Public[int]


@verb("fund", "export", final=True)
def export(given: Exporting) -> None:
    """Write the ledgers to a file of your own, for a bookkeeper's program.

    Example: reintegrate fund export --format hledger --out funding.journal
    """
    from reintegrate_cli.kept import exports

    path = path_of(given.out)
    with exports.drafting(path) as draft:
        draft.check_place(lambda _data: False)
        with session.writing() as store:
            funds, data = _ledgers(store, given)
            draft.write(data)
            for ref in sorted({fund.case for fund in funds}):
                store.touch(ref)
        draft.put_in_place()
    cases = len({fund.case for fund in funds})
    entries = sum(len(fund.entries) for fund in funds)
    output.show(Exported(format=given.format, out=str(path), cases=cases, entries=entries))
    output.say("not for release: it names cases and who pays for them; you alone can read the file")


def _ledgers(store: "Store", given: Exporting) -> tuple[list[Fund], bytes]:
    """Return the ledgers that are asked for, and the file.

    Raises:
        Refused: one of their cases is on legal hold (K4).
    """
    from reintegrate_cli.kept import retention

    only = {} if given.case is None else {"case": given.case}
    funds = store.of(Fund).all(**only)
    cases = {fund.case for fund in funds}
    holds = (hold for hold in store.legal_holds.all() if hold.case in cases)
    retention.check_no_hold(holds, "an export")
    tiers: dict[str, str] = {source.slug: source.tier for source in store.of(Source).all()}
    return funds, journal.written(funds, given.format, tiers)
