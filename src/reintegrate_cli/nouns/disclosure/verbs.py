"""``disclose`` and ``disclosure``: what is told to whom, and the log of it."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reintegrate_cli.core.errors import Damaged, Problem, Refused, Settings, Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Public, Value, check_case_ref, check_id
from reintegrate_cli.kept import history, session
from reintegrate_cli.kept.settings import path_of
from reintegrate_cli.line import output
from reintegrate_cli.line.forms import inputs_of
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.verbs import Filters, RefArg, case_of, narrowed, verb
from reintegrate_cli.nouns.case.sections import Section, narrative
from reintegrate_cli.nouns.checkin.scheduled import is_asleep, line_of
from reintegrate_cli.nouns.disclosure import grounds
from reintegrate_cli.nouns.disclosure import record as disclosures
from reintegrate_cli.nouns.disclosure.forms import NewDisclosure
from reintegrate_cli.nouns.disclosure.grounds import Permit
from reintegrate_cli.nouns.disclosure.log import entered, ground_of, log, log_refusal
from reintegrate_cli.nouns.disclosure.record import Content, Disclosure, DisclosureRow
from reintegrate_cli.nouns.release.record import RecordType, Release
from reintegrate_cli.nouns.release.standing import facts_of

if TYPE_CHECKING:
    from reintegrate_cli.kept.exports import Draft
    from reintegrate_cli.kept.store import Store
    from reintegrate_cli.nouns.partner.record import Partner

LONGEST_KEY_FILE = 4096
COLUMNS = (
    Column("case", lambda row: row.case),
    Column("id", lambda row: row.id),
    Column("on", lambda row: row.on),
    Column("kind", lambda row: row.kind),
    Column("to", lambda row: row.to),
    Column("ground", lambda row: (row.basis or "").replace("_", " "), True),
    Column("records", lambda row: ", ".join(row.records).replace("_", " "), True),
    Column("rule", lambda row: row.rule),
)


def _rests_on_no_wish(_store: "Store", called: Mapping[str, Any]) -> bool:
    """Say that nothing is told by the student's consent: a request, a notice, a ground of law."""
    given = called["given"]
    return given.kind is not None or ground_of(given) != "consent"


@verb("disclosure", "add", about="release", spares=_rests_on_no_wish)
@verb("disclose", "disclose", about="release", spares=_rests_on_no_wish)
def disclose(ref: RefArg, given: NewDisclosure) -> None:
    """Tell a partner what a live release allows, and no more; or on another ground of law.

    A release for a file makes one packet, sealed to the agency's age key. Every request and
    every refusal is logged besides.

    Example: reintegrate disclose HX4T --to MERID --out /media/usb --recipient-key merid.pub
    """
    ref = check_case_ref(ref)
    disclosures.check_line(given, session.today())
    given = _asked(given)
    with ExitStack() as stack:
        draft = _draft(stack, given.out)
        refused: Problem | None = None
        with session.writing(session.current.command) as store:
            store.cases.get(ref)
            partner = _recipient(store, ref, given)
            if given.kind is not None:
                entry = log(store, entered(store, ref, partner, given, given.kind))
            else:
                try:
                    permit = _permitted(store, ref, partner, given)
                except Refused as problem:
                    refused = problem
                    log_refusal(store, ref, partner, given, problem.rule)
                else:
                    entry = _told(store, ref, partner, given, permit, draft)
        if refused is not None:
            raise refused
        if entry.file is not None and draft is not None:
            entry = _hand_over(entry, draft)
    _remark(entry, given)
    show(disclosures.row(entry))


def _asked(given: NewDisclosure) -> NewDisclosure:
    """At a terminal, ask what the ground takes."""
    if not output.can_ask() or given.kind is not None:
        return given
    try:
        basis = grounds.read_basis(given.basis)
    except Refused:
        return given  # it is refused, and logged, below
    labels = {item.name: item.help for item in inputs_of(NewDisclosure)}
    for key in grounds.DEMANDS.get(basis, ()):
        while not getattr(given, key).strip():
            said = output.ask(labels[key], several=key != "document")
            setattr(given, key, said)
    return given


def _draft(stack: ExitStack, out: str | None) -> "Draft | None":
    if out is None:
        return None
    from reintegrate_cli.kept import exports

    folder = path_of(out)
    stack.enter_context(exports.in_turn(folder))
    return stack.enter_context(exports.drafting(folder / f"{os.urandom(16).hex()}.age"))


def _recipient(store: "Store", ref: str, given: NewDisclosure) -> "Partner | None":
    """Find who is told; nobody where it is the student, or a caregiver."""
    if given.care:
        store.care.get(ref, check_id(given.care, ref))
    if given.approved_by:
        store.staff.get(given.approved_by)
    if given.to.casefold() in disclosures.FAMILY:
        return None
    return store.partners.get(given.to)


def _permitted(store: "Store", ref: str, partner: "Partner | None", given: NewDisclosure) -> Permit:
    on = given.on or session.today()
    permit = grounds.permit(
        given,
        partner=partner,
        releases=store.of(Release).all(case=ref),
        facts=facts_of(store, ref),
        today=on,
    )
    session.current.heed(store)  # here, so that this refusal is logged like any other
    return permit


def _told(
    store: "Store",
    ref: str,
    partner: "Partner | None",
    given: NewDisclosure,
    permit: Permit,
    draft: "Draft | None",
) -> Disclosure:
    """Log what is told; where it is a file, seal it beside its place first."""
    entry = replace(
        entered(store, ref, partner, given, "disclosure"),
        records=permit.records,
        withheld=permit.withheld,
        aim=permit.aims[0] if len(permit.aims) == 1 else None,
        release=permit.releases[0].id if permit.releases else None,
        releases=tuple(one.id for one in permit.releases) if len(permit.releases) > 1 else (),
        method=permit.method,
    )
    if permit.method != "encrypted_file":
        told = replace(entry, notice_given=bool(given.told))
        return log(store, told, session.real_time())
    missing = [
        key
        for key, value in (("out", draft), ("recipient_key", given.recipient_key))
        if value is None
    ]
    if draft is None or given.recipient_key is None:
        named = ", ".join("--" + key.replace("_", "-") for key in missing)
        raise Usage(
            f"missing: {named}",
            fields=missing,
            hint="the packet is sealed to the agency's age public key; they make it with "
            "age-keygen, and give you the line that begins with age1",
        )
    notice = disclosures.NOTICE if partner is not None else ""
    sealed, contents, left_out = _sealed(store, ref, given, permit, notice)
    draft.write(sealed)
    if left_out:
        say(f"{left_out} texts name another student, and were left out of it")
    return log(
        store,
        replace(
            entry,
            format=given.format or "md",
            name=given.name,
            notice_given=bool(notice),
            file=draft.name,
            contents=contents,
            handed_over=False,
        ),
    )


def _sealed(
    store: "Store", ref: str, given: NewDisclosure, permit: Permit, notice: str
) -> tuple[bytes, tuple[Content, ...], int]:
    from reintegrate_cli import keys
    from reintegrate_cli.nouns.disclosure import packets

    recipient = _key(path_of(given.recipient_key or ""))
    items, left_out = packets.items_of(
        permit.records,
        _kept(store, ref, permit.records),
        _appointments(store, ref) if "appointments" in permit.records else (),
        {case.ref for case in store.cases.all()} - {ref},
    )
    contents = tuple(Content(records=type_, items=len(found)) for type_, found in items.items())
    empty = [one.records for one in contents if not one.items]
    if empty:
        say(
            f"nothing is on record of: {_listed(tuple(empty))}"
            + ("; the packet says so, and holds nothing else" if len(empty) == len(items) else "")
        )
    aims = ", ".join(permit.aims or (permit.basis,))
    packet = packets.Packet(
        student=_student(store, ref, given),
        purpose=aims.replace("_", " "),
        notice=notice,
        items=items,
    )
    inside = packets.written(packet, given.format or "md")
    return keys.seal_archive(inside, recipient, None), contents, left_out


def _student(store: "Store", ref: str, given: NewDisclosure) -> str:
    """Name the student: by the ref alone, or by the one name that was asked for."""
    if given.name is None:
        return ref
    identity = store.identities.find(ref)
    name = getattr(identity, f"{given.name}_name") if identity is not None else ""
    if not name:
        raise Usage(
            f"no {given.name} name is on record",
            fields=["name"],
            hint="leave --name out: the packet then carries the ref alone",
        )
    return f"{name} ({ref})"


def _kept(store: "Store", ref: str, records: tuple[RecordType, ...]) -> dict[str, list[object]]:
    """Read the tables that are in scope, and no other."""
    from reintegrate_cli.nouns.disclosure import packets

    tables = {table for type_ in records for table in packets.TABLES[type_]}
    kept = {table: store.table(table).all(case=ref) for table in sorted(tables)}
    if "contact" in kept:
        from reintegrate_cli.nouns.contact.reaching import in_force

        hours = session.current.district.school_hours
        kept["contact"] = [in_force(one, hours) for one in kept["contact"]]
    return kept


def _appointments(store: "Store", ref: str) -> list[date]:
    """Work out the next dates with the student."""
    from reintegrate_cli.nouns.checkin import occurrences

    today = session.today()
    world = session.world(store, ref)
    found = []
    for schedule in world.records("schedules"):
        if schedule.with_ == "student" and not is_asleep(world, schedule, today):
            following = occurrences.next_on(line_of(world, schedule))
            if following is not None and following >= today:
                found.append(following)
    return found


def _key(path: Path) -> str:
    """Read the age public key of the agency.

    Raises:
        Settings: the file cannot be read, or holds more than one line of that sort.
        Usage: what stands there is no such key.
    """
    from reintegrate_cli import keys
    from reintegrate_cli.keys.disk import opened

    try:
        descriptor = opened(path, os.O_RDONLY, follow=True)
        with os.fdopen(descriptor, "rb") as file:
            text = file.read(LONGEST_KEY_FILE).decode()
    except (OSError, UnicodeDecodeError):
        raise Settings(
            "the file that --recipient-key names cannot be read", fields=["recipient_key"]
        ) from None
    found = [line.strip() for line in text.splitlines() if line.strip()[:1] not in ("", "#")]
    if len(found) != 1:
        raise Settings(
            "the file of --recipient-key is to hold one age public key", fields=["recipient_key"]
        )
    return keys.check_recipient(found[0])


def _hand_over(entry: Disclosure, draft: "Draft") -> Disclosure:
    """Put the packet into its place, now that its entry stands, and mark it handed over."""
    try:
        draft.put_in_place()
    except Settings as problem:
        say(f"{entry.case}/{entry.id} is logged as not handed over")
        raise problem from None
    with session.writing(session.current.command) as store:
        kept = store.of(Disclosure).get(entry.case, entry.id)
        return store.of(Disclosure).put(disclosures.handed(kept, session.real_time()))


def _remark(entry: Disclosure, given: NewDisclosure) -> None:
    if entry.kind != "disclosure":
        return
    if entry.records:
        say(f"told: {_listed(entry.records)}")
        say(f"withheld: {_listed(entry.withheld)}")
    if entry.file is not None:
        say(f"{Path(given.out or '') / entry.file}", whole=True)
        say("it opens with the agency's own key alone; hand it over yourself")
    elif not entry.notice_given and entry.basis != "rights_holder":
        say(f"tell them: {disclosures.NOTICE}")
    if entry.student_told is None:
        say("tell the student that this was told, and to whom")


def _listed(records: tuple[RecordType, ...]) -> str:
    return ", ".join(records).replace("_", " ") or "nothing"


@verb("disclosure", "list", is_list=True)
def list_(filters: Filters) -> None:
    """List what was asked, told and refused; the words stand in case show.

    Example: reintegrate disclosure list --case HX4T --status refusal
    """
    with session.reading() as store:
        found = store.of(Disclosure).all(**({"case": ref} if (ref := case_of(filters)) else {}))
        rows = narrowed(
            [disclosures.row(one) for one in found], filters, store, statuses=disclosures.KINDS
        )
    show(rows, COLUMNS, empty="nothing was asked or told", kind=DisclosureRow)


class Verified(Value, frozen=True, kw_only=True):
    """What a verification of the log looked at, in numbers."""

    whole: Public[bool]
    cases: Public[int]
    entries: Public[int]


@verb("disclosure", "verify")
def verify() -> None:
    """Work out every chain of the disclosure log again, and compare it with the history.

    Example: reintegrate disclosure verify
    """
    with session.reading() as store:
        logs: dict[str, list[Disclosure]] = {}
        for entry in store.of(Disclosure).all():
            logs.setdefault(entry.case, []).append(entry)
        named: dict[str, set[str]] = {}
        for ref, id_ in _in_history(store):
            named.setdefault(ref, set()).add(id_)
    for ref in sorted({*logs, *named}):
        broken = disclosures.broken(logs.get(ref, []), named.get(ref, set()))
        if broken:
            raise Damaged(
                f"the disclosure log does not hold together at {ref}/{broken[0]}",
                hint="restore a backup beside it, and compare; reintegrate vault verify",
            )
    show(Verified(whole=True, cases=len(logs), entries=sum(map(len, logs.values()))))


def _in_history(store: "Store") -> Iterator[tuple[str, str]]:
    """Give every entry of the log that the history speaks of; a purge takes those of its case."""
    for entry in history.read(store.shelf):
        for name in entry.changed:
            table, _, key = name.partition("/")
            ref, slash, id_ = key.partition("/")
            if table == "disclosures" and slash:
                yield ref, id_


def section(store: "Store", ref: str) -> Section:
    """Part of ``case show``: the disclosure log of a case."""
    kept = store.of(Disclosure).all(case=ref)
    return Section(
        {"disclosures": kept},
        heading="disclosure log" if kept else "",
        pairs=[(one.id, narrative(one)) for one in kept],
        rows=kept,
        columns=COLUMNS[1:],
    )
