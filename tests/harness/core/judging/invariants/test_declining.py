"""The borders of the rule about requests that cannot be served, and those that any target may decline."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fault_injection.client import Manner
from fault_injection.reply import Reply
from harness.core.judging.invariants.declining import depth, is_deeper
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd
from harness.core.target.claims import Capabilities, Limits, RateLimit
from reports.record import Level
from tests.harness.core.histories import (
    NONCE,
    OTHER,
    Fields,
    Json,
    answer,
    breaches,
    client,
    failure,
    message,
    request,
    silent,
    upstream,
    view,
)

USER = {"role": "user", "content": f"{NONCE} tokens=2"}
CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
ASSISTANT = {"role": "assistant", "content": "", "tool_calls": [CALL]}
DEEP = request()[:-1] + b',"deep":' + b"[" * 5_000 + b"]" * 5_000 + b"}"
MARKED = b"\xef\xbb\xbf" + request()
LIMITS = Limits(max_request_bytes=1000, max_messages=2, max_depth=8)


def _declined(body: bytes, got: Reply | None = None, **more: Fields) -> CaseView:
    return view(client(got, **{"body": body, **more}), limits=LIMITS)


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (b"x" * 1001, "larger (1001 bytes) than the limit of 1000"),
        (b"[" * 9, "nested deeper (9) than the limit of 8"),
        (request(messages=[USER] * 3), "of more messages (3) than the limit of 2"),
        (b"not JSON", "not a JSON object"),
        (b"[]", "not a JSON object"),
        (b"{}", "without messages"),
        (request(messages=[]), "without messages"),
        (request(messages="hello"), "without messages"),
        (request(messages=["hello"]), "with a message that has no known role"),
        (request(messages=[{"role": "wizard", "content": "a"}]), "with a message that has no known role"),
        (request(messages=[{"role": ["user"], "content": "a"}]), "with a message that has no known role"),
        (request(messages=[{"role": "user", "content": 7}]), "with a message whose content is no text"),
        (request(messages=[{"role": "user"}]), "with a message whose content is no text"),
        (request(model=7), "with a field of the wrong type"),
        (request(stream=False)[:-1] + b',"stream":"yes"}', "with a field of the wrong type"),
    ],
)
def test_what_cannot_be_meant_is_declined_cleanly(body: bytes, wrong: str) -> None:
    assert f"a request to be declined got a 500; it is {wrong}" in message(
        "request-limits", _declined(body, failure(500))
    )
    assert f"got no answer at all (reset); it is {wrong}" in message(
        "request-limits", _declined(body, end=ClientEnd.RESET)
    )
    assert "did not end cleanly" in message("request-limits", _declined(body, failure(413), end=ClientEnd.RESET))
    assert silent("request-limits", [_declined(body, failure(400)), _declined(body, end=ClientEnd.LEFT)])


def test_what_upstream_serves_may_be_passed_on_within_the_targets_own_limits() -> None:
    def served(messages: list[Json]) -> CaseView:
        body = request(messages=messages)
        return view(client(answer(), body=body), upstream(answer(), body=body), limits=LIMITS)

    odd = served([{"role": "wizard", "content": NONCE}])
    many = served([USER] * 3)

    assert [breach.level for breach in breaches("request-limits", odd)] == [Level.SHOULD]
    assert [breach.level for breach in breaches("request-limits", many)] == [None]


@pytest.mark.parametrize(
    "of",
    [
        view(client(answer(), body=request(stream=False)[:-1] + b',"stream":null}')),
        view(client(answer(), params={"messages": [{"role": "function", "name": "f", "content": "1"}]})),
        view(client(answer(), params={"messages": [ASSISTANT]})),
        view(client(answer(), body=b"", method="GET")),
        view(client(answer(), body=DEEP), limits=Limits()),
        view(client(failure(400), body=DEEP), limits=Limits()),
        view(client(answer(), body=MARKED)),
        view(client(failure(400), body=MARKED)),
        view(client(failure(500), body=MARKED), upstream(failure(500), body=MARKED)),
    ],
)
def test_what_makes_sense_may_be_served(of: CaseView) -> None:
    assert silent("request-limits", [of])


@pytest.mark.parametrize(
    ("body", "words"),
    [(DEEP, "nested 5001 levels deep"), (MARKED, "JSON behind a byte order mark")],
    ids=["deep", "marked"],
)
def test_what_a_parser_may_decline_is_no_reason_to_fail(body: bytes, words: str) -> None:
    failed = view(client(failure(500), body=body), limits=Limits())
    silenced = view(client(body=body), limits=Limits())

    assert f"a request that may be served or declined got a 500; it is {words}" in message("request-limits", failed)
    assert "got no answer at all (closed early)" in message("request-limits", silenced)


def _walked(body: bytes) -> int:
    deepest = now = 0
    in_string = escaped = False
    for byte in body:
        if in_string:
            in_string = escaped or byte != 0x22
            escaped = byte == 0x5C and not escaped
        elif byte == 0x22:
            in_string, escaped = True, False
        elif byte in b"[]{}":
            now += 1 if byte in b"[{" else -1
            deepest = max(deepest, now)
    return deepest


@given(st.text(alphabet='[]{}"\\a\n', max_size=20))
def test_depth_is_that_of_a_walk_through_every_byte(text: str) -> None:
    body = text.encode()

    assert depth(body) == _walked(body)
    assert [is_deeper(body, levels) for levels in range(4)] == [depth(body) > levels for levels in range(4)]


@pytest.mark.parametrize(
    ("body", "deep"),
    [(b"", 0), (b"[" * 1_000_000, 1_000_000), (b'"' + b"[" * 1_000_000, 0), (b'{"a":"' + b"\\" * 999_999, 1)],
)
def test_depth_of_any_size_is_measured(body: bytes, deep: int) -> None:
    assert depth(body) == deep


LIMITED = Capabilities(rate_limit=RateLimit(per_minute=3))


def _minute(*statuses: int, at: tuple[float, ...], **more: Fields) -> CaseView:
    """Requests of one caller at these times, each with its own answer; for what was served upstream was asked."""
    asked = [
        client(
            answer() if status == 200 else failure(status), at=at_s, nonce=f"ep-{number:012x}", label=f"ask-{number}"
        )
        for number, (status, at_s) in enumerate(zip(statuses, at, strict=True))
    ]
    calls = [
        upstream(answer(), at=each.started_s + 0.05, nonce=f"ep-{number:012x}")
        for number, each in enumerate(asked)
        if each.status == 200
    ]
    return view(asked, calls, **{"claims": LIMITED, **more})


OLD = (0.0, 0.1, 0.2)


def test_what_a_limit_has_declined_does_not_count_on() -> None:
    of = _minute(200, 200, 200, 429, 429, 429, at=(*OLD, 31.0, 31.1, 62.0))

    (breach,) = breaches("request-limits", of)
    assert breach.message.startswith("ask-5: was declined by the limit of 3 a minute, although 0 were served")
    assert breach.level is Level.SHOULD


@pytest.mark.parametrize(
    "of",
    [
        _minute(200, 200, 200, 429, 429, at=(*OLD, 31.0, 50.0)),
        _minute(200, 200, 200, 200, 200, 200, 429, 429, at=(*OLD, 31.0, 31.1, 31.2, 31.3, 62.0)),
        _minute(200, 200, 200, 429, 429, 200, at=(*OLD, 31.0, 31.1, 62.0)),
        _minute(200, 200, 200, 429, 429, 429, at=(*OLD, 31.0, 31.1, 62.0), claims=Capabilities()),
        _minute(200, 200, 200, 429, 429, at=(*OLD, 31.0, 62.0), earlier=(upstream(answer(), at=40.0, nonce=OTHER),)),
    ],
    ids=["within the minute", "a new window was full", "served", "no claim", "others asked as well"],
)
def test_a_limit_that_may_be_full_is_right(of: CaseView) -> None:
    assert silent("request-limits", [of])


def test_a_coded_request_is_measured_once_it_is_unpacked_unless_it_is_passed_on_as_it_is() -> None:
    body = request()[:-1] + b',"pad":"' + b"x" * 1000 + b'"}'
    packed = {"manner": Manner(content_encoding="gzip")}
    served = client(answer(), body=body, moves=packed)
    unpacked, untouched = (
        upstream(answer(), body=body),
        upstream(answer(), body=body, request_headers=(("Content-Encoding", "gzip"),)),
    )

    assert "larger" in message("request-limits", view(served, unpacked, limits=LIMITS))
    assert silent("request-limits", [view(served, untouched, limits=LIMITS)])
