"""Words that judge a student, and the kinder ones that say what was seen (H1, guidance clause 21).

A suggestion, never a block: the writer decides. Somebody's exact words are left as they were
said: fields for them are not looked at, nor is what stands between quotation marks (H2). Besides,
immigration status is not kept in this file at all (C10), not even in a quotation.

The list that comes with the program is data, in ``language.json``; a district changes it in
``district.toml``.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reintegrate_cli.core.comparing import folded
from reintegrate_cli.core.errors import Settings
from reintegrate_cli.core.lean import field, msgspec

_LONGEST = 60
_MOST = 500
# With a space only where the letter is a capital: "a 123..." is an article and a number.
_A_NUMBER = re.compile(
    r"\b(?:A\s?[-#]?\s?|a[-#]?)[0-9]{3}[- ]?[0-9]{3}[- ]?[0-9]{2,3}\b|\bA-numbers?\b"
)
_QUOTED = re.compile('"[^"]*"|\u201c[^\u201d]*\u201d')


class Words(msgspec.Struct, frozen=True):
    """What is looked for.

    ``kinder`` gives for a word what to say instead; ``unkept`` are words that tell immigration
    status.
    """

    kinder: Mapping[str, str]
    unkept: Sequence[str] = ()
    unsaid: Sequence[str] = ()
    """Of those in ``kinder``, what is not said back: no screen calls a student that."""


class Changes(msgspec.Struct, frozen=True):
    """What a district changes in the list: words of its own, and whether they take its place."""

    kinder: Mapping[str, str] = field(default_factory=dict)
    replace: bool = False


class Suggestion(msgspec.Struct, frozen=True):
    """One word of the list that was found, and what might be said instead."""

    word: str
    instead: str


def parse_changes(said: Any) -> Changes:
    """Read the key ``language`` of ``district.toml``.

    Raises:
        Settings: it is no table, has another key than ``words`` and ``replace``, or a word or
            what to say instead is no short text.
    """
    if not isinstance(said, dict) or said.keys() - {"words", "replace"}:
        raise _wrong("language takes a table with words and replace")
    words, replace = said.get("words", {}), said.get("replace", False)
    if not isinstance(replace, bool):
        raise _wrong("language.replace takes true or false")
    if not isinstance(words, dict) or len(words) > _MOST:
        raise _wrong(f"language.words takes a table of at most {_MOST} words")
    for word, instead in words.items():
        if not isinstance(instead, str) or max(len(word), len(instead)) > _LONGEST:
            raise _wrong(f"language.words takes texts of at most {_LONGEST} characters")
        if not word.strip() or not (word + instead).isprintable():
            raise _wrong("language.words has a word that nobody could type")
    return Changes({folded(word): words[word].strip() for word in words}, replace)


def _wrong(message: str) -> Settings:
    return Settings(
        f"district.toml: {message}",
        hint='for example language = { words = { "acting out" = "say what was seen" } }',
        fields=["language"],
    )


def amended(words: Words, changes: Changes | None) -> Words:
    """Return the list with what a district changes; a word with nothing to say instead goes."""
    if changes is None:
        return words
    kinder = dict(changes.kinder) if changes.replace else {**words.kinder, **changes.kinder}
    return Words(
        {word: instead for word, instead in kinder.items() if instead}, words.unkept, words.unsaid
    )


def suggestions(text: str, words: Words, *, verbatim: bool = False) -> list[Suggestion]:
    """List the words of the list that stand in a text, each once, in the order of the text.

    Args:
        text: what was written.
        words: the list.
        verbatim: whether these are somebody's exact words, which are left as they are.
    """
    if verbatim or not words.kinder:
        return []
    listed = {_folded(word): word for word in words.kinder}
    found = _pattern(words.kinder).findall(folded(_QUOTED.sub(" ", text)))
    named = dict.fromkeys(listed[_folded(one)] for one in found)
    return [Suggestion(word, words.kinder[word]) for word in named]


def tells_status(text: str, words: Words) -> bool:
    """Return whether a text tells somebody's immigration status, or an alien number (C10)."""
    if _A_NUMBER.search(folded(text, with_case=True)):
        return True
    return bool(words.unkept) and _pattern(words.unkept).search(folded(text)) is not None


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    # The longest first, so that "child prostitute" is one word and not the end of it alone.
    spelled = [_spelled(folded(word)) for word in sorted(words, key=len, reverse=True)]
    return re.compile(rf"(?<!\w)(?:{'|'.join(spelled)})(?!\w)")


def _spelled(word: str) -> str:
    """Spell a word so that ``non-compliant`` finds ``noncompliant`` and ``non compliant`` too."""
    parts = [re.escape(part) for part in word.split()]
    return r"[-\s]+".join(part.replace(r"\-", r"[-\s]?") for part in parts)


def _folded(word: str) -> str:
    return re.sub(r"[-\s]+", "", folded(word))
