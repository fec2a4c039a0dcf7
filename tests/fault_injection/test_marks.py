from __future__ import annotations

import pytest

from fault_injection.marks import renewed

NEW = "<start>\nnew\n<end>"


def test_what_stands_between_the_marks_is_replaced_and_nothing_else() -> None:
    assert renewed("before\n<start>\nold\nolder\n<end>\nafter\n", NEW) == f"before\n{NEW}\nafter\n"


@pytest.mark.parametrize(("text", "missing"), [("<end>", "<start>"), ("<start>", "<end>")])
def test_a_missing_mark_is_named(text: str, missing: str) -> None:
    with pytest.raises(ValueError, match=f"the README lacks the mark '{missing}'"):
        renewed(text, NEW)
