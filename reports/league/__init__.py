"""Many records as one page: which proxy breaks which promises, and how far the judge itself is to be trusted.

The one rule: it only counts what the records say. Nothing is weighed, and no proxy gets a mark.
"""

from reports.league.matrix import Entry, League, league
from reports.league.own import KillMatrixError, Own, kill_matrix, own_record
from reports.league.page import render

__all__ = ["Entry", "KillMatrixError", "League", "Own", "kill_matrix", "league", "own_record", "render"]
