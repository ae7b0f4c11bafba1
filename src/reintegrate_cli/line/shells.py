"""The shells that complete: the script of each, how it hands over its words, what it reads.

Each script hands the words up to the cursor to the program itself, one argument each, and
names the shell in ``_REINTEGRATE_COMPLETE``. Scripts that Typer installed with an earlier
release ask in its manner (``complete_bash`` and so on), and are answered in it.
"""

import os
from collections.abc import Mapping, Sequence

FILES = ":files"
"""Answered in the place of offers where the path of a file belongs."""

Offers = Mapping[str, str]
"""What may be typed, each with its explanation."""

BASH = """\
_reintegrate() {
    local value
    COMPREPLY=()
    while IFS= read -r value; do
        if [ "$value" = :files ]; then
            compopt -o filenames 2>/dev/null
            while IFS= read -r value; do
                COMPREPLY+=("$value")
            done < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
        else
            COMPREPLY+=("$value")
        fi
    done < <(_REINTEGRATE_COMPLETE=bash "$1" "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _reintegrate reintegrate
"""

ZSH = """\
#compdef reintegrate
_reintegrate() {
    local program=${(Q)words[1]}
    local -a offers
    offers=("${(@f)$(_REINTEGRATE_COMPLETE=zsh ${~program} "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
    if [[ $offers[1] == :files ]]; then
        _files
    elif [[ -n $offers[1] ]]; then
        _describe -V reintegrate offers -M 'm:{a-zA-Z-}={A-Za-z_}'
    fi
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
compdef _reintegrate reintegrate
"""

FISH = """\
function __reintegrate
    set -l typed (commandline -opc) (commandline -ct)
    set -l offers (_REINTEGRATE_COMPLETE=fish $typed[1] $typed[2..-1] 2>/dev/null)
    if test "$offers[1]" = :files
        __fish_complete_path (commandline -ct)
    else if test -n "$offers[1]"
        printf '%s\\n' $offers
    end
end
complete --command reintegrate --no-files --keep-order --arguments '(__reintegrate)'
"""

SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}


def words(asked: str, args: Sequence[str]) -> list[str]:
    """Return the words after the program's name, the one at the cursor last.

    Args:
        asked: what ``_REINTEGRATE_COMPLETE`` says.
        args: the arguments of this process.
    """
    if not asked.startswith("complete_"):
        return _joined(args) if asked == "bash" else list(args)
    line = os.environ.get("_TYPER_COMPLETE_ARGS", os.environ.get("COMP_WORDS", ""))
    typed = [word.strip("'\"") for word in line.split()][1:]
    at = int(os.environ.get("COMP_CWORD") or len(typed) + line.endswith(" "))
    return [*typed, ""][:at]


def _joined(args: Sequence[str]) -> list[str]:
    """Put together what bash parts at an equals sign."""
    joined: list[str] = []
    for at, word in enumerate(args):
        if joined and (word == "=" or args[at - 1] == "=") and joined[-1].startswith("--"):
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def answer(asked: str, offers: Offers, last: str) -> str:
    """Return what the shell's script reads; nothing for one that is not known.

    Args:
        asked: what ``_REINTEGRATE_COMPLETE`` says.
        offers: what may be typed.
        last: the word at the cursor.
    """
    if FILES in offers:
        return FILES if asked in SCRIPTS else "_files" if asked == "complete_zsh" else ""
    if asked == "complete_zsh":  # this script runs what it reads
        listed = "\n".join(f'"{value}"' for value in offers)
        return f"_arguments '*: :(({listed}))'" if listed else ""
    if asked in ("bash", "complete_bash"):
        # Bash puts what it reads in the place of what comes after the equals sign.
        start = f"{last.partition('=')[0]}=" if asked in SCRIPTS and "=" in last else ""
        values = [value.removeprefix(start) for value in offers]
        typed = last.removeprefix(start)
        if len({value[: len(typed)] for value in values}) > 1:
            # Bash would take back where they differ; a slug is matched in any case.
            values = [typed + value[len(typed) :] for value in values]
        return "\n".join(values)
    if asked in ("zsh", "fish", "complete_fish"):
        mark = ":" if asked == "zsh" else "\t"
        return "\n".join(f"{value}{mark}{' '.join(text.split())}" for value, text in offers.items())
    return ""
