"""`edgeproof run`: what is asked, the session that comes of it, its suites played, and its end.

The one rule: every verb that judges goes this way. It makes a session of its own flags; the rest is the same.
"""
