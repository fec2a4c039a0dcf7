"""How exchanges end: a broken upstream must show, a live one must live, and everybody who leaves is let go."""

from harness.core.judging.invariants.ends import afterwards, broken, limits

INVARIANTS = (*broken.INVARIANTS, *limits.INVARIANTS, *afterwards.INVARIANTS)
