"""Error bodies take the form that their reader knows: a REST client, or a binding inside a Worker."""

from __future__ import annotations

import json
from random import Random

import pytest

from fault_injection.cloudflare.errors import R2_ERROR_HEADER, error_reply
from fault_injection.reply import Reply


def test_a_rest_client_and_the_ai_binding_are_told_the_same_in_two_forms() -> None:
    by_rest = json.loads(error_reply(Reply(), 429, Random(1)).body_bytes)
    by_binding = json.loads(error_reply(Reply(binding="ai"), 429, Random(1)).body_bytes)

    assert by_rest["errors"][0]["code"] == by_binding["internalCode"] == 3040
    assert by_binding["description"] in by_rest["errors"][0]["message"]
    assert by_binding["name"] == "InferenceUpstreamError"


@pytest.mark.parametrize("binding", ["", "ai"])
def test_a_page_of_the_edge_is_a_page_to_everybody(binding: str) -> None:
    assert error_reply(Reply(binding=binding), 502, Random(1)).body_bytes.startswith(b"<!DOCTYPE html>")


@pytest.mark.parametrize(("status", "code"), [(500, 10_001), (403, 10_003), (404, 10_007), (429, 10_058)])
def test_the_r2_binding_reads_its_code_in_a_header(status: int, code: int) -> None:
    reply = error_reply(Reply(binding="r2", headers=(("cf-r2-metadata-size", "9"),)), status, Random(1))

    assert json.loads(reply.header(R2_ERROR_HEADER) or "{}")["v4code"] == code
    assert reply.header("cf-r2-metadata-size") is None
    assert error_reply(Reply(), status, Random(1)).header(R2_ERROR_HEADER) is None


def test_an_error_says_nothing_of_what_was_kept() -> None:
    kept = Reply(headers=(("cf-cache-status", "HIT"),))

    assert error_reply(kept, 500, Random(1)).header("cf-cache-status") is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (418, "invalid_request_error"),
        (429, "rate_limit_error"),
        (503, "api_error"),
        (504, "timeout_error"),
        (529, "overloaded_error"),
    ],
)
def test_a_client_of_anthropics_reads_its_own_form_whatever_the_status(status: int, kind: str) -> None:
    body = json.loads(error_reply(Reply(binding="anthropic"), status, Random(1)).body_bytes)

    assert (body["type"], body["error"]["type"]) == ("error", kind)
    assert body["error"]["message"]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, ("invalid_request_error", None)),
        (429, ("requests", "rate_limit_exceeded")),
        (500, ("server_error", None)),
        (503, ("server_error", None)),
    ],
)
def test_a_client_of_openais_reads_its_own_form_but_for_the_pages_of_the_edge(
    status: int, error: tuple[str, str | None]
) -> None:
    body = json.loads(error_reply(Reply(binding="openai"), status, Random(1)).body_bytes)

    assert (body["error"]["type"], body["error"]["code"]) == error
    assert (
        json.loads(error_reply(Reply(binding="openai"), status, Random(1), message="No.").body_bytes)["error"][
            "message"
        ]
        == "No."
    )
    assert error_reply(Reply(binding="openai"), 502, Random(1)).body_bytes.startswith(b"<!DOCTYPE html>")
