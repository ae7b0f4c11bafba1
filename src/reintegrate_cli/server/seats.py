"""Who may do what on a server: the seats that logins have there."""

from collections.abc import Sequence

from reintegrate_cli.core.errors import Missing, Usage
from reintegrate_cli.keys import Bundle
from reintegrate_cli.keys.header import Header
from reintegrate_cli.keys.rack import Seat
from reintegrate_cli.server.answers import taken
from reintegrate_cli.server.moment import Moment
from reintegrate_cli.server.sending import call
from reintegrate_cli.server.sheets import Query, schools_of

_LOGIN = "SELECT 1 FROM pg_roles WHERE rolname = %s AND rolcanlogin"


class ServerSeats:
    """The seats in one database; ``keys.rack`` says what each method does.

    Args:
        query: asks the server, in the transaction of a unit of work.
        moment: what the vault holds.
        bundle: a full bundle.
        header: its header, with the keys there are.
    """

    def __init__(self, query: Query, moment: Moment, bundle: Bundle, header: Header) -> None:
        self._query, self._moment = query, moment
        self._schools = schools_of(header.slots, bundle, header.store_id)

    def all(self) -> Sequence[Seat]:
        codes = {school.scope: school.code for school in self._schools}
        rows = self._query("SELECT login::text, seat::text, scope FROM reintegrate.seats()")
        return [
            Seat(login, seat, codes.get(scope))
            for login, seat, scope in taken(tuple[str, str, bytes], rows)
        ]

    def give(self, login: str, seat: str, school: str | None) -> None:
        self._check(login)
        if not self._query(_LOGIN, (login,)):
            raise Missing(
                "the server has no such login",
                hint="an administrator of the server makes one: CREATE ROLE ... LOGIN",
            )
        scope = self._moment.seals.school(school) if school else b""
        call(self._query, "seated(%s::name, %s, %s)", login, seat, scope)

    def take(self, login: str) -> None:
        self._check(login)
        if login not in {seat.login for seat in self.all()}:
            raise Missing("that login has no seat", hint="reintegrate vault seat lists them")
        call(self._query, "unseated(%s::name)", login)

    def _check(self, login: str) -> None:
        if self._query("SELECT 1 WHERE session_user = %s", (login,)):
            raise Usage(
                "that is your own login; somebody always has to be able to give seats",
                hint="another specialist can change yours",
                fields=["login"],
            )
