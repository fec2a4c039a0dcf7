"""Usage as points of Analytics Engine, off unless a place for them is configured.

Each answer becomes one point (`points`), which waits in a bounded queue until it is written (`writer`). What was
written is asked by SQL (`queries`, `reports`).

Outside Workers, Analytics Engine has no API to write by. Points go to a URL, in the form in which workerd's binding
sends them: in a run that is the mock's door for bindings; in production it is a Worker that takes a point, with a
header that it knows, and calls `writeDataPoint`.

The one rule: an answer never waits for its point, and a point that is lost is counted.
"""
