"""``schema``: what a command reads with ``--from``."""

import json
from datetime import date
from typing import Annotated

from reintegrate_cli.catalogue import BY_NAME
from reintegrate_cli.core.errors import Settings, Usage
from reintegrate_cli.core.records import WORD, free_text
from reintegrate_cli.kept import session
from reintegrate_cli.line import schemas, typed
from reintegrate_cli.line.output import print_rows
from reintegrate_cli.line.plain import Argument
from reintegrate_cli.line.verbs import verb


def _today() -> date:
    try:
        return session.today()
    except Settings:  # a malformed district.toml does not hide what commands read
        return session.now().date()


@verb("schema", "schema")
def schema(
    noun: Annotated[str, Argument(metavar="NOUN", help="The noun.")],
    name: Annotated[str | None, Argument(metavar="VERB", help="One verb alone.")] = None,
) -> None:
    """Print the JSON Schema of a command's input.

    Example: reintegrate schema checkin schedule
    """
    if not all(WORD.fullmatch(typed) for typed in (noun, name or "x")):
        raise free_text()
    if noun not in BY_NAME:
        raise Usage("there is no such noun", hint="reintegrate --help lists them")
    today = _today()
    forms = {key: one.form for key, one in typed.verbs_of(noun).items() if one.form}
    if name is None:
        made = {
            key: schemas.json_schema(form, f"{noun} {key}", today) for key, form in forms.items()
        }
        print_rows(json.dumps(made, indent=2))
        return
    if name not in forms:
        raise Usage(
            "that verb does not read --from", hint=f"those that do: {', '.join(forms) or 'none'}"
        )
    print_rows(json.dumps(schemas.json_schema(forms[name], f"{noun} {name}", today), indent=2))
