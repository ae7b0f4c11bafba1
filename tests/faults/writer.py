"""A writer of test_failover: one thing after another, and of each on a line what became of it.

    python writer.py rows URL NUMBER     # of a small table, by the connection alone
    python writer.py cases URL NUMBER    # by the command, as a person would

``+ NAME`` was acknowledged, of ``? NAME`` nobody can say, and of ``- NAME`` it was said that
nothing was saved. It ends when its standard input does.
"""

import contextlib
import io
import json
import select
import sys
import time
from collections.abc import Callable

from reintegrate_cli.cli import main as command
from reintegrate_cli.core.errors import Problem, Unconfirmed
from reintegrate_cli.server.wire import Wire

ADD = ("case", "add", "--school", "Ridgeline", "--setting", "home", "--json")


def rows(url: str, writer: str) -> Callable[[int], tuple[str, str]]:
    """Return what writes a row, while it holds a lock as a command does."""
    wire = Wire(url)

    def write(number: int) -> tuple[str, str]:
        name = f"{writer}.{number}"
        try:
            wire.begin(write=True)
            wire.query("SELECT FROM public.vault FOR UPDATE")
            wire.query("INSERT INTO public.written VALUES (%s)", (name,))
            wire.commit("H1")
        except Unconfirmed:
            return "?", name
        except Problem:
            return "-", name
        finally:
            wire.rollback()
        return "+", name

    return write


def cases(url: str, _: str) -> Callable[[int], tuple[str, str]]:
    """Return what opens a case; its name is its ref, or else the sentence of the refusal."""

    def write(_: int) -> tuple[str, str]:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = command(["--vault", url, *ADD])
        if code == 0:
            return "+", json.loads(out.getvalue())["ref"]
        error = json.loads(err.getvalue())["error"]
        in_doubt = code == 6 and "it is not known whether it was saved, as H" in error["message"]
        return "?" if in_doubt else "-", f"{code}: {error['message']}"

    return write


def main() -> None:
    """Write until nobody listens."""
    kinds = {"rows": rows, "cases": cases}
    write, number = kinds[sys.argv[1]](*sys.argv[2:]), 0
    while not select.select([sys.stdin], [], [], 0)[0]:
        number += 1
        became, name = write(number)
        print(became, name, flush=True)  # noqa: T201
        if became != "+":
            time.sleep(0.05)


if __name__ == "__main__":
    main()
