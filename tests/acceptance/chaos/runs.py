"""Chaos runs as a user starts them, with everything in processes of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.harness.cli.process import COMMAND

HERE = Path(__file__).parents[3]
PATIENCE_S = 200
PLAN = """
ttl_s = 60

[[phase]]
name = "healthy"
lasts_s = 1

[[phase]]
name = "storm"
lasts_s = {storm_s}

[[phase]]
name = "recovery"
lasts_s = 1

[[rule]]
match = {{ surface = "{surface}", phase = "storm" }}
fault = "{fault}"
p = 0.7
"""
TARGET = f"""
[target]
name = "always-done"
command = [
  "{sys.executable}", "-m", "tests.targets", "parser",
  "--port", "{{port}}", "--upstream", "{{upstream}}", "--defect", "always-done",
]
url = "http://127.0.0.1:{{port}}"
ready_path = "/healthz"
[target.env]
PYTHONPATH = "{HERE}"
CLOUDFLARE_API_TOKEN = "{{api_token}}"
CLOUDFLARE_ACCOUNT_ID = "{{account_id}}"
CLOUDFLARE_KV_NAMESPACE = "{{kv_namespace}}"
[chat]
dialect = "openai"
path = "/v1/chat/completions"
model = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"
[chat.headers]
Authorization = "Bearer {{client_token}}"
[capabilities]
streaming = true
[limits]
deadline_s = 5.0
"""


def plan(folder: Path, *, fault: str, surface: str = "ai.*", storm_s: float = 4) -> str:
    (folder / "plan.toml").write_text(PLAN.format(fault=fault, surface=surface, storm_s=storm_s))
    return "plan.toml"


def chaos(folder: Path, *words: str) -> tuple[int, dict[str, Any], str]:
    done = subprocess.run(
        [*COMMAND, "chaos", "--seed", "7", "--rate", "8", "--steady-s", "2", "--out", "out", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    results = folder / "out" / "results.json"
    return done.returncode, json.loads(results.read_text()) if results.exists() else {}, done.stdout + done.stderr
