"""``unlock`` and ``lock``: a key that rests between commands, and is forgotten at once."""

from reintegrate_cli.core.errors import Problem
from reintegrate_cli.core.records import Public, Value
from reintegrate_cli.kept import session, unlocking
from reintegrate_cli.keys import resting
from reintegrate_cli.line import output
from reintegrate_cli.line.output import say, show
from reintegrate_cli.line.verbs import verb


class Resting(Value, frozen=True, kw_only=True):
    """What ``lock`` and ``unlock`` answer a script: whether the key rests, and how long."""

    locked: Public[bool]
    idle_minutes: Public[int | None] = None
    """Minutes without a command until the key is forgotten; absent if it does not rest."""


@verb("unlock", "unlock")
def unlock() -> None:
    """Open the vault, and let its key rest for five idle minutes.

    Example: reintegrate unlock
    """
    header = session.current.engine.header()
    minutes = resting.IDLE_SECONDS // 60 if unlocking.rest(header, session.current.bundle) else None
    if minutes is not None:
        say(f"unlocked until {minutes} minutes pass without a command, or reintegrate lock")
    else:
        say("this machine cannot hold a key between commands; you open the vault each time")
    if output.current.as_json:
        show(Resting(locked=minutes is None, idle_minutes=minutes))


@verb("lock", "lock")
def lock() -> None:
    """Forget the key at once, and clear the screen and what scrolled off it.

    If the vault cannot be read, the keys of every vault are forgotten.

    Example: reintegrate lock
    """
    from reintegrate_cli.line import terminal

    unread: Problem | None = None
    try:
        resting.drop(session.current.engine.header().store_id)
    except Problem as problem:  # moved, damaged or on a disk that was taken out
        unread = problem
        resting.drop_all()
    left = terminal.clear()
    say("locked")
    if left:
        say(f"not cleared: {left}; close this window to be rid of it")
    if output.current.as_json:
        show(Resting(locked=True))
    if unread is not None:
        raise unread
