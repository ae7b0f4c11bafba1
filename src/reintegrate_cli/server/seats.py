"""Who may do what on a server: the seats that logins have there."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from reintegrate_cli.catalogue import TABLES
from reintegrate_cli.core.errors import Missing, Usage
from reintegrate_cli.keys import Bundle
from reintegrate_cli.keys.header import Header
from reintegrate_cli.keys.rack import Look, Seat
from reintegrate_cli.server.answers import taken, value
from reintegrate_cli.server.moment import Moment
from reintegrate_cli.server.sending import LONG, call
from reintegrate_cli.server.sheets import Query, schools_of

_NAMES = {table.number: name for name, table in TABLES.items()}
_LOOKED = (
    "SELECT to_char(on_time AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI+00:00'), login::text,"
    " tabs, parts FROM reintegrate.audit('-infinity')"
)
_LOGIN = "SELECT 1 FROM pg_roles WHERE rolname = %s AND rolcanlogin"


class _Entry(NamedTuple):
    at: str
    login: str
    tabs: list[int]
    parts: list[bytes]


class ServerSeats:
    """The seats in one database; ``keys.rack`` says what each method does.

    Args:
        query: asks the server, in the transaction of a unit of work.
        moment: what the vault holds.
        bundle: a full bundle.
        header: its header, with the keys there are.
    """

    def __init__(self, query: Query, moment: Moment, bundle: Bundle, header: Header) -> None:
        self._query, self._moment, self._bundle, self._header = query, moment, bundle, header

    def all(self) -> Sequence[Seat]:
        self._bundle.demand_full("the seats")
        schools = schools_of(self._header.slots, self._bundle, self._header.store_id)
        codes = {school.scope: school.code for school in schools}
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

    def looked(self, cases: Sequence[str]) -> Sequence[Look]:
        named = {self._moment.seals.case(case): case for case in cases}
        minutes: dict[tuple[str, str], tuple[dict[str, None], dict[str, None]]] = {}
        for at, login, tabs, parts in taken(_Entry, self._query(_LOOKED, seconds=LONG)):
            looked_at, tables = minutes.setdefault((at, login), ({}, {}))
            looked_at |= dict.fromkeys(named[part] for part in parts if part in named)
            tables |= dict.fromkeys(_NAMES[tab] for tab in tabs if tab in _NAMES)
        return [
            Look(at, login, tuple(looked_at), tuple(tables))
            for (at, login), (looked_at, tables) in minutes.items()
        ]

    def forget_looks(self, before: datetime) -> int:
        asked = "SELECT reintegrate.looks_forgotten(%s::timestamptz)"
        return value(int, self._query(asked, (before.isoformat(),), seconds=LONG))

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
