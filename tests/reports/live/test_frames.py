"""What a page that comes back has missed."""

from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from reports.live import Frame, Frames


def frame(key: str, text: str = "x") -> Frame:
    return Frame(name=key, key=key, data={"text": text})


def heard(frames: Frames, after: str) -> list[tuple[str, str]]:
    text = frames.after(after)
    assert text is not None
    return [(name, json.loads(data)["text"]) for name, data in re.findall(r"event: (\w+)\ndata: (.*)\n\n", text)]


def test_a_page_hears_what_came_after_it_and_in_order() -> None:
    frames = Frames("run")
    frames.add(frame("a"))
    known = frames.last
    frames.add(frame("b"))
    frames.add(frame("c"))

    assert heard(frames, known) == [("b", "x"), ("c", "x")]
    assert heard(frames, frames.last) == []


def test_of_one_thing_only_the_latest_is_told() -> None:
    frames = Frames("run")
    frames.add(frame("head", "1"))
    frames.add(frame("case", "2"))
    frames.add(frame("head", "3"))

    assert heard(frames, "run-0") == [("case", "2"), ("head", "3")]


def test_a_page_of_another_run_has_to_be_loaded_anew() -> None:
    frames = Frames("run")

    assert frames.after("other-3") is None
    assert frames.after("") is None
    assert frames.after("run-x") is None


def test_a_text_cannot_end_an_event() -> None:
    frames = Frames("run")
    frames.add(frame("a", "one\n\nevent: b\r\ndata: {}"))

    assert heard(frames, "run-0") == [("a", "one\n\nevent: b\r\ndata: {}")]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9)), max_size=20), st.integers(0, 20))
def test_coming_back_at_any_moment_leads_to_the_same_end(told: list[tuple[str, int]], at: int) -> None:
    frames, known = Frames("run"), "run-0"
    state: dict[str, str] = {}
    for number, (key, value) in enumerate(told):
        if number == at:
            state |= dict(heard(frames, known))
            known = frames.last
        frames.add(frame(key, str(value)))
    state |= dict(heard(frames, known))

    assert state == {key: str(value) for key, value in told}
