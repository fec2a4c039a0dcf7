"""What goes wrong upstream in a case, as rules of a plan.

The one rule: a rule that names a question strikes the exchanges with its nonces, each repetition counted by itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from fault_injection.plan import Match, Rule
from harness.shell.playing.asker import Asker, copies
from scenarios.case import Case, Upstream


def rules_of(case: Case, asker: Asker) -> tuple[Rule, ...]:
    """Return the rules of a case, for the nonces and the models that are asked for."""
    return tuple(rule for item in case.upstream for rule in _rules(case, item, asker))


def _rules(case: Case, item: Upstream, asker: Asker) -> Iterator[Rule]:
    nonces = [""]
    if item.question is not None:
        asked = [copy for step in case.steps if step.question == item.question for copy in copies(step)]
        nonces = list(dict.fromkeys(asker.nonce(case, copy) for copy in asked))
    model = asker.models[item.model] if item.model else "*"
    for nonce in nonces:
        match = Match(
            surface=item.surface,
            nonce=nonce,
            model=model,
            first=item.first,
            nth=item.nth,
            after=item.after,
            every=item.every,
        )
        yield Rule(match=match, faults=item.faults)
