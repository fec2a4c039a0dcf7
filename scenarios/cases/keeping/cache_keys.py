"""What a kept answer is kept for: every parameter, every message, the model, and the caller.

The one rule: two requests of a case differ in one thing alone, which the case names.
"""

from __future__ import annotations

from scenarios.asked import LARGE_ID, LARGER_ID, OTHER_PICTURE, PICTURE
from scenarios.case import Case, Expect, Step
from scenarios.tools import CLOCK, WEATHER

CASES: tuple[Case, ...] = (
    Case(
        id="cache.key-has-temperature",
        promise="Requests with different temperatures do not share a cached answer.",
        reference="edgeproof's own rule: cache-key-complete",
        focus=("cache-key-complete",),
        needs=("cache",),
        steps=(
            Step(label="cold", stream=False, params={"temperature": 0.13}),
            Step(label="warm", stream=False, params={"temperature": 0.87}),
        ),
        expect=(
            Expect(step="cold", seen="answered", invariant="no-loss"),
            Expect(step="warm", seen="asked-upstream", invariant="cache-key-complete"),
            Expect(step="warm", seen="answered", invariant="cache-key-complete"),
        ),
    ),
    Case(
        id="cache.key-has-top-p",
        promise="Requests with different top_p do not share a cached answer, streams included.",
        reference="edgeproof's own rule: cache-key-complete",
        focus=("cache-key-complete",),
        needs=("cache",),
        steps=(Step(label="narrow", params={"top_p": 0.23}), Step(label="wide", params={"top_p": 0.87})),
        expect=(
            Expect(step="narrow", seen="answered", invariant="no-loss"),
            Expect(step="wide", seen="asked-upstream", invariant="cache-key-complete"),
        ),
    ),
    Case(
        id="cache.key-has-max-tokens",
        promise="A client that allows more tokens does not get the shorter cached answer.",
        reference="edgeproof's own rule: cache-key-complete",
        focus=("cache-key-complete",),
        needs=("cache",),
        steps=(
            Step(label="short", stream=False, params={"max_tokens": 53}),
            Step(label="long", stream=False, params={"max_tokens": 97}),
        ),
        expect=(
            Expect(step="short", seen="answered", invariant="no-loss"),
            Expect(step="long", seen="asked-upstream", invariant="cache-key-complete"),
        ),
    ),
    Case(
        id="cache.key-has-seed",
        promise="Requests with different seeds do not share a cached answer.",
        reference="edgeproof's own rule: cache-key-complete",
        focus=("cache-key-complete",),
        needs=("cache",),
        steps=(
            Step(label="one", stream=False, params={"seed": 4711}),
            Step(label="two", stream=False, params={"seed": 4712}),
        ),
        expect=(
            Expect(step="one", seen="answered", invariant="no-loss"),
            Expect(step="two", seen="asked-upstream", invariant="cache-key-complete"),
        ),
    ),
    Case(
        id="cache.key-has-n",
        promise="A client that asks for two choices does not get a cached answer with one.",
        reference="edgeproof's own rule: cache-key-complete",
        focus=("cache-key-complete", "choices-separate"),
        needs=("cache",),
        steps=(Step(label="one", stream=False), Step(label="two", stream=False, params={"n": 2})),
        expect=(
            Expect(step="one", seen="answered", invariant="no-loss"),
            Expect(step="two", seen="asked-upstream", invariant="cache-key-complete"),
        ),
    ),
    Case(
        id="cache.key-has-stop",
        promise="Requests with different stop words do not share a cached answer.",
        reference="edgeproof's own rule: cache-key-complete",
        focus=("cache-key-complete",),
        needs=("cache",),
        steps=(Step(label="without"), Step(label="with", params={"stop": ["\n\n"]})),
        expect=(
            Expect(step="without", seen="answered", invariant="no-loss"),
            Expect(step="with", seen="asked-upstream", invariant="cache-key-complete"),
        ),
    ),
    Case(
        id="cache.key-has-tools",
        promise="Requests with different tools do not share a cached answer.",
        reference="edgeproof's own rule: cache-key-complete",
        focus=("cache-key-complete",),
        needs=("cache",),
        steps=(
            Step(label="weather", stream=False, params={"tools": [WEATHER]}),
            Step(label="clock", stream=False, params={"tools": [CLOCK]}),
        ),
        expect=(
            Expect(step="weather", seen="answered", invariant="no-loss"),
            Expect(step="clock", seen="asked-upstream", invariant="cache-key-complete"),
        ),
    ),
    Case(
        id="cache.key-has-response-format",
        promise="A client that asks for JSON output does not get the cached plain answer.",
        reference="edgeproof's own rule: cache-key-complete",
        focus=("cache-key-complete",),
        needs=("cache",),
        steps=(
            Step(label="plain", stream=False),
            Step(label="formed", stream=False, params={"response_format": {"type": "json_object"}}),
        ),
        expect=(
            Expect(step="plain", seen="answered", invariant="no-loss"),
            Expect(step="formed", seen="asked-upstream", invariant="cache-key-complete"),
        ),
    ),
    Case(
        id="cache.key-has-system-message",
        promise="Requests with different system messages do not share a cached answer.",
        reference="edgeproof's own rule: cache-key-complete",
        focus=("cache-key-complete",),
        needs=("cache",),
        steps=(
            Step(label="polite", turns=(("system", "You are polite."),)),
            Step(label="rude", turns=(("system", "You are rude."),)),
        ),
        expect=(
            Expect(step="polite", seen="answered", invariant="no-loss"),
            Expect(step="rude", seen="asked-upstream", invariant="cache-key-complete"),
        ),
    ),
    Case(
        id="cache.key-has-earlier-turns",
        promise="The same last message in another conversation does not get a cached answer.",
        reference="edgeproof's own rule: cache-key-complete",
        focus=("cache-key-complete",),
        needs=("cache",),
        steps=(
            Step(label="zurich", stream=False, turns=(("user", "I am in Zurich."), ("assistant", "Noted."))),
            Step(label="tokyo", stream=False, turns=(("user", "I am in Tokyo."), ("assistant", "Noted."))),
            Step(label="small", stream=False, turns=(("user", "I am in zurich."), ("assistant", "Noted."))),
            Step(label="lined", stream=False, turns=(("user", "I am\nin Zurich."), ("assistant", "Noted."))),
            Step(label="turned", stream=False, turns=(("assistant", "Noted."), ("user", "I am in Zurich."))),
        ),
        expect=(
            Expect(step="zurich", seen="answered", invariant="no-loss"),
            Expect(step="tokyo", seen="asked-upstream", invariant="cache-key-complete"),
            Expect(step="small", seen="asked-upstream", invariant="cache-key-complete"),
            Expect(step="lined", seen="asked-upstream", invariant="cache-key-complete"),
            Expect(step="turned", seen="asked-upstream", invariant="cache-key-complete"),
        ),
    ),
    Case(
        id="cache.key-has-roles",
        promise="The same words in another role, or under another name, do not get a cached answer.",
        reference="edgeproof's own rule: cache-key-complete",
        focus=("cache-key-complete",),
        needs=("cache",),
        steps=(
            Step(label="asked", stream=False, turns=(("user", "Say yes."),)),
            Step(label="told", stream=False, turns=(("system", "Say yes."),)),
            Step(label="named", stream=False, turns=({"role": "user", "content": "Say yes.", "name": "ann"},)),
            Step(label="other", stream=False, turns=({"role": "user", "content": "Say yes.", "name": "bob"},)),
        ),
        expect=(
            Expect(step="asked", seen="answered", invariant="no-loss"),
            Expect(step="told", seen="asked-upstream", invariant="cache-key-complete"),
            Expect(step="named", seen="asked-upstream", invariant="cache-key-complete"),
            Expect(step="other", seen="asked-upstream", invariant="cache-key-complete"),
        ),
    ),
    Case(
        id="cache.key-has-model",
        promise="The same question to another model does not get a cached answer.",
        reference="edgeproof's own rule: cache-key-complete",
        focus=("cache-key-complete",),
        needs=("cache", "second-model"),
        steps=(Step(label="main", stream=False), Step(label="second", stream=False, model="second")),
        expect=(
            Expect(step="main", seen="answered", invariant="no-loss"),
            Expect(step="second", seen="asked-upstream", invariant="cache-key-complete", model="second"),
        ),
    ),
    Case(
        id="cache.key-has-every-value",
        promise="Zero and absent, and two different large numbers, do not share a cached answer.",
        reference="edgeproof's own rule: cache-key-complete",
        focus=("cache-key-complete",),
        needs=("cache",),
        steps=(
            Step(label="without", stream=False),
            Step(label="nought", stream=False, params={"temperature": 0}),
            Step(label="large", stream=False, params={"seed": LARGE_ID}),
            Step(label="larger", stream=False, params={"seed": LARGER_ID}),
            Step(label="odds", stream=False, params={"logprobs": True}),
            Step(label="penalty", stream=False, params={"presence_penalty": 0.5}),
            Step(label="effort", stream=False, params={"reasoning_effort": "low"}),
            Step(label="limit", stream=False, params={"max_completion_tokens": 900}),
        ),
        expect=(
            Expect(step="nought", seen="asked-upstream", invariant="cache-key-complete"),
            Expect(step="large", seen="asked-upstream", invariant="cache-key-complete"),
            Expect(step="larger", seen="asked-upstream", invariant="cache-key-complete"),
            Expect(step="odds", seen="asked-upstream", invariant="cache-key-complete"),
            Expect(step="penalty", seen="asked-upstream", invariant="cache-key-complete"),
            Expect(step="effort", seen="asked-upstream", invariant="cache-key-complete"),
            Expect(step="limit", seen="asked-upstream", invariant="cache-key-complete"),
        ),
    ),
    Case(
        id="cache.key-has-pictures",
        promise="The same words with another picture do not get a cached answer.",
        reference="edgeproof's own rule: cache-key-complete",
        focus=("cache-key-complete", "request-true"),
        needs=("cache",),
        steps=(
            Step(label="dot", stream=False, parts=(PICTURE,)),
            Step(label="address", stream=False, parts=(OTHER_PICTURE,)),
        ),
        expect=(Expect(step="address", seen="served-or-declined", invariant="request-limits"),),
    ),
    Case(
        id="cache.callers-apart",
        promise="One caller never gets what was cached for another.",
        reference="RFC 9111 §3.5 requests with Authorization",
        focus=("cache-isolated",),
        needs=("cache.per_identity",),
        steps=(Step(label="mine", stream=False), Step(label="theirs", stream=False, identity="b")),
        expect=(
            Expect(step="mine", seen="answered", invariant="no-loss"),
            Expect(step="theirs", seen="asked-upstream", invariant="cache-isolated"),
            Expect(step="theirs", seen="answered", invariant="cache-isolated"),
        ),
    ),
    Case(
        id="cache.callers-apart-for-streams",
        promise="One caller's cached stream is never served to another.",
        reference="RFC 9111 §3.5 requests with Authorization",
        focus=("cache-isolated",),
        needs=("cache.per_identity",),
        steps=(Step(label="mine"), Step(label="theirs", identity="b")),
        expect=(
            Expect(step="mine", seen="answered", invariant="no-loss"),
            Expect(step="theirs", seen="asked-upstream", invariant="cache-isolated"),
            Expect(step="theirs", seen="answered", invariant="cache-isolated"),
        ),
    ),
)
