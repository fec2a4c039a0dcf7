"""`edgeproof ui` and `edgeproof run --web`: a run on a page while it plays, and earlier results on one.

The one rule: a page is an audience of the run, as progress is; a run with one judges exactly as a run without.
"""
