"""What must not travel: one caller's request into another's, and the clients' credentials to upstream.

The one rule: nothing is wrong with these requests; what upstream was sent is compared with what each client sent.
"""

from __future__ import annotations

from scenarios.asked import RICH, RULES
from scenarios.case import Case, Expect, Step
from scenarios.prompt import Prompt

_SLOW = Prompt(first_s=0.3)
_OWN = {**RICH, "seed": 471_147, "user": "ann-of-the-first-request", "max_tokens": 4_321}

CASES: tuple[Case, ...] = (
    Case(
        id="requests.nothing-of-anothers",
        promise="Nothing of one caller's request shows in another's, later or at the same time.",
        reference="OWASP Top 10 for LLM applications: LLM02, sensitive information disclosure",
        focus=("not-shared", "request-true"),
        steps=(
            Step(label="first", stream=False, params=_OWN, turns=RULES),
            Step(label="stranger", question="r", identity="b", stream=False),
            Step(label="again", question="s", stream=False, params=_OWN, turns=RULES),
            Step(label="beside", question="t", identity="b", start="with"),
        ),
        expect=(
            Expect(step="first", seen="answered", invariant="not-shared"),
            Expect(step="stranger", seen="answered", invariant="not-shared"),
        ),
    ),
    Case(
        id="requests.names-of-their-own",
        promise="An answer names only its own request, however many are in progress.",
        reference="Cloudflare docs: Workers, best practices (no request state in global variables)",
        focus=("no-cross-talk",),
        steps=(
            Step(label="first", stream=False, prompt=_SLOW, headers=(("X-Request-Id", "ep-request-of-ann-51c7"),)),
            Step(
                label="beside",
                question="r",
                stream=False,
                prompt=_SLOW,
                headers=(("X-Request-Id", "ep-request-of-ben-0e94"),),
                identity="b",
                start="with",
            ),
        ),
        expect=(
            Expect(step="first", seen="answered", invariant="no-cross-talk"),
            Expect(step="beside", seen="answered", invariant="no-cross-talk"),
        ),
    ),
    Case(
        id="requests.credentials-stay",
        promise="The client's token, cookies and keys do not reach upstream.",
        reference="RFC 9110 §11.7, §11.7.2; RFC 6265 §8.2",
        focus=("credentials-kept-back",),
        steps=(
            Step(
                stream=False,
                headers=(
                    ("Cookie", "theme=dark; session=ep-session-5f1c0a9be3d2"),
                    ("Proxy-Authorization", "Basic ZXAtcHJveHk6ZXAtcGFzc3dvcmQ="),
                    ("X-Api-Key", "ep-api-key-93c1e07f"),
                ),
            ),
        ),
        expect=(Expect(step="ask", seen="answered", invariant="credentials-kept-back"),),
    ),
)
