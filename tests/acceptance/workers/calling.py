"""A Worker that makes one call of a binding for each path, on real workerd: what its code observes of the mock."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import httpx

from fault_injection.plan import Match, Plan, Rule
from fault_injection.spec import parse_all
from harness.core.target.file import Chat, TargetFile
from harness.shell.playing.lane import Lane
from harness.shell.target.worker.ready import made_ready

SECRET: Final = "s3cret-made-up"
_HERE: Final = Path(__file__).parent
_FETCH: Final = """
export default {
  async fetch(request, env) {
    const name = new URL(request.url).pathname.slice(1)
    try {
      return Response.json({ value: (await calls[name](env, request)) ?? null })
    } catch (error) {
      return Response.json({ thrown: `${error.name}: ${error.message}` })
    }
  },
}
"""


def calling(folder: Path) -> TargetFile:
    """Return the Worker of `calls.mjs`, ready to be started from a folder of its own, with a secret in `.dev.vars`."""
    for name in ("wrangler.jsonc", "calls.mjs"):
        shutil.copy(_HERE / name, folder)
    (folder / ".dev.vars").write_text(f"KEY={SECRET}\n", encoding="utf-8")
    return _ready(folder)


def calling_by(folder: Path, wrangler: str, calls: str, files: Mapping[str, str] | None = None) -> TargetFile:
    """Write a Worker into a folder and return it ready to be started; `calls` is the JavaScript object of its calls."""
    all_files = {"wrangler.jsonc": wrangler, "calls.mjs": f"const calls = {calls}\n{_FETCH}", **(files or {})}
    for name, text in all_files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return _ready(folder)


def _ready(folder: Path) -> TargetFile:
    chat = Chat(dialect="openai", path="/", model="m")
    target = TargetFile(name="calls", worker="wrangler.jsonc", chat=chat, here=str(folder))
    return made_ready(target, say=lambda _: None)


async def called(lane: Lane, *names: str) -> Any:  # noqa: ANN401 - JSON
    """Make the Worker call its bindings; return what its code observed of the last call."""
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        answers = [(await client.get(f"{lane.url}/{name}")).json() for name in names]
    return answers[-1].get("thrown", answers[-1].get("value"))


def strike(lane: Lane, surface: str, faults: str) -> None:
    """Let faults strike every call of a surface from now on."""
    lane.server.set_plan(Plan(rules=(Rule(match=Match(surface=surface), faults=parse_all(faults)),)))
