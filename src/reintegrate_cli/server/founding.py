"""Making a vault in a database, and the roles and tables that it needs."""

import hashlib
import os
from collections.abc import Sequence

from reintegrate_cli.catalogue import SCHEMA
from reintegrate_cli.core.errors import Settings
from reintegrate_cli.keys import Bundle, Signer, Slot
from reintegrate_cli.keys.header import Header, encode_header
from reintegrate_cli.server import schema
from reintegrate_cli.server.heads import Top, seal_top
from reintegrate_cli.server.sealing import Seals
from reintegrate_cli.server.wire import Wire


def no_vault() -> Settings:
    """Return the problem of a database in which no vault was made yet."""
    return Settings("there is no vault in this database yet", hint="reintegrate init makes one")


def check_place(url: str) -> None:
    """Check that a vault could be made in a database.

    Raises:
        Settings: there is one already, or an administrator has to prepare it first.
    """
    wire = Wire(url)
    try:
        wire.begin(write=False)
        ((has_tables,),) = wire.query("SELECT to_regnamespace('reintegrate') IS NOT NULL")
        if has_tables:
            ((_, _, header, *_),) = wire.query("SELECT * FROM reintegrate.opening()")
            if header is not None:
                raise Settings(
                    "there is a vault in this database already",
                    hint="name another database with --vault",
                )
        elif not _may_prepare(wire):
            raise Settings(
                "an administrator of the server has to prepare this database first",
                hint="docs/scale.md has what they run",
            )
    finally:
        wire.close()


def _may_prepare(wire: Wire) -> bool:
    ((may,),) = wire.query(
        "SELECT (rolsuper OR rolcreaterole) AND"
        " has_database_privilege(current_database(), 'CREATE')"
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
    top = seal_top(seals, Top(0, hashlib.sha256(start).hexdigest()))
    wire = Wire(url)
    try:
        wire.begin(write=True)
        ((has_tables,),) = wire.query("SELECT to_regnamespace('reintegrate') IS NOT NULL")
        if not has_tables:
            wire.query(schema.made())
        wire.query("SELECT reintegrate.founded(%s, %s, %s)", (SCHEMA, start, top))
        wire.commit("")
    finally:
        wire.close()
