"""The mock held against a real upstream: the form of an answer, and in what two forms differ.

The one rule: forms are compared, never values. What a model says, what an id is and how long anything took decides
nothing.
"""
