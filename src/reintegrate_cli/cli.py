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

    from reintegrate_cli.core.errors import Problem


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
    from reintegrate_cli.core.errors import Problem
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
        return _failed(problem)
    except BrokenPipeError:
        speech.drop_stdout()
        return 0
    except (Exception, KeyboardInterrupt) as fault:  # noqa: BLE001 - the last resort
        from reintegrate_cli.line import failing

        if isinstance(fault, speech.Unprinted):
            speech.drop_stdout()
        return _failed(failing.problem_of(fault))
    finally:
        if keyboard := sys.modules.get("reintegrate_cli.line.keyboard"):
            keyboard.release()


def _failed(problem: Problem) -> int:
    from reintegrate_cli.core.errors import NoVault
    from reintegrate_cli.line import speech

    if isinstance(problem, NoVault):
        from reintegrate_cli.line import failing

        problem = failing.misnamed(problem)
    speech.fail(problem)
    return problem.code


def _version() -> int:
    try:
        if sys.stdout is not None:
            sys.stdout.write(f"{PROGRAM} {__version__}\n")
            sys.stdout.flush()
    except BrokenPipeError:
        pass
    except OSError as fault:
        from reintegrate_cli.line import failing, speech

        unprinted = failing.problem_of(speech.Unprinted(fault.errno, fault.strerror))
        speech.fail(unprinted)
        return unprinted.code
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
