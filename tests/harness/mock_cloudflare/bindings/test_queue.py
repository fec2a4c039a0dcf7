"""The Queues binding: messages are kept as they were sent, within limits."""

from __future__ import annotations

import base64
import json

import pytest

from tests.harness.mock_cloudflare.asking import body_of
from tests.harness.mock_cloudflare.bindings.calling import Caller


def _batch(*bodies: bytes) -> bytes:
    return json.dumps({"messages": [{"body": base64.b64encode(body).decode()} for body in bodies]}).encode()


def test_messages_are_kept_in_order_and_counted() -> None:
    caller = Caller()

    one = caller.call("queue jobs", "POST", "/message", b'{"a":1}')
    more = caller.call("queue jobs", "POST", "/batch", _batch(b"two", b"three"))

    assert caller.mock.bound.messages == {"jobs": [b'{"a":1}', b"two", b"three"]}
    assert [body_of(answer)["metadata"]["metrics"]["backlogCount"] for answer in (one, more)] == [1, 3]
    assert body_of(caller.call("queue jobs", "GET", "/metrics"))["backlogBytes"] == 15


def test_each_queue_has_messages_of_its_own() -> None:
    caller = Caller()
    caller.call("queue jobs", "POST", "/message", b"1")

    assert body_of(caller.call("queue other", "GET", "/metrics"))["backlogCount"] == 0


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/message", b"x" * 128_001, 413),
        ("/batch", _batch(*(b"x" for _ in range(101))), 413),
        ("/batch", b"no JSON", 400),
        ("/batch", b'{"messages":[{"body":"!"}]}', 400),
        ("/batch", '{"messages":[{"body":"é"}]}'.encode(), 400),
        ("/nowhere", b"", 400),
    ],
)
def test_what_is_over_a_limit_or_makes_no_sense_is_not_kept(path: str, body: bytes, status: int) -> None:
    caller = Caller()

    assert caller.call("queue jobs", "POST", path, body).reply.status == status
    assert caller.mock.bound.messages == {}
