"""The tables of a vault in a database, step by step: each format is made from the one before."""

from collections.abc import Sequence
from pathlib import Path

from reintegrate_cli.core.errors import NoVault, Settings, newer

STEPS: Sequence[str] = ("0001.sql", "0002.sql")
"""What leads to each format from the one before, in files that are never changed again."""

NAMED = "reintegrate"
"""What a connection calls itself, with the format that it knows after it."""


def latest() -> int:
    """Return the number of the present format."""
    return len(STEPS)


def files_from(format_: int) -> list[Path]:
    """Return the files with what leads from a format to the present one; from 0 for none yet."""
    here = Path(__file__).parent
    return [here / name for name in STEPS[format_:]]


def statements(format_: int) -> str:
    """Return what leads from a format to the present one."""
    return "\n".join(file.read_text("utf-8") for file in files_from(format_))


def no_vault() -> NoVault:
    """Return the problem of a database in which no vault was made yet."""
    return NoVault("there is no vault in this database yet", hint="reintegrate init makes one")


def check(format_: int) -> None:
    """Require that tables have the format that this program knows.

    Raises:
        Settings: a newer program made them, or they have to be brought up to date first.
    """
    if format_ > latest():
        raise newer()
    if format_ < latest():
        raise Settings(
            "the tables of this database are those of an older version",
            hint="reintegrate init brings them up to date, and leaves what is in them",
        )
