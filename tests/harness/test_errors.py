"""Messages and exit codes."""

from __future__ import annotations

import pytest

from harness.errors import HarnessError, TargetError, UsageError


@pytest.mark.parametrize(("kind", "code"), [(HarnessError, 3), (UsageError, 2), (TargetError, 3)])
def test_the_kind_decides_the_exit_code(kind: type[HarnessError], code: int) -> None:
    assert kind("it broke").exit_code == code


def test_a_short_message_has_its_evidence_on_the_first_line() -> None:
    error = UsageError("there is no case x", evidence="127 cases are known", next_step="did you mean y?")

    assert str(error) == "there is no case x: 127 cases are known\ndid you mean y?"


def test_long_evidence_stands_between_what_and_the_next_step() -> None:
    error = TargetError("it ended", evidence="said:\nTraceback", next_step="run it by hand")

    assert str(error) == "it ended\nsaid:\nTraceback\nrun it by hand"


def test_what_alone_is_a_message() -> None:
    assert str(HarnessError("it broke")) == "it broke"
