"""Pieces of tool calls come one call behind the other, however upstream mixes them."""

from __future__ import annotations

from typing import Any

import pytest

from harness.reference_proxy.faces.calls import OneByOne


def _piece(index: int, arguments: str = "", **names: str) -> dict[str, Any]:
    function = {"arguments": arguments, **({"name": names["name"]} if "name" in names else {})}
    return {"index": index, **({"id": names["id"]} if "id" in names else {}), "function": function}


def _given(*pieces: dict[str, Any]) -> list[tuple[int, str | None, str | None, str]]:
    calls = OneByOne("m")
    made = [each for piece in pieces for each in calls.accept(piece)] + list(calls.end())
    return [
        (each["index"], each.get("id"), each["function"].get("name"), each["function"]["arguments"]) for each in made
    ]


def test_a_single_call_flows_as_it_comes() -> None:
    pieces = _piece(0, id="a", name="f"), _piece(0, '{"x"'), _piece(0, ":1}")

    assert _given(*pieces) == [(0, "a", "f", ""), (0, None, None, '{"x"'), (0, None, None, ":1}")]


@pytest.mark.parametrize("late", [{"id": "a", "name": "f"}, {"id": "a"}, {"name": "f"}])
def test_a_call_waits_for_its_id_and_its_name(late: dict[str, str]) -> None:
    early = {"id": "a", "name": "f"}.items() - late.items()

    assert _given(_piece(0, "{", **dict(early)), _piece(0, "}", **late)) == [(0, "a", "f", "{}")]


def test_a_call_waits_until_the_arguments_of_the_one_before_are_whole() -> None:
    pieces = _piece(0, "{", id="a", name="f"), _piece(1, "[", id="b", name="g"), _piece(0, "}"), _piece(1, "]")

    assert _given(*pieces) == [(0, "a", "f", "{"), (0, None, None, "}"), (1, "b", "g", "["), (1, None, None, "]")]


def test_arguments_that_are_no_json_hold_the_next_call_back_until_the_end() -> None:
    assert _given(_piece(0, "oops", id="a", name="f"), _piece(1, "{}", name="g")) == [
        (0, "a", "f", "oops"),
        (1, "call_m_1", "g", "{}"),
    ]
