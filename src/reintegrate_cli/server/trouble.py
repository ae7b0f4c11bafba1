"""What goes wrong between the program and a database, in the program's own words.

A server's messages hold values, names and parts of statements: none of them reaches the screen.
What it answered is told by its code (SQLSTATE), and a connection that did not come about, of
which libpq gives no code, by the wording of its message.
"""

import re

from reintegrate_cli.core.errors import (
    Busy,
    Damaged,
    Locked,
    NoVault,
    Problem,
    Settings,
    Unconfirmed,
)

NOTHING_SAVED = "nothing was saved"


class Strange(Damaged, RuntimeError):
    """The server answered what no statement of this program's is ever answered."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"the database answered with {what}",
            hint="change nothing; ask who keeps the server, and look at the last backup",
        )


class Conflict(Busy):
    """Somebody else changed the same thing first: the same work, done anew, may succeed."""


_AGAIN = "try again in a moment"
_BUSY = "try again in a moment; the database, or a pool before it, may be busy"
_ADMINISTRATOR = "the administrator of the database can help"

_ANSWERS: tuple[tuple[str, type[Problem], str, str], ...] = (
    # The beginning of the code, the class, the sentence, and the hint; the first that fits.
    ("55P03", Busy, "somebody else is writing to the vault", _AGAIN),
    ("40", Conflict, "somebody else changed the vault first", "try again"),
    ("23505", Conflict, "somebody else changed the vault first", "try again"),
    (
        "42501",
        Locked,
        "the seat of this login, if it has one, does not allow that",
        "reintegrate vault seat give LOGIN --as SEAT, typed by a specialist, gives another",
    ),
    ("3F000", NoVault, "there is no vault here yet", "reintegrate init"),
    ("42P01", NoVault, "there is no vault here yet", "reintegrate init"),
    ("25006", Settings, "this host of the database takes no writes now", _AGAIN),
    ("53100", Settings, "the disk of the database is full", _ADMINISTRATOR),
    ("53", Settings, "the database has no room for more work now", _AGAIN),
    (
        "RT001",  # our own (0002.sql)
        Busy,
        "too much from your school waits to be taken over",
        "the next change by somebody with a key that opens everything makes room",
    ),
    ("54000", Settings, "the database has no room for that", _ADMINISTRATOR),
    ("57014", Settings, "the database stopped the command", "try again"),
    ("57", Settings, "the connection to the database was lost", "try again"),
    ("08", Settings, "the connection to the database was lost", "try again"),
    ("25P03", Settings, "the connection to the database was lost", "try again"),
    ("0A000", Settings, "the database lacks something that a vault needs", _ADMINISTRATOR),
    ("XX001", Damaged, "the database cannot read what it stored", _ADMINISTRATOR),
    ("XX002", Damaged, "the database cannot read what it stored", _ADMINISTRATOR),
)
_NO_ANSWER = ("08", "57P", "25P03", "40003", "XX")
"""Codes after which a commit may have happened all the same."""

_UNREACHED = "the database cannot be reached"
_UNREACHED_HINT = "check the host and the port of its URL, and whether it runs"
_NOT_LET_IN = "the database does not let this user in"

_CONNECTING = tuple(
    (re.compile(wording, re.IGNORECASE), sentence, hint)
    for wording, sentence, hint in (
        (
            "service file|definition of service",
            "the service that the URL names is not known here",
            "look in ~/.pg_service.conf",
        ),
        (
            "root certificate file",
            "there is nothing to check the certificate of the database's host with",
            "put the authority's in ~/.postgresql/root.crt, or name it with sslrootcert",
        ),
        (
            "certificate verify failed|does not match host name|certificate.*could not be obtained",
            "the host of the database could not prove who it is",
            "name it as its certificate does, and the authority with sslrootcert",
        ),
        (
            "does not support SSL",
            "the database does not encrypt the connection",
            "its administrator has to turn TLS on",
        ),
        (
            "starting up|shutting down|in recovery mode|not (yet )?accepting",
            "the database is not ready",
            _AGAIN,
        ),
        (
            "session is read-only|hot standby mode",
            "no host of the database takes writes now",
            "try again when one of them does",
        ),
        (
            "too many (clients|connections)|connection slots|connections allowed",
            "the database has too many connections",
            _AGAIN,
        ),
        (
            "database .* does not exist|no such database",
            "there is no database of that name",
            "check the URL; the administrator of the database can make one",
        ),
        (
            "password|authenticat|pg_hba|role .* (does not exist|is not permitted)|no such user"
            "|permission denied|client certificate|private key",
            _NOT_LET_IN,
            "check the user in the URL, and the password in ~/.pgpass or the service file",
        ),
    )
)


def lost(*, is_writing: bool, seconds: float = 0) -> Settings:
    """Return the problem of a connection that ended before a commit was sent.

    Args:
        is_writing: whether something was to be saved.
        seconds: how long there was no answer, if that is why it was ended.
    """
    what = (
        f"the database did not answer for {seconds:.0f} seconds"
        if seconds
        else "the connection to the database was lost"
    )
    return Settings(
        f"{what}; {NOTHING_SAVED}" if is_writing else what, hint=_BUSY if seconds else "try again"
    )


def slow(seconds: float, *, is_writing: bool) -> Settings:
    """Return the problem of an answer that comes in drops.

    Args:
        seconds: how long it was waited for.
        is_writing: whether something was to be saved.
    """
    what = f"the database has not finished its answer within {seconds:.0f} seconds"
    return Settings(f"{what}; {NOTHING_SAVED}" if is_writing else what, hint=_BUSY)


def nameless(seconds: float) -> Settings:
    """Return the problem of a host whose address nobody tells.

    Args:
        seconds: how long it was waited for.
    """
    return Settings(
        f"the address of the database's host was not found within {seconds:.0f} seconds",
        hint="check the network, or name the address itself with hostaddr",
    )


def answered(code: str, *, is_writing: bool) -> Problem | None:
    """Return the problem of what a server answered, by its code; None where it is a fault of ours.

    Args:
        code: five letters and digits.
        is_writing: whether something was to be saved.
    """
    for beginning, kind, sentence, hint in _ANSWERS:
        if code.startswith(beginning):
            told = (
                f"{sentence}; {NOTHING_SAVED}"
                if is_writing and issubclass(kind, Settings)
                else sentence
            )
            return kind(told, hint=hint)
    return None


def is_refusal(code: str | None) -> bool:
    """Return whether a server said by this code, when it was told to commit, that it did not."""
    return bool(code) and not str(code).startswith(_NO_ANSWER)


def undone() -> Settings:
    """Return the problem of a commit that the server took for a rollback."""
    return Settings(f"the database refused a part of it; {NOTHING_SAVED}", hint="try again")


def unconfirmed(why: str, entry: str) -> Unconfirmed:
    """Return the problem that nobody can say whether something was saved.

    Args:
        why: what kept the answer away.
        entry: the id of the history's entry, if there is one.
    """
    where = "for it with reintegrate history" if entry else "with a list command"
    saved = f"saved, as {entry}" if entry else "saved"
    return Unconfirmed(
        f"{why}; it is not known whether it was {saved}", hint=f"look {where} before trying again"
    )


def unreached() -> Settings:
    """Return the problem of a host that does not answer."""
    return Settings(_UNREACHED, hint=_UNREACHED_HINT)


def silent(seconds: float) -> Settings:
    """Return the problem of a host that takes the call, and then says nothing.

    Args:
        seconds: how long it was waited for.
    """
    return Settings(
        f"the database was reached, and let nobody in for {seconds:.0f} seconds", hint=_BUSY
    )


def connecting(message: str) -> Settings:
    """Return the problem of a connection that did not come about.

    Args:
        message: what libpq said, or the server through it.
    """
    for wording, sentence, hint in _CONNECTING:
        if wording.search(message):
            return Settings(sentence, hint=hint)
    return unreached()


def worst(problems: list[Settings]) -> Settings:
    """Return the problem to tell of those of several hosts: of one that answered, if any did."""
    return next((one for one in problems if one.message != _UNREACHED), problems[0])
