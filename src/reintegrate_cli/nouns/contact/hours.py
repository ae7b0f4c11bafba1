"""The hours in which somebody is safely reached, by the clock where they are."""

from datetime import datetime, tzinfo

from reintegrate_cli.core.errors import Usage
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.nouns.contact.record import SafeContact


def time_zone(name: str | None) -> tzinfo | None:
    """Return the student's zone; ``None``, for the district's, if none is named."""
    if not name:
        return None
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        # A missing zone is a KeyError, and an OSError where it is a folder.
        raise Usage(
            "time_zone is not a time zone",
            fields=["time_zone"],
            hint="for example America/New_York",
        ) from None


def local_time(contact: SafeContact) -> datetime:
    """Return the moment of this command as the student's clock shows it."""
    zone = time_zone(contact.time_zone)
    return session.current.moment.astimezone(zone) if zone else session.current.moment


def school_hours() -> tuple[str, str]:
    """Return the hours of a school day, which are assumed if no hours were said."""
    return session.current.district.school_hours


def ask_why() -> str:
    """Ask why somebody is reached outside of the hours that are safe."""
    why = "why it cannot wait, in a sentence the student may read"
    return output.ask(why, several=True, needed=True)
