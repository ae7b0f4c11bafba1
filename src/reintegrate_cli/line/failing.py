"""How a command ends badly: what was raised becomes one sentence, without a value in it."""

import os
import sys
from pathlib import Path

from reintegrate_cli import PROGRAM, __version__
from reintegrate_cli.core.errors import Interrupted, NoVault, Problem, Settings
from reintegrate_cli.kept import engines, session
from reintegrate_cli.line import speech


def problem_of(fault: BaseException) -> Problem:
    """Return how a command ends; of a fault of the program, a crash report is written.

    Args:
        fault: what was raised.
    """
    if isinstance(fault, Problem):
        return fault
    if isinstance(fault, KeyboardInterrupt | EOFError):
        return Interrupted("interrupted; nothing is half saved")
    if isinstance(fault, speech.Unprinted):
        return _refused(fault, "the answer could not be printed")
    if isinstance(fault, OSError):
        return _refused(fault, "this machine refused what the command needs")
    return _crash(fault)


def misnamed(problem: NoVault) -> Problem:
    """Return the problem of a vault that is not there: a name that was given may be mistyped."""
    if session.current.vault:
        usual = _usual()
        return Settings(
            "there is no vault under the name that --vault gives",
            hint="check the name" + (f"; without --vault it is {usual}" if usual else ""),
        )
    if os.environ.get("REINTEGRATE_VAULT"):
        return Settings(
            "there is no vault under the name in REINTEGRATE_VAULT",
            hint="check the name; reintegrate init makes a vault there",
        )
    return problem


def _usual() -> str:
    """Return how the vault is named that a line without ``--vault`` is about."""
    try:
        return engines.named(None).name
    except Problem:
        return ""


def _refused(fault: OSError, what: str) -> Settings:
    """Return the problem of what this machine would not do, which is no fault of the program."""
    from reintegrate_cli.keys.disk import plain_reason, remedy

    if session.current.committed:
        return Settings(
            f"it was saved, but {what}", hint="look with a list command; do not enter it again"
        )
    return Settings(f"{what}: {plain_reason(fault)}", hint=remedy(fault))


def _crash(fault: BaseException) -> Problem:
    """Write a crash report without a single value in it, and say where it is."""
    import traceback

    from reintegrate_cli.core import cleaning

    frames = traceback.extract_tb(fault.__traceback__)
    python = sys.version.split()[0]
    lines = [f"{PROGRAM} {__version__}", f"python {python}", type(fault).__name__]
    lines += [
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames
    ]
    try:
        report = _report(cleaning.clean("\n".join(lines)))
        where = f"what happened, without any names, is in {report}"
    except (OSError, Problem):
        where = f"it was {type(fault).__name__} in {lines[-1]}"
    saved = "your change was saved" if session.current.committed else "nothing was half saved"
    return Problem(f"this is a fault in reintegrate; {saved}", hint=where)


def _report(text: str) -> Path:
    from reintegrate_cli.kept import settings
    from reintegrate_cli.keys import disk

    report = settings.state_path() / "crash.txt"
    report.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A new file in the place of what is there: a link there leads to nobody's file.
    disk.written_beside(report, lambda to: disk.write_all(to, f"{text}\n".encode())).replace(report)
    return report
