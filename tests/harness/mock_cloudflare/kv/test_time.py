from __future__ import annotations

import pytest

from tests.harness.mock_cloudflare.asking import NOW_S, Asker, body_of, error_of

START_S = int(NOW_S)
PAST = "Please specify integer greater than the current number of seconds since the UNIX epoch."


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("expiration_ttl=59", "Invalid expiration_ttl of 59. Expiration TTL must be at least 60."),
        ("expiration_ttl=0", "Invalid expiration_ttl of 0. Please specify integer greater than 0."),
        ("expiration_ttl=-1", "Invalid expiration_ttl of -1. Please specify integer greater than 0."),
        ("expiration_ttl=x", "Invalid expiration_ttl of x. Please specify integer greater than 0."),
        (
            f"expiration={START_S}",
            f"Invalid expiration of {START_S}. {PAST}",
        ),
        (
            f"expiration={START_S + 59}",
            f"Invalid expiration of {START_S + 59}. Expiration times must be at least 60 seconds in the future.",
        ),
    ],
)
def test_an_expiry_that_is_too_near_is_refused(query: str, message: str) -> None:
    ask = Asker()

    assert error_of(ask.do("PUT", ask.value("k"), b"v", query=query)) == (400, 10021, message)


@pytest.mark.parametrize(
    ("query", "at"),
    [
        ("expiration_ttl=60", START_S + 60),
        (f"expiration={START_S + 60}", START_S + 60),
        (f"expiration={START_S + 900}&expiration_ttl=120", START_S + 120),
    ],
)
def test_a_key_lives_until_its_expiry_and_no_longer(query: str, at: int) -> None:
    ask = Asker()
    ask.do("PUT", ask.value("k"), b"v", query=query)

    ask.now_s = at - 0.001
    alive = ask.ask("GET", ask.value("k"))
    listed = body_of(ask.ask("GET", f"{ask.kv}/keys"))
    ask.now_s = float(at)
    gone = ask.ask("GET", ask.value("k"))

    assert alive.reply.header("expiration") == str(at)
    assert listed["result"] == [{"name": "k", "expiration": at}]
    assert error_of(gone)[1] == 10009
    assert body_of(ask.ask("GET", f"{ask.kv}/keys"))["result"] == []
    assert gone.kv is not None
    assert gone.kv.lapsed == b"v"


def test_an_expiry_beats_a_colos_cache() -> None:
    ask = Asker(kv_read_cache_s=600.0)
    ask.do("PUT", ask.value("k"), b"v", query="expiration_ttl=60")
    ask.do("GET", ask.value("k"))

    ask.now_s = START_S + 60.0

    assert ask.do("GET", ask.value("k")).reply.status == 404


def test_a_colos_cache_keeps_what_it_read_hits_and_misses() -> None:
    ask = Asker(kv_read_cache_s=30.0)
    missed = ask.do("GET", ask.value("k"))
    ask.do("PUT", ask.value("k"), b"v")

    still_missed = ask.do("GET", ask.value("k"))
    elsewhere = ask.do("GET", ask.value("k"), headers=(("X-Edgeproof-Colo", "SIN"),))
    ask.now_s += 30.0
    found = ask.do("GET", ask.value("k"))
    ask.do("DELETE", ask.value("k"))
    kept = ask.do("GET", ask.value("k"))

    assert [answer.reply.status for answer in (missed, still_missed, elsewhere, found, kept)] == [
        404,
        404,
        200,
        200,
        200,
    ]
