"""Several at once and one after another: no answer mixes with another, and no request holds up the rest.

The one rule: the worst defects need a sequence or two clients; every case here has at least two requests.
"""

from __future__ import annotations

from fault_injection.families import client, http, sse_ends, sse_pace
from scenarios.case import Case, Expect, Step, Upstream
from scenarios.prompt import Prompt

CASES: tuple[Case, ...] = (
    Case(
        id="concurrency.twenty-questions",
        promise="Twenty different questions at once each get their own answer.",
        reference="edgeproof's own rule: no-cross-talk",
        focus=("no-cross-talk", "no-loss", "ids-unique"),
        steps=(Step(prompt=Prompt(tokens=8, pace_s=0.02), together=20, unique=True),),
        expect=(Expect(step="ask", seen="answered", invariant="no-cross-talk"),),
    ),
    Case(
        id="concurrency.twenty-whole-answers",
        promise="Twenty different questions at once, not streamed, each get their own answer.",
        reference="edgeproof's own rule: no-cross-talk",
        focus=("no-cross-talk", "no-loss", "ids-unique"),
        steps=(Step(stream=False, together=20, unique=True),),
        expect=(Expect(step="ask", seen="answered", invariant="no-cross-talk"),),
    ),
    Case(
        id="concurrency.two-callers-one-question",
        promise="The same question from two callers at once is answered for each separately.",
        reference="edgeproof's own rule: cache-isolated",
        focus=("no-cross-talk", "cache-isolated", "no-loss"),
        steps=(
            Step(label="mine", prompt=Prompt(tokens=8, pace_s=0.05)),
            Step(label="theirs", prompt=Prompt(tokens=8, pace_s=0.05), identity="b", start="with"),
        ),
        expect=(
            Expect(step="mine", seen="answered", invariant="no-cross-talk"),
            Expect(step="theirs", seen="answered", invariant="no-cross-talk"),
        ),
    ),
    Case(
        id="concurrency.identical-streams",
        promise="Six identical streams at once all arrive whole and in order.",
        reference="edgeproof's own rule: no-duplication",
        focus=("no-duplication", "no-loss", "order-kept", "not-buffered"),
        steps=(Step(prompt=Prompt(tokens=10, pace_s=0.05), together=6),),
        expect=(Expect(step="ask", seen="answered", invariant="no-loss"),),
    ),
    Case(
        id="concurrency.json-then-stream",
        promise="A stream requested right after a JSON answer to the same question is a stream.",
        reference="edgeproof's own rule: valid-framing",
        focus=("valid-framing", "no-loss", "cache-stream-form"),
        steps=(Step(label="json", stream=False), Step(label="stream")),
        expect=(
            Expect(step="json", seen="answered", invariant="no-loss"),
            Expect(step="stream", seen="answered", invariant="no-loss"),
        ),
    ),
    Case(
        id="concurrency.stream-then-json",
        promise="A JSON answer requested right after a stream for the same question is JSON.",
        reference="edgeproof's own rule: valid-framing",
        focus=("valid-framing", "no-loss", "cache-stream-form"),
        steps=(Step(label="stream"), Step(label="json", stream=False)),
        expect=(
            Expect(step="stream", seen="answered", invariant="no-loss"),
            Expect(step="json", seen="answered", invariant="no-loss"),
        ),
    ),
    Case(
        id="concurrency.json-and-stream-at-once",
        promise="JSON and a stream for the same question at the same moment each arrive in their own form.",
        reference="edgeproof's own rule: valid-framing",
        focus=("valid-framing", "no-loss", "no-cross-talk"),
        steps=(
            Step(label="stream", prompt=Prompt(tokens=6, pace_s=0.05)),
            Step(label="json", prompt=Prompt(tokens=6, pace_s=0.05), stream=False, start="with"),
        ),
        expect=(
            Expect(step="stream", seen="answered", invariant="no-loss"),
            Expect(step="json", seen="answered", invariant="no-loss"),
        ),
    ),
    Case(
        id="concurrency.stream-after-a-cut-one",
        promise="A stream that broke off leaves no trace in the next one.",
        reference="edgeproof's own rule: no-cross-talk",
        focus=("no-cross-talk", "no-loss", "no-invention"),
        steps=(Step(label="cut"), Step(label="next", question="r"), Step(label="third", question="s")),
        upstream=(Upstream(faults=(sse_ends.Truncate(after=5, at="mid-event"),)),),
        expect=(
            Expect(step="next", seen="answered", invariant="no-cross-talk"),
            Expect(step="third", seen="answered", invariant="no-cross-talk"),
        ),
    ),
    Case(
        id="concurrency.cut-beside-whole",
        promise="A stream that breaks off does not harm five others that run beside it.",
        reference="edgeproof's own rule: no-cross-talk",
        focus=("no-cross-talk", "no-loss"),
        steps=(
            Step(label="whole", question="r", prompt=Prompt(tokens=10, pace_s=0.05), together=5, unique=True),
            Step(label="cut", prompt=Prompt(tokens=10, pace_s=0.05), start="with"),
        ),
        upstream=(Upstream(faults=(sse_ends.Truncate(after=5, end="reset"),)),),
        expect=(
            Expect(step="whole", seen="answered", invariant="no-cross-talk"),
            Expect(step="cut", seen="failed", invariant="no-laundering"),
        ),
    ),
    Case(
        id="concurrency.stream-after-a-client-that-left",
        promise="A client that left leaves no trace in the next client's stream.",
        reference="edgeproof's own rule: no-cross-talk",
        focus=("no-cross-talk", "no-loss"),
        steps=(
            Step(label="leaving", prompt=Prompt(tokens=60, pace_s=0.05), faults=(client.AbortAfter(events=3),)),
            Step(label="next", question="r"),
        ),
        expect=(Expect(step="next", seen="answered", invariant="no-cross-talk"),),
    ),
    Case(
        id="concurrency.stream-after-stream",
        promise="Five streams one after another all arrive whole.",
        reference="edgeproof's own rule: no-loss",
        focus=("no-loss", "no-cross-talk", "one-terminal"),
        steps=(Step(times=5, unique=True),),
        expect=(Expect(step="ask", seen="answered", invariant="no-loss"),),
    ),
    Case(
        id="concurrency.stalled-beside-live",
        promise="A stream whose upstream has gone silent does not hold up others.",
        reference="edgeproof's own rule: stays-responsive",
        focus=("no-loss", "not-buffered", "no-cross-talk"),
        steps=(
            Step(label="stalled"),
            Step(
                label="live", question="r", prompt=Prompt(tokens=8, pace_s=0.05), start="with", together=3, unique=True
            ),
        ),
        upstream=(Upstream(faults=(sse_pace.Stall(after=4, for_s=20.0, then="close"),)),),
        expect=(
            Expect(step="stalled", seen="failed", invariant="no-laundering"),
            Expect(step="live", seen="answered", invariant="no-loss"),
        ),
    ),
    Case(
        id="concurrency.small-beside-a-large-answer",
        promise="An answer of two megabytes does not hold up small ones beside it.",
        reference="edgeproof's own rule: stays-responsive",
        focus=("stays-responsive", "no-loss"),
        level="should",
        steps=(
            Step(label="large", prompt=Prompt(tokens=32, token_bytes=65_536, pace_s=0.01)),
            Step(label="small", question="r", start="with", times=5, unique=True),
        ),
        expect=(
            Expect(step="large", seen="answered", invariant="no-loss"),
            Expect(step="small", seen="answered", invariant="stays-responsive"),
        ),
    ),
    Case(
        id="concurrency.small-beside-a-large-request",
        promise="A request of seven hundred kilobytes does not hold up small ones beside it.",
        reference="edgeproof's own rule: stays-responsive",
        focus=("stays-responsive", "no-loss"),
        level="should",
        steps=(
            Step(label="large", prompt=Prompt(first_s=0.3), faults=(client.HugeRequest(size_bytes=700_000),)),
            Step(label="small", question="r", prompt=Prompt(first_s=0.1), start="with", times=5, unique=True),
        ),
        expect=(Expect(step="small", seen="answered", invariant="stays-responsive"),),
    ),
    Case(
        id="concurrency.slow-reader-beside-others",
        promise="A client that reads slowly does not hold up others.",
        reference="edgeproof's own rule: stays-responsive",
        focus=("no-loss", "no-cross-talk", "not-buffered"),
        steps=(
            Step(
                label="slow",
                prompt=Prompt(tokens=60, token_bytes=1024),
                faults=(client.SlowReader(bytes_per_s=150_000, pause_s=0.3),),
            ),
            Step(
                label="quick", question="r", prompt=Prompt(tokens=8, pace_s=0.05), start="with", together=3, unique=True
            ),
        ),
        expect=(
            Expect(step="slow", seen="answered", invariant="no-loss"),
            Expect(step="quick", seen="answered", invariant="no-loss"),
        ),
    ),
    Case(
        id="concurrency.slow-reader-of-one-answer",
        promise="A slow client does not hold up another one with the same question.",
        reference="edgeproof's own rule: stays-responsive",
        focus=("no-loss", "not-buffered"),
        steps=(
            Step(
                label="slow",
                prompt=Prompt(tokens=10, pace_s=0.05),
                faults=(client.SlowReader(bytes_per_s=8_000, pause_s=0.3),),
            ),
            Step(label="quick", prompt=Prompt(tokens=10, pace_s=0.05), start="with"),
        ),
        expect=(
            Expect(step="slow", seen="answered", invariant="no-loss"),
            Expect(step="quick", seen="answered", invariant="no-loss"),
        ),
    ),
    Case(
        id="concurrency.reader-that-does-not-read",
        promise="A client that does not read slows upstream down instead of filling the target's memory.",
        reference="RFC 9293 §3.8 flow control",
        focus=("backpressure", "cancel-propagates"),
        steps=(
            Step(
                prompt=Prompt(tokens=960, token_bytes=65_536, ascii=True),
                faults=(client.SlowReader(bytes_per_s=50_000_000, pause_s=2.5), client.AbortAfter(events=3)),
            ),
        ),
        alone=True,
    ),
    Case(
        id="concurrency.answer-nobody-asked-for",
        promise="A second answer that follows the first on its connection is the answer to no other question.",
        reference="RFC 9112 §9.2 (a response that has no request)",
        focus=("no-cross-talk", "no-invention"),
        steps=(
            Step(label="first", stream=False),
            Step(label="next", question="r", stream=False),
            Step(label="third", question="s"),
        ),
        upstream=(Upstream(faults=(http.SecondResponse(),)),),
        expect=(Expect(step="third", seen="answered", invariant="no-cross-talk"),),
    ),
)
