"""How a field of a form becomes an option: what it is called, what it takes, what its help says."""

from collections.abc import Sequence

from reintegrate_cli.core.hints import FLAG
from reintegrate_cli.core.labels import told
from reintegrate_cli.core.lean import msgspec
from reintegrate_cli.core.records import Word
from reintegrate_cli.line import offers
from reintegrate_cli.line.forms import Input
from reintegrate_cli.line.plain import Option, Parameter


def option_of(prefix: str, item: Input, statuses: Sequence[str]) -> Parameter:
    """Return the option of a field.

    Args:
        prefix: the parameter of the function that takes the form.
        item: the field.
        statuses: every status that a row of the verb's list can have.
    """
    name = f"{prefix}__{item.name}"
    text = item.help[:1].upper() + item.help[1:] + ("." if item.help else "")
    if item.name == "status" and item.type is Word:
        item = msgspec.structs.replace(item, choices=tuple(statuses))
        text = text if statuses else "Nothing listed here has one."
    if FLAG in item.hints:
        no = item.option.replace("--", "--no-", 1)
        return Parameter(name, bool | None, Option(item.option, help=text, no=no))
    metavar = _METAVARS.get(getattr(item.type, "__name__", ""), "VALUE")
    if item.name == "case" and item.type is Word:
        metavar = "REF"
    if item.choices:
        metavar = "|".join(item.choices) if len(item.choices) < 5 else "KIND"
    shown = told(item.choices)
    if item.choices and len(item.choices) >= 5:
        named = (f"{one} ({shown[one]})" if one in shown else one for one in item.choices)
        text += f" One of: {', '.join(named)}."
    alone = "yes" if item.type is bool else None
    said = Option(
        item.option,
        also=item.also,
        alone=alone,
        metavar=metavar,
        help=text,
        complete=offers.values(item),
    )
    return Parameter(name, list[str] | None if item.repeated else str | None, said)


_METAVARS = {
    "date": "DATE",
    "bool": "yes|no",
    "int": "N",
    "Slug": "SLUG",
    "Person": "SLUG",
    "Hearer": "SLUG",
    "Word": "WORD",
    "School": "SCHOOL",
    "Worker": "SLUG",
    "Staffer": "SLUG",
    "Agency": "SLUG",
    "Holder": "SLUG",
    "Policy": "SLUG",
    "Post": "ROLE=SLUG",
    "Deadline": "WHAT@DATE",
    "Addressee": "SLUG",
    "Who": "SLUG|ID",
    "CareId": "ID",
    "ConnectionId": "ID",
    "ScheduleId": "ID",
    "CaseRef": "REF",
    "RecordId": "ID",
    "Every": "CADENCE",
    "Clock": "HH:MM",
    "Moment": "MOMENT",
    "Path": "FILE",
    "Address": "ADDRESS",
    "Host": "HOST",
    "Hundredths": "N",
    "HalfDays": "DAYS",
    "Cents": "AMOUNT",
    "Sessions": "N",
    "Funder": "SOURCE",
}
