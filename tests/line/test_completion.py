"""The TAB key, in the shells as they are: forty lines in each, no junk, and no name."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from conftest import Run
from reintegrate_cli.catalogue import BY_NAME
from reintegrate_cli.line.complete import _values, offered
from reintegrate_cli.line.plain import Argument
from reintegrate_cli.line.shells import answer
from reintegrate_cli.line.typed import verbs_of

NAME = "Zephyrine"
PROGRAM = "reintegrate"
LINES = """
    ca = care case
    CA = care case
    check = checkin
    unl = unlock
    nonsense x =
    case sh = show
    case step = step-down
    case re = reopen resume reveal
    case nonsense x =
    case show REF+ = REF
    case note REF+ = REF
    case show ZZ =
    case show REF x =
    case list --sc = --school
    case list --school ri = Ridgeline
    case list --school x =
    case list --owner OK = okafor
    case list --case REF+ = REF
    case add --setting in = independent
    case add --setting=in = independent
    case add --setting home_ = home_supports
    case add --disability 5 = 504
    case add --identified-on to = today
    case add --identified-on yes = yesterday
    case note REF --from FOLDER/onl = FOLDER/only.txt
    task add --due tom = tomorrow
    wish add REF --about rel = release
    wish add REF --heard-by ok = okafor
    wish outcome REF W = W1
    goal done REF W =
    checkin schedule REF --with stu = student
    checkin schedule REF --every 1 = 1m 1w
    checkin schedule REF --mode in = in_person
    checkin schedule REF --mode in- = in_person
    n = need
    wis = wish
    checkin schedule REF --mode pho --mode =
    schema wi = wish
    schema wish outc = outcome
    vault key rev = revoke
    partner show har = HARBOR
    mou add har = HARBOR
    release add REF --partner h = HARBOR
    adjustment add REF --agreed-by-student n = no
    adjustment add REF --change red = reduced_load
    agenda --we = --week
    agenda --week --we =
    agenda --kind che = checkin
    help exit = exit-codes
    help wi = wish
    completion z = zsh
    vault ver = verify
    vault verify FOLDER/onl = FOLDER/only.txt
    remind prev = preview
    find word x =
    staff add new =
    --tod = --today
    --today tom = tomorrow
    --vault FOLDER/onl = FOLDER/only.txt
    --vault x ca = care case
"""
Line = tuple[str, list[str]]


@pytest.fixture
def folder(district: Run, case: str, tmp_path: Path) -> Path:
    """A folder with one file, beside a vault with all that may be offered."""
    with Path(os.environ["REINTEGRATE_CONFIG"]).open("a") as config:
        config.write('schools = ["Ridgeline", "Lakeview"]\n')
    edited = district("case", "edit", case, given={"safe_name": NAME, "legal_name": NAME})
    assert edited.code == 0, edited.err
    kept = district(
        "wish", "add", case, "--about", "other", "--heard-by", "lee", given={"words": NAME}
    )
    assert kept.code == 0, kept.err
    made = district("partner", "add", "HARBOR", "--kind", "legal", given={"name": NAME})
    assert made.code == 0, made.err
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "only.txt").touch()
    return tmp_path / "files"


def lines(folder: Path, ref: str) -> Iterator[Line]:
    for row in LINES.strip().splitlines():
        line, _, expected = row.strip().rpartition(" =")
        whole = line.replace("REF+", ref[0].lower()).replace("REF", ref)
        named = expected.replace("REF", ref).replace("FOLDER", str(folder)).split()
        yield whole.replace("FOLDER", str(folder)), named


def environment(**more: str) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "TERM": "dumb", **more}


def script(shell: str) -> str:
    done = subprocess.run(
        [PROGRAM, "completion", shell],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def started(line: list[str], settings: str, **more: str) -> "pexpect.spawn[str]":
    shell = pexpect.spawn(
        line[0],
        line[1:],
        env=environment(**more),
        encoding="utf-8",
        dimensions=(50, 200),
        timeout=60,
        echo=False,
    )
    shell.sendline(settings)
    shell.expect("READY%")
    return shell


BASH_SETTINGS = """\
_told() { echo "<<$READLINE_LINE>>"; READLINE_LINE=; }
bind 'set show-all-if-ambiguous on'; bind 'set enable-bracketed-paste off'
bind 'set completion-query-items 0'; bind 'set page-completions off'; bind 'set bell-style none'
bind -x '"\\C-g": _told'; PS1=READY; PS1=$PS1%
"""
ZSH_SETTINGS = """\
_told() { zle -I; print -r -- "<<$BUFFER>>"; BUFFER= }
zle -N _told; bindkey '^G' _told; unsetopt beep prompt_sp list_ambiguous; PS1=READY; PS1="$PS1%%"
"""


def asked(shell: "pexpect.spawn[str]", line: str) -> tuple[str, str]:
    """Type a line and TAB: what the shell showed, and what stands on the line then."""
    shell.send(f"{line}\t\x07")
    shell.expect(r"<<([^\n]*)>>")
    assert shell.match is not None
    return str(shell.before), str(shell.match[1])


def check(shell: "pexpect.spawn[str]", every: Iterator[Line]) -> None:
    for words, expected in every:
        line = f"{PROGRAM} {words}"
        shown, now = asked(shell, line)
        assert NAME not in shown + now
        assert "Traceback" not in shown
        if len(expected) == 1:
            start = re.split(r"[ =](?=[^ =]*$)", line)[0]
            assert now.rstrip()[len(start) + 1 :] == expected[0], (line, now)
        elif expected:
            listed = set(re.split(r"[\s\x08]+", shown))
            assert set(expected) <= listed, (line, shown)
        else:
            assert now == line, (line, now, shown)


@pytest.mark.needs("bash")
def test_in_bash(folder: Path, case: str, tmp_path: Path) -> None:
    (tmp_path / "rc").write_text(BASH_SETTINGS + script("bash"))
    shell = started(["bash", "--norc", "--noprofile", "-i"], f". {tmp_path / 'rc'}")
    check(shell, lines(folder, case))
    shell.close()


@pytest.mark.needs("zsh")
def test_in_zsh(folder: Path, case: str, tmp_path: Path) -> None:
    (tmp_path / ".zshrc").write_text(script("zsh"))
    (tmp_path / "settings").write_text(ZSH_SETTINGS)
    shell = started(["zsh", "-i"], f". {tmp_path / 'settings'}", ZDOTDIR=str(tmp_path))
    check(shell, lines(folder, case))
    shell.close()


@pytest.mark.needs("fish")
def test_in_fish(folder: Path, case: str, tmp_path: Path) -> None:
    every = list(lines(folder, case))
    (tmp_path / "reintegrate.fish").write_text(script("fish"))
    asks = "\n".join(f"complete -C '{PROGRAM} {words}'; echo ::" for words, _ in every)
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"source {tmp_path}/reintegrate.fish\n{asks}"],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stderr, NAME in done.stdout) == ("", False)
    answers = done.stdout.split("::\n")
    for (words, expected), told in zip(every, answers, strict=False):
        values = {row.partition("\t")[0].rpartition("=")[2] for row in told.splitlines()}
        assert values == set(expected), words


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        (
            {"_REINTEGRATE_COMPLETE": "complete_bash", "COMP_WORDS": "x ca", "COMP_CWORD": "1"},
            "care\ncase\n",
        ),
        (
            {
                "_REINTEGRATE_COMPLETE": "complete_bash",
                "COMP_WORDS": "x case sh",
                "COMP_CWORD": "2",
            },
            "show\n",
        ),
        (
            {"_REINTEGRATE_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "x case sh"},
            "_arguments '*: :((\"show\"))'\n",
        ),
        (
            {"_REINTEGRATE_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "x vault verify "},
            "_files\n",
        ),
        (
            {
                "_REINTEGRATE_COMPLETE": "complete_fish",
                "_TYPER_COMPLETE_FISH_ACTION": "get-args",
                "_TYPER_COMPLETE_ARGS": "x checki",
            },
            "checkin\tCheck-ins: what was chosen, what happened, what is due.\n",
        ),
        ({"_REINTEGRATE_COMPLETE": "source_bash"}, ""),
        ({"_REINTEGRATE_COMPLETE": "complete_powershell"}, ""),
    ],
)
def test_scripts_that_typer_installed_still_work(
    run: Run, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], told: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    ended = run()
    assert (ended.code, ended.out, ended.err) == (0, told, "")


def test_fish_is_told_whether_there_is_anything(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_REINTEGRATE_COMPLETE", "complete_fish")
    monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "is-args")
    for typed, code in (("x ca", 0), ("x nonsense", 1)):
        monkeypatch.setenv("_TYPER_COMPLETE_ARGS", typed)
        assert run().code == code


def test_every_verb_has_its_options_completed_and_its_arguments_are_known(
    folder: Path, case: str
) -> None:
    unknown = []
    for noun in BY_NAME:
        for name, verb in verbs_of(noun).items():
            before = [noun] if noun == name else [noun, name]
            names = offered(before, "--")
            for one in verb.parameters():
                assert set(one.names[:1]) <= set(names), (verb.command, one.name)
                said = one.said
                if isinstance(said, Argument) and not (said.finds or _values(one, "case", noun)):
                    unknown.append(said.metavar)
    assert set(unknown) <= FREE


FREE = {
    *("AGE1...", "DATE", "ID", "[ID]", "N", "ROW", "SLUG", "WORD", "MEMBER", "FLAG", "MITIGATION"),
    "LOGIN",
}
"""What somebody makes up, or the shell knows: a word, a number, a file, a name of their choice."""


def test_what_is_typed_in_another_case_is_never_taken_back() -> None:
    assert answer("bash", {"HARBOR": "", "Harley": ""}, "har") == "harBOR\nharley"
    assert answer("bash", {"HARBOR": ""}, "har") == "HARBOR"
    assert answer("bash", {"--owner=Harley": "", "--owner=HARBOR": ""}, "--owner=ha") == (
        "harley\nhaRBOR"
    )


def test_a_locked_vault_offers_nothing_and_asks_nothing(
    folder: Path, case: str, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    monkeypatch.delenv("REINTEGRATE_KEY_FILE")
    monkeypatch.setenv("_REINTEGRATE_COMPLETE", "bash")
    ended = run("case", "show", "")
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    damaged: Callable[[], object] = Path(os.environ["REINTEGRATE_VAULT"]).unlink
    damaged()
    assert run("case", "show", "").out == ""
