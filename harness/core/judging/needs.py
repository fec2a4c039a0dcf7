"""Whether a target claims what a case needs.

The one rule: what is not claimed is not applicable, and the cause names the claim that is missing. A need of
`retry.statuses.503` is met by a list with 503 in it, and by a claim without a list where every such claim means 503.
"""

from __future__ import annotations

from harness.core.judging.meaning import is_retried
from harness.core.target.file import TargetFile
from scenarios.case import Case, Step
from scenarios.dialects import cannot_say

_DIALECT = "dialect."
_RETRIED = "retry.statuses."
RESTART = "restart"
SECOND_MODEL = "second-model"
SECOND_IDENTITY = "second-identity"
WORKER = "worker"
_WHY = {
    RESTART: "edgeproof did not start the target, so it cannot restart it",
    WORKER: "the target is not a Cloudflare Worker: it has no bindings and no known memory limit",
    SECOND_IDENTITY: "all clients have one identity: no header in chat.headers holds {client_token}",
}


def missing_claim(case: Case, target: TargetFile) -> str | None:
    """Return the first need of a case that the target does not claim, or None when all are met."""
    if case.dialect and target.at(case.dialect).chat.dialect != case.dialect:
        return f"{_DIALECT}{case.dialect}"
    spoken = target.at(case.dialect)
    return next((need for need in needs(case) if not _is_met(need, spoken)), None)


def why_not(case: Case, target: TargetFile) -> str:
    """Say why a case does not apply to a target; empty when it does."""
    missing = missing_claim(case, target)
    if missing is None:
        dialect = target.at(case.dialect).chat.dialect
        unsaid = cannot_say(case, dialect)
        return f"{dialect} has no words for {unsaid}" if unsaid else ""
    if missing.startswith(_DIALECT):
        return f"the target does not speak {case.dialect}: no [[chat.also]] names it"
    return _WHY.get(missing, f"the target does not claim {missing}")


def needs(case: Case) -> tuple[str, ...]:
    """Return what a case needs: what it says itself, and what follows from its steps."""
    implied = [RESTART] if case.fresh or any(step.restart or _kills(step) for step in case.steps) else []
    implied += [SECOND_MODEL] if any(step.model == "second" for step in case.steps) else []
    implied += ["chat_api"] if any(step.deed is not None for step in case.steps) else []
    implied += ["tenants"] if any(step.identity == "colleague" for step in case.steps) else []
    implied += ["streaming"] if any(step.stream for step in case.steps) else []
    implied += [SECOND_IDENTITY] if len({step.identity for step in case.steps} - {"nobody"}) > 1 else []
    return tuple(dict.fromkeys((*case.needs, *implied)))


def _kills(step: Step) -> bool:
    return step.deed is not None and step.deed.do == "kill"


def _is_met(need: str, target: TargetFile) -> bool:
    if need == RESTART:
        return target.command is not None
    if need == WORKER:
        return target.worker is not None
    if need == SECOND_MODEL:
        return target.chat.second_model is not None
    if need == SECOND_IDENTITY:
        return target.tells_callers_apart
    if need.startswith(_RETRIED):
        retry = target.capabilities.retry
        return retry is not None and is_retried(retry, int(need.removeprefix(_RETRIED)))
    place: object = target.limits if need.startswith("limits.") else target.capabilities
    for name in need.removeprefix("limits.").split("."):
        place = getattr(place, name, None)
        if place is None or place is False:
            return False
    return True
