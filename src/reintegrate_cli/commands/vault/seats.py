"""Who may do what on the server that holds a vault: the seats of its logins."""

from typing import TYPE_CHECKING, Annotated

from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.records import Public, Value, free_text
from reintegrate_cli.kept import session
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.plain import Argument, Option
from reintegrate_cli.line.verbs import verb

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store
    from reintegrate_cli.keys.rack import Seats

SEATS = ("specialist", "school", "reader", "auditor", "cron")


class SeatRow(Value, frozen=True, kw_only=True):
    """What a login of the server may do there."""

    login: Public[str]
    seat: Public[str]
    school: Public[str | None]


COLUMNS = (
    Column("login", lambda row: row.login),
    Column("seat", lambda row: row.seat),
    Column("school", lambda row: row.school or ""),
)


@verb("vault", "seat", is_list=True)
def seat(
    action: Annotated[str, Argument(metavar="list|give|take", help="What to do.")] = "list",
    login: Annotated[str | None, Argument(metavar="LOGIN", help="A login of the server.")] = None,
    as_: Annotated[
        str | None,
        Option("--as", metavar="SEAT", help="Give specialist, school, reader, auditor or cron."),
    ] = None,
    school: Annotated[
        str | None, Option("--school", metavar="CODE", help="Whose cases a school's seat is for.")
    ] = None,
) -> None:
    """List who may do what in a database, give a login its seat, or take it away.

    An administrator of the server makes logins; a seat says what one may ask for, and a key
    what it can open: somebody needs both.

    Example: reintegrate vault seat give r_7c1f --as reader
    """
    if action not in ("list", "give", "take"):
        raise Usage("vault seat takes list, give or take", hint="reintegrate vault seat --help")
    if login is not None and (action == "list" or not _is_login(login)):
        raise free_text()
    if action == "list":
        with session.reading() as store:
            _show(store)
        return
    if login is None:
        raise Usage("missing: LOGIN", hint="a login of the server", fields=["login"])
    if action == "give":
        _check_seat(as_, school)
    with session.writing() as store:
        seats = _seats(store)
        if action == "take":
            seats.take(login)
        elif as_ is not None:
            seats.give(login, as_, session.current.district.school(school) if school else None)
        store.touch("vault")
        store.touch(login)
    if action == "take":
        say(
            "that login may do nothing here now; a key that it has stays a key:"
            " reintegrate vault key list"
        )
    with session.reading() as store:
        _show(store)


def _is_login(text: str) -> bool:
    return len(text) <= 63 and all(sign.isalnum() or sign in "._-" for sign in text)


def _check_seat(as_: str | None, school: str | None) -> None:
    """Require a seat, and a school with that of a school alone.

    Raises:
        Usage: it is something else.
    """
    if as_ not in SEATS:
        raise Usage(
            "--as takes specialist, school, reader, auditor or cron",
            fields=["as"],
            hint="reintegrate vault seat --help",
        )
    if (as_ == "school") is (school is None):
        raise Usage(
            "--school goes with --as school, which needs one",
            fields=["school"],
            hint="--as school --school CODE",
        )


def _seats(store: "Store") -> "Seats":
    seats = store.rack.seats
    if seats is None:
        raise Usage(
            "a vault in a file has no seats: a key is all it takes to open it",
            hint="reintegrate vault key list shows the keys",
        )
    return seats


def _show(store: "Store") -> None:
    rows = [SeatRow(**each._asdict()) for each in _seats(store).all()]
    show(rows, COLUMNS, kind=SeatRow)
    if any(row.seat == "school" and row.school is None for row in rows):
        say(
            "a school that is not named here has no key of its own yet:"
            " reintegrate vault key add --school CODE --key-file FILE --for SLUG"
        )
