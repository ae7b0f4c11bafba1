"""Looking up what a line names, before anything is asked or written (law 8).

The type of a field says what it names: a case, a partner, somebody who gets something to do,
or somebody who did something. So a new field is looked up because it is declared, and nothing
new goes to a person who has left.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from reintegrate_cli.catalogue import BY_NAME
from reintegrate_cli.core.lean import msgspec
from reintegrate_cli.core.records import (
    RECORD_ID,
    Addressee,
    Agency,
    CareId,
    CaseRef,
    Holder,
    Person,
    ScheduleId,
    Staffer,
    Who,
    Worker,
    check_case_ref,
    check_id,
    check_slug,
    is_family,
)
from reintegrate_cli.kept import session
from reintegrate_cli.line.forms import PAST, Input, inputs_of
from reintegrate_cli.line.plain import Argument, declared

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
        """Check all that the form names, once it is filled.

        Raises:
            Missing: there is no such case, record or person.
            Refused: somebody has left.
        """
        form = self._called.get("given")
        if form is not None:
            self._check(store, inputs_of(type(form)), _values(form))

    def before_asking(self, form: type, values: Mapping[str, Any]) -> None:
        """Check what the line names, before the first question.

        Args:
            form: the class of the form.
            values: what the line says of it, by field.

        Raises:
            Missing: there is no such case, record or person.
            Refused: somebody has left.
        """
        with session.reading() as store:
            self._arguments(store)
            self._check(store, inputs_of(form), values)

    def _arguments(self, store: "Store") -> None:
        for name, kind, _, _ in declared(self._function):
            said = next(
                (one for one in getattr(kind, "__metadata__", ()) if isinstance(one, Argument)),
                None,
            )
            text = self._called.get(name)
            if said is not None and text is not None:
                self._argument(store, said.finds, text)

    def _argument(self, store: "Store", finds: str, text: str) -> None:
        if finds == "id":
            table = next(one for one in BY_NAME[self._noun].tables if one.id)
            ref = self._ref
            id_ = text.partition(".")[0]  # I1.2 is the second removal of I1
            key = (ref, check_id(id_, ref)) if ref else (check_id(id_.rpartition("/")[2]),)
            store.table(table.name).get(*key)
        elif finds == "cases":
            store.cases.get(check_case_ref(text))
        elif finds == "mous" and text[:1] in "Mm" and RECORD_ID.fullmatch(text.upper()):
            store.table(finds).get(text.upper())
        elif finds:
            store.table("partners" if finds == "mous" else finds).get(check_slug(text))

    @property
    def _ref(self) -> str:
        return check_case_ref(self._called["ref"]) if "ref" in self._called else ""

    def _check(self, store: "Store", items: Iterable[Input], values: Mapping[str, Any]) -> None:
        items = list(items)
        days = [
            values[item.name]
            for item in items
            if PAST in item.hints and isinstance(values.get(item.name), date)
        ]
        on = min(days, default=session.today())
        for item in items:
            for value in _each(values.get(item.name)):
                if isinstance(value, msgspec.Struct):
                    self._check(store, inputs_of(type(value)), _values(value))
                else:
                    self._one(store, item, value, values, on)

    def _one(
        self, store: "Store", item: Input, value: str, values: Mapping[str, Any], on: date
    ) -> None:
        kind = item.type
        if kind is Worker:
            store.worker(value, session.today(), item.key)
        elif kind is Staffer:
            store.staffer(value, on, item.key)
        elif kind is Person:
            store.person(value, on, item.key)
        elif kind is Agency:
            store.partners.get(value)
        elif kind is CaseRef:
            store.cases.get(value)
        elif kind is Addressee and not is_family(value):
            store.partners.get(value)
        elif kind is Holder and store.partners.find(value) is None and not is_family(value):
            store.worker(value, session.today(), item.key)
        elif kind is CareId:
            store.care.get(self._ref, check_id(value, self._ref))
        elif kind is ScheduleId:
            store.schedules.get(self._ref, check_id(value, self._ref))
        elif kind is Who:
            self._who(store, value, values.get("with_"), item.key)

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


def _each(value: Any) -> Iterator[Any]:
    """Give the values of a field, one after another."""
    if value not in (None, "", ()):
        yield from value if isinstance(value, tuple) else (value,)
