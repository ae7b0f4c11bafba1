"""What a vault keeps, and for how long: legal holds, and what is purged."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

from reintegrate_cli.commands.vault.forms import NewHold
from reintegrate_cli.core.errors import Busy, Settings, Usage
from reintegrate_cli.core.records import Sensitivity, check_case_ref, check_id, counted, free_text
from reintegrate_cli.kept import history, retention, session
from reintegrate_cli.kept.retention import Certificate, Going, LegalHold
from reintegrate_cli.line import output
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.plain import Argument, Option
from reintegrate_cli.line.verbs import Filters, narrowed, verb
from reintegrate_cli.mail.standing import whole_date

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store

HOLDS = (
    Column("id", lambda row: row.id),
    Column("case", lambda row: row.case or "every case"),
    Column("since", lambda row: row.on),
    Column("status", lambda row: row.status),
    Column("released", lambda row: row.released_on),
)
GOING = (
    Column("type", lambda row: row.type),
    Column("id", lambda row: row.id),
    Column("case", lambda row: row.case),
    Column("kept from", lambda row: row.kept_from),
    Column("kept until", lambda row: row.kept_until),
    Column("status", lambda row: row.status),
)
PURGES = (
    Column("id", lambda row: row.id),
    Column("on", lambda row: row.on),
    Column("by", lambda row: row.by),
    Column("cases", lambda row: row.cases),
    Column("notes", lambda row: row.notes),
    Column("tasks", lambda row: row.tasks),
    Column("values", lambda row: row.values),
    Column("concerns", lambda row: row.concerns),
    Column("copies until", lambda row: row.last_until),
)


@verb("vault", "hold")
def hold(
    given: NewHold,
    action: Annotated[str, Argument(metavar="add|list|show|release", help="What to do.")] = "list",
    id_: Annotated[
        str | None, Argument(metavar="ID", help="Which hold; after add, which case.")
    ] = None,
) -> None:
    """Keep what a subpoena or an open request is about, until counsel releases it (K4).

    While there is a hold, what it names is not purged, no copy is removed, and nothing is
    exported.

    Example: reintegrate vault hold add --case HX4T
    """
    if action == "list":
        if id_ is not None:
            raise free_text()
        with session.reading() as store:
            show(store.legal_holds.all(), HOLDS, empty="no hold was ever made", kind=LegalHold)
    elif action == "add":
        _add_hold(given, id_)
    elif action in ("release", "show"):
        if id_ is None:
            raise Usage("missing: ID", hint="reintegrate vault hold list", fields=["id"])
        if action == "show":
            _show_hold(check_id(id_))
        else:
            _release(check_id(id_), given)
    else:
        raise Usage(
            "vault hold takes add, list, show or release", hint="reintegrate vault hold --help"
        )


def _show_hold(id_: str) -> None:
    """Show a hold with its reason; that it was read goes into the history."""
    with session.writing("vault hold show") as store:
        hold = store.legal_holds.get(id_)
        store.touch(id_)
    show(hold, upto=Sensitivity.PRIVATE)


def _add_hold(given: NewHold, named: str | None) -> None:
    if named is not None and given.case is not None:
        raise Usage("the case is named twice", fields=["case"], hint="name it once")
    wanted = check_case_ref(named) if named is not None else given.case
    reason = _reason(given)  # before the lock: a person may be typing
    with session.writing("vault hold add") as store:
        case = store.cases.get(check_case_ref(wanted)).ref if wanted else None
        hold = LegalHold(
            id=store.legal_holds.next_id(), case=case, on=given.on or session.today(), reason=reason
        )
        hold = store.legal_holds.put(hold)
    show(hold)


def _reason(given: NewHold) -> str:
    """Return the reason; it is asked for here, since a list of holds must ask nothing."""
    if given.reason or not output.can_ask():
        return given.reason
    return output.ask("the matter, and who asked")


def _release(id_: str, given: NewHold) -> None:
    reason = _reason(given)
    if not reason:
        raise Usage(
            "missing: reason",
            fields=["reason"],
            hint="who decided it and why; counsel says when a hold may go (K4)",
        )
    with session.writing("vault hold release") as store:
        released = retention.release(
            store.legal_holds.get(id_), by=store.by, on=given.on or session.today(), reason=reason
        )
        released = store.legal_holds.put(released)
    show(released)


@verb("vault", "purge", is_list=True, statuses=("going", "held"))
def purge(
    filters: Filters,
    action: Annotated[str | None, Argument(metavar="[list]", help="What was purged.")] = None,
    dry_run: Annotated[bool, Option("--dry-run", help="Only show what would go.")] = False,
    yes: Annotated[bool, Option("--yes", help="Do not ask once more.")] = False,
) -> None:
    """Remove for good what the retention schedule no longer keeps (K2, K3).

    The schedule is in district.toml, such as retention = { case = "7y" }; a type that it
    does not name is kept. The vault is written under a new data key, and the answer says on
    which day the last copy is gone.

    Example: reintegrate vault purge --dry-run
    """
    if action not in (None, "list"):
        raise Usage("vault purge takes list, or nothing", hint="reintegrate vault purge --help")
    if action == "list":
        with session.reading() as store:
            rows = narrowed(store.certificates.all(), filters, store, statuses=())
        show(rows, PURGES, empty="nothing was ever purged", what="purge", kind=Certificate)
        return
    schedule = retention.parse_schedule(session.current.district.retention)
    if not schedule:
        raise Settings(
            "district.toml has no retention schedule, and nothing goes without one",
            hint='for example retention = { case = "7y" }; the records officer knows it',
            fields=["retention"],
        )
    if dry_run:
        with session.reading() as store:
            show(
                _going(store, filters),
                GOING,
                empty="nothing is due to be removed",
                what="record",
                kind=Going,
            )
        return
    if not yes and not output.can_ask():
        raise Usage(
            "a purge cannot be undone", fields=["yes"], hint="look with --dry-run, then add --yes"
        )
    _purge(filters, yes)


def _going(store: "Store", filters: Filters) -> list[Going]:
    """List what the schedule no longer keeps; of one case, or say why it stays.

    Raises:
        Settings: more would go by this machine's clock than the history bears out.
    """
    judged = session.judged_by(store)
    today = _day_of(judged.at)
    due = _due_to_go(store, today)
    if judged.alone and _due_to_go(store, _day_of(session.now())) != due:
        raise Settings(
            f"by this machine's clock {judged.alone} days passed without a change, and one reading"
            " of a clock is not enough to purge by",
            hint="set its date; if it is right, reintegrate vault backup FOLDER today, and purge"
            " tomorrow",
        )
    if filters.case is not None:
        case = store.cases.get(check_case_ref(filters.case))
        return retention.of_case(due, case, store.legal_holds.all(), today)
    return narrowed(due, filters, store, owners=lambda row: ())


def _due_to_go(store: "Store", today: date) -> list[Going]:
    values = {row["id"] for row in store.shelf.rows("values")}
    return retention.going(
        retention.parse_schedule(session.current.district.retention),
        cases=store.cases.all(),
        notes=store.notes.all(),
        tasks=store.tasks.all(),
        entries=(entry for entry in history.read(store.shelf) if entry.id in values),
        holds=store.legal_holds.all(),
        today=today,
    )


def _day_of(moment: datetime) -> date:
    """Return the day of a moment: neither ``--today`` nor one clock decides what goes for good."""
    return moment.astimezone(session.current.zone).date()


def _purge(filters: Filters, yes: bool) -> None:
    from reintegrate_cli.kept import purging

    with session.reading() as store:
        taken = [row for row in _going(store, filters) if not row.held]
    if not taken:
        say("nothing is due to be removed")
        return
    if not yes:
        show(taken, GOING, kind=Going)
        go = "it goes" if len(taken) == 1 else "they go"
        if not output.confirm(f"{counted(len(taken), 'record')}: {go} for good; purge"):
            raise Usage(
                "nothing was purged", hint="reintegrate vault purge --dry-run shows what would go"
            )
    with session.writing("vault purge") as store:
        again = [row for row in _going(store, filters) if not row.held]
        if [(row.type, row.id, row.case) for row in again] != [
            (row.type, row.id, row.case) for row in taken
        ]:
            raise Busy("what is due to go changed meanwhile", hint="look again, then try again")
        certificate = retention.certificate(
            again,
            id_=store.certificates.next_id(),
            by=store.by,
            today=_day_of(session.judged_by(store).at),
            server=_kept_by_the_server(),
        )
        certificate = purging.purge(store, again, certificate, session.current.district.retention)
        held = bool(retention.standing(store.legal_holds.all()))
        # Before it is done: were it interrupted after, nobody would remove them.
        left = 0 if held else session.current.engine.forget_asides()
    _tell_of_copies(certificate, left)
    show(certificate)


def _tell_of_copies(certificate: Certificate, left: int) -> None:
    """Say where copies of what was purged may still be, and until when."""
    if left:
        former = counted(left, "former vault")
        say(f"{former} that a restore had set aside: removed")
    say("copies in other folders are removed as they reach 90 days: reintegrate vault backup")
    _say_what_the_server_keeps(certificate)


def _say_what_the_server_keeps(certificate: Certificate) -> None:
    if certificate.server_until is not None:
        say(
            "the server's log and its own backups may hold it until"
            f" {whole_date(certificate.server_until)}"
        )
        if session.current.district.server_backups is None:
            say(
                "district.toml does not say how long those are kept, and a year is assumed:"
                ' server = { backups = "35d" }'
            )


def _kept_by_the_server() -> str | None:
    """Return how long the place of the vault keeps copies of its own, if it makes any."""
    if not session.current.engine.is_served:
        return None
    return session.current.district.server_backups or retention.SERVER_BACKUPS
