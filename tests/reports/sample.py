"""A record as a run could have left it: every verdict once at least, odd bytes included."""

from __future__ import annotations

from collections.abc import Iterable

from reports.record import (
    CaseResult,
    Cause,
    Finding,
    Level,
    Round,
    RunRecord,
    Stability,
    Target,
    Unsteady,
    Verdict,
    WireRow,
)

HOSTILE = (
    "</script><script>window.hacked = 1</script>"
    "<img src=x onerror=\"window.hacked=1\"> [bold]x[/bold] & 'q'\x1b[31m {{ 7 * 7 }}"
)


def cut_stream() -> tuple[WireRow, ...]:
    """The wire log of a stream that upstream resets after three events, and that a proxy ends with `[DONE]`."""
    event = 'data: {"choices":[{"delta":{"content":"%s"}}]}\r\n\r\n'
    rows = [
        WireRow(
            at_s=0.0,
            lane="client",
            exchange=1,
            kind="request",
            label="POST /v1/chat/completions",
            size_bytes=412,
            preview='{"model":"@cf/meta/llama-3.3-70b-instruct-fp8-fast","stream":true,"temperature":0.2,"max_tokens":64,'
            '"messages":[{"role":"user","content":"n-4f2a Count to three."}]}',
        ),
        WireRow(
            at_s=0.011,
            lane="upstream",
            exchange=1,
            kind="request",
            label="POST /client/v4/accounts/…/ai/v1/chat/completions",
            size_bytes=388,
            preview='{"stream":true,"messages":[…]}',
        ),
        WireRow(
            at_s=0.013,
            lane="upstream",
            exchange=1,
            kind="sent",
            label="200 head",
            size_bytes=131,
            preview="HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n",
        ),
        WireRow(
            at_s=0.016,
            lane="client",
            exchange=1,
            kind="received",
            label="200 head",
            size_bytes=140,
            preview="HTTP/1.1 200 OK\r\n",
        ),
    ]
    for number, word in enumerate(("Eins", " zwei", " drei ✓ 日本語")):
        text = event % word
        at_s = 0.05 + 0.09 * number
        size_bytes = len(text.encode())
        rows.append(
            WireRow(
                at_s=at_s,
                lane="upstream",
                exchange=1,
                kind="sent",
                label=f"event {number + 1}",
                size_bytes=size_bytes,
                preview=text,
                struck_byte=text.index("n") if number == 0 else None,
            )
        )
        rows.append(
            WireRow(
                at_s=at_s + 0.012,
                lane="client",
                exchange=1,
                kind="received",
                label=f"event {number + 1}",
                size_bytes=size_bytes,
                preview=text,
            )
        )
    rows += [
        WireRow(at_s=0.24, lane="upstream", exchange=1, kind="wait", label="waited 0.02 s"),
        WireRow(at_s=0.26, lane="upstream", exchange=1, kind="fault", label="sse.truncate(after=3)", struck_byte=1873),
        WireRow(at_s=0.262, lane="upstream", exchange=1, kind="end", label="reset"),
        WireRow(
            at_s=0.412,
            lane="client",
            exchange=1,
            kind="received",
            label="[DONE]",
            size_bytes=16,
            preview="data: [DONE]\r\n\r\n",
        ),
        WireRow(at_s=0.413, lane="client", exchange=1, kind="end", label="complete"),
    ]
    return tuple(rows)


def case(case_id: str, verdict: Verdict = Verdict.PASS, **more: object) -> CaseResult:
    """A case with plausible texts; `more` overrides any field."""
    family = case_id.partition(".")[0]
    fields: dict[str, object] = {
        "id": case_id,
        "title": case_id.partition(".")[2].replace("-", " ").capitalize(),
        "suite": "conformance",
        "family": family,
        "level": Level.MUST,
        "verdict": verdict,
        "duration_s": 0.031,
        "promised": "The text of a finished answer is exactly upstream's.",
        "saw": "12 events, 214 characters, equal on both sides.",
        "replay": f"edgeproof replay {case_id} --seed 7 --target my-proxy.toml",
        "curl": "curl -N http://127.0.0.1:41233/v1/chat/completions -H 'Content-Type: application/json' "
        '-d \'{"model":"@cf/meta/llama-3.3-70b-instruct-fp8-fast","stream":true,'
        '"messages":[{"role":"user","content":"n-4f2a Count to three."}]}\'',
        "reference": "WHATWG HTML §9.2.6",
    }
    return CaseResult.model_validate(fields | more)


def laundered() -> CaseResult:
    """The failure this product is known for: a cut stream that reaches the client as a finished one."""
    return case(
        "streaming.cut-before-done",
        Verdict.FAIL,
        title="A stream that upstream cuts short is not finished",
        duration_s=0.413,
        promised="When the upstream ends a stream early, the client can tell: no [DONE], and an error event or an "
        "abnormal end.",
        saw="[DONE] 0.412 s after the start, 0.150 s after the upstream reset at byte 1873.",
        findings=(
            Finding(
                invariant="no-laundering",
                level=Level.MUST,
                message="the upstream stream was reset after 3 of 12 events, the client was told [DONE]",
                evidence=("upstream 1: reset at 0.262 s", "client 1: data: [DONE]\r\n at 0.412 s"),
            ),
            Finding(
                invariant="break-visible",
                level=Level.SHOULD,
                message="no error event and no abnormal end reached the client",
            ),
        ),
        faults=("sse.truncate(after=3)", "tcp.reset(at_byte=1873)"),
        reference="OpenAI API reference, chat completions, streaming; Cloudflare Workers AI docs, streaming responses",
        wire=cut_stream(),
    )


def hostile() -> CaseResult:
    """A failure whose every text tries to act on the reader."""
    return case(
        "errors.hostile-body",
        Verdict.FAIL,
        title=HOSTILE,
        promised=HOSTILE,
        saw=HOSTILE,
        findings=(Finding(invariant=HOSTILE, level=Level.MUST, message=HOSTILE, evidence=(HOSTILE,)),),
        faults=(HOSTILE,),
        replay=HOSTILE,
        curl=HOSTILE,
        reference="javascript:alert(1)",
        wire=(
            WireRow(at_s=0.0, lane="client", exchange=1, kind="request", label=HOSTILE, size_bytes=9, preview=HOSTILE),
            WireRow(at_s=0.0, lane="upstream", exchange=1, kind="fault", label=HOSTILE),
        ),
    )


def sample_cases() -> list[CaseResult]:
    """One case or more of every verdict."""
    quiet = cut_stream()[:10]
    passes = (
        "streaming.first-token-flushed",
        "streaming.split-at-every-byte",
        "streaming.usage-last",
        "streaming.crlf-and-lf",
        "caching.hit-equals-original",
        "caching.key-covers-temperature",
        "errors.status-502-mapped",
        "limits.body-too-large",
        "limits.too-deep",
        "interruptions.client-leaves-early",
    )
    return [
        *(case(each, wire=quiet) for each in passes),
        laundered(),
        hostile(),
        case(
            "errors.retry-after-kept",
            Verdict.NON_STRICT,
            level=Level.SHOULD,
            saw="Retry-After: 3 from upstream, none at the client.",
            findings=(Finding(invariant="retry-after-kept", level=Level.SHOULD, message="Retry-After was dropped"),),
            faults=("http.status(code=429, retry_after=3)",),
            wire=quiet,
        ),
        case("streaming.comment-lines", Verdict.INFO, level=Level.OBSERVE, saw="Comments vanish. 注釈は消えます。"),
        case("kv.corrupt-entry", Verdict.NOT_APPLICABLE, cause="the target does not claim kv"),
        case("kv.slow-read", Verdict.NOT_APPLICABLE, cause="the target does not claim kv"),
        case("breaker.opens", Verdict.NOT_APPLICABLE, cause="the target does not claim circuit_breaker"),
        case("slowness.stall-ends", Verdict.INCONCLUSIVE, saw="", cause="the target answered the warm-up with 503"),
        case("slowness.drip", Verdict.HARNESS_ERROR, saw="", cause="KeyError: 'delta' in the check of no-loss"),
        case("sequences.same-question-twice", suite="properties", family="sequences", title=""),
    ]


def record(cases: Iterable[CaseResult] | None = None, **more: object) -> RunRecord:
    """A record of the sample cases, or of the given ones."""
    fields: dict[str, object] = {
        "edgeproof": "0.1.0",
        "seed": 7,
        "profile": "quick",
        "target": Target(
            name="my-proxy",
            url="http://127.0.0.1:41233",
            command=("python", "proxy.py", "--port", "41233"),
            capabilities={"streaming": True, "retry": {"max_attempts": 3}},
        ),
        "started_at": "2026-03-02T09:30:00Z",
        "duration_s": 31.2,
        "cases": sample_cases() if cases is None else cases,
        "load": {"requests": 1200, "failures": 0, "ttft_s": {"p50": 0.0312, "p95": 0.0871, "p99": None}},
        "leaks": {"verdict": "pass", "rounds": [{"rss_bytes": 81264640, "descriptors": 21}]},
        "coverage": {"lines_percent": 87.5, "faults_met": ["sse.truncate", "tcp.reset"], "gate_held": True},
    }
    return RunRecord.of(**(fields | more))  # type: ignore[arg-type]  # overrides are checked by pydantic


def unsteady_record() -> RunRecord:
    """A run of three rounds in which one case changed its verdict, and another was not judged each time."""
    return record(
        [case("a.flips", Verdict.INCONCLUSIVE, cause="it came out differently"), case("a.waits"), case("a.b")],
        stability=Stability(
            rounds=3,
            cases=(
                Unsteady(
                    id="a.flips",
                    differs="verdict",
                    verdicts=(Verdict.PASS, Verdict.FAIL, Verdict.PASS),
                    sides=(
                        Round(round=1, verdict=Verdict.PASS, saw="all", wire=cut_stream()),
                        Round(round=2, verdict=Verdict.FAIL, saw=HOSTILE, wire=cut_stream()),
                    ),
                ),
                Unsteady(
                    id="a.waits",
                    differs="judged",
                    verdicts=(Verdict.PASS, Verdict.PASS, Verdict.INCONCLUSIVE),
                    sides=(Round(round=3, verdict=Verdict.INCONCLUSIVE, saw="", cause="the harness was late"),),
                ),
            ),
        ),
    )


def broken_record(problems: int = 30, *, causes: int = 8) -> RunRecord:
    """A run in which everything went wrong, each thing in its own long words, and with as many causes as are told."""
    words = "the text of the answer that reached the client is not what upstream had sent to the target"
    made = record(
        [
            *(
                case(
                    f"streaming.broken-in-the-way-of-{name}",
                    Verdict.FAIL,
                    findings=(
                        Finding(
                            invariant="no-cross-talk",
                            level=Level.MUST,
                            message=f"ask#1: {name}, and so {words}, {words}",
                            evidence=("upstream  " + "u" * 70, "client    " + "c" * 70),
                        ),
                    ),
                    faults=("sse.truncate(after=3)", "tcp.reset(at_byte=1873)"),
                    promised=f"{words}, {words}",
                    saw=f"{words}, {words}, {words}",
                )
                for name in _letters(problems)
            ),
            *sample_cases(),
        ],
        coverage={"target": {"percent": 71.234, "fail_under": 80.0, "met": False}},
    )
    likely = [
        Cause(
            id=f"cause-{name}",
            sentence=f"In the way of {name} bytes are decoded read by read, so a character that is cut in two is lost",
            mends="Decode with a decoder that keeps the rest of a character for the next read.",
            score=0.5,
            explains=(made.cases[0].id,),
            cases=(made.cases[0].id,),
            clearest=made.cases[0].id,
            replay=made.cases[0].replay,
        )
        for name in _letters(causes)
    ]
    return made.model_copy(update={"causes": tuple(likely)})


def _letters(number: int) -> Iterable[str]:
    """Names without a digit, which a problem's shape leaves out."""
    return (f"{chr(97 + at // 26)}{chr(97 + at % 26)}" for at in range(number))


def large_record(cases: int = 150, rows_per_case: int = 40) -> RunRecord:
    """A record as large as a full run."""
    families = (
        "streaming",
        "caching",
        "errors",
        "limits",
        "interruptions",
        "slowness",
        "retry",
        "kv",
        "tools",
        "multi",
    )
    template = cut_stream()
    wire = tuple(template[n % len(template)].model_copy(update={"at_s": n * 0.011}) for n in range(rows_per_case))
    return record(
        case(
            f"{families[n % len(families)]}.case-number-{n:03}",
            Verdict.FAIL if n % 29 == 0 else Verdict.PASS,
            wire=wire,
        )
        for n in range(cases)
    )
