"""Where the results of a run go besides the terminal and the usual reports: more formats, and events as they happen.

The one rule: an outlet never changes a verdict. One that fails while the run goes on is told once, and the run goes on.
"""
