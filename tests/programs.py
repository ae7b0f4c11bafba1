"""The programs that tests run beside this one, and the Debian package of each.

``@pytest.mark.needs("strace")`` skips a test where the program is missing; with ``CI`` set that
is a failure. Run as a script, this prints the packages that are missing.
"""

import shutil

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
    "screen": "screen",
    "setpriv": "util-linux",
    "strace": "strace",
    "tmux": "tmux",
    "zsh": "zsh",
}


def missing(*programs: str) -> list[str]:
    """List the programs that are not installed, of those named or of all."""
    return [name for name in programs or PACKAGES if shutil.which(name) is None]


if __name__ == "__main__":
    print(*sorted({PACKAGES[name] for name in missing()}))  # noqa: T201
