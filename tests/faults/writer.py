"""A writer of test_failover: one row after another, and of each on a line what became of it.

    python writer.py URL NUMBER

``+ N`` is a row that was acknowledged, ``? N`` one of which nobody can say, ``- N`` one of which
it was said that nothing was saved. It ends with its standard input.
"""

import select
import sys
import time

from reintegrate_cli.core.errors import Problem, Unconfirmed
from reintegrate_cli.server.wire import Wire


def attempt(wire: Wire, writer: int, number: int) -> str:
    """Write one row, with the vault's lock held as a command holds it."""
    try:
        wire.begin(write=True)
        wire.query("SELECT FROM public.vault FOR UPDATE")
        wire.query("INSERT INTO public.written VALUES (%s, %s)", (writer, number))
        wire.commit(f"H{number}")
    except Unconfirmed:
        return "?"
    except Problem:
        return "-"
    finally:
        wire.rollback()
    return "+"


def main() -> None:
    """Write until nobody listens."""
    wire, writer, number = Wire(sys.argv[1]), int(sys.argv[2]), 0
    while not select.select([sys.stdin], [], [], 0)[0]:
        number += 1
        became = attempt(wire, writer, number)
        print(became, number, flush=True)  # noqa: T201
        if became != "+":
            time.sleep(0.05)
    wire.close()


if __name__ == "__main__":
    main()
