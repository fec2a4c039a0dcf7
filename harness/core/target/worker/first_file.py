"""The target file of a Worker, as far as its wrangler file tells what to write into it.

The one rule: what is only guessed stands there as a guess, and nothing is claimed for the Worker that it did not say.
"""

from __future__ import annotations

import re
from typing import Final

import tomli_w

from harness.core.target.worker.wrangler import Wrangler

_MODEL: Final = re.compile(r"@(cf|hf)/[^/\s]+/\S+")
_USUAL_MODEL: Final = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"
_KEY_OF_ANOTHER: Final = re.compile(r"(OPENAI|CLOUDFLARE|CF)_(API_)?(KEY|TOKEN)")


def first_file(worker: Wrangler, *, file: str, environment: str | None = None) -> str:
    """Return a target file for a Worker whose wrangler file is at `file`, seen from where it will lie."""
    told = [value for value in worker.vars.values() if isinstance(value, str) and _MODEL.fullmatch(value)]
    target = {"name": worker.name, "worker": file, **({"worker_env": environment} if environment else {})}
    chat = {"dialect": "openai", "path": "/v1/chat/completions", "model": told[0] if told else _USUAL_MODEL}
    lines = [
        "# A Cloudflare Worker as a target. Correct path and model, then: edgeproof run FILE",
        "# `edgeproof init` without --worker writes a file with every key explained.",
        "",
        tomli_w.dumps({"target": target}),
        "# What is put on top of the Worker's variables and of .dev.vars.",
        "[target.env]",
        *(f'{name} = "{{api_token}}"' for name in sorted(worker.vars) if _KEY_OF_ANOTHER.fullmatch(name)),
        "",
        tomli_w.dumps({"chat": chat}).rstrip(),
        "[chat.headers]",
        'Authorization = "Bearer {client_token}"',
        "",
        "# What it claims. What is left out is not claimed, so it is not tested.",
        "[capabilities]",
        "streaming = true",
        *_guesses(worker),
        "",
    ]
    return "\n".join(lines)


def _guesses(worker: Wrangler) -> list[str]:
    names = [each.name for each in worker.bindings if each.kind == "kv"]
    if not names:
        return []
    return [
        f"# {names[0]} is bound to Workers KV: if answers are cached there, say so, and for how long.",
        '# cache = { ttl_s = 60.0, streams = true, header = "X-Cache" }',
        "# kv = true",
    ]
