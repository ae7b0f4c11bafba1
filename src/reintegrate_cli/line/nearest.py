"""What was meant by a name that there is not: by its letters, and by what the names mean."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from reintegrate_cli import PROGRAM
from reintegrate_cli.core.argv import free_text
from reintegrate_cli.core.errors import Problem, Usage
from reintegrate_cli.line.plain import Fault

if TYPE_CHECKING:
    from reintegrate_cli.line.verbs import Verb

ALSO = {
    "add": "new create make insert write",
    "agenda": "ahead upcoming",
    "close": "finish archive",
    "done": "finish complete completed met visited attended",
    "edit": "change update modify correct fix set",
    "end": "remove delete stop close cancel finish",
    "list": "ls all see view",
    "log": "add new record enter",
    "miss": "absent noshow skipped",
    "move": "postpone reschedule change",
    "note": "comment write",
    "outcome": "result answer settle",
    "renew": "extend prolong",
    "review": "check look revisit",
    "revoke": "withdraw remove delete cancel",
    "schedule": "add plan agree book appointment",
    "set": "add edit change",
    "show": "see view get print open display",
    "undo": "revert back",
}
"""What people type where they mean one of the verbs, of which there is one small set."""

_EMPTY = frozenset(
    [
        "about",
        "also",
        "and",
        "are",
        "date",
        "day",
        "each",
        "for",
        "from",
        "from",
        "has",
        "how",
        "its",
        "list",
        "may",
        "not",
        "one",
        "only",
        "out",
        "record",
        "than",
        "that",
        "the",
        "their",
        "them",
        "there",
        "this",
        "until",
        "what",
        "when",
        "where",
        "which",
        "who",
        "with",
    ]
)


def nearest(typed: str, names: Mapping[str, str]) -> list[str]:
    """Return the three names at most that somebody may have meant, the likeliest first.

    Args:
        typed: what was typed.
        names: the names that there are, each with what it means in words.
    """
    import difflib

    folded = typed.strip("-").lower().replace("_", "-")
    bare = {name.strip("-"): name for name in names}
    near = [bare[one] for one in difflib.get_close_matches(folded, bare, n=3, cutoff=0.7)]
    meant = sorted((at, name) for name in names if (at := _place(folded, names[name])) is not None)
    return list(dict.fromkeys([*near, *(name for _, name in meant)]))[:3]


def _place(typed: str, meaning: str) -> int | None:
    """Return where a text has a word with the root of another word, the earlier the better."""
    words = re.findall("[a-z]+", meaning.lower())
    root = _root(typed)
    if len(root) < 3 or typed in _EMPTY:
        return None
    return next((at for at, word in enumerate(words) if _root(word) == root), None)


def _root(word: str) -> str:
    """Return a word without the endings of its other forms."""
    return re.sub("(?:ings?|ed|es|s|e)$", "", word) if len(word) > 3 else word


def hint(typed: str, names: Mapping[str, str], path: str) -> str:
    """Return the hint that goes with a mistyped name."""
    near = nearest(typed, names)
    return f"did you mean {' or '.join(near)}" if near else f"{path} --help lists them"


def refusal(verb: "Verb", fault: Fault) -> Problem:
    """Return what is wrong with a verb's line, without echoing what was typed."""
    path = f"{PROGRAM} {verb.command}"
    if fault.missing is not None:
        name = fault.missing.said.metavar or fault.missing.name
        return Usage(f"missing: {name.upper()}", hint=f"{path} --help", fields=[fault.missing.name])
    key = fault.option.lstrip("-").replace("-", "_")
    if key in verb.unlisted_keys():
        refused = free_text()
        refused.fields = (key,)
        return refused
    names = {name: one.said.help for one in verb.parameters() for name in one.spellings}
    return Usage("no such option", hint=hint(fault.option, names, path))
