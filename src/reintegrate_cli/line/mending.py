"""Going on after a command was not kept, with what was typed at hand.

Where an answer is wrong, the fields that the rule names are asked again, with what was answered in
place; all else stays. Where the machine is (a full disk, a busy vault) or the program, the person
is asked whether to try again. Nothing of it is written anywhere meanwhile.
"""

from contextlib import suppress

from reintegrate_cli.core.errors import Interrupted, Missing, Problem, Refused, Usage
from reintegrate_cli.kept import session
from reintegrate_cli.line import asking, failing, speech
from reintegrate_cli.line.forms import Input, inputs_of
from reintegrate_cli.line.questions import Question
from reintegrate_cli.line.reading import Reading

_ANSWERS = (Usage, Refused, Missing)
"""What is wrong with a command because of an answer, and not because of anything else."""
_STOP = "stop"
_AGAIN = {"yes": "", "change": "change an answer first", "no": "save nothing"}


def go_on(form: type, fault: BaseException) -> None:
    """Make ready to try a command again, with what was typed at hand; or let it end.

    Args:
        form: the class of the command's form.
        fault: why it was not kept.

    Raises:
        BaseException: it ends so: nothing was typed, or the person does not go on.
    """
    dialog, reading = asking.dialog(), speech.current.reading
    if isinstance(fault, KeyboardInterrupt):
        if fault.args or session.current.committed or not dialog.is_long() or asking.gives_up():
            raise fault  # a signal that ends the command, or the person
        dialog.begin_again()
        return
    if session.current.committed or reading is None or _is_final(fault):
        raise fault
    if not (reading.answers or dialog.is_long()):
        raise fault
    problem = failing.problem_of(fault)
    items = [item for item in inputs_of(form) if item.is_one_of(problem.fields)]
    if isinstance(problem, _ANSWERS) and not (items or dialog.is_long()):
        raise problem
    speech.tell(problem)
    speech.current.told = problem
    if not isinstance(problem, _ANSWERS):
        items = _asked_again(form, reading, problem)
    elif not items:
        items = [_asked_which(form, reading)]
    dialog.begin_again()
    names = [item.name for item in items]
    dialog.wrong = frozenset(names)
    reading.ask_for([*names, *(name for name in reading.left if name not in names)])


def _is_final(fault: BaseException) -> bool:
    """Return whether nobody is left to be asked, or the person has said so."""
    return isinstance(fault, Interrupted | EOFError | BrokenPipeError | speech.Unprinted)


def _asked_again(form: type, reading: Reading, problem: Problem) -> list[Input]:
    """Ask whether to try again where no answer is wrong; return what is to be asked for first.

    Raises:
        Problem: the person does not.
    """
    # Who cannot know whether it was saved looks first, and does not enter it twice.
    first = "yes" if problem.is_known else "no"
    question = Question(
        "what you typed is still here; try again",
        choices=tuple(_AGAIN),
        about=_AGAIN,
        default=first,
    )
    chosen = "no"
    with suppress(EOFError, KeyboardInterrupt):
        chosen = asking.put(question)
    if chosen == "no":
        raise problem
    return [_asked_which(form, reading)] if chosen == "change" else []


def _asked_which(form: type, reading: Reading) -> Input:
    """Ask which answer is to be another one, where what is wrong names no field.

    Raises:
        Interrupted: the person stopped.
    """
    items = {item.key: item for item in inputs_of(form) if item.name in reading.values}
    choices = {key: item.help for key, item in items.items()} | {_STOP: "save nothing"}
    question = Question(
        "which answer do you want to change", choices=tuple(choices), about=choices, needed=True
    )
    with suppress(EOFError, KeyboardInterrupt):
        chosen = asking.put(question)
        if chosen != _STOP:
            return items[chosen]
    raise Interrupted("stopped; nothing was saved")
