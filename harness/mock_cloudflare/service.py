"""The mock Cloudflare as a whole: a request in, an answer out, and what the answer changes only when told.

The one rule: `answer` is a function of the request, the time and the store; it changes nothing and never raises.
"""

from __future__ import annotations

from dataclasses import replace

from fault_injection.reply import Reply, json_reply
from harness.mock_cloudflare import auth, errors, json_text
from harness.mock_cloudflare.ai import messages, workers_ai
from harness.mock_cloudflare.analytics import door as analytics
from harness.mock_cloudflare.bindings import door as bindings
from harness.mock_cloudflare.bindings import outbound
from harness.mock_cloudflare.bindings.binding import BindingCall, binding_of
from harness.mock_cloudflare.bindings.stores import BoundStores
from harness.mock_cloudflare.errors import Api
from harness.mock_cloudflare.gateway import hosted, manage
from harness.mock_cloudflare.identity import Identity, identify
from harness.mock_cloudflare.kv import door as kv
from harness.mock_cloudflare.kv.call import KvCall
from harness.mock_cloudflare.kv_store import KvStore
from harness.mock_cloudflare.r2 import door as s3
from harness.mock_cloudflare.request import Answer, Request
from harness.mock_cloudflare.routing import Route, route
from harness.mock_cloudflare.settings import MockSettings

_FORGETFUL = (
    workers_ai.OPERATIONS
    | messages.OPERATIONS
    | {"verify", "v1-models", "health", "no-route", "bad-identifier", "bad-method"}
)


class MockCloudflare:
    """One mock: its settings and its key-value store, without any socket."""

    def __init__(self, settings: MockSettings) -> None:
        self.settings = settings
        self.kv = KvStore(settings.kv_namespaces)
        self.bound = BoundStores(settings.databases)

    def answer(self, request: Request, *, now_s: float) -> Answer:
        """Decide the answer to a request at `now_s`, in Unix seconds."""
        identity = identify(request, seed=self.settings.id_seed, now_s=now_s)
        decided = self._of_binding(request, identity) or self._served(request, identity)
        reply = decided.reply.led_by(identity.headers(self.settings.colo))
        return Answer(
            surface=decided.surface,
            reply=reply,
            model=decided.model,
            nonce=decided.nonce,
            kv=replace(decided.kv, reply=reply) if decided.kv else None,
            effect=decided.effect,
            kept=decided.kept,
        )

    def remembers(self, request: Request) -> bool:
        """Whether an answer may depend on what the mock keeps, or change it; all others follow from the request."""
        return binding_of(request) is not None or s3.is_s3(request) or route(request).name not in _FORGETFUL

    def commit(self, answer: Answer) -> None:
        """Carry out what an answer decided to change."""
        if answer.effect is not None:
            kv.carry_out(answer.effect, self.kv)
        if answer.kept is not None:
            self.bound.carry_out(answer.kept)

    def reset(self) -> None:
        """Return to the state of the start."""
        self.kv.reset()
        self.bound.reset()

    def _of_binding(self, request: Request, identity: Identity) -> Answer | None:
        """Answer a call of a Worker's binding; None for a request that comes from none.

        What a Worker fetches from a host that the mock stands for is a call of the REST API like any other.
        """
        binding = binding_of(request)
        if binding is None:
            return None
        if binding.kind == "fetch" and outbound.host_of(request) == hosted.HOST:
            found = hosted.answer(
                request,
                settings=self.settings,
                identity=identity,
                remembered=self.bound,
                ask=lambda asked: self._decide(asked, route(asked), identity),
            )
            if found is not None:
                return found
        if binding.kind == "fetch" and outbound.is_served(request):
            return self._served(request, identity)
        call = BindingCall(
            request=request,
            binding=binding,
            settings=self.settings,
            identity=identity,
            kv=self.kv,
            stores=self.bound,
            ask=lambda asked: self._decide(asked, route(asked), identity),
        )
        return bindings.answer(call)

    def _served(self, request: Request, identity: Identity) -> Answer:
        if s3.is_s3(request):
            stored, begun = self.bound.buckets, self.bound.uploads
            return s3.answer(request, settings=self.settings, identity=identity, stored=stored, begun=begun)
        return self._decide(request, route(request), identity)

    def _decide(self, request: Request, found: Route, identity: Identity) -> Answer:
        refusal = self._refusal(request, found)
        if refusal is not None or found.name in kv.OPERATIONS:
            on_kv = KvCall(request=request, route=found, settings=self.settings, identity=identity, store=self.kv)
            if refusal is not None:
                return Answer(surface=found.surface, reply=refusal, kv=kv.describe(on_kv, refusal))
            return kv.answer(on_kv)
        if found.name in analytics.OPERATIONS:
            return analytics.answer(request, self.bound.points, surface=found.surface, now_s=identity.now_s)
        if found.name in manage.OPERATIONS:
            return manage.answer(request, found, identity, self.bound)
        if found.name in messages.OPERATIONS:
            return messages.answer(request, identity, surface=found.surface)
        if found.name in workers_ai.OPERATIONS:
            call = workers_ai.Call(request=request, route=found, settings=self.settings, identity=identity)
            return workers_ai.answer(call)
        match found.name:
            case "verify":
                reply = auth.verify(request, self.settings, identity, found.parts)
            case "v1-models":
                reply = workers_ai.v1_models()
            case _:
                reply = json_reply(json_text.dump({"status": "ok"}))
        return Answer(surface=found.surface, reply=reply)

    def _refusal(self, request: Request, found: Route) -> Reply | None:
        if found.name in ("no-route", "bad-identifier", "bad-method"):
            return self._misrouted(request, found)
        if found.door == "anthropic":
            return messages.refuse(request, token=self.settings.api_token)
        if found.door == "openai":
            return auth.refuse_openai(request, self.settings)
        if found.door == "open" or found.name == "verify":
            return None
        return auth.refuse(request, self.settings, account=found.parts.get("account"))

    def _misrouted(self, request: Request, found: Route) -> Reply:
        if found.door == "anthropic":
            return errors.anthropic_error(f"{request.method} is not allowed here", status=405)
        if found.door == "openai":
            status = 405 if found.name == "bad-method" else 404
            return errors.openai_error(f"Invalid URL ({request.method} {request.path})", status=status)
        if found.name == "bad-method":
            return errors.api_error(Api.BAD_METHOD, method=request.method)
        if found.name == "bad-identifier":
            return errors.api_error(Api.BAD_IDENTIFIER, path=request.path)
        return errors.api_error(Api.NO_ROUTE)
