"""Deliberate deviations as data: what a server, a key-value store or a client does wrong, and the plan of when.

Pure and standard library only: a fault is a statement about bytes and time that is true whoever plays it.
"""
