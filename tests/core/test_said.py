"""What a person reads for a listed value: kind words, for values that there are."""

import re
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest

import reintegrate_cli
from reintegrate_cli.core.labels import LABELS, label, labels
from reintegrate_cli.core.loading import load

ROOT = Path(reintegrate_cli.__file__).parent


def _listed() -> set[str]:
    modules = [
        load(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for path in ROOT.rglob("nouns/**/*.py")
        if path.stem != "__init__"
    ]
    kinds = [kind for module in modules for kind in vars(module).values()]
    return {
        value for kind in kinds if get_origin(kind) is Literal for value in map(str, get_args(kind))
    }


def test_every_label_is_of_a_value_that_there_is() -> None:
    assert set(LABELS) - _listed() == set()


@pytest.mark.parametrize("value", sorted(_listed()))
def test_a_label_is_words_and_nothing_that_tells_a_passer_by(value: str) -> None:
    assert "_" not in label(value)
    assert not re.search(r"traffick|\bsex|exploit|prostitut|victim|abus", label(value), re.I)


def test_what_a_student_chose_or_did_not_need_is_not_put_on_them() -> None:
    assert label("student_stopped") == "the student chose to stop"
    assert label("missed_visit") == "the visit did not happen"
    assert label("quiet_exit") == "quiet exit"
    assert label(None) == ""
    assert labels(("sex", "labor")) == "S, L"
