"""What is typed: its noun and verb, loaded so that a command pays for nothing else.

What may be typed first stands in the catalogue. A noun's module is imported when it is
called; of its verbs only the one that runs is built.
"""

import os
from collections.abc import Sequence
from typing import Any

from reintegrate_cli import catalogue
from reintegrate_cli.catalogue import BY_NAME as NOUNS
from reintegrate_cli.core.loading import load
from reintegrate_cli.kept import session
from reintegrate_cli.line.plain import fill
from reintegrate_cli.line.verbs import REGISTRY, Verb


def verbs_of(noun: str) -> dict[str, Verb]:
    """Import a noun's module and give its verbs."""
    load(catalogue.verbs_of(noun))
    return REGISTRY[noun]


def plainly(args: Sequence[str]) -> tuple[Verb, dict[str, Any]] | None:
    """Read a plain line without loading the parser: its verb, and what is said to it.

    Nothing where there is more to it: an option before the noun, a question for help or from
    the TAB key, anything that is not known. The parser reads those, and says what is wrong.
    """
    if not args or args[0] not in NOUNS or os.environ.get("_REINTEGRATE_COMPLETE"):
        return None
    noun, *words = args
    verbs = verbs_of(noun)
    named = words and words[0] != noun and words[0] in verbs
    verb = verbs.get(words.pop(0) if named else noun)
    values = None if verb is None else fill(verb.parameters(), words)
    if verb is None or values is None:
        return None
    session.begin(None, None)
    return verb, values
