from __future__ import annotations

from random import Random

from fault_injection.families import tcp
from fault_injection.fault import Turn
from fault_injection.wire import KEEP, Close, Reset, Send, Wait, WireScript, duration_s, payload
from tests.fault_injection.families.examples import Example, itself, rows

SCRIPT: WireScript = (Wait(1.0), Send(b"head"), Wait(2.0), Send(b"body"), KEEP)


def endings(script: WireScript) -> tuple[int, object]:
    return len(payload(script)), script[-1]


EXAMPLES = (
    Example("tcp.reset", SCRIPT, itself, (Wait(1.0), Reset())),
    Example("tcp.reset(at_byte=6)", SCRIPT, itself, (Wait(1.0), Send(b"head"), Wait(2.0), Send(b"bo"), Reset())),
    Example("tcp.reset(at_byte=4)", SCRIPT, itself, (Wait(1.0), Send(b"head"), Reset())),
    Example("tcp.fin_early(at_byte=2)", SCRIPT, itself, (Wait(1.0), Send(b"he"), Close())),
    Example("tcp.fin_early(at_byte=99)", SCRIPT, itself, (*SCRIPT[:-1], Close())),
    Example("tcp.blackhole(for_s=9)", SCRIPT, itself, (Wait(1.0), Wait(9), Close())),
    Example("tcp.blackhole(for_s=9, after_byte=4)", SCRIPT, itself, (Wait(1.0), Send(b"head"), Wait(9), Close())),
    Example("tcp.latency(delay_s=0.25)", SCRIPT, itself, (Wait(0.25), *SCRIPT)),
    Example("tcp.latency(delay_s=0)", SCRIPT, itself, SCRIPT),
    Example("tcp.latency(delay_s=0, jitter_s=2)", SCRIPT, lambda script: 0 < script[0].seconds <= 2, True),
    Example(
        "tcp.bandwidth(bytes_per_s=20)",
        (Send(b"head"), KEEP),
        itself,
        (Wait(0.1), Send(b"he"), Wait(0.1), Send(b"ad"), KEEP),
    ),
    Example("tcp.bandwidth(bytes_per_s=1)", SCRIPT, duration_s, 11.0),
    Example("tcp.slice", (Send(b"abc"), KEEP), itself, (Send(b"a"), Send(b"b"), Send(b"c"), KEEP)),
    Example(
        "tcp.slice(size_bytes=2, wait_s=0.5)",
        (Send(b"abc"), KEEP),
        itself,
        (Wait(0.5), Send(b"ab"), Wait(0.5), Send(b"c"), KEEP),
    ),
    Example(
        "tcp.slice(size_bytes=1, jitter_bytes=2)",
        (Send(b"a" * 90), KEEP),
        lambda script: {len(action.data) for action in script[:-2]},
        {1, 2, 3},
    ),
    Example("tcp.coalesce", SCRIPT, itself, (Wait(3.0), Send(b"headbody"), KEEP)),
    Example(
        "tcp.coalesce_end(pieces=2)",
        (Send(b"head"), Send(b"a"), Wait(1.0), Send(b"b"), Wait(2.0), Send(b"c"), KEEP),
        itself,
        (Send(b"head"), Send(b"a"), Wait(3.0), Send(b"bc"), KEEP),
    ),
    Example("tcp.coalesce_end", (Send(b"head"), Send(b"body"), KEEP), itself, (Send(b"head"), Send(b"body"), KEEP)),
    Example(
        "tcp.slow_drip(piece_bytes=3, wait_s=1)",
        (Send(b"head"), Close()),
        itself,
        (Wait(1), Send(b"hea"), Wait(1), Send(b"d"), Close()),
    ),
    Example("tcp.garbage_after(size_bytes=5)", SCRIPT, endings, (13, Close())),
    Example("tcp.garbage_after(size_bytes=5)", SCRIPT, lambda script: payload(script)[:8], b"headbody"),
    Example("tcp.garbage_before(size_bytes=5)", SCRIPT, endings, (13, Close())),
    Example("tcp.garbage_before(size_bytes=5)", SCRIPT, lambda script: payload(script)[5:], b"headbody"),
    Example(
        "tcp.corrupt_bytes(rate=0)",
        SCRIPT,
        lambda script: sum(one != other for one, other in zip(payload(script), b"headbody", strict=True)),
        1,
    ),
    Example(
        "tcp.corrupt_bytes(rate=1, from_byte=4)",
        SCRIPT,
        lambda script: [one == other for one, other in zip(payload(script), b"headbody", strict=True)],
        [True] * 4 + [False] * 4,
    ),
    Example("tcp.corrupt_bytes(from_byte=8)", SCRIPT, itself, SCRIPT),
    Example(
        "tcp.duplicate_segment(at_byte=5, size_bytes=2)",
        SCRIPT,
        itself,
        (*SCRIPT[:3], Send(b"bod"), Send(b"od"), Send(b"y"), KEEP),
    ),
    Example("tcp.duplicate_segment(at_byte=4)", SCRIPT, payload, b"headbodybody"),
    Example("tcp.duplicate_segment(at_byte=99)", SCRIPT, payload, b"headbodyy"),
    Example("tcp.duplicate_segment", (Wait(1.0), Close()), itself, (Wait(1.0), Close())),
    Example("tcp.linger(for_s=3)", SCRIPT, itself, (*SCRIPT[:-1], Wait(3), Close())),
)


@rows(*EXAMPLES)
def test_a_fault_of_the_connection_does_what_it_says(example: Example) -> None:
    example.check()


def test_corruption_strikes_about_as_many_bytes_as_its_rate_says() -> None:
    script = (Send(bytes(100_000)), KEEP)

    after = tcp.CorruptBytes(rate=0.01).apply(script, Turn(Random(3)))

    assert 800 < sum(byte != 0 for byte in payload(after)) < 1200


def test_a_rate_next_to_nothing_still_strikes_one_byte() -> None:
    script = (Send(bytes(50)), KEEP)

    after = tcp.CorruptBytes(rate=5e-324).apply(script, Turn(Random(3)))

    assert sum(byte != 0 for byte in payload(after)) == 1
