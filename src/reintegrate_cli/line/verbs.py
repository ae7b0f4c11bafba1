"""How a verb is declared: a plain function whose form becomes options, prompts and keys.

::

    @verb("case", "note")
    def note(ref: RefArg, given: NewNote) -> None:
        \"\"\"Add a short factual note to a case.

        Example: reintegrate case note HX4T
        \"\"\"

The parameter ``given`` names a form of the noun. Its ``public`` and ``ref`` fields become
options; the others are prompts, or keys of ``--from``. A verb with a form also takes
``--from``, ``--no-input`` and ``--json``.
"""

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args

from reintegrate_cli.core.calendar import explain
from reintegrate_cli.core.errors import Interrupted, Usage
from reintegrate_cli.core.lean import Silent, msgspec
from reintegrate_cli.core.records import Path, check_case_ref, counted, is_form
from reintegrate_cli.kept import session
from reintegrate_cli.kept.settings import path_of
from reintegrate_cli.keys.disk import opened, plain_reason, remedy
from reintegrate_cli.line import forms as inputs
from reintegrate_cli.line import output, reading
from reintegrate_cli.line.narrowing import Filters as Filters
from reintegrate_cli.line.narrowing import case_of as case_of
from reintegrate_cli.line.narrowing import narrowed as narrowed
from reintegrate_cli.line.options import option_of
from reintegrate_cli.line.plain import Argument, Option, Parameter, arguments, declared
from reintegrate_cli.line.reading import Reading

if TYPE_CHECKING:
    from reintegrate_cli.core.slips import Left
    from reintegrate_cli.kept.store import Store
    from reintegrate_cli.nouns.wish.record import About

C = TypeVar("C", bound=Callable[..., object])
Spares = Callable[["Store", Mapping[str, Any]], bool]

LEFT_OUT = (None, "", (), "auto")
"""What a field holds where nothing was said."""

REGISTRY: dict[str, dict[str, "Verb"]] = {}

RefArg = Annotated[
    str, Argument(metavar="REF", help="The case's ref, such as HX4T.", finds="cases")
]
SlugArg = Annotated[str, Argument(metavar="SLUG", help="A short name of your choice.")]
StaffArg = Annotated[str, Argument(metavar="SLUG", help="The staff slug.", finds="staff")]
PartnerArg = Annotated[
    str, Argument(metavar="PARTNER", help="The partner's slug.", finds="partners")
]
IdArg = Annotated[str, Argument(metavar="ID", help="The record's id.", finds="id")]

_JSON = Parameter("as_json", bool, Option("--json", help="Print JSON."), default=False)
_CSV = Parameter("as_csv", bool, Option("--csv", help="Print CSV."), default=False)
_NO_INPUT = Parameter("no_input", bool, Option("--no-input", help="Ask nothing."), default=False)
_FROM = Parameter(
    "from_",
    str | None,
    Option("--from", metavar="FILE", help="Read the fields as one JSON object; - is stdin."),
)


class Verb(Silent, msgspec.Struct, dict=True, eq=False):
    """One verb of a noun: its function, its form, and how it becomes a command."""

    noun: str
    name: str
    function: Callable[..., Any]
    is_list: bool = False
    """Whether it prints rows, and so takes ``--csv``."""
    statuses: Sequence[str] = ()
    """Every status that a row of the list can have: what ``--status`` takes."""
    for_reviewer: bool = False
    """Whether a reviewer's key is enough for it."""
    about: "About | None" = None
    """What it changes, if a student may have a wish about that; such wishes are heeded (W1)."""
    fields_about: "Mapping[str, About]" = {}
    """The same, for fields of its form: what it changes where they are given."""
    spares: "Spares" = lambda _store, _called: False
    """Says that this time it changes nothing of that after all."""
    final: bool = False
    """Whether what it does reaches somebody else, so that it cannot be undone; of whole nouns
    the catalogue says so."""
    edits: Sequence[type] = ()
    """The records that it edits; what they may do without, it can clear."""
    stands_for: bool = False
    """Whether its function returns the line that is run in its place."""
    warns: "Callable[[Mapping[str, Any]], Iterable[str]] | None" = None
    """Yields what a person should know before it is kept; at a terminal they say whether to."""
    opens: str = ""
    """What is said before anything is asked."""
    then: Sequence[str] = ()
    """What is typed next, as a rule (see ``following``)."""

    @cached_property
    def forms(self) -> dict[str, type]:
        """The parameters that are forms."""
        found = {name: kind for name, kind, _, _ in declared(self.function) if is_form(kind)}
        if self.edits:
            from reintegrate_cli.line.clearing import clearing

            found["given"] = clearing(found["given"], self.edits)
        if self.heeds:
            from reintegrate_cli.line.despite import heeding

            found["given"] = heeding(found["given"])
        return found

    @property
    def heeds(self) -> bool:
        """Return whether it has a subject that a student may have a wish about."""
        return self.about is not None or bool(self.fields_about)

    @property
    def rehearses(self) -> bool:
        """Return whether it may be tried before the first question: it changes records alone.

        One that asks for a secret is not: what it finds without would tell whether there is one.
        """
        items = inputs.inputs_of(self.forms["given"])
        is_of_noun = self.function.__module__.startswith("reintegrate_cli.nouns.")
        files = any(item.type is Path for item in items)
        secrets = any(item.is_hidden and item.required for item in items)
        return is_of_noun and not (files or secrets or self.final)

    @property
    def is_read(self) -> bool:
        """Return whether a person reads on a screen what it prints: a list, or one record."""
        return self.is_list or self.name == "show"

    def touches(self, store: "Store", called: Mapping[str, Any]) -> "set[About]":
        """Return what one run of it changes that a student may have a wish about."""
        fields, given = self.fields_about, called["given"]
        about = {fields[name] for name in fields if getattr(given, name) not in LEFT_OUT}
        about |= {self.about} if self.about else set()
        return set() if not about or self.spares(store, called) else about

    @property
    def command(self) -> str:
        """What is typed: the noun and the verb."""
        return self.noun if self.noun == self.name else f"{self.noun} {self.name}"

    @property
    def form(self) -> type | None:
        """The form that ``--from`` fills, if there is one."""
        return self.forms.get("given")

    @property
    def summary(self) -> str:
        """The first line of the description."""
        return (self.function.__doc__ or "").strip().partition("\n")[0]

    @property
    def told(self) -> tuple[str, str]:
        """The description, and the real example that ends the help."""
        import inspect

        text = inspect.cleandoc(self.function.__doc__ or "")
        described, mark, example = text.partition("Example: ")
        return described.strip(), " ".join((mark + example).split())

    def unlisted_keys(self) -> set[str]:
        """Return the keys that are never options: private and secret ones."""
        if self.form is None:
            return set()
        return {item.key for item in inputs.inputs_of(self.form) if not item.is_option}

    def needed(self) -> list[str]:
        """Return what it cannot do without, as it is given: options first, then keys."""
        items = [item for form in self.forms.values() for item in inputs.inputs_of(form)]
        needed = sorted(
            (item for item in items if item.required), key=lambda one: not one.is_option
        )
        return [item.option if item.is_option else item.key for item in needed]

    def parameters(self) -> list[Parameter]:
        """List all that may stand on its line: its own, those of its forms, those of every verb."""
        made = [
            Parameter(name, *get_args(kind), default=default, required=required)
            for name, kind, default, required in declared(self.function)
            if name not in self.forms
        ]
        for name, form in self.forms.items():
            made += [
                option_of(name, item, self.statuses)
                for item in inputs.inputs_of(form)
                if item.is_option
            ]
        if self.form is not None:
            made.append(_FROM)
        made += [_NO_INPUT, _JSON]
        if self.is_list:
            made.append(_CSV)
        return made

    def run(self, values: dict[str, Any]) -> None:
        """Fill its forms, and call its function.

        Args:
            values: what the line said, by parameter.
        """
        output.current.as_json = output.current.as_json or values["as_json"]
        output.current.as_csv = values.get("as_csv", False)
        output.current.no_input = values["no_input"]
        output.current.as_of = session.today
        output.current.zone = lambda: session.current.zone
        output.current.noun = self.noun
        output.current.command = self.command
        output.current.statuses = self.statuses
        session.current.for_reviewer = self.for_reviewer
        session.current.command = self.command
        if self.opens:
            output.say(self.opens)
        while True:
            try:
                self._try(values)
                return
            except (Exception, KeyboardInterrupt) as fault:
                if output.current.dialog is None or self.form is None:
                    raise  # nobody was asked for anything
                from reintegrate_cli.line import mending

                mending.go_on(self.form, fault)

    def _try(self, values: Mapping[str, Any]) -> None:
        source = values.get("from_")
        called = {name: values[name] for name, *_ in declared(self.function) if name in values}
        for name, argument in arguments(self.function):
            if argument.finds == "cases" and called[name] is not None:
                called[name] = check_case_ref(called[name])
        if "given" in self.forms:
            from reintegrate_cli.line.looking import Lookup

            session.current.looking = Lookup(self.noun, self.function, called)
        for name, form in self.forms.items():
            known = source if name == "given" else None
            called[name] = self._read(name, form, values, known, called)
        if self.is_read and output.draws():
            from reintegrate_cli.line import paging

            paging.hold()
        if self.heeds:
            from reintegrate_cli.line.heeding import Heeding

            asking = source is None and output.can_ask()
            session.current.heeding = Heeding(self.command, self.touches, called, asking=asking)
        if self.warns is not None:
            _warn(self.warns(called), asking=source is None and output.can_ask())
        following = None
        if not (self.is_list or output.current.as_json):
            from reintegrate_cli.line.following import Following

            following = session.current.following = Following(self.command, self.then)
        self.function(**called)
        if following is not None:
            following.say()
        if session.current.refused:
            _tell(session.current.refused)

    def _read(
        self,
        name: str,
        form: type,
        values: Mapping[str, Any],
        source: str | None,
        called: Mapping[str, Any],
    ) -> Any:
        asking = name == "given" and source is None and output.can_ask()
        answers: Reading | None = output.current.reading if asking else None
        if answers is None:
            typed = {one.name: values.get(f"{name}__{one.name}") for one in inputs.inputs_of(form)}
            document = None if source is None else reading.parse_document(_text_of(source))
            answers = reading.read_line(form, typed, document, today=session.today())
            if asking:
                output.current.reading = answers
                answers.ask_for(item.name for item in reading.to_ask(form, answers))
        if answers.left:
            self._ask(form, answers, called)
        filled: Any = reading.filled(form, answers, session.today())
        if self.edits:
            from reintegrate_cli.line.clearing import check

            check(filled)
        for key, when in answers.understood:
            output.say(f"{key.replace('_', ' ')}: {explain(when, session.today())}")
        for key, years in answers.ages:
            output.say(f"{key.replace('_', ' ')}: {years} years ago")
        answers.understood, answers.ages = [], []  # said once
        if name == "given" and any(True for _ in inputs.prose(filled)):
            from reintegrate_cli.line import wording

            dialog = output.current.dialog
            past = dialog.offered if dialog else set()
            filled = wording.offered(filled, asking=asking, past=past)
            answers.values = {key: getattr(filled, key) for key in answers.values}
        return filled

    def _ask(self, form: type, answers: Reading, called: Mapping[str, Any]) -> None:
        from reintegrate_cli.line import interview

        looking = session.current.looking
        before = None if looking is None else partial(looking.before_asking, form)
        dialog = output.current.dialog
        is_first = not (dialog and dialog.wrong)
        session.current.watch()
        if before is not None and is_first:
            before(answers.values)
        refused = None
        if before is not None and self.rehearses:
            from reintegrate_cli.line.rehearsing import Rehearsal

            rehearsal = Rehearsal(self, form, answers, before, called)
            refused = rehearsal.refused
            if is_first:
                rehearsal.begin()
        interview.fill(form, answers, before, refused=refused)


def _tell(refused: "Sequence[Left]") -> None:
    """Say once what was left for schools and cannot be taken over."""
    for school, login in sorted({(left.school, left.login) for left in refused}):
        many = sum((left.school, left.login) == (school, login) for left in refused)
        output.say(
            f"{counted(many, 'change')} left for {school or 'a school'} by the login {login} cannot"
            " be taken over: it goes against a rule, or no key of that school wrote it"
        )


def _warn(warnings: Iterable[str], *, asking: bool) -> None:
    """Say what a person should know before it is kept, and ask at a terminal whether to go on.

    Raises:
        Interrupted: the person does not go on.
    """
    for warning in list(warnings):
        output.say(warning)
        if asking and not output.confirm("save it anyway"):
            raise Interrupted("stopped; nothing was saved")


def _text_of(source: str) -> str:
    limit = reading.LONGEST_DOCUMENT + 1
    try:
        if source == "-":
            if sys.stdin is None:
                raise Usage("there is no standard input for --from -")
            stream = getattr(sys.stdin, "buffer", None)
            if stream is None:
                return sys.stdin.read(limit)
            # JSON is UTF-8 whatever the locale says; some editors mark it so.
            return str(stream.read(limit).decode("utf-8-sig"))
        descriptor = opened(path_of(source), os.O_RDONLY, follow=True, pipe=True)
        with os.fdopen(descriptor, encoding="utf-8-sig") as file:
            return file.read(limit)
    except UnicodeDecodeError:
        raise Usage("the input of --from is not UTF-8 text") from None
    except OSError as error:
        message = f"the file that --from names cannot be read: {plain_reason(error)}"
        raise Usage(message, hint=remedy(error)) from None


First = Callable[["Store", dict[str, Any]], object]
"""Raises what is against a verb from the arguments of the line, and, under ``form``, from what the
line says of its form."""


def verb(noun: str, name: str, *, first: First | None = None, **more: Any) -> Callable[[C], C]:
    """Declare a function as a verb of a noun.

    A verb with a subject heeds the live wishes of the case that is its ``ref``, and of those
    that its form names; it takes ``--honors`` and ``--despite`` (see ``heeding``).

    Args:
        noun: the noun it belongs to.
        name: what is typed; the noun's own name for a noun without verbs.
        first: what is looked at before the first question, where the function itself comes to it
            only once it has looked at an answer (see ``rehearsing``).
        more: what else a ``Verb`` says of itself.

    Raises:
        TypeError: an edit does not say what it edits.
    """
    if name == "edit" and not more.get("edits"):
        raise TypeError(f"{noun} edit does not say what it edits")

    def register(function: C) -> C:
        if first is not None:
            function.first = first  # type: ignore[attr-defined]
        declared_verb = Verb(noun, name, function, **more)
        REGISTRY.setdefault(noun, {})[name] = declared_verb
        return function

    return register
