"""All questions, one after another: asked of the upstream, compared with the mock.

The one rule: an upstream that refuses the first right question, or cannot be reached, is left alone at once.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

import httpx

from fault_injection.reply import Headers
from harness.core.drift.answer import Answered, described
from harness.core.drift.difference import differences
from harness.core.drift.form import Field, Form, form_of
from harness.core.drift.outcome import Compared, Sides
from harness.core.drift.questions import Api, Question
from harness.core.observed.redact import Redactor
from harness.drivers.drift.asking import Unanswered, ask
from harness.drivers.drift.mock_side import MockSide, caller_headers
from harness.errors import HarnessError, UsageError
from reports.visible import on_one_line

_CONNECTING: Final = httpx.Timeout(None, connect=10.0)
"""Seconds for a connection; `ask` bounds the rest."""
_BUSY: Final = frozenset({408, 429, 500, 502, 503, 504})
"""What says more about the moment than about the form, where the mock answers otherwise."""
_REFUSED: Final = frozenset({401, 403})
_REFUSED_CODES: Final = frozenset({6003, 9106, 10000})
"""Cloudflare's front door, which also refuses with status 400."""
_NOWHERE: Final = frozenset({301, 302, 303, 307, 308, 404, 405})
_NOWHERE_CODES: Final = frozenset({7000, 7003})
_ERRORS: Final = 400
_TOLD_CHARACTERS: Final = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is asked of whom. `root` is the URL of the API up to where a question's path begins."""

    questions: Sequence[Question]
    api: Api
    root: str
    token: str = field(repr=False)
    model: str
    namespace: str = ""
    behind: str = ""
    """The AI Gateway in front of the API, with the provider behind it: `my-gateway/compat`."""
    headers: Headers = field(default=(), repr=False)
    """Further headers of every question."""
    samples: int = 1
    patience_s: float = 30.0
    uses_proxy: bool = True
    """Whether a proxy that the environment names is used, as other clients do."""


async def run(settings: Settings, *, redactor: Redactor, hear: Callable[[Compared], None]) -> None:
    """Ask everything; `hear` is called with each comparison as soon as it is made.

    Raises:
        UsageError: the environment names a proxy that cannot be used.
        HarnessError: the upstream cannot be asked at all.
    """
    mock = MockSide(
        settings.questions, settings.api, model=settings.model, namespace=settings.namespace, behind=settings.behind
    )
    async with _client(settings, redactor) as client, _tidied(client, settings):
        await _ask_all(client, settings, mock, redactor, hear)


def _client(settings: Settings, redactor: Redactor) -> httpx.AsyncClient:
    try:
        return httpx.AsyncClient(trust_env=settings.uses_proxy, timeout=_CONNECTING)
    except (httpx.InvalidURL, ValueError, ImportError, OSError) as error:
        raise UsageError(
            "the environment names a proxy or certificates that cannot be used",
            evidence=on_one_line(redactor.text(str(error))),
            next_step="correct or unset HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE and SSL_CERT_DIR",
        ) from None


async def _ask_all(
    client: httpx.AsyncClient,
    settings: Settings,
    mock: MockSide,
    redactor: Redactor,
    hear: Callable[[Compared], None],
) -> None:
    for at, question in enumerate(settings.questions):
        try:
            answers = [await _asked(client, settings, question) for _ in range(settings.samples)]
        except Unanswered as error:
            if at == 0 and not error.reached:
                raise _unreachable(settings, redactor.text(str(error))) from None
            hear(Compared(id=question.id, why_not=redactor.text(str(error))))
            continue
        if at == 0 and mock.answers(question):
            _require_door(settings, answers[0], redactor)
        hear(_compared(mock, question, answers, redactor))


@asynccontextmanager
async def _tidied(client: httpx.AsyncClient, settings: Settings) -> AsyncIterator[None]:
    """Delete what was written, also when the rest was never asked."""
    try:
        yield
    except HarnessError:
        raise  # nothing was written where nobody answers
    except BaseException:
        for question in settings.questions:
            if question.method == "DELETE":
                with suppress(Unanswered):
                    await _asked(client, settings, question)
        raise


async def _asked(client: httpx.AsyncClient, settings: Settings, question: Question) -> Answered:
    query = f"?{question.query}" if question.query else ""
    return await ask(
        client,
        method=question.method,
        url=settings.root + question.path + query,
        headers=(*caller_headers(question, settings.api, settings.token), *settings.headers),
        body=question.body,
        patience_s=settings.patience_s,
    )


def _compared(mock: MockSide, question: Question, answers: Sequence[Answered], redactor: Redactor) -> Compared:
    plain = _shown(mock.form(question), redactor)  # as the other side, or a token that is a common word would differ
    busy = next(
        (each for each in answers if each.status in _BUSY and str(each.status) not in plain["/status"].words), None
    )
    if busy is not None:
        return Compared(id=question.id, why_not=f"it answered {busy.status}: {_said(busy, redactor)}")
    real = _shown(form_of([described(each) for each in answers]), redactor)
    said = _said(answers[0], redactor) if answers[0].status >= _ERRORS else ""
    known = mock.known(question, real) if differences(plain, real) else {}
    return Compared(id=question.id, sides=Sides(mock=plain, upstream=real), said=said, known=known)


def _require_door(settings: Settings, answer: Answered, redactor: Redactor) -> None:
    """Refuse to go on where the first question, a right one, shows that nobody there will answer the others."""
    codes: set[object] = set()
    with suppress(ValueError, AttributeError, TypeError):
        codes = {each.get("code") for each in json.loads(answer.body).get("errors", ())}
    fails = answer.status >= _ERRORS
    evidence = f"{settings.root}: {answer.status}: {_said(answer, redactor)}"
    if answer.status in _REFUSED or (fails and not codes.isdisjoint(_REFUSED_CODES)):
        raise HarnessError(
            "the upstream refuses the token, so nothing was compared",
            evidence=evidence,
            next_step="check the token and what it may do, and the account",
        )
    if answer.status in _NOWHERE or (fails and not codes.isdisjoint(_NOWHERE_CODES)):
        raise HarnessError(
            "the upstream has no such API or no such model, so nothing was compared",
            evidence=evidence,
            next_step="check the path of --upstream, --model and --dialect",
        )


def _shown(form: Form, redactor: Redactor) -> Form:
    """Return a form without what an upstream may have repeated of a secret: in a word, or as a key."""
    return {
        redactor.text(path): Field(field.kinds, field.always, frozenset(map(redactor.text, field.words)))
        for path, field in form.items()
    }


def _said(answer: Answered, redactor: Redactor) -> str:
    text = on_one_line(redactor.text(" ".join(answer.body.decode("utf-8", "replace").split())))
    return text if len(text) <= _TOLD_CHARACTERS else f"{text[:_TOLD_CHARACTERS]}…"


def _unreachable(settings: Settings, why: str) -> HarnessError:
    return HarnessError(
        "the upstream cannot be reached",
        evidence=f"{settings.root}: {why}",
        next_step="check --upstream, and the network",
    )
