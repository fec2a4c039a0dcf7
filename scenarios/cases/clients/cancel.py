"""Clients that leave: the upstream call ends with them, and nobody else suffers.

The one rule: upstream has far more to say than the client waits for, so that a call that is not ended shows.
"""

from __future__ import annotations

from fault_injection.families import client, http, sse_pace
from scenarios.case import Case, Expect, Step, Upstream
from scenarios.prompt import Prompt

CASES: tuple[Case, ...] = (
    Case(
        id="cancel.before-the-head",
        promise="A client that leaves while the model is still thinking ends the upstream call.",
        reference="Cloudflare docs: AI Gateway, request aborted (3008)",
        focus=("cancel-propagates",),
        steps=(Step(prompt=Prompt(first_s=12.0), faults=(client.AbortBeforeHead(wait_s=0.6),)),),
    ),
    Case(
        id="cancel.before-the-first-token",
        promise="A client that leaves before the first token ends the upstream call.",
        reference="edgeproof's own rule: cancel-propagates",
        focus=("cancel-propagates",),
        steps=(Step(prompt=Prompt(tokens=200, pace_s=0.1), faults=(client.AbortBeforeFirstToken(),)),),
    ),
    Case(
        id="cancel.after-the-first-event",
        promise="A client that leaves after the first event ends the upstream call.",
        reference="edgeproof's own rule: cancel-propagates",
        focus=("cancel-propagates",),
        steps=(Step(prompt=Prompt(tokens=200, pace_s=0.1), faults=(client.AbortAfter(events=1),)),),
    ),
    Case(
        id="cancel.after-three-events",
        promise="A client that leaves in the middle of its stream ends the upstream call.",
        reference="edgeproof's own rule: cancel-propagates",
        focus=("cancel-propagates",),
        steps=(Step(prompt=Prompt(tokens=200, pace_s=0.1), faults=(client.AbortAfter(events=3),)),),
    ),
    Case(
        id="cancel.rudely",
        promise="A client that resets its connection ends the upstream call too.",
        reference="RFC 9293 §3.5.3 reset processing",
        focus=("cancel-propagates",),
        steps=(Step(prompt=Prompt(tokens=200, pace_s=0.1), faults=(client.AbortAfter(events=3, rudely=True),)),),
    ),
    Case(
        id="cancel.json-client",
        promise="A client that no longer waits for a whole answer ends the upstream call.",
        reference="edgeproof's own rule: cancel-propagates",
        focus=("cancel-propagates",),
        steps=(Step(stream=False, prompt=Prompt(first_s=12.0), faults=(client.AbortBeforeHead(wait_s=0.6),)),),
    ),
    Case(
        id="cancel.gone-for-good",
        promise="While others are served, nobody asks upstream again for a client that has left.",
        reference="edgeproof's own rule: cancel-propagates",
        focus=("cancel-propagates",),
        steps=(
            Step(label="leaving", prompt=Prompt(first_s=12.0), faults=(client.AbortBeforeHead(wait_s=0.6),)),
            Step(label="staying", question="r", prompt=Prompt(tokens=12, pace_s=0.22)),
        ),
        expect=(Expect(step="staying", seen="answered", invariant="no-loss"),),
    ),
    Case(
        id="cancel.gone-for-good-as-json",
        promise="While others are served, nobody asks upstream again for a whole answer that nobody waits for.",
        reference="edgeproof's own rule: cancel-propagates",
        focus=("cancel-propagates",),
        steps=(
            Step(
                label="leaving",
                stream=False,
                prompt=Prompt(first_s=12.0),
                faults=(client.AbortBeforeHead(wait_s=0.6),),
            ),
            Step(label="staying", question="r", prompt=Prompt(tokens=12, pace_s=0.22)),
        ),
        expect=(Expect(step="staying", seen="answered", invariant="no-loss"),),
    ),
    Case(
        id="cancel.while-not-reading",
        promise="A client that stops reading and then leaves ends the upstream call that waits for it.",
        reference="RFC 9293 §3.8 flow control",
        focus=("cancel-propagates",),
        steps=(
            Step(
                prompt=Prompt(tokens=160, token_bytes=65_536, ascii=True),
                faults=(client.SlowReader(bytes_per_s=50_000_000, pause_s=1.0), client.AbortAfter(events=3)),
            ),
        ),
        alone=True,
    ),
    Case(
        id="cancel.during-a-stall",
        promise="A client that leaves while upstream is silent ends the upstream call.",
        reference="edgeproof's own rule: cancel-propagates",
        focus=("cancel-propagates",),
        steps=(Step(faults=(client.AbortAfter(events=3, wait_s=0.1),)),),
        upstream=(Upstream(faults=(sse_pace.Stall(after=5, for_s=20.0),)),),
    ),
    Case(
        id="cancel.between-attempts",
        promise="The target does not retry for a client that leaves while it waits for its next attempt.",
        reference="edgeproof's own rule: cancel-propagates",
        focus=("cancel-propagates",),
        needs=("retry",),
        steps=(Step(faults=(client.AbortBeforeHead(wait_s=0.2),)),),
        upstream=(Upstream(faults=(http.RetryAfter(seconds=1, code=503),)),),
    ),
    Case(
        id="cancel.mid-upload",
        promise="A client that leaves inside its own request costs no upstream call.",
        reference="RFC 9112 §8 incomplete messages",
        focus=("cancel-propagates", "alive-after"),
        steps=(Step(faults=(client.AbortUpload(at_byte=60),)),),
        expect=(Expect(step="ask", seen="not-asked-upstream", invariant="cancel-propagates"),),
    ),
    Case(
        id="cancel.one-of-two",
        promise="When one of two clients with the same question leaves, the other gets the whole answer.",
        reference="edgeproof's own rule: no-loss",
        focus=("no-loss", "no-laundering"),
        steps=(
            Step(label="leaving", prompt=Prompt(tokens=10, pace_s=0.07), faults=(client.AbortAfter(events=3),)),
            Step(label="staying", prompt=Prompt(tokens=10, pace_s=0.07), start="with"),
        ),
        expect=(Expect(step="staying", seen="answered", invariant="no-loss"),),
    ),
    Case(
        id="cancel.the-second-of-two",
        promise="A client that joins an answer and leaves again takes nothing from the first.",
        reference="edgeproof's own rule: no-loss",
        focus=("no-loss", "order-kept"),
        steps=(
            Step(label="staying", prompt=Prompt(tokens=10, pace_s=0.07)),
            Step(
                label="leaving",
                prompt=Prompt(tokens=10, pace_s=0.07),
                start="first-event",
                faults=(client.AbortAfter(events=2, rudely=True),),
            ),
        ),
        expect=(Expect(step="staying", seen="answered", invariant="no-loss"),),
    ),
    Case(
        id="cancel.both-of-two",
        promise="When all clients with the same question have left, the upstream call ends.",
        reference="edgeproof's own rule: cancel-propagates",
        focus=("cancel-propagates",),
        steps=(Step(prompt=Prompt(tokens=200, pace_s=0.1), together=2, faults=(client.AbortAfter(events=3),)),),
    ),
    Case(
        id="cancel.then-the-same-again",
        promise="A client that leaves and asks again gets the whole answer from the start.",
        reference="edgeproof's own rule: no-loss",
        focus=("no-loss", "order-kept"),
        steps=(
            Step(label="leaving", prompt=Prompt(tokens=10, pace_s=0.06), faults=(client.AbortAfter(events=3),)),
            Step(label="again", prompt=Prompt(tokens=10, pace_s=0.06)),
        ),
        expect=(Expect(step="again", seen="answered", invariant="no-loss"),),
    ),
    Case(
        id="cancel.thirty-clients",
        promise="After thirty clients have left, nothing is left behind.",
        reference="edgeproof's own rule: no-leak",
        focus=("no-leak", "cancel-propagates"),
        needs=("restart",),
        steps=(
            Step(
                label="first",
                prompt=Prompt(tokens=200, pace_s=0.1),
                together=15,
                unique=True,
                faults=(client.AbortAfter(events=2),),
            ),
            Step(
                label="second",
                prompt=Prompt(tokens=200, pace_s=0.1),
                together=15,
                unique=True,
                faults=(client.AbortAfter(events=2),),
            ),
            Step(label="staying", question="r"),
        ),
        expect=(Expect(step="staying", seen="answered", invariant="alive-after"),),
        alone=True,
    ),
    Case(
        id="cancel.thirty-before-the-head",
        promise="After thirty clients have left before any answer, nothing is left behind.",
        reference="edgeproof's own rule: no-leak",
        focus=("no-leak", "cancel-propagates"),
        needs=("restart",),
        steps=(
            Step(
                label="first",
                prompt=Prompt(first_s=12.0),
                together=15,
                unique=True,
                faults=(client.AbortBeforeHead(wait_s=0.1, rudely=True),),
            ),
            Step(
                label="second",
                prompt=Prompt(first_s=12.0),
                together=15,
                unique=True,
                faults=(client.AbortBeforeHead(wait_s=0.1),),
            ),
            Step(label="staying", question="r"),
        ),
        expect=(Expect(step="staying", seen="answered", invariant="alive-after"),),
        alone=True,
    ),
    Case(
        id="cancel.a-storm-at-connect-time",
        promise="A hundred and fifty clients that leave as soon as they have asked do not keep out the next one.",
        reference="edgeproof's own rule: alive-after",
        focus=("alive-after",),
        steps=(
            Step(
                label="leaving",
                stream=False,
                prompt=Prompt(first_s=12.0),
                times=3,
                together=50,
                unique=True,
                faults=(client.AbortBeforeHead(),),
            ),
            Step(label="staying", question="r"),
            Step(label="json", question="s", stream=False),
        ),
        expect=(
            Expect(step="staying", seen="answered", invariant="alive-after"),
            Expect(step="json", seen="answered", invariant="alive-after"),
        ),
        alone=True,
    ),
)
