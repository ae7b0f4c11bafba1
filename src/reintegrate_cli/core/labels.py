"""What a person reads for a listed value, wherever one is shown.

Values are promised to scripts, so their names stay; ``--json``, ``--csv`` and what is typed keep
them. A person reads the words of the value itself (``quiet exit``), or better ones from here: kind,
about what happened and never about who a student is, and fit to be read by somebody passing by.
"""

from collections.abc import Iterable

LABELS = {
    # how a case ended, and what a change at school did
    "student_stopped": "the student chose to stop",
    "did_not_help": "the change did not help",
    "not_used": "the change went unused",
    "missed": "did not happen",
    "missed_visit": "the visit did not happen",
    "unrecorded": "nothing recorded",
    "student_declined": "the student chose not to",
    "ineligible": "not open to the student",
    "terminated": "ended early",
    # attendance: a pattern of days, and what became of it
    "leaves_early": "early departures",
    "stopped_coming": "days away",
    "none_found": "none found yet",
    "concern": "worth a closer look",
    "continuing": "still going on",
    # what somebody may have needed
    "escape": "to get away",
    "control": "to have a say",
    "sensory": "calm for the senses",
    # how a student is reached
    "student_initiates": "the student gets in touch",
    "via_staff": "through staff",
    # where a student learns
    "out_of_school": "not in school now",
    "ged": "GED",
    # partners, in words that tell nothing to somebody passing by
    "trafficking_specialist": "specialist",
    "sexual_assault_provider": "SA provider",
    "sex": "S",
    "labor": "L",
    # names of laws and papers
    "idea": "IDEA",
    "ferpa": "FERPA",
    "hipaa": "HIPAA",
    "vawa_voca": "VAWA/VOCA",
    "part2": "42 CFR Part 2",
    "t_status": "T status",
    "eligible_student": "student of age",
    "health_safety": "health or safety",
}


def label(value: str | None) -> str:
    """Return what a person reads for a listed value; nothing for none."""
    return LABELS.get(value, value.replace("_", " ")) if value else ""


def labels(values: Iterable[str]) -> str:
    """Return what a person reads for several listed values, with commas between them."""
    return ", ".join(map(label, values))


def told(values: Iterable[str]) -> dict[str, str]:
    """Return what is read for some listed values, if it says more than their names do."""
    return {value: LABELS[value] for value in values if " " in LABELS.get(value, "").strip()}
