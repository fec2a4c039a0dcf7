from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from fault_injection.reply import Reply
from harness.core.observed.hidden.credentials import CREDENTIAL_HEADERS
from harness.core.observed.history import ClientEnd, History, Piece, UpstreamEnd
from harness.core.observed.redact import Redactor
from harness.core.observed.wire_log import rows
from tests.harness.core.histories import answer, client, native, stream, upstream, visit


def _history() -> History:
    asked = client(
        stream("a"), at=10.0, end=ClientEnd.CLOSED_EARLY, problem="body short", headers=(("A", "1"), ("B", "2"))
    )
    return History(clients=(asked,), upstreams=(upstream(stream("a"), at=10.05, faults=("sse.truncate(after=1)",)),))


def test_both_sides_stand_on_one_axis_from_the_first_request_on() -> None:
    seen = [(row.lane, row.kind, row.at_s) for row in rows(_history(), Redactor())]

    assert seen[:4] == [
        ("client", "request", 0.0),
        ("upstream", "request", 0.05),
        ("upstream", "fault", 0.05),
        ("upstream", "sent", 0.05),
    ]
    assert [at_s for _, _, at_s in seen] == sorted(at_s for _, _, at_s in seen)


def test_every_row_says_what_happened() -> None:
    told = {(row.lane, row.kind): row for row in rows(_history(), Redactor())}

    assert {row.exchange for row in told.values()} == {1}
    assert told["client", "request"].size_bytes == len(client(stream("a")).moves.body)
    assert told["client", "received"].preview == "data: [DONE]\n\n"
    assert told["upstream", "sent"].preview == "0\r\n\r\n"
    assert (told["upstream", "fault"].size_bytes, told["client", "end"].preview) == (0, "")
    assert told["client", "request"].label == "ask: POST /v1/chat/completions"
    assert told["client", "request"].preview.startswith('{"model"')
    assert told["client", "end"].label == "closed early: body short"
    assert told["upstream", "request"].label == "ai.chat: POST /v1/chat/completions"
    assert told["upstream", "fault"].label == "sse.truncate(after=1)"
    assert told["upstream", "end"].label == "kept"


def test_the_head_is_a_row_of_its_own() -> None:
    log = rows(History(clients=(client(answer("a")),)), Redactor())

    (head,) = [row for row in log if row.label == "status 200"]
    assert head.preview == "200\ncontent-type: application/json"
    assert "200\nA: 1\nB: 2" in [row.preview for row in rows(_history(), Redactor())]


def test_a_script_that_was_not_played_to_its_end_is_told() -> None:
    log = rows(History(upstreams=(upstream(answer(), end=UpstreamEnd.PEER_LEFT, whole=False),)), Redactor())

    assert log[-1].label == "peer left, before the script was over"


def test_what_still_runs_has_no_end() -> None:
    log = rows(History(upstreams=(upstream(answer(), end=UpstreamEnd.RUNNING),)), Redactor())

    assert "end" not in [row.kind for row in log]


def test_a_request_without_an_answer_has_no_head() -> None:
    log = rows(History(clients=(client(label=""),)), Redactor())

    assert [(row.kind, row.label) for row in log] == [
        ("request", "request: POST /v1/chat/completions"),
        ("end", "closed early"),
    ]


def test_a_long_run_is_shortened_in_the_middle_and_says_so() -> None:
    log = rows(History(upstreams=(upstream(native(*"a" * 98)),)), Redactor())

    sent = [row for row in log if row.kind == "sent"]
    assert len(sent) == 25
    assert sent[11].label == "piece 12"
    left_out = upstream(native(*"a" * 98)).pieces[12:-12]
    assert sent[12].label == f"77 more pieces, {sum(len(piece.data) for piece in left_out)} bytes, not shown"
    assert (sent[12].size_bytes, sent[0].label) == (0, "piece 1")
    assert [row.label for row in sent[13::11]] == ["piece 90", "piece 101"]


def test_a_run_of_24_pieces_is_shown_whole() -> None:
    log = rows(History(upstreams=(upstream(native(*"a" * 21)),)), Redactor())

    assert [row.label for row in log if row.kind == "sent"] == [f"piece {number}" for number in range(1, 25)]


def test_exchanges_are_numbered_on_each_side_from_one_on() -> None:
    history = History(clients=(client(), client()), upstreams=(upstream(), upstream()))

    assert {(row.lane, row.exchange) for row in rows(history, Redactor())} == {
        ("client", 1), ("client", 2), ("upstream", 1), ("upstream", 2),
    }  # fmt: skip


def test_what_is_done_with_conversations_stands_behind_the_questions() -> None:
    log = rows(History(clients=(client(at=1.0),), visits=(visit("history", answer(), at=2.0),)), Redactor())

    assert ("history: GET /v1/chat/completions", 2, 1.0) in [(row.label, row.exchange, row.at_s) for row in log]


def test_bytes_that_are_no_text_are_shown_as_far_as_they_are() -> None:
    log = rows(History(upstreams=(upstream(answer(), body=b"a\xff"),)), Redactor())

    assert log[0].preview == "a\ufffd"


def test_the_size_is_the_true_one_and_the_preview_a_part() -> None:
    log = rows(History(upstreams=(upstream(answer(), body=b"x" * 1000, body_bytes=70_000),)), Redactor())

    assert (log[0].size_bytes, len(log[0].preview)) == (70_000, 240)


def test_nothing_is_shown_that_the_redactor_has_not_seen() -> None:
    history = History(
        clients=(client(answer("sk-secret"), label="sk-secret"),), upstreams=(upstream(answer("sk-secret")),)
    )

    shown = repr(rows(history, Redactor(["sk-secret"])))

    assert "[redacted]" in shown
    assert "sk-secret" not in shown


def test_a_secret_across_the_end_of_a_preview_is_seen_whole() -> None:
    history = History(upstreams=(upstream(answer(), body=b"x" * 235 + b"sk-secret"),))

    preview = rows(history, Redactor(["sk-secret"]))[0].preview

    assert preview == "x" * 235 + "[reda"


def test_an_empty_history_has_no_rows() -> None:
    assert rows(History(), Redactor()) == ()


def test_a_fault_stands_where_it_strikes_and_the_byte_is_told() -> None:
    whole = upstream(native("a", "b"), faults=("sse.stall(after=1)", "http.status"))
    start = len(whole.pieces[0].data) + 3
    log = rows(History(upstreams=(replace(whole, struck_byte=start),)), Redactor())

    kinds = [row.kind for row in log]
    assert kinds[:5] == ["request", "sent", "fault", "fault", "sent"]
    assert [row.struck_byte for row in log[:5]] == [None, None, start, None, 3]


def test_a_fault_behind_the_last_byte_stands_behind_the_last_piece() -> None:
    whole = upstream(native("a"), faults=("tcp.reset",))
    end = sum(len(piece.data) for piece in whole.pieces)
    log = rows(History(upstreams=(replace(whole, struck_byte=end),)), Redactor())

    assert [row.kind for row in log][-2:] == ["fault", "end"]
    assert log[-2].struck_byte == end
    assert [row.struck_byte for row in log if row.kind == "sent"] == [None] * len(whole.pieces)


def test_a_fault_among_pieces_that_are_not_shown_stands_before_them() -> None:
    whole = upstream(native(*"a" * 98), faults=("tcp.reset",))
    at = sum(len(piece.data) for piece in whole.pieces[:20])
    log = rows(History(upstreams=(replace(whole, struck_byte=at),)), Redactor())

    (number,) = [number for number, row in enumerate(log) if row.kind == "fault"]
    assert "not shown" in log[number + 1].label
    assert log[number + 1].struck_byte is None


def test_bytes_that_are_no_text_are_kept_in_hexadecimal() -> None:
    odd = client(answer("a"))
    odd = replace(odd, pieces=(Piece(0.0, b"a\xff\xfetoken"), Piece(0.1, "ü".encode())))
    log = rows(History(clients=(odd,)), Redactor(["token"]))

    shown = [(row.preview, row.hex) for row in log if row.label.startswith("piece")]
    assert shown == [("a\ufffd\ufffd[redacted]", "61fffe" + b"[redacted]".hex()), ("ü", "")]


VALUES = st.text("ghjkmqvwxyz0123456789", min_size=12, max_size=40)
NAMES = st.sampled_from([*sorted(CREDENTIAL_HEADERS), "X-Vault-Token", "x-some-secret-thing"])


@given(name=NAMES, value=VALUES)
def test_no_header_that_holds_a_credential_shows_its_value_on_either_side(name: str, value: str) -> None:
    value = f"sid={value}; Path=/" if name == "cookie" else value
    told = Reply(status=200, headers=((name, value),), body=b"{}")
    history = History(clients=(client(answer("a"), headers=((name, value),)),), upstreams=(upstream(told),))

    assert value not in repr(rows(history, Redactor()))


@given(secret=VALUES, place=st.sampled_from(["label", "path", "body", "problem", "answer"]))
def test_a_secret_of_the_run_is_in_no_row_wherever_it_was_planted(secret: str, place: str) -> None:
    body = b'{"a": "%s"}' % secret.encode() if place == "body" else b"{}"
    asked = client(
        answer(secret if place == "answer" else "a"),
        label=secret if place == "label" else "ask",
        path=f"/v1/{secret}" if place == "path" else "/v1",
        body=body,
        problem=secret if place == "problem" else "",
    )
    history = History(clients=(asked,), upstreams=(upstream(answer(secret), body=body, path=f"/v1/{secret}"),))

    assert secret not in repr(rows(history, Redactor([secret])))


def test_a_long_token_that_a_preview_cuts_is_seen_whole() -> None:
    token = "0123456789abcdef" * 64
    history = History(upstreams=(upstream(answer(), body=b"x" * 200 + token.encode()),))

    assert rows(history, Redactor([token]))[0].preview == "x" * 200 + "[redacted]"
