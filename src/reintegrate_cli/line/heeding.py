"""Heeding live wishes: no verb goes on over one about its subject in silence (W1).

A verb declares its subject (``about`` and ``fields_about`` of ``verb``). The rest follows from
that: ``--honors`` and ``--despite`` are added to its form, the wishes are shown at a terminal
before it runs, and its unit of work ends in ``Heeding.check``, whatever its function does.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from reintegrate_cli.catalogue import with_ids
from reintegrate_cli.core.errors import Interrupted, Missing, Usage
from reintegrate_cli.core.labels import label
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import CaseRef, check_case_ref, check_id, fields_of, split_id
from reintegrate_cli.kept import session
from reintegrate_cli.line import output
from reintegrate_cli.line.forms import inputs_of

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store
    from reintegrate_cli.nouns.wish.record import About, Wish

    Touches = Callable[[Store, Mapping[str, Any]], set[About]]

THEIRS = ("chosen_by", "asked_by", "decided_by", "by")
"""The fields that say whose choice it was; what students choose for themselves is not stopped."""

_ANSWERS = {
    "honors": "this is what the student asked for",
    "despite": "it goes against the wish, for a reason",
    "stop": "save nothing",
}


class Heeding:
    """What one run of a verb has to heed."""

    def __init__(
        self, command: str, touches: "Touches", called: Mapping[str, Any], *, asking: bool
    ) -> None:
        """Take the command, what it touches and is called with, and whether one may ask."""
        self._command = command
        self._touches = touches
        self._called = dict(called)
        self._asking = asking

    @property
    def given(self) -> Any:
        """The verb's form, with the wishes that it honors or goes against."""
        return self._called["given"]

    @given.setter
    def given(self, form: object) -> None:
        """Take a form to which more was added since the line was read."""
        self._called["given"] = form

    def look_up(self, store: "Store") -> None:
        """Check that there are the cases and the wishes that the line names.

        Raises:
            Missing: there is no such case or wish.
            Usage: an id fits wishes of several cases, or a wish is named in two ways.
        """
        for ref in self._cases(store):
            store.cases.get(ref)
        if set(self._named(store, "honors")) & set(self._named(store, "despite")):
            raise Usage("a wish is either honored or gone against", fields=["honors", "despite"])

    def check(self, store: "Store") -> None:
        """Require that each live wish is honored or set aside by its id, and keep which (W1).

        Raises:
            Refused: a live wish is not named, or there is no reason.
        """
        from reintegrate_cli.nouns.wish.record import check_heeded, marked

        honors, despite = self._named(store, "honors"), self._named(store, "despite")
        reason = label(str(self.given.reason or ""))
        own = next(item for item in inputs_of(type(self.given)) if item.name == "reason")
        option = own.option if own.is_option else "the key reason with --from"
        check_heeded(self._live(store), honors, despite, reason, option)
        if despite:
            session.went_past("--despite")
        for name, wish in (honors | despite).items():
            store.table("wishes").put(
                marked(
                    wish,
                    on=session.today(),
                    by=store.by,
                    command=self._command,
                    against=reason if name in despite else None,
                )
            )

    def ask(self) -> None:
        """At a terminal, show the live wishes and ask how the verb goes on past each of them.

        To be called before the vault is locked, since a person is reading and typing.

        Raises:
            Interrupted: the person stopped.
        """
        if not self._asking:
            return
        with session.reading() as store:
            self.look_up(store)
            named = self._named(store, "honors") | self._named(store, "despite")
            wishes = [wish for wish in self._live(store) if wish.name not in named]
            several = len(self._cases(store)) > 1
        answers = {wish.name: _asked(wish, wish.name if several else wish.id) for wish in wishes}
        against = [name for name, answer in answers.items() if answer == "despite"]
        reason = self.given.reason
        if against and not reason:
            why = "why, in a sentence that the student may read"
            reason = output.ask(why, several=True, needed=True)
        self.given = replace(
            self.given,
            honors=(*self.given.honors, *(name for name in answers if name not in against)),
            despite=(*self.given.despite, *against),
            reason=reason,
        )

    def _live(self, store: "Store") -> "list[Wish]":
        """List the live wishes about what the verb changes, in every case that it names."""
        if any(str(getattr(self.given, name, "")).casefold() == "student" for name in THEIRS):
            return []
        about = self._touches(store, self._called)
        return [
            wish
            for ref in (self._cases(store) if about else ())
            if store.keeps("wishes", ref)
            for wish in store.table("wishes").all(case=ref)
            if wish.is_live and wish.about in about
        ]

    def _cases(self, store: "Store") -> list[str]:
        """Return the case that is changed, and those named in the form or in the record."""
        named: list[str] = [self._called["ref"]] if "ref" in self._called else []
        for item in inputs_of(type(self.given)):
            if item.type is CaseRef:
                value = getattr(self.given, item.name)
                named += value if isinstance(value, tuple) else [value] if value else []
        named += self._named_in_record(store)
        return list(dict.fromkeys(check_case_ref(ref) for ref in named))

    def _named_in_record(self, store: "Store") -> list[str]:
        """Return the cases named by the record that is changed, such as the other of two."""
        if self._called.get("id_") is None or "ref" not in self._called:
            return []
        ref = check_case_ref(self._called["ref"])
        id_ = check_id(self._called["id_"].partition(".")[0], ref)
        letters, _ = split_id(id_)
        tables = with_ids(self._command.partition(" ")[0], in_case=True)
        name = next((table.name for table in tables if table.id == letters), "")
        record = store.table(name).find(ref, id_) if name else None
        return [] if record is None else list(cases_named(record))

    def _named(self, store: "Store", how: str) -> "dict[str, Wish]":
        """Return the wishes that the line honors or goes against, by their names."""
        found = [self._find(store, id_) for id_ in getattr(self.given, how)]
        return {wish.name: wish for wish in found}

    def _find(self, store: "Store", id_: str) -> "Wish":
        head, slash, tail = id_.rpartition("/")
        cases = [ref for ref in self._cases(store) if head in ("", ref)]
        every = (store.table("wishes").find(ref, tail) for ref in cases)
        found: list[Wish] = [wish for wish in every if wish is not None and wish.id == tail]
        if not found:
            raise Missing(
                f"there is no wish {id_}" if slash else f"there is no wish {id_} in this case",
                hint=f"reintegrate wish list --case {self._cases(store)[0]}",
            )
        if len(found) > 1:
            named = " or ".join(wish.name for wish in found)
            raise Usage(
                f"several cases have a wish {tail}",
                hint=f"give {named}",
                fields=["honors", "despite"],
            )
        return found[0]


def cases_named(record: Any) -> Iterator[str]:
    """Yield the refs in a record that stand for other cases."""
    for spec in fields_of(type(record)):
        if spec.type in (CaseRef, tuple[CaseRef, ...]):
            value = getattr(record, spec.name)
            yield from value if isinstance(value, tuple) else [value]


def _asked(wish: "Wish", name: str) -> str:
    """Show a wish, and ask whether the command honors it or goes against it."""
    output.say(f"{name}, the student's words: {wish.words}")
    answer = output.ask("does this honor it, or go against it", choices=_ANSWERS, needed=True)
    if answer == "stop":
        raise Interrupted("stopped; nothing was saved")
    return answer
