"""The command line, assembled so that a command loads only what it uses.

``NOUNS`` is the one list of what may be typed first. A noun's module is imported when it is
called; of its verbs only the one that runs is built.
"""

import os
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from reintegrate_cli import session
from reintegrate_cli.commands.line import fill
from reintegrate_cli.commands.verbs import REGISTRY, Verb

NOUNS: dict[str, tuple[str, str]] = {
    "adjustment": ("adjustment", "Less work for a while: until when, and what a teacher is told."),
    "agenda": ("agenda", "What is overdue and what comes, by week, day or days."),
    "attendance": ("attendance", "What those notice who see absences first."),
    "care": ("care", "A case's care team, and whether family may be contacted."),
    "case": ("case", "Cases: open, show, pause, close, reopen."),
    "checkin": ("checkin", "Check-ins: what was chosen, what happened, what is due."),
    "conference": ("conference", "Meetings of agencies, and what each may hear of whom."),
    "connection": ("connection", "Adults, peers and activities that hold a student."),
    "contact": ("contact", "How a student wants to be reached."),
    "credit": ("credit", "Interrupted schooling, credits, and what is still needed."),
    "demo": ("demo", "A throw-away fictional district to try things in."),
    "disclose": ("disclosure", "Tell a partner what a release allows, and log it."),
    "disclosure": ("disclosure", "The log of what was asked, told and refused."),
    "doctor": ("doctor", "What is wrong with this machine's set-up, and how to mend it."),
    "find": ("find", "Find where a word stands, without showing it."),
    "goal": ("goal", "What a student wants to reach, step by step, in their words."),
    "history": ("history", "Who did what, and who read which case."),
    "incident": ("incident", "What was seen, its review, and days out of school."),
    "init": ("init", "Make a vault."),
    "lock": ("lock", "Forget the key at once, and clear the screen."),
    "mou": ("mou", "Agreements with partners: what they say, and when they end."),
    "need": ("need", "What a student needs, who delivers it, and what nobody does."),
    "partner": ("partner", "Community partners."),
    "referral": ("referral", "Referrals to partners, until the student says that care is given."),
    "release": ("release", "Releases of information: who may be told what, until when."),
    "remind": ("remind", "Mail a count of what is overdue; made for cron."),
    "safety": ("safety", "A student's own plan to stay safe."),
    "schema": ("schema", "The JSON Schema of what a command reads with --from."),
    "setback": ("setback", "Setbacks: ordinary events, and what helped."),
    "staff": ("staff", "Staff of the district."),
    "task": ("task", "Plain tasks with a date."),
    "today": ("agenda", "What is overdue and due today."),
    "undo": ("history", "Take back your own last unit of work."),
    "unlock": ("lock", "Open the vault for five idle minutes."),
    "vault": ("vault", "The vault: its state, copies of it, and its keys."),
    "wish": ("wish", "What a student wants, in their words, and what became of it."),
}


def verbs_of(noun: str) -> dict[str, Verb]:
    """Import a noun's module and give its verbs."""
    import_module(f"reintegrate_cli.commands.{NOUNS[noun][0]}")
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
