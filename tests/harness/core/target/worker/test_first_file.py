"""The target file that a wrangler file leads to: it can be used as it is, and claims nothing that nobody said."""

from __future__ import annotations

import re

from harness.core.target.parser import parse
from harness.core.target.worker.first_file import first_file
from harness.core.target.worker.wrangler import Binding, Wrangler

WORKER = Wrangler(
    name='a "worker"',
    main="src/index.ts",
    compatibility_date="2026-11-01",
    vars={"TITLE": "x", "MODEL": "@cf/zai-org/glm-4.7-flash", "OPENAI_API_KEY": "sk", "LIMITS": {"a": 1}},
    bindings=(Binding(name="AI", kind="ai"), Binding(name="CACHE", kind="kv", bound_to="0f2a")),
)
PLAIN = Wrangler(name="plain", main="a.js", compatibility_date="2026-11-01")


def test_it_can_be_used_as_it_is() -> None:
    target = parse(first_file(WORKER, file="sub/wrangler.jsonc", environment="staging"), file="t.toml")

    assert (target.name, target.worker, target.worker_env) == ('a "worker"', "sub/wrangler.jsonc", "staging")
    assert target.chat.model == "@cf/zai-org/glm-4.7-flash"
    assert target.env == {"OPENAI_API_KEY": "{api_token}"}


def test_a_file_that_tells_little_leads_to_the_usual() -> None:
    target = parse(first_file(PLAIN, file="wrangler.toml"), file="t.toml")

    assert (target.worker, target.worker_env, target.env) == ("wrangler.toml", None, {})
    assert target.chat.model.startswith("@cf/")


def test_only_streaming_is_claimed() -> None:
    claims = parse(first_file(WORKER, file="w.toml"), file="t.toml").capabilities

    assert (claims.streaming, claims.kv, claims.cache) == (True, False, None)


def test_what_is_guessed_can_be_claimed_by_taking_the_mark_away() -> None:
    text = re.sub(r"^# (?=cache|kv)", "", first_file(WORKER, file="w.toml"), flags=re.MULTILINE)

    claims = parse(text, file="t.toml").capabilities
    assert claims.kv
    assert claims.cache is not None
    assert "kv" not in first_file(PLAIN, file="w.toml")
