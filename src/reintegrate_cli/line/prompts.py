"""Questions with line editing, lists and what was understood, drawn by ``prompt_toolkit``.

Loaded when something visible is asked, and not before. Each question is an application of its
own: no history is kept, in memory neither; there is no editor, no search, no way to suspend,
and the terminal is never asked where its cursor is, since the answer would be typed into the
shell. It draws below the cursor, never higher than the window, and takes away what it drew;
what stays is one line, with the answer only where a colleague may read it.
"""

import asyncio
import os
import sys
import textwrap
from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import DummyHistory
from prompt_toolkit.input import create_input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import ConditionalContainer, Dimension, HSplit, Layout, Window
from prompt_toolkit.layout.controls import BufferControl, FormattedTextControl
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.styles import Style

from reintegrate_cli.core.cleaning import clean
from reintegrate_cli.core.errors import Problem
from reintegrate_cli.line.pasting import TOLD, Pasting
from reintegrate_cli.line.questions import Question, Stopped, begins, measure, shown
from reintegrate_cli.line.speech import write

_STYLE = Style.from_dict(
    {"question": "bold", "help": "ansibrightblack", "understood": "", "problem": "ansiyellow"}
)
_LONGEST_LIST = 9
_PUSHED = "the window got smaller: a part of what you typed may still be above it"
_UNUSED = ("c-z", "c-q", "c-l", "c-o", "c-r", "c-s", "c-\\", "c-@", "insert")

_ended_by_return = False
"""Whether Return ended the question before; the line feed of the two belongs to it."""


def ask(question: Question) -> str:
    """Ask a question until the answer fits.

    Raises:
        Stopped: the person pressed Ctrl-C.
        EOFError: the person pressed Ctrl-D where nothing was typed, or went away.
    """
    sys.stdout.flush()
    asked = _Asking(question)
    try:
        value, understood = asyncio.run(asked.run())
    except Exception:
        if question.keep is not None:
            question.keep(asked.buffer.text)
        raise
    write(f"{summed_up(question, value, understood)}\n")
    return value


def summed_up(question: Question, value: str, understood: str) -> str:
    """Return in one line what was asked, and the answer if a colleague may read it."""
    if question.several:
        answer = measure(value) if value else ""
    elif question.private and value:
        answer = "given"
    else:
        answer = ", ".join(map(shown, value.split(","))) if question.choices else value
    told = answer if question.private else understood or answer
    prompt = f"{question.prompt}: {told or '-'}"
    indent = " " * (len(question.place) + 2 if question.place else 2)
    columns = _output().get_size().columns
    return _wrapped(prompt, columns, "", indent)


def _wrapped(text: str, columns: int, first: str, rest: str) -> str:
    return "\n".join(
        textwrap.wrap(
            clean(text),
            max(20, columns - 1),
            initial_indent=first,
            subsequent_indent=rest,
            break_on_hyphens=False,
        )
    )


class _Terminal(Vt100_Output):
    """The terminal, where what is taken away leaves nothing in the scrollback."""

    def erase_down(self) -> None:
        """Erase each line in place: tmux and GNU screen keep what is cleared from the top on."""
        below = "\x1b[B\x1b[2K" * (self.get_size().rows - 1)
        self.write_raw(f"\x1b7\x1b[K{below}\x1b8")


def _output() -> Vt100_Output:
    """Return the terminal that speech goes to; rows alone go to stdout."""
    drawn = _Terminal.from_pty(sys.stderr, term=os.environ.get("TERM"), enable_bell=False)
    drawn.enable_cpr = False
    return drawn


class _Asking:
    """One question while it is on the screen."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.problem = question.problem
        self.marked = -1
        """Which of the list would be taken."""
        text = question.text
        if text in question.choices and not question.many:
            self.marked, text = question.choices.index(text), ""
        self.buffer = Buffer(
            multiline=question.several,
            history=DummyHistory(),
            document=Document(text, len(text)),
            on_text_changed=self._changed,
        )
        self.answer = ("", "")
        drawn = _output()
        self.application: Application[None] = Application(
            layout=Layout(self._layout(drawn)),
            key_bindings=self._keys(),
            style=_STYLE,
            color_depth=ColorDepth.DEPTH_1_BIT if os.environ.get("NO_COLOR") else None,
            erase_when_done=True,
            input=create_input(sys.stdin),
            output=drawn,
            before_render=lambda _: self._fit(),
            after_render=lambda _: self._drew(),
        )
        self.size = drawn.get_size()
        self.height = 0
        """How many rows were drawn last."""
        self.pasting = Pasting()
        self.pasted = False
        """Whether several lines came at once, of which one answer was made."""
        self.pushed = False
        """Whether what was typed may have gone into the scrollback."""

    async def run(self) -> tuple[str, str]:
        """Ask; return the value, and how it was understood."""
        loop = asyncio.get_running_loop()
        # The library would print what went wrong, with values in it, and wait for Enter.
        run = self.application.run_async(set_exception_handler=False)
        loop.set_exception_handler(self._fault)
        try:
            await run
        finally:
            if self.pushed and os.environ.get("STY"):  # GNU screen keeps its own
                write(f"{_PUSHED}\n")
        return self.answer

    def _fault(self, _loop: Any, context: dict[str, Any]) -> None:
        if self.application.future is not None and not self.application.future.done():
            fault = context.get("exception") or RuntimeError("a question failed")
            self.application.exit(exception=fault)

    # What is drawn

    def _fit(self) -> None:
        """Clear the scrollback, if a window that got smaller pushed private text into it."""
        former, self.size = self.size, self.application.output.get_size()
        rows = self.height * -(-former.columns // self.size.columns)
        smaller = self.size.rows < former.rows or self.size.columns < former.columns
        private = self.question.private or self.question.several
        if smaller and private and self.buffer.text and rows >= self.size.rows:
            self.pushed = True
            self.application.output.write_raw("\x1b[3J")

    def _drew(self) -> None:
        screen = self.application.renderer.last_rendered_screen
        self.height = screen.height if screen is not None else 0
        self.pasting.waits()

    def _layout(self, drawn: Vt100_Output) -> HSplit:
        def rows() -> int:
            return drawn.get_size().rows

        asked = self.question
        typing = Window(
            BufferControl(self.buffer),
            wrap_lines=True,
            get_line_prefix=lambda _line, _wraps: [("class:help", "  ")],
            height=lambda: Dimension(min=1, max=max(1, rows() - 6)),
            dont_extend_height=True,
        )
        parts = [
            _words(lambda: self._fitted("class:question", asked.prompt, "")),
            typing,
            _words(self._list, Condition(lambda: bool(self._offered()))),
            _words(self._told, Condition(lambda: bool(self._told()))),
            _words(
                lambda: self._fitted("class:help", asked.help),
                Condition(lambda: bool(asked.help) and rows() > 5),
            ),
        ]
        return HSplit(parts)

    def _offered(self) -> list[tuple[str, str]]:
        return self.question.matching(self.buffer.text)

    def _list(self) -> StyleAndTextTuples:
        offered = self._offered()
        at = min(self.marked, len(offered) - 1)
        room = min(_LONGEST_LIST, max(1, self.application.output.get_size().rows - 6))
        first = max(0, min(at - room // 2, len(offered) - room))
        wide = max(len(value) for value, _ in offered)
        drawn: StyleAndTextTuples = []
        for row in range(first, min(first + room, len(offered))):
            value, about = offered[row]
            number = ""
            if self.question.choices:
                number = f"{self.question.choices.index(value) + 1:>2} "
                value = shown(value)
            text = f"{number}{value:<{wide}}  {about}".rstrip()
            mark, style = ("> ", "reverse") if row == at else ("  ", "")
            drawn += [("", f"  {mark}"), (style, text), ("", "\n")]
        left = len(offered) - room
        if left > 0:
            drawn.append(("class:help", f"       {left} more: arrow keys, or more letters\n"))
        return drawn[:-1] if left <= 0 else [*drawn[:-1], (drawn[-1][0], drawn[-1][1].rstrip("\n"))]

    def _told(self) -> StyleAndTextTuples:
        if self.problem:
            return self._fitted("class:problem", self.problem)
        if self.pasted:
            return self._fitted("class:problem", TOLD)
        understood = self.question.live(self.buffer.text)
        return self._fitted("class:understood", understood) if understood else []

    def _fitted(self, style: str, text: str, indent: str = "  ") -> StyleAndTextTuples:
        """Break lines between words, which the library does not."""
        columns = self.application.output.get_size().columns
        return [(style, _wrapped(text, columns, indent, "  "))]

    # What keys do

    def _changed(self, _buffer: Buffer) -> None:
        self.problem = ""
        offered, text = self._offered(), self.buffer.text.strip()
        self.marked = -1
        self.pasted = self.pasted and bool(text)
        if not text or self.question.several:
            return
        if self.question.choices and text.isdigit() and 1 <= int(text) <= len(offered):
            self.marked = int(text) - 1
        elif len(offered) == 1 and self.question.understood is None:
            self.marked = 0  # a date is what was typed, and not what might be meant

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()
        several = self.question.several

        @keys.add("c-m", eager=True)
        def _return(event: KeyPressEvent) -> None:
            self._enter(event, by_return=True)

        @keys.add("c-j", eager=True)
        def _line_feed(event: KeyPressEvent) -> None:
            before = event.previous_key_sequence
            paired = before[-1].key == Keys.ControlM if before else _ended_by_return
            if not paired:
                self._enter(event, by_return=False)

        @keys.add("c-c", eager=True)
        @keys.add("<sigint>", eager=True)
        def _stop(event: KeyPressEvent) -> None:
            self._exit(Stopped(self.buffer.text))

        @keys.add("c-d", eager=True)
        def _end(event: KeyPressEvent) -> None:
            if several:
                self._take(self.buffer.text)
            elif self.buffer.text:
                self.buffer.delete()
            else:
                self._exit(EOFError())

        @keys.add(Keys.BracketedPaste, eager=True)
        def _paste(event: KeyPressEvent) -> None:
            self.buffer.insert_text(self.question.joined(event.data))

        if several:
            keys.add("tab")(lambda event: self.buffer.insert_text("\t"))
        else:
            self._add_list_keys(keys)
        for key in _UNUSED:
            keys.add(key, eager=True)(lambda event: None)
        return keys

    def _add_list_keys(self, keys: KeyBindings) -> None:
        listed = Condition(lambda: bool(self._offered()))

        @keys.add("up", filter=listed)
        def _up(event: KeyPressEvent) -> None:
            self._mark(-1)

        @keys.add("down", filter=listed)
        def _down(event: KeyPressEvent) -> None:
            self._mark(1)

        @keys.add("tab")
        def _complete(event: KeyPressEvent) -> None:
            self._fill_in()

    def _mark(self, by: int) -> None:
        offered = self._offered()
        at = self.marked if self.marked >= 0 or by > 0 else len(offered)
        self.marked = (at + by) % len(offered)

    def _fill_in(self) -> None:
        """Put in the place of what was typed what it can only mean, as far as that is plain."""
        offered = [value for value, _ in self._offered()]
        if self.marked >= 0:
            self._put(offered[self.marked])
        elif offered:
            common = offered[0]
            while not all(begins(value, common) for value in offered):
                common = common[:-1]
            if not begins(self.buffer.text.rpartition(",")[2], common):
                self._put(common)

    def _put(self, value: str) -> None:
        before = self.buffer.text.rpartition(",")[0] if self.question.many else ""
        text = f"{before},{shown(value)}" if before else value
        if self.question.choices and not before:
            text = shown(value)
        self.buffer.document = Document(text, len(text))

    def _enter(self, event: KeyPressEvent, *, by_return: bool) -> None:
        global _ended_by_return
        offered = self._offered()
        if self.question.several:
            before = self.buffer.document.text_before_cursor
            is_dot = (
                before.rpartition("\n")[2] == "." and not self.buffer.document.text_after_cursor
            )
            if is_dot and not self.pasting.holds(_rest(event)):
                self.buffer.document = Document(before[:-1], len(before) - 1)
                self._take(before[:-1])
            else:
                self.buffer.insert_text("\n")
            return
        if self.pasting.holds(_rest(event)):
            self.pasted = True
            self.buffer.insert_text(self.question.between)
            return
        _ended_by_return = by_return
        if 0 <= self.marked < len(offered):
            value = offered[self.marked][0]
            if self.question.many and self.buffer.text.strip() not in ("", value):
                self._put(value)
                value = self.buffer.text
            self._take(value)
        else:
            self._take(self.buffer.text)

    def _take(self, text: str) -> None:
        try:
            self.answer = self.question.settle(text)
        except Problem as wrong:
            self.problem = f"{wrong.message}; {wrong.hint}" if wrong.hint else wrong.message
            self.application.renderer.erase()  # it is drawn whole, for who reads along
            return
        except Exception as fault:  # noqa: BLE001 - ends the command, once the screen is restored
            self._exit(fault)
            return
        self._exit(None)

    def _exit(self, fault: BaseException | None) -> None:
        if self.application.future is None or self.application.future.done():
            return
        if fault is None:
            self.application.exit()
        else:
            self.application.exit(exception=fault)


def _rest(event: KeyPressEvent) -> str:
    """Return what was read together with a key, and comes after it."""
    datas = (press.data for press in event.key_processor.input_queue)
    return "".join(data for data in datas if data in "\r\n" or data.isprintable())


def _words(text: Any, shows: Condition | None = None) -> Any:
    """Draw words below each other, as high as they need."""
    drawn = Window(FormattedTextControl(text), wrap_lines=True, dont_extend_height=True)
    return drawn if shows is None else ConditionalContainer(drawn, shows)
