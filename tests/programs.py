"""The programs that tests run beside this one, and the Debian package of each.

``@pytest.mark.needs("strace")`` skips a test where the program is missing; with ``CI`` set that
is a failure. Run as a script, this prints the packages that are missing.
"""

import os
import shutil
from pathlib import Path

PACKAGES = {
    "age": "age",
    "bash": "bash",
    "chromium": "chromium",
    "dbus-run-session": "dbus",
    "faketime": "faketime",
    "fish": "fish",
    "gnome-keyring-daemon": "gnome-keyring",
    "groff": "groff-base",
    "hledger": "hledger",
    "mandoc": "mandoc",
    "pgbouncer": "pgbouncer",
    "postgres": "postgresql",
    "screen": "screen",
    "setpriv": "util-linux",
    "strace": "strace",
    "tmux": "tmux",
    "zsh": "zsh",
}


# What Debian has outside of everybody's PATH; of PostgreSQL, a folder for each version.
_ASIDE = ("/usr/lib/postgresql/*/bin", "/usr/sbin")


def path_of(name: str) -> str | None:
    """Return where a program is, of PostgreSQL the newest version's.

    What is in the folder that ``REINTEGRATE_TEST_POSTGRES`` names comes before, to try another one.
    """
    if (own := os.environ.get("REINTEGRATE_TEST_POSTGRES")) and Path(own, name).is_file():
        return str(Path(own, name))
    found = [path for folder in _ASIDE for path in Path("/").glob(f"{folder[1:]}/{name}")]
    return str(max(found, key=_version)) if found else shutil.which(name)


def _version(path: Path) -> int:
    return max((int(part) for part in path.parts if part.isdigit()), default=0)


def missing(*programs: str) -> list[str]:
    """List the programs that are not installed, of those named or of all."""
    return [name for name in programs or PACKAGES if path_of(name) is None]


if __name__ == "__main__":
    print(*sorted({PACKAGES[name] for name in missing()}))  # noqa: T201
