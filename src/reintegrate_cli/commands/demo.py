"""``demo``: a throw-away district to try every command in."""

import os
import shlex
import shutil
import stat
import tempfile
from pathlib import Path
from typing import Annotated

from reintegrate_cli import keys
from reintegrate_cli.commands import cast as demo
from reintegrate_cli.commands.agenda import AgendaFilters, list_items, window_of
from reintegrate_cli.core.errors import Settings
from reintegrate_cli.kept import session
from reintegrate_cli.line.output import say
from reintegrate_cli.line.plain import Option
from reintegrate_cli.line.verbs import verb


@verb("demo", "demo", is_list=True)
def demo_(
    remove: Annotated[bool, Option("--remove", help="Delete the demo district.")] = False,
) -> None:
    """Make a fictional district in a temporary vault, and show its week.

    Example: reintegrate demo
    """
    folder = _folder()
    _clear(folder)
    if remove:
        say("the demo district is deleted")
        return
    folder.mkdir(mode=0o700)
    keys.create_private(folder / _MARK, "a throw-away demo; it deletes this folder\n")
    path, key_file = folder / "caseload.vault", folder / "key"
    bundle, store_id = keys.new_bundle("okafor"), keys.new_store_id()
    slot = keys.make_slot("file", keys.create_key_file(key_file), bundle, store_id)
    session.begin(str(path), session.current.today_as)
    session.current.engine.create(bundle, [slot], store_id=store_id)
    session.opened_with(bundle)
    with session.writing("demo") as store:
        for table, record in demo.records(session.today()):
            store.table(table).put(record)
    environment = folder / "env"
    keys.create_private(
        environment,
        f"export REINTEGRATE_VAULT={shlex.quote(str(path))}\n"
        f"export REINTEGRATE_KEY_FILE={shlex.quote(str(key_file))}\n",
    )
    list_items(AgendaFilters(), window_of(session.today()))
    say("everyone here is fictional; to try commands in this shell:")
    say(f"  . {shlex.quote(str(environment))}")
    say("when you are done: reintegrate demo --remove")


def _folder() -> Path:
    return Path(tempfile.gettempdir()) / f"reintegrate-demo-{os.getuid()}"


_MARK = ".made-by-demo"
"""Tells a folder that a demo made from every other."""


def _clear(folder: Path) -> None:
    """Remove an earlier demo; a folder that no demo made is left alone.

    Raises:
        Settings: it is not this user's own folder, or something else is kept in it.
    """
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise Settings(
            "the folder for the demo belongs to somebody else",
            hint="set TMPDIR to a folder of your own",
        )
    if any(folder.iterdir()) and not (folder / _MARK).is_file():
        raise Settings(
            "the folder for the demo exists, but was not made by demo",
            hint=f"move it away: {folder}",
        )
    shutil.rmtree(folder)
