"""One plain breach for every invariant, and words that its message must have.

The one rule: each is what a wrong target really does, and no more than that goes wrong in it.
"""

from __future__ import annotations

from tests.harness.core.judging.invariants.caught.answers import ANSWERS
from tests.harness.core.judging.invariants.caught.asking import ASKING
from tests.harness.core.judging.invariants.caught.chatting import CHATTING
from tests.harness.core.judging.invariants.caught.counting import COUNTING
from tests.harness.core.judging.invariants.caught.keeping import KEEPING
from tests.harness.core.judging.invariants.caught.shapes import Example
from tests.harness.core.judging.invariants.caught.talking import TALKING

CAUGHT: dict[str, Example] = {**ANSWERS, **ASKING, **KEEPING, **TALKING, **COUNTING, **CHATTING}
"""By the invariant's id: a history that breaks it, and what it must say."""
