"""Who answers for a row of the agenda when nobody is named (guidance clauses 43 and 44).

A kind that is not here is the case's owner's, whatever the model, and so is that of a new noun.
"""

from typing import Final, Literal

Model = Literal["specialist", "school_team", "task_force"]
SEATS: Final[dict[str, dict[str, str]]] = {
    "specialist": {},
    "school_team": {
        "checkin": "school_counselor",
        "conferral": "school_counselor",
        "adjustment": "school_counselor",
        "placement": "school_counselor",
        "attendance": "attendance_officer",
        "safety": "social_worker",
        "incident": "social_worker",
    },
    "task_force": {"attendance": "attendance_officer"},
}
"""By model and kind of row, the seat of the school's team that it goes to."""
LED: Final = ("partner_checkin", "referral", "conference", "mou")
"""The kinds that show who leads, where a task force does."""
REQUIRED: Final = "attendance_officer"
"""The seat that every team has: they are the first to notice (E8)."""


def relied_on(model: str) -> tuple[str, ...]:
    """Return the seats that a team of a model has to fill."""
    return tuple(dict.fromkeys((REQUIRED, *SEATS[model].values())))
