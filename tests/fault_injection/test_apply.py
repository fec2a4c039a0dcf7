from __future__ import annotations

from dataclasses import replace
from random import Random

import hypothesis.strategies as st
import pytest
from hypothesis import given

from fault_injection.apply import Bypass, Strike, apply_client, apply_kv, apply_reply, apply_wire, serve, strikes
from fault_injection.dice import seed_of
from fault_injection.families import client, http, http_framing, kv, sse_ends, sse_pace, tcp
from fault_injection.families import payload as payload_faults
from fault_injection.fault import Fault, Need, Turn
from fault_injection.rendering import PLAINLY, Asked, render
from fault_injection.reply import Reply
from fault_injection.wire import Close, Send, Wait, is_well_formed, payload
from tests.fault_injection.golden import CHAT, ENVELOPE, GET, NATIVE, PUT
from tests.fault_injection.strategies import any_faults, replies

CUT = sse_ends.Truncate(after=1)
LATE = tcp.Latency(delay_s=1)
HTTP_10 = Asked(http_10=True, keep_alive=False)
HEAD = Asked(head_only=True)


def turn(seed: int = 7, nth: int = 1) -> Turn:
    return Turn(Random(seed), nth)


def passed_by(bypassed: tuple[Bypass, ...]) -> tuple[Fault, ...]:
    return tuple(item.fault for item in bypassed)


def test_faults_apply_in_the_order_given() -> None:
    one = apply_reply([sse_ends.NoDone(), sse_ends.DoneTwice()], NATIVE, turn())
    other = apply_reply([sse_ends.DoneTwice(), sse_ends.NoDone()], NATIVE, turn())

    assert (one.struck, passed_by(one.bypassed)) == ((sse_ends.NoDone(),), (sse_ends.DoneTwice(),))
    assert (other.struck, other.bypassed) == ((sse_ends.DoneTwice(), sse_ends.NoDone()), ())
    assert one.value == other.value


def test_a_fault_that_could_not_apply_did_not_happen() -> None:
    applied = apply_reply([CUT], ENVELOPE, turn())

    assert applied.value == ENVELOPE
    assert applied.struck == ()
    assert applied.bypassed == (Bypass(fault=CUT, because="there was nothing in this answer for it to change"),)


def test_faults_of_another_kind_are_passed_over() -> None:
    faults = [CUT, LATE, kv.LostWrite(), client.SlowReader()]

    assert apply_reply(faults, NATIVE, turn()).struck == (CUT,)
    assert apply_wire(faults, render(NATIVE), turn()).struck == (LATE,)
    assert apply_kv(faults, PUT, turn()).struck == (kv.LostWrite(),)
    assert apply_client(faults, CHAT, turn()).struck == (client.SlowReader(),)
    assert apply_client(faults, CHAT, turn()).bypassed == ()


@given(faults=st.lists(any_faults(), max_size=3), more=any_faults(), seed=st.integers(0, 99))
def test_one_fault_more_changes_no_others_dice(faults: list[Fault], more: Fault, seed: int) -> None:
    few = strikes(faults, turn(seed))
    many = strikes([*faults, more], turn(seed))

    assert many[: len(few)] == few


@given(faults=st.lists(any_faults(), unique_by=lambda fault: fault.id, max_size=4), seed=st.integers(0, 99))
def test_dice_do_not_depend_on_the_place_among_others(faults: list[Fault], seed: int) -> None:
    there = strikes(faults, turn(seed))
    back = strikes(faults[::-1], turn(seed))

    assert back[::-1] == there


def test_the_same_fault_twice_draws_twice() -> None:
    garbage = tcp.GarbageAfter(size_bytes=8)

    wire = apply_wire([garbage, garbage], (Send(b""), Close()), turn()).value

    assert payload(wire)[:8] != payload(wire)[8:]


def test_a_strike_brings_its_own_number_and_dice() -> None:
    third = Strike(fault=http.FailFirst(n=2), nth=3, seed=1)
    second = Strike(fault=http.FailFirst(n=2), nth=2, seed=1)

    assert apply_reply([third], NATIVE, turn(nth=1)).value == NATIVE
    assert apply_reply([second], NATIVE, turn(nth=9)).struck == (http.FailFirst(n=2),)
    assert apply_reply([second], NATIVE, turn(1)).value == apply_reply([second], NATIVE, turn(2)).value


def test_a_turn_tells_every_fault_the_time() -> None:
    dated = http.RetryAfter(kind="date", seconds=0)

    applied = apply_reply([dated], NATIVE, Turn(Random(1), unix_s=86_400.0))

    assert applied.value.header("retry-after") == "Fri, 02 Jan 1970 00:00:00 GMT"


def test_a_server_applies_replys_faults_before_those_of_the_wire() -> None:
    served = serve([LATE, CUT, tcp.Coalesce()], NATIVE, turn())

    assert served.struck == (CUT, LATE, tcp.Coalesce())
    assert served.script[0] == Wait(1)
    assert payload(served.script).count(b"data: ") == 1
    assert served.script[-1] == Close()


def test_a_server_tells_what_it_could_not_use() -> None:
    served = serve([client.SlowReader(), kv.Miss(), CUT], ENVELOPE, turn())

    assert served.struck == ()
    assert passed_by(served.bypassed) == (CUT, client.SlowReader(), kv.Miss())
    assert served.script == render(ENVELOPE)


def test_a_stores_faults_come_first_and_decide_the_write() -> None:
    lost = serve([kv.LostWrite()], PUT.reply, turn(), kv=PUT)
    packed = serve([http_framing.GzipLie(), kv.EmptyValue()], GET.reply, turn(), kv=GET)

    assert lost.commit is False
    assert lost.script == render(PUT.reply)
    assert packed.commit is True
    assert packed.struck == (kv.EmptyValue(), http_framing.GzipLie())


def test_the_same_fault_twice_can_strike_once() -> None:
    gone = sse_ends.NoDone()

    served = serve([gone, gone], NATIVE, turn())

    assert (served.struck, passed_by(served.bypassed)) == ((gone,), (gone,))


@given(faults=st.lists(any_faults(), max_size=4), reply=replies, seed=st.integers(0, 99))
def test_any_faults_together_give_a_well_formed_script(faults: list[Fault], reply: Reply, seed: int) -> None:
    served = serve(faults, reply, turn(seed))

    assert is_well_formed(served.script)
    assert sorted(map(str, (*served.struck, *passed_by(served.bypassed)))) == sorted(map(str, faults))
    assert serve(faults, reply, turn(seed)) == served


def test_a_http_10_client_and_a_head_request_are_served_as_such() -> None:
    assert serve([], NATIVE, turn(), asked=HTTP_10).script == render(NATIVE, HTTP_10)
    assert serve([sse_pace.Ttft()], NATIVE, turn(), asked=HEAD).script == render(NATIVE, HEAD)


@pytest.mark.parametrize(
    ("fault", "reply", "asked", "because"),
    [
        (http_framing.MissingFinalChunk(), NATIVE, HTTP_10, Need.CHUNKS),
        (http_framing.BadChunkSize(), ENVELOPE, HTTP_10, Need.CHUNKS),
        (http_framing.ChunkExt(), NATIVE, HTTP_10, Need.CHUNKS),
        (http_framing.Trailers(), NATIVE, HTTP_10, Need.CHUNKS),
        (http.Interim1xx(), NATIVE, HTTP_10, Need.INTERIM),
        (http.Interim1xx(), NATIVE, Asked(http_10=True), Need.INTERIM),
        (tcp.GarbageAfter(), NATIVE, HTTP_10, Need.END),
        (tcp.Linger(), NATIVE, HTTP_10, Need.END),
        (http_framing.KeepaliveLie(), ENVELOPE, HTTP_10, Need.KEPT),
        (http_framing.KeepaliveLie(), NATIVE, Asked(http_10=True), Need.KEPT),
        (http_framing.AnnouncedClose(), NATIVE, Asked(keep_alive=False), Need.KEPT),
        (CUT, NATIVE, HEAD, Need.BODY),
        (http_framing.WrongContentLength(), ENVELOPE, HEAD, Need.BODY),
        (payload_faults.EmptyBody(), replace(ENVELOPE, status=204), PLAINLY, Need.BODY),
    ],
    ids=str,
)
def test_a_fault_that_the_request_forbids_is_passed_by_and_says_why(
    fault: Fault, reply: Reply, asked: Asked, because: Need
) -> None:
    served = serve([fault], reply, turn(), asked=asked)

    assert served.bypassed == (Bypass(fault=fault, because=because.value),)
    assert served.struck == ()
    assert served.script == render(reply, asked)


@pytest.mark.parametrize(
    ("fault", "reply", "asked"),
    [
        (CUT, NATIVE, HTTP_10),
        (sse_ends.Truncate(end="reset"), NATIVE, HTTP_10),
        (http_framing.WrongContentLength(), ENVELOPE, HTTP_10),
        (tcp.Linger(), ENVELOPE, HTTP_10),
        (tcp.GarbageAfter(), NATIVE, HEAD),
        (http_framing.KeepaliveLie(), ENVELOPE, Asked(http_10=True)),
        (http.Status(), NATIVE, HEAD),
    ],
    ids=str,
)
def test_what_the_request_leaves_room_for_strikes(fault: Fault, reply: Reply, asked: Asked) -> None:
    served = serve([fault], reply, turn(), asked=asked)

    assert served.struck == (fault,)
    assert served.script != render(reply, asked)


@given(
    faults=st.lists(any_faults(), max_size=3),
    reply=replies,
    asked=st.builds(Asked, http_10=st.booleans(), head_only=st.booleans(), keep_alive=st.booleans()),
)
def test_nothing_goes_out_that_a_request_forbids(faults: list[Fault], reply: Reply, asked: Asked) -> None:
    served = serve(faults, reply, turn(), asked=asked)

    if not served.struck:
        assert served.script == render(reply, asked)
    if asked.http_10:
        assert not any(fault.id in ("http.interim_1xx", "http.trailers") for fault in served.struck)
        assert b"transfer-encoding: chunked" not in payload(served.script)


def test_a_strikes_dice_are_derived_from_its_seed() -> None:
    strike = Strike(fault=CUT, seed=5)

    assert strike.turn().rng.random() == Random(seed_of(5, "sse.truncate")).random()
    assert strike.turn(3.0).unix_s == 3.0
