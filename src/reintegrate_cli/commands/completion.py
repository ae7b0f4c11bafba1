"""``completion``: what a shell needs to complete lines of this program."""

from typing import Annotated

from reintegrate_cli.core.errors import Usage
from reintegrate_cli.line.output import print_rows
from reintegrate_cli.line.plain import Argument
from reintegrate_cli.line.shells import SCRIPTS
from reintegrate_cli.line.verbs import verb


@verb("completion", "completion")
def completion(
    shell: Annotated[
        str, Argument(metavar="SHELL", help="bash, zsh or fish.", complete=lambda: list(SCRIPTS))
    ],
) -> None:
    """Print what your shell reads so that the TAB key completes.

    Put it where the shell looks: at the end of ~/.bashrc or ~/.zshrc, or in
    ~/.config/fish/completions/reintegrate.fish; then open a new shell.

    Example: reintegrate completion bash >> ~/.bashrc
    """
    if shell not in SCRIPTS:
        raise Usage(f"there is completion for {', '.join(SCRIPTS)} alone")
    print_rows(SCRIPTS[shell], end="")
