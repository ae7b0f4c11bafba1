"""The entry point: ``main`` is the one place where a command ends, well or badly.

Nothing but ``sys`` is imported before it is known what was asked: ``--version`` costs what
an empty program costs, and even ``typing`` would add a quarter to that.
"""

from __future__ import annotations

import sys

from reintegrate_cli import PROGRAM, __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn


def run() -> NoReturn:
    """Run the command of this process, and end the process.

    By then everything is written and every file is closed. Python would still spend a
    tenth of the whole on taking its own modules apart; and a process this short collects
    no garbage worth the stops.
    """
    import gc
    import os

    gc.set_threshold(100_000)
    if sys.argv[1:] != ["--version"]:
        from reintegrate_cli import startup

        startup.put_off("inspect", "ipaddress", "locale", "textwrap")
    try:
        code = main()
        _leave_nothing_typed(code)
    except KeyboardInterrupt:  # once more, after the command was told to end
        code = 130
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            pass  # of rows it was said; speech that nobody hears changes no outcome
    os._exit(code)


def _leave_nothing_typed(code: int) -> None:
    """Leave nothing to the shell that was typed for this command.

    What is typed ahead of a command that asks nothing, and ends well, is for the next one.
    """
    speech = sys.modules.get("reintegrate_cli.line.speech")
    asked = speech is not None and speech.current.asked
    if (asked or code) and sys.stdin is not None and sys.stdin.isatty():
        from reintegrate_cli.line import terminal

        terminal.forget_typed(asked=asked)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Args:
        argv: the arguments; those of the process where left out.
    """
    args = list(sys.argv[1:] if argv is None else argv)
    if args == ["--version"]:
        return _version()
    import os

    from reintegrate_cli import startup
    from reintegrate_cli.core.errors import Interrupted, Problem
    from reintegrate_cli.line import speech

    speech.reset()
    # An error is answered in JSON wherever ``--json`` stands, also on a line that cannot
    # be read otherwise.
    speech.current.as_json = "--json" in args
    try:
        startup.check_platform()
        if sys.stdout is None:  # closed by the caller: rows go nowhere
            sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
        code = _run(args)
        speech.flush_rows()
        return code
    except Problem as problem:
        speech.fail(problem)
        return problem.code
    except (KeyboardInterrupt, EOFError):
        speech.fail(Interrupted("interrupted; nothing is half saved"))
        return Interrupted.code
    except BrokenPipeError:
        speech.drop_stdout()
        return 0
    except speech.Unprinted as fault:
        speech.drop_stdout()
        return _refused(fault, "the answer could not be printed")
    except OSError as fault:
        return _refused(fault, "this machine refused what the command needs")
    except Exception as fault:  # noqa: BLE001 - the last resort, so that no value is printed
        return _crash(fault)
    finally:
        if keyboard := sys.modules.get("reintegrate_cli.line.keyboard"):
            keyboard.release()


def _version() -> int:
    try:
        if sys.stdout is not None:
            sys.stdout.write(f"{PROGRAM} {__version__}\n")
            sys.stdout.flush()
    except BrokenPipeError:
        pass
    except OSError as fault:
        return _refused(fault, "the answer could not be printed")
    return 0


def _run(args: list[str]) -> int:
    import os

    from reintegrate_cli.line import speech, typed

    if asked := os.environ.get("_REINTEGRATE_COMPLETE"):
        from reintegrate_cli.line import complete

        return complete.answer(asked, args)
    said = typed.read(args)
    if said is None:
        return 0
    verb, values = said
    try:
        verb.run(values)
    except BrokenPipeError:  # the reader went away before all was said
        speech.drop_stdout()
        return 1
    return 0


def _refused(fault: OSError, what: str) -> int:
    """Return the problem of what this machine would not do, which is no fault of the program."""
    from reintegrate_cli.core.errors import Settings
    from reintegrate_cli.kept import session
    from reintegrate_cli.keys.disk import plain_reason, remedy
    from reintegrate_cli.line import speech

    if session.current.committed:
        problem = Settings(
            f"it was saved, but {what}", hint="look with a list command; do not enter it again"
        )
    else:
        problem = Settings(f"{what}: {plain_reason(fault)}", hint=remedy(fault))
    speech.fail(problem)
    return Settings.code


def _crash(fault: Exception) -> int:
    """Write a crash report without a single value in it, and say where it is."""
    import traceback

    from reintegrate_cli.core import cleaning
    from reintegrate_cli.core.errors import Problem
    from reintegrate_cli.kept import session, settings
    from reintegrate_cli.keys import disk
    from reintegrate_cli.line import speech

    frames = traceback.extract_tb(fault.__traceback__)
    lines = [f"{PROGRAM} {__version__}", f"python {sys.version.split()[0]}", type(fault).__name__]
    lines += [
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames
    ]
    text = cleaning.clean("\n".join(lines)) + "\n"
    try:
        report = settings.state_path() / "crash.txt"
        report.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # A new file in the place of what is there: a link there leads to nobody's file.
        disk.written_beside(report, lambda to: disk.write_all(to, text.encode())).replace(report)
        where = f"what happened, without any names, is in {report}"
    except (OSError, Problem):
        where = f"it was {type(fault).__name__} in {lines[-1]}"
    saved = "your change was saved" if session.current.committed else "nothing was half saved"
    speech.fail(Problem(f"this is a fault in reintegrate; {saved}", hint=where))
    return Problem.code
