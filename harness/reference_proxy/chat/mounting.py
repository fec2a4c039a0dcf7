"""Puts the service on the proxy's application: its routes, and its database from start-up to clean-up.

The one rule: nothing is served before the tables are there and what a dead process left unsettled is settled.
"""

import sqlite3
from collections.abc import AsyncIterator

from aiohttp import web
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from harness.reference_proxy.chat import configured
from harness.reference_proxy.chat.live import LiveAnswers
from harness.reference_proxy.chat.meters import Meters
from harness.reference_proxy.chat.providers.choosing import Providers
from harness.reference_proxy.chat.routes.agents import AgentRoutes
from harness.reference_proxy.chat.routes.conversations import ConversationRoutes
from harness.reference_proxy.chat.routes.door import Door
from harness.reference_proxy.chat.routes.following import Following
from harness.reference_proxy.chat.routes.keys import KeyRoutes
from harness.reference_proxy.chat.routes.resume import ResumeRoutes
from harness.reference_proxy.chat.routes.streaming import StreamingRoutes
from harness.reference_proxy.chat.routes.usage import UsageRoutes
from harness.reference_proxy.chat.storage import accounts, turns
from harness.reference_proxy.chat.storage.database import Database
from harness.reference_proxy.chat.storage.engines import check, url_of
from harness.reference_proxy.chat.storage.migrating import migrate
from harness.reference_proxy.chat.turns import Turns
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.http.parts import PARTS
from harness.reference_proxy.settings import Settings, SettingsError


def mount(app: web.Application, settings: Settings) -> None:
    """Add the chat service to an application that is not yet running; raises SettingsError.

    Starting the application raises SettingsError when the database cannot be opened.
    """
    parts = app[PARTS]
    url = url_of(settings.chat_database)
    database = Database(url, log=parts.log)
    providers = Providers(settings, parts)
    service = Turns(
        settings,
        database=database,
        providers=providers,
        prices=configured.prices(settings),
        meters=Meters(parts.metrics.registry),
        log=parts.log,
        clock=parts.clock,
        wall=parts.wall,
    )
    known = configured.accounts(settings)
    door = Door(settings, parts, database)
    answers = LiveAnswers(
        linger_s=settings.chat_resume_s,
        most_unread=settings.chat_resume_answers,
        keep_bytes=settings.chat_resume_bytes,
        meters=service.meters,
        log=parts.log,
    )
    following = Following(answers, stall_s=settings.client_stall_timeout_s)
    StreamingRoutes(door, service, answers, following).add_to(app.router)
    ResumeRoutes(door, answers, following).add_to(app.router)
    ConversationRoutes(door, pdf_font=settings.chat_pdf_font, now=service.now).add_to(app.router)
    AgentRoutes(door, now=service.now).add_to(app.router)
    KeyRoutes(door, now=service.now).add_to(app.router)
    UsageRoutes(door).add_to(app.router)
    if settings.allowed_origins:
        app.router.add_options("/api/v1/{any:.*}", door.preflight)

    async def lifetime(_: web.Application) -> AsyncIterator[None]:
        try:
            await _prepare(url, database, known, service)
            yield
        finally:
            await answers.aclose()
            await database.aclose()
            await providers.aclose()

    app.cleanup_ctx.append(lifetime)


async def _prepare(url: URL, database: Database, known: list[accounts.Account], service: Turns) -> None:
    now = service.now()
    try:
        check(url)
        await migrate(database.engine)
        await database.write(lambda session: accounts.ensure(session, known, now=now))
        await database.write(lambda session: turns.sweep(session, now=now))
    except (sqlite3.Error, SQLAlchemyError, OSError, ProxyError) as error:
        original = getattr(error, "orig", None) or error
        raise SettingsError(f"chat_database cannot be opened: {str(original).splitlines()[0]}") from error
