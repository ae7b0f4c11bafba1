"""Heeding a live wish: a command about its subject does not go on over it in silence (W1)."""

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from reintegrate_cli import output, session
from reintegrate_cli.errors import Interrupted, Missing
from reintegrate_cli.records import check_id

if TYPE_CHECKING:
    from reintegrate_cli.store import Store
    from reintegrate_cli.wishes import About, Wish

G = TypeVar("G")


def asked(
    ref: str, about: "About", given: G, applies: "Callable[[Store], bool] | None" = None
) -> G:
    """At a terminal, show the live wishes about a subject and ask whether to go on.

    To be called before the unit of work, since a person may be reading and typing.

    Args:
        ref: the case.
        about: the subject of the command.
        given: its form, with ``despite`` and ``reason``.
        applies: whether this command is about that subject at all, where the form alone does
            not tell.

    Returns:
        The form, with the wishes that it goes on against and the reason.

    Raises:
        Interrupted: the person stopped.
    """
    form: Any = given
    if not output.can_ask():
        return given
    with session.reading() as store:
        if applies is not None and not applies(store):
            return given
        named = _named(ref, form)
        live = [one for one in _live(store, ref, about) if one.id not in named]
    if not live:
        return given
    for wish in live:
        output.say(f"{wish.id}, the student's words: {wish.words}")
    if not output.confirm("go on against what the student wishes"):
        raise Interrupted("stopped; nothing was saved")
    reason = form.reason
    while not reason:
        reason = output.ask("why, in a sentence that the student may read", several=True)
    despite = (*form.despite, *(wish.id for wish in live))
    return dataclasses.replace(form, despite=despite, reason=reason)  # type: ignore[no-any-return]


def heed(store: "Store", ref: str, about: "About", given: Any, command: str) -> None:
    """Demand that a command names the live wishes it goes on against, and keep why (W1).

    Args:
        store: the store, in its unit of work.
        ref: the case.
        about: the subject of the command.
        given: its form, with ``despite`` and ``reason``.
        command: its noun and verb, kept beside the wish.

    Raises:
        Refused: a live wish is not named, or there is no reason.
        Missing: there is no such wish.
    """
    from reintegrate_cli.wishes import SetAside, Wish, check_heeded

    named = _named(ref, given)
    for id_ in named:
        if not store.of(Wish).has(ref, id_):
            raise Missing(
                f"there is no wish {ref}/{id_}", hint=f"reintegrate wish list --case {ref}"
            )
    live = _live(store, ref, about)
    check_heeded(live, named, given.reason)
    for wish in live:
        aside = SetAside(on=session.today(), by=store.by, command=command, reason=given.reason)
        store.of(Wish).put(dataclasses.replace(wish, set_aside=(*wish.set_aside, aside)))


def _live(store: "Store", ref: str, about: "About") -> "list[Wish]":
    from reintegrate_cli.wishes import Wish, against

    return against(store.of(Wish).all(case=ref), about)


def _named(ref: str, given: Any) -> list[str]:
    return [check_id(id_, ref) for id_ in given.despite]
