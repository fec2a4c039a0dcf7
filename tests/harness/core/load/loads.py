"""Jobs, answers and reports of a load by hand.

The one rule: a builder says nothing that its caller did not ask for; what a test is about stands in the test.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeAlias

from fault_injection.reply import Reply
from harness.core.load.answer import FINISHED, Answer
from harness.core.load.job import LoadJob, question
from harness.core.load.judgement import Bar, Judged
from harness.core.load.lateness import Lateness
from harness.core.load.objectives import DEFAULTS
from harness.core.load.record import LoadPart
from harness.core.load.report import Report
from harness.core.load.result import Outcome
from harness.core.observed.history import ClientExchange, UpstreamExchange
from scenarios.load import LoadProfile
from scenarios.prompt import Prompt
from tests.harness.core.histories import LIMITS, MAIN, STREAMING, upstream

Fields: TypeAlias = Any
"""Values by keyword for a constructor, which says itself what it takes."""

PROFILE = LoadProfile(users=4, duration_s=10.0, prompt=Prompt(tokens=8), cancel=0.0, repeats=0.0)
BAR = Bar(claims=STREAMING, limits=LIMITS, model=MAIN, objectives=DEFAULTS)


def job(**profile: Fields) -> LoadJob:
    """Build a job; its profile is `PROFILE` but for what is given."""
    return LoadJob(
        url="http://127.0.0.1:9",
        path="/v1/chat/completions",
        headers=(("authorization", "Bearer t"),),
        dialect="openai",
        model=MAIN,
        stream=True,
        seed=7,
        patience_s=5.0,
        profile=replace(PROFILE, **profile),
    )


def asked(exchange: ClientExchange, of: LoadJob, name: str) -> ClientExchange:
    """Return an exchange as the answer to the question of that name."""
    return replace(exchange, label=name, moves=question(of, name).moves)


def called(reply: Reply, of: LoadJob, name: str, **more: Fields) -> UpstreamExchange:
    """Play a reply at the mock for the question of that name; `more` are fields of the exchange."""
    asks = question(of, name)
    return upstream(reply, nonce=asks.nonce, body=asks.moves.body, **more)


def answer(ending: str = FINISHED, **more: Fields) -> Answer:
    """Build an answer of two tokens after a tenth of a second each."""
    known: dict[str, Fields] = {
        "ttft_s": 0.1,
        "gaps_s": (),
        "tpot_s": 0.1,
        "e2e_s": 0.2,
        "tokens": 2,
        "body_bytes": 50,
    }
    return Answer(ending=ending, **{**known, **more})


def judged(name: str = "0/0", *, at: float = 0.0, ending: str = FINISHED, **more: Fields) -> Judged:
    """Build an answer that was begun at `at` and ended 0.2 s later; `more` are fields of it or of its measures."""
    measures = {key: more.pop(key) for key in ("ttft_s", "tokens", "e2e_s") if key in more}
    known: dict[str, Fields] = {"started_s": at, "end_s": at + 0.2, "described": "what was seen"}
    return Judged(name=name, answer=answer(ending, **measures), **{**known, **more})


def report(*answers: Answer, number: int = 0, **more: Fields) -> Report:
    """Build the final report of a generator that measured these answers."""
    part = LoadPart()
    for each in answers:
        part.take(each)
    known: dict[str, Fields] = {
        "started_s": 0.0,
        "due": len(answers),
        "put": len(answers),
        "rests": True,
        "final": True,
    }
    return Report(number=number, part=part, **{**known, **more})


def outcome(*found: Judged, **more: Fields) -> Outcome:
    """Build the outcome of a load with these answers, from one generator."""
    told = report(*(each.answer for each in found))
    known: dict[str, Fields] = {
        "profile": PROFILE,
        "claims": STREAMING,
        "objectives": DEFAULTS,
        "part": told.part,
        "judged": found,
        "reports": {0: told},
        "lateness": Lateness(moments=(), duration_s=10.0),
    }
    return Outcome(**{**known, **more})
