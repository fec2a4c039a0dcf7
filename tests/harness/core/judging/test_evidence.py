"""What a finding shows: where two texts part, and both sides of an exchange."""

from __future__ import annotations

import pytest

from fault_injection.reply import Event
from harness.core.judging.evidence import around, sides
from harness.core.judging.verdict import judge
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd
from scenarios.case import Case, Step
from tests.harness.core.histories import breaches, client, cut, passed, request, stream, streamed, upstream, view

CASE = Case(id="family.name", promise="It holds.", reference="RFC 1", focus=("no-loss",), steps=(Step(),))


def evidence(rule: str, of: CaseView) -> tuple[str, ...]:
    return tuple(line for breach in breaches(rule, of) for line in breach.evidence)


def test_both_sides_are_shown_from_shortly_before_they_part() -> None:
    one = "once there was a river that ran down to the sea and never came back to the hills"

    told = around(one, one.replace("the sea", "a sea"))

    assert told == (
        "upstream  …er that ran down to ▸the sea and never came back to t…",
        "client    …er that ran down to ▸a sea and never came back to the…",
        "          they part at ▸, character 41 of 80 and 78",
    )


@pytest.mark.parametrize(
    ("one", "other", "shown"),
    [
        ("abc", "ab", ("upstream  ab▸c", "client    ab▸(nothing more)")),
        ("", "x", ("upstream  ▸(nothing more)", "client    ▸x")),
        ("a\r\nb", "a\nb", ("upstream  a▸␍␊b", "client    a▸␊b")),
        ("\x1b[31m", "", ("upstream  ▸␛[31m", "client    ▸(nothing more)")),
    ],
    ids=["cut short", "made up", "line ends", "colours"],
)
def test_what_cannot_be_seen_is_drawn(one: str, other: str, shown: tuple[str, str]) -> None:
    assert around(one, other)[:2] == shown


def test_texts_that_are_alike_have_nothing_to_show() -> None:
    assert around("same", "same") == ()


@pytest.mark.parametrize("at", [0, 1, 2_999_999, 3_000_000])
def test_it_is_short_however_long_the_texts_are(at: int) -> None:
    one = "ab" * 1_500_000

    told = around(one, one[:at] + "c" * 9)

    assert all(len(line) < 80 for line in told)
    assert f"character {at + 1} of 3000000" in told[2]


def test_lost_text_shows_where_it_is_missing() -> None:
    told = evidence("no-loss", passed(stream("one two three"), stream("one three")))

    assert told[:2] == ("upstream  one t▸wo three", "client    one t▸hree")


def test_of_an_exchange_the_end_of_both_sides_is_shown() -> None:
    (ask,) = passed(cut(stream("abc"), 1), stream("a")).asks

    told = sides(ask)

    assert told[0] == 'upstream  200, 1 event, closed at 0.10 s: …h_reason": null}]}␊␊'
    assert told[-1].startswith("client    200, ")
    assert told[-1].endswith("data: [DONE]␊␊")


def test_an_upstream_that_was_not_asked_is_told() -> None:
    assert sides(view(client(stream("a"))).asks[0])[0] == "upstream  was not asked"


def test_of_many_calls_the_last_are_shown_and_the_rest_counted() -> None:
    of = view(client(stream("a"), end_s=9.0), [upstream(stream("a"), at=0.1 * n) for n in range(7)])

    told = sides(of.asks[0])

    assert told[0] == "upstream  4 calls before these"
    assert len(told) == 5
    assert "asked at 0.60 s" in told[3]


def test_what_reached_upstream_of_a_message_is_shown_beside_it() -> None:
    asked = [{"role": "user", "content": "ep-0123456789ab what is seven times six"}]
    sent = [{"role": "user", "content": "ep-0123456789ab what is seven times"}]
    of = view(client(stream("a"), body=request(messages=asked)), upstream(stream("a"), body=request(messages=sent)))

    told = evidence("request-true", of)

    assert told[:2] == ("client    … what is seven times▸ six", "upstream  … what is seven times▸(nothing more)")


def test_a_finding_without_evidence_of_its_own_shows_both_sides() -> None:
    laundered = judge(CASE, passed(cut(stream("abc"), 1), stream("a")), models={}).findings[0]

    assert laundered.invariant == "no-laundering"
    assert [line.split()[0] for line in laundered.evidence] == ["upstream", "client"]


def test_an_event_that_makes_no_sense_is_shown() -> None:
    told = evidence("valid-framing", passed(streamed("{not json\t" + "x" * 500), streamed("{not json\t" + "x" * 500)))

    assert told[0] == f"odd       {{not json␉{'x' * 140}…"
    assert [line.split()[0] for line in told[1:]] == ["upstream", "client"]


def test_bytes_that_are_no_text_are_shown_in_hexadecimal() -> None:
    spoilt = Event(b'data: {"choices":[{"index":0,"delta":{"content":"\xff\xfe"}}]}\n\n')
    told = evidence("valid-framing", passed(stream("a"), streamed(spoilt)))

    assert told[0].startswith('client    …"delta":{"content":"▸ff fe 22 7d 7d 5d at byte 50 of ')


def test_a_call_that_came_when_its_client_had_left_is_shown_with_its_time() -> None:
    gone = client(end=ClientEnd.LEFT)

    (told, _) = sides(view(gone, upstream(stream("a"), at=3.0)).asks[0])

    assert told.startswith("upstream  asked at 3.00 s: 200, ")
