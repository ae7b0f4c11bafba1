"""What a person looked at where this machine cannot tell, such as whether its disk is encrypted.

It is true of one machine, so it is kept in this account's state folder and not in the vault or in
``district.toml``, which travel. It is asked again after a year.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from reintegrate_cli.core.errors import Settings
from reintegrate_cli.kept import settings
from reintegrate_cli.keys import private
from reintegrate_cli.keys.disk import plain_reason, remedy, sync_folder, write_all, written_beside

THINGS = ("disk", "keychain", "mail", "swap")
HOLDS = timedelta(days=365)


def days(today: date) -> Mapping[str, date]:
    """Return what was looked at within the last year, each with its day."""
    try:
        text = private.read_private(_file(), "what was looked at")
    except Settings:
        return {}
    found = {}
    for line in text.splitlines():
        thing, _, day = line.partition(" ")
        try:
            on = date.fromisoformat(day)
        except ValueError:
            continue
        if thing in THINGS and today - HOLDS < on <= today:
            found[thing] = on
    return found


def remember(thing: str, today: date) -> None:
    """Keep that somebody looked at a thing today.

    Raises:
        Settings: this account has no home, or the disk does not take it.
    """
    file = _file()
    known = {**days(today), thing: today}
    text = "".join(f"{one} {on.isoformat()}\n" for one, on in sorted(known.items()))
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        written_beside(file, lambda to: write_all(to, text.encode())).replace(file)
        sync_folder(file.parent)
    except OSError as error:
        raise Settings(
            f"it could not be remembered: {plain_reason(error)}", hint=remedy(error)
        ) from None


def _file() -> Path:
    return settings.state_path() / "looked-at"
