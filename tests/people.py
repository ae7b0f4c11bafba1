"""The cast of the reference month, as it stands on the morning of Thu 1 Oct 2026.

Everybody is invented. Students with no day listed have nothing due in October.
"""

from datetime import date

from reintegrate_cli.kept.store import Store
from reintegrate_cli.nouns.case.record import Case, Change
from reintegrate_cli.nouns.checkin.record import CheckIn, Schedule, Terms
from reintegrate_cli.nouns.contact.record import SafeContact
from reintegrate_cli.nouns.staff.record import Staff

OPENED = date(2026, 3, 2)
CASES = {
    "HX4T": ("Ridgeline", "home"),
    "B9RW": ("Evening-Academy", "alternative"),
    "M2KD": ("Ridgeline", "home"),
    "Q7ZC": ("Juniper", "home"),
    "V3NP": ("Ridgeline", "home"),
    "J8KF": ("Ridgeline", "home_supports"),
    "T5XG": ("Ridgeline", "home"),
    "D4SX": ("Ridgeline", "home"),
    "P3RM": ("Ridgeline", "home"),
    "F9CK": ("Eastgate", "alternative"),
    "N2VF": ("Ridgeline", "independent"),
}
# ref, terms, mode, at, with
AGREED = (
    (
        "HX4T",
        Terms(every="1w", day="tue", anchor="calendar", starts=date(2026, 10, 6)),
        "in_person",
        None,
    ),
    (
        "B9RW",
        Terms(every="1w", day="thu", anchor="calendar", starts=date(2026, 10, 8)),
        "phone",
        "19:00",
    ),
    (
        "M2KD",
        Terms(every="1m", day="30", anchor="calendar", starts=date(2026, 9, 30)),
        "in_person",
        None,
    ),
    (
        "T5XG",
        Terms(every="1m", day="1", anchor="calendar", starts=date(2026, 10, 1)),
        "phone",
        "16:00",
    ),
    (
        "P3RM",
        Terms(every="2w", day="wed", anchor="calendar", starts=date(2026, 10, 7)),
        "in_person",
        None,
    ),
    (
        "N2VF",
        Terms(every="1w", day="mon", anchor="calendar", starts=date(2026, 9, 7)),
        "phone",
        None,
    ),
)


def arrive(store: Store) -> None:
    """Put the cast into a vault, with what they agreed."""
    store.staff.put(Staff(slug="hale", role="specialist"))  # type: ignore[arg-type]
    store.staff.put(Staff(slug="counselor", role="school_counselor"))  # type: ignore[arg-type]
    for ref, (school, setting) in CASES.items():
        paused = Change(on=date(2026, 9, 1), kind="paused", reason="student_wish")
        changes = (paused,) if ref == "N2VF" else ()
        store.cases.put(
            Case(
                ref=ref,
                school=school,
                setting=setting,
                opened_on=OPENED,
                owner="okafor",  # type: ignore[arg-type]
                changes=changes,
            )
        )
    for ref, terms, mode, at in AGREED:
        store.schedules.put(
            Schedule(
                case=ref,
                id="S1",
                with_="student",
                terms=terms,
                mode=mode,
                at=at,  # type: ignore[arg-type]
                chosen_by="student",
                chosen_on=date(2026, 8, 31),
            )
        )
    conferral = Terms(every="2w", starts=date(2026, 9, 18))
    store.schedules.put(
        Schedule(
            case="V3NP",
            id="S1",
            with_="staff",
            who="counselor",
            terms=conferral,
            mode="in_person",
            chosen_by="staff",
            chosen_on=date(2026, 9, 4),
        )
    )
    store.checkins.put(
        CheckIn(case="V3NP", id="E1", schedule="S1", outcome="done", happened_on=date(2026, 9, 18))
    )
    store.contact.put(
        SafeContact(
            case="HX4T",
            mode="we_contact",
            set_on=date(2026, 9, 1),
            confirmed_on=date(2026, 10, 1),
            if_missed="my counselor finds me in period 3; never call home",
        )
    )
    store.contact.put(SafeContact(case="N2VF", mode="student_initiates", set_on=date(2026, 9, 1)))
