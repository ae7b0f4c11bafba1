"""Which hosts the URL of a vault names, and how each of them has to prove who it is.

No sentence here repeats anything of the URL: somebody may have put a password in it.
"""

import re
from collections.abc import Mapping

from reintegrate_cli.core.errors import Settings, Usage, raise_first
from reintegrate_cli.server import schema

SHAPE = "postgresql://USER@HOST/DATABASE"
OPTIONS = frozenset(
    {
        # where,
        "host",
        "hostaddr",
        "port",
        "dbname",
        "service",
        # who,
        "user",
        "passfile",
        "krbsrvname",
        "require_auth",
        "channel_binding",
        # and how the other side proves itself, or this one does.
        "sslmode",
        "sslrootcert",
        "sslcert",
        "sslkey",
        "sslcrl",
        "sslcrldir",
        # The program looks for the host that takes writes by itself; a URL may say it, too.
        "target_session_attrs",
    }
)
"""What a URL may say; all else is the program's own to set."""

_SECRETS = ("password", "sslpassword")
_LISTS = ("host", "hostaddr", "port")
_LOOPBACK = re.compile(r"127(\.\d{1,3}){3}|::1")
# Whatever PGOPTIONS and its like say: no setting of a session lasts beyond a transaction.
_OURS = {
    # The format tells an administrator, and a change of it, which version is connected.
    "application_name": f"{schema.NAMED} {schema.latest()}",
    "client_encoding": "UTF8",
    "gssencmode": "disable",
    "options": "",
}

_NUMBERS = re.compile(r"[\d,]*")

Host = dict[str, str]
"""The options with which one host is tried."""


def hosts_of(
    options: Mapping[str, str], environment: Mapping[str, str], *, takes_writes: bool
) -> list[Host]:
    """Return what each host of a URL is tried with, in its order.

    Args:
        options: what the URL says.
        environment: what libpq adds where the URL says nothing.
        takes_writes: whether it has to be one that takes writes.

    Raises:
        Usage: there is a password in the URL, or an option that a vault's URL does not have.
        Settings: it asks for less than a checked certificate, of a host that is another machine.
    """
    raise_first(
        (
            any(name in options for name in _SECRETS),
            Usage(
                "a password does not belong in the URL of a vault",
                hint="change it, since it was on a command line; then put it in ~/.pgpass",
            ),
        ),
        (
            bool(options.keys() - OPTIONS),
            Usage(
                "the URL of the vault has an option that the program sets itself",
                hint=f"name the place alone, as in {SHAPE}",
            ),
        ),
    )
    # What libpq takes for a port, or a name, may be the half of a password with a slash in it.
    if not _NUMBERS.fullmatch(options.get("port", "")) or set("@/") & set(
        options.get("dbname", "")
    ):
        raise unreadable()
    common = {**options, **_OURS, **_proof(options, environment)}
    common["target_session_attrs"] = "read-write" if takes_writes else "any"
    return [{**common, **one} for one in _each(options)]


def with_login(url: str, login: str) -> str:
    """Return a URL for another login of the same database."""
    from urllib.parse import parse_qsl, quote, urlencode, urlsplit

    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    options = [(name, value) for name, value in parse_qsl(parts.query) if name != "user"]
    query = urlencode(options, quote_via=quote)
    return parts._replace(netloc=f"{quote(login, safe='')}@{host}", query=query).geturl()


def unreadable() -> Usage:
    """Return the problem of a URL that is none."""
    return Usage("the URL of the vault cannot be read", hint=f"it looks like {SHAPE}")


def _proof(options: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """Return how the hosts prove who they are: with a certificate that is checked."""
    if _are_local(options, environment):
        return {}
    if options.get("sslmode", "verify-full") != "verify-full":
        raise Settings(
            "the certificate of a database on another machine is always checked",
            hint="leave sslmode out of the URL; sslrootcert may name the authority",
        )
    return {"sslmode": "verify-full"}


def _are_local(options: Mapping[str, str], environment: Mapping[str, str]) -> bool:
    """Return whether every host is this machine for certain."""
    if "service" in options or environment.get("PGSERVICE"):
        return False  # what the service's file says is libpq's to read
    names = options.get("host") or environment.get("PGHOST", "")
    addresses = options.get("hostaddr") or environment.get("PGHOSTADDR", "")
    return all(map(is_local, [*names.split(","), *addresses.split(",")]))


def is_local(host: str) -> bool:
    # Empty is the socket in its usual place, and so is no address.
    return not host or host[0] in "/@" or host == "localhost" or bool(_LOOPBACK.fullmatch(host))


def _each(options: Mapping[str, str]) -> list[Host]:
    """Return the part of the options that differs, for each host; libpq would try them in turn.

    It has a deadline for each only where it blocks, so that Ctrl-C would have to wait for it.

    Raises:
        Usage: there are not as many ports or addresses as hosts.
    """
    lists = {name: options[name].split(",") for name in _LISTS if options.get(name)}
    count = max((len(lists[name]) for name in lists if name != "port"), default=1)
    if any(
        len(values) not in (count, *([1] if name == "port" else []))
        for name, values in lists.items()
    ):
        raise Usage(
            "the URL of the vault has not as many ports or addresses as hosts",
            hint="one port for all of them, or one for each",
        )
    return [
        {name: values[at % len(values)] for name, values in lists.items()} for at in range(count)
    ]
