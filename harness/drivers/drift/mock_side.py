"""The mock's answers to the questions, and every other form that it can give them.

The one rule: a variation is what a right upstream may do as well: a switch, a model of another family, another end, a
fault that keeps the meaning. A fault that breaks an answer excuses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from functools import cache
from random import Random
from typing import Any, Final, get_args, get_type_hints

from fault_injection.fault import Law, ReplyFault, Turn
from fault_injection.registry import ALL
from fault_injection.reply import Headers, Reply
from harness.core.drift.answer import Answered, described
from harness.core.drift.difference import Weight, differences
from harness.core.drift.form import Form, form_of
from harness.core.drift.questions import SAID, Api, Question, run_path
from harness.core.observed.binding import BINDING_HEADER
from harness.mock_cloudflare.gateway.hosted import HOST
from harness.mock_cloudflare.request import Request
from harness.mock_cloudflare.service import MockCloudflare
from harness.mock_cloudflare.settings import DEFAULT_NAMESPACE, MockSettings, Switches

_USUAL: Final = MockSettings()
_OK: Final = 200
_NOW_S: Final = 1_790_000_000.0
_UNKNOWN: Final = "edgeproof-a-token-that-nobody-knows-0123"
"""Of the shape of Cloudflare's, and no one's."""
_ENDS: Final = ("finish=length", "finish=content_filter", "lead=3")
"""What else an answer may come to; `lead` is text before a call."""
_OTHER_VALUES: Final = {int: (403, 401, 100, 30), bool: (True, False)}
_AT_GATEWAY: Final = ((BINDING_HEADER, "fetch"), ("host", HOST))
_FAMILIES: Final = ("@cf/meta/llama-3.3-70b-instruct-fp8-fast", "@cf/zai-org/glm-4.7-flash", "@cf/moonshotai/kimi-k2.5")
"""One model of each way of wording an answer."""


def caller_headers(question: Question, api: Api, token: str) -> Headers:
    """Return the headers of a question with the one that says who asks; Anthropic's own API has one of its own."""
    told = {"known": token, "unknown": _UNKNOWN, "nameless": ""}[question.caller]
    if not told:
        return question.headers
    is_anthropic = api == "openai" and question.id.startswith("messages.")
    return (*question.headers, ("x-api-key", told) if is_anthropic else ("Authorization", f"Bearer {told}"))


class MockSide:
    """The mock as it is by default, asked by pure calls in the order of the questions.

    `behind` is an AI Gateway with the provider behind it, as its URL has them, where one stands before the API.
    """

    def __init__(
        self, questions: Sequence[Question], api: Api, *, model: str, namespace: str = "", behind: str = ""
    ) -> None:
        self._questions = tuple(questions)
        self._api = api
        self._model = model
        self._namespace = namespace
        self._behind = behind
        self._plain = self._replies(_USUAL, self._questions)

    def form(self, question: Question) -> Form:
        """Return the form of the mock's answer to a question."""
        return _form(self._plain[question.id])

    def answers(self, question: Question) -> bool:
        """Whether the mock takes a question for a right one."""
        return self._plain[question.id].status == _OK

    def known(self, question: Question, real: Form) -> dict[tuple[str, str], str]:
        """Return what makes the mock differ from its own answer as the real one does, by the differences' keys.

        A model of another family explains something only where nothing of the real answer would break who knows it.
        """
        found, known = differences(self.form(question), real), self._own(question, self._model)
        left = {each.key for each in found if each.key not in known}
        for name in _FAMILIES if left and question.id.startswith("run.") else ():
            own = self._own(question, name)
            still = [each for each in differences(_form(self._asked(question, name)), real) if each.key not in own]
            if all(each.weight is Weight.NEW for each in still):
                explained = left.difference(each.key for each in still)
                return {**known, **dict.fromkeys(explained, f"a model like {name}")}
        return known

    def _own(self, question: Question, model: str) -> dict[tuple[str, str], str]:
        """Return the keys of all differences from the answer of a model that the mock can make, and what makes each."""
        reply = self._asked(question, model)
        plain, known = _form(reply), dict[tuple[str, str], str]()
        for name, other in self._variations(question, model, reply):
            for difference in differences(plain, _form(other)):
                known.setdefault(difference.key, name)
        return known

    def _variations(self, question: Question, model: str, reply: Reply) -> Iterator[tuple[str, Reply]]:
        for name, switches in _switched():
            yield name, self._asked(question, model, settings=MockSettings(switches=switches))
        if question.id.startswith("kv."):
            yield "a write that has not arrived", self._replies(_USUAL, (question,))[question.id]
        for words in _ENDS if question.tokens else ():
            yield words, self._asked(question, model, words=words)
        for form in _forms() if reply.status == _OK else ():
            yield str(form), form.apply(reply, Turn(Random(0)))

    def _asked(self, question: Question, model: str, *, words: str = "", settings: MockSettings = _USUAL) -> Reply:
        """Ask a model, for another answer or under other settings."""
        told = f"ep-{0:012x} {words}" if words else SAID
        changed = replace(
            question,
            path=run_path(model) if question.path == run_path(self._model) else question.path,
            body=question.body.replace(SAID.encode(), told.encode()),
        )
        before = [each for each in self._questions if each.id.startswith("kv.") and question.id.startswith("kv.")]
        before = before[: before.index(question)] if before else []
        return self._replies(settings, (*before, changed))[question.id]

    def _replies(self, settings: MockSettings, questions: Sequence[Question]) -> dict[str, Reply]:
        mock, replies = MockCloudflare(settings), dict[str, Reply]()
        root = f"/client/v4/accounts/{settings.account_id}" if self._api == "cloudflare" else "/v1"
        further: Headers = ()
        if self._behind:  # the mock plays AI Gateway's host to Workers, whose calls bear a header
            root, further = f"/v1/{settings.account_id}/{self._behind}", _AT_GATEWAY
        for question in questions:
            path = question.path.replace(self._namespace, DEFAULT_NAMESPACE) if self._namespace else question.path
            asked = Request(
                method=question.method,
                path=root + path,
                query=question.query,
                headers=(*caller_headers(question, self._api, settings.api_token), *further),
                body=question.body,
            )
            answer = mock.answer(asked, now_s=_NOW_S)
            mock.commit(answer)
            replies[question.id] = answer.reply
        return replies


def _form(reply: Reply) -> Form:
    answer = Answered(status=reply.status, headers=reply.headers, body=reply.body_bytes)
    return form_of([described(answer)])


@cache
def _forms() -> tuple[ReplyFault, ...]:
    """Return the faults that keep an answer's meaning and its head, with each word that a parameter may be."""
    kinds = [kind for kind in ALL.values() if issubclass(kind, ReplyFault)]
    told: list[ReplyFault] = []
    for kind in kinds:
        settings: list[dict[str, Any]] = [{}]
        settings += [{each.name: word} for each in kind.parameters() for word in each.choices if word != each.default]
        told += [made for made in (kind(**chosen) for chosen in settings) if _keeps_meaning(made)]
    return tuple(told)


def _keeps_meaning(fault: ReplyFault) -> bool:
    return fault.law in (Law.SAME_BYTES, Law.SAME_MEANING) and not fault.tell


@cache
def _switched() -> tuple[tuple[str, Switches], ...]:
    """Return the mock's switches with one of them turned, for each value that it does not have by default."""
    hints, told = get_type_hints(Switches), list[tuple[str, Switches]]()
    for each in fields(Switches):
        words = [word for word in get_args(hints[each.name]) if isinstance(word, str)]
        for value in words or _OTHER_VALUES.get(type(each.default), ()):
            if value != each.default:
                turned: dict[str, Any] = {each.name: value}
                told.append((f"switch {each.name}={value}", replace(Switches(), **turned)))
    return tuple(told)
