"""One class for each way a command can end, with its kind and its exit code.

The message is one sentence: lower case, no full stop, and never a value that somebody
typed or stored. Refs, slugs, ids, option names and key names are the only echoes allowed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar


class Problem(Exception):
    """A command ends here; ``main`` turns it into a sentence, a hint and an exit code.

    Args:
        message: one sentence, lower case, without a full stop and without values.
        hint: what to try next, in the same voice; empty where there is nothing to try.
        rule: the id of the practice rule that refused, such as ``E1``; empty otherwise.
        fields: the names (never the values) of the fields that the problem is about.
    """

    kind: ClassVar[str] = "fault"
    code: ClassVar[int] = 1
    is_known: ClassVar[bool] = True
    """Whether it is known what was saved; where it is not, somebody has to look first."""

    def __init__(
        self, message: str, *, hint: str = "", rule: str = "", fields: Sequence[str] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.rule = rule
        self.fields = tuple(fields)


class Usage(Problem):
    """The line or its input is wrong or incomplete; nothing was written."""

    kind, code = "usage", 2


class Locked(Problem):
    """The vault is locked, or the key or passphrase is wrong."""

    kind, code = "locked", 3


class Refused(Problem):
    """A rule of practice says no; ``rule`` names it. Nothing was written."""

    kind, code = "refused", 4

    def __init__(
        self, message: str, *, rule: str, hint: str = "", fields: Sequence[str] = ()
    ) -> None:
        super().__init__(message, hint=hint, rule=rule, fields=fields)


class Missing(Problem):
    """There is no such record."""

    kind, code = "missing", 5


class Busy(Problem):
    """Somebody else held the vault for too long, or changed the record first."""

    kind, code = "busy", 6


class Damaged(Problem):
    """The vault, or a backup, does not verify. It is never written over."""

    kind, code = "damaged", 7


class Undelivered(Problem):
    """Mail could not be handed over; it is tried again at the next run."""

    kind, code = "undelivered", 8


class Settings(Problem):
    """The configuration, or this machine, lacks something that the command needs."""

    kind, code = "settings", 9


class NoVault(Settings):
    """Nothing is there under the name of the vault."""


class Unknown(Settings):
    """This machine cannot say whether it was saved: somebody has to look before they try again."""

    is_known = False


class Unconfirmed(Busy):
    """A database cannot say whether it was saved: somebody has to look before they try again."""

    is_known = False


class Interrupted(Problem):
    """The person, or the system, stopped the command; nothing is half saved."""

    kind, code = "interrupted", 130


def damaged() -> Damaged:
    """Return the problem of a vault that does not verify."""
    return Damaged(
        "the vault is damaged or was changed by something else; it was left as it is",
        hint="keep the file, and restore the last backup beside it",
    )


def newer() -> Settings:
    """Return the problem of a vault that a later version wrote."""
    return Settings(
        "the vault was written by a newer version of reintegrate",
        hint="upgrade reintegrate on this machine",
    )


def raise_first(*rules: tuple[object, Problem]) -> None:
    """Raise the problem of the first rule that is broken.

    Args:
        rules: of each, whether it is broken, and the problem.
    """
    for is_broken, problem in rules:
        if is_broken:
            raise problem
