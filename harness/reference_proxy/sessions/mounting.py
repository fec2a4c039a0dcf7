"""Puts conversations on the proxy's application: their routes, and their file from start-up to clean-up.

The one rule: nothing is served before the file is open.
"""

import sqlite3
from collections.abc import AsyncIterator

from aiohttp import web

from harness.reference_proxy.http.parts import PARTS
from harness.reference_proxy.sessions.actors import Actors
from harness.reference_proxy.sessions.outlets import Outlets
from harness.reference_proxy.sessions.sockets import SocketFront
from harness.reference_proxy.sessions.store import Store
from harness.reference_proxy.sessions.talks import Talks
from harness.reference_proxy.settings import Settings, SettingsError

CHATS = "/v1/chat/completions"
ONE = "/v1/conversations/{name}"


def mount(app: web.Application, settings: Settings) -> None:
    """Add conversations to an application that is not yet running.

    Starting the application raises SettingsError when the file cannot be opened.
    """
    parts = app[PARTS]
    store = Store(settings.sessions_database, most_messages=settings.session_max_messages, ttl_s=settings.session_ttl_s)
    outlets = Outlets()
    actors = Actors(
        idle_s=settings.session_idle_s,
        most_waiting=settings.session_max_waiting,
        patience_s=settings.deadline_s,
        on_sleep=lambda key: outlets.tell_status(key, "asleep"),
    )
    talks = Talks(store, actors, outlets, context_messages=settings.session_context_messages, wall=parts.wall)
    front = SocketFront(talks, settings, parts.service, parts.metrics, parts.log, limiter=parts.limiter)
    front.on_answer = lambda told: parts.front.on_answer(told)  # whoever keeps accounts may be mounted later
    parts.metrics.watch("conversations_awake", "Conversations in memory.", lambda: actors.awake)
    parts.metrics.watch("conversation_sockets", "Connected WebSockets.", lambda: outlets.count)
    parts.metrics.watch("conversation_slow_listeners", "Closed because they fell behind.", lambda: outlets.too_slow)
    app.middlewares.append(front.middleware(CHATS))
    app.router.add_get(f"{ONE}/socket", front.connect)
    app.router.add_get(f"{ONE}/status", front.status)
    app.router.add_get(ONE, front.history)
    app.router.add_delete(ONE, front.clear)

    async def lifetime(_: web.Application) -> AsyncIterator[None]:
        try:
            await store.prepare(now_s=parts.wall())
        except sqlite3.Error as error:
            raise SettingsError(
                f"sessions_database={settings.sessions_database!r}: cannot be opened: {error}"
            ) from error
        yield
        actors.close()
        await store.aclose()

    app.cleanup_ctx.append(lifetime)
    app.on_shutdown.append(front.leave)
