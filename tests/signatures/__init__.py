"""How the signatures of known mistakes are made: every mutant and broken proxy is played over every case.

Not tests themselves: `make signatures` runs this, and tests see to it that what it made is not stale.
"""
