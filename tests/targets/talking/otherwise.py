"""A proxy that keeps conversations and decides differently wherever it may. It is right as well.

Names are UUIDs in a field of the body. A second question is declined while the first is answered. What failed is kept
with a mark, and told to upstream as a question alone. Turns are noted a moment behind their end. There is no broadcast.
"""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import Final

from aiohttp import WSCloseCode, web

from tests.targets import door
from tests.targets.door import Ask
from tests.targets.resilience import Live
from tests.targets.serving import Failure, Json, Settings, dump
from tests.targets.talking.proxy import Socket, Talk, Talking

_LATER_S: Final = 0.1
_FIELD: Final = "conversation_id"
_FEW: Final = 12
"""So many messages are told to upstream."""


class Otherwise(Talking):
    """Right in other ways."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        super().__init__(settings, folder)
        self.later: set[asyncio.Task[None]] = set()

    def talk_of(self, caller: str, name: str) -> Talk:
        """Return a caller's conversation, which has a UUID for a name."""
        try:
            return super().talk_of(caller, str(uuid.UUID(name)))
        except ValueError:
            raise Failure(422, "A conversation is named by a UUID.") from None

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """Answer one chat request, in its conversation where it names one."""
        ask = door.parse(await door.read(request), request.headers.get("Authorization", ""))
        name = ask.body.pop(_FIELD, None)
        if name is None:
            return await self.answer(request, ask)
        talk = self.talk_of(ask.caller, str(name))
        if talk.turn.locked():
            raise Failure(409, "A question of this conversation is being answered.")
        async with talk.turn:
            live = await self.begun(talk, ask, None)
            try:
                return await (self.relay(request, ask, live) if ask.stream else self.whole(request, ask, live))
            finally:
                self.let_go(live)

    async def begun(self, talk: Talk, ask: Ask, asking: Socket | None) -> Live:
        """Ask upstream; what it refuses is kept as a question without an answer."""
        clean = Ask({name: value for name, value in ask.body.items() if name != _FIELD}, ask.caller)
        try:
            return await super().begun(talk, clean, asking)
        except Failure:
            self.add_later(talk, [{**ask.body["messages"][-1], "status": "failed"}])
            raise

    def joined(self, told: list[Json], asked: list[Json]) -> list[Json]:
        """Tell the last turns, and no half answer."""
        whole = [each for each in told[-_FEW:] if each.get("status") != "interrupted"]
        said = [{"role": each["role"], "content": each["content"]} for each in whole]
        return super().joined(said, asked)

    def note(self, talk: Talk, ask: Ask, completion: Json) -> None:
        """Note a turn a moment later, marked as whole."""
        content = completion["choices"][0]["message"].get("content") if completion["choices"] else None
        asked = [{**each, "id": uuid.uuid4().hex} for each in ask.body["messages"]]
        answer = {"role": "assistant", "content": content or "(nothing)", "id": uuid.uuid4().hex, "status": "done"}
        self.add_later(talk, [*asked, answer])

    def broke(self, talk: Talk, ask: Ask, completion: Json) -> None:
        """Note half an answer as one."""
        content = completion["choices"][0]["message"].get("content") if completion["choices"] else None
        half = {"role": "assistant", "content": content or "", "id": uuid.uuid4().hex, "status": "interrupted"}
        self.add_later(talk, [*ask.body["messages"], half])

    def add_later(self, talk: Talk, messages: list[Json]) -> None:
        """Note messages behind the answer's end."""

        async def add() -> None:
            await asyncio.sleep(_LATER_S)
            self.book.add(talk.caller, talk.name, messages)

        task = asyncio.ensure_future(add())
        self.later.add(task)
        task.add_done_callback(self.later.discard)

    def history_of(self, talk: Talk) -> web.Response:
        """Answer with what was said, in parts, or that there is nothing."""
        said = self.book.read(talk.caller, talk.name)
        if not said:
            return self.failed(Failure(404, "There is no such conversation."))
        parts = [{**each, "content": None, "parts": [{"type": "text", "text": each["content"]}]} for each in said]
        return web.json_response({"object": "list", "data": parts})

    async def heard(self, talk: Talk, chunk: Json, asking: Socket | None) -> None:
        """Nobody but the asker hears it."""

    async def say(self, talk: Talk, socket: Socket, message: str | bytes) -> None:
        """Answer a message; one that cannot be read ends the connection with its reason."""
        try:
            await self.answered(talk, socket, message)
        except Failure as failure:
            if failure.status == 400:
                await socket.close(code=WSCloseCode.UNSUPPORTED_DATA, message=b"that is no request")
            else:
                await self.send(socket, dump({"type": "error", "message": failure.message}))
