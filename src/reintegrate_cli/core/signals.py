"""Which signals end a command: all that would, but for those that nobody can answer."""

import signal
from functools import cache

_OTHERS = (
    # These cannot be caught,
    "SIGKILL",
    "SIGSTOP",
    # these end nothing,
    "SIGCHLD",
    "SIGCONT",
    "SIGURG",
    "SIGWINCH",
    "SIGINFO",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
)
# and after these the processor would only do the same thing again.
_FAULTS = ("SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGEMT")


@cache
def faults() -> frozenset[int]:
    """Return the signals of a fault in the machine's own code."""
    return frozenset(getattr(signal, name) for name in _FAULTS if hasattr(signal, name))


@cache
def ending() -> frozenset[int]:
    """Return the signals that end a command, and can be answered."""
    others = {getattr(signal, name) for name in _OTHERS if hasattr(signal, name)}
    return frozenset(signal.valid_signals()) - others - faults()


def raise_on_every() -> None:
    """Let every signal that would end the command unwind like Ctrl-C.

    What is on the screen is taken away then, a hidden prompt gives the echo back, and nothing is
    half saved. A signal that is ignored, as a hang-up is under nohup, stays so.
    """

    def stop(number: int, _frame: object) -> None:
        raise KeyboardInterrupt(number)  # Ctrl-C names none: after that a person can be asked

    for number in ending():
        if signal.getsignal(number) is signal.SIG_DFL:
            try:
                signal.signal(number, stop)
            except ValueError:
                return  # signals are the main thread's alone
