"""Each registered fault through a real socket, named by what a client library sees of it.

A fault that nobody can feel is no fault. A registered one without a row here fails the last test by its name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

import httpx
import pytest

from fault_injection.registry import ALL
from harness.core.observed.history import UpstreamEnd
from tests.acceptance.feeling import VALUE, Seen, look
from tests.acceptance.test_client_faults_are_felt import FELT_BY_THE_SERVER


@dataclass(frozen=True, kw_only=True)
class Row:
    """A fault, the kind of request it strikes, and what tells the answer from the clean one."""

    spec: str
    asks: str = "stream"
    felt: Callable[[Seen, Seen], bool]
    """Whether the faulted answer, compared with the clean one, shows the fault."""
    error: type[Exception] | None = None
    """What the client library raises."""
    prompt: str = "tokens=6"
    patience_s: float = 20.0
    follow: bool = False

    @property
    def id(self) -> str:
        return self.spec.partition("(")[0]


def unmeasured(wire: bytes) -> bytes:
    """The head of an answer, without the length of a body that may rightly be another one."""
    return re.sub(rb"content-length: \d+", b"content-length: ?", wire.partition(b"\r\n\r\n")[0])


def same(faulted: Seen, clean: Seen) -> bool:
    return (faulted.status, faulted.body) == (clean.status, clean.body)


def same_events(faulted: Seen, clean: Seen) -> bool:
    return faulted.data == clean.data and faulted.body != clean.body


def shorter(faulted: Seen, clean: Seen) -> bool:
    return clean.body.startswith(faulted.body) and len(faulted.body) < len(clean.body)


def nothing(faulted: Seen, _: Seen) -> bool:
    return faulted.status is None and faulted.body == b""


def refused(status: int, clue: bytes = b"") -> Callable[[Seen, Seen], bool]:
    return lambda faulted, _: faulted.status == status and clue in faulted.body


def later(seconds: float) -> Callable[[Seen, Seen], bool]:
    return lambda faulted, clean: same(faulted, clean) and faulted.took_s >= seconds


def first_later(seconds: float) -> Callable[[Seen, Seen], bool]:
    return lambda faulted, clean: same(faulted, clean) and faulted.first_s >= seconds


PACED = "tokens=6 pace_s=0.03"
PACED_S = 0.14
BROKEN = httpx.RemoteProtocolError

TCP = (
    Row(spec="tcp.reset", error=httpx.ReadError, felt=nothing),
    Row(spec="tcp.reset(at_byte=900)", error=httpx.ReadError, felt=lambda f, c: f.status == 200 and shorter(f, c)),
    Row(spec="tcp.fin_early", error=BROKEN, felt=nothing),
    Row(spec="tcp.fin_early(at_byte=900)", error=BROKEN, felt=lambda f, c: f.status == 200 and shorter(f, c)),
    Row(spec="tcp.blackhole", error=httpx.ReadTimeout, patience_s=0.3, felt=nothing),
    Row(spec="tcp.latency(delay_s=0.1)", felt=first_later(0.1)),
    Row(spec="tcp.bandwidth(bytes_per_s=20000)", felt=lambda f, c: later(len(c.wire) / 20_000)(f, c)),
    Row(spec="tcp.slice(size_bytes=100, wait_s=0.01)", felt=lambda f, c: later(len(c.wire) / 100 * 0.01)(f, c)),
    Row(spec="tcp.coalesce", prompt=PACED, felt=first_later(PACED_S)),
    Row(
        spec="tcp.coalesce_end",
        prompt=PACED,
        felt=lambda f, c: same(f, c) and f.wire.endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n"),
    ),
    Row(spec="tcp.slow_drip(piece_bytes=100, wait_s=0.01)", felt=lambda f, c: later(len(c.wire) / 100 * 0.01)(f, c)),
    Row(spec="tcp.garbage_after", asks="json", felt=lambda f, c: same(f, c) and not f.reused),
    Row(spec="tcp.garbage_before", error=BROKEN, felt=nothing),
    Row(spec="tcp.corrupt_bytes(rate=1.0)", error=BROKEN, felt=nothing),
    Row(
        spec="tcp.corrupt_bytes(rate=0.01, from_byte=1000)",
        asks="json",
        prompt="tokens=400",
        felt=lambda f, c: f.body != c.body and len(f.body) == len(c.body),
    ),
    Row(spec="tcp.duplicate_segment(size_bytes=9)", error=BROKEN, felt=nothing),
    Row(
        spec="tcp.linger",
        asks="json",
        patience_s=0.3,
        felt=lambda f, c: same(f, c) and f.next_error is httpx.ReadTimeout,
    ),
)
HTTP = (
    Row(spec="http.status(code=503)", felt=refused(503, b"Error 503")),
    Row(spec="http.status(code=200, body=html)", felt=lambda f, c: f.status == 200 and not f.data),
    Row(
        spec="http.retry_after(seconds=7)",
        felt=lambda f, c: f.status == 429 and f.headers.get("retry-after", "") == "7",
    ),
    Row(spec="http.fail_first", felt=refused(503)),
    Row(spec="http.html_with_200", asks="json", felt=lambda f, c: f.status == 200 and not f.is_json),
    Row(
        spec="http.wrong_content_type",
        felt=lambda f, c: same(f, c) and f.headers.get("content-type", "") == "text/html",
    ),
    Row(spec="http.header_huge", felt=lambda f, c: same(f, c) and len(f.headers.get("x-padding", "")) == 65_536),
    Row(spec="http.header_huge(size_bytes=500000)", error=BROKEN, felt=nothing),
    Row(
        spec="http.duplicate_header",
        felt=lambda f, c: same(f, c) and len(f.headers.get_list("content-type")) == 2,
    ),
    Row(spec="http.redirect", felt=lambda f, c: f.status == 307 and f.headers.get("location", "") == "?again=1"),
    Row(spec="http.redirect", follow=True, error=httpx.TooManyRedirects, felt=lambda f, c: f.body == b""),
    Row(spec="http.interim_1xx(count=3)", felt=lambda f, c: same(f, c) and f.wire.count(b"HTTP/1.1 ") == 4),
    Row(spec="http.second_response", asks="json", felt=lambda f, c: same(f, c) and f.wire.count(b"HTTP/1.1 200") == 2),
    Row(spec="http.empty_response", error=BROKEN, felt=nothing),
    Row(spec="http.missing_final_chunk", error=BROKEN, felt=same),
    Row(spec="http.bad_chunk_size(at_chunk=2)", error=BROKEN, felt=shorter),
    Row(spec="http.chunk_ext", felt=lambda f, c: same(f, c) and b";edge=1\r\n" in f.wire),
    Row(spec="http.trailers", felt=lambda f, c: same(f, c) and f.headers.get("trailer", "") == "x-checksum"),
    Row(spec="http.wrong_content_length", asks="json", error=BROKEN, felt=same),
    Row(spec="http.wrong_content_length(off_by_bytes=-10)", asks="json", felt=lambda f, c: f.body == c.body[:-10]),
    Row(
        spec="http.keepalive_lie",
        asks="json",
        felt=lambda f, c: same(f, c) and f.headers.get("connection", "") == "keep-alive" and not f.reused,
    ),
    Row(
        spec="http.announced_close",
        asks="json",
        felt=lambda f, c: same(f, c) and f.headers.get("connection", "") == "close" and not f.reused,
    ),
    Row(spec="http.gzip", felt=lambda f, c: same(f, c) and f.headers.get("content-encoding", "") == "gzip"),
    Row(spec="http.compressed", felt=lambda f, c: same(f, c) and f.headers.get("content-encoding", "") == "deflate"),
    Row(spec="http.gzip_truncated", felt=shorter),
    Row(spec="http.gzip_lie", error=httpx.DecodingError, felt=lambda f, c: f.body == b""),
)
SSE_ENDS = (
    Row(spec="sse.truncate(after=2)", error=BROKEN, felt=lambda f, c: f.data == c.data[:2]),
    Row(spec="sse.truncate(after=2, end=reset)", error=httpx.ReadError, felt=lambda f, c: f.data == c.data[:2]),
    Row(spec="sse.truncate(after=2, end=clean)", felt=lambda f, c: f.data == c.data[:2]),
    Row(spec="sse.truncate(after=2, at=mid-event)", error=BROKEN, felt=lambda f, c: f.decoded[1].unterminated),
    Row(spec="sse.cut_at_byte(at_byte=700)", error=BROKEN, felt=lambda f, c: f.body == c.body[:700]),
    Row(spec="sse.no_done", felt=lambda f, c: f.data == c.data[:-1]),
    Row(spec="sse.finish_without_done", felt=lambda f, c: f.finishes == ["stop"] and f.dones == 0 and not f.usages),
    Row(spec="sse.done_without_finish", felt=lambda f, c: f.finishes == [] and f.dones == 1 and f.text == c.text),
    Row(spec="sse.done_twice", felt=lambda f, c: f.dones == 2),
    Row(
        spec="sse.data_after_done",
        felt=lambda f, c: f.data[: len(c.data)] == c.data and len(f.data) == len(c.data) + 1,
    ),
    Row(spec="sse.no_final_blank", felt=lambda f, c: f.dones == 0 and f.decoded[1].unterminated),
    Row(spec="sse.inband_error", felt=lambda f, c: "error" in f.good[-1] and f.dones == 0 and not f.finishes),
    Row(
        spec="sse.endless(wait_s=0, count=3)",
        error=BROKEN,
        felt=lambda f, c: len(f.texts) == len(c.texts) + 3 and set(f.texts[-3:]) == {c.texts[-1]},
    ),
    Row(spec="sse.finish_unknown", felt=lambda f, c: f.finishes == ["model_length"]),
)
SSE_PACE = (
    Row(spec="sse.stall(after=2)", error=httpx.ReadTimeout, patience_s=0.3, felt=lambda f, c: f.data == c.data[:2]),
    Row(spec="sse.stall(after=2, for_s=0.1)", felt=later(0.1)),
    Row(spec="sse.trickle(wait_s=0.02)", felt=lambda f, c: later(len(c.data) * 0.02)(f, c)),
    Row(spec="sse.ttft(delay_s=0.1)", felt=first_later(0.1)),
    Row(spec="sse.pause_inside(for_s=0.1)", felt=later(0.1)),
    Row(spec="sse.cadence_collapse", prompt=PACED, felt=first_later(PACED_S)),
    Row(spec="sse.merge_events", prompt=PACED, felt=first_later(PACED_S)),
    Row(spec="sse.split_events(size_bytes=100, wait_s=0.01)", felt=lambda f, c: later(len(c.data) * 0.01)(f, c)),
)
SSE_FORM = (
    Row(spec="sse.line_ends", felt=lambda f, c: same_events(f, c) and b"\r\n\r\n" in f.body),
    Row(spec="sse.line_ends(kind=cr)", felt=lambda f, c: same_events(f, c) and b"\n" not in f.body),
    Row(spec="sse.bom", felt=lambda f, c: same_events(f, c) and f.body.startswith(b"\xef\xbb\xbf")),
    Row(spec="sse.no_space", felt=lambda f, c: same_events(f, c) and b"data: " not in f.body),
    Row(spec="sse.multi_line_data", felt=lambda f, c: f.chunks == c.chunks and f.data != c.data),
    Row(spec="sse.comments", felt=lambda f, c: same_events(f, c) and b": keep-alive\n\n" in f.body),
    Row(spec="sse.comments(place=inside)", felt=lambda f, c: same_events(f, c) and b"\n: keep-alive\n\n" in f.body),
    Row(spec="sse.comment_flood", felt=lambda f, c: same_events(f, c) and f.body.count(b": keep-alive\n\n") == 1000),
    Row(spec="sse.unknown_field", felt=lambda f, c: same_events(f, c) and b"trace: none\n" in f.body),
    Row(spec="sse.event_name", felt=lambda f, c: {event.type for event in f.decoded[0]} == {"chunk"}),
    Row(
        spec="sse.id_and_retry",
        felt=lambda f, c: f.decoded[1].retry_ms == 1000 and f.decoded[0][3].last_event_id == "3",
    ),
    Row(spec="sse.missing_blank_line", felt=lambda f, c: len(f.data) == len(c.data) - 1 and f.chunks.count(None) == 1),
    Row(spec="sse.extra_blank_lines", felt=lambda f, c: same_events(f, c) and b"\n\n\n" in f.body),
)
SSE_TEXT = (
    Row(spec="sse.malformed_json", felt=lambda f, c: f.chunks[1] is None and len(f.data) == len(c.data)),
    Row(spec="sse.invalid_utf8", felt=lambda f, c: f.decoded[1].malformed_utf8),
    Row(spec="sse.lone_surrogate", felt=lambda f, c: "\ud83d" in f.text),
    Row(spec="sse.nul_byte", felt=lambda f, c: "\0" in f.body.decode() and f.chunks.count(None) == 1),
    Row(spec="sse.huge_event", felt=lambda f, c: max(map(len, f.texts)) > 65_000 and f.text.replace("x", "") != ""),
    Row(spec="sse.many_tiny_events", felt=lambda f, c: f.text == c.text and len(f.data) > len(c.data) + 10),
    Row(spec="sse.numeric_text", felt=lambda f, c: 7 in f.texts),
    Row(spec="sse.duplicate_event", felt=lambda f, c: f.data == [*c.data[:2], *c.data[1:]]),
    Row(spec="sse.drop_event", felt=lambda f, c: f.data == [*c.data[:1], *c.data[2:]]),
    Row(spec="sse.reorder_events", felt=lambda f, c: f.data == [c.data[0], c.data[2], c.data[1], *c.data[3:]]),
    Row(
        spec="sse.json_instead",
        felt=lambda f, c: f.headers.get("content-type", "") == "application/json" and f.answer["content"] == c.text,
    ),
    Row(spec="sse.html_instead", felt=lambda f, c: f.status == 200 and b"<!DOCTYPE html>" in f.body and not f.data),
)
SSE_CHAT = (
    Row(
        spec="sse.tool_args_split",
        asks="tools",
        felt=lambda f, c: f.arguments == c.arguments and len(f.calls) > len(c.calls) + 10,
    ),
    Row(spec="sse.tool_args_broken(kind=garbled)", asks="tools", felt=lambda f, c: f.chunks.count(None) == 1),
    Row(spec="sse.tool_args_broken(kind=not-json)", asks="tools", felt=lambda f, c: f.arguments.endswith("not json")),
    Row(
        spec="sse.null_final_tool_call",
        asks="tools",
        felt=lambda f, c: f.arguments == c.arguments and len(f.calls) == len(c.calls) + 1,
    ),
    Row(spec="sse.empty_choices_chunk", felt=lambda f, c: f.good[0]["choices"] == [] and f.text == c.text),
    Row(spec="sse.role_only_first", felt=lambda f, c: f.data[1:] == c.data and f.text == c.text),
    Row(spec="sse.wrong_index", felt=lambda f, c: {choice["index"] for choice in f.choices} == {0, 7}),
    Row(spec="sse.usage_missing", felt=lambda f, c: f.usages == [] and len(c.usages) == 1 and f.text == c.text),
    Row(spec="sse.usage_wrong", felt=lambda f, c: set(f.usages[0].values()) == {0}),
    Row(spec="sse.usage_twice", felt=lambda f, c: f.usages == c.usages * 2),
)
CHAT = (
    Row(spec="chat.reasoning", felt=lambda f, c: f.text == c.text and "reasoning_content" in f.choices[1]["delta"]),
    Row(
        spec="chat.reasoning(place=null)",
        asks="json",
        felt=lambda f, c: f.answer.get("reasoning_content", "") is None and f.answer["content"] == c.answer["content"],
    ),
    Row(spec="chat.logprobs", felt=lambda f, c: f.text == c.text and bool(f.choices[1]["logprobs"])),
    Row(spec="chat.fields", asks="json", felt=lambda f, c: "x_upstream" in f.answer and "x_upstream" in f.json),
    Row(spec="chat.usage", felt=lambda f, c: len(f.usages) == len(f.good) and f.usages[-1:] == c.usages),
    Row(spec="chat.role", felt=lambda f, c: f.text == c.text and "content" not in f.choices[0]["delta"]),
    Row(spec="chat.empty_delta", felt=lambda f, c: f.text == c.text and len(f.data) == len(c.data) + 3),
    Row(spec="chat.finish", felt=lambda f, c: f.text == c.text and len(f.data) == len(c.data) - 1),
    Row(
        spec="chat.tool_calls",
        asks="tools",
        felt=lambda f, c: f.arguments == c.arguments and len(f.calls) == 1 < len(c.calls),
    ),
    Row(
        spec="chat.halves",
        prompt="tokens=60",
        felt=lambda f, c: f.text.encode("utf-16", "surrogatepass") == c.text.encode("utf-16") and f.text != c.text,
    ),
    Row(spec="chat.spelling", felt=lambda f, c: f.chunks == c.chunks and f.data != c.data),
)
PAYLOAD = tuple(
    Row(spec=spec, asks="json", felt=felt)
    for spec, felt in (
        ("payload.empty_body", lambda f, c: f.status == 200 and f.body == b""),
        ("payload.truncated_json", lambda f, c: shorter(f, c) and not f.is_json),
        ("payload.invalid_json", lambda f, c: not f.is_json),
        ("payload.wrong_type", lambda f, c: isinstance(f.answer["content"], dict)),
        ("payload.missing_field(path=usage)", lambda f, c: "usage" not in f.json and "usage" in c.json),
        ("payload.null_content", lambda f, c: f.answer["content"] is None),
        ("payload.numeric_content", lambda f, c: f.answer["content"] == 42),
        ("payload.wrong_content", lambda f, c: f.answer["content"] == "This is another answer."),
        ("payload.extra_field", lambda f, c: "x_extra" in f.json and f.answer == c.answer),
        ("payload.huge", lambda f, c: len(f.body) >= 1_500_000 and f.answer["content"].startswith(c.answer["content"])),
        ("payload.deep_nesting", lambda f, c: b"[" * 10_000 in f.body and not f.is_json),
        ("payload.empty_choices", lambda f, c: f.json["choices"] == []),
        ("payload.success_false", lambda f, c: f.status == 200 and f.json.get("success") is False),
        ("payload.events_instead", lambda f, c: f.dones == 1 and f.text == c.answer["content"]),
        ("payload.finish_unknown", lambda f, c: f.json["choices"][0]["finish_reason"] == "model_length"),
        ("payload.wrong_role", lambda f, c: f.answer["role"] == "user"),
    )
)
KV = (
    Row(spec="kv.miss", asks="get", felt=refused(404, b"key not found")),
    Row(spec="kv.stale", asks="get", felt=lambda f, c: (f.body, c.body) == (b"before", VALUE)),
    Row(
        spec="kv.expired_served",
        asks="get expired",
        felt=lambda f, c: (f.status, c.status, f.body) == (200, 404, b"old"),
    ),
    Row(spec="kv.corrupt_bits", asks="get", felt=lambda f, c: f.body != VALUE and len(f.body) == len(VALUE)),
    Row(spec="kv.truncated", asks="get", felt=lambda f, c: shorter(f, c) and f.status == 200),
    Row(spec="kv.empty_value", asks="get", felt=lambda f, c: (f.status, f.body) == (200, b"")),
    Row(spec="kv.wrong_type", asks="get", felt=lambda f, c: f.body == b"42"),
    Row(spec="kv.wrong_schema", asks="get", felt=lambda f, c: f.json["schema"] == 0),
    Row(spec="kv.slow(delay_s=0.1)", asks="get", felt=first_later(0.1)),
    Row(spec="kv.hang", asks="get", error=httpx.ReadTimeout, patience_s=0.3, felt=nothing),
    Row(spec="kv.error", asks="put", felt=lambda f, c: f.status == 500 and f.kept["key"] == VALUE),
    Row(spec="kv.rate_limited", asks="put", felt=lambda f, c: f.status == 429 and f.kept["key"] == VALUE),
    Row(spec="kv.too_large", asks="put", felt=lambda f, c: f.status == 413 and f.kept["key"] == VALUE),
    Row(
        spec="kv.lost_write",
        asks="put",
        felt=lambda f, c: same(f, c) and (f.kept["key"], c.kept["key"]) == (VALUE, b"new"),
    ),
    Row(
        spec="kv.delete_ignored",
        asks="delete",
        felt=lambda f, c: same(f, c) and "key" in f.kept and "key" not in c.kept,
    ),
    Row(
        spec="kv.list_incomplete",
        asks="list",
        felt=lambda f, c: len(f.json["result"]) < len(c.json["result"]) and f.json["success"],
    ),
    Row(
        spec="kv.metadata_mismatch",
        asks="metadata",
        felt=lambda f, c: f.json["result"] != c.json["result"] == {"mine": True},
    ),
)
LATE_ONLY = frozenset(
    {
        "tcp.latency",
        "tcp.bandwidth",
        "tcp.slice",
        "tcp.coalesce",
        "tcp.coalesce_end",
        "tcp.slow_drip",
        "sse.stall",
        "sse.pause_inside",
        "sse.trickle",
        "sse.ttft",
        "sse.cadence_collapse",
        "sse.merge_events",
        "sse.split_events",
        "kv.slow",
    }
)
"""Felt by the time alone, of which a busy machine can add any amount to a clean answer."""
ROWS = TCP + HTTP + SSE_ENDS + SSE_PACE + SSE_FORM + SSE_TEXT + SSE_CHAT + CHAT + PAYLOAD + KV


@pytest.mark.parametrize("row", ROWS, ids=[row.spec for row in ROWS])
async def test_the_fault_is_felt(row: Row) -> None:
    faulted = await look(row.asks, spec=row.spec, prompt=row.prompt, patience_s=row.patience_s, follow=row.follow)
    clean = await look(row.asks, prompt=row.prompt)

    assert clean.error is None
    assert clean.struck == ()
    assert clean.reused
    assert faulted.struck == (row.spec,)
    assert faulted.error is row.error
    assert row.felt(faulted, clean), faulted
    assert row.error or row.id in LATE_ONLY or not row.felt(clean, clean), "the row cannot tell a fault from none"
    if faulted.status is not None and not ALL[row.id].tell:
        assert unmeasured(faulted.wire) == unmeasured(clean.wire), "the head gave the fault away"


async def test_two_clean_answers_are_the_same_bytes() -> None:
    """Every comparison above rests on it."""
    first, second = await look("stream"), await look("stream")

    assert first.body == second.body
    assert first.dones == 1
    assert first.text
    assert json.loads(first.data[0])
    assert first.end is UpstreamEnd.KEPT


@pytest.mark.parametrize("fault_id", ALL)
def test_every_registered_fault_has_a_row(fault_id: str) -> None:
    felt = {row.id for row in ROWS} | FELT_BY_THE_SERVER

    assert fault_id in felt, f"{fault_id} needs a row that says what a client library sees of it"
