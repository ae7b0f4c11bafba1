"""Who may know of a case: a warning if the student left somebody out (D9)."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from reintegrate_cli.line.output import say

if TYPE_CHECKING:
    from reintegrate_cli.kept.store import Store


def warn(store: "Store", ref: str, slug: str) -> None:
    """Warn before somebody is let into a case whom the student did not name (D9).

    To be called by whatever assigns a person or a partner to a case, or shares with them.

    Args:
        store: the store.
        ref: the case.
        slug: a member of staff or a partner.
    """
    answer = _answer(store, ref, slug)
    if answer == "no":
        say(f"the student said that {slug} must not know; take this back unless the student agrees")
    elif answer == "unsaid":
        say(f"the student has not said that {slug} may know; ask before anything is shared")


def warn_of(store: "Store", refs: Iterable[str], slug: str) -> None:
    """Warn before rows of several cases show to somebody whom students did not name (D9).

    Args:
        store: the store.
        refs: the cases.
        slug: who will see that something is due in them, such as who covers.
    """
    said: dict[str | None, list[str]] = {}
    for ref in sorted(refs):
        said.setdefault(_answer(store, ref, slug), []).append(ref)
    if "no" in said:
        say(
            f"students said that {slug} must not know: {', '.join(said['no'])}; name somebody else"
            " for these, unless the student agrees"
        )
    if "unsaid" in said:
        say(
            f"students have not said that {slug} may know: {', '.join(said['unsaid'])}; ask before"
            " anything is shared"
        )


def _answer(store: "Store", ref: str, slug: str) -> Literal["no", "unsaid"] | None:
    from reintegrate_cli.nouns.contact.record import knows

    contact = store.contact.find(ref)
    if contact is None or not (contact.may_know or contact.must_not_know):
        return None
    member = store.staff.find(slug)
    return knows(contact, slug, member.role if member is not None else "")
