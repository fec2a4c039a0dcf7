"""What a case expects: whether it came about, whether time alone spoilt it, and whether the case has shown anything.

    emptiness ► disappointment, spoilt

The one rule: what may have been a race is neither a pass nor a breach.
"""
