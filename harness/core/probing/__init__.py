"""What a target does, found out by small experiments: what to ask next, and what the answers come to.

An experiment is a generator: it yields moves (ask, wait, start afresh), gets back what both sides saw, and notes facts
with what they rest on. So all of it is decided here, without a socket or a clock; `harness.drivers.probing` only plays.

The one rule: a fact says how often it was seen, or within which time it was not. What was not looked at is unknown, and
never absent.

Automata learning was tried for the breaker and left out. A breaker that opens after N failures is a Mealy machine of
some N + 2 states over {ok, fail, wait}, but "wait" must be long enough before its length is known, and every query
wants a target without a past. For N = 5, AALpy's L* with a random-walk oracle put 460 queries of 2,900 steps to such a
machine, 2,100 of them failures or waits: an hour on a real proxy. The two numbers that a claim is about take N + 1
questions and a few dozen cheap ones (`experiments.breaker`).
"""
