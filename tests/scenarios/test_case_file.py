"""A case survives its file, and a file that is none is refused with the place and the nearest word."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from fault_injection.client import Manner
from fault_injection.families import client, http, sse_ends
from scenarios.case import Step, Upstream
from scenarios.case_file import PLAYS, CaseFileError, KeptCase, found_case, read_case, show_case
from scenarios.deed import Deed
from scenarios.prompt import Prompt
from scenarios.searching.reach import Reach
from scenarios.searching.strategies import cases

EVERYTHING = Reach(second_model=True, cache=True, kv=True, restart=True, max_messages=200, max_request_bytes=1 << 20)
SMALL = '[[step]]\nlabel = "ask"\n'


@settings(max_examples=60)
@given(cases(EVERYTHING))
def test_a_case_is_read_as_it_was_written(case: object) -> None:
    kept = KeptCase(case=case, seed=7, invariant="no-loss", seen="ask: lost 3 characters", plays=12)  # type: ignore[arg-type]

    assert read_case(show_case(kept)) == kept


def test_everything_that_a_step_or_a_rule_can_say_is_kept() -> None:
    case = found_case(
        "found.all",
        [
            Step(
                label="one",
                question="r",
                prompt=Prompt(tokens=3, pace_s=0.5, finish="length", ascii=True),
                stream=False,
                identity="b",
                model="second",
                params={"temperature": 0.5, "tools": [{"type": "function"}], "none": "of it"},
                turns=(("system", "Be kind."), {"role": "user", "content": [{"type": "text"}]}),
                headers=(("X-One", "1"),),
                faults=(client.AbortAfter(events=2, rudely=True),),
                manner=Manner(version="1.0", framing="chunked", content_type="", connection="one"),
                times=2,
                together=3,
                unique=True,
            ),
            Step(label="two", start="first-event", pause="none"),
            Step(label="three", pause="cache-ttl", restart=True),
            Step(label="four", talk="t", identity="colleague", deed=Deed(do="read", limit=2, every_branch=True)),
        ],
        [
            Upstream(faults=(http.Status(code=503), sse_ends.Truncate(after=2)), question="r", model="fallback", nth=2),
            Upstream(faults=(http.Status(),), surface="kv.*", question=None, every=2, must_strike=False),
            Upstream(faults=(http.Status(),), first=1, after=3),
        ],
        fresh=True,
    )

    assert read_case(show_case(KeptCase(case=case, seed=0))).case == case


def test_a_text_that_is_empty_on_purpose_is_kept() -> None:
    case = found_case("found.empty", [Step(label="", question="")])

    assert read_case(show_case(KeptCase(case=case, seed=0))).case == case


def test_a_case_is_played_once_at_least() -> None:
    assert read_case("plays = 0\n" + SMALL).plays == 1
    assert read_case(SMALL).plays == PLAYS


def test_what_has_its_default_is_left_out() -> None:
    text = show_case(KeptCase(case=found_case("found.small", [Step()]), seed=3))

    assert text == 'id = "found.small"\nseed = 3\nstep = [\n    {},\n]\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("step = [", "this is not TOML"),
        ("step = " + "[" * 5000, "this nests too deeply to be read"),
        ("seed = " + "9" * 5000, "this is not TOML: Exceeds the limit"),
        ("seed = 1", "step is missing"),
        ("sed = 1", "'sed' is unknown; did you mean 'seed'?"),
        ("seed = 'x'\n" + SMALL, "seed='x' wants a whole number"),
        ("step = 3", "step wants tables, each under [[step]]"),
        (SMALL + 'pase = "none"', "step 1: 'pase' is unknown; did you mean 'pause'?"),
        (SMALL + 'pause = "long"', "step 1: pause='long' is unknown; known are none, cache-ttl"),
        (SMALL + "prompt = { tokns = 3 }", "step 1: prompt: 'tokns' is unknown; did you mean 'tokens'?"),
        (SMALL + 'deed = { do = "reed" }', "step 1: deed: do='reed' is unknown; known are ask, regenerate"),
        (SMALL + "deed = { limt = 2 }", "step 1: deed: 'limt' is unknown; did you mean 'limit'?"),
        (SMALL + "headers = [5]", "step 1: headers: 5 should be two texts"),
        (SMALL + "headers = [['a']]", "step 1: headers: ['a'] should be two texts"),
        (SMALL + "turns = [['user', 5]]", "step 1: turns: ['user', 5] should be two texts"),
        (SMALL + "parts = [5]", "step 1: parts: 5 should be a table"),
        (SMALL + "stream = 5", "step 1: stream=5 wants true or false"),
        (SMALL + "[[upstream]]\nnth = 1", "upstream 1: faults is missing"),
        (SMALL + "times = 'two'", "step 1: times='two' wants a whole number"),
        (SMALL + 'faults = "client.abort_aftr"', "step 1: faults: no fault is called 'client.abort_aftr'"),
        (SMALL + 'faults = "http.status"', "step 1: faults: http.status is upstream's"),
        (SMALL + '[[upstream]]\nfaults = "client.not_json"', "upstream 1: faults: client.not_json is a client's"),
        (SMALL + '[[upstream]]\nfaults = "http.status(code=9)"', "upstream 1: faults: http.status: code=9"),
        (SMALL + '[[upstream]]\nfaults = "http.status"\nevry = 2', "upstream 1: 'evry' is unknown"),
        (SMALL + '[[upstream]]\nfaults = "http.status"\nquestion = "z"', "no step asks 'z'"),
        (SMALL + SMALL, "labels must differ"),
    ],
)
def test_what_is_no_case_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(CaseFileError) as caught:
        read_case(text)

    assert message in str(caught.value)


def test_a_file_without_a_name_or_seed_has_plain_ones() -> None:
    kept = read_case(SMALL)

    assert (kept.case.id, kept.seed, kept.case.fresh) == ("found.case", 0, False)
    assert kept.case == replace(found_case("found.case", [Step()]))
