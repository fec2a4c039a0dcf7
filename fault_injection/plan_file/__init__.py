"""Plans as TOML text, in and out.

The one rule: `read_plan(show_plan(plan)) == plan`, and a key that is not understood is refused, never skipped: a
misspelt `nth` would fault every exchange.
"""

from fault_injection.plan_file.reading import TABLES, read_plan
from fault_injection.plan_file.showing import show_plan

__all__ = ["TABLES", "read_plan", "show_plan"]
