from __future__ import annotations

from dataclasses import replace

import pytest

from harness.core.judging.needs import missing_claim, why_not
from harness.core.target.chat_api import ChatApi
from harness.core.target.claims import Cache, Capabilities, Limits, Retry
from harness.core.target.file import Chat, TargetFile
from scenarios.case import Case, Step
from scenarios.deed import Deed

CASE = Case(id="a.b", promise="p", reference="r", focus=("no-loss",), steps=(Step(stream=False),))
BARE = TargetFile(name="t", url="http://127.0.0.1", chat=Chat(dialect="openai", path="/", model="m"))
ABLE = replace(
    BARE,
    command=("proxy",),
    chat=replace(BARE.chat, second_model="n", headers={"Authorization": "Bearer {client_token}"}),
    capabilities=Capabilities(
        streaming=True,
        retry=Retry(max_attempts=2),
        cache=Cache(ttl_s=1.0, streams=True),
        chat_api=ChatApi(),
        tenants=True,
    ),
    limits=Limits(max_messages=4),
)


@pytest.mark.parametrize(
    "need", ["streaming", "retry", "cache", "cache.streams", "limits.max_messages", "restart", "second-model"]
)
def test_what_is_claimed_is_met_and_what_is_not_is_named(need: str) -> None:
    case = replace(CASE, needs=(need,))

    assert missing_claim(case, ABLE) is None
    assert missing_claim(case, BARE) == need


def test_only_a_worker_has_what_workers_have() -> None:
    case = replace(CASE, needs=("worker",))

    assert missing_claim(case, replace(BARE, worker="wrangler.jsonc")) is None
    assert why_not(case, ABLE) == "the target is not a Cloudflare Worker: it has no bindings and no known memory limit"


@pytest.mark.parametrize("need", ["cache.per_identity", "kv", "limits.max_depth", "cache.header", "no_such_thing"])
def test_a_part_that_is_not_claimed_is_missing(need: str) -> None:
    assert missing_claim(replace(CASE, needs=(need,)), ABLE) == need


@pytest.mark.parametrize(
    ("statuses", "status", "met"),
    [(None, 429, True), (None, 503, True), (None, 520, False), ([520], 520, True), ([520], 503, False)],
)
def test_a_status_is_retried_as_listed_or_else_as_every_claim_means(
    statuses: list[int] | None, status: int, met: bool
) -> None:
    claim = Retry(max_attempts=2, statuses=None if statuses is None else frozenset(statuses))
    target = replace(ABLE, capabilities=replace(ABLE.capabilities, retry=claim))
    need = f"retry.statuses.{status}"

    assert missing_claim(replace(CASE, needs=(need,)), target) == (None if met else need)


def test_no_status_is_retried_without_a_claim() -> None:
    assert missing_claim(replace(CASE, needs=("retry.statuses.503",)), BARE) == "retry.statuses.503"


@pytest.mark.parametrize(
    ("case", "missing"),
    [
        (CASE, None),
        (replace(CASE, steps=(Step(),)), "streaming"),
        (replace(CASE, fresh=True), "restart"),
        (replace(CASE, steps=(Step(stream=False), Step(label="b", stream=False, restart=True))), "restart"),
        (replace(CASE, steps=(Step(stream=False, model="second"),)), "second-model"),
        (replace(CASE, needs=("cache",), fresh=True), "cache"),
        (replace(CASE, steps=(Step(stream=False, deed=Deed(do="kill")),)), "restart"),
        (replace(CASE, steps=(Step(stream=False, deed=Deed(do="read")),)), "chat_api"),
        (replace(CASE, steps=(Step(stream=False, identity="colleague"),)), "tenants"),
        (replace(CASE, steps=(Step(stream=False), Step(label="b", stream=False, identity="b"))), "second-identity"),
    ],
)
def test_some_needs_follow_from_the_steps(case: Case, missing: str | None) -> None:
    assert missing_claim(case, BARE) == missing
    assert missing_claim(case, ABLE) is None


@pytest.mark.parametrize(
    ("headers", "one"),
    [
        ({"Authorization": "Bearer {api_token}"}, True),
        ({"Authorization": "Bearer {{client_token}}"}, True),
        ({"Authorization": "Bearer {api_token}", "X-User": "u-{client_token}"}, False),
    ],
)
def test_two_callers_need_a_header_that_differs(headers: dict[str, str], one: bool) -> None:
    case = replace(CASE, steps=(Step(stream=False), Step(label="b", stream=False, identity="b")))
    target = replace(ABLE, chat=replace(ABLE.chat, headers=headers))

    assert bool(why_not(case, target)) is one
    assert not one or "{client_token}" in why_not(case, target)


def test_why_a_case_does_not_apply_is_said_in_words() -> None:
    assert why_not(CASE, BARE) == ""
    assert why_not(replace(CASE, needs=("cache.streams",)), BARE) == "the target does not claim cache.streams"
    assert why_not(replace(CASE, fresh=True), BARE).startswith("edgeproof did not start the target")


def test_a_caller_without_credentials_needs_no_second_identity() -> None:
    case = replace(CASE, steps=(Step(stream=False), Step(label="b", stream=False, identity="nobody")))

    assert missing_claim(case, BARE) is None
