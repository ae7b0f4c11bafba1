"""Lines and forms with what each verb demands, made from their own declarations.

A new noun joins without a word: its verbs are typed with what their forms ask for.
"""

from datetime import date
from typing import Any

from reintegrate_cli.catalogue import with_ids
from reintegrate_cli.core import records
from reintegrate_cli.line import forms as inputs
from reintegrate_cli.line.plain import Argument
from reintegrate_cli.line.verbs import Verb

# What each kind of value is filled with, where a field is demanded.
FILLED: dict[Any, Any] = {
    records.Word: "x",
    records.School: "x",
    records.Agency: "HARBOR",
    records.Worker: "lee",
    records.Staffer: "lee",
    records.Person: "lee",
    records.Hearer: "lee",
    records.Holder: "lee",
    records.Policy: "LUNCH",
    records.Addressee: "HARBOR",
    records.Funder: "CITY",
    records.Cents: "600.00",
    records.Sessions: 1,
    records.Who: "lee",
    records.Post: "attendance_officer=lee",
    records.CareId: "K1",
    records.ConnectionId: "X1",
    records.ScheduleId: "S1",
    records.Every: "1w",
    records.Clock: "15:30",
    records.Moment: "15:30",
    records.HalfDays: 1,
    records.Hundredths: 1,
    int: 1,
    bool: True,
    date: "2026-10-01",
    str: "x",
    records.RecordId: "W1",
    records.Address: "a@b.example",
    records.Host: "127.0.0.1",
    records.Path: "/nowhere",
}
# What a rule demands besides, so that the verb gets as far as keeping something.
DEMANDED: dict[str, dict[str, Any]] = {
    "adjustment add": {"ends_on": "2026-10-15"},
    "adjustment extend": {"ends_on": "2026-10-29"},
    "attendance resolve": {"barriers_checked": True},
    "care hearing": {"on": "2026-10-20"},
    "checkin pause": {"asked_by": "student"},
    "checkin end": {"asked_by": "student"},
    "checkin schedule": {"chosen_by": "student", "chosen_on": "2026-10-01", "every": "1w"},
    "checkin edit": {"at": "15:30", "chosen_by": "student", "chosen_on": "2026-10-01"},
    "checkin move": {
        "schedule": "S1",
        "on": "2026-10-07",
        "to": "2026-10-08",
        "asked_by": "student",
    },
    "concern add": {
        "facts": [
            {
                "on": "2026-10-01",
                "place": "x",
                "observed": "x",
                "observed_by": "x",
                "first_hand": True,
            }
        ]
    },
    "contact set": {"mode": "we_contact"},
    "cover add": {"by": "okafor"},
    "credit add": {"due_on": "2026-10-15", "status": "requested"},
    "fund authorize": {"sessions": 4},
    "fund use": {"sessions": 1},
    "mou sign": {"effective_on": "2026-10-01", "ends_on": "2027-10-01"},
    "placement decide": {
        "option": "home",
        "reasons": ["supports"],
        "review_on": "2026-11-20",
        "wish_words": "x",
        "alternatives": [{"option": "home"}],
        "return_criteria": "x",
    },
    "placement draft": {"wish_words": "x"},
    "protocol review": {"next": "2027-10-01"},
    "release add": {"signers": [{"role": "parent"}]},
    "remind setup": {"host": "127.0.0.1", "from_address": "a@b.example", "to": "a@b.example"},
    "wish outcome": {
        "outcome": "deferred",
        "decided_by": "lee",
        "told_on": "2026-10-01",
        "revisit_on": "2026-11-02",
        "reason": "x",
    },
}
for _verb in ("done", "attempt", "miss", "decline", "cancel"):
    DEMANDED[f"checkin {_verb}"] = {"schedule": "S1"}


def filled(form: type, ref: str, keys: dict[str, Any]) -> dict[str, Any]:
    """Fill a form with what is demanded, and with some keys."""
    made: dict[str, Any] = {}
    for item in inputs.inputs_of(form):
        if not item.required:
            continue
        value: Any
        if item.choices:
            value = item.choices[0]
        elif records.is_form(item.type):
            value = filled(item.type, ref, {})
        else:
            value = ref if item.type is records.CaseRef else FILLED[item.type]
        made[item.key] = [value] if item.repeated else value
    return {**made, **keys}


def line_of(one: Verb, ref: str) -> list[str]:
    """Give a verb with its arguments: the case, and the first record of its noun."""
    line = one.command.split()
    places = [each for each in one.parameters() if isinstance(each.said, Argument)]
    in_case = any(each.said.finds == "cases" for each in places)
    letters = next((table.id for table in with_ids(one.noun, in_case=in_case)), "")
    known = {"cases": ref, "staff": "lee", "partners": "HARBOR", "mous": "M1", "protocols": "LUNCH"}
    for parameter in places:
        if not parameter.required:
            continue
        line.append({**known, "id": f"{letters}1"}.get(parameter.said.finds) or "x")
    return line
