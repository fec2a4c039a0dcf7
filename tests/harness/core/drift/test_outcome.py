"""What a comparison comes to: each difference once, who moved, and an exit code."""

from __future__ import annotations

import json

import pytest

from harness.core.drift.form import form_of
from harness.core.drift.outcome import Compared, FailOn, Outcome, Sides, forms_of
from harness.core.drift.questions import DIALECTS, questions


def _sides(mock: object, upstream: object) -> Sides:
    return Sides(mock=form_of([mock]), upstream=form_of([upstream]))


SAME = Compared(id="same", sides=_sides({"a": 1}, {"a": 2}))
MORE = Compared(id="more", sides=_sides({"a": 1}, {"a": 1, "b": 1}))
LESS = Compared(id="less", sides=_sides({"a": 1}, {}))
MISSING = Compared(id="missing", why_not="it answered 429: busy")


def _outcome(*compared: Compared, fail_on: FailOn = "breaking", before: dict[str, Sides] | None = None) -> Outcome:
    return Outcome(version="1", upstream="http://u", model="m", compared=compared, fail_on=fail_on, before=before or {})


@pytest.mark.parametrize(
    ("compared", "fail_on", "code"),
    [
        ((SAME,), "any", 0),
        ((SAME, MORE), "breaking", 0),
        ((SAME, MORE), "any", 1),
        ((LESS,), "breaking", 1),
        ((SAME, MISSING), "breaking", 3),
        ((LESS, MISSING), "breaking", 1),
        ((), "breaking", 3),
    ],
)
def test_the_exit_code_says_how_it_stands(compared: tuple[Compared, ...], fail_on: FailOn, code: int) -> None:
    assert _outcome(*compared, fail_on=fail_on).exit_code == code


def test_a_known_variation_is_no_drift_and_nobody_has_moved() -> None:
    known = Compared(id="known", sides=LESS.sides, known={("/a", "absent"): "switch x=True"})

    found = _outcome(known, fail_on="any")

    assert found.exit_code == 0
    assert [(told.known, told.moved) for told in found.told] == [("switch x=True", "nobody")]


def test_the_same_difference_is_told_once_and_the_worst_comes_first() -> None:
    again = Compared(id="again", sides=MORE.sides)

    told = _outcome(MORE, again, LESS).told

    assert [(each.difference.path, each.questions) for each in told] == [("/a", ("less",)), ("/b", ("more", "again"))]


@pytest.mark.parametrize(
    ("before", "moved"),
    [
        (({"a": 1}, {"a": 1}), "upstream"),
        (({}, {}), "mock"),
        (({"a": "x"}, {"a": "x"}), "both"),
        (({"a": 1}, {}), "neither"),
    ],
)
def test_an_earlier_record_tells_who_has_moved(before: tuple[object, object], moved: str) -> None:
    earlier = _outcome(Compared(id="less", sides=_sides(*before)))

    (told,) = _outcome(LESS, before=forms_of(earlier.to_json())).told

    assert told.moved == moved


def test_without_an_earlier_record_nobody_knows_who_has_moved() -> None:
    assert _outcome(LESS, before={"other": _sides({}, {})}).told[0].moved == "unknown"


def test_the_record_numbers_its_differences_and_has_both_sides_as_evidence() -> None:
    told = json.loads(_outcome(LESS, MORE, MISSING).to_json())

    assert told["schema"] == "edgeproof.drift/1"
    assert told["not_compared"] == {"missing": "it answered 429: busy"}
    assert [(each["number"], each["path"], each["mock"], each["upstream"]) for each in told["differences"]] == [
        (1, "a", "number", "absent"),
        (2, "b", "absent", "number"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{}",
        "{",
        '{"schema": "edgeproof.drift/1", "forms": {"a": {"mock": 1}}}',
        '{"schema": "edgeproof.drift/1", "forms": {"a": {"mock": {"": {"kinds": [], "words": [[1]]}}}}}',
        '{"schema": "edgeproof.drift/1", "forms": {"a": {"mock": {"": {"kinds": [1], "words": ["a"]}}}}}',
        "[" * 100_000,
    ],
)
def test_another_file_is_no_earlier_record(text: str) -> None:
    with pytest.raises(ValueError, match=r"schema is not|not a field|Expecting"):
        forms_of(text)


def test_what_no_file_could_hold_is_written_as_a_question_mark() -> None:
    odd = Compared(id="odd", sides=_sides({"code": "x"}, {"code": "\ud800", "\udc00": 1}))

    kept = _outcome(odd).to_json().encode()

    assert {told["upstream"] for told in json.loads(kept)["differences"]} == {"?", "number"}


def test_a_default_run_is_small() -> None:
    asked = questions(("chat", "run"), api="cloudflare", model="m", namespace="")

    assert len(asked) <= 20
    assert sum(each.tokens for each in asked) <= 300


def test_every_question_has_an_id_of_its_own() -> None:
    asked = questions(DIALECTS, api="cloudflare", model="m", namespace="n")

    assert len({each.id for each in asked}) == len(asked)


def test_a_glob_chooses_questions_and_takes_those_of_kv_together() -> None:
    asked = questions(DIALECTS, api="openai", model="m", namespace="n", only="chat.s*, kv.get")

    assert [each.id for each in asked if not each.id.startswith("kv.")] == ["chat.stream"]
    assert [each.id for each in asked][-1] == "kv.delete"
