"""What was met is read from the history: the fault that struck, where, on which surface, with what in the cache."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fault_injection.families import client as clients
from fault_injection.fault import ClientFault
from harness.core.judging.resilience import Coverage, merged_section, reach_of, rows
from harness.core.observed.history import UpstreamExchange
from harness.core.target.claims import Breaker, Cache, Capabilities, Limits, RateLimit, Retry
from harness.core.target.file import Chat, TargetFile
from scenarios.case import Case, Step
from scenarios.case_file import found_case
from scenarios.searching.pairs import Row, wanted
from scenarios.searching.reach import Reach
from tests.harness.core.histories import CACHING, NONCE, OTHER, Fields, answer, client, request, stream, upstream, view

CASE = found_case("found.case", [Step()])


BODY = request(messages=[{"role": "user", "content": f"{NONCE} tokens=3 | Please answer."}])


def hit(*faults: str, **more: Fields) -> UpstreamExchange:
    return upstream(stream("one", "two", "three"), faults=faults, **more)


@pytest.mark.parametrize(
    ("spec", "place"),
    [
        ("sse.malformed_json(at=0)", "start"),
        ("sse.malformed_json", "middle"),
        ("sse.malformed_json(at=40)", "end"),
        ("http.gzip", "whole"),
    ],
)
def test_a_fault_is_where_its_parameter_says(spec: str, place: str) -> None:
    of = view(client(stream("one", "two")), hit(spec))

    assert list(rows(CASE, of)) == [Row(spec.partition("(")[0], place, "ai.chat", "cold")]


@pytest.mark.parametrize(("sent", "place"), [((), "start"), (("one",), "middle"), (("one", "two", "three"), "end")])
def test_a_cut_at_a_byte_is_where_the_text_got_to(sent: tuple[str, ...], place: str) -> None:
    sent_reply = stream(*sent, finish=None, done=False)
    of = view(client(stream("one")), upstream(sent_reply, body=BODY, faults=("tcp.reset(at_byte=700)",)))

    assert [row.place for row in rows(CASE, of)] == [place]


def test_a_stored_value_has_a_head_and_a_body() -> None:
    of = view(
        client(answer()),
        [
            upstream(answer(), surface="kv.get", nonce="", body=b"", faults=("tcp.reset(at_byte=10)",)),
            upstream(answer(), surface="kv.get", nonce="", body=b"", faults=("tcp.reset(at_byte=1000)",)),
        ],
    )

    assert [row.place for row in rows(CASE, of)] == ["start", "middle"]


@pytest.mark.parametrize(
    ("asked_again_at_s", "state"), [(0.5, "kept"), (9.0, "expired")], ids=["while it is kept", "when it is too old"]
)
def test_the_cache_is_as_the_requests_before_left_it(asked_again_at_s: float, state: str) -> None:
    of = view(
        [client(stream("one")), client(stream("one"), at=asked_again_at_s)],
        [upstream(stream("one")), hit("http.gzip", at=asked_again_at_s + 0.01)],
        claims=CACHING,
    )

    assert [row.cache for row in rows(CASE, of)] == [state]


def test_a_target_without_a_cache_is_always_cold() -> None:
    of = view([client(stream("one")), client(stream("one"), at=0.5)], hit("http.gzip", at=0.51))

    assert [row.cache for row in rows(CASE, of)] == ["cold"]


def test_what_has_no_nonce_belongs_to_the_request_that_began_last() -> None:
    of = view(
        [client(stream("one")), client(stream("one"), at=0.5), client(stream("one"), nonce=OTHER, at=1.0)],
        [
            upstream(answer(), at=0.6, surface="kv.get", nonce="", body=b"", faults=("kv.miss",)),
            upstream(answer(), at=1.1, surface="kv.get", nonce="", body=b"", faults=("kv.miss",)),
        ],
        claims=CACHING,
    )

    assert [row.cache for row in rows(CASE, of)] == ["kept", "cold"]


def test_a_fault_that_struck_before_any_request_is_met_all_the_same() -> None:
    of = view(client(stream("one"), at=5.0), hit("http.gzip", nonce=""))

    assert [row.cache for row in rows(CASE, of)] == ["cold"]


@pytest.mark.parametrize(
    ("fault", "place"),
    [
        (clients.AbortAfter(events=1), "start"),
        (clients.AbortAfter(events=2), "middle"),
        (clients.AbortAfter(events=9), "end"),
        (clients.AbortUpload(at_byte=10), "start"),
        (clients.AbortUpload(at_byte=100_000), "end"),
        (clients.NotJson(), "whole"),
    ],
)
def test_what_a_client_does_is_met_as_well(fault: ClientFault, place: str) -> None:
    case = Case(id="a.b", promise="", reference="", focus=("no-loss",), steps=(Step(faults=(fault,)),))

    met = list(rows(case, view(client(stream("one"), body=BODY))))

    assert met == [Row(fault.id, place, "client", "cold")]


def test_coverage_counts_pairs_and_exchanges() -> None:
    coverage = Coverage(Reach())
    before = coverage.percent

    coverage.add(CASE, view(client(stream("one")), hit("http.gzip")))
    coverage.add(CASE, view(client(stream("one")), hit("http.gzip")))

    section = coverage.section(fail_under=80)
    assert before == 0
    assert section["pairs_met"] == 6
    assert section["pairs"] == len(wanted(Reach()))
    assert (section["exchanges"], section["distinct"], section["met"]) == (2, 1, False)
    assert {"family": "http", "x place": "1 of 24", "x surface": "1 of 22", "x cache": "1 of 22"} in section[
        "by_family"
    ]


def test_without_a_gate_nothing_is_met_or_missed() -> None:
    assert Coverage(Reach()).section(fail_under=None)["met"] is None


def test_what_cannot_come_about_is_not_counted() -> None:
    coverage = Coverage(Reach(streaming=False))

    coverage.add(CASE, view(client(stream("one")), hit("sse.bom")))

    assert coverage.section(fail_under=0)["pairs_met"] == 3  # those of the place, the surface and the cache


def test_the_reach_of_a_target_is_what_it_claims() -> None:
    chat = Chat(dialect="openai", path="/", model="m", second_model="n", headers={"X-User": "{client_token}"})
    everything = Capabilities(
        streaming=True,
        retry=Retry(max_attempts=2),
        circuit_breaker=Breaker(failures=4, open_s=1),
        fallback_model="f",
        cache=Cache(ttl_s=1, streams=True, per_identity=True),
        kv=True,
        rate_limit=RateLimit(per_minute=9),
    )
    limits = Limits(max_messages=3, max_request_bytes=4)
    full = TargetFile(name="t", url="u", command=("x",), chat=chat, capabilities=everything, limits=limits)
    bare = TargetFile(name="t", url="u", chat=Chat(dialect="openai", path="/", model="m"), capabilities=Capabilities())

    one_caller = replace(full, chat=replace(chat, headers={}))

    assert reach_of(bare) == Reach(streaming=False)
    assert reach_of(one_caller) == replace(reach_of(full), per_identity=False)
    assert reach_of(full) == Reach(
        streaming=True,
        second_model=True,
        cache=True,
        per_identity=True,
        kv=True,
        restart=True,
        breaker_failures=4,
        fallback=True,
        max_messages=3,
        max_request_bytes=4,
        rate_per_minute=9,
    )


def test_parts_together_have_met_what_one_would_have_met_alone() -> None:
    reach = Reach(streaming=True)
    views = [view(client(stream("one")), hit(spec)) for spec in ("sse.truncate", "sse.malformed_json", "sse.truncate")]
    alone, parts = Coverage(reach), [Coverage(reach), Coverage(reach)]
    for number, of in enumerate(views):
        alone.add(CASE, of)
        parts[number % 2].add(CASE, of)

    united = merged_section([part.part() for part in parts], fail_under=80.0)

    told = alone.section(fail_under=80.0)
    assert united is not None
    assert {key: united[key] for key in ("percent", "pairs", "pairs_met", "exchanges", "fail_under", "met")} == {
        key: told[key] for key in ("percent", "pairs", "pairs_met", "exchanges", "fail_under", "met")
    }


def test_parts_that_do_not_say_which_pairs_they_met_are_not_merged() -> None:
    known = Coverage(Reach(streaming=True))

    assert merged_section([known.part(), known.section(fail_under=None)], fail_under=None) is None
    assert merged_section([], fail_under=None) is None
