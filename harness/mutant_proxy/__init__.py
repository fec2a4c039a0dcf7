"""The reference proxy with one defect put into it on purpose, to see whether the invariants notice.

The one rule: a mutant replaces exactly one seam, in a few lines, and nothing else in the product imports this package:
a mutant is a process like any other target.
"""
