"""A chat load as a suite of a run: the service started on each database in turn, and its part of the record.

The one rule: what one database has shown is told, whatever becomes of the next.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from harness.cli.running.session import ChatPlan
from harness.cli.running.stage import Stage
from harness.core.load.chat.api import DOCUMENTED, ChatApi
from harness.core.load.chat.service import accounts, with_chat
from harness.core.load.chat.verdict import ChatOutcome, section
from harness.core.observed.redact import Redactor
from harness.core.target.file import TargetFile
from harness.drivers.load import chat
from harness.drivers.load.chat import ChatSettings
from harness.shell.playing.lane import Lane
from harness.shell.target import postgresql


async def play_chat(stage: Stage, plan: ChatPlan) -> None:
    """Put the load on the target, on one database after the other."""
    outcomes: list[ChatOutcome] = []

    def take(outcome: ChatOutcome) -> None:
        outcomes.append(outcome)
        stage.sections["load"] = section(tuple(outcomes))

    for database in plan.databases or ("",):
        async with _database(database) as url:
            await _play_on(stage, plan, database, url, take)


async def _play_on(stage: Stage, plan: ChatPlan, database: str, url: str, take: chat.Take) -> None:
    session = stage.session
    known = accounts(plan.load, seed=session.seed) if database else ()
    target = with_chat(session.target, url, known) if database else session.target
    suite = f"load/{database}" if database else "load"
    async with stage.lanes(suite, 1, target=target) as (lane,):
        callers = tuple(each.headers for each in known) or _callers(lane)
        load = plan.load if database else replace(plan.load, users=len(callers), tenants=len(callers))
        settings = ChatSettings(
            seed=session.seed,
            load=load,
            callers=callers,
            database=database,
            redactor=Redactor([*lane.hidden, *(each.token for each in known)]),
            on_result=stage.on_result,
            on_outcome=take,
            say=stage.say,
            logs=session.out / "logs" / suite,
            again=session.load_again,
            api=DOCUMENTED if database else _api_of(session.target),
        )
        await chat.run(lane, settings)


def _api_of(target: TargetFile) -> ChatApi:
    """Return where the target's chats are, as its file claims, or as documented where it claims nothing."""
    claim = getattr(target.capabilities, "chat_api", None)
    return DOCUMENTED if claim is None else ChatApi.claimed(claim)


def _callers(lane: Lane) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Return the headers of the users that the target file tells of, each once."""
    return tuple(dict.fromkeys((lane.headers("a"), lane.headers("b"))))


@asynccontextmanager
async def _database(name: str) -> AsyncIterator[str]:
    """Give the URL of an empty database; empty for a target that has its own."""
    if name == "postgresql":
        async with postgresql.running() as url:
            yield url
    else:
        yield "sqlite:///{kept}/chat.db" if name else ""
