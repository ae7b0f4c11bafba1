"""``contact``: how a student wants contact to go."""

from reintegrate_cli import session
from reintegrate_cli.commands.heeding import asked, heed
from reintegrate_cli.commands.verbs import RefArg, verb
from reintegrate_cli.contact import SafeContact
from reintegrate_cli.forms.contact import SetContact
from reintegrate_cli.output import show
from reintegrate_cli.records import check_case_ref


@verb("contact", "set")
def set_(ref: RefArg, given: SetContact) -> None:
    """Record who reaches out, and what the student wants when a check-in is missed.

    Example: reintegrate contact set HX4T
    """
    ref = check_case_ref(ref)
    given = asked(ref, "contact", given)
    with session.writing("contact set") as store:
        store.cases.get(ref)
        heed(store, ref, "contact", given, "contact set")
        former = store.contact.find(ref)
        contact = SafeContact(
            case=ref,
            mode=given.mode,
            set_on=given.on or session.today(),
            if_missed=given.if_missed or (former.if_missed if former else ""),
        )
        contact = store.contact.put(contact)
    show(contact)
