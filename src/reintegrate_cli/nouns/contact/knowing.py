"""Who may know of a case: a warning if the student left somebody out (D9)."""

from typing import TYPE_CHECKING

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
    from reintegrate_cli.nouns.contact.record import knows

    contact = store.contact.find(ref)
    if contact is None or not (contact.may_know or contact.must_not_know):
        return
    member = store.staff.find(slug)
    answer = knows(contact, slug, member.role if member is not None else "")
    if answer == "no":
        say(f"the student said that {slug} must not know; take this back unless the student agrees")
    elif answer == "unsaid":
        say(f"the student has not said that {slug} may know; ask before anything is shared")
