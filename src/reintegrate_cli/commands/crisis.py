"""``crisis``: what to do first when somebody is in danger; it needs no vault and no key (F8)."""

from reintegrate_cli.core.crisis import DEFAULT, Crisis, rescued
from reintegrate_cli.core.errors import Problem
from reintegrate_cli.core.records import Public, Value
from reintegrate_cli.kept.settings import district_text, parse_district
from reintegrate_cli.line import output
from reintegrate_cli.line.output import say, show
from reintegrate_cli.line.speech import pairs, print_rows
from reintegrate_cli.line.verbs import verb


class Number(Value, frozen=True, kw_only=True):
    """Who answers at a number."""

    number: Public[str]
    name: Public[str]


class Steps(Value, frozen=True, kw_only=True):
    """What ``crisis`` answers a script."""

    steps: Public[tuple[str, ...]]
    numbers: Public[tuple[Number, ...]]
    from_district: Public[bool]
    """Whether the district said them itself."""


@verb("crisis", "crisis")
def crisis() -> None:
    """Show what to do first when somebody is in danger, and who to call; records come after.

    The steps and numbers are the district's own, in [crisis] of district.toml.

    Example: reintegrate crisis
    """
    said, own = _of_district()
    numbers = tuple(Number(number=number, name=name) for number, name in said.numbers.items())
    if output.current.as_json:
        show(Steps(steps=said.steps, numbers=numbers, from_district=own))
        return
    pairs([(each.number, each.name) for each in numbers])
    if said.steps:
        print_rows("")
    pairs([(f"{place}.", step) for place, step in enumerate(said.steps, 1)])
    if not own:
        say("your district's own steps and numbers go into [crisis] of district.toml")


def _of_district() -> tuple[Crisis, bool]:
    """Return the steps and numbers, and whether they are the district's own.

    Nothing that is wrong with the file keeps anybody from them.
    """
    text = b""
    try:
        text = district_text()
        said = parse_district(text).crisis
    except Problem as problem:
        say(problem.message)
        said = rescued(text.decode("utf-8", "replace"))
    return said or DEFAULT, said is not None
