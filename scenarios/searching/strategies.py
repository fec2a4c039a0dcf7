"""Hypothesis strategies for whole exchanges: what is asked, what goes wrong upstream, and how the client behaves.

The one rule: everything is scaled to the answers it strikes. A cut that lands behind the end, or a number that is never
drawn, tests nothing; and the first choice of every strategy is the plainest, because failures shrink towards it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import inf
from typing import Any, Final

import hypothesis.strategies as st

from fault_injection.client import PLAIN_MANNER
from fault_injection.families import client, kv, sse_pace, tcp
from fault_injection.fault import ClientFault, Fault, InvalidFaultError, Parameter, Value
from fault_injection.registry import ALL
from scenarios.asked import IMAGES, LARGE_ID, RESULTS, RULES
from scenarios.case import Case, Message, Model, Pause, Start, Step, Upstream
from scenarios.case_file import found_case
from scenarios.forms import FORMS, spelled
from scenarios.prompt import Prompt
from scenarios.searching.manners import manners, of_today, on_one_connection
from scenarios.searching.reach import Reach
from scenarios.searching.surfaces import kinds_on
from scenarios.tools import CLOCK, WEATHER

MOST_FAULTS: Final = 3
"""Elements of one plan, upstream's and the clients' together."""
_MOST_STEPS: Final = 4
_HIGHEST: Final = {"bytes": 900, "events": 8, "": 12, "bytes/s": 50_000}
"""How far a number of each unit goes: about as far as the answers it strikes are long."""
_COUNTS: Final[tuple[dict[str, Any], ...]] = ({"first": 1}, {"first": 1}, {"nth": 2}, {}, {"first": 2}, {"every": 2})
_RULES: Final = (1, 1, 1, 0, 2, MOST_FAULTS)
_PACES_S: Final = (*(0.0,) * 8, 0.01, 0.01, 0.25)
"""Some answers take longer than a careless total time limit."""
_UNHURRIED: Final = Prompt(tokens=60, pace_s=0.05, first_s=0.1)
"""An answer that is still under way when a client leaves it, and for long enough to see whether anybody ends it."""
_LEAVING: Final = (client.AbortAfter, client.AbortBeforeFirstToken, client.AbortBeforeHead)
_QUESTIONS: Final = ("q", "q", "q", "r")
_SECONDS: Final = (0.0, 0.02, 0.2)
_STARTS: Final[tuple[Start, ...]] = ("after", "after", "with", "first-event")
_FOR_EVER_S: Final = 30.0
_SLOW: Final = frozenset({tcp.Blackhole.id, sse_pace.Stall.id, kv.Hang.id, kv.Slow.id})
"""Faults that cost seconds: drawn like the others, but long in every other case only. A connection that lingers is none
of them: what asks no second time would meet it long behind the trial that left it."""
_USUAL_CODES: Final = (500, 503, 429, 502, 504, 400, 401, 403, 404, 408, 413, 422, 524, 529)
_CODES: Final = (*_USUAL_CODES * 3, *(code for code in range(400, 600) if code not in _USUAL_CODES))
"""Every status of an error there is, the usual ones more often (RFC 9110 §15: an unknown one means its class)."""
_LEFT_OUT: Final = frozenset(
    {client.StopReading.id, client.SlowUpload.id, client.ManyMessages.id, client.DeepNesting.id}
)
"""Client faults that take long by themselves; cases of their own ask them."""
_TEXTS: Final = st.text(st.characters(codec="utf-8"), max_size=20)


def faults(kind: type[Fault]) -> st.SearchStrategy[Fault]:
    """Every form of one fault that can strike a short answer, and that costs little time."""
    named = {item.name: _values(kind, item) for item in kind.parameters()}
    return st.fixed_dictionaries(named).map(lambda values: _built(kind, values))


def upstream_faults(surface: str) -> st.SearchStrategy[Fault]:
    """Any fault that can strike a surface."""
    return st.sampled_from(kinds_on(surface)).flatmap(faults)


def client_faults(reach: Reach) -> st.SearchStrategy[ClientFault]:
    """Any misbehaviour of a client, sizes about every limit of the target among them."""
    kinds = [kind for kind in ALL.values() if issubclass(kind, ClientFault) and kind.id not in _LEFT_OUT]
    about: list[ClientFault] = []
    if reach.max_messages:
        about += [client.ManyMessages(count=reach.max_messages + more) for more in (-2, -1, 0, 1)]
    if reach.max_request_bytes:
        about += [client.HugeRequest(size_bytes=reach.max_request_bytes + more) for more in (-4096, -1, 0, 1)]
    any_kind: st.SearchStrategy[Any] = st.sampled_from(kinds).flatmap(faults)
    leaving: st.SearchStrategy[Any] = st.sampled_from(_LEAVING).flatmap(faults)
    return st.one_of(any_kind, leaving, any_kind, st.sampled_from(about)) if about else any_kind | leaving


def prompts() -> st.SearchStrategy[Prompt]:
    """What upstream is asked to say: short answers of every kind."""
    return st.builds(
        Prompt,
        tokens=st.integers(1, 12),
        tools=st.sampled_from((0, 0, 0, 1, 2)),
        finish=st.sampled_from(("stop", "stop", "length", "content_filter")),
        token_bytes=st.sampled_from((0, 0, 0, 40)),
        pace_s=st.sampled_from(_PACES_S),
        form=_forms(),
    )


def _forms() -> st.SearchStrategy[str]:
    """In which form the same is said: mostly the plain one, else one or two of all there are."""
    odd = st.lists(st.sampled_from(FORMS), min_size=1, max_size=2, unique=True).map(lambda forms: spelled(*forms))
    return st.one_of(st.just(""), st.just(""), odd)


def params() -> st.SearchStrategy[dict[str, Any]]:
    """Parameters of a request, none or a few."""
    known: Mapping[str, st.SearchStrategy[Any]] = {
        "temperature": st.sampled_from((0.1, 0.9, 0)),
        "top_p": st.sampled_from((0.2, 0.9)),
        "max_tokens": st.sampled_from((50, 500)),
        "seed": st.sampled_from((1, 2, LARGE_ID)),
        "max_completion_tokens": st.sampled_from((50, 500)),
        "stop": st.sampled_from((["\n\n"], "\n\n")),
        "presence_penalty": st.sampled_from((-1.5, 0.5)),
        "reasoning_effort": st.just("low"),
        "metadata": st.just({"ticket": "4711"}),
        "logprobs": st.just(True),
        "stream_options": st.just({"include_usage": True}),
        "tools": st.sampled_from(([WEATHER], [WEATHER, CLOCK])),
        "response_format": st.just({"type": "json_object"}),
        "user": _TEXTS.filter(bool),
        "parallel_tool_calls": st.just(False),
        "logit_bias": st.just({"11": -100, "50256": 0.5}),
    }
    return st.lists(st.sampled_from(sorted(known)), max_size=2, unique=True).flatmap(
        lambda names: st.fixed_dictionaries({name: known[name] for name in names})
    )


def turns() -> st.SearchStrategy[tuple[Message, ...]]:
    """Earlier messages of a conversation: none, a few in any script, or ones with rules, tool results or pictures."""
    messages = st.tuples(
        st.sampled_from(("system", "user", "assistant")), _TEXTS.filter(lambda text: bool(text.strip()))
    )
    few: st.SearchStrategy[tuple[Message, ...]] = st.lists(messages, max_size=3).map(tuple)
    return st.one_of(st.just(()), few, few, st.sampled_from((RULES, RESULTS, IMAGES)))


@st.composite
def cases(draw: st.DrawFn, reach: Reach) -> Case:
    """Draw a case: one to four requests, beside or after one another, with up to three faults among them.

    Both sides of a target are joined by the nonce of a question. So requests that are under way at the same time ask
    different questions, or the very same thing.
    """
    number = draw(st.sampled_from((1, 1, 1, 2, 2, 2, 3, _MOST_STEPS)))
    said: dict[str, tuple[Prompt, tuple[Message, ...]]] = {}
    steps: list[Step] = []
    together: dict[str, Step] = {}
    for at in range(number):
        start: Start = draw(st.sampled_from(_STARTS)) if at else "after"
        if start == "after":
            together = {}
        question = draw(st.sampled_from(_QUESTIONS))
        if question not in said:
            said[question] = (draw(prompts()), draw(turns()))
        twin = together.get(question)
        step = replace(twin, label=f"ask-{at + 1}", start=start) if twin else draw(_steps(reach, at, start))
        prompt, earlier = said[question]
        if any(fault.id.startswith("client.abort") for fault in step.faults):
            said[question] = prompt, earlier = _UNHURRIED, earlier
        steps.append(replace(step, question=question, prompt=prompt, turns=earlier))
        together[question] = replace(steps[-1], pause="none", restart=False)
    if draw(st.sampled_from((False, False, True))):
        steps = [on_one_connection(step) for step in steps]
    left = MOST_FAULTS - sum(len(step.faults) for step in steps)
    rules = [draw(_rules(reach, steps)) for _ in range(min(left, draw(st.sampled_from(_RULES))))]
    # A client of HTTP/1.0 cannot tell a whole answer from one that upstream has cut.
    return found_case("search.case", [of_today(step) for step in steps] if rules else steps, rules)


@st.composite
def _steps(draw: st.DrawFn, reach: Reach, at: int, start: Start) -> Step:
    models: tuple[Model, ...] = ("main", "main", "second") if reach.second_model else ("main",)
    misbehaves = draw(st.sampled_from((False, False, False, True)))
    alone = bool(at) and start == "after"  # nothing is under way that a pause or a fresh start would end
    restart = reach.restart and reach.kv and alone and draw(st.integers(0, 11)) == 11
    waits: tuple[Pause, ...] = ("cache-ttl",) if reach.cache and reach.outlives and alone else ()
    pauses: tuple[Pause, ...] = ("none",) * 12
    return Step(
        label=f"ask-{at + 1}",
        stream=reach.streaming and draw(st.sampled_from((True, True, False))),
        identity=draw(st.sampled_from(("a", "a", "a", "b"))),
        model=draw(st.sampled_from(models)),
        params=draw(st.just({}) | params()),
        start=start,
        pause=draw(st.sampled_from((*pauses, *waits))),
        together=1 if draw(st.integers(0, 5)) else 3,
        restart=restart,
        faults=(draw(client_faults(reach)),) if misbehaves else (),
        manner=draw(st.just(PLAIN_MANNER) | manners()) if draw(st.booleans()) else PLAIN_MANNER,
    )


@st.composite
def _rules(draw: st.DrawFn, reach: Reach, steps: list[Step]) -> Upstream:
    surface = draw(st.sampled_from(_weighted(reach, steps)))
    counts: dict[str, Any] = draw(st.sampled_from(_COUNTS))
    asked = None if surface.startswith("kv.") else draw(st.sampled_from(sorted({step.question for step in steps})))
    return Upstream(
        faults=(draw(upstream_faults("ai.chat" if surface == "ai.*" else surface)),),
        surface=surface,
        question=asked,
        must_strike=False,
        **counts,
    )


def _weighted(reach: Reach, steps: list[Step]) -> list[str]:
    again = len(steps) > 1
    return ["ai.*"] * 3 + (["kv.get", "kv.put"] if reach.kv and again else [])


def _values(kind: type[Fault], parameter: Parameter) -> st.SearchStrategy[Value]:
    default = parameter.default
    if parameter.choices:
        return st.sampled_from(parameter.choices)
    if isinstance(default, bool):
        return st.booleans()
    if parameter.name == "code":
        codes: list[Value] = [code for code in _CODES if parameter.refusal(code) is None]
        return st.sampled_from(codes or [default])
    if isinstance(default, str):
        return st.just("") | st.just("1") if parameter.name == "retry_after" else st.just(default)
    if parameter.unit == "s":
        if issubclass(kind, ClientFault):
            return st.just(0.0)  # a client that waits before it goes sees short answers end
        if isinstance(default, int):
            return st.sampled_from((1, 0))
        ever = (_FOR_EVER_S,) if kind.id in _SLOW else ()
        return st.sampled_from((*_SECONDS, *ever))
    low = parameter.low or 0
    high = min(parameter.high or inf, max(low, _HIGHEST.get(parameter.unit, 600)))
    if isinstance(default, int):
        scaled = st.integers(int(low), int(high))
        return scaled if default <= high else scaled | st.just(default)
    return st.just(high) if parameter.unit == "bytes/s" else st.sampled_from((default, low, high))


def _built(kind: type[Fault], values: Mapping[str, Value]) -> Fault:
    try:
        return kind(**values)
    except InvalidFaultError:  # values that exclude one another: the plain form will do
        return kind()
