"""Making a vault in a database, and the roles and tables that it needs."""

import hashlib
import os
from collections.abc import Sequence
from shlex import quote

from reintegrate_cli.catalogue import SCHEMA
from reintegrate_cli.core.errors import Settings, newer
from reintegrate_cli.keys import Bundle, Signer, Slot
from reintegrate_cli.keys.header import Header, encode_header
from reintegrate_cli.server import schema
from reintegrate_cli.server.answers import Opening, one, value
from reintegrate_cli.server.heads import Top, seal_top
from reintegrate_cli.server.sealing import Seals
from reintegrate_cli.server.wire import Wire


def renewed(url: str) -> bool:
    """Bring the tables of a database to the present format; return whether they were of another.

    It takes an administrator, who needs no seat for it: what is in the vault is not looked at.

    Raises:
        Settings: a newer program made them, an older one is connected, or somebody else, who is
            an administrator, has to run something.
    """
    wire = Wire(url)
    try:
        wire.begin(write=True)
        format_ = _format(wire)
        if format_ > schema.latest():
            raise newer()
        is_older = 0 < format_ < schema.latest()
        if is_older:
            _renew(wire, format_)
        wire.commit("")
    finally:
        wire.close()
    return is_older


def check_place(url: str) -> None:
    """Check that a vault could be made in a database, whose tables are of the present format.

    Raises:
        Settings: there is one already, or an administrator has to run something first.
    """
    wire = Wire(url)
    try:
        wire.begin(write=True)
        format_ = _format(wire)
        if format_ and one(Opening, wire.query("SELECT * FROM reintegrate.opening()")).header:
            wire.commit("")
            raise Settings(
                "there is a vault in this database already",
                hint="reintegrate vault key add, typed by somebody who opens it, makes you a key;"
                " a new vault takes a database of its own",
            )
        if not format_ and not _may_prepare(wire):
            raise _to_be_run(wire, 0)
        wire.commit("")
    finally:
        wire.close()


def _format(wire: Wire) -> int:
    """Return the format of the tables in a database; 0 if there are none."""
    has_tables = value(bool, wire.query("SELECT to_regnamespace('reintegrate') IS NOT NULL"))
    return value(int, wire.query("SELECT reintegrate.format()")) if has_tables else 0


def _renew(wire: Wire, format_: int) -> None:
    """Bring the tables of a database to the present format, with nobody in the way.

    Raises:
        Settings: an older program is connected, or an administrator has to run it.
    """
    names = [f"{schema.NAMED} {number}" for number in range(1, schema.latest())]
    statement = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND application_name = ANY (%s)"
        # Who is not in the middle of something is told when they go on. A pool keeps a connection
        # that has the name of the last who had it, long after they left.
        " AND state IS DISTINCT FROM 'idle'"
    )
    if value(int, wire.query(statement, (names,))):
        raise Settings(
            "an older version of reintegrate is connected to this database",
            hint="upgrade it on every machine, then reintegrate init again",
        )
    if not _may_prepare(wire):
        raise _to_be_run(wire, format_)
    wire.query(schema.statements(format_))


def _to_be_run(wire: Wire, format_: int) -> Settings:
    """Return the problem of tables that only an administrator may make, with what they run."""
    ((login, database),) = wire.query("SELECT session_user, current_database()")
    files = " ".join(f"-f {quote(str(file))}" for file in schema.files_from(format_))
    what = "bring this database up to date" if format_ else "prepare this database first"
    return Settings(
        f"an administrator of the server has to {what}",
        hint=f"they run: PGOPTIONS={quote(f'-c reintegrate.login={login}')} psql -1"
        f" -v ON_ERROR_STOP=1 {files} -d {quote(database)}",
    )


def prepare(url: str) -> None:
    """Make the tables of a vault in a database, if they are not there yet.

    Raises:
        Settings: an administrator has to.
    """
    wire = Wire(url)
    try:
        wire.begin(write=True)
        if not _format(wire):
            if not _may_prepare(wire):
                raise _to_be_run(wire, 0)
            wire.query(schema.statements(0))
        wire.commit("")
    finally:
        wire.close()


def _may_prepare(wire: Wire) -> bool:
    """Return whether a login may make the roles, and hand them on.

    Since PostgreSQL 16 who may make roles is master of those alone that they made.
    """
    ((may,),) = wire.query(
        "SELECT has_database_privilege(current_database(), 'CREATE') AND (rolsuper OR"
        " rolcreaterole AND (current_setting('server_version_num')::int < 160000 OR NOT EXISTS"
        " (SELECT FROM pg_roles r WHERE r.rolname IN ('reintegrate_owner', 'reintegrate_member')"
        " AND NOT pg_has_role(session_user, r.oid, 'MEMBER WITH ADMIN OPTION'))))"
        " FROM pg_roles WHERE rolname = session_user"
    )
    return bool(may)


def found(url: str, bundle: Bundle, slots: Sequence[Slot], store_id: str, signer: Signer) -> None:
    """Make a new, empty vault in a database, with its tables if they are not there yet.

    Raises:
        Locked: the bundle is not a full one.
        Settings: it may not be made.
    """
    bundle.demand_full("the vault")
    header = Header(
        store_id=store_id,
        epoch=1,
        salt=os.urandom(16).hex(),
        schema=SCHEMA,
        slots=tuple(slots),
        signer=signer.sealed(bundle, store_id),
    )
    start = encode_header(header)
    seals = Seals(bundle, store_id, header.salt)
    top = seal_top(seals, Top(0, hashlib.sha256(start).hexdigest(), shares=True), signer)
    wire = Wire(url)
    try:
        wire.begin(write=True)
        if not _format(wire):
            wire.query(schema.statements(0))
        wire.query("SELECT reintegrate.founded(%s, %s, %s)", (SCHEMA, start, top))
        wire.commit("")
    finally:
        wire.close()
