"""The names that a query gives its own expressions, put back into whatever uses them.

The one rule: a name is an alias before it is a column, but inside its own alias it is the column, as in ClickHouse.
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from harness.mock_cloudflare.analytics.kinds import refuse

_MOST_USES: Final = 1000
"""How often aliases may be used in one query; a few that use one another twice each would else fill the memory."""


class Aliases:
    """The aliases of one `SELECT`."""

    def __init__(self, select: exp.Select) -> None:
        self._named = {each.alias: each.this for each in select.expressions if isinstance(each, exp.Alias)}
        self._uses = 0

    def expanded(self, node: exp.Expr, inside: frozenset[str] = frozenset()) -> exp.Expr:
        """Return the expression with nothing but columns in it."""
        if isinstance(node, exp.Alias):
            return self.expanded(node.this, inside | {node.alias})

        def put_back(each: exp.Expr) -> exp.Expr:
            name = each.name
            if not isinstance(each, exp.Column) or each.table or name in inside or name not in self._named:
                return each
            self._uses += 1
            if self._uses > _MOST_USES:
                refuse("too many aliases use one another")
            return exp.Paren(this=self.expanded(self._named[name], inside | {name}))

        return node.transform(put_back).unnest()
