"""`edgeproof drift` on real sockets: what is planted is found, what is known is told as that, failures are reasons."""

from __future__ import annotations

import json
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from fault_injection.families.chat_fields import Reasoning
from fault_injection.families.payload import ExtraField
from fault_injection.families.sse_form import Comments
from tests.harness.cli.conftest import Edgeproof
from tests.harness.cli.drifting.upstreams import (
    CLOUDFLARE,
    NAMESPACE,
    SETTINGS,
    Handler,
    MockUpstream,
    Sent,
    tampering,
    told_by,
)
from tests.harness.cli.process import PATIENCE_S, wait_for_line
from tests.harness.cli.process import edgeproof as started

DAMAGED = {
    "schema": "edgeproof.drift/1",
    "forms": {"chat.plain": {"mock": {"/status": {"kinds": ["number"], "words": [{}]}}, "upstream": {}}},
}


def _json(sent: Sent, **changed: object) -> Sent:
    """Return the answer with other fields; None takes one away."""
    told = {**json.loads(sent.body), **changed}
    return replace(sent, body=json.dumps({key: value for key, value in told.items() if value is not None}).encode())


def test_the_mock_does_not_differ_from_itself_in_any_dialect(edgeproof: Edgeproof, mock: MockUpstream) -> None:
    mock.faults()

    outcome = edgeproof(
        "drift", "--upstream", mock.url, *CLOUDFLARE, "--dialect", "chat,run,responses,messages,kv", "--fail-on", "any"
    )

    assert outcome.code == 0
    assert "no drift; 38 of 38 questions compared" in outcome.out
    assert not mock.server.mock.kv.keys(NAMESPACE, now_s=0.0)


def test_forms_that_the_mock_has_itself_are_known_variations(edgeproof: Edgeproof, mock: MockUpstream) -> None:
    mock.faults(Reasoning(), Comments())

    told = told_by(edgeproof("drift", "--upstream", f"{mock.url}/v1", "--only", "chat.plain,chat.stream", "--json").out)

    assert told["exit_code"] == 0
    assert {(each["path"], each["known"], each["moved"]) for each in told["differences"]} == {
        ("json.choices[].message.reasoning_content", "chat.reasoning", "nobody"),
        ("stream.events.reasoning", "chat.reasoning", "nobody"),
        ("stream.framing.comments", "sse.comments", "nobody"),
    }


def test_a_fault_that_the_mock_calls_none_of_its_forms_is_drift(edgeproof: Edgeproof, mock: MockUpstream) -> None:
    mock.faults(ExtraField())
    arguments = ("drift", "--upstream", mock.url, *CLOUDFLARE, "--only", "run.plain")

    assert edgeproof(*arguments).code == 0
    assert edgeproof(*arguments, "--fail-on", "any").code == 1


PLANTED = {
    ("json.choices[].finish_reason", "breaking", "chat.plain"),
    ("json.usage", "breaking", "chat.plain"),
    ("json.brand_new", "new", "chat.plain"),
    ("headers.cf-new", "new", "chat.plain"),
    ("headers.cf-ray", "gone", "chat.plain"),
    ("stream.events.[DONE]", "breaking", "chat.stream"),
    ("stream.events.text[].p", "new", "chat.stream"),
    ("stream.order.finish before text", "breaking", "chat.stream"),
    ("status", "breaking", "chat.bad-model"),
    ("json.error", "breaking", "chat.bad-model"),
    ("json.detail", "new", "chat.bad-model"),
    ("body", "breaking", "chat.bad-json"),
    ("headers.content-type", "breaking", "chat.bad-json"),
}


def _planted(handler: Handler, sent: Sent) -> Sent:
    if b"no-such" in handler.asked:
        return replace(_json(sent, error=None, detail="none"), status=422)
    if not handler.asked.endswith(b"}"):
        return Sent(sent.status, {**sent.headers, "content-type": "text/plain"}, b"oops")
    if b'"stream"' not in handler.asked:
        choices = [{**each, "finish_reason": "eos"} for each in json.loads(sent.body)["choices"]]
        headers = {name: value for name, value in sent.headers.items() if name != "cf-ray"}
        return _json(replace(sent, headers={**headers, "cf-new": "1"}), choices=choices, usage=None, brand_new=1)
    *events, finish, _done, _ = sent.body.split(b"\n\n")
    events = [each[:-1] + b',"p":"abd"}' if b'"role"' not in each else each for each in events]
    return replace(sent, body=b"\n\n".join([*events[:-1], finish, events[-1], b""]))


def test_every_planted_difference_is_found_and_no_other(edgeproof: Edgeproof) -> None:
    with tampering(_planted) as upstream:
        only = "chat.plain,chat.stream,chat.bad-model,chat.bad-json"
        outcome = edgeproof("drift", "--upstream", f"{upstream.url}/v1", "--only", only, "--json", "--out", "d.json")

    told = told_by(outcome.out)
    assert outcome.code == 1
    assert {(each["path"], each["weight"], *each["questions"]) for each in told["differences"]} == PLANTED
    assert all(each["mock"] != each["upstream"] and not each["known"] for each in told["differences"])
    assert Path("d.json").read_text(encoding="utf-8") == outcome.out


def test_the_terminal_has_each_difference_by_number_with_both_sides_and_the_next_step(edgeproof: Edgeproof) -> None:
    with tampering(_planted) as upstream:
        arguments = ("drift", "--upstream", f"{upstream.url}/v1", "--only", "chat.plain")
        first = edgeproof(*arguments, "--out", "before.json")
        second = edgeproof(*arguments, "--since", "before.json")

    assert first.err.startswith(f"asking {upstream.url}/v1: 1 request, 1 of them may reach a model: about ")
    assert "1  breaking  unknown  json.choices[].finish_reason" in " ".join(first.out.split(" ")).replace("   ", "  ")
    assert first.out.endswith("who moved, next time: --since before.json\n")
    assert " neither " in second.out
    assert "who moved" not in second.out


def test_a_token_is_shown_nowhere_even_where_upstream_repeats_it(
    edgeproof: Edgeproof, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_WORD", "sesame-open-7")
    echo = b'{"error":{"message":"who is sesame-open-7?","type":"sesame-open-7"},"by_key":{"sesame-open-7":1}}'
    arguments = ("--token-variable", "MY_WORD", "--only", "chat.bad-model", "--out", "kept.json")

    with tampering(lambda _, sent: Sent(404, sent.headers, echo)) as upstream:
        told = [edgeproof("drift", "--upstream", f"{upstream.url}/v1", *arguments, *more) for more in ((), ("--json",))]

    shown = "".join([*(each.out + each.err for each in told), Path("kept.json").read_text(encoding="utf-8")])
    assert "sesame" not in shown
    assert "[redacted]" in shown


def test_nothing_is_asked_of_another_machine_unless_its_user_says_so(edgeproof: Edgeproof) -> None:
    outcome = edgeproof("drift", "--upstream", "https://192.0.2.1/v1")

    assert outcome.code == 2
    assert outcome.err.startswith(
        "edgeproof: 192.0.2.1 is not this machine: the requests, some of them wrong on purpose"
    )
    assert "asking" not in outcome.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "Missing option '--upstream'"),
        (("--upstream", "api.cloudflare.com"), "--upstream is no URL to ask"),
        (("--upstream", "http://127.0.0.1:x/v1"), "--upstream is no URL to ask"),
        (("--upstream", "http://[::1/v1"), "--upstream is no URL to ask"),
        (("--upstream", "http://me:secret-7@127.0.0.1/v1"), "--upstream is no URL to ask"),
        (("--upstream", "http://127.0.0.1:1"), "needs an account: there is no --account"),
        (("--upstream", "http://127.0.0.1:1", "--account", "me"), "--account is 'me', not 32 hexadecimal digits"),
        (("--upstream", "http://127.0.0.1:1/v1", "--dialect", "grpc"), "no dialect is called 'grpc'"),
        (("--upstream", "http://127.0.0.1:1/v1", "--dialect", "run"), "only Cloudflare's own API speaks run"),
        (
            ("--upstream", "http://127.0.0.1:1", *CLOUDFLARE[:2], "--dialect", "kv"),
            "kv needs a namespace to write to",
        ),
        (
            ("--upstream", "http://127.0.0.1:1", *CLOUDFLARE[:2], "--dialect", "kv", "--namespace", "../x"),
            "--namespace is '../x', not 32 hexadecimal digits",
        ),
        (("--upstream", "http://127.0.0.1:1/v1", "--model", ""), "no model is named"),
        (("--upstream", "http://127.0.0.1:1/v1", "--only", "nothing"), "no question fits 'nothing'"),
        (("--upstream", "http://127.0.0.1:1/v1", "--token-variable", "NOT_THERE"), "NOT_THERE is not set"),
        (("--upstream", "http://127.0.0.1:1/v1", "--since", "missing.json"), "missing.json: No such file"),
        (
            ("--upstream", "http://127.0.0.1:1/v1", "--since", "other.json"),
            "other.json is no record of edgeproof drift",
        ),
        (
            ("--upstream", "http://127.0.0.1:1/v1", "--since", "damaged.json"),
            "damaged.json is no record of edgeproof drift",
        ),
        (("--upstream", "http://127.0.0.1:1/v1", "--out", "nowhere/d.json"), "nowhere/d.json cannot be written"),
        (("--upstream", "http://127.0.0.1:1/v1", "--samples", "9"), "Invalid value for '--samples'"),
    ],
)
def test_wrong_usage_is_one_clear_message(arguments: tuple[str, ...], told: str, edgeproof: Edgeproof) -> None:
    Path("other.json").write_text("{}", encoding="utf-8")
    Path("damaged.json").write_text(json.dumps(DAMAGED), encoding="utf-8")

    outcome = edgeproof("drift", *arguments)

    assert outcome.code == 2
    assert told in outcome.err
    assert "Traceback" not in outcome.err
    assert "secret-7" not in outcome.err


@pytest.mark.parametrize("out", ["folder", "missing/d.json", "other.json/d.json", f"{'x' * 300}.json", "/proc/d.json"])
def test_what_cannot_be_written_is_refused_before_anything_is_asked(
    out: str, edgeproof: Edgeproof, mock: MockUpstream, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "other.json").write_text("kept", encoding="utf-8")

    outcome = edgeproof("drift", "--upstream", mock.url, *CLOUDFLARE, "--out", out)

    assert (outcome.code, outcome.out) == (2, "")
    assert f"{out} cannot be written" in " ".join(outcome.err.split())
    assert "asking" not in outcome.err
    assert sorted(each.name for each in tmp_path.iterdir()) == ["folder", "other.json"]


def test_a_file_that_was_there_is_kept_until_the_answers_are_in(edgeproof: Edgeproof, tmp_path: Path) -> None:
    (tmp_path / "d.json").write_text("kept", encoding="utf-8")

    outcome = edgeproof("drift", "--upstream", "http://127.0.0.1:9/v1", "--out", "d.json")

    assert outcome.code == 3, outcome.err
    assert (tmp_path / "d.json").read_text(encoding="utf-8") == "kept"


def test_ctrl_c_keeps_what_was_found_and_removes_what_was_written(tmp_path: Path) -> None:
    def play(handler: Handler, sent: Sent) -> Sent | None:
        if handler.command == "GET":
            handler.server.over.wait()
            return None
        return sent

    with tampering(play) as upstream:
        arguments = ("drift", "--upstream", upstream.url, *CLOUDFLARE, "--dialect", "kv")
        with started(*arguments, cwd=tmp_path) as child:
            wait_for_line(child, "kv.put: same form")
            child.send_signal(signal.SIGINT)
            out, _ = child.communicate(timeout=PATIENCE_S)

    assert child.returncode == 3
    assert "not compared: kv.get: SIGINT came first" in out
    assert "1 of 6 questions compared" in out
    methods = [each.split()[0] for each in upstream.seen]
    assert [each for each in methods if each != "GET"] == ["PUT", "DELETE"]
    assert methods.count("GET") <= 1  # begun or not; each request has a thread, so it may be seen behind the next


def test_a_token_that_is_a_common_word_makes_no_drift(edgeproof: Edgeproof, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_WORD", "content")

    def right(handler: Handler, sent: Sent) -> Sent:
        known = handler.as_asked(token=SETTINGS.api_token)
        return known if handler.headers["Authorization"] == "Bearer content" else sent

    with tampering(right) as upstream:
        arguments = ("--token-variable", "MY_WORD", "--only", "chat.plain,chat.stream", "--fail-on", "any")
        outcome = edgeproof("drift", "--upstream", f"{upstream.url}/v1", *arguments)

    assert outcome.code == 0


def test_several_samples_show_what_is_not_always_there(edgeproof: Edgeproof) -> None:
    def every_other(handler: Handler, sent: Sent) -> Sent:
        return _json(sent, usage=None) if len(handler.server.seen) % 2 else sent

    with tampering(every_other) as upstream:
        arguments = ("drift", "--upstream", f"{upstream.url}/v1", "--only", "chat.plain", "--samples", "2", "--json")
        told = told_by(edgeproof(*arguments).out)

    assert [(each["path"], each["upstream"]) for each in told["differences"]] == [("json.usage", "not always there")]


@pytest.mark.parametrize("path", ["/client/v4", "/client/v4/", "/client/v4/accounts/{account}/ai/v1"])
def test_each_way_to_write_cloudflares_api_leads_to_it(path: str, edgeproof: Edgeproof, mock: MockUpstream) -> None:
    mock.faults()
    url = mock.url + path.format(account=SETTINGS.account_id)

    outcome = edgeproof("drift", "--upstream", url, *CLOUDFLARE, "--only", "run.plain", "--fail-on", "any")

    assert outcome.code == 0
    assert f"{mock.url}/client/v4/accounts/{SETTINGS.account_id}: no drift" in outcome.out


def test_nothing_that_an_upstream_sends_acts_on_the_terminal(edgeproof: Edgeproof) -> None:
    told = (
        json.dumps({"error": {"type": "\x1b[2J", "\x1b[31m": 1}}, ensure_ascii=False).encode() + b"\n\x1b]0;title\x07"
    )
    bodies = {b"no-such": told.splitlines()[0], b"temperature": told}

    def rude(handler: Handler, sent: Sent) -> Sent:
        body = next((body for mark, body in bodies.items() if mark in handler.asked), sent.body)
        return replace(sent, body=body, status=sent.status if body is sent.body else 422)

    with tampering(rude) as upstream:
        outcome = edgeproof("drift", "--upstream", f"{upstream.url}/v1", "--only", "chat.bad-model,chat.too-hot")

    assert outcome.code == 1
    assert "␛[31m" in outcome.out
    assert not {"\x1b", "\x07"} & {*outcome.out, *outcome.err}
