"""The Analytics Engine binding: `env.AE.writeDataPoint(...)`.

The one rule: the Worker never waits and is told nothing, as on the edge; a point over a limit is dropped in silence.
workerd drops what is too long or too much itself. It sends the points one by one and does not say which of them belong
to one invocation, so that the limit of 250 points an invocation cannot be applied here.
Sources: Cloudflare docs, Analytics Engine, limits; recordings of what workerd sends.
"""

from __future__ import annotations

from typing import Final

from fault_injection.chat import load
from fault_injection.reply import Reply
from harness.mock_cloudflare.bindings.binding import BindingCall
from harness.mock_cloudflare.request import Answer, PointEffect

MOST_BLOBS: Final = 20
MOST_DOUBLES: Final = 20
MOST_BLOB_BYTES: Final = 16 * 1024
"""All blobs of one point together."""
MOST_INDEX_BYTES: Final = 96


def answer(call: BindingCall) -> Answer:
    """Answer one call of the binding."""
    if call.request.method != "POST":
        return Answer(surface="unknown", reply=Reply(status=405, binding="analytics"))
    return Answer(surface="analytics.write", reply=Reply(binding="analytics"), kept=_point(call))


def _point(call: BindingCall) -> PointEffect | None:
    told = load(call.request.body)
    if told is None:
        return None
    blobs = tuple(_bytes(told.get(f"blob{number}")) for number in range(1, _last(told, "blob") + 1))
    doubles = tuple(_number(told.get(f"double{number}")) for number in range(1, _last(told, "double") + 1))
    index = _bytes(told.get("index1"))
    written_ns = _whole(told.get("timestamp"))
    fits = len(index) <= MOST_INDEX_BYTES and sum(map(len, blobs)) <= MOST_BLOB_BYTES
    if not fits or len(blobs) > MOST_BLOBS or len(doubles) > MOST_DOUBLES:
        return None
    return PointEffect(
        dataset=call.binding.bound_to,
        index=index,
        blobs=blobs,
        doubles=doubles,
        at_s=written_ns / 1e9 if written_ns else call.identity.now_s,
    )


def _last(told: dict[str, object], name: str) -> int:
    """Return the greatest number that a field of that name has; the ones before it that are missing are empty."""
    found = (key.removeprefix(name) for key, value in told.items() if key.startswith(name) and value is not None)
    return max((min(int(number[:9]), MOST_BLOBS + 1) for number in found if number.isdecimal()), default=0)


def _whole(value: object) -> int:
    text = str(value)
    return int(text) if text.isdecimal() and len(text) < 20 else 0


def _bytes(value: object) -> bytes:
    """Return what workerd writes as a list of numbers, or as text."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    whole = isinstance(value, list) and all(isinstance(item, int) and 0 <= item < 256 for item in value)
    return bytes(value) if whole and isinstance(value, list) else b""


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
