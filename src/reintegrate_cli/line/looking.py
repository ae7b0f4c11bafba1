"""Looking up what a line names, before anything is asked or written (law 8).

The type of a field says what it names: a case, a partner, somebody who gets something to do,
or somebody who did something. So a new field is looked up because it is declared, and nothing
new goes to a person who has left.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from reintegrate_cli.catalogue import with_ids
from reintegrate_cli.core.argv import WORD, free_text
from reintegrate_cli.core.errors import Usage
from reintegrate_cli.core.hints import PAST, YOU
from reintegrate_cli.core.lean import msgspec, replace
from reintegrate_cli.core.records import (
    RECORD_ID,
    Addressee,
    Agency,
    CareId,
    CaseRef,
    ConnectionId,
    Funder,
    Hearer,
    Holder,
    Person,
    Policy,
    Post,
    ScheduleId,
    School,
    Staffer,
    Who,
    Worker,
    check_case_ref,
    check_id,
    check_slug,
    is_family,
)
from reintegrate_cli.kept import session
from reintegrate_cli.line.forms import Input, inputs_of
from reintegrate_cli.line.plain import arguments

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


class Lookup:
    """What one run of a verb names."""

    def __init__(self, noun: str, function: Callable[..., None], called: Mapping[str, Any]) -> None:
        """Take the verb's noun and function, and the arguments that it is called with."""
        self._noun = noun
        self._function = function
        self._called = called

    def look_up(self, store: "Store") -> None:
        """Check all that the line and the form name, and write it as it was first typed.

        Who is at the keyboard takes the place of a person that was left out.

        Raises:
            Missing: there is no such case, record or person.
            Refused: somebody has left.
        """
        self._arguments(store)
        form = self._called.get("given")
        if form is not None:
            for name, value in self._names(store, type(form), _values(form)).items():
                setattr(form, name, value)

    def before_asking(self, form: type, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Check what the line names, before the first question; return its values as looked up.

        Args:
            form: the class of the form.
            values: what the line says of it, by field.

        Raises:
            Missing: there is no such case, record or person.
            Refused: somebody has left.
            Usage: the record that is to be changed is over already.
        """
        with session.reading() as store:
            self._arguments(store)
            names = self._names(store, form, values)
            first = getattr(self._function, "first", None)
            if first is not None:
                first(store, {**self._called, "form": values})
        return {**values, **names}

    def _arguments(self, store: "Store") -> None:
        for name, argument in arguments(self._function):
            if self._called.get(name) is not None:
                self._argument(store, argument.finds, self._called[name])

    def _argument(self, store: "Store", finds: str, text: str) -> None:
        if finds == "id":
            ref = self._ref
            table = with_ids(self._noun, in_case=bool(ref))[0]
            id_ = text.partition(".")[0]  # I1.2 is the second removal of I1
            key = (ref, check_id(id_, ref)) if ref else (check_id(id_.rpartition("/")[2]),)
            anybody = getattr(self._function, "anybody", False)
            store.table(table.name).get(*key, anybody=anybody)
        elif finds == "cases":
            store.cases.get(check_case_ref(text))
        elif finds == "schools":
            if not WORD.fullmatch(text):
                raise free_text()
            session.current.district.school(text)
        elif finds == "mous" and text[:1] in "Mm" and RECORD_ID.fullmatch(text.upper()):
            store.table(finds).get(text.upper())
        elif finds:
            store.table("partners" if finds == "mous" else finds).get_named(check_slug(text))

    @property
    def _ref(self) -> str:
        return check_case_ref(self._called["ref"]) if "ref" in self._called else ""

    def _names(self, store: "Store", form: type, values: Mapping[str, Any]) -> dict[str, Any]:
        """Look up what a form names; return its values, with names as they were first typed."""
        items = inputs_of(form)
        days = [values[item.name] for item in items if PAST in item.hints and values.get(item.name)]
        on = min((day for day in days if isinstance(day, date)), default=session.today())
        names: dict[str, Any] = {}
        for item in items:
            value = values.get(item.name)
            if YOU in item.hints and not value:
                names[item.name] = store.by
            elif isinstance(value, tuple):
                each = (self._name(store, item, part, values, on) for part in value)
                names[item.name] = tuple(each)
            elif value not in (None, ""):
                names[item.name] = self._name(store, item, value, values, on)
        return names

    def _name(
        self, store: "Store", item: Input, value: Any, values: Mapping[str, Any], on: date
    ) -> Any:
        kind = item.type
        if isinstance(value, msgspec.Struct):
            return replace(value, **self._names(store, type(value), _values(value)))
        if kind is Worker:
            return store.worker(value, session.today(), item.key)
        if kind is Staffer:
            return store.staffer(value, on, item.key)
        if kind in (Person, Hearer):
            return _person(store, item, value, on)
        if kind is Agency:
            return store.partners.get(value).slug
        if kind is Funder:
            slug: str = store.table("sources").get_named(value).slug
            return slug
        if kind is Policy:
            return str(store.table("protocols").get_named(value).slug)
        if kind is School:
            return session.current.district.school(value)
        if kind is CaseRef:
            return store.cases.get(value).ref
        if kind is Addressee:
            return value.casefold() if is_family(value) else store.partners.get(value).slug
        if kind is Post:
            role, _, slug = value.partition("=")
            return f"{role}={slug and store.worker(slug, session.today(), item.key)}"
        if kind is Holder:
            if is_family(value):
                return value.casefold()
            partner = store.partners.find(value)
            return partner.slug if partner else store.worker(value, session.today(), item.key)
        if kind is CareId:
            return store.care.get(self._ref, check_id(value, self._ref)).id
        if kind is ScheduleId:
            return store.schedules.get(self._ref, check_id(value, self._ref)).id
        if kind is ConnectionId:
            return store.table("connections").get(self._ref, check_id(value, self._ref)).id
        if kind is Who:
            self._who(store, value, values.get("with_"), item.key)
        return value

    def _who(self, store: "Store", value: str, with_: str | None, key: str) -> None:
        if with_ is None and "id_" in self._called:
            schedule = store.schedules.find(self._ref, check_id(self._called["id_"], self._ref))
            with_ = schedule.with_ if schedule is not None else None
        if with_ == "staff":
            store.worker(value, session.today(), key)
        elif with_ == "partner":
            store.partners.get(value)
        elif with_ == "caregiver":
            store.care.get(self._ref, check_id(value, self._ref))


def _values(form: Any) -> dict[str, Any]:
    return {item.name: getattr(form, item.name) for item in inputs_of(type(form))}


def _person(store: "Store", item: Input, slug: str, on: date) -> str:
    if item.type is Hearer and slug.casefold() == "student":
        raise Usage(
            "it is somebody else who hears what a student says",
            fields=[item.key],
            hint="name the member of staff who heard it, or caregiver",
        )
    return store.person(slug, on, item.key)
