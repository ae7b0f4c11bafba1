"""How the server of a vault stands, in sentences for ``doctor``."""

from typing import NamedTuple

from reintegrate_cli.core.records import counted
from reintegrate_cli.keys.engine import Notice
from reintegrate_cli.server.address import is_local
from reintegrate_cli.server.answers import one
from reintegrate_cli.server.sending import LONG
from reintegrate_cli.server.sheets import Query
from reintegrate_cli.server.transaction import Transaction
from reintegrate_cli.server.tray import lying_in
from reintegrate_cli.server.wire import Standing

_MAY = {
    "specialist": "reads and writes all of it",
    "school": "reads the cases of one school, and leaves changes to them",
    "reader": "reads all of it",
    "auditor": "reads the history alone",
    "cron": "reads what is due, and notes the mail",
}
_LATE = 60
"""Seconds that a standby may be behind before somebody ought to look at it."""


_AUDITS = ("specialist", "auditor")
_MANY = 1_000_000
"""Entries of who looked at what, of which it takes long to list them."""


class _Looks(NamedTuple):
    how_many: int
    since: str | None


class _Login(NamedTuple):
    name: str
    seat: str
    is_superuser: bool


def notices(transaction: Transaction) -> list[Notice]:
    """List how the server, the way to it and the login stand."""
    statement = (
        "SELECT session_user::text, reintegrate.my_seat(), rolsuper FROM pg_roles"
        " WHERE rolname = session_user"
    )
    login = one(_Login, transaction.query(statement))
    standing = transaction.wire.standing()
    found = [_server(standing), _followers(standing), _connection(standing), _seat(login)]
    if login.seat in ("specialist", "reader", "school"):
        found.append(_tray(transaction.query))
    if login.seat in _AUDITS:
        found.append(_looks(transaction))
    return found


def _server(standing: Standing) -> Notice:
    major, minor = divmod(standing.version, 10_000)
    where = "this machine" if is_local(standing.host) else standing.host
    found = f"PostgreSQL {major}.{minor} on {where}, port {standing.port}"
    if standing.is_standby:
        behind = f", {standing.behind:.0f} s behind" if standing.behind is not None else ""
        found += f": a copy that takes no writes{behind}"
        return Notice("server", "look", found, "name the host that takes writes in the URL, too")
    return Notice("server", "fine", found)


def _followers(standing: Standing) -> Notice:
    if standing.is_standby:
        return Notice("standby", "fine", "this host is one itself")
    if not standing.followers:
        found = "no other server follows this one: what is saved is on one machine alone"
        return Notice("standby", "look", found, "docs/scale.md: a standby that commits wait for")
    many = "1 server follows" if standing.followers == 1 else f"{standing.followers} servers follow"
    late = "" if standing.behind is None else f", at most {standing.behind:.0f} s behind"
    if standing.behind is not None and standing.behind > _LATE:
        remedy = "ask who keeps the server why it falls behind"
        return Notice("standby", "look", many + late, remedy)
    if not standing.synchronous:
        found = f"{many}{late}; no commit is seen to wait for one"
        remedy = "docs/scale.md: synchronous_standby_names; a login may not see it either"
        return Notice("standby", "look", found, remedy)
    return Notice("standby", "fine", f"{many}{late}; a commit waits for {standing.synchronous}")


def _connection(standing: Standing) -> Notice:
    if is_local(standing.host):
        return Notice("connection", "fine", "stays on this machine")
    if standing.is_encrypted:
        return Notice("connection", "fine", "encrypted, and the server's certificate was checked")
    return Notice("connection", "wrong", "not encrypted", "sslmode=verify-full in the URL")


def _tray(query: Query) -> Notice:
    """Say what was entered at schools and is not taken over, as far as the login may know."""
    refused = lying_in(query, refused=True)
    if refused:
        logins = ", ".join(sorted({one.login for one in refused}))
        found = f"{counted(len(refused), 'change')} left by {logins} could not be taken over"
        remedy = "ask them: it goes against a rule, or was not made with the key of their school"
        return Notice("tray", "look", found, remedy)
    waiting = lying_in(query)
    if not waiting:
        return Notice("tray", "fine", "nothing from a school waits to be taken over")
    since = min(one.on_time for one in waiting)
    found = f"{counted(len(waiting), 'change')} from schools waiting since {since[:10]}"
    them = "it" if len(waiting) == 1 else "them"
    return Notice("tray", "fine", f"{found}; the next change by a specialist takes {them} over")


def _seat(login: _Login) -> Notice:
    may = _MAY.get(login.seat, "nothing that is known here")
    found = f"{login.name} has the seat {login.seat}: {may}"
    if login.is_superuser:
        remedy = "a login of your own that has a seat, and no other right"
        return Notice("login", "look", f"{found}; it is a superuser of the server", remedy)
    return Notice("login", "fine", found)


def _looks(transaction: Transaction) -> Notice:
    """Say how much the server noted of who looked at what, and since when."""
    statement = (
        "SELECT how_many, to_char(oldest AT TIME ZONE 'UTC', 'YYYY-MM-DD') FROM reintegrate.looks()"
    )
    looks = one(_Looks, transaction.query(statement, seconds=LONG))
    if looks.since is None:
        return Notice("looked", "fine", "nobody has looked yet")
    found = f"{looks.how_many:,} notes of who looked at what, since {looks.since}"
    if looks.how_many > _MANY:
        remedy = 'district.toml: server = { looked = "3y" }; vault backup removes what is older'
        return Notice("looked", "look", found, remedy)
    return Notice("looked", "fine", found)
