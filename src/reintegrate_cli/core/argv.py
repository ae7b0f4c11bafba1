"""What may be typed on a line: one word at a time, and never names or notes."""

import re

from reintegrate_cli.core.errors import Refused

WORD = re.compile(r"[A-Za-z0-9._/-]{1,40}")


def free_text() -> Refused:
    """Return the refusal of names and notes on the command line (rule ``argv``)."""
    return Refused(
        "names and notes are not typed on the command line, where others can read them",
        rule="argv",
        hint="leave it out and answer the prompt,"
        " or give --from FILE (--from - reads standard input)",
    )
