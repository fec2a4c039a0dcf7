"""What an answer is said to cost, in the header that the target names.

The one rule: two answers of as many tokens are compared, never a price.
"""

from __future__ import annotations

from fault_injection.families import http
from scenarios.case import Case, Expect, Step, Upstream
from scenarios.prompt import Prompt

CASES: tuple[Case, ...] = (
    Case(
        id="billing.attempts-cost-once",
        promise="An answer that took three attempts costs the same as one from the first attempt.",
        reference="edgeproof's own rule: cost-true",
        focus=("cost-true",),
        level="should",
        needs=("cost_header", "retry.statuses.503"),
        steps=(
            Step(label="first", stream=False, prompt=Prompt(tokens=20, ascii=True)),
            Step(label="third", question="r", stream=False, prompt=Prompt(tokens=20, ascii=True)),
        ),
        upstream=(Upstream(faults=(http.Status(code=503),), question="r", first=1),),
        expect=(
            Expect(step="first", seen="answered", invariant="cost-true"),
            Expect(step="third", seen="answered", invariant="cost-true"),
        ),
    ),
    Case(
        id="billing.hits-cost-no-more",
        promise="A cached answer costs no more than the original, however often it is served.",
        reference="edgeproof's own rule: cost-true",
        focus=("cost-true",),
        level="should",
        needs=("cost_header", "cache"),
        steps=(
            Step(label="first", stream=False),
            Step(label="again", stream=False),
            Step(label="third", stream=False),
        ),
        expect=(
            Expect(step="first", seen="answered", invariant="cost-true"),
            Expect(step="third", seen="answered", invariant="cost-true"),
        ),
    ),
)
