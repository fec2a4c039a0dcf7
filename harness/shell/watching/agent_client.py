"""Asks the agents inside a target that runs on Python or Node: one for each of its processes, at a private socket.

The one rule: an answer covers all processes that were asked or there is none, so that two answers can be compared.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

FOLDER_VARIABLE: Final = "EDGEPROOF_AGENT_DIR"
_AGENT: Final = Path(__file__).parent / "agent"
_NODE_AGENT: Final = _AGENT / "agent.cjs"
_PATIENCE_S: Final = 15.0
_LONGEST_LINE_BYTES: Final = 1 << 20


@contextmanager
def agent_folder() -> Iterator[Path]:
    """Make a folder for the agents' sockets that nobody else can enter; its path is short, as sockets want it."""
    with tempfile.TemporaryDirectory(prefix="ep-agent-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def agent_env(folder: Path) -> dict[str, str]:
    """Return what a target's environment needs for its agents; programs that run on neither take no notice."""
    quoted = os.fspath(_NODE_AGENT).replace("\\", "\\\\").replace('"', '\\"')
    return {
        "PYTHONPATH": os.fspath(_AGENT),
        "NODE_OPTIONS": f'--require "{quoted}"',
        FOLDER_VARIABLE: os.fspath(folder),
    }


def with_agents(folder: Path | None, pids: Sequence[int]) -> tuple[int, ...]:
    """Return those of the processes that have an agent: all that run Python or Node, however they were started."""
    return tuple(pid for pid in pids if folder is not None and (folder / f"{pid}.sock").exists())


async def ask_agents(folder: Path | None, pids: Sequence[int], question: str) -> tuple[Any, ...] | None:
    """Ask the agent of each process; None when there is nobody to ask, or one does not answer."""
    if folder is None or not pids:
        return None
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return tuple([await _ask(folder / f"{pid}.sock", question) for pid in pids])
    except (OSError, ValueError, TimeoutError):
        return None


async def _ask(path: Path, question: str) -> Any:  # noqa: ANN401 - as JSON has it
    reader, writer = await asyncio.open_unix_connection(os.fspath(path), limit=_LONGEST_LINE_BYTES)
    try:
        writer.write(json.dumps(question).encode() + b"\n")
        await writer.drain()
        return json.loads(await reader.readline())
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def merged_sites(answers: Sequence[Sequence[Mapping[str, Any]]], most: int = 8) -> list[dict[str, Any]]:
    """Add up the lines that grew in several processes, the largest first."""
    sizes: dict[str, int] = {}
    blocks: dict[str, int] = {}
    for answer in answers:
        for entry in answer:
            site = str(entry["site"])
            sizes[site] = sizes.get(site, 0) + int(entry["bytes"])
            blocks[site] = blocks.get(site, 0) + int(entry["blocks"])
    largest = sorted(sizes, key=lambda site: -sizes[site])[:most]
    return [{"site": site, "bytes": sizes[site], "blocks": blocks[site]} for site in largest]
