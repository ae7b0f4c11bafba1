"""A kinder word, suggested once for whatever narrative a command reads (H1, C10).

It is loaded where something was written, and nowhere else. On a terminal it offers to type the
text again; off a terminal it says what might be said instead, and goes on.
"""

import json
from pathlib import Path
from typing import Any, TypeVar

from reintegrate_cli.core import language
from reintegrate_cli.core.hints import VERBATIM
from reintegrate_cli.core.language import Words
from reintegrate_cli.core.lean import replace
from reintegrate_cli.kept import session
from reintegrate_cli.line import forms as inputs
from reintegrate_cli.line import output, reading
from reintegrate_cli.line.forms import Input

F = TypeVar("F")


def offered(form: F, *, asking: bool, past: set[str]) -> F:
    """Suggest kinder words for what a form was filled with.

    Args:
        form: the form; somebody's exact words in it are left alone.
        asking: whether a person is there to type a text again.
        past: the texts that were told of already, to which these are added.

    Returns:
        The form, with what was typed again in the place of what stood there.
    """
    filled: Any = form
    words = language.amended(_shipped(), session.current.district.language)
    own = {item.name: item for item in inputs.inputs_of(type(form))}
    for item, text in list(inputs.prose(form)):
        if text in past:
            continue
        told = _told(item, text, words)
        if asking and own.get(item.name) is item and not output.current.as_json:
            typed = text
            while told and output.confirm("change it"):
                typed = reading.text(output.ask(item.help, several=True, text=typed)) or typed
                told = _told(item, typed, words)
            past.add(typed)
            if typed != text:
                filled = replace(filled, **{item.name: typed})
    return filled  # type: ignore[no-any-return]


def _told(item: Input, text: str, words: Words) -> bool:
    """Return what might be said instead; only words of the list are named."""
    found = language.suggestions(text, words, verbatim=VERBATIM in item.hints)
    for one in found:
        word = "a word that judges" if one.word in words.unsaid else f'"{one.word}"'
        output.say(f"instead of {word}, perhaps: {one.instead}")
    status = language.tells_status(text, words)
    if status:
        output.say(
            "immigration status is not kept here: keep the kind of a paper and the day it "
            "expires, and no number of it"
        )
    return bool(found) or status


def _shipped() -> Words:
    """Read the list that comes with the program."""
    path = Path(language.__file__).with_name("language.json")
    said = json.loads(path.read_text(encoding="utf-8"))
    return Words(said["kinder"], tuple(said["unkept"]), tuple(said["unsaid"]))
