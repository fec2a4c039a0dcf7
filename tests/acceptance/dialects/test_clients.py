"""The clients that people have read the reference proxy: text, calls, answers that break off, and what leaving does."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from asyncio.subprocess import PIPE
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

from fault_injection.plan import Match, Plan, Rule
from fault_injection.spec import parse
from harness.core.observed.history import UpstreamEnd, UpstreamExchange
from harness.mock_cloudflare.service import MockCloudflare
from harness.mock_cloudflare.settings import MockSettings
from harness.shell.upstream.wire_server import WireServer
from tests.acceptance.dialects.installed import PATIENCE_S, installed
from tests.acceptance.reference import reference

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(PATIENCE_S + 120)]

_PATIENCE_S: Final = 20.0
MODEL: Final = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"
BREAKING: Final = "@cf/meta/llama-3.1-8b-instruct-fast"
CLIENTS: Final = (
    "openai chat",
    "openai responses",
    "anthropic",
    "ai sdk",
    "ai sdk, data stream",
    "ai sdk, data stream that is kept",
    "ag-ui",
    "copilotkit",
)
PLAYS: Final = {
    "text": "tokens=8",
    "think": "tokens=8 form=chat.reasoning(place=beside)",
    "call": "tools=1",
    "break": "tokens=8",
    "leave": "tokens=4000 pace_s=0.05",
}
THINKING: Final = ("ai sdk", "ai sdk, data stream", "ai sdk, data stream that is kept", "ag-ui")
"""Those whose protocol has a word for a model's reasoning that a proxy can say."""
FINISHED: Final = {
    "openai chat": ("stop", "tool_calls"),
    "openai responses": ("completed", "completed"),
    "anthropic": ("end_turn", "tool_use"),
    "ai sdk": ("stop", "tool-calls"),
    "ai sdk, data stream": ("stop", "tool-calls"),
    "ai sdk, data stream that is kept": ("stop", "tool-calls"),
    "ag-ui": ("stop", "tool_calls"),
    "copilotkit": ("Success", "Success"),
}
"""How each client says that an answer of text has ended well, and one that calls."""

Got: TypeAlias = dict[str, Any]

each_client = pytest.mark.parametrize("client", CLIENTS)


def nonce_of(client: str, play: str) -> str:
    """What joins an ask with its upstream call."""
    return f"ep-{list(PLAYS).index(play):06x}{CLIENTS.index(client):06x}"


@dataclass(frozen=True, slots=True)
class Played:
    """What each client got of each play, what reached the mock behind the proxy, and whether all of that has ended."""

    got: dict[tuple[str, str], Got]
    upstream: tuple[UpstreamExchange, ...]
    ended: bool

    def call(self, client: str, play: str) -> UpstreamExchange:
        """The upstream call of an ask."""
        (found,) = [each for each in self.upstream if each.nonce == nonce_of(client, play)]
        return found

    def sent(self, client: str, play: str) -> tuple[str, str]:
        """The text that upstream sent in an ask, and the arguments of its call."""
        deltas = self._deltas(client, play)
        calls = [call["function"] for delta in deltas for call in delta.get("tool_calls") or []]
        text = "".join(delta.get("content") or "" for delta in deltas)
        return text, "".join(call.get("arguments") or "" for call in calls)

    def thought(self, client: str, play: str) -> str:
        """The reasoning that upstream sent in an ask."""
        return "".join(delta.get("reasoning_content") or "" for delta in self._deltas(client, play))

    def _deltas(self, client: str, play: str) -> list[dict[str, Any]]:
        body = b"".join(piece.data for piece in self.call(client, play).pieces)
        events = [json.loads(event) for event in re.findall(rb"^data: (\{.*\})", body, re.MULTILINE)]
        return [choice["delta"] for event in events for choice in event.get("choices", [])]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """One process with all clients, each of which asks for all plays at once."""
    folder = tmp_path_factory.mktemp("clients")
    shutil.copy(Path(__file__).parent / "clients.mjs", folder)
    (folder / "node_modules").symlink_to(installed())
    return asyncio.run(_played(folder / "clients.mjs"))


async def _played(program: Path) -> Played:
    cut = Rule(faults=(parse("sse.truncate(after=5)"),), match=Match(model=BREAKING))
    asks = [
        {
            "client": client,
            "play": play,
            "model": BREAKING if play == "break" else MODEL,
            "text": f"{nonce_of(client, play)} {PLAYS[play]}",
        }
        for client, play in product(CLIENTS, PLAYS)
    ]
    async with (
        WireServer(mock=MockCloudflare(MockSettings()), plan=Plan(rules=(cut,))) as mock,
        reference(
            mock.url,
            BREAKER_FAILURES="100",
            CHAT_DATABASE=f"sqlite:///{program.with_name('chat.db')}",
            CHAT_USERS="acme/ann=ann-of-acme",
        ) as url,
    ):
        node = await asyncio.create_subprocess_exec(
            "node", program, url, json.dumps(asks), stdin=PIPE, stdout=PIPE, stderr=PIPE
        )
        assert node.stdin
        assert node.stdout
        assert node.stderr
        lines = [await node.stdout.readline() for _ in asks]
        if not all(lines):
            raise AssertionError((await node.stderr.read()).decode())
        # The process still runs, so that whoever has left has done so by itself.
        ended = await mock.journal.wait_for(lambda told: all(_ended(each) for each in told), _PATIENCE_S)
        node.stdin.close()
        await node.wait()
        told = [json.loads(line) for line in lines]
        return Played({(each["client"], each["play"]): each for each in told}, mock.journal.exchanges(), ended)


def _ended(exchange: UpstreamExchange) -> bool:
    return exchange.end is not UpstreamEnd.RUNNING


@each_client
def test_text_is_read_whole_and_is_what_upstream_sent(played: Played, client: str) -> None:
    got = played.got[client, "text"]

    assert (got["error"], got["finished"]) == (None, FINISHED[client][0])
    assert got["text"] == played.sent(client, "text")[0]


def test_what_the_older_sdk_read_of_a_chat_service_is_what_is_kept(played: Played) -> None:
    got = played.got["ai sdk, data stream that is kept", "text"]

    assert got["kept"] == got["text"][:200]


@each_client
def test_reasoning_beside_the_text_is_read_where_there_is_a_word_for_it(played: Played, client: str) -> None:
    got = played.got[client, "think"]
    thought = played.thought(client, "think")

    assert (got["error"], got["finished"]) == (None, FINISHED[client][0])
    assert got["text"] == played.sent(client, "think")[0]
    assert thought
    assert got["thought"] == (thought if client in THINKING else "")


@each_client
def test_a_call_is_read_with_its_arguments(played: Played, client: str) -> None:
    got = played.got[client, "call"]

    assert (got["error"], got["finished"]) == (None, FINISHED[client][1])
    assert got["call"] == {"name": "look", "arguments": json.loads(played.sent(client, "call")[1])}


@each_client
def test_an_answer_that_breaks_off_is_an_error_and_never_finished(played: Played, client: str) -> None:
    got = played.got[client, "break"]

    assert got["error"]
    assert got["finished"] is None
    assert got["text"] == played.sent(client, "break")[0]


@each_client
def test_leaving_ends_the_upstream_call(played: Played, client: str) -> None:
    exchange = played.call(client, "leave")

    assert played.ended
    assert played.got[client, "leave"]["text"]
    assert (exchange.end, exchange.whole) == (UpstreamEnd.PEER_LEFT, False)
